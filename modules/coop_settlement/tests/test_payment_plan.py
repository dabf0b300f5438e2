# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..fund_core import Fund
from ..payment_plan import Bill, Part, plan
from ..seizure_core import Seizure, earned

D = Decimal
amounts = st.decimals(1, 5_000, places=2)
members = st.sampled_from('MNO')
days = st.integers(1, 60)


@st.composite
def bills(draw):
    result = []
    for key in range(draw(st.integers(0, 8))):
        parts = tuple(
            Part(draw(st.sampled_from('ABC')), draw(amounts),
                draw(st.booleans()), draw(st.none() | days))
            for _ in range(draw(st.integers(1, 3))))
        whole = sum(p.amount for p in parts)
        settled = draw(st.decimals(0, whole, places=2))
        result.append(Bill(
                key, draw(members), whole - settled, draw(days), parts,
                settled, draw(st.sampled_from([(), (), ('contested',)])),
                draw(st.sampled_from([(), (), ('papers',)])),
                earned(whole, draw(st.lists(
                            st.tuples(days, amounts), min_size=1,
                            max_size=3)))))
    return result


@st.composite
def seizures(draw):
    return [
        Seizure(
            i, draw(members), draw(st.integers(1, 3)), draw(days),
            draw(amounts), draw(st.booleans()), draw(st.booleans()))
        for i in range(draw(st.integers(0, 3)))]


def bill(key='B', amount=1000, due=50, **values):
    values.setdefault('parts', (Part('A', D(amount)),))
    return Bill(key, 'M', D(amount), due, **values)


def only(bills, fund=0, seizures=()):
    row, = plan(bills, 10, 17, Fund(D(fund)), seizures)
    return row


class PaymentPlanTestCase(unittest.TestCase):
    "Test who is paid what"

    def test_due(self):
        "What falls due before the next run is paid, the client or not"
        for due, kind, amount in [
                (1, 'due', 1000), (16, 'due', 1000), (17, 'later', 0)]:
            row = only([bill(due=due)])
            self.assertEqual((row.kind, row.amount), (kind, amount))
            self.assertFalse(row.advance)

    def test_client_paid(self):
        "Of a bill for two clients, what was received is paid early"
        row = only([bill(parts=(
                        Part('A', D(400), True), Part('B', D(600))))])
        self.assertEqual(
            (row.kind, row.amount, row.advance), ('early', 400, {}))
        # and once only
        row = only([Bill('B', 'M', D(600), 50, (
                        Part('A', D(400), True), Part('B', D(600))), D(400))])
        self.assertEqual((row.kind, row.amount), ('later', 0))

    def test_advance(self):
        "From the day promised on, the fund advances while it has something"
        parts = (Part('A', D(1000), False, 10),)
        row = only([bill(parts=parts)], fund=5000)
        self.assertEqual(
            (row.kind, row.amount, row.advance), ('early', 1000, {'A': 1000}))
        row = only([bill(parts=parts)], fund=300)
        self.assertEqual((row.amount, row.advance), (300, {'A': 300}))
        row = only([bill(parts=parts)], fund=0)
        self.assertEqual((row.kind, row.amount), ('later', 0))
        later = (Part('A', D(1000), False, 11),)
        row = only([bill(parts=later)], fund=5000)
        self.assertEqual((row.kind, row.amount), ('later', 0))
        # What was advanced before is not advanced again
        row = only([Bill('B', 'M', D(700), 50, parts, D(300))], fund=5000)
        self.assertEqual((row.amount, row.advance), (700, {'A': 700}))

    def test_blocked(self):
        row = only([bill(due=1, reasons=('contested',))], fund=5000)
        self.assertEqual((row.kind, row.amount, row.net), ('blocked', 0, 0))

    def test_seizures(self):
        "By rank, kept back until the creditor may be paid"
        tax = Seizure('tax', 'M', 1, 9, D(300), True, True)
        bank = Seizure('bank', 'M', 2, 5, D(2000))
        row = only(
            [bill(due=1, earned=((4, D(1000)),))], seizures=[bank, tax])
        self.assertEqual(
            (row.seized, row.kept, row.net), ([('tax', 300)], 700, 0))
        self.assertEqual((tax.left, bank.left), (0, 1300))

    def test_seizure_after(self):
        "What was earned after the day of an attachment is not caught"
        for future, net in [(False, 400), (True, 0)]:
            seizure = Seizure('s', 'M', 1, 5, D(2000), future)
            row = only(
                [bill(due=1, earned=((5, D(600)), (6, D(400))))],
                seizures=[seizure])
            self.assertEqual(row.net, net)

    def test_held(self):
        "What keeps the member from being paid does not keep the creditor"
        for payable, seized, kept in [
                (True, [('s', 300)], 0), (False, [], 300)]:
            seizure = Seizure('s', 'M', 1, 5, D(300), True, payable)
            row = only([bill(due=1, held=('papers',))], seizures=[seizure])
            self.assertEqual(
                (row.kind, row.amount, row.seized, row.kept, row.net),
                ('blocked', 300, seized, kept, 0))
        # Early as well, of what clients have paid; the fund advances nothing
        parts = (Part('A', D(200), True), Part('B', D(800), False, 1))
        seizure = Seizure('s', 'M', 1, 5, D(300), True, True)
        row = only([bill(held=('papers',), parts=parts)], 5000, [seizure])
        self.assertEqual(
            (row.kind, row.seized, row.net, row.advance),
            ('blocked', [('s', 200)], 0, {}))
        # Insolvent or contested, nobody is paid
        seizure = Seizure('s', 'M', 1, 5, D(300), True, True)
        row = only(
            [bill(due=1, reasons=('insolvent',), held=('papers',))],
            seizures=[seizure])
        self.assertEqual((row.amount, row.seized), (0, []))

    def test_kept_advance(self):
        "The fund advances nothing that would only be kept"
        fund = Fund(D(5000))
        parts = (Part('A', D(1000), False, 1),)
        row, = plan([bill(parts=parts)], 10, 17, fund, [
                Seizure('s', 'M', 1, 5, D(300))])
        self.assertEqual(
            (row.kind, row.amount, row.kept, row.net, row.advance),
            ('early', 700, 0, 700, {'A': 700}))
        self.assertEqual(fund.room, 4300)
        row, = plan([bill(parts=parts)], 10, 17, fund, [
                Seizure('s', 'M', 1, 5, D(3000))])
        self.assertEqual((row.kind, row.amount), ('later', 0))
        self.assertEqual(fund.room, 4300)

    def test_seizure_of_another(self):
        seizure = Seizure('s', 'N', 1, 5, D(2000), True)
        self.assertEqual(only([bill(due=1)], seizures=[seizure]).net, 1000)

    @given(bills(), seizures(), st.decimals(0, 5000, places=2), days)
    def test_any(self, bills, seizures, total, today):
        claims = {s.key: s.left for s in seizures}
        fund = Fund(total)
        rows = plan(bills, today, today + 7, fund, seizures)
        self.assertEqual([r.bill for r in rows], bills)
        paid = Counter()
        for row in rows:
            bill = row.bill
            self.assertTrue(0 <= row.amount <= bill.open)
            self.assertGreaterEqual(row.net, 0)
            self.assertEqual(row.amount, row.net + row.kept + sum(
                    a for _, a in row.seized))
            if bill.reasons:
                self.assertEqual((row.kind, row.amount), ('blocked', 0))
            elif bill.held:
                self.assertEqual((row.kind, row.net), ('blocked', 0))
                self.assertFalse(row.advance)
            elif bill.due < today + 7:
                self.assertEqual((row.kind, row.amount), ('due', bill.open))
            else:
                received = sum(p.amount for p in bill.parts if p.paid)
                self.assertLessEqual(
                    row.amount - sum(row.advance.values()),
                    max(received - bill.settled, 0))
            paid.update(dict(row.seized))
        for seizure in seizures:
            self.assertGreaterEqual(seizure.left, 0)
            self.assertLessEqual(paid[seizure.key], claims[seizure.key])
        self.assertLessEqual(
            sum(sum(r.advance.values()) for r in rows), total)
        self.assertEqual(
            fund.used, sum(sum(r.advance.values()) for r in rows))
