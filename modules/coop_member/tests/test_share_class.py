# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MovementError, SubscriptionError
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)
LATER = dt.date(2021, 6, 1)


class ShareClassTestCase(factories.CoopTestCase):
    "Test what a share class and a category say of subscriptions"

    def refused(self, message, *subscription, **values):
        with self.assertRaisesRegex(SubscriptionError, message):
            factories.subscriptions(*subscription, **values)

    def accepted(self, message, *subscription, **values):
        subscription, = factories.subscriptions(*subscription, **values)
        self.assertEqual(subscription.state, 'accepted')

    def member(self, company, category, legal):
        member, = factories.members(company, 1, category)
        if legal:
            member.legal_person = True
            member.representative = factories.person("Ann")
            member.save()
        return member

    @with_transaction()
    def test_rules(self):
        "Each attribute refuses what it says, and nothing more"
        company = factories.cooperative()
        with set_company(company):
            other = factories.category(company, 'other')
            natural, legal = False, True
            for number, (message, class_, category, wrong, right) in enumerate(
                    [
                        ("only natural persons", {'holder': 'natural'}, {},
                            (legal, 2, 1), (natural, 2, 1)),
                        ("only legal persons", {'holder': 'legal'}, {},
                            (natural, 2, 1), (legal, 2, 1)),
                        ("at least 50", {'called_fraction': D('.5')}, {},
                            (natural, 2, '.25'), (natural, 2, '.5')),
                        ("minimum of 3 of \"[0-9]+ - Class", {'minimum': 3},
                            {}, (natural, 2, 1), (natural, 3, 1)),
                        ("maximum of 4 of \"[0-9]+ - Class", {'maximum': 4},
                            {}, (natural, 5, 1), (natural, 4, 1)),
                        ("minimum of 3 of \"Category", {},
                            {'minimum_shares': 3},
                            (natural, 2, 1), (natural, 3, 1)),
                        ("maximum of 4 of \"Category", {},
                            {'maximum_shares': 4},
                            (natural, 5, 1), (natural, 4, 1)),
                        ]):
                with self.subTest(message):
                    share_class = factories.share_class(
                        company, str(number), **class_)
                    category = factories.category(
                        company, str(number), **category)
                    for check, (is_legal, quantity, called) in [
                            (self.accepted, right), (self.refused, wrong)]:
                        member = self.member(company, category, is_legal)
                        check(message, [member], share_class, quantity, DAY,
                            called_fraction=D(called))
            with self.subTest("categories"):
                share_class = factories.share_class(
                    company, categories=[('add', [other.id])])
                member, = factories.members(company, 1, other)
                self.accepted('', [member], share_class, 1, DAY)
                member, = factories.members(company, 1, category)
                self.refused(
                    "may not hold", [member], share_class, 1, DAY)

    @with_transaction()
    def test_held_counts(self):
        "The limits count what is held, a category's over all classes"
        company = factories.cooperative()
        with set_company(company):
            limited = factories.share_class(company, maximum=4, minimum=2)
            free = factories.share_class(company, 'B')
            category = factories.category(company, maximum_shares=6)
            member, = factories.members(company, 1, category)
            self.accepted('', [member], limited, 3, DAY)
            self.refused("hold 5 shares", [member], limited, 2, DAY)
            self.accepted('', [member], limited, 1, DAY)
            self.refused("hold 7 shares", [member], free, 3, DAY)
            self.accepted('', [member], free, 2, DAY)

    @with_transaction()
    def test_maximum_capital(self):
        "One member may hold the fraction of the capital, not a share more"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(
                company, maximum_capital=D('.25'))
            free = factories.share_class(company, 'B')
            member, other = factories.members(company, 2)
            self.accepted('', [other], free, 6, DAY)
            self.refused("25", [member], share_class, 3, DAY)
            self.accepted('', [member], share_class, 2, DAY)

    @with_transaction()
    def test_payment_delay(self):
        "What is called is due after the delay of the class"
        pool = Pool()
        Call = pool.get('coop.share.call')
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(
                company, payment_delay=dt.timedelta(days=10))
            member, = factories.members(company, 1)
            subscription, = factories.subscriptions(
                [member], share_class, 1, DAY)
            due = DAY + dt.timedelta(days=10)
            self.assertEqual(subscription.due_date, due)
            self.assertEqual(
                [m.due_date for m in subscription.movements], [due])
            self.assertEqual({
                    l.maturity_date for l in Line.search([
                            ('account.code', '=', 'receivable')])}, {due})
            call = Call(share_class=share_class, date=DAY)
            call.on_change_share_class()
            self.assertEqual(call.due_date, due)

    def nominal(self, share_class, date, value):
        Nominal = Pool().get('coop.share.nominal')
        nominal, = Nominal.create([{
                    'share_class': share_class.id, 'date': date,
                    'value': value}])
        return nominal

    @with_transaction()
    def test_nominal_history(self):
        "Each subscription takes the value of its date"
        pool = Pool()
        ShareClass = pool.get('coop.share.class')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company, nominal=D(24))
            self.nominal(share_class, LATER, D(30))
            share_class = ShareClass(share_class.id)
            member, = factories.members(company, 1)
            for date, value in [
                    (LATER - dt.timedelta(days=1), D(24)), (LATER, D(30))]:
                subscription, = factories.subscriptions(
                    [member], share_class, 2, date)
                movement, = subscription.movements
                self.assertEqual(subscription.amount, 2 * value)
                self.assertEqual(movement.nominal, value)
                self.assertEqual(movement.subscribed, 2 * value)
            with self.assertRaisesRegex(MovementError, "no nominal value"):
                factories.subscriptions(
                    [member], share_class, 1, dt.date(1999, 12, 31))

    @with_transaction()
    def test_nominal_frozen(self):
        "A value that was used stays, whatever is done to the history"
        pool = Pool()
        Nominal = pool.get('coop.share.nominal')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company, nominal=D(24))
            used, = share_class.nominals
            later = self.nominal(share_class, LATER, D(30))
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 2, DAY)
            for act in [
                    lambda: Nominal.write([used], {'value': D(25)}),
                    lambda: Nominal.write([used], {'date': DAY}),
                    lambda: Nominal.delete([used]),
                    lambda: Nominal.write([later], {'date': DAY}),
                    lambda: self.nominal(share_class, DAY, D(25))]:
                with self.assertRaisesRegex(MovementError, "later date"):
                    act()
            day_after = DAY + dt.timedelta(days=1)
            Nominal.write([later], {'date': LATER + dt.timedelta(days=1)})
            Nominal.delete([later])
            # Payments do not use it: a decision may be entered after them
            factories.receive(member, D(48), LATER)
            self.nominal(share_class, day_after, D(30))
            self.assertEqual(
                type(share_class)(share_class.id).nominal_at(LATER), D(30))
