# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The mutual fund: what may be paid to members before clients have paid.

What the members decided to set aside of the margin has no entry: it is a
limit, kept by decisions, neither a provision nor an insurance. What they paid
in themselves is owed back to each of them, on 4671, and is read from there.
"""
from decimal import Decimal

from sql import Literal, Null
from sql.aggregate import Sum
from sql.conditionals import Case
from sql.functions import Abs
from sql.operators import Exists

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.account.exceptions import AccountMissing
from trytond.modules.coop_due.tools import typed
from trytond.modules.coop_member.movement import exact
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import fund_core
from .exceptions_out import FundError
from .taking_back import take_back

_states = {'readonly': Eval('state') != 'draft'}
DECIDED = ['set_aside', 'release']
OF_MEMBER = ['contribution', 'refund']


class FundMovement(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.fund.movement'
    _error = FundError
    _messages = 'coop_settlement.msg_fund_movement'
    kind = fields.Selection([
            ('set_aside', "Margin Set Aside"),
            ('release', "Margin Released"),
            ('contribution', "Contribution of a Member"),
            ('refund', "Contribution Given Back"),
            ], "Kind", required=True, sort=False, states=_states)
    date = fields.Date("Date", required=True, states=_states)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>', 0)], states=_states)
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            **_states,
            'invisible': ~Eval('kind').in_(DECIDED),
            'required': Eval('kind').in_(DECIDED)
            & (Eval('state') == 'done'),
            })
    member = fields.Many2One(
        'coop.member', "Member", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            **_states,
            'invisible': ~Eval('kind').in_(OF_MEMBER),
            'required': Eval('kind').in_(OF_MEMBER),
            })
    bill = fields.Many2One(
        'coop.bill', "Bill", ondelete='RESTRICT',
        domain=[('member', '=', Eval('member', -1))],
        states={
            **_states,
            'invisible': Eval('kind') != 'contribution',
            'required': (Eval('kind') == 'contribution')
            & (Eval('state') == 'done'),
            }, help="What is owed for it pays the contribution.")
    move = fields.Many2One(
        'account.move', "Entry", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('move')})
    description = fields.Char("Description")
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.member, Index.Equality()),
                    where=t.member != Null),
                })
        cls._transitions |= {
            ('draft', 'done'),
            ('done', 'cancelled'),
            }
        cls._buttons.update({
                'do': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'done',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'set_aside'

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        kind = dict(self.fields_get(['kind'])['kind']['selection'])[self.kind]
        return f"{kind} {lang.strftime(self.date)}"

    @property
    def piece_reference(self):
        "What names it in the books (LPF art. A47 A-1: PieceRef)"
        return gettext(
            'coop_settlement.msg_piece_fund', number=self.id,
            date=self.date.isoformat())

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'description', 'member.rec_name')

    @classmethod
    def copy(cls, movements, default=None):
        default = default.copy() if default else {}
        default.setdefault('move')
        return super().copy(movements, default=default)

    def _may_write(self, values):
        return super()._may_write(values) and 'move' not in values

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, movements):
        """Let movements count.

        :raises FundError: for more than there is, and for what a creditor
            has seized
        """
        Seizure = Pool().get('coop.seizure')
        cls.lock()
        movements = cls.browse(movements)
        for movement in movements:
            if movement.kind == 'release':
                movement._check_room()
            elif movement.kind == 'refund':
                owed = cls.owed(movement.company, [movement.member]).get(
                    movement.member.party.id, 0)
                if movement.amount > owed:
                    movement._raise(
                        'owed', owed=movement._money(owed),
                        member=movement.member.rec_name)
                movement.move = movement._post_refund()
            elif movement.kind == 'contribution':
                if Seizure.seized([movement.member]):
                    movement._raise(
                        'seized', member=movement.member.rec_name)
                movement.move = movement._post_contribution()
        cls.save(movements)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, movements):
        """Take movements back that should not have been.

        :raises FundError: for what is paid already, or advanced
        """
        cls.lock()
        for movement in cls.browse(movements):
            if movement.state != 'done':
                continue
            elif movement.kind in {'set_aside', 'contribution'}:
                movement._check_room()
            if movement.kind in OF_MEMBER and not movement._untouched():
                movement._raise(f'{movement.kind}_paid')
            if movement.move:
                take_back(movement.move)

    def _check_room(self):
        fund = self.fund(self.company)
        if self.amount > fund.room:
            self._raise('room', room=self._money(fund.room))

    def _money(self, amount):
        return Pool().get('ir.lang').get().currency(amount, self.currency)

    def _post_contribution(self):
        "What the member is owed for a bill pays it: 4011 to 4671"
        Line = Pool().get('account.move.line')
        for line in self.bill.open_lines() if self.bill else []:
            if line.credit - line.debit >= self.amount:
                break
        else:
            self._raise('bill', amount=self._money(self.amount))
        move = self._post(Line.offset_lines(
                self.member.party, self.amount,
                [(self.account(self.company), self.amount)], self.date,
                line=line))
        Line.reconcile_offset(move, line)
        return move

    def _post_refund(self):
        "What was paid in is owed to be paid out: 4671 to 4011"
        Line = Pool().get('account.move.line')
        party = self.member.party
        return self._post([
                Line(account=self.account(self.company), party=party,
                    debit=self.amount, credit=0, maturity_date=self.date),
                Line(account=party.account_payable_used, party=party,
                    debit=0, credit=self.amount, maturity_date=self.date)])

    def _post(self, lines):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        journal = Configuration(1).get_multivalue(
            'payout_journal', company=self.company.id)
        if not journal:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__('payout_journal')))
        date = Move.first_open_day(self.company, self.date)
        move = Move(
            company=self.company, journal=journal, date=date, origin=self,
            period=Period.find(self.company, date=date), lines=lines,
            description=self.rec_name)
        move.save()
        Move.post([move])
        return move

    @classmethod
    def account(cls, company):
        """Return the account of what members paid in.

        :raises AccountMissing: when there is none
        """
        Configuration = Pool().get('coop.configuration')
        account = Configuration(1).get_multivalue(
            'fund_account', company=company.id)
        if not account:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__('fund_account')))
        return account

    @classmethod
    def owed(cls, company, members=None):
        "Return {party id: what the fund owes a member}, by the books"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        account = Configuration(1).get_multivalue(
            'fund_account', company=company.id)
        if not account:
            return {}
        line, move = Line.__table__(), Move.__table__()
        where = (line.account == account.id) & (move.state == 'posted')
        if members is not None:
            where &= fields.SQL_OPERATORS['in'](
                line.party, [m.party.id for m in members])
        query = line.join(move, condition=line.move == move.id).select(
            line.party.as_('party'),
            exact(Sum(line.credit - line.debit)).as_('amount'),
            where=where, group_by=[line.party])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        return {
            party: company.currency.round(amount)
            for party, amount in cursor if amount}

    @classmethod
    def fund(cls, company):
        "Return the fund_core.Fund of a company as it stands"
        pool = Pool()
        Advance = pool.get('coop.fund.advance')
        Configuration = pool.get('coop.configuration')
        table = cls.__table__()
        query = table.select(
            exact(Sum(Case(
                        (table.kind == 'set_aside', table.amount),
                        else_=-table.amount))).as_('amount'),
            where=(table.company == company.id)
            & (table.state == 'done')
            & table.kind.in_(DECIDED))
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, ['NUMERIC']))
        decided, = cursor.fetchone()
        total = company.currency.round(decided or Decimal(0)) + sum(
            cls.owed(company).values(), Decimal(0))
        share = Configuration(1).get_multivalue(
            'fund_share', company=company.id)
        return fund_core.Fund(
            total, Advance.outstanding(company),
            Decimal(1) if share is None else share)


del _states


class FundAdvance(ModelSQL, ModelView):
    __name__ = 'coop.fund.advance'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT',
        readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    bill = fields.Many2One(
        'coop.bill', "Bill", required=True, ondelete='RESTRICT',
        readonly=True)
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        readonly=True)
    client = fields.Many2One(
        'party.party', "Client", required=True, ondelete='RESTRICT',
        readonly=True, context={'company': Eval('company', -1)},
        depends={'company'})
    date = fields.Date("Date", required=True, readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        readonly=True)
    cancelled = fields.Boolean("Cancelled", readonly=True,
        help="The payment failed, or was not sent.")
    is_out = fields.Function(
        fields.Boolean("Client Has Not Paid"))

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.client, Index.Equality())),
                Index(t, (t.bill, Index.Equality())),
                })
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        return f"{self.bill.rec_name} - {self.client.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'bill.rec_name', 'client.rec_name')

    @classmethod
    def _out(cls, table):
        """Return the expression of what the fund is still short of.

        Until the client has paid all that the bill is about of theirs.
        """
        pool = Pool()
        line = pool.get('coop.settlement.line').__table__()
        settlement = pool.get('coop.settlement').__table__()
        mission = pool.get('coop.mission').__table__()
        invoice_line = pool.get('account.invoice.line').__table__()
        invoice = pool.get('account.invoice').__table__()
        priced = pool.get('coop.settlement.line').__table__()
        mirror = pool.get('coop.settlement.line').__table__()
        unpaid = (line
            .join(settlement, condition=line.settlement == settlement.id)
            .join(mission, condition=settlement.mission == mission.id)
            .join(priced, condition=priced.settlement == settlement.id)
            .join(invoice_line, 'LEFT',
                condition=priced.invoice_line == invoice_line.id)
            .join(invoice, 'LEFT',
                condition=invoice_line.invoice == invoice.id)
            .select(Literal(1),
                where=(line.bill == table.bill)
                & (mission.client == table.client)
                # What was taken back the member owes, no client
                & ~Exists(mirror.select(Literal(1),
                        where=mirror.credits == line.id))
                # SQLite compares what it computes, not what it stores
                & (Abs(priced.client_amount) > 0)
                & ((invoice.id == Null) | (invoice.state != 'paid')
                    | invoice.written_off)))
        return ~table.cancelled & Exists(unpaid)

    @classmethod
    def column_is_out(cls, tables):
        table, _ = tables[None]
        return Case((cls._out(table), Literal(True)), else_=Literal(False))

    @classmethod
    def default_cancelled(cls):
        return False

    @classmethod
    def outstanding(cls, company):
        "Return {client id: what is advanced and not received}"
        table = cls.__table__()
        query = table.select(
            table.client.as_('client'),
            exact(Sum(table.amount)).as_('amount'),
            where=(table.company == company.id) & cls._out(table),
            group_by=[table.client])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        return {
            client: company.currency.round(amount)
            for client, amount in cursor}


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.fund.movement']
