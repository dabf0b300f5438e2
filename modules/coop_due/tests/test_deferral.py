# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, lists

D = Decimal


def end(month):
    return dt.date(2021, month + 1, 1) - dt.timedelta(days=1)


class DeferralTestCase(factories.DueTestCase):
    "Test revenue that belongs to later days"

    def setup_year(self, company):
        category = coop.category(company)
        factories.plan(
            category, months='12',
            deferred_account=factories.account(company, 'deferred').id,
            deferral_journal=lists.journal().id)
        members = factories.members(company, 2, category, dt.date(2021, 1, 1))
        factories.call(company, dt.date(2021, 1, 1))
        return members

    def balances(self, company):
        return [
            factories.balance(company, code)
            for code in ['revenue', 'deferred']]

    @with_transaction()
    def test_months(self):
        "Each month has its twelfth of what was invoiced for the year"
        Deferral = Pool().get('coop.due.deferral')
        company = factories.cooperative()
        with set_company(company):
            self.setup_year(company)
            self.assertEqual(self.balances(company), [-360, 0])
            for month in range(1, 4):
                deferral, = Deferral.defer(company, end(month))
                self.assertEqual(deferral.amount, 360 - 30 * month)
                self.assertEqual(
                    self.balances(company),
                    [-30 * month, -(360 - 30 * month)])
                self.assertEqual(deferral.moves[0].date, end(month))
            self.assertEqual(Deferral.defer(company, end(3)), [])
            Deferral.defer(company, dt.date(2021, 12, 31))
            self.assertEqual(self.balances(company), [-360, 0])

    @with_transaction()
    def test_departure(self):
        "What is given back is no longer deferred"
        Deferral = Pool().get('coop.due.deferral')
        company = factories.cooperative()
        with set_company(company):
            member, _ = self.setup_year(company)
            Deferral.defer(company, end(1))
            factories.event(member, 'departure', end(6))
            factories.call(company, dt.date(2021, 6, 20))
            deferral, = Deferral.defer(company, end(6))
            # One of the two has six months left
            self.assertEqual(deferral.amount, 90)
            Deferral.defer(company, dt.date(2021, 12, 31))
            self.assertEqual(self.balances(company), [-270, 0])

    @with_transaction()
    def test_fixed(self):
        "A deferral is neither changed nor deleted"
        Deferral = Pool().get('coop.due.deferral')
        company = factories.cooperative()
        with set_company(company):
            self.setup_year(company)
            deferral, = Deferral.defer(company, end(1))
            for act in [
                    lambda: Deferral.write([deferral], {'amount': D(1)}),
                    lambda: Deferral.delete([deferral]),
                    lambda: Deferral.copy([deferral])]:
                with self.assertRaises(AccessError):
                    act()
