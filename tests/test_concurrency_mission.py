"""Two who promise one member to two clients at once, on PostgreSQL."""
import os
import unittest
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.exceptions import QuotationError
from trytond.modules.coop_mission.tests import factories
from trytond.modules.coop_mission.tests.tools import MODULES
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, activate_module
from trytond.transaction import Transaction, TransactionError

PAIRS = 5


def quotations():
    "Return pairs of quotations, each of one member for the same days"
    pool = Pool()
    Demand = pool.get('coop.demand')
    company = coop.cooperative("Missions")
    with set_company(company):
        factories.rate(company)
        result = []
        for member in factories.workers(company, PAIRS):
            demands = [factories.demand(company) for _ in range(2)]
            for demand in demands:
                factories.offers(demand, [member], state='accepted')
            result.append([
                    factories.quotation(Demand(d.id)).id for d in demands])
        return company.id, result


class MissionConcurrencyTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        # The locks of SQLite do nothing
        assert os.environ['TRYTOND_DATABASE_URI'].startswith('postgresql')
        activate_module(MODULES)
        cls.company, cls.pairs = coop.commit(quotations)

    def test_sign(self):
        "One of the two is refused, whoever is first"
        barrier = Barrier(2)

        def sign(id_):
            extras, first = {}, True
            while True:
                with Transaction().start(
                        DB_NAME, 1, context={'company': self.company},
                        **extras) as transaction:
                    try:
                        Quotation = Pool().get('coop.mission.quotation')
                        quotation = Quotation(id_)
                        self.assertEqual(quotation.state, 'sent')
                        if first:
                            first = False
                            barrier.wait()
                        Quotation.sign([quotation])
                        transaction.commit()
                        return 'signed'
                    except QuotationError as error:
                        transaction.rollback()
                        self.assertIn("free no more", str(error))
                        return 'refused'
                    except TransactionError as error:
                        transaction.rollback()
                        error.fix(extras)

        with ThreadPoolExecutor(2) as executor:
            for pair in self.pairs:
                with self.subTest(pair):
                    self.assertEqual(
                        sorted(executor.map(sign, pair)),
                        ['refused', 'signed'])
