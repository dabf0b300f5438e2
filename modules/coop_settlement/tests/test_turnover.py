# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories


def levels(company):
    "Return {(member name, year): (turnover, level)}"
    Franchise = Pool().get('coop.vat.franchise')
    return {
        (r.member.party.name, r.year): (r.turnover, r.level)
        for r in Franchise.search([('company', '=', company.id)])}


def thresholds(date=dt.date(2020, 1, 1)):
    Parameter = Pool().get('coop.parameter')
    Parameter.create([{
                'key': f'franchise_{name}', 'date': date,
                'value': D(value), 'source': "CGI 293 B"}
            for name, value in [('threshold', 37_500), ('ceiling', 41_250)]])


class TurnoverTestCase(factories.SettlementTestCase):
    "Test what missions bring"

    @with_transaction()
    def test_months_and_results(self):
        "By month the margin, by member the result; employees apart"
        pool = Pool()
        Result = pool.get('coop.member.result')
        Settlement = pool.get('coop.settlement')
        Turnover = pool.get('coop.mission.turnover')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, referrer = factories.workers(company, 2)
            employee, = factories.workers(company, 1,
                category=coop.category(company, 'S', salaried=True))
            factories.settled(
                company, [(one, 880), (employee, 1760)],
                referrer=referrer.id, costs=[("Train", 50)])
            march = dt.date(2022, 3, 1)
            self.assertEqual(
                [(r.month, r.turnover, r.members, r.margin)
                    for r in Turnover.search([])],
                [(march, 3050, 2750, 300)])
            self.assertEqual(
                {r.member: (r.month, r.salaried, r.turnover, r.costs,
                        r.referral, r.contribution, r.amount)
                    for r in Result.search([])}, {
                    one: (march, False, 1000, 50, 0, 100, 930),
                    employee: (march, True, 2000, 0, 0, 200, 1760),
                    referrer: (march, False, 0, 0, 60, 0, 60)})
            # What was taken back does not count
            Settlement.cancel(Settlement.search([]))
            self.assertEqual(Turnover.search([]), [])

    @with_transaction()
    def test_franchise(self):
        "A threshold that is near is told, by what was done in the franchise"
        Franchise = Pool().get('coop.vat.franchise')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            members = factories.workers(company, 5, 'franchise')
            one, two, three, four, five = members
            factories.vat(five, 'receipts', dt.date(2022, 3, 1))
            for member, amount in zip(
                    members, [33_749, 33_750, 37_501, 41_251, 50_000]):
                factories.settled(company, [(member, amount)])
            self.assertEqual(
                {level for _, level in levels(company).values()},
                {'unknown'})
            thresholds()
            self.assertEqual(levels(company), {
                    ("Member 1", 2022): (33_749, 'under'),
                    ("Member 2", 2022): (33_750, 'near'),
                    ("Member 3", 2022): (37_501, 'threshold'),
                    ("Member 4", 2022): (41_251, 'ceiling')})
            self.assertEqual(
                {r.member for r in Franchise.search([
                            ('level', 'in', ['near', 'ceiling'])])},
                {two, four})
            row = Franchise.search([('member', '=', one.id)])[0]
            self.assertEqual((row.threshold, row.ceiling), (37_500, 41_250))
