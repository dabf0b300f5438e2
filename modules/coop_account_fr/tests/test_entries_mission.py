# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The entries of missions, account by account, on the French chart.

Those of docs/fr/comptabilite-missions.md. In the expected entries an amount is
debit - credit and a name is that of the party whose line it is.
"""
import datetime as dt

from trytond.modules.company.tests import set_company
from trytond.modules.coop_due.tests import factories as due
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_settlement.tests import EXTRAS
from trytond.modules.coop_settlement.tests import factories as settlement
from trytond.modules.coop_settlement.tests import factories_out as out
from trytond.modules.coop_settlement.tests.factories import again, entry
from trytond.modules.coop_settlement.tests.test_bad_debt import doubtful, lose
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from ..mission import ACCOUNTS, TAXES, TERMS
from . import factories

DATE = settlement.DATE
CLIENT = '4111', "Client"


def cooperative():
    "Return the company with the whole French chart, VAT due on receipts"
    pool = Pool()
    Company = pool.get('company.company')
    out.lock()
    Pool().get('coop.dispute').lock()
    coop.lock()
    found = Company.search([('party.name', '=', "Coop Missions")])
    if found:
        return found[0]
    company = factories.french_cooperative(
        "Coop Missions", (2022, 2022), whole=True)
    with set_company(company):
        for year in range(2026, today(company.id).year + 2):
            coop.fiscalyear(company, year)
        books(company)
    return company


def books(company):
    "Set all that missions need in the books of a company"
    pool = Pool()
    for year in pool.get('account.fiscalyear').search(
            [('company', '=', company.id)]):
        due.number_invoices(year)
    settlement.cash_basis(company, group('vente'))
    out.papers(company)
    journal, = pool.get('account.journal').search(
        [('type', '=', 'expense')], limit=1)
    out.configure(
        payout_journal=journal, year_end_journal=journal)
    settlement.rate(company, tax=tax(company).id)


def group(kind):
    "Return the group of the taxes of services sold or bought"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    return pool.get('account.tax.group')(ModelData.get_id(
            'account_fr', f'group_tva_{kind}_services'))


def tax(company, name='tva_vente_services_taux_normal'):
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    return pool.get('account.tax').search([
            ('company', '=', company.id),
            ('template', '=', ModelData.get_id('account_fr', name))])[0]


def mission(company, rows, **values):
    return settlement.mission(
        company, rows, tax_rate=None, **{
            'tax': tax(company).id, **values})


def invoiced(company, rows, date=DATE, **values):
    "Return the posted invoice to the client of a mission that was accepted"
    Settlement = Pool().get('coop.settlement')
    record = mission(company, rows, date=date, **values)
    for row in record.members:
        settlement.report(record, row.member, date)
    settlement.accept(record)
    invoice, = Settlement.invoice(
        Settlement.search([('mission', '=', record.id)]), date)
    return again(invoice)


class MissionEntriesTestCase(RouteTestCase):
    "Test the entries of missions on the French chart"
    module = 'coop_account_fr'
    extras = [*EXTRAS, 'coop_settlement']

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cooperative)

    def setUp(self):
        super().setUp()
        # Nobody listens
        self.enterContext(settlement.mission_.mailbox())

    @with_transaction()
    def test_chart(self):
        "The chart gives the accounts and taxes, which suit their roles"
        company = cooperative()
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        with set_company(company):
            configuration = pool.get('coop.configuration')(1)
            for name, xml_id in {**ACCOUNTS, **TAXES}.items():
                with self.subTest(name):
                    record = configuration.get_multivalue(
                        name, company=company.id)
                    self.assertEqual(
                        record.template.id, ModelData.get_id(xml_id))
            value, = pool.get('coop.configuration.settlement').search([])
            value.save()
            deposit = factories.account(company, '4191')
            self.assertTrue(deposit.type.deposit)
            self.assertTrue(deposit.party_required and deposit.reconcile)
            for code in ['4671', '4672']:
                self.assertTrue(factories.account(
                        company, code).type.payable)

    @with_transaction()
    def test_terms(self):
        "What invoices have to say comes with the chart; what is chosen stays"
        Configuration = Pool().get('coop.configuration')
        company = cooperative()
        with set_company(company):
            configuration = Configuration(1)
            for name, text in TERMS.items():
                self.assertEqual(
                    configuration.get_multivalue(name, company=company.id),
                    text)
            configuration.set_multivalue(
                'discount_terms', "Escompte de 1 %", company=company.id)
            Configuration.set_chart_accounts(company)
            self.assertEqual(Configuration(1).get_multivalue(
                    'discount_terms', company=company.id), "Escompte de 1 %")

    @with_transaction()
    def test_cash_ceiling(self):
        "1,000 EUR since September 2015"
        Parameter = Pool().get('coop.parameter')
        self.assertEqual(Parameter.get(
                'cash_ceiling', dt.date(2015, 9, 1)), 1000)

    @with_transaction()
    def test_thresholds(self):
        "Those of the franchise of services, in force at a date"
        Parameter = Pool().get('coop.parameter')
        for year, threshold, ceiling in [
                (2023, 36_800, 39_100), (2024, 36_800, 39_100),
                (2025, 37_500, 41_250), (2026, 37_500, 41_250)]:
            with self.subTest(year=year):
                date = dt.date(year, 12, 31)
                self.assertEqual(
                    Parameter.get('franchise_threshold', date), threshold)
                self.assertEqual(
                    Parameter.get('franchise_ceiling', date), ceiling)

    @with_transaction()
    def test_das2_threshold(self):
        "That above which fees are declared doubled twice"
        Parameter = Pool().get('coop.parameter')
        self.assertEqual(
            [Parameter.get('das2_threshold', dt.date(year, 12, 31))
                for year in [2014, 2023, 2024, 2026]],
            [1_200, 1_200, 2_400, 2_400])

    @with_transaction()
    def test_own_code(self):
        "An account of one's own with the code of one of ours is named"
        pool = Pool()
        Account = pool.get('account.account')
        Obstacle = pool.get('account.update_chart.obstacle')
        company = cooperative()
        with set_company(company):
            root, = Account.search([
                    ('company', '=', company.id), ('parent', '=', None)])
            self.assertEqual(Obstacle.find(root), [])
            fund = factories.account(company, '4671')
            own, = Account.copy([fund], default={
                    'template': None, 'name': "Fund"})
            found, = Obstacle.find(root)
            self.assertEqual(
                (found['account'], found['reason']), (own.id, 'code'))

    @with_transaction()
    def test_invoice_and_payment(self):
        "706 and 44571 against 4111, paid at the bank"
        company = cooperative()
        with set_company(company):
            one, = settlement.workers(company, 1)
            invoice = invoiced(company, [(one, 900)])
            self.assertEqual(entry(invoice.move), {
                    CLIENT: 1200, ('706', None): -1000,
                    ('44571', None): -200})
            move = settlement.pay(invoice, cash='5121')
            self.assertEqual(entry(move), {
                    ('5121', None): 1200, CLIENT: -1200})

    @with_transaction()
    def test_deposit(self):
        "4191 with VAT, recalled on the invoice of its mission"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        company = cooperative()
        with set_company(company):
            one, = settlement.workers(company, 1)
            record = mission(company, [(one, 900)])
            deposit = record.client_invoice(DATE)
            deposit.save()
            record.client_line(
                deposit, factories.account(company, '4191'), 300,
                "Deposit", record).save()
            Invoice.post_missions([deposit])
            self.assertEqual(entry(again(deposit).move), {
                    CLIENT: 360, ('4191', "Client"): -300,
                    ('44571', None): -60})
            settlement.report(record, one)
            settlement.accept(record)
            Settlement = pool.get('coop.settlement')
            invoice, = Settlement.invoice(
                Settlement.search([('mission', '=', record.id)]), DATE)
            self.assertEqual(entry(again(invoice).move), {
                    CLIENT: 840, ('706', None): -1000,
                    ('4191', "Client"): 300, ('44571', None): -140})

    @with_transaction()
    def test_credit_note(self):
        "The mirror of the invoice"
        Invoice = Pool().get('account.invoice')
        company = cooperative()
        with set_company(company):
            one, = settlement.workers(company, 1)
            invoice = invoiced(company, [(one, 900)])
            credit, = Invoice.credit(
                [invoice], refund=True, invoice_date=DATE)
            self.assertEqual(
                entry(again(credit).move),
                {k: -v for k, v in entry(invoice.move).items()})

    @with_transaction()
    def test_bad_debt(self):
        "416 beside 4111, 491 without tax; lost, 6541 and the VAT"
        company = cooperative()
        with set_company(company):
            one, = settlement.workers(company, 1)
            invoice = invoiced(company, [(one, 900)])
            record = doubtful(invoice, 1000)
            self.assertEqual(entry(*record.moves), {
                    ('416', "Client"): 1200, CLIENT: -1200,
                    ('68174', None): 1000, ('491', None): -1000})
            record = lose(record)
            back, loss = record.moves[1:]
            self.assertEqual(entry(back), {
                    ('416', "Client"): -1200, CLIENT: 1200,
                    ('78174', None): -1000, ('491', None): 1000})
            self.assertEqual(entry(loss), {
                    ('6541', None): 1000, ('44571', None): 200,
                    CLIENT: -1200})

    @with_transaction()
    def test_contribution_invoiced(self):
        "7061 with VAT, on the account of the member as a client"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        company = cooperative()
        with set_company(company):
            settlement.rate(company, 'invoice', dt.date(2022, 3, 1),
                tax=tax(company).id)
            one, = settlement.workers(company, 1)
            invoiced(company, [(one, 900)])
            lines = Line.contributions_to_invoice(company, DATE)
            invoice, = Line.invoice_contributions(lines, DATE)
            self.assertEqual(entry(invoice.move), {
                    ('4111', "Member 1"): 120, ('7061', None): -100,
                    ('44571', None): -20})

    @with_transaction()
    def test_bills(self):
        "611 and 6222 against 4011, with the VAT of each member"
        Bill = Pool().get('coop.bill')
        company = cooperative()
        with set_company(company):
            one, two, referrer = out.workers(company, 3)
            settlement.vat(two, 'franchise', dt.date(2021, 1, 1))
            date = today(company.id)
            invoice = invoiced(
                company, [(one, 600), (two, 280)], date=date,
                referrer=referrer.id)
            self.assertEqual(invoice.untaxed_amount, 1000)
            bills = Bill.search([], order=[('member', 'ASC')])
            Bill.accept(bills)
            found = {
                b.member: entry(b.invoice.move) for b in Bill.browse(bills)}
            self.assertEqual(found, {
                    one: {('611', None): 600, ('44566', None): 120,
                        ('4011', "Member 1"): -720},
                    two: {('611', None): 280, ('4011', "Member 2"): -280},
                    referrer: {('6222', None): 20, ('44566', None): 4,
                        ('4011', "Member 3"): -24}})
