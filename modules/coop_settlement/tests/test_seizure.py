# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions_out import FundError, SeizureError
from . import factories, factories_out
from .factories import again, entry

D = Decimal
DAY = dt.timedelta(days=1)
JUNE = [dt.date(2022, 6, d) for d in (5, 20, 28, 30)]


class SeizureTestCase(factories_out.PayoutTestCase):
    "Test what creditors get, and what leaves by no other door"

    def row(self, run):
        row, = again(run).lines
        return row.kind, row.amount, row.seized, row.kept, row.net

    def paid(self, run):
        return {p.party.name: p.amount for p in again(run).payments}

    @with_transaction()
    def test_month(self):
        "Of a bill of a month, what was earned to the day of the notice"
        Bill = Pool().get('coop.bill')
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'franchise', rhythm='monthly')
            factories.vat(member, 'debits', JUNE[1])
            for date, amount in zip(JUNE, [400, 200, 400]):
                factories.settled(company, [(member, amount)], date=date)
            bill, = Bill.bill_month(company, JUNE[3])
            Bill.accept([bill])
            bill = again(bill)
            self.assertEqual(bill.total, 1120)
            self.assertEqual(bill.earned(), tuple(zip(JUNE, [400, 240, 480])))
            seizure = factories_out.seizure(member, D(5000), JUNE[1])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.row(run), ('due', 1120, 0, 640, 480))
            self.assertEqual(self.paid(run), {"Member 1": 480})
            factories_out.succeed(run)
            Seizure.write([seizure], {'payable_from': today(company.id)})
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.row(run), ('due', 640, 640, 0, 0))
            factories_out.succeed(run)
            bill = again(bill)
            self.assertEqual(bill.state, 'paid')
            self.assertEqual(bill.taken(), ((JUNE[1], 640),))

    @with_transaction()
    def test_part(self):
        "What the creditor had of a bill is not taken a second time"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'franchise', rhythm='monthly', payment_days=30)
            settlements = [
                factories.settled(
                    company, [(member, 500)], date=JUNE[i], tax_rate='.2',
                    client_=factories.client(f"Client {i}"))
                for i in (0, 2)]
            date = today(company.id)
            bill, = Bill.bill_month(company, date)
            Bill.accept([bill])
            invoice, = Settlement.invoice([again(settlements[1])], date)
            factories.pay(invoice, date)
            factories_out.seizure(
                member, D(5000), JUNE[1], payable_from=date)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.row(run), ('early', 500, 500, 0, 0))
            factories_out.succeed(run)
            run = factories_out.run(
                company, journal, date=date + 30 * DAY, state='sent')
            self.assertEqual(self.row(run), ('due', 500, 0, 0, 500))

    @with_transaction()
    def test_credited(self):
        "What a credit note took back was not earned; the rest stays frozen"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'franchise', rhythm='monthly',
                corrections='cooperative')
            for date, amount in zip(JUNE, [400, 200, 300]):
                factories.settled(company, [(member, amount)], date=date)
            bill, = Bill.bill_month(company, JUNE[3])
            Bill.accept([bill])
            factories_out.seizure(member, D(5000), JUNE[1])
            bill = again(bill)
            Bill.take_back(
                bill, {l: D(0) for l in bill.lines if l.date == JUNE[0]},
                today(company.id), "Not done")
            bill = again(bill)
            self.assertEqual(bill.earned(), tuple(zip(JUNE[1:], [200, 300])))
            self.assertEqual(self.blocked(bill), [True])
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(self.row(run), ('due', 500, 0, 200, 300))

    @with_transaction()
    def test_member_lacks(self):
        "What the member lacks, or somebody noted, keeps no creditor waiting"
        Block = Pool().get('coop.payment.block')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1, 'franchise')
            factories_out.mandate(member)
            bill, = factories_out.billed(company, [(member, 1000)])
            date = today(company.id)
            factories_out.seizure(member, D(300), payable_from=date)
            insolvency, other = Block.create([{
                        'company': company.id, 'member': member.id,
                        'kind': kind, 'reason': kind.title(),
                        'start_date': date}
                    for kind in ['insolvency', 'other']])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal)
            self.assertEqual(self.row(run), ('blocked', 0, 0, 0, 0))
            self.assertEqual(
                run.lines[0].reason,
                "Insolvency: Insolvency Blocked: Other No confirmed IBAN.")
            run.__class__.cancel([run])
            Block.delete([insolvency])
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.row(run), ('blocked', 300, 300, 0, 0))
            self.assertEqual(self.paid(run), {"Bailiff": 300})
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'accepted')
            Block.delete([other])
            factories_out.iban(member)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.paid(run), {"Member 1": 700})
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'paid')

    @with_transaction()
    def test_contested(self):
        "What the member contests is not owed: no creditor gets it"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            Bill.write([bill], {'contest_reason': "No"})
            Bill.contest([again(bill)])
            factories_out.seizure(
                member, D(300), payable_from=today(company.id))
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(self.row(run), ('blocked', 0, 0, 0, 0))

    @with_transaction()
    def test_same_day(self):
        "Notices of one day share in the proportion of the claims"
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            factories_out.billed(company, [(member, 200)])
            date = today(company.id)
            for name, amount in [("Treasury", 100), ("City", 300)]:
                factories_out.seizure(
                    member, D(amount), creditor=name, kind='tax')
            factories_out.seizure(
                member, D(500), date - DAY, "Later", rank=2,
                payable_from=date)
            run = factories_out.run(
                company, factories_out.journal(company), state='sent')
            self.assertEqual(self.paid(run), {"Treasury": 50, "City": 150})
            move, = Pool().get('account.move').search(
                [('origin', '=', str(run))])
            self.assertEqual(entry(move), {
                    ('supplier', "Member 1"): 200,
                    ('467', "Treasury"): -50, ('467', "City"): -150})

    @with_transaction()
    def test_tax(self):
        "The tax office is paid at once, and the run tells when it is late"
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            new = Seizure(kind='tax', date=date)
            new.on_change_kind()
            self.assertEqual((new.payable_from, new.future), (date, True))
            new.date = date - DAY
            new.on_change_date()
            self.assertEqual(new.payable_from, date - DAY)
            new.kind = 'attachment'
            new.on_change_kind()
            self.assertEqual((new.payable_from, new.future), (None, False))
            self.assertIsNone(new.on_change_with_pay_by())
            member, = factories_out.workers(company, 1, 'franchise')
            factories_out.billed(company, [(member, 1000)])
            seizure = factories_out.seizure(
                member, D(300), date - 31 * DAY, "Treasury", kind='tax',
                future=True)
            self.assertEqual(
                (seizure.payable_from, seizure.pay_by),
                (date - 31 * DAY, date - DAY))
            journal = factories_out.journal(company)
            Seizure.write([seizure], {'payable_from': date + DAY})
            for day, late in [(-1, False), (0, True)]:
                run = factories_out.run(
                    company, journal, date=date + day * DAY)
                self.assertEqual(self.row(run), ('due', 1000, 0, 300, 700))
                self.assertEqual(
                    '"Treasury" had to be paid by' in run.lines[0].reason,
                    late)
                run.__class__.cancel([run])

    def blocked(self, *bills):
        return [
            l.payment_blocked for b in bills for l in again(b).open_lines()]

    @with_transaction()
    def test_frozen(self):
        "What is seized is paid by the run alone, until it ends"
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            self.assertEqual(self.blocked(bill), [False])
            date = today(company.id)
            bailiff = factories_out.seizure(
                member, D(300), payable_from=date)
            waiting = factories_out.seizure(
                member, D(100), date + DAY, "Other")
            other, = factories_out.billed(company, [(member, 50)])
            self.assertEqual(self.blocked(bill, other), [True, True])
            journal = factories_out.journal(company)
            self.assert_refused(journal, bill)
            run = factories_out.run(company, journal, state='approved')
            self.assertEqual(
                [(l.seized, l.kept, l.net) for l in run.lines],
                [(300, 100, 600), (0, 0, 50)])
            # What is left of it stands for it, also when it is taken back
            self.assertEqual(self.blocked(bill, other), [True, True])
            run.__class__.cancel([run])
            self.assertEqual(self.blocked(bill, other), [True, True])
            run = factories_out.run(company, journal, state='sent')
            factories_out.succeed(run)
            Seizure.end([bailiff])
            self.assertEqual(self.blocked(bill), [True])
            Seizure.end([again(waiting)])
            self.assertEqual(self.blocked(bill), [False])
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.paid(run), {"Member 1": 100})

    def assert_refused(self, journal, bill):
        "Check that a payment made by hand is not even submitted"
        Payment = Pool().get('account.payment')
        payment, = self.by_hand(journal, bill)
        with self.assertRaisesRegex(SeizureError, "payment run"):
            Payment.submit([payment])
        Payment.delete([payment])

    def by_hand(self, journal, bill):
        line, = again(bill).open_lines()
        return Pool().get('account.payment').create([{
                    'company': bill.company.id, 'journal': journal.id,
                    'kind': 'payable', 'party': line.party.id,
                    'line': line.id, 'amount': D(10),
                    'date': today(bill.company.id)}])

    @with_transaction()
    def test_refund_frozen(self):
        "So is what the fund gives back"
        Movement = Pool().get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            values = {
                'company': company.id, 'date': today(company.id),
                'member': member.id, 'amount': D(50)}
            paid_in, again_ = Movement.create([
                    {**values, 'kind': 'contribution', 'bill': bill.id}] * 2)
            Movement.do([paid_in])
            factories_out.seizure(member, D(5000))
            with self.assertRaisesRegex(FundError, "seized"):
                Movement.do([again(again_)])
            refund, = Movement.create([{**values, 'kind': 'refund'}])
            Movement.do([refund])
            self.assertEqual(self.blocked(refund), [True])
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(run.kept, 1000)

    @with_transaction()
    def test_blocked_by_hand(self):
        "What somebody has blocked stays blocked, for all"
        Line = Pool().get('account.move.line')
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            Line.payment_block(again(bill).open_lines())
            seizure = factories_out.seizure(
                member, D(300), payable_from=today(company.id))
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(self.row(run), ('blocked', 0, 0, 0, 0))
            Seizure.end([seizure])
            self.assertEqual(self.blocked(bill), [True])

    @with_transaction()
    def test_set_off_blocked(self):
        "What a credit note leaves of a bill that is blocked is blocked too"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('account.move.line')
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'franchise', rhythm='monthly',
                corrections='cooperative')
            for date, amount in zip(JUNE, [400, 200]):
                factories.settled(company, [(member, amount)], date=date)
            bill, = Bill.bill_month(company, JUNE[3])
            Bill.accept([bill])
            bill = again(bill)
            Line.payment_block(bill.open_lines())
            seizure = factories_out.seizure(member, D(5000))
            Bill.take_back(
                bill, {l: D(0) for l in bill.lines if l.date == JUNE[0]},
                today(company.id), "Not done")
            line, = again(bill).open_lines()
            self.assertEqual((line.credit, line.blocked_by_hand), (200, True))
            Seizure.end([seizure])
            self.assertEqual(self.blocked(bill), [True])
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(self.row(run), ('blocked', 0, 0, 0, 0))

    @with_transaction()
    def test_unblocked(self):
        "The button that unblocks a line opens nothing that is seized"
        pool = Pool()
        Line = pool.get('account.move.line')
        Payment = pool.get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            member, free = factories_out.workers(company, 2, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            by_hand, = factories_out.billed(company, [(member, 50)])
            other, = factories_out.billed(company, [(free, 70)])
            Line.payment_block(again(by_hand).open_lines())
            factories_out.seizure(
                member, D(300), payable_from=today(company.id))
            journal = factories_out.journal(company)
            for owed in [bill, by_hand]:
                Line.payment_unblock(again(owed).open_lines())
                self.assert_refused(journal, owed)
            payments = self.by_hand(journal, other)
            Payment.submit(payments)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(
                sorted(p.amount for p in run.payments), [50, 60, 300, 700])

    @with_transaction()
    def test_bounced(self):
        "What comes back is frozen, or free, as the seizures are then"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Payment = pool.get('account.payment')
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            before, after = factories_out.workers(company, 2, 'franchise')
            bills = [
                factories_out.billed(company, [(m, 1000)])[0]
                for m in [before, after]]
            seizure = factories_out.seizure(
                before, D(300), payable_from=today(company.id))
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            factories_out.succeed(run)
            self.assertEqual([again(b).state for b in bills], ['paid'] * 2)
            Seizure.end([again(seizure)])
            factories_out.seizure(after, D(300))
            Payment.fail([
                    p for p in again(run).payments
                    if p.party.name != "Bailiff"])
            Invoice.process([again(b.invoice) for b in bills])
            self.assertEqual(
                [again(b).state for b in bills], ['accepted'] * 2)
            self.assertEqual(self.blocked(*bills), [False, True])
            self.assert_refused(journal, bills[1])
            payments = self.by_hand(journal, bills[0])
            Payment.submit(payments)
            self.assertEqual(again(payments[0]).state, 'submitted')

    @with_transaction()
    def test_under_way(self):
        "What is about to be sent is taken back before anything is seized"
        Payment = Pool().get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='approved')
            with self.assertRaisesRegex(SeizureError, "about to be sent"):
                factories_out.seizure(member, D(300))
            run.__class__.cancel([run])
            payments = self.by_hand(journal, bill)
            Payment.submit(payments)
            with self.assertRaisesRegex(SeizureError, "about to be sent"):
                factories_out.seizure(member, D(300))
            Payment.draft(payments)
            factories_out.seizure(member, D(300))
            # A draft goes with it
            self.assertFalse(Payment.search([
                        ('id', 'in', [p.id for p in payments])]))
