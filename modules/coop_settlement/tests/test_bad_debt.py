# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import BadDebtError
from . import factories, factories_out
from .factories import DATE, again, balance, entry
from .test_vat import Q1, Q2, accounts, process, proof

JUNE = dt.date(2022, 6, 15)


def doubtful(invoice, depreciation=0, **values):
    BadDebt = Pool().get('coop.bad_debt')
    record, = BadDebt.create([{
                'company': invoice.company.id, 'invoice': invoice.id,
                'date': DATE, 'depreciation': D(depreciation), **values}])
    BadDebt.doubt([record])
    return BadDebt(record.id)


def lose(record, date=JUNE):
    BadDebt = Pool().get('coop.bad_debt')
    BadDebt.write([record], {'end_date': date, 'reason': "Liquidation"})
    BadDebt.lose([again(record)])
    process(record.invoice)
    return again(record)


class BadDebtTestCase(factories.SettlementTestCase):
    "Test clients who do not pay"

    @with_transaction()
    def test_client_never_pays(self):
        "The loss is the cooperative's, without VAT; members keep theirs"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            record = doubtful(invoice, 500)
            self.assertEqual(entry(*record.moves), {
                    ('416', "Client"): 1200, ('customer', "Client"): -1200,
                    ('68174', None): 500, ('491', None): -500})
            # It is still owed, thus dunned, and its VAT waits
            self.assertEqual(again(invoice).amount_to_pay, 1200)
            self.assertEqual(
                accounts(proof(company, Q1))['44571'][2:], (0, 200, 0))
            record = lose(record)
            self.assertEqual(entry(*record.moves[1:]), {
                    ('416', "Client"): -1200, ('491', None): 500,
                    ('78174', None): -500, ('654', None): 1000,
                    ('44571', None): 200})
            self.assertEqual(again(invoice).state, 'paid')
            self.assertTrue(again(invoice).written_off)
            self.assertEqual(again(invoice.mission).state, 'invoiced')
            for code in ['416', 'customer', '491', '44571']:
                self.assertEqual(balance(company, code), 0, msg=code)
            values = proof(company, Q2)
            self.assertEqual(accounts(values)['44571'], (0, 0, 0, 0, 0))
            self.assertTrue(values['holds'])
            self.assertFalse(Line.search([('kind', '=', 'credit')]))

    @with_transaction()
    def test_lost_and_found(self):
        "Whose loss is taken back is open again, and may be paid"
        pool = Pool()
        Reconciliation = pool.get('account.move.reconciliation')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            lose(doubtful(invoice))
            self.assertTrue(again(invoice).written_off)
            line, = again(invoice).lines_to_pay
            Reconciliation.delete([line.reconciliation])
            process(invoice)
            self.assertEqual(again(invoice).state, 'posted')
            self.assertFalse(again(invoice).written_off)

    @with_transaction()
    def test_part_paid(self):
        "What was paid stays declared; the rest is lost"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            factories.pay(invoice, DATE, 400, process=False)
            process(invoice)
            record = lose(doubtful(again(invoice)))
            self.assertEqual(record.amount, 800)
            self.assertEqual(balance(company, '654'), D('666.67'))
            self.assertEqual(balance(company, '44571'), D('-66.67'))
            values = proof(company, Q2)
            self.assertEqual(accounts(values)['44571'], (
                    D('66.67'), D('66.67'), 0, 0, 0))
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_recovered(self):
        "Who pays in the end is not doubtful any more"
        BadDebt = Pool().get('coop.bad_debt')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            record = doubtful(invoice, 1000)
            factories.pay(again(invoice), JUNE, process=False)
            process(invoice)
            with self.assertRaises(BadDebtError):
                lose(record)
            BadDebt.recover([again(record)])
            for code in ['416', 'customer', '491']:
                self.assertEqual(balance(company, code), 0, msg=code)
            self.assertEqual(balance(company, '78174'), -1000)

    @with_transaction()
    def test_clawback(self):
        "Only where the statutes say so do members bear their part"
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company, clawback=True)
            one, two = factories.workers(company, 2)
            invoice = factories.invoiced(company, [(one, 600), (two, 300)])
            lose(doubtful(invoice))
            settlement, = Settlement.search([
                    ('mission', '=', invoice.mission.id),
                    ('id', '!=', invoice.lines[0].origin.id)])
            self.assertEqual(
                {l.member: l.amount for l in settlement.lines},
                {one: -600, two: -300})
            # Taxed as the service of that day
            self.assertEqual({l.date for l in settlement.lines}, {DATE})
            self.assertEqual(settlement.state, 'confirmed')

    @with_transaction()
    def test_depreciation(self):
        "What is feared to be lost is without tax, as the VAT comes back"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            invoice = factories.invoiced(company, [(one, 900)])
            with self.assertRaisesRegex(BadDebtError, "1,?000.00 at most"):
                doubtful(invoice, D('1000.01'))
            record, = Pool().get('coop.bad_debt').search([])
            record.depreciation = D(1000)
            record.save()
            record.doubt([record])
            self.assertEqual(balance(company, '491'), -1000)

    @with_transaction()
    def test_duplicate(self):
        "VAT that was due comes back with a duplicate sent to the client"
        Duplicate = Pool().get('coop.bad_debt.duplicate', type='report')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            waiting = lose(doubtful(
                    factories.invoiced(company, [(one, 900)])))
            # VAT on debits
            factories.cash_basis(company)
            invoice = factories.invoiced(company, [(one, 900)])
            factories.pay(invoice, DATE, 600)
            record = lose(doubtful(again(invoice)))
            self.assertEqual(record.taken_back(), (500, 100))
            _, content, _, _ = Duplicate.execute([record.id], {})
            text = factories_out.text(content)
            for word in [
                    invoice.number, "500.00", "100.00", "left unpaid",
                    "1,200.00"]:
                self.assertIn(word, text)
            with self.assertRaisesRegex(BadDebtError, "No VAT"):
                Duplicate.execute([waiting.id], {})
