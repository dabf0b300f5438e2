# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D
from io import BytesIO

from pypdf import PdfReader

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import QuotationError
from . import factories


class QuotationTaxTestCase(factories.MissionTestCase):
    "Test the VAT of quotations"

    def tax(self, company, rate='.2'):
        pool = Pool()
        Account = pool.get('account.account')
        Tax = pool.get('account.tax')
        account, = Account.search([
                ('company', '=', company.id),
                ('type', '!=', None),
                ('closed', '!=', True),
                ], limit=1)
        name = f"VAT {int(D(rate) * 100)} %"
        return Tax.create([{
                    'company': company.id, 'name': name, 'description': name,
                    'type': 'percentage', 'rate': D(rate),
                    'invoice_account': account.id,
                    'credit_note_account': account.id}])[0]

    def quoted(self, company, client=None, price='1000'):
        "Return an unsaved quotation, as the screen fills it in"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Quotation = pool.get('coop.mission.quotation')
        member, = factories.workers(company, 1)
        demand = factories.demand(company, client_=client)
        factories.offers(demand, [member], price=price, state='accepted')
        quotation = Quotation(**Quotation.default_get(
                list(Quotation._fields), with_rec_name=False))
        quotation.demand = Demand(demand.id)
        quotation.on_change_demand()
        return quotation

    @with_transaction()
    def test_tax(self):
        "The tax in force is shown, and stays once the client has it"
        pool = Pool()
        Quotation = pool.get('coop.mission.quotation')
        Rate = pool.get('coop.mission.rate')
        Report = pool.get('coop.mission.quotation.letter', type='report')
        company = factories.cooperative()
        with set_company(company):
            tax, other = self.tax(company), self.tax(company, '.1')
            rate = factories.rate(company)
            Rate.write([rate], {'tax': tax.id})
            quotation = self.quoted(company, price='1000.01')
            self.assertEqual(quotation.tax, tax)
            line, = quotation.lines
            self.assertEqual(line.amount, D('1000.01'))
            self.assertTrue(line.member)
            quotation.save()
            # 1000.01 / 0.9 and its fifth, to the cent
            self.assertEqual(quotation.amount, D('1111.12'))
            self.assertEqual(quotation.tax_amount, D('222.22'))
            self.assertEqual(quotation.total, D('1333.34'))
            Quotation.send([quotation])
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk), self.assertRaises(QuotationError):
                Quotation.write(
                    [Quotation(quotation.id)], {'tax': other.id})
            _, content, _, _ = Report.execute(
                [quotation.id], {'model': 'coop.mission.quotation'})
            text = ''.join(
                page.extract_text()
                for page in PdfReader(BytesIO(content)).pages)
            for expected in ["VAT 20 %", "222.22", "1,333.34"]:
                with self.subTest(expected):
                    self.assertIn(expected, text)

    @with_transaction()
    def test_none(self):
        "Without a tax the price is what the client pays"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            quotation = self.quoted(company)
            quotation.save()
            self.assertEqual(quotation.tax, None)
            self.assertEqual(quotation.tax_amount, 0)
            self.assertEqual(quotation.total, quotation.amount)

    @with_transaction()
    def test_in_force(self):
        "A tax of tomorrow is not that of today"
        pool = Pool()
        Rate = pool.get('coop.mission.rate')
        company = factories.cooperative()
        with set_company(company):
            tax, later = self.tax(company), self.tax(company, '.1')
            Rate.write([factories.rate(company)], {'tax': tax.id})
            Rate.write([factories.rate(
                        company, date=dt.date.today() + dt.timedelta(2))],
                {'tax': later.id})
            self.assertEqual(self.quoted(company).tax, tax)

    @with_transaction()
    def test_rule(self):
        "The tax rule of a client takes the tax away"
        pool = Pool()
        Rate = pool.get('coop.mission.rate')
        Rule = pool.get('account.tax.rule')
        company = factories.cooperative()
        with set_company(company):
            tax = self.tax(company)
            Rate.write([factories.rate(company)], {'tax': tax.id})
            rule, = Rule.create([{
                        'company': company.id, 'name': "Abroad",
                        'kind': 'sale', 'lines': [('create', [
                                    {'origin_tax': tax.id, 'tax': None}])]}])
            client = factories.client()
            client.customer_tax_rule = rule
            client.save()
            self.assertEqual(self.quoted(company, client).tax, None)
