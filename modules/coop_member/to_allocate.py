# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Literal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .company import CurrencyMixin
from .event import today
from .exceptions import MovementError

# The allocations of payments that were not taken back
LIVE = [
    ('movement.kind', '=', 'payment'),
    ('movement.reversed_by', '=', None),
    ]


class ToAllocate(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.to_allocate'
    company = fields.Many2One('company.company', "Company")
    line = fields.Many2One('account.move.line', "Line")
    date = fields.Date("Date")
    party = fields.Many2One(
        'party.party', "Party",
        context={'company': Eval('company', -1)}, depends={'company'})
    member = fields.Many2One('coop.member', "Member")
    amount = Monetary("Amount", currency='currency', digits='currency',
        help="What no movement of the register recognises yet.")
    held = fields.Boolean("Held",
        help="A payment of it was taken back: it waits to be allocated again.")
    description = fields.Function(
        fields.Char("Description"), 'on_change_with_description')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'allocate': {'icon': 'tryton-ok'},
                'move': {
                    'invisible': Eval('amount', 0) <= 0,
                    'icon': 'tryton-switch',
                    'depends': ['amount'],
                    },
                })

    @classmethod
    def table_query(cls):
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Company = pool.get('company.company')
        Member = pool.get('coop.member')
        member = Member.__table__()
        company = Transaction().context.get('company')
        if company is None:
            company = -1
        waiting = Allocation.waiting(Company(company))
        return waiting.join(member, 'LEFT',
            condition=(member.party == waiting.party)
            & (member.company == company)).select(
            waiting.line.as_('id'), Literal(company).as_('company'),
            waiting.line.as_('line'), waiting.date.as_('date'),
            waiting.party.as_('party'), member.id.as_('member'),
            waiting.rest.as_('amount'), waiting.held.as_('held'))

    @fields.depends('line')
    def on_change_with_description(self, name=None):
        return self.line.description_used if self.line else None

    def get_rec_name(self, name):
        return self.line.rec_name

    @classmethod
    @ModelView.button
    def allocate(cls, records):
        "Allocate money, also that whose payments were taken back"
        Allocation = Pool().get('coop.share.allocation')
        Pool().get('coop.share.movement').lock()
        companies = defaultdict(list)
        for record in records:
            companies[record.company].append(record)
        for company, records in companies.items():
            Allocation.process(
                company, list({r.party.id for r in records if r.party}),
                release=[r.line.id for r in records])

    @classmethod
    @ModelView.button_action('coop_member.wizard_move_money')
    def move(cls, records):
        pass


class Allocation(metaclass=PoolMeta):
    __name__ = 'coop.share.allocation'

    @classmethod
    def take_back_lines(cls, lines):
        """Reverse the payments of credits that an accountant unreconciles.

        The money then waits until somebody asks for it. A reconciliation
        broken to cancel one of its lines, as when a direct debit fails, is
        left to the line that cancels it.
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        cancelled = {
            l.origin.reconciliation for l in Line.search([
                    ('origin', 'in', [str(l) for l in lines]),
                    ], order=[])}
        cls._hold([
                ('line', 'in', [
                        l.id for l in lines
                        if l.reconciliation not in cancelled]),
                ])

    @classmethod
    def take_back_subscriptions(cls, subscriptions):
        "Reverse the payments of subscriptions; their money waits"
        if subscriptions:
            cls.hold([
                    ('movement.subscription', 'in',
                        [s.id for s in subscriptions]),
                    ])

    @classmethod
    def hold(cls, domain, note=None):
        """Let the money wait of which allocations of a domain tell.

        Its payments are reversed, and it settles nothing any more.
        """
        Reconciliation = Pool().get('account.move.reconciliation')
        lines = cls._hold(domain, note)
        # The other payments of a reconciliation stay what they are
        with Transaction().set_context(coop_keep_payments=True):
            Reconciliation.delete(
                list({l.reconciliation for l in lines if l.reconciliation}))

    @classmethod
    def _hold(cls, domain, note=None):
        """Reverse the payments of the allocations of a domain.

        :return: the lines of their money
        :raises MovementError: when the history of a holding does not bear it
        """
        Movement = Pool().get('coop.share.movement')
        allocations = cls.search(
            [domain, *LIVE], order=[('movement.number', 'ASC')])
        by_company = defaultdict(list)
        for allocation in allocations:
            by_company[allocation.company].append((
                    allocation.line.id,
                    [Movement.build_reversal(allocation.movement, note)]))
        for company, kept in by_company.items():
            cls._record_kept(company, kept)
        return {a.line for a in allocations}

    @classmethod
    def release_lines(cls, lines):
        """Allocate again the held credits that are reconciled again.

        That is, with what the register called: a credit reconciled with what
        cancels it goes on waiting.
        """
        Movement = Pool().get('coop.share.movement')
        companies = defaultdict(list)
        for line in lines:
            companies[line.move.company].append(line)
        for company, lines in companies.items():
            calls = {
                l.reconciliation for l in lines
                if isinstance(l.move.origin, Movement)}
            held = cls.waiting_lines(
                [l for l in lines if l.reconciliation in calls])
            if held:
                cls.process(company, list({
                            l.party.id for l in lines if l.id in held}), held)

    @classmethod
    def waiting_lines(cls, lines):
        "Return the ids of those of the lines not wholly recognised"
        in_ = fields.SQL_OPERATORS['in']
        result = set()
        for company in {l.move.company for l in lines}:
            for sub in grouped_slice(
                    [l for l in lines if l.move.company == company], 1000):
                ids = [l.id for l in sub]
                query = cls.waiting(
                    company, lambda line, move: in_(line.id, ids))
                result.update(
                    r[0] for r in cls._fetch(query, [None] * 5))
        return result


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def reverse(cls, movements, note=None):
        "The money of the payments that are taken back waits, all of it"
        Allocation = Pool().get('coop.share.allocation')
        cls.lock()
        payments = cls._live_payments(movements)
        cls._check_imported([m for m in movements if m not in payments])
        Allocation.hold([('movement', 'in', [m.id for m in payments])], note)
        return super().reverse(
            [m for m in movements if m not in payments], note=note)

    @classmethod
    def to_reverse(cls, movements):
        "Return all that is taken back with movements"
        payments = cls._live_payments(movements)
        return payments + super().to_reverse(
            [m for m in movements if m not in payments])

    @classmethod
    def _check_imported(cls, movements):
        "Refuse to part an imported payment from the money posted with it"
        Move = Pool().get('account.move')
        posted = Move.search([
                ('origin', 'in', [
                        str(m) for m in movements
                        if m.kind == 'payment' and not m.in_kind]),
                ], limit=1)
        if posted:
            raise MovementError(gettext(
                    'coop_member.msg_movement_imported_payment',
                    movement=posted[0].origin.rec_name))

    @classmethod
    def _live_payments(cls, movements):
        "Return the payments of the money of which movements are payments"
        Allocation = Pool().get('coop.share.allocation')
        allocations = Allocation.search([
                ('movement', 'in', [m.id for m in movements]), *LIVE])
        return [a.movement for a in Allocation.search([
                    ('line', 'in', [a.line.id for a in allocations]), *LIVE],
                order=[('movement.number', 'ASC')])]


class MoveMoneyStart(ModelView):
    __name__ = 'coop.share.move_money.start'
    company = fields.Many2One('company.company', "Company")
    currency = fields.Many2One('currency.currency', "Currency")
    date = fields.Date("Date", required=True)
    member = fields.Many2One('coop.member', "Member", required=True,
        domain=[('company', '=', Eval('company', -1))],
        help="Whose money it is.")
    amount = Monetary("Amount", currency='currency', digits='currency',
        required=True, domain=[('amount', '>', 0)])


class MoveMoney(Wizard):
    __name__ = 'coop.share.move_money'
    start = StateView(
        'coop.share.move_money.start',
        'coop_member.share_move_money_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Move", 'move', 'tryton-ok', default=True),
            ])
    move = StateTransition()

    def default_start(self, fields):
        return {
            'company': self.record.company.id,
            'currency': self.record.currency.id,
            'date': today(self.record.company.id),
            'amount': self.record.amount,
            }

    def transition_move(self):
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        company, start = self.record.company, self.start
        account = Allocation.account(company)
        amount = min(start.amount, self.record.amount)
        move = Move(
            company=company, date=start.date, origin=start.member,
            journal=Configuration(1).get_multivalue(
                'share_journal', company=company.id),
            period=Period.find(company, date=start.date),
            description=self.record.description,
            lines=[
                # Naming the line, it is this money that is taken back
                Line(account=account, party=self.record.party, debit=amount,
                    credit=0, maturity_date=start.date,
                    origin=self.record.line),
                Line(account=account, party=start.member.party, debit=0,
                    credit=amount, maturity_date=start.date),
                ])
        move.save()
        Move.post([move])
        return 'end'
