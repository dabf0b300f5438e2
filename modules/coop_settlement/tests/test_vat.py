# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import VatStatusError
from . import factories
from .factories import DATE, again

Q1 = dt.date(2022, 1, 1), dt.date(2022, 3, 31)
Q2 = dt.date(2022, 4, 1), dt.date(2022, 6, 30)
APRIL = dt.date(2022, 4, 20)
JUNE = dt.date(2022, 6, 2)


def proof(company, quarter):
    "Return the proof of a quarter"
    VatProof = Pool().get('coop.vat.proof', type='wizard')
    return VatProof.prove(company, *quarter)


def accounts(values):
    "Return {code: (ledger, carried, declared, awaiting, unexplained)}"
    Account = Pool().get('account.account')
    return {
        Account(row['account']).code: tuple(row[name] for name in [
                'ledger', 'carried', 'declared', 'awaiting', 'unexplained'])
        for row in values['accounts']}


def process(*invoices):
    "Do what the queue does once payments are committed"
    Invoice = Pool().get('account.invoice')
    Invoice.process(Invoice.browse(invoices))


class VatTestCase(factories.SettlementTestCase):
    "Test the VAT of clients, due when they pay"

    @with_transaction()
    def test_no_number(self):
        "Nobody bills VAT without a VAT number"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1, 'franchise')
            VatStatus = Pool().get('coop.vat.status')
            for day, status in enumerate(
                    ['receipts', 'debits', 'reverse_charge'], 1):
                with self.subTest(status), self.assertRaisesRegex(
                        VatStatusError, "Member 1.*VAT number"):
                    VatStatus.create([{
                                'company': company.id, 'member': member.id,
                                'date': dt.date(2022, 1, day),
                                'status': status}])
            status = factories.vat(member, 'receipts', dt.date(2022, 2, 1))
            self.assertEqual(status.status, 'receipts')

    @with_transaction()
    def test_due_when_paid(self):
        "It waits until the payment, then counts in the period of its date"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            values = proof(company, Q1)
            self.assertEqual(accounts(values), {
                    '44571': (200, 0, 0, 200, 0)})
            self.assertEqual(
                [(i['invoice'], i['awaiting'], i['difference'])
                    for i in values['invoices']], [(invoice.id, 200, 0)])
            self.assertTrue(values['holds'])
            # Entered today, of a day of April
            factories.pay(invoice, APRIL, process=False)
            process(invoice)
            values = proof(company, Q1)
            self.assertEqual(accounts(values), {
                    '44571': (200, 0, 0, 200, 0)})
            self.assertTrue(values['holds'])
            values = proof(company, Q2)
            self.assertEqual(accounts(values), {
                    '44571': (200, 0, 200, 0, 0)})
            self.assertEqual(values['invoices'], [])
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_part_payments(self):
        "Each part makes its part of the VAT due, the last the rest"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            factories.pay(invoice, DATE, 400, process=False)
            process(invoice)
            self.assertEqual(again(invoice.mission).state, 'invoiced')
            values = proof(company, Q1)
            self.assertEqual(accounts(values)['44571'][2:], (
                    D('66.67'), D('133.33'), 0))
            self.assertTrue(values['holds'])
            factories.pay(again(invoice), APRIL, process=False)
            process(invoice)
            values = proof(company, Q2)
            self.assertEqual(accounts(values)['44571'], (
                    200, D('66.67'), D('133.33'), 0, 0))
            self.assertTrue(values['holds'])
            self.assertEqual(again(invoice.mission).state, 'client_paid')

    @with_transaction()
    def test_bounced(self):
        "A payment that comes back makes its VAT wait again; so the mission"
        pool = Pool()
        Line = pool.get('account.move.line')
        Reconciliation = pool.get('account.move.reconciliation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            move = factories.pay(invoice, DATE, process=False)
            process(invoice)
            self.assertEqual(accounts(proof(company, Q1))['44571'][2:], (
                    200, 0, 0))
            paid, = [l for l in move.lines if l.party]
            Reconciliation.delete([Line(paid.id).reconciliation])
            with Transaction().set_context(payment_date=APRIL):
                back = move.cancel()
                back.date = APRIL
                back.period = pool.get('account.period').find(
                    company, date=APRIL)
                back.save()
                back.post()
                Line.reconcile([
                        l for m in [move, back] for l in m.lines if l.party])
                process(invoice)
            self.assertEqual(again(invoice).state, 'posted')
            self.assertEqual(again(invoice.mission).state, 'invoiced')
            values = proof(company, Q1)
            self.assertEqual(accounts(values)['44571'][2:], (200, 0, 0))
            values = proof(company, Q2)
            self.assertEqual(accounts(values)['44571'], (
                    200, 200, -200, 200, 0))
            self.assertTrue(values['holds'])
            # Paid in the end: it is due again, once
            factories.pay(again(invoice), JUNE, process=False)
            process(invoice)
            values = proof(company, Q2)
            self.assertEqual(accounts(values)['44571'], (
                    200, 200, 0, 0, 0))
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_credit_note(self):
        "What is credited is neither due nor waited for"
        Invoice = Pool().get('account.invoice')
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            credit, = Invoice.credit(
                [invoice], refund=True, invoice_date=DATE)
            process(invoice, credit)
            self.assertEqual(again(invoice).state, 'cancelled')
            self.assertEqual(credit.mission, invoice.mission)
            mission = again(invoice.mission)
            self.assertEqual(mission.state, 'accepted')
            settlement, = Settlement.search([('mission', '=', mission.id)])
            self.assertEqual(settlement.state, 'confirmed')
            values = proof(company, Q1)
            self.assertEqual(accounts(values)['44571'], (0, 0, 0, 0, 0))
            self.assertEqual(values['invoices'], [])
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_returns_and_mistakes(self):
        "A return takes away what was declared; another entry is shown"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            journal = Configuration(1).get_multivalue(
                'vat_journal', company=company.id)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            factories.pay(invoice, DATE, process=False)
            process(invoice)
            factories.post(company, APRIL, ('44571', 200), ('cash', -200),
                journal=journal)
            self.assertEqual(accounts(proof(company, Q2))['44571'], (
                    0, 0, 0, 0, 0))
            factories.post(company, APRIL, ('44571', 7), ('cash', -7))
            values = proof(company, Q2)
            self.assertEqual(
                accounts(values)['44571'], (-7, 0, 0, 0, -7))
            self.assertFalse(values['holds'])

    @with_transaction()
    def test_bounced_debit(self):
        "A direct debit that comes back: the client owes, the VAT waits"
        pool = Pool()
        Payment = pool.get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            one, = factories.workers(company, 1)
            date = today(company.id)
            invoice = factories.invoiced(company, [(one, 900)], date)
            line, = invoice.lines_to_pay
            payment, = Payment.create([{
                        'company': company.id, 'kind': 'receivable',
                        'journal': factories.debit_journal(company).id,
                        'party': invoice.party.id, 'line': line.id,
                        'amount': D(1200), 'date': date}])
            Payment.submit([payment])
            group, = pool.get('account.payment.group').create([{
                        'company': company.id, 'kind': 'receivable',
                        'journal': payment.journal.id}])
            Payment.process([payment], lambda: group)
            Payment.succeed([Payment(payment.id)])
            process(invoice)
            self.assertEqual(again(invoice.mission).state, 'client_paid')
            quarter = (date.replace(month=1, day=1), date)
            self.assertEqual(accounts(proof(company, quarter))['44571'], (
                    200, 0, 200, 0, 0))
            Payment.fail([Payment(payment.id)])
            process(invoice)
            self.assertEqual(again(invoice).amount_to_pay, 1200)
            self.assertEqual(again(invoice.mission).state, 'invoiced')
            values = proof(company, quarter)
            self.assertEqual(accounts(values)['44571'], (200, 0, 0, 200, 0))
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_dunning(self):
        "A client who is late is dunned for the mission"
        pool = Pool()
        Dunning = pool.get('account.dunning')
        Procedure = pool.get('account.dunning.procedure')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            procedure, = Procedure.create([{
                        'name': "Clients", 'levels': [('create', [{
                                        'overdue': dt.timedelta(days=10),
                                        }])]}])
            invoice = factories.invoiced(company, [(one, 900)])
            invoice.party.dunning_procedure = procedure
            invoice.party.save()
            due, = invoice.lines_to_pay
            Dunning.generate_dunnings(due.maturity_date)
            self.assertEqual(Dunning.search([]), [])
            Dunning.generate_dunnings(
                due.maturity_date + dt.timedelta(days=11))
            dunning, = Dunning.search([])
            self.assertEqual((dunning.line, dunning.party), (
                    due, invoice.party))
