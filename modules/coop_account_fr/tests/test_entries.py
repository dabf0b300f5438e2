# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The entries of doc/entries.rst, account by account, on the French chart.

In the expected entries an amount is debit - credit and a name is that of the
member whose party the line bears.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member import capital
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from . import factories

DATE = dt.date(2021, 3, 1)
CENT = Decimal('0.01')


def entry(*movements):
    "Return {(account code, party name or None): amount} of their moves"
    Line = Pool().get('account.move.line')
    result = {}
    for line in Line.search([
                ('move.origin', 'in', [str(m) for m in movements]),
                ('move.state', '=', 'posted'),
                ]):
        key = (line.account.code, line.party.name if line.party else None)
        assert key not in result
        result[key] = line.debit - line.credit
    return result


def record(*movements):
    "Record the movements as one operation; return them"
    Movement = Pool().get('coop.share.movement')
    return Movement.record([list(movements)])


def build(member, share_class, kind, deltas, date=DATE, in_kind=False):
    Movement = Pool().get('coop.share.movement')
    movement = Movement.build(member, share_class, kind, date, deltas)
    movement.in_kind = in_kind
    return movement


def pay(member, share_class, amount, date=DATE):
    "Receive money on 45625; return the rows that recognise it"
    pool = Pool()
    Line = pool.get('account.move.line')
    Movement = pool.get('coop.share.movement')
    known = Movement.search([('member', '=', member.id)])
    unpaid = Movement.position(member, share_class).unpaid
    move = factories.receive(member, amount, date)
    payments = [
        m for m in Movement.search([('member', '=', member.id)])
        if m not in known]
    if Movement.position(member, share_class).unpaid == unpaid:
        payments = record(build(
                member, share_class, 'payment',
                capital.Deltas(paid_up=Decimal(amount)), date))
        Line.reconcile_capital([l for l in move.lines if l.party])
    return payments


def leave(member, share_class, quantity, value, date=DATE):
    "Cancel shares and owe the value for them"
    Movement = Pool().get('coop.share.movement')
    taken = capital.share_of(
        Movement.position(member, share_class), quantity,
        lambda amount: amount.quantize(CENT))
    return record(build(
            member, share_class, 'cancellation',
            capital.cancellation(taken, Decimal(value)), date))


def open_lines(member, code):
    "Return the amounts of the lines of a member that nothing settles yet"
    Line = Pool().get('account.move.line')
    return sorted(
        line.debit - line.credit for line in Line.search([
                ('account.code', '=', code),
                ('party', '=', member.party.id),
                ('reconciliation', '=', None),
                ]))


class EntriesTestCase(RouteTestCase):
    "Test the entries of the capital on the French chart"
    module = 'coop_account_fr'

    def assertRegister(self, company, date=dt.date(2023, 12, 31)):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual(Movement.verify_register(company, date), [])

    @with_transaction()
    def test_subscription_call_payment(self):
        "Called in part, called for the rest, paid: 109 and 1011 empty out"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=Decimal(100))
            member, = coop.members(company, 1)
            name = member.party.name
            subscription = coop.subscribe(
                member, share_class, 4, DATE, Decimal(100))
            self.assertEqual(entry(subscription), {
                    ('45625', name): 100, ('1012', None): -100,
                    ('109', None): 300, ('1011', None): -300})
            payment, = pay(member, share_class, 100)
            self.assertEqual(entry(payment), {
                    ('1012', None): 100, ('10131', None): -100})
            self.assertEqual(open_lines(member, '45625'), [])
            call, = record(build(
                    member, share_class, 'call',
                    capital.Deltas(called=Decimal(300))))
            self.assertEqual(entry(call), {
                    ('45625', name): 300, ('1012', None): -300,
                    ('1011', None): 300, ('109', None): -300})
            pay(member, share_class, 120)
            self.assertEqual(open_lines(member, '45625'), [-120, 300])
            pay(member, share_class, 180)
            self.assertEqual(open_lines(member, '45625'), [])
            for code, balance in [
                    ('10131', -400), ('5121', 400), ('1011', 0), ('1012', 0),
                    ('109', 0), ('45625', 0)]:
                self.assertEqual(
                    factories.account(company, code).balance, balance, code)
            self.assertRegister(company)

    @with_transaction()
    def test_money_before_admission(self):
        "An applicant's money waits on 4563 and pays the subscription"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=Decimal(100))
            member, = coop.members(company, 1)
            name = member.party.name
            factories.receive(member, 100, DATE, '4563')
            self.assertEqual(open_lines(member, '4563'), [-100])
            subscription = coop.subscribe(member, share_class, 1, DATE)
            self.assertEqual(entry(subscription), {
                    ('45625', name): 100, ('1012', None): -100})
            self.assertFalse(factories.account(company, '4563').balance)
            self.assertFalse(factories.account(company, '45625').balance)
            self.assertEqual(
                factories.account(company, '10131').balance, -100)
            self.assertRegister(company)

    @with_transaction()
    def test_exit(self):
        "What a leaver bears of the losses is debited from 1013, not paid"
        company = factories.french_cooperative()
        with set_company(company):
            Movement = Pool().get('coop.share.movement')
            share_class = coop.share_class(company, nominal=Decimal(100))
            member, = coop.members(company, 1)
            name = member.party.name
            coop.subscribe(member, share_class, 2, DATE)
            pay(member, share_class, 200)
            # The losses borne by the leaver: 10 of 100
            cancellation, = leave(member, share_class, 1, 90)
            self.assertEqual(entry(cancellation), {
                    ('10131', None): 100, ('4567', name): -90,
                    ('119', None): -10})
            # Losses that the reserves absorb: the full nominal, and no entry
            # on 1063 whose charge is the meeting's to decide
            cancellation, = leave(member, share_class, 1, 100)
            self.assertEqual(entry(cancellation), {
                    ('10131', None): 100, ('4567', name): -100})
            self.assertEqual(open_lines(member, '4567'), [-100, -90])
            self.assertRegister(company)
            # The line of the bank is the entry of a repayment
            factories.post(
                company, DATE, ('4567', 190, member.party), ('5121', -190))
            claim = Movement.position(member, share_class).claim
            if claim:
                repayment, = record(build(
                        member, share_class, 'repayment',
                        capital.Deltas(claim=-claim)))
                self.assertEqual(entry(repayment), {})
            self.assertFalse(factories.account(company, '4567').balance)
            self.assertRegister(company)

    @with_transaction()
    def test_transfer(self):
        "Of partly paid shares only what is still owed changes hands"
        company = factories.french_cooperative()
        with set_company(company):
            Movement = Pool().get('coop.share.movement')
            share_class = coop.share_class(company, nominal=Decimal(100))
            seller, buyer, member = coop.members(company, 3)
            coop.subscribe(seller, share_class, 4, DATE, Decimal(200))
            pay(seller, share_class, 100)
            taken = capital.share_of(
                Movement.position(seller, share_class), 2,
                lambda amount: amount.quantize(CENT))
            out, in_ = record(
                build(seller, share_class, 'transfer_out', -taken),
                build(buyer, share_class, 'transfer_in', taken))
            self.assertEqual(entry(out, in_), {
                    ('45625', seller.party.name): -50,
                    ('45625', buyer.party.name): 50})
            pay(buyer, share_class, 50)
            # Fully paid shares change hands in the register alone
            taken = capital.Deltas(1, *[Decimal(100)] * 3)
            coop.subscribe(member, share_class, 1, DATE)
            pay(member, share_class, 100)
            out, in_ = record(
                build(member, share_class, 'transfer_out', -taken),
                build(buyer, share_class, 'transfer_in', taken))
            self.assertEqual(entry(out, in_), {})
            self.assertRegister(company)

    @with_transaction()
    def test_reduction_and_reversal(self):
        "Losses charged on the nominal: 1013 to 119; a reversal is the mirror"
        company = factories.french_cooperative()
        with set_company(company):
            Movement = Pool().get('coop.share.movement')
            share_class = coop.share_class(company, nominal=Decimal(100))
            member, = coop.members(company, 1)
            name = member.party.name
            subscription = coop.subscribe(
                member, share_class, 3, DATE, Decimal(200))
            pay(member, share_class, 150)
            reduction, = record(build(
                    member, share_class, 'reduction', capital.reduction(
                        Movement.position(member, share_class),
                        Decimal(45))))
            self.assertEqual(entry(reduction), {
                    ('10131', None): 45, ('119', None): -45})
            reversal, = Movement.reverse([reduction], "wrong amount")
            self.assertEqual(entry(reversal), {
                    ('10131', None): -45, ('119', None): 45})
            other = coop.subscribe(
                member, share_class, 2, DATE, Decimal(50))
            reversal, = Movement.reverse([other], "wrong member")
            self.assertEqual(entry(reversal), {
                    ('45625', name): -50, ('1012', None): 50,
                    ('109', None): -150, ('1011', None): 150})
            self.assertEqual(
                entry(other), {k: -v for k, v in entry(reversal).items()})
            self.assertEqual(
                Movement.position(member, share_class), capital.Deltas(
                    3, Decimal(300), Decimal(200), Decimal(150)))
            self.assertTrue(entry(subscription))
            self.assertRegister(company)

    @with_transaction()
    def test_contribution_in_kind(self):
        "What is brought in kind goes by 45611, without party"
        company = factories.french_cooperative(also=['2183'])
        with set_company(company):
            share_class = coop.share_class(company, nominal=Decimal(100))
            member, = coop.members(company, 1)
            subscription, = record(build(
                    member, share_class, 'subscription',
                    capital.subscription(5, Decimal(100), Decimal(500)),
                    in_kind=True))
            self.assertEqual(entry(subscription), {
                    ('45611', None): 500, ('1012', None): -500})
            # What the delivery posts, whatever document it comes from
            pool = Pool()
            document = pool.get('coop.share.subscription')(
                contribution_account=factories.account(company, '2183'))
            delivery = build(
                member, share_class, 'payment',
                capital.Deltas(paid_up=Decimal(500)), in_kind=True)
            delivery.subscription = document
            lines = pool.get('account.move')._capital_lines([delivery])
            self.assertEqual(
                {(l.account.code, l.party): l.debit - l.credit
                    for l in lines}, {
                    ('2183', None): 500, ('45611', None): -500,
                    ('1012', None): 500, ('10131', None): -500})


del RouteTestCase
