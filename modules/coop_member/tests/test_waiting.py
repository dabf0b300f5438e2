# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories

DATE = dt.date(2021, 3, 1)
LATER = dt.date(2021, 4, 1)


class WaitingTestCase(factories.CoopTestCase):
    "Test the money that waits to be allocated"

    def waiting(self):
        "Return {party name: [(amount, held)]} of what waits"
        ToAllocate = Pool().get('coop.share.to_allocate')
        result = {}
        for row in ToAllocate.search([]):
            result.setdefault(row.party.name, []).append(
                (row.amount, bool(row.held)))
        return result

    def payments(self):
        Movement = Pool().get('coop.share.movement')
        return Movement.search([
                ('kind', '=', 'payment'),
                ('reversed_by', '=', None),
                ], order=[('number', 'ASC')])

    def debt(self, member, *amounts):
        "Post in one move the money of a member that went back"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        move = factories.receive(member, Decimal(1), LATER)
        receivable, = {l.account for l in move.lines if l.party}
        cash, = {l.account for l in move.lines if not l.party}
        together = Move(
            company=move.company, journal=move.journal, date=LATER,
            period=move.period, lines=[
                Line(account=cash, debit=0, credit=sum(amounts)),
                *(Line(account=receivable, party=member.party, debit=amount,
                        credit=0) for amount in amounts)])
        together.save()
        Move.post([together])

    @with_transaction()
    def test_one_of_two_payments(self):
        "The payment that is taken back leaves the other of its call alone"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 4, DATE)
            for amount in [60, 36]:
                factories.receive(member, Decimal(amount), DATE)
            _, wrong = self.payments()
            self.assertEqual(Movement.to_reverse([wrong]), [wrong])
            Movement.reverse([wrong], "Paul's")
            self.assertEqual(
                [p.paid_up for p in self.payments()], [Decimal(60)])
            self.assertEqual(
                self.waiting(), {member.party.name: [(Decimal(36), True)]})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_held_though_partly_given_back(self):
        "What is left of a payment waits too, until somebody asks for it"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 4, DATE)
            factories.receive(member, Decimal(96), DATE)
            factories.receive(member, Decimal(-40), LATER)
            kept, = self.payments()
            self.assertEqual(kept.paid_up, Decimal(56))
            Movement.reverse([kept], "Not hers")
            factories.subscribe(member, share_class, 1, LATER)
            self.assertEqual(self.payments(), [])
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_held_though_it_paid_another_too(self):
        "What a transfer paid of a cancelled subscription waits"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            kept, = factories.subscriptions([member], share_class, 1, DATE)
            wrong, = factories.subscriptions([member], share_class, 2, DATE)
            factories.receive(member, Decimal(72), DATE)
            Subscription.cancel([wrong])
            factories.subscriptions([member], share_class, 1, LATER)
            self.assertEqual(
                [p.subscription for p in self.payments()], [kept])
            self.assertEqual(
                self.waiting(), {member.party.name: [(Decimal(48), True)]})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_cancelled_after_it_bounced(self):
        "What was paid for a while may still be cancelled"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            wrong, = factories.subscriptions([member], share_class, 4, DATE)
            factories.receive(member, Decimal(96), DATE)
            factories.receive(member, Decimal(-96), LATER)
            Subscription.cancel([wrong])
            for date, quantity in [(DATE, 4), (LATER, 0), (None, 0)]:
                self.assertEqual(
                    Movement.position(member, share_class, date).quantity,
                    quantity)
            self.assertEqual(self.waiting(), {})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_money_of_before_the_bounce(self):
        "An older transfer that is entered late pays what was reopened"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 4, DATE)
            factories.receive(member, Decimal(96), DATE)
            factories.receive(member, Decimal(-96), LATER)
            factories.receive(
                member, Decimal(96), LATER - dt.timedelta(days=9))
            payment, = self.payments()
            self.assertEqual(payment.date, LATER)
            self.assertEqual(self.waiting(), {})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_two_refunds_at_once(self):
        "One payment that goes back in two parts is taken back whole"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 4, DATE)
            factories.receive(member, Decimal(96), DATE)
            self.debt(member, Decimal(41), Decimal(56))
            self.assertEqual(
                Movement.position(member, share_class).paid_up, 0)
            self.assertEqual(self.waiting(), {})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_moved_from_somebody_else(self):
        "The money of a person who is no member is moved once"
        pool = Pool()
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        MoveMoney = pool.get('coop.share.move_money', type='wizard')
        Party = pool.get('party.party')
        ToAllocate = pool.get('coop.share.to_allocate')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 4, DATE)
            wife, = Party.create([{'name': "Wife"}])
            received = factories.receive(member, Decimal(1), DATE)
            move, = Move.copy([received])
            for line in move.lines:
                if line.party:
                    line.party = wife
            move.lines = move.lines
            move.save()
            Move.post([move])
            row, = ToAllocate.search([('party', '=', wife.id)])
            session, _, _ = MoveMoney.create()
            with Transaction().set_context(
                    active_model=row.__name__, active_id=row.id,
                    active_ids=[row.id]):
                wizard = MoveMoney(session)
                wizard.start.member = member
                wizard.start.date = LATER
                wizard.start.amount = row.amount
                wizard.transition_move()
            self.assertEqual(
                Movement.position(member, share_class).paid_up, 2)
            self.assertEqual(self.waiting(), {})
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_advance_pays_later_call(self):
        "What came before the first call pays the next one too"
        pool = Pool()
        Call = pool.get('coop.share.call')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(
                company, called_fraction=Decimal('0.25'))
            member, = factories.members(company, 1)
            factories.receive(member, Decimal(96), DATE, account='advance')
            factories.subscriptions([member], share_class, 4, DATE)
            self.assertEqual(
                Movement.position(member, share_class).paid_up, 24)
            call, = Call.create([{
                        'company': company.id, 'share_class': share_class.id,
                        'date': LATER, 'due_date': LATER, 'scope': 'all',
                        'method': 'fraction', 'fraction': Decimal('0.75')}])
            Call.call([call])
            Call.process([call])
            self.assertEqual(
                Movement.position(member, share_class).paid_up, 96)
            self.assertEqual(factories.balance(company, 'advance'), 0)
            self.assertEqual(Movement.verify_register(company), [])
