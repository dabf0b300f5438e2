# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The payment run of Fridays: who is paid, and who is not and why.

Prepared by one person, approved by another above a ceiling, sent as one
transfer file. What is prepared is a proposal: the amounts are computed again
when it is approved, under a lock, and have to be the same.
"""
import datetime as dt
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_due.tools import typed
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.movement import exact
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import payment_plan
from .exceptions_out import PaymentRunError

_states = {'readonly': Eval('state') != 'draft'}
SUMS = {
    'total': 'net', 'seized': 'seized', 'kept': 'kept',
    'advanced': 'advanced'}
# model: field of a line
OWED = {'coop.bill': 'bill', 'coop.fund.movement': 'refund'}
# What its buttons note
MADE = {
    'payments', 'group', 'prepared_by', 'approved_by', 'approved_at',
    'message_total', 'message_hash', 'fund_room'}
KINDS = [
    (payment_plan.DUE, "Due"),
    (payment_plan.EARLY, "Early"),
    (payment_plan.BLOCKED, "Blocked"),
    ]


def _amount(label, **attributes):
    return Monetary(
        label, currency='currency', digits='currency', readonly=True,
        **attributes)


class PaymentRun(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.payment.run'
    _error = PaymentRunError
    _messages = 'coop_settlement.msg_payment_run'
    date = fields.Date("Date", required=True, states=_states)
    until = fields.Date("Next Payments", required=True, states=_states,
        domain=[('until', '>', Eval('date', None))],
        help="What falls due before that day is paid now.")
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True, states=_states,
        ondelete='RESTRICT', domain=[('company', '=', Eval('company', -1))])
    lines = fields.One2Many(
        'coop.payment.run.line', 'run', "Owed", states=_states)
    total = fields.Function(
        _amount("To Members"), 'get_sums')
    seized = fields.Function(
        _amount("To Creditors"), 'get_sums')
    kept = fields.Function(
        _amount("Kept for Creditors"), 'get_sums')
    advanced = fields.Function(
        _amount("Advanced by the Fund"), 'get_sums')
    fund_room = _amount("Left in the Fund",
        help="That could be advanced when it was prepared.")
    prepared_by = fields.Many2One(
        'res.user', "Prepared by", readonly=True, ondelete='RESTRICT')
    approved_by = fields.Many2One(
        'res.user', "Approved by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('approved_by')})
    approved_at = fields.Timestamp("Approved at", readonly=True,
        states={'invisible': ~Eval('approved_at')})
    payments = fields.One2Many(
        'account.payment', 'origin', "Payments", readonly=True)
    group = fields.Many2One(
        'account.payment.group', "Payment Group", readonly=True,
        ondelete='RESTRICT', states={'invisible': ~Eval('group')})
    message_total = _amount("Total of the File", states={
            'invisible': ~Eval('group')})
    message_hash = fields.Char("SHA-256 of the File", readonly=True,
        states={'invisible': ~Eval('message_hash')},
        help="To compare with what the bank shows before it is signed.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('prepared', "Prepared"),
            ('approved', "Approved"),
            ('sent', "Sent"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.state, Index.Equality(cardinality='low'))))
        cls._transitions |= {
            ('draft', 'prepared'),
            ('prepared', 'draft'),
            ('prepared', 'approved'),
            ('approved', 'sent'),
            ('draft', 'cancelled'),
            ('prepared', 'cancelled'),
            ('approved', 'cancelled'),
            }
        state = Eval('state')
        cls._buttons.update({
                'prepare': {
                    'invisible': state != 'draft',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': state != 'prepared',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'approve': {
                    'invisible': state != 'prepared',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'send': {
                    'invisible': state != 'approved',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~state.in_(['draft', 'prepared', 'approved']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @fields.depends('company', 'date')
    def on_change_with_until(self):
        if self.company and self.date:
            return self.date + dt.timedelta(days=self._days(self.company))

    @classmethod
    def default_until(cls):
        company = cls.default_company()
        if company:
            return today(company) + dt.timedelta(
                days=cls._days(Pool().get('company.company')(company)))

    @classmethod
    def default_journal(cls):
        journals = Pool().get('account.payment.journal').search([
                ('company', '=', cls.default_company())], limit=2)
        # Most have a single one
        return journals[0].id if len(journals) == 1 else None

    @staticmethod
    def _days(company):
        Configuration = Pool().get('coop.configuration')
        return Configuration(1).get_multivalue(
            'run_days', company=company.id) or 7

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.date)

    @property
    def piece_reference(self):
        "What names it in the books (LPF art. A47 A-1: PieceRef)"
        return gettext(
            'coop_settlement.msg_piece_payment_run', number=self.id,
            date=self.date.isoformat())

    @classmethod
    def get_sums(cls, runs, names):
        line = Pool().get('coop.payment.run.line').__table__()
        query = line.select(
            line.run.as_('run'),
            *(exact(Sum(getattr(line, SUMS[name]))).as_(name)
                for name in names),
            where=fields.SQL_OPERATORS['in'](line.run, [r.id for r in runs]),
            group_by=[line.run])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None] + ['NUMERIC'] * len(names)))
        sums = {run: amounts for run, *amounts in cursor}
        return {
            name: {
                r.id: r.currency.round(
                    sums.get(r.id, [Decimal(0)] * len(names))[i]
                    or Decimal(0))
                for r in runs}
            for i, name in enumerate(names)}

    @classmethod
    def copy(cls, runs, default=None):
        default = default.copy() if default else {}
        for name in ['lines', *MADE]:
            default.setdefault(name)
        return super().copy(runs, default=default)

    def _may_write(self, values):
        return self.state == 'draft' and MADE.isdisjoint(values)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, runs):
        cls._forget(runs)

    @classmethod
    def _forget(cls, runs):
        Line = Pool().get('coop.payment.run.line')
        Line.delete([l for r in runs for l in r.lines])

    @classmethod
    @ModelView.button
    @Workflow.transition('prepared')
    def prepare(cls, runs):
        """Propose whom to pay.

        :raises PaymentRunError: when another run waits for its transfer
        """
        Bill = Pool().get('coop.bill')
        Line = Pool().get('coop.payment.run.line')
        Fund = Pool().get('coop.fund.movement')
        cls.lock()
        runs = cls.browse(runs)
        for run in runs:
            run._check_alone()
        cls._forget(runs)
        for company in {r.company for r in runs}:
            # What a payment under way kept from it
            Bill.set_off(Bill.to_pay(company))
        for run in runs:
            fund = Fund.fund(run.company)
            run.fund_room = fund.room
            run.prepared_by = Transaction().user or None
            Line.save([
                    Line(run=run, **row) for row in run.plan(fund)])
        cls.save(runs)

    def _check_alone(self):
        others = self.search([
                ('company', '=', self.company.id),
                ('state', 'in', ['prepared', 'approved']),
                ('id', '!=', self.id),
                ], limit=1)
        if others:
            self._raise('other', other=others[0].rec_name)

    def plan(self, fund):
        """Return the values of the lines of the run, as things stand.

        :param fund: fund_core.Fund
        """
        pool = Pool()
        Bill = pool.get('coop.bill')
        Movement = pool.get('coop.fund.movement')
        Seizure = pool.get('coop.seizure')
        bills = Bill.to_pay(self.company)
        refunds = Movement.to_pay(self.company)
        members = list({o.member for o in [*bills, *refunds]})
        seizures = [
            s.planned(self.date) for found in Seizure.active(members).values()
            for s in found]
        planned = {
            **Bill.planned(bills, self.date),
            **Movement.planned(refunds, self.date)}
        rows = payment_plan.plan(
            list(planned), self.date, self.until, fund, seizures)
        return [
            self._line_values(planned[row.bill], row) for row in rows
            if row.kind != payment_plan.LATER]

    def _line_values(self, owed, row):
        Part = Pool().get('coop.payment.run.part')
        reasons = [*row.bill.reasons, *row.bill.held]
        if row.kept:
            reasons.append(gettext('coop_settlement.msg_run_seized'))
            reasons += [
                gettext('coop_settlement.msg_run_overdue',
                    creditor=s.creditor.rec_name,
                    date=Pool().get('ir.lang').get().strftime(s.pay_by))
                for s in row.keeping if s.is_overdue(self.date)]
        return {
            **dict.fromkeys(OWED.values()), OWED[owed.__name__]: owed,
            'member': owed.member, 'kind': row.kind, 'due_date': row.bill.due,
            'open': row.bill.open, 'amount': row.amount,
            'advanced': sum(row.advance.values(), Decimal(0)),
            'seized': sum((a for _, a in row.seized), Decimal(0)),
            'kept': row.kept, 'net': row.net,
            'reason': ' '.join(reasons) or None,
            'parts': [
                Part(client=client, amount=amount)
                for client, amount in row.advance.items()] + [
                Part(seizure=seizure, amount=amount)
                for seizure, amount in row.seized],
            }


class PaymentRunLine(ModelSQL, ModelView):
    __name__ = 'coop.payment.run.line'
    run = fields.Many2One(
        'coop.payment.run', "Run", required=True, ondelete='CASCADE',
        readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    bill = fields.Many2One(
        'coop.bill', "Bill", ondelete='RESTRICT', readonly=True,
        states={'required': ~Eval('refund')})
    refund = fields.Many2One(
        'coop.fund.movement', "Refund", ondelete='RESTRICT', readonly=True,
        states={'invisible': ~Eval('refund')},
        help="What the member paid into the mutual fund is given back.")
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        readonly=True)
    kind = fields.Selection(
        KINDS, "Kind", required=True, readonly=True, sort=False)
    due_date = fields.Date("Due Date", readonly=True)
    open = _amount("Owed")
    amount = _amount("Paid Now")
    advanced = _amount("Advanced by the Fund")
    seized = _amount("To Creditors")
    kept = _amount("Kept")
    net = _amount("To the Member")
    reason = fields.Char("Why", readonly=True)
    parts = fields.One2Many(
        'coop.payment.run.part', 'line', "Advances and Seizures",
        readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('run')
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.run, Index.Equality())),
                Index(t, (t.bill, Index.Equality())),
                Index(t, (t.refund, Index.Equality()),
                    where=t.refund != Null),
                })
        cls._order = [('run', 'DESC'), ('kind', 'DESC'), ('id', 'ASC')]

    @fields.depends('run', '_parent_run.company')
    def on_change_with_currency(self, name=None):
        return self.run.company.currency if self.run else None

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        "What is paid is computed: who approves it approves just that"
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            if mode != 'create':
                check_seen(lines)
            for line in lines:
                line.run._raise_document('fixed')

    @property
    def owed(self):
        "The bill, or what else is owed the member"
        return self.bill or self.refund

    def key(self):
        "Return what has to be the same when the run is approved"
        return (
            self.owed.__name__, self.owed.id, self.kind, self.amount,
            self.net, self.seized, self.kept, self.advanced)


class PaymentRunPart(ModelSQL, ModelView):
    __name__ = 'coop.payment.run.part'
    line = fields.Many2One(
        'coop.payment.run.line', "Line", required=True, ondelete='CASCADE',
        readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    client = fields.Many2One(
        'party.party', "Advanced for", ondelete='RESTRICT', readonly=True)
    seizure = fields.Many2One(
        'coop.seizure', "Seizure", ondelete='RESTRICT', readonly=True)
    amount = _amount("Amount", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.line, Index.Equality())))

    @classmethod
    def check_modification(cls, mode, parts, values=None, external=False):
        "Whom a creditor is paid for is computed too"
        super().check_modification(
            mode, parts, values=values, external=external)
        if external:
            if mode != 'create':
                check_seen(parts)
            for part in parts:
                part.line.run._raise_document('fixed')

    @fields.depends('line', '_parent_line.run')
    def on_change_with_currency(self, name=None):
        return self.line.run.company.currency if self.line else None


del _states
