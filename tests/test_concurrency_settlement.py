"""The month-end run and the payment run started twice, on PostgreSQL."""
import datetime as dt
import os
import unittest
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_settlement.exceptions_out import PaymentRunError
from trytond.modules.coop_settlement.tests import (
    EXTRAS, factories, factories_out)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, activate_module
from trytond.transaction import Transaction, TransactionError

MEMBERS = 5
END = dt.date(2022, 3, 31)


def work():
    "Return the company, whose members are billed by month"
    company = factories_out.cooperative("Payments")
    with set_company(company):
        members = factories_out.workers(
            company, MEMBERS, 'franchise', rhythm='monthly')
        for member in members:
            factories.settled(company, [(member, 1000)])
        return company.id, [m.id for m in members]


def prepared(company):
    "Accept what was billed and return a run that waits to be approved"
    pool = Pool()
    factories_out.lock()
    Bill = pool.get('coop.bill')
    Company = pool.get('company.company')
    company = Company(company)
    with set_company(company):
        Bill.accept(Bill.search([('company', '=', company.id)]))
        run = factories_out.run(company, factories_out.journal(company))
        return run.id


class SettlementConcurrencyTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        # The locks of SQLite do nothing
        assert os.environ['TRYTOND_DATABASE_URI'].startswith('postgresql')
        activate_module(['coop_settlement', *EXTRAS])
        cls.company, cls.members = coop.commit(work)

    def twice(self, act):
        "Run a function of the pool in two transactions at once"
        barrier = Barrier(2)

        def one(_):
            extras, first = {}, True
            while True:
                with Transaction().start(
                        DB_NAME, 1, context={'company': self.company},
                        **extras) as transaction:
                    try:
                        if first:
                            # Each has its snapshot before the other commits
                            Pool().get('coop.bill').search([], limit=1)
                            first = False
                            barrier.wait()
                        result = act()
                        transaction.commit()
                        return result
                    except TransactionError as error:
                        transaction.rollback()
                        error.fix(extras)
        with ThreadPoolExecutor(2) as executor:
            return list(executor.map(one, range(2)))

    def test_month_then_payment(self):
        "Nobody is billed twice, and nobody is paid twice"
        def bill():
            pool = Pool()
            company = pool.get('company.company')(self.company)
            return len(pool.get('coop.bill').bill_month(company, END))

        self.assertEqual(sorted(self.twice(bill)), [0, MEMBERS])
        run = coop.commit(lambda: prepared(self.company))

        def approve():
            Run = Pool().get('coop.payment.run')
            try:
                Run.approve([Run(run)])
            except PaymentRunError:
                return 'refused'
            return Run(run).state

        self.assertIn('approved', self.twice(approve))
        with Transaction().start(DB_NAME, 1, readonly=True):
            pool = Pool()
            bills = pool.get('coop.bill').search(
                [('company', '=', self.company)])
            self.assertEqual(
                sorted((b.member.id, b.rank) for b in bills),
                sorted((m, 1) for m in self.members))
            payments = pool.get('account.payment').search(
                [('company', '=', self.company)])
            self.assertEqual(
                sorted((p.party.id, p.amount) for p in payments),
                sorted((b.member.party.id, 1000) for b in bills))
            self.assertEqual(
                today(self.company), max(p.date for p in payments))
