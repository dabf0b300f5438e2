# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The entries of doc/entries.rst, account by account, on the French chart.

Here those of the register; test_entries_money.py has those of the money. In
the expected entries an amount is debit - credit and a name is that of the
member whose party the line bears.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member import capital, opening
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories
from .factories import entry, lines, open_lines, pay, record
from .test_share import create_accounts

D = Decimal
DATE = dt.date(2021, 3, 1)
START = dt.date(2022, 1, 1)
OLD_BOOKS = '''\
compte;débit;crédit
5121;200,00;
109;100,00;
1011;;100,00
1012;;150,00
10131;;50,00
45625;150,00;
4567;;90,00
119;;10,00
1063;;50,00
'''


def build(member, share_class, kind, deltas, date=DATE):
    Movement = Pool().get('coop.share.movement')
    return Movement.build(member, share_class, kind, date, deltas)


class EntriesTestCase(factories.FrenchCoopTestCase):
    "Test the entries of the register on the French chart"

    def assertRegister(self, company, date=dt.date(2023, 12, 31)):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual(Movement.verify_register(company, date), [])

    def assertBalances(self, company, **balances):
        for code, balance in balances.items():
            code = code.lstrip('_')
            self.assertEqual(
                factories.account(company, code).balance, balance, code)

    @with_transaction()
    def test_subscription_and_late_call(self):
        "A first fraction, paid, then the rest: 109 and 1011 empty out"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(
                company, nominal=D(100), called_fraction=D('.25'))
            member, = coop.members(company, 1)
            name = member.party.name
            subscription, = coop.subscriptions([member], share_class, 4, DATE)
            self.assertEqual(entry(*subscription.movements), {
                    ('45625', name): 100, ('1012', None): -100,
                    ('109', None): 300, ('1011', None): -300})
            payment, = pay(member, D(100), DATE)
            self.assertEqual(entry(payment), {
                    ('1012', None): 100, ('10131', None): -100})
            self.assertEqual(open_lines(member, '45625'), [])
            late = dt.date(2022, 6, 1)
            call, = factories.call(share_class, late, D(75))
            self.assertEqual(entry(call), {
                    ('45625', name): 300, ('1012', None): -300,
                    ('1011', None): 300, ('109', None): -300})
            part, = pay(member, D(120), late)
            self.assertEqual(entry(part), {
                    ('1012', None): 120, ('10131', None): -120})
            self.assertEqual(open_lines(member, '45625'), [-120, 300])
            rest, = pay(member, D(180), late)
            self.assertEqual(entry(rest), {
                    ('1012', None): 180, ('10131', None): -180})
            self.assertEqual(open_lines(member, '45625'), [])
            self.assertBalances(company, _10131=-400, _5121=400, _1011=0,
                _1012=0, _109=0, _45625=0)
            self.assertRegister(company)

    @with_transaction()
    def test_exit(self):
        "What a leaver bears of the losses is debited from 1013, not paid"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            coop.subscribe(member, share_class, 2, DATE)
            pay(member, D(200), DATE)
            # The losses borne by the leaver: 10 of 100
            cancellation = factories.leave(member, share_class, 1, 90, DATE)
            self.assertEqual(entry(cancellation), {
                    ('10131', None): 100, ('4567', name): -90,
                    ('119', None): -10})
            # Losses that the reserves absorb: the full nominal, and no entry
            # on 1063 whose charge is the meeting's to decide
            cancellation = factories.leave(member, share_class, 1, 100, DATE)
            self.assertEqual(entry(cancellation), {
                    ('10131', None): 100, ('4567', name): -100})
            self.assertEqual(open_lines(member, '4567'), [-100, -90])
            self.assertRegister(company)
            # The line of the bank is the entry of a repayment
            factories.post(
                company, DATE, ('4567', 190, member.party), ('5121', -190))
            repayment, = record(build(
                    member, share_class, 'repayment',
                    capital.Deltas(claim=D(-190))))
            self.assertEqual(entry(repayment), {})
            self.assertBalances(company, _4567=0, _5121=10, _119=-10)
            self.assertRegister(company)

    @with_transaction()
    def test_transfer(self):
        "Of partly paid shares only what is still owed changes hands"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=D(100))
            seller, buyer, member = coop.members(company, 3)
            coop.subscribe(seller, share_class, 4, DATE, D(200))
            pay(seller, D(100), DATE)
            self.assertEqual(
                entry(*factories.transfer(
                        seller, buyer, share_class, 2, DATE)), {
                    ('45625', seller.party.name): -50,
                    ('45625', buyer.party.name): 50})
            payment, = pay(buyer, D(50), DATE)
            self.assertEqual(entry(payment), {
                    ('1012', None): 50, ('10131', None): -50})
            # Fully paid shares change hands in the register alone
            coop.subscribe(member, share_class, 1, DATE)
            pay(member, D(100), DATE)
            self.assertEqual(
                entry(*factories.transfer(
                        member, buyer, share_class, 1, DATE)), {})
            self.assertRegister(company)

    @with_transaction()
    def test_conversion(self):
        "Between classes with accounts of their own only 1013 changes"
        company = factories.french_cooperative()
        with set_company(company):
            a = coop.share_class(company, 'A', D(100))
            b = coop.share_class(company, 'B', D(50))
            create_accounts(a, b)
            a, b = a.__class__.browse([a, b])
            member, = coop.members(company, 1)
            coop.subscribe(member, a, 3, DATE, D(150))
            payment, = pay(member, D(90), DATE)
            self.assertEqual(entry(payment), {
                    ('1012', None): 90, ('101311', None): -90})
            taken = factories.share_of(member, a, 2)
            given = capital.Deltas(
                4, taken.subscribed, taken.called, taken.paid_up)
            conversion = record(
                build(member, a, 'conversion', -taken),
                build(member, b, 'conversion', given))
            self.assertEqual(entry(*conversion), {
                    ('101311', None): 60, ('101312', None): -60})
            self.assertBalances(company, _101311=-30, _101312=-60,
                _10131=-90, _1012=-60, _45625=60, _109=150, _1011=-150)
            self.assertRegister(company)

    @with_transaction()
    def test_reduction_and_reversal(self):
        "Losses charged on the nominal: 1013 to 119; a reversal is the mirror"
        company = factories.french_cooperative()
        with set_company(company):
            Movement = Pool().get('coop.share.movement')
            share_class = coop.share_class(company, nominal=D(100))
            member, = coop.members(company, 1)
            name = member.party.name
            subscription = coop.subscribe(
                member, share_class, 3, DATE, D(200))
            pay(member, D(150), DATE)
            reduction, = record(build(
                    member, share_class, 'reduction', capital.reduction(
                        Movement.position(member, share_class), D(45))))
            self.assertEqual(entry(reduction), {
                    ('10131', None): 45, ('119', None): -45})
            reversal, = Movement.reverse([reduction], "wrong amount")
            self.assertEqual(entry(reversal), {
                    ('10131', None): -45, ('119', None): 45})
            other = coop.subscribe(member, share_class, 2, DATE, D(50))
            reversal, = Movement.reverse([other], "wrong member")
            self.assertEqual(entry(reversal), {
                    ('45625', name): -50, ('1012', None): 50,
                    ('109', None): -150, ('1011', None): 150})
            self.assertEqual(
                entry(other), {k: -v for k, v in entry(reversal).items()})
            self.assertEqual(
                Movement.position(member, share_class), capital.Deltas(
                    3, D(300), D(200), D(150)))
            self.assertTrue(entry(subscription))
            self.assertRegister(company)

    @with_transaction()
    def test_opening(self):
        "The history posts nothing; one move opens the books, by member"
        pool = Pool()
        Move = pool.get('account.move')
        company = factories.french_cooperative()
        with set_company(company):
            configuration = pool.get('coop.configuration')(1)
            configuration.accounting_start = START
            configuration.save()
            share_class = coop.share_class(company, nominal=D(100))
            one, two = coop.members(company, 2)
            coop.subscribe(one, share_class, 3, DATE, D(200))
            coop.subscribe(two, share_class, 1, DATE)
            for member, amount in [(one, 50), (two, 100)]:
                record(build(
                        member, share_class, 'payment',
                        capital.Deltas(paid_up=D(amount))))
            factories.leave(two, share_class, 1, 90, DATE)
            self.assertEqual(Move.search([]), [])

            balances, problems = opening.check(
                company, START, 'balance.csv', OLD_BOOKS.encode())
            self.assertEqual(problems, [])
            move = opening.open_books(company, START, balances)
            self.assertEqual(lines(move), [
                    ('1011', None, -100), ('1012', None, -150),
                    ('10131', None, -50), ('1063', None, -50),
                    ('109', None, 100), ('119', None, -10),
                    ('45625', one.party.name, 150),
                    ('4567', two.party.name, -90), ('5121', None, 200)])
            self.assertRegister(company)
            # What was owed before is paid as anything else
            payment, = pay(one, D(150), START)
            self.assertEqual(entry(payment), {
                    ('1012', None): 150, ('10131', None): -150})
            self.assertEqual(open_lines(one, '45625'), [])
            self.assertRegister(company)
