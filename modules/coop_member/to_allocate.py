# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Literal

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .event import today


class ToAllocate(ModelSQL, ModelView):
    __name__ = 'coop.share.to_allocate'
    company = fields.Many2One('company.company', "Company")
    line = fields.Many2One('account.move.line', "Line")
    date = fields.Date("Date")
    party = fields.Many2One(
        'party.party', "Party",
        context={'company': Eval('company', -1)}, depends={'company'})
    member = fields.Many2One('coop.member', "Member")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    amount = Monetary("Amount", currency='currency', digits='currency',
        help="What no movement of the register recognises yet.")
    held = fields.Boolean("Held",
        help="Its payments were taken back: it waits to be allocated again.")
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

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

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


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def reverse(cls, movements, note=None):
        """The money of payments that are taken back waits, all of it.

        It is not settled any more: what it was reconciled with is open.
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Reconciliation = pool.get('account.move.reconciliation')
        cls.lock()
        allocations = Allocation.search([
                ('movement', 'in', [m.id for m in movements]),
                ('movement.kind', '=', 'payment'),
                ('movement.reversed_by', '=', None),
                ])
        lines = {a.line for a in allocations}
        Allocation._hold([('line', 'in', [l.id for l in lines])], note)
        Reconciliation.delete(
            list({l.reconciliation for l in lines if l.reconciliation}))
        taken_back = {a.movement for a in allocations}
        return super().reverse(
            [m for m in movements if m not in taken_back], note=note)


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
