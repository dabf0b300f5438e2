# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bills of members for their part of missions.

A bill is written by the cooperative for the member, by a mandate, or entered
as the member wrote it and matched to what is owed. Until it is accepted its
invoice is not posted: nothing is due, and no VAT is deducted.
"""
import datetime as dt
from collections import defaultdict

from sql import Null
from sql.aggregate import Max

from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import bill_due
from .exceptions_out import BillError
from .own import may_act

SLICE = 200
_draft = {'readonly': Eval('state') != 'draft'}
_own = {
    **_draft,
    'invisible': Eval('kind') != 'own',
    'required': (Eval('kind') == 'own') & (Eval('state') != 'draft'),
    }


class Bill(DocumentMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.bill'
    _rec_name = 'number'
    _error = BillError
    _messages = 'coop_settlement.msg_bill'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    kind = fields.Selection([
            ('self', "Written by the Cooperative"),
            ('own', "Written by the Member"),
            ], "Kind", required=True, sort=False, states=_draft)
    mandate = fields.Many2One(
        'coop.billing.mandate', "Mandate", readonly=True, ondelete='RESTRICT',
        states={'invisible': Eval('kind') != 'self'})
    date = fields.Date("Date", required=True, states=_draft)
    number = fields.Char("Number", states={
            'readonly': (Eval('kind') == 'self') | (Eval('state') != 'draft'),
            'required': (Eval('kind') == 'own') & (Eval('state') != 'draft'),
            })
    rank = fields.Integer("Rank", readonly=True,
        help="In the series of the member, which has no gap.")
    periodic = fields.Boolean("Of a Month", states=_draft,
        help="It recapitulates what was done in a month.")
    performed_on = fields.Date("Last Day of Work", readonly=True)
    due_date = fields.Date("Due Date", readonly=True,
        states={'invisible': ~Eval('due_date')})
    tacit_on = fields.Date("To Contest until", readonly=True,
        states={'invisible': ~Eval('tacit_on')},
        help="The last day; after it the bill is accepted.")
    lines = fields.One2Many(
        'coop.settlement.line', 'bill', "Work", readonly=True)
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency',
            help="Without tax."),
        'get_amounts')
    tax_amount = fields.Function(Monetary(
            "Tax", currency='currency', digits='currency'),
        'get_amounts')
    total = fields.Function(Monetary(
            "Total", currency='currency', digits='currency'),
        'get_amounts')
    own_amount = Monetary(
        "Amount on the Bill", currency='currency', digits='currency',
        states=_own, help="Without tax, as the member wrote it.")
    own_tax = Monetary(
        "Tax on the Bill", currency='currency', digits='currency',
        states=_own)
    file = fields.Binary(
        "File", filename='file_name', file_id='file_id',
        store_prefix='coop_bill', states=_draft)
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", readonly=True)
    invoice = fields.Many2One(
        'account.invoice', "Invoice", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('invoice')})
    contest_reason = fields.Text("Why Contested", states={
            'readonly': Eval('state') != 'proposed',
            'invisible': ~Eval('state').in_(['proposed', 'contested'])
            & ~Eval('contest_reason'),
            })
    tacit = fields.Boolean("Accepted Tacitly", readonly=True,
        states={'invisible': ~Eval('tacit')})
    answered_at = fields.Timestamp("Answered at", readonly=True,
        states={'invisible': ~Eval('answered_at')})
    answered_by = fields.Many2One(
        'res.user', "Answered by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('answered_by')})
    corrects = fields.Many2One(
        'coop.bill', "Corrects", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('corrects')})
    may_answer = fields.Function(
        fields.Boolean("May Answer"), 'get_may_answer')
    state = fields.Selection([
            ('draft', "Draft"),
            ('proposed', "Proposed"),
            ('accepted', "Accepted"),
            ('contested', "Contested"),
            ('paid', "Paid"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints = [
            ('rank_unique', Unique(t, t.member, t.rank),
                'coop_settlement.msg_bill_rank_unique'),
            ('number_unique', Unique(t, t.member, t.number),
                'coop_settlement.msg_bill_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.tacit_on, Index.Range()),
                    where=t.state == 'proposed'),
                Index(t, (t.invoice, Index.Equality()),
                    where=t.invoice != Null),
                })
        cls._transitions |= {
            ('draft', 'proposed'),
            ('draft', 'accepted'),
            ('proposed', 'accepted'),
            ('proposed', 'contested'),
            ('contested', 'accepted'),
            ('contested', 'cancelled'),
            ('proposed', 'cancelled'),
            ('accepted', 'paid'),
            ('paid', 'accepted'),
            }
        state = Eval('state')
        may = Eval('may_answer', False)
        depends = ['state', 'may_answer']
        cls._buttons.update({
                'propose': {
                    'invisible': (state != 'draft')
                    | (Eval('kind') != 'self'),
                    'icon': 'tryton-email',
                    'depends': ['state', 'kind'],
                    },
                'enter': {
                    'invisible': (state != 'draft') | (Eval('kind') != 'own'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'kind'],
                    },
                'accept': {
                    'invisible': ~state.in_(['proposed', 'contested']) | ~may,
                    'icon': 'tryton-ok',
                    'depends': depends,
                    },
                'contest': {
                    'invisible': (state != 'proposed') | ~may,
                    'icon': 'tryton-warning',
                    'depends': depends,
                    },
                'cancel': {
                    'invisible': ~state.in_(['proposed', 'contested']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'own'

    @classmethod
    def default_periodic(cls):
        return False

    def get_rec_name(self, name):
        return self.number or f"({self.id})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'member.rec_name')

    @classmethod
    def get_may_answer(cls, bills, name):
        return may_act(bills)

    @classmethod
    def get_amounts(cls, bills, names):
        """Return amounts of bills: of their invoices, else of their lines.

        What was cancelled has no lines any more, and keeps its invoice.
        """
        result = {name: {} for name in names}
        for bill in bills:
            invoice = bill.invoice
            if invoice:
                values = {
                    'amount': invoice.untaxed_amount,
                    'tax_amount': invoice.tax_amount,
                    'total': invoice.total_amount,
                    }
            else:
                amount = sum((l.amount for l in bill.lines), bill.own_amount
                    if not bill.lines and bill.own_amount else 0)
                values = {
                    'amount': amount,
                    'tax_amount': bill.own_tax,
                    'total': amount + (bill.own_tax or 0),
                    }
            for name in names:
                result[name][bill.id] = values[name]
        return result

    @classmethod
    def copy(cls, bills, default=None):
        default = default.copy() if default else {}
        for name in [
                'number', 'rank', 'performed_on', 'due_date', 'tacit_on',
                'lines', 'file', 'file_id', 'file_name', 'invoice', 'mandate',
                'contest_reason', 'tacit', 'answered_at', 'answered_by',
                'corrects']:
            default.setdefault(name)
        return super().copy(bills, default=default)

    def _may_write(self, values):
        if self.state == 'proposed' and self.may_answer:
            return values.keys() <= {'contest_reason'}
        return (self.state == 'draft'
            and not Pool().get('res.user').is_restricted())

    @classmethod
    @ModelView.button
    @Workflow.transition('proposed')
    def propose(cls, bills):
        """Send bills to the members, who may contest them.

        :raises BillError: without a mandate that counts at the date
        """
        cls.lock()
        bills = [b for b in cls.browse(bills) if b.state == 'draft']
        for key, group in _grouped(
                bills, lambda b: (b.company, b.date)).items():
            mandates = Pool().get('coop.billing.mandate').at(
                [b.member for b in group], key[1])
            for bill in group:
                bill.mandate = mandates.get(bill.member.id)
                if not bill.mandate:
                    bill._raise('mandate', member=bill.member.rec_name)
                if not bill.lines:
                    bill._raise('empty')
                bill.tacit_on = bill.date + dt.timedelta(
                    days=bill.mandate.contest_days)
                bill.set_due_date(bill.mandate)
        cls.set_numbers(bills)
        cls.make_invoices(bills)
        cls.queue_delivery(bills)

    def set_due_date(self, mandate=None):
        "Set when it has to be paid, whatever clients do"
        self.performed_on = max(l.date for l in self.lines)
        self.due_date = bill_due.due_date(
            self.date, mandate.payment_days if mandate else None,
            self.performed_on, self.periodic,
            bool(mandate and mandate.end_of_month))

    @classmethod
    def set_numbers(cls, bills):
        "Give bills the next numbers of the members' series; save them"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        ranks = {}
        members = list({b.member.id for b in bills})
        for sub in grouped_slice(members, SLICE):
            cursor.execute(*table.select(
                    table.member, Max(table.rank),
                    where=fields.SQL_OPERATORS['in'](
                        table.member, list(sub)),
                    group_by=[table.member]))
            ranks.update(cursor.fetchall())
        for bill in bills:
            bill.rank = (ranks.get(bill.member.id) or 0) + 1
            ranks[bill.member.id] = bill.rank
            bill.number = f'{bill.mandate.prefix}{bill.rank:04d}'
        cls.save(bills)

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def enter(cls, bills):
        """Take bills that members wrote, matched to what is owed.

        :raises BillError: when it is not the amount that is owed
        """
        cls.lock()
        bills = [b for b in cls.browse(bills) if b.state == 'draft']
        for bill in bills:
            if not bill.number or not bill.file:
                bill._raise('own_missing')
            bill.take_lines()
            bill.set_due_date()
        cls.save(bills)
        cls.make_invoices(bills)
        for bill in bills:
            bill.check_tax()
        cls.post(bills)

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, bills):
        "The members agree: the bills are owed"
        cls.lock()
        bills = [
            b for b in cls.browse(bills)
            if b.state in {'proposed', 'contested'}]
        cls._answered(bills)
        cls.post(bills)

    @classmethod
    def _answered(cls, bills):
        cls.write(bills, {
                'answered_at': dt.datetime.now(),
                'answered_by': Transaction().user or None,
                })

    @classmethod
    def accept_tacit(cls):
        "The cron's way: what was not contested in time"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                cls.lock()
                bills = cls.search([
                        ('company', '=', company.id),
                        ('state', '=', 'proposed'),
                        ('tacit_on', '<', today(company.id)),
                        ])
                cls.write(bills, {'tacit': True})
                for sub in grouped_slice(bills, SLICE):
                    cls.accept(list(sub))

    @classmethod
    @ModelView.button
    @Workflow.transition('contested')
    def contest(cls, bills):
        """A member does not agree: nothing is paid, no VAT is deducted.

        :raises BillError: without a reason, or after the delay
        """
        for bill in bills:
            if not bill.contest_reason:
                bill._raise('reason')
            if bill.tacit_on < today(bill.company.id):
                bill._raise('late', date=bill.tacit_on)
        cls._answered(bills)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, bills):
        """Take bills back that were not accepted; keep their numbers.

        What they were for can be billed again, by a bill that says which one
        it corrects.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('coop.settlement.line')
        cls.lock()
        Invoice.cancel([b.invoice for b in bills if b.invoice])
        for bill in bills:
            Line.write(list(bill.lines), {
                    'bill': None, 'billed_before': bill.id})

    @classmethod
    def paid(cls, bills):
        "Called with the accepted bills on which nothing is owed any more"
        cls.write(bills, {'state': 'paid'})

    @classmethod
    def unpaid(cls, bills):
        "Called with the paid bills of which a payment came back"
        cls.write(bills, {'state': 'accepted'})

    @classmethod
    def queue_delivery(cls, bills):
        "Have the queue write and send the bills, by slices"
        with Transaction().set_context(queue_batch=True):
            for sub in grouped_slice(bills, SLICE):
                cls.__queue__.deliver(list(sub))

    @classmethod
    def deliver(cls, bills):
        "Keep each bill as a file and send it to its member"
        pool = Pool()
        Report = pool.get('coop.bill.letter', type='report')
        for bill in bills:
            if bill.file or bill.kind != 'self':
                continue
            _, content, _, _ = Report.execute([bill.id], {})
            name = f'{bill.number}.pdf'
            cls.write([bill], {'file': content, 'file_name': name})
            lang = mail.language(bill.member.party, bill.company)
            mail.send(
                bill.company, bill.member.party,
                module='coop_settlement', attachments=[(name, content)],
                number=bill.number,
                total=lang.currency(bill.total, bill.currency, grouping=True),
                **bill._mail(lang))

    def _mail(self, lang):
        "Return the message that goes with the file, and what it tells"
        return {'message': 'bill', 'date': lang.strftime(self.tacit_on)}


def _grouped(records, key):
    groups = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return groups


class SettlementLine(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'
    bill = fields.Many2One(
        'coop.bill', "Bill", readonly=True, ondelete='RESTRICT')
    billed_before = fields.Many2One(
        'coop.bill', "Billed before", readonly=True, ondelete='RESTRICT',
        help="By a bill that was cancelled or corrected; the next one names "
        "it.")


del _draft, _own
