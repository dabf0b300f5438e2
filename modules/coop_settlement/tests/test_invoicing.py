# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
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

    def configure(self, **values):
        Configuration = Pool().get('coop.configuration')
        configuration = Configuration(1)
        for name in [
                'late', 'recovery', 'discount', 'untaxed', 'franchise']:
            setattr(configuration, f'{name}_terms',
                values.get(name, f"Terms: {name}"))
        configuration.save()

    @with_transaction()
    def test_mentions(self):
        "What the law wants: operation, numbers, dates, late payment, discount"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            self.configure()
            one, = factories.workers(company, 1)
            client = factories.client()
            Identifier = Pool().get('party.identifier')
            Identifier.create([
                    {'party': company.party.id, 'type': 'fr_siren',
                        'code': '404833048'},
                    {'party': client.id, 'type': 'eu_vat',
                        'code': 'FR83404833048'}])
            invoice = factories.invoiced(
                company, [(one, 900)], client_=client)
            said = invoice.comment.splitlines()
            self.assertEqual(said[0], "Operation: services.")
            self.assertRegex(said[1], r"^Seller: Coop, .*404 ?833 ?048")
            self.assertRegex(said[2], r"^Client: Client, .*FR83404833048")
            self.assertEqual(said[3:], [
                    "Terms: discount", "Terms: late", "Terms: recovery"])
            line, = invoice.lines
            self.assertTrue(line.description.endswith("03/10/2022"))

    @with_transaction()
    def test_mention_debits(self):
        "Where VAT is due before the payment, the invoice says so"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            factories.cash_basis(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            self.assertIn("Option for VAT on debits.", invoice.comment)

    @with_transaction()
    def test_mention_untaxed(self):
        "Without tax it says why, or is not posted"
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            self.configure(untaxed=None)
            one, = factories.workers(company, 1)
            settlement = factories.settled(
                company, [(one, 900)], tax_rate=None)
            with self.assertRaisesRegex(SettlementError, "without tax"):
                Settlement.invoice([settlement], DATE)
            self.configure()
            Settlement.write([settlement], {'state': 'confirmed'})
            invoice, = Settlement.invoice([again(settlement)], DATE)
            self.assertIn("Terms: untaxed", again(invoice).comment)

    @with_transaction()
    def test_mentions_private(self):
        "A private client pays no indemnity for the recovery"
        Invoice = Pool().get('account.invoice')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            self.configure()
            member, = factories.workers(company, 1)
            for private in [True, False]:
                job = factories.mission_.express(
                    company, member, private=private, phone=f"06{private:08}")
                job.finish([job])
                invoice, = Invoice.search(
                    [('mission', '=', again(job).mission.id)])
                self.assertEqual(
                    "Terms: recovery" in invoice.comment, not private)
                self.assertIn("Terms: late", invoice.comment)

    @with_transaction()
    def test_franchise_mention(self):
        "The text of the franchise is the configuration's, where it has one"
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1, 'franchise')
            status, = Pool().get('coop.vat.status').search(
                [('member', '=', one.id)])
            self.assertIn("293 B", status.mention)
            self.configure(franchise="CIBS, article L. 1")
            self.assertEqual(again(status).mention, "CIBS, article L. 1")
