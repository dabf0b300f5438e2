# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.tests.test_tryton import with_transaction

from . import factories
from .factories import DATE, again, entry


class InvoicingTestCase(factories.SettlementTestCase):
    "Test the invoices of clients"

    @with_transaction()
    def test_invoice(self):
        "In full on 706 and 44571, due when it was agreed; the mission follows"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            invoice = factories.invoiced(
                company, [(one, 2000), (two, 1000)], payment_days=45)
            mission = invoice.mission
            self.assertEqual(invoice.state, 'posted')
            self.assertEqual(invoice.lines_to_pay[0].maturity_date,
                DATE + dt.timedelta(days=45))
            self.assertEqual(entry(invoice.move), {
                    ('customer', "Client"): D(4000),
                    ('706', None): D('-3333.33'),
                    ('44571', None): D('-666.67')})
            self.assertIn(mission.rec_name, invoice.origins)
            self.assertEqual(mission.state, 'invoiced')
            factories.pay(invoice)
            self.assertEqual(again(invoice).state, 'paid')
            self.assertEqual(again(mission).state, 'client_paid')
