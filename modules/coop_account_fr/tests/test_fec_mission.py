# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The FEC of two successive years with missions, from deposit to loss.

Each thing is done on its day, as ValidDate tells when it was.
"""
import datetime as dt
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_settlement.tests import EXTRAS
from trytond.modules.coop_settlement.tests import factories as settlement
from trytond.modules.coop_settlement.tests import factories_out as out
from trytond.modules.coop_settlement.tests.factories import again
from trytond.modules.coop_settlement.tests.test_bad_debt import lose
from trytond.modules.coop_settlement.tests.test_vat import proof
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction
from trytond.transaction import Transaction

from . import factories, fec, test_fec
from .test_entries_mission import books, mission
from .test_entries_mission_out import transfers

D = Decimal
WITH_PARTY = {
    '4111', '416', '4191', '4181', '4011', '4081', '4671', '4672'}
QUARTERS = [
    (dt.date(year, month, 1),
        dt.date(year, month + 2, 30 if month in {4, 7} else 31))
    for year in [2021, 2022] for month in [1, 4, 7, 10]]
# What is left at the end of each year, by account and party
LEFT = [{
        ('4011', "Member 1"): -1080,
        ('4081', "Member 1"): -2160,
        ('4111', "Bakery"): 420,
        ('416', "Late"): 1200,
        ('4181', "Bakery"): 2400,
        ('4191', "Shop"): -200,
        ('44566', ''): 304,
        ('44571', ''): -440,
        ('44586', ''): 360,
        ('44587', ''): -400,
        ('4671', "Member 2"): -50,
        ('491', ''): -1000,
        ('5121', ''): 46,
        # Sold 4,000, bought 3,600, feared 1,000
        ('129', ''): 600,
        }, {
        ('4081', "Member 1"): -108,
        ('4081', "Member 2"): -450,
        ('4111', "Shop"): 360,
        ('4181', "Last"): 120,
        ('44566', ''): 664,
        ('44571', ''): -700,
        ('44586', ''): 18,
        ('44587', ''): -20,
        ('5121', ''): -424,
        ('129', ''): 600,
        # Sold 600, bought 540, lost what was feared
        ('120', ''): -60,
        }]


@contextmanager
def on(year, month, day):
    "Have it that day; it is given"
    date = dt.date(year, month, day)
    with patch.object(Pool().get('ir.date'), 'today', return_value=date):
        yield date


def cooperative():
    # Closing locks: first, as a lock restarts the transaction
    pool = Pool()
    for name in ['fiscalyear', 'period', 'journal.period', 'move']:
        pool.get(f'account.{name}').lock()
    out.lock()
    pool.get('coop.dispute').lock()
    company = factories.french_cooperative(
        "Coop FEC", (2021, 2023), whole=True)
    with set_company(company):
        books(company)
        out.configure(payment_ceiling=D(100000))
        pool.get('party.identifier').create([{
                    'party': company.party.id, 'type': 'fr_siren',
                    'code': '820043784'}])
    return company


def ask_deposit(record, amount, date):
    "Return the posted invoice of a deposit"
    Invoice = Pool().get('account.invoice')
    invoice = record.client_invoice(date)
    invoice.save()
    record.client_line(
        invoice, factories.account(record.company, '4191'), amount,
        "Deposit", record).save()
    Invoice.post_missions([invoice])
    return again(invoice)


def accept(record, date):
    for row in record.members:
        settlement.report(record, row.member, date)
    settlement.accept(record)


def invoice_client(record, date):
    Settlement = Pool().get('coop.settlement')
    invoice, = Settlement.invoice(
        Settlement.search([('mission', '=', record.id)]), date)
    return again(invoice)


def bill_month(company, date):
    "Return the accepted bills of a month, by the name of the member"
    Bill = Pool().get('coop.bill')
    bills = Bill.bill_month(company, date)
    Bill.accept(Bill.browse(bills))
    return {b.member.party.name: b for b in Bill.browse(bills)}


def accrue(company, date):
    "Post the year end; return {kind: amount with tax}"
    YearEnd = Pool().get('coop.settlement.year_end')
    record, = YearEnd.create([{'company': company.id, 'date': date}])
    YearEnd.compute([record])
    YearEnd.post([again(record)])
    result = defaultdict(D)
    for line in again(record).lines:
        result[line.kind] += line.amount + line.tax_amount
    return dict(result)


def balances(rows):
    "Return {(account, party or ''): balance} of rows, without zeros"
    result = defaultdict(D)
    for row in rows:
        result[row['CompteNum'], row['CompAuxLib']] += row.balance
    return {k: v for k, v in result.items() if v}


def carried(rows):
    """Return what the next year has to open with after these rows.

    The accounts of the balance sheet, and the result of the year on 120 or
    129.
    """
    result, earned = {}, D(0)
    for (code, party), balance in balances(rows).items():
        if code[0] in '67':
            earned += balance
        else:
            result[code, party] = balance
    if earned:
        key = '120' if earned < 0 else '129', ''
        result[key] = result.get(key, 0) + earned
    return result


class MissionFECTestCase(RouteTestCase):
    "Test the FEC of two successive years with missions"
    module = 'coop_account_fr'
    extras = [*EXTRAS, 'coop_settlement']

    def setUp(self):
        super().setUp()
        # Nobody listens
        self.enterContext(settlement.mission_.mailbox())

    def pay(self, invoice, date, amount=None):
        return settlement.pay(again(invoice), date, amount, cash='5121')

    def pay_members(self, company, date):
        run = out.run(company, self.transfers, date, state='sent')
        out.succeed(run)
        return again(run)

    def move_fund(self, company, kind, amount, member, date, bill=None):
        Movement = Pool().get('coop.fund.movement')
        movement, = Movement.create([{
                    'company': company.id, 'date': date, 'kind': kind,
                    'amount': D(amount), 'member': member.id, 'bill': bill}])
        Movement.do([movement])

    def first_year(self, company):
        "Return the members, and by name what the second year goes on with"
        BadDebt = Pool().get('coop.bad_debt')
        left = {}
        with on(2021, 1, 10) as date:
            self.transfers = transfers(company)
            members = one, two, referrer = out.workers(
                company, 3, rhythm='monthly')
            settlement.vat(two, 'franchise', dt.date(2021, 1, 1))
            bakery, late, shop = map(
                settlement.client, ["Bakery", "Late", "Shop"])
            first = mission(
                company, [(one, 600), (two, 280)], client_=bakery, date=date,
                referrer=referrer.id)
            deposit = ask_deposit(first, 300, date)
        with on(2021, 2, 3) as date:
            self.pay(deposit, date)
        with on(2021, 3, 10) as date:
            accept(first, date)
            left['invoice'] = invoice = invoice_client(first, date)
            self.assertEqual(invoice.total_amount, 840)
        with on(2021, 3, 25) as date:
            self.pay(invoice, date, 420)
        with on(2021, 3, 31) as date:
            bills = bill_month(company, date)
        with on(2021, 4, 2) as date:
            self.move_fund(company, 'contribution', 50, two, date,
                bills["Member 2"].id)
        with on(2021, 4, 20) as date:
            self.assertEqual(self.pay_members(company, date).total, 974)
        with on(2021, 5, 10) as date:
            lost = mission(company, [(one, 900)], client_=late, date=date)
            accept(lost, date)
            invoice = invoice_client(lost, date)
        with on(2021, 11, 30) as date:
            left['debt'], = BadDebt.create([{
                        'company': company.id, 'invoice': invoice.id,
                        'date': date, 'depreciation': D(1000)}])
            BadDebt.doubt([left['debt']])
            # Paid in the next year: its VAT is deducted then
            bill_month(company, date)
        with on(2021, 12, 5) as date:
            left['next'] = mission(
                company, [(two, 450)], client_=shop, date=date)
            self.pay(ask_deposit(left['next'], 200, date), date)
        with on(2021, 12, 20) as date:
            left['accrued'] = mission(
                company, [(one, 1800)], client_=bakery, date=date)
            accept(left['accrued'], date)
        with on(2022, 1, 8):
            self.assertEqual(
                accrue(company, dt.date(2021, 12, 31)),
                {'bill': 2160, 'invoice': 2400})
        return members, left

    def second_year(self, company, members, left):
        Seizure = Pool().get('coop.seizure')
        one, two, _ = members
        with on(2022, 2, 10) as date:
            self.pay(left['invoice'], date)
            invoice = invoice_client(left['accrued'], date)
            self.assertEqual(invoice.total_amount, 2400)
            self.assertEqual(self.pay_members(company, date).total, 1080)
        with on(2022, 2, 28) as date:
            self.assertEqual(
                bill_month(company, date)["Member 1"].total, 2160)
            self.move_fund(company, 'refund', 50, two, date)
        with on(2022, 3, 2) as date:
            creditor = coop.person("Bailiff")
            coop.iban(creditor, 'DE89370400440532013000', 'COBADEFFXXX')
            seizure, = Seizure.create([{
                        'company': company.id, 'member': one.id,
                        'creditor': creditor.id, 'date': date,
                        'amount': D(300), 'rank': 1, 'file': b'notice',
                        'file_name': 'notice.pdf', 'kind': 'attachment',
                        'payable_from': date}])
            Seizure.activate([seizure])
        with on(2022, 4, 1) as date:
            run = self.pay_members(company, date)
            # With what the fund gives back
            self.assertEqual((run.total, run.seized), (1910, 300))
            self.pay(invoice, date)
        with on(2022, 5, 5) as date:
            accept(left['next'], date)
            # 500 with the deposit of 200 of the year before
            self.assertEqual(
                invoice_client(left['next'], date).total_amount, 360)
        with on(2022, 6, 15) as date:
            self.assertEqual(lose(left['debt'], date).state, 'lost')
        with on(2022, 12, 15) as date:
            last = mission(
                company, [(one, 90)], client_=settlement.client("Last"),
                date=date)
            accept(last, date)
        with on(2023, 1, 9):
            # Besides the one of May, which nobody billed
            self.assertEqual(
                accrue(company, dt.date(2022, 12, 31)),
                {'bill': 558, 'invoice': 120})

    def close(self, company, fiscalyear, period):
        "Close a year; return the rows of its FEC"
        # That a doubtful client's line on 4111 is of no payment is warned of
        with Transaction().set_context(_skip_warnings=True):
            test_fec.FECTestCase.close(self, company, fiscalyear, period)
        content, _ = factories.fec(fiscalyear, period)
        return fec.read(content)

    def assertSound(self, rows, fiscalyear):
        self.assertEqual(
            fec.faults(rows, fiscalyear.start_date, fiscalyear.end_date), [])
        for row in rows:
            self.assertEqual(
                bool(row['CompAuxNum']), row['CompteNum'] in WITH_PARTY, row)
            for name in ['PieceRef', 'EcritureLib']:
                self.assertNotRegex(row[name], r'[a-z]\.[a-z_]+,\d')
            # What the bank did is told by its statement
            if row['JournalCode'] not in {fec.OPENING, 'CASH'}:
                self.assertRegex(row['EcritureLib'], '[A-Z].*[A-Za-z]', row)
            if row['JournalCode'] == 'BAD':
                self.assertRegex(row['EcritureLib'], 'Bad Debt - 6 - Late$')
                self.assertRegex(
                    row['PieceRef'], r'^Bad debt \d+ of the invoice 6$')
            if row.opening:
                continue
            if row['CompteNum'] in {'4081', '4181'}:
                self.assertIn('not billed or not invoiced', row['EcritureLib'])
                self.assertRegex(row['PieceRef'], r'^Year end 202\d-12-31$')
            if row['CompteNum'] == '4671':
                self.assertRegex(
                    row['PieceRef'], r'^Fund movement \d+ of 202\d-\d\d-\d\d$')
            # What a creditor has seized
            if row['CompteNum'] == '4672' and row.balance < 0:
                self.assertRegex(
                    row['PieceRef'], r'^Payment run \d+ of 2022-04-01$')

    def assertWhole(self, rows, trial):
        "The file has all that the ledger has, and nothing else"
        self.assertEqual(
            fec.totals([r for r in rows if not r.opening]),
            {code: (debit, credit)
                for code, (_, debit, credit) in trial.items()
                if debit or credit})

    @with_transaction()
    def test_two_years(self):
        FiscalYear = Pool().get('account.fiscalyear')
        company = cooperative()
        with set_company(company):
            first, second, _ = FiscalYear.search(
                [('company', '=', company.id)],
                order=[('start_date', 'ASC')])
            periods = [test_fec.adjustment(y) for y in [first, second]]
            members, left = self.first_year(company)
            trial = test_fec.trial_balance(company, first)
            with on(2022, 2, 1):
                year1 = self.close(company, first, periods[0])
            self.assertSound(year1, first)
            self.assertWhole(year1, trial)
            self.assertFalse([r for r in year1 if r.opening])

            self.second_year(company, members, left)
            trial = test_fec.trial_balance(company, second)
            with on(2023, 2, 1):
                year2 = self.close(company, second, periods[1])
            self.assertSound(year2, second)
            self.assertWhole(year2, trial)
            self.assertEqual(
                balances(r for r in year2 if r.opening), carried(year1))
            self.assertEqual([carried(year1), carried(year2)], LEFT)
            for quarter in QUARTERS:
                self.assertTrue(proof(company, quarter)['holds'], quarter)


del RouteTestCase
