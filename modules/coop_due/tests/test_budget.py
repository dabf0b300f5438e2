# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import DueError
from . import factories, lists

D = Decimal
YEAR = dt.date(2021, 1, 1), dt.date(2021, 12, 31)


def spend(company, amount, date):
    pool = Pool()
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    move = Move(
        company=company, journal=lists.journal(), date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=factories.account(company, 'expense'),
                debit=amount, credit=0),
            Line(account=factories.account(company, 'cash'),
                debit=0, credit=amount)])
    move.save()
    Move.post([move])


class BudgetTestCase(factories.DueTestCase):
    "Test the dues that cover a budget"

    def budget(self, company, *amounts):
        Budget = Pool().get('coop.due.budget')
        account = factories.account(company, 'expense').id
        return Budget.create([{
                    'company': company.id, 'name': "2021",
                    'start_date': YEAR[0], 'end_date': YEAR[1],
                    'costs': [('create', [{
                                    'name': "Office", 'amount': amount,
                                    'account': account}
                                for amount in amounts])]}])[0]

    @with_transaction()
    def test_sheet(self):
        "What it costs, what members will owe, what each should pay"
        Budget = Pool().get('coop.due.budget')
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            factories.plan(category, rates=[
                    {'date': dt.date(2021, 7, 1), 'amount': D(20)}])
            members = factories.members(company, 5, category, YEAR[0])
            factories.event(members[0], 'departure', dt.date(2021, 2, 28))
            factories.call(company, dt.date(2021, 3, 1))
            spend(company, D(300), dt.date(2021, 2, 1))
            spend(company, D(999), dt.date(2022, 2, 1))
            budget = self.budget(company, D(1200))
            Budget.compute([budget])
            budget = Budget(budget.id)
            self.assertEqual(
                [(p.members, p.expected) for p in budget.plans],
                [(4, 4 * (6 * 15 + 6 * 20))])
            self.assertEqual(
                (budget.cost, budget.spent, budget.expected,
                    budget.missing), (1200, 300, 840, 360))
            # Four went on to March, one left
            self.assertEqual(budget.invoiced, 4 * 45 + 30)
            self.assertEqual(budget.needed, 25)

    @with_transaction()
    def test_without_plan(self):
        Budget = Pool().get('coop.due.budget')
        company = factories.cooperative()
        with set_company(company):
            budget = self.budget(company, D(100))
            self.assertIsNone(budget.needed)
            with self.assertRaisesRegex(DueError, "no dues plan"):
                Budget.compute([budget])
