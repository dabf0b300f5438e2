# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The entries of doc/entries.rst by which shares are paid, see test_entries.

As there, an amount is debit - credit and a name is the party's.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories
from .factories import entry, lines, moves, open_lines, pay

D = Decimal
DATE = dt.date(2021, 3, 1)
LATER = dt.date(2021, 4, 20)


class EntriesMoneyTestCase(factories.FrenchCoopTestCase):
    "Test the entries of the money of shares on the French chart"

    def assertRegister(self, company, date=dt.date(2023, 12, 31)):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual(Movement.verify_register(company, date), [])

    def payments(self, member):
        Movement = Pool().get('coop.share.movement')
        return Movement.search([
                ('member', '=', member.id),
                ('kind', '=', 'payment'),
                ], order=[('number', 'ASC')])

    @with_transaction()
    def test_before_admission(self):
        "An applicant's money waits on 4563 and pays the subscription"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            move = factories.receive(member, 100, DATE, '4563')
            self.assertEqual(lines(move), [
                    ('4563', name, -100), ('5121', None, 100)])
            self.assertEqual(open_lines(member, '4563'), [-100])
            subscription, = coop.subscriptions([member], share_class, 1, DATE)
            called, paid = subscription.movements
            self.assertEqual(entry(called), {
                    ('45625', name): 100, ('1012', None): -100})
            self.assertEqual(entry(member), {
                    ('4563', name): 100, ('45625', name): -100})
            self.assertEqual(entry(paid), {
                    ('1012', None): 100, ('10131', None): -100})
            self.assertEqual(open_lines(member, '4563'), [])
            self.assertEqual(open_lines(member, '45625'), [])
            self.assertRegister(company)

    @with_transaction()
    def test_bounced(self):
        "What went back is owed again; the payment is taken back that day"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            coop.subscriptions([member], share_class, 1, DATE)
            pay(member, D(100), DATE)
            reversal, = pay(member, D(-100), LATER)
            bounce = Pool().get('account.move').search([
                    ('date', '=', LATER), ('origin', '=', None)])
            self.assertEqual(lines(*bounce), [
                    ('45625', name, 100), ('5121', None, -100)])
            self.assertEqual(
                (reversal.kind, reversal.date), ('reversal', LATER))
            self.assertEqual(entry(reversal), {
                    ('1012', None): -100, ('10131', None): 100})
            self.assertEqual(open_lines(member, '45625'), [100])
            self.assertRegister(company)
            pay(member, D(100), LATER)
            self.assertEqual(open_lines(member, '45625'), [])
            self.assertRegister(company)

    @with_transaction()
    def test_somebody_else_and_offset(self):
        "The line bears the member's party, whoever pays"
        pool = Pool()
        company = factories.french_cooperative(also=['611'])
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            aunt, = pool.get('party.party').create([{'name': "Aunt"}])
            subscription, = coop.subscriptions([member], share_class, 2, DATE)
            journal, = pool.get('account.journal').search(
                [('type', '=', 'cash')])
            factories.run(
                'coop.share.subscription.receive', subscription, 'receive',
                date=DATE, amount=D(80), payer=aunt, journal=journal,
                account=factories.account(company, '5311'))
            received, = moves(subscription)
            self.assertEqual(lines(received), [
                    ('45625', name, -80), ('5311', None, 80)])
            self.assertEqual(received.description, "Paid by Aunt")
            payment, = self.payments(member)
            self.assertEqual(entry(payment), {
                    ('1012', None): 80, ('10131', None): -80})
            # What the cooperative owes the member pays the rest
            owed = factories.owe(member, D(500), LATER)
            factories.run(
                'coop.share.subscription.offset', subscription, 'offset',
                date=LATER, line=owed, amount=D(120))
            _, offset = moves(subscription)
            self.assertEqual(lines(offset), [
                    ('4011', name, -380), ('4011', name, 500),
                    ('45625', name, -120)])
            _, payment = self.payments(member)
            self.assertEqual(entry(payment), {
                    ('1012', None): 120, ('10131', None): -120})
            self.assertEqual(open_lines(member, '4011'), [-380])
            self.assertEqual(open_lines(member, '45625'), [])
            self.assertRegister(company)

    @with_transaction()
    def test_retention(self):
        "4011 to 4563 until a whole share is gathered, then to 45625"
        pool = Pool()
        Retention = pool.get('coop.share.retention')
        company = factories.french_cooperative(also=['611'])
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            coop.subscriptions([member], share_class, 2, DATE)
            retention = factories.retention(member, DATE)

            def withhold(amount):
                line = factories.owe(member, amount, LATER)
                return Retention.withhold(
                    member.party, company, amount, LATER, line)
            self.assertEqual(withhold(D(600)), 60)
            gathered, = moves(retention)
            self.assertEqual(lines(gathered), [
                    ('4011', name, -540), ('4011', name, 600),
                    ('4563', name, -60)])
            self.assertEqual(self.payments(member), [])
            self.assertEqual(open_lines(member, '4563'), [-60])
            self.assertRegister(company)

            self.assertEqual(withhold(D(700)), 70)
            _, paid = moves(retention)
            self.assertEqual(lines(paid), [
                    ('4011', name, -630), ('4011', name, 700),
                    ('45625', name, -100), ('4563', name, 30)])
            payment, = self.payments(member)
            self.assertEqual(entry(payment), {
                    ('1012', None): 100, ('10131', None): -100})

            # Never more than what is still to pay
            self.assertEqual(withhold(D(900)), 70)
            _, _, last = moves(retention)
            self.assertEqual(lines(last), [
                    ('4011', name, -830), ('4011', name, 900),
                    ('45625', name, -100), ('4563', name, 30)])
            self.assertEqual(open_lines(member, '4563'), [])
            self.assertEqual(open_lines(member, '45625'), [])
            self.assertEqual(open_lines(member, '4011'), [-830, -630, -540])
            self.assertRegister(company)

    @with_transaction()
    def test_in_kind(self):
        "What is brought in kind goes by 45611, without party"
        company = factories.french_cooperative(also=['2183'])
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            subscription = factories.in_kind(
                member, share_class, 5, DATE, '2183')
            self.assertEqual(subscription.state, 'done')
            # One entry, which shows both steps
            move, = moves(*subscription.movements)
            self.assertEqual(lines(move), [
                    ('1012', None, -500), ('1012', None, 500),
                    ('10131', None, -500), ('2183', None, 500),
                    ('45611', None, -500), ('45611', None, 500)])
            self.assertRegister(company)

    @with_transaction()
    def test_by_hand(self):
        "What the meeting decides is posted by hand, and pays shares too"
        pool = Pool()
        Account = pool.get('account.account')
        company = factories.french_cooperative(also=['4423'])
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, leaver = coop.members(company, 2)
            name = member.party.name
            subscription, = coop.subscriptions([member], share_class, 3, DATE)
            coop.subscriptions([leaver], share_class, 1, DATE)
            pay(leaver, D(100), DATE)
            factories.leave(leaver, share_class, 1, 100, DATE)
            # A loss of the year before, then the surplus of the year
            factories.post(company, DATE, ('1063', 40), ('129', -40))
            allocation = factories.post(company, DATE,
                ('120', 1000), ('119', -50), ('10611', -150), ('1063', -400),
                ('4571', -100, member.party), ('4572', -300, member.party))
            interest, refund = sorted(
                (l for l in allocation.lines if l.party),
                key=lambda l: l.account.code)
            factories.post(company, DATE,
                ('4571', 100, member.party), ('4423', D('-31.4')),
                ('5121', D('-68.6')))
            factories.run(
                'coop.share.subscription.offset', subscription, 'offset',
                date=LATER, line=refund, amount=D(300))
            offset, = moves(subscription)
            self.assertEqual(lines(offset), [
                    ('45625', name, -300), ('4572', name, 300)])
            payment, = self.payments(member)
            self.assertEqual(entry(payment), {
                    ('1012', None): 300, ('10131', None): -300})
            self.assertEqual(open_lines(member, '4572'), [])
            # Interest on 4567 itself would be no claim of the register
            claim = factories.account(company, '4567')
            Account.create([{
                        'name': "Intérêts", 'code': '45678',
                        'company': company.id, 'parent': claim.id,
                        'type': claim.type.id,
                        'debit_type': claim.debit_type.id,
                        'party_required': True, 'reconcile': True}])
            factories.post(
                company, LATER, ('66188', 3), ('45678', -3, leaver.party))
            self.assertRegister(company)
