# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The entries by which members are paid, on the French chart.

Those of docs/fr/comptabilite-missions.md that test_entries_mission has not. In
the expected entries an amount is debit - credit and a name is that of the
party whose line it is.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_due.tests import factories as due
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_settlement.tests import EXTRAS
from trytond.modules.coop_settlement.tests import factories as settlement
from trytond.modules.coop_settlement.tests import factories_out as out
from trytond.modules.coop_settlement.tests.factories import again, entry
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from . import factories
from .test_entries_mission import (
    cooperative, group, invoiced, mission, tax)

D = Decimal
OWED = '4011', "Member 1"
MEMBERS = '611', None
BANK = '5121', None


def billed(company, rows, **values):
    "Return the accepted bills of a mission that its client has accepted"
    Bill = Pool().get('coop.bill')
    Line = Pool().get('coop.settlement.line')
    record = mission(company, rows, **values)
    for row in record.members:
        settlement.report(record, row.member)
    settlement.accept(record)
    lines = Line.search([('settlement.mission', '=', record.id)])
    bills = list(dict.fromkeys(l.bill for l in lines if l.bill))
    Bill.accept(bills)
    return Bill.browse(bills)


def transfers(company):
    "Return a journal of transfers, cleared by the bank at once"
    pool = Pool()
    journal, = pool.get('account.journal').search(
        [('type', '=', 'cash')], limit=1)
    return pool.get('account.payment.journal').create([{
                'name': "Transfers", 'company': company.id,
                'currency': company.currency.id, 'process_method': 'manual',
                'clearing_account': factories.account(company, '5121').id,
                'clearing_journal': journal.id}])[0]


class Ledger:
    "What is posted from now on, each entry on its own"

    def __init__(self, company):
        self.company = company
        self.known = self._moves()

    def _moves(self):
        return set(Pool().get('account.move').search([
                    ('company', '=', self.company.id),
                    ('state', '=', 'posted')]))

    def posted(self):
        "Return [entry] of what was posted since the last time"
        known, self.known = self.known, self._moves()
        return [
            entry(m) for m in sorted(self.known - known, key=lambda m: m.id)]


class MissionOutEntriesTestCase(RouteTestCase):
    "Test the entries of what members are paid on the French chart"
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

    def run_(self, company):
        "Pay what is due; return the run"
        # As somebody who prepares and approves alone
        out.configure(payment_ceiling=D(100000))
        run = out.run(company, transfers(company), state='sent')
        out.succeed(run)
        return again(run)

    @with_transaction()
    def test_payment(self):
        "A bill is paid by the bank, 4011 by 5121"
        company = cooperative()
        with set_company(company):
            one, = out.workers(company, 1, 'debits')
            bill, = billed(company, [(one, 900)])
            self.assertEqual(entry(bill.invoice.move), {
                    MEMBERS: 900, ('44566', None): 180, OWED: -1080})
            ledger = Ledger(company)
            self.run_(company)
            self.assertEqual(ledger.posted(), [{OWED: 1080, BANK: -1080}])
            self.assertEqual(again(bill).state, 'paid')

    @with_transaction()
    def test_credit_note(self):
        "An accepted bill is taken back whole, billed rightly, set off"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = cooperative()
        with set_company(company):
            one, = out.workers(
                company, 1, 'debits', corrections='cooperative')
            bill, = billed(company, [(one, 900)])
            self.run_(company)
            date = today(company.id)
            ledger = Ledger(company)
            line, = again(bill).lines
            Bill.take_back(bill, {line: D(800)}, date, "8 hours, not 9")
            self.assertEqual(ledger.posted(), [{
                        MEMBERS: -900, ('44566', None): -180, OWED: 1080}])
            right, = Bill.make(
                company, Line.to_bill(company, date, [one]), date)
            Bill.accept([Bill(right.id)])
            # What sets off is within 4011
            self.assertEqual(ledger.posted(), [{
                        MEMBERS: 800, ('44566', None): 160, OWED: -960}, {}])
            self.assertEqual(factories.open_lines(one, '4011'), [120])
            other, = billed(company, [(one, 300)])
            self.assertEqual(ledger.posted(), [{
                        MEMBERS: 300, ('44566', None): 60, OWED: -360}, {}])
            self.assertEqual(factories.open_lines(one, '4011'), [-240])
            self.run_(company)
            self.assertEqual(
                ledger.posted(), [{OWED: 240, BANK: -240}])
            self.assertEqual(factories.open_lines(one, '4011'), [])
            self.assertEqual(again(other).state, 'paid')

    @with_transaction()
    def test_advance(self):
        "The fund pays ahead as any payment: 4011 by 5121, and nothing else"
        pool = Pool()
        Fund = pool.get('coop.fund.movement')
        Settlement = pool.get('coop.settlement')
        company = cooperative()
        with set_company(company):
            out.configure(guarantee_days=0, fund_share=D(1))
            one, = out.workers(company, 1, 'franchise', payment_days=30)
            ledger = Ledger(company)
            out.set_aside(company, 5000)
            # A limit is no entry
            self.assertEqual(ledger.posted(), [])
            bill, = billed(company, [(one, 900)])
            self.assertEqual(ledger.posted(), [{MEMBERS: 900, OWED: -900}])
            run = self.run_(company)
            self.assertEqual((run.advanced, run.total), (900, 900))
            self.assertEqual(ledger.posted(), [{OWED: 900, BANK: -900}])
            self.assertEqual(again(bill).state, 'paid')
            self.assertEqual(settlement.balance(company, '4671'), 0)
            # What comes back to the fund is what the client pays
            invoice, = Settlement.invoice(
                [again(bill).lines[0].settlement], today(company.id))
            settlement.pay(again(invoice), today(company.id), cash='5121')
            self.assertEqual(ledger.posted(), [
                    {('4111', "Client"): 1200, ('706', None): -1000,
                        ('44571', None): -200},
                    {BANK: 1200, ('4111', "Client"): -1200}])
            self.assertEqual(Fund.fund(company).room, 5000)

    def move_fund(self, company, **values):
        Movement = Pool().get('coop.fund.movement')
        movement, = Movement.create([{
                    'company': company.id, 'date': today(company.id),
                    **values}])
        Movement.do([movement])
        return again(movement)

    @with_transaction()
    def test_fund(self):
        "What a member pays in waits on 4671 until it is given back"
        company = cooperative()
        with set_company(company):
            one, = out.workers(company, 1, 'franchise')
            bill, = billed(company, [(one, 900)])
            ledger = Ledger(company)
            movement = self.move_fund(
                company, kind='contribution', amount=D(50), member=one.id,
                bill=bill.id)
            # What is left is owed on a line of its own
            self.assertEqual(factories.lines(movement.move), [
                    ('4011', "Member 1", -850), ('4011', "Member 1", 900),
                    ('4671', "Member 1", -50)])
            self.assertEqual(
                ledger.posted(), [{OWED: 50, ('4671', "Member 1"): -50}])
            self.run_(company)
            self.assertEqual(ledger.posted(), [{OWED: 850, BANK: -850}])
            self.assertEqual(again(bill).state, 'paid')
            movement = self.move_fund(
                company, kind='refund', amount=D(50), member=one.id)
            self.assertEqual(
                ledger.posted(), [{('4671', "Member 1"): 50, OWED: -50}])
            self.assertEqual(factories.open_lines(one, '4011'), [-50])
            self.assertEqual(settlement.balance(company, '4671'), 0)

    @with_transaction()
    def test_seizure(self):
        "What is seized is the creditor's on 4672; the bill stays whole"
        Seizure = Pool().get('coop.seizure')
        company = cooperative()
        with set_company(company):
            one, = out.workers(company, 1, 'franchise')
            bill, = billed(company, [(one, 900)])
            creditor = coop.person("Bailiff")
            coop.iban(creditor, 'DE89370400440532013000', 'COBADEFFXXX')
            date = today(company.id)
            seizure, = Seizure.create([{
                        'company': company.id, 'member': one.id,
                        'creditor': creditor.id, 'date': date,
                        'amount': D(300), 'rank': 1, 'file': b'notice',
                        'file_name': 'notice.pdf', 'kind': 'attachment',
                        'payable_from': date}])
            ledger = Ledger(company)
            Seizure.activate([seizure])
            # To freeze is no entry
            self.assertEqual(ledger.posted(), [])
            run = self.run_(company)
            self.assertEqual(factories.lines(*factories.moves(run)), [
                    ('4011', "Member 1", -600), ('4011', "Member 1", 900),
                    ('4672', "Bailiff", -300)])
            passed, *paid = ledger.posted()
            self.assertEqual(
                passed, {OWED: 300, ('4672', "Bailiff"): -300})
            self.assertCountEqual(paid, [
                    {('4672', "Bailiff"): 300, BANK: -300},
                    {OWED: 600, BANK: -600}])
            bill = again(bill)
            self.assertEqual(
                (bill.state, bill.invoice.total_amount), ('paid', 900))
            self.assertEqual(entry(bill.invoice.move), {
                    MEMBERS: 900, OWED: -900})
            for code in ['4011', '4672']:
                self.assertEqual(settlement.balance(company, code), 0)

    @with_transaction()
    def test_retention(self):
        "What is kept for the capital pays a part of the bill"
        company = cooperative()
        with set_company(company):
            one, = out.workers(company, 1, 'franchise')
            share_class = coop.share_class(company, nominal=D(90))
            coop.subscriptions([one], share_class, 2, dt.date(2022, 1, 1))
            factories.retention(one, dt.date(2022, 1, 1))
            ledger = Ledger(company)
            bill, = billed(company, [(one, 900)])
            invoice, kept, capital = ledger.posted()
            self.assertEqual(invoice, {MEMBERS: 900, OWED: -900})
            self.assertEqual(kept, {OWED: 90, ('45625', "Member 1"): -90})
            self.assertEqual(
                capital, {('1012', None): 90, ('10131', None): -90})
            self.assertEqual(again(bill).invoice.total_amount, 900)
            self.assertEqual(factories.open_lines(one, '4011'), [-810])
            self.run_(company)
            self.assertEqual(ledger.posted(), [{OWED: 810, BANK: -810}])
            self.assertEqual(again(bill).state, 'paid')

    @with_transaction()
    def test_year_end(self):
        "4081 and 4181 on the last day, taken back on the first"
        pool = Pool()
        Move = pool.get('account.move')
        YearEnd = pool.get('coop.settlement.year_end')
        company = cooperative()
        end = dt.date(2022, 12, 31)
        with set_company(company):
            due.number_invoices(coop.fiscalyear(company, 2023))
            one, two, referrer = out.workers(company, 3, 'debits')
            settlement.vat(two, 'franchise', dt.date(2021, 1, 1))
            # Their bills are of today, and nothing is invoiced
            billed(company, [(one, 600), (two, 280)], referrer=referrer.id)
            # Neither of what the client was invoiced in time
            invoiced(company, [(two, 90)], client_=settlement.client("Early"))
            year_end, = YearEnd.create([{
                        'company': company.id, 'date': end}])
            YearEnd.compute([year_end])
            ledger = Ledger(company)
            YearEnd.post([again(year_end)])
            year_end = again(year_end)
            bills, invoices = sorted(year_end.moves, key=lambda m: m.id)
            self.assertEqual({bills.date, invoices.date}, {end})
            expected = {
                bills: {('611', None): 970, ('6222', None): 20,
                    ('44586', None): 124, ('4081', "Member 1"): -720,
                    ('4081', "Member 2"): -370, ('4081', "Member 3"): -24},
                invoices: {('4181', "Client"): 1200, ('706', None): -1000,
                    ('44587', None): -200},
                }
            for move, lines in expected.items():
                self.assertEqual(entry(move), lines)
                back, = Move.search([('origin', '=', str(move))])
                self.assertEqual(
                    (back.date, back.state), (dt.date(2023, 1, 1), 'posted'))
                self.assertEqual(
                    entry(back), {k: -v for k, v in lines.items()})
            self.assertEqual(len(ledger.posted()), 4)
            for party in [one, two, referrer]:
                self.assertFalse(factories.open_lines(party, '4081'))

    @with_transaction()
    def test_reverse_charge(self):
        "The tax that is chosen is deducted and due at once"
        company = cooperative()
        with set_company(company):
            one, = out.workers(company, 1, 'reverse_charge')
            chart = [
                tax(company, f'tva_achat_{name}_services_taux_normal')
                for name in ['hors_communaute', 'intracommunautaire']]
            own = settlement.reverse_charge(company, group('achat'))
            for chosen, code in [
                    *((tax_, '4452') for tax_ in chart), (own, '44571')]:
                with self.subTest(chosen.name):
                    out.configure(reverse_charge_tax=chosen)
                    bill, = billed(company, [(one, 900)])
                    self.assertEqual(entry(bill.invoice.move), {
                            MEMBERS: 900, OWED: -900,
                            ('44566', None): 180, (code, None): -180})


del RouteTestCase
