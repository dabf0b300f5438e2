# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What creditors of members seize of what the cooperative owes them.

An attachment (CPC ex. L211-1) catches what was earned until the day of its
notice, a notice of the tax office (LPF L262) what comes after too. What is
caught is frozen; once the creditor may be paid it is his, on 467: after an
attachment when nobody has contested it (CPC ex. R211-6), after a notice of the
tax office at once.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Literal
from sql.aggregate import Sum
from sql.operators import Concat, Exists

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.account.exceptions import AccountMissing
from trytond.modules.coop_due.tools import typed
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.movement import exact
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Date, Eval, If
from trytond.transaction import Transaction

from . import seizure_core
from .exceptions_out import SeizureError

# Within which the tax office is to be paid (LPF L262)
TAX_DAYS = dt.timedelta(days=30)
_states = {'readonly': Eval('state') != 'draft'}


class Seizure(StatesMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.seizure'
    _error = SeizureError
    _messages = 'coop_settlement.msg_seizure'
    _muted = ['ended']
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    kind = fields.Selection([
            ('attachment', "Attachment"),
            ('tax', "Notice of the Tax Office"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False, states=_states)
    creditor = fields.Many2One(
        'party.party', "Creditor", required=True, ondelete='RESTRICT',
        states=_states, context={'company': Eval('company', -1)},
        depends={'company'},
        help="Who is paid: the creditor, the bailiff or the treasury.")
    date = fields.Date("Notified on", required=True, states=_states)
    rank = fields.Integer("Rank", required=True, states=_states,
        help="The lowest is served first; then the oldest. Those of the same "
        "rank and day share.")
    reference = fields.Char("Reference", states=_states)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>', 0)], states=_states)
    future = fields.Boolean("Also What Comes after", states=_states,
        help="It catches too what is earned after the day of the notice.")
    payable_from = fields.Date("Creditor Payable from", states={
            'readonly': Eval('state') == 'ended'},
        help="Of an attachment, the day of the certificate that nobody has "
        "contested it; until then what is caught is kept. Of a notice of the "
        "tax office, its day.")
    pay_by = fields.Function(
        fields.Date("Pay by", states={'invisible': ~Eval('pay_by')},
            help="30 days after the notice of the tax office."),
        'on_change_with_pay_by')
    paid = fields.Function(Monetary(
            "Passed on", currency='currency', digits='currency'), 'get_paid')
    file = fields.Binary(
        "Notice", filename='file_name', file_id='file_id',
        store_prefix='coop_seizure', states=_states)
    file_id = fields.Char("Notice ID", readonly=True)
    file_name = fields.Char("Notice Name", states=_states)
    state = fields.Selection([
            ('draft', "Draft"),
            ('active', "Active"),
            ('ended', "Ended"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._order = [('rank', 'ASC'), ('date', 'ASC'), ('id', 'ASC')]
        cls._transitions |= {
            ('draft', 'active'),
            ('active', 'ended'),
            }
        cls._buttons.update({
                'activate': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'end': {
                    'invisible': Eval('state') != 'active',
                    'icon': 'tryton-stop',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'attachment'

    @classmethod
    def default_rank(cls):
        return 1

    @classmethod
    def default_future(cls):
        return False

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="pay_by"]', 'visual',
                If((Eval('state') == 'active')
                    & (Eval('pay_by', Date()) < Date())
                    & (Eval('paid', 0) < Eval('amount', 0)), 'danger', ''),
                ['state', 'paid', 'amount']),
            ]

    @fields.depends('kind', 'date')
    def on_change_kind(self):
        self.future = self.kind == 'tax'
        self.payable_from = self.date if self.kind == 'tax' else None

    @fields.depends('kind', 'date', 'payable_from')
    def on_change_date(self):
        if self.kind == 'tax':
            self.payable_from = self.date

    @fields.depends('kind', 'date')
    def on_change_with_pay_by(self, name=None):
        if self.kind == 'tax' and self.date:
            return self.date + TAX_DAYS

    def is_overdue(self, date):
        "Whether the tax office should have been paid before a day"
        return bool(self.pay_by and self.pay_by < date)

    def get_rec_name(self, name):
        return f"{self.creditor.rec_name} - {self.member.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(
            clause, 'reference', 'creditor.rec_name', 'member.rec_name')

    @classmethod
    def copy(cls, seizures, default=None):
        default = default.copy() if default else {}
        for name in ['file', 'file_id', 'file_name']:
            default.setdefault(name)
        return super().copy(seizures, default=default)

    def _may_write(self, values):
        return self.state == 'draft' or (
            self.state == 'active' and values.keys() <= {'payable_from'})

    @classmethod
    def get_paid(cls, seizures, name):
        "Return what was passed on to the creditors, by the books"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        result = {s.id: Decimal(0) for s in seizures}
        line, move = Line.__table__(), Move.__table__()
        cancel = Move.__table__()
        cursor = Transaction().connection.cursor()
        for company in {s.company for s in seizures}:
            account = cls.account(company, required=False)
            if not account:
                continue
            query = line.join(move, condition=line.move == move.id).select(
                line.origin.as_('origin'),
                exact(Sum(line.credit - line.debit)).as_('amount'),
                where=fields.SQL_OPERATORS['in'](
                    line.origin, [str(s) for s in seizures])
                & (line.account == account.id)
                & (move.state == 'posted')
                & ~Exists(cancel.select(Literal(1),
                        where=cancel.origin
                        == Concat('account.move,', move.id))),
                group_by=[line.origin])
            cursor.execute(*typed(query, [None, 'NUMERIC']))
            for origin, amount in cursor:
                result[int(origin.partition(',')[2])] += (
                    company.currency.round(amount))
        return result

    @classmethod
    def account(cls, company, required=True):
        """Return the account on which creditors are owed.

        :raises AccountMissing: when it is required
        """
        Configuration = Pool().get('coop.configuration')
        account = Configuration(1).get_multivalue(
            'seizure_account', company=company.id)
        if not account and required:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__('seizure_account')))
        return account

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, seizures):
        """Freeze what is owed from now on.

        :raises SeizureError: without the notice
        """
        for seizure in seizures:
            if not seizure.file:
                seizure._raise('notice')
            if seizure.kind == 'tax' and not seizure.payable_from:
                seizure.payable_from = seizure.date
        cls.save(seizures)

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, seizures):
        "It was paid, or lifted: what is kept is free again"

    @classmethod
    def active(cls, members):
        "Return {member: seizures that are not served yet}"
        result = defaultdict(list)
        for seizure in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('state', '=', 'active'),
                    ]):
            if seizure.amount > seizure.paid:
                result[seizure.member].append(seizure)
        return result

    @classmethod
    def seized(cls, members):
        "Return those of members whom a creditor has seized"
        return set(cls.active(list(members)))

    def planned(self, date):
        "Return what the plan of payments of a day knows of it"
        return seizure_core.Seizure(
            self, self.member.id, self.rank, self.date,
            self.amount - self.paid, self.future,
            bool(self.payable_from and self.payable_from <= date))


del _states


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.seizure']
