# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import DueError
from . import factories

D = Decimal
YEAR = dt.date(2021, 1, 1)
LATER = dt.date(2022, 2, 1)


class TrueUpTestCase(factories.DueTestCase):
    "Test dues that follow a base"

    def setup_year(self, company, count=3):
        "A year called at 50 euros a month: 5 % to 20,000, then 3 %"
        category = coop.category(company)
        plan = factories.plan(
            category, D(50), months='3', rate=factories.brackets(
                (0, '.05'), (20_000, '.03'), floor=D(120), cap=D(2000)))
        members = factories.members(company, count, category, YEAR)
        factories.call(company, dt.date(2021, 12, 1))
        return plan, members

    def declare(self, member, amount, date=dt.date(2021, 12, 31)):
        Declaration = Pool().get('coop.due.declaration')
        Declaration.create([{
                    'company': member.company.id, 'member': member.id,
                    'date': date, 'amount': D(amount)}])

    def true_up(self, plan):
        TrueUp = Pool().get('coop.due.true_up')
        record, = TrueUp.create([{
                    'company': plan.company.id, 'plan': plan.id,
                    'start_date': YEAR, 'invoice_date': LATER}])
        TrueUp.compute([record])
        return TrueUp(record.id)

    def figures(self, record):
        return [
            (l.base, l.due, l.called, l.difference) for l in record.lines]

    @with_transaction()
    def test_year(self):
        "What the base makes due, less what was called, is invoiced"
        pool = Pool()
        TrueUp = pool.get('coop.due.true_up')
        company = factories.cooperative()
        with set_company(company):
            plan, members = self.setup_year(company)
            for member, amount in zip(members, [30_000, 9_000, 0]):
                self.declare(member, amount)
            # Another year is another base
            self.declare(members[2], 50_000, LATER)
            record = self.true_up(plan)
            self.assertEqual(record.end_date, dt.date(2021, 12, 31))
            self.assertEqual(self.figures(record), [
                    (30_000, 1300, 600, 700), (9_000, 450, 600, -150),
                    (0, 120, 600, -480)])
            self.assertIn("less than the floor", record.lines[2].explanation)
            TrueUp.invoice([record])
            TrueUp.invoice_slice([record])
            record = TrueUp(record.id)
            self.assertEqual(record.state, 'done')
            self.assertEqual(
                [l.invoice.untaxed_amount for l in record.lines],
                [700, -150, -480])
            self.assertEqual(
                [factories.total(m) for m in members], [1300, 450, 120])
            # A review of the periods does not take it for theirs
            Subscription = pool.get('sale.subscription')
            Subscription.review_dues(Subscription.search([]))
            self.assertEqual(
                factories.call(company, dt.date(2021, 12, 31)), [])

    @with_transaction()
    def test_again(self):
        "A late declaration is trued up by the difference"
        TrueUp = Pool().get('coop.due.true_up')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_year(company, 1)
            self.declare(member, 30_000)
            first = self.true_up(plan)
            TrueUp.invoice([first])
            self.declare(member, 10_000)
            again = self.true_up(plan)
            self.assertEqual(
                self.figures(again), [(40_000, 1600, 1300, 300)])

    @with_transaction()
    def test_presence(self):
        "Floor and cap follow the months of presence"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_year(company, 1)
            factories.event(member, 'departure', dt.date(2021, 6, 30))
            factories.call(company, dt.date(2021, 12, 2))
            record = self.true_up(plan)
            self.assertEqual(self.figures(record), [(0, 60, 300, -240)])
            self.assertEqual(record.lines[0].months, 6)

    @with_transaction()
    def test_refused(self):
        "A fixed rate has nothing to true up; what is invoiced stays"
        TrueUp = Pool().get('coop.due.true_up')
        company = factories.cooperative()
        with set_company(company):
            plan = factories.plan(coop.category(company, 'F'))
            with self.assertRaisesRegex(DueError, "follows no base"):
                self.true_up(plan)
            plan, (member,) = self.setup_year(company, 1)
            record = self.true_up(plan)
            TrueUp.draft([record])
            self.assertFalse(TrueUp(record.id).lines)
            TrueUp.compute([record])
            TrueUp.invoice([record])
            with self.assertRaises(DueError):
                TrueUp.delete([record])

    @with_transaction()
    def test_base_of_another_module(self):
        "A base is found by its name, with the period and the company"
        Base = Pool().get('coop.due.base')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_year(company, 1)
            asked = []

            def get_turnover(company, start, end):
                asked.append((company, start, end))
                return {member.id: D(7)}
            Base.get_turnover = get_turnover
            self.addCleanup(delattr, Base, 'get_turnover')
            end = dt.date(2021, 12, 31)
            self.assertEqual(
                Base.amounts('turnover', company, YEAR, end),
                {member.id: 7})
            self.assertEqual(asked, [(company, YEAR, end)])
