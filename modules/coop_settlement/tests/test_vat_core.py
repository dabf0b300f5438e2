# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Properties of the proof of VAT"
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..vat import Entry, left, prove

YEAR = dt.date(2022, 1, 1), dt.date(2022, 12, 31)
START, END = dt.date(2022, 4, 1), dt.date(2022, 6, 30)
cents = st.integers(-1_000_000, 1_000_000).map(lambda n: Decimal(n) / 100)
days = st.dates(*YEAR)
periods = st.one_of(st.none(), days.map(lambda d: d.replace(day=1)))


@st.composite
def entries(draw):
    "A line that its tax lines explain whole"
    parts = draw(st.lists(st.tuples(cents, periods), max_size=3))
    amount = sum((a for a, _ in parts), Decimal(0))
    returned = not parts and draw(st.booleans())
    if returned:
        amount = draw(cents)
    return Entry(
        draw(st.sampled_from(['44571', '44566'])), draw(days), amount,
        tuple(parts), returned, draw(st.integers(1, 5)))


class ProofTestCase(unittest.TestCase):
    "Test the proof"

    @given(st.lists(entries()))
    def test_holds(self, rows):
        "What tax lines explain leaves no difference, and the sums agree"
        proofs, awaiting = prove(rows, START, END)
        for proof in proofs:
            self.assertEqual(proof.unexplained, 0)
            self.assertEqual(proof.ledger, sum(
                    r.amount for r in rows
                    if r.account == proof.account and r.date <= END))
        self.assertEqual(
            sum(p.awaiting for p in proofs), sum(awaiting.values()))

    @given(st.lists(entries()), cents)
    def test_mistake(self, rows, amount):
        "An entry that nothing explains is the difference, to the cent"
        mistake = Entry('44571', START, amount)
        proofs, _ = prove([*rows, mistake], START, END)
        self.assertEqual(
            {p.account: p.unexplained for p in proofs if p.unexplained},
            {'44571': amount} if amount else {})

    @given(st.lists(entries()))
    def test_quarters(self, rows):
        "What the quarters declare is what the year does"
        quarters = [
            (dt.date(2022, m, 1), dt.date(2022, m + 3, 1) - dt.timedelta(1))
            for m in [1, 4, 7]] + [(dt.date(2022, 10, 1), YEAR[1])]
        # An entry is never counted before its own period
        rows = [
            Entry(r.account, min(
                    [r.date, *(p for _, p in r.counted if p)]), r.amount,
                r.counted, r.returned, r.invoice) for r in rows]

        def declared(start, end):
            return sum(p.declared for p in prove(rows, start, end)[0])
        self.assertEqual(
            sum(declared(*q) for q in quarters), declared(*YEAR))

    @given(st.integers(1, 1_000_000), st.integers(0, 100))
    def test_left(self, total, percent):
        "Nothing is left of what is paid, all of what is not"
        total = Decimal(total) / 100
        tax = (total / 6).quantize(Decimal('.01'))
        self.assertEqual(left(tax, total, total), 0)
        self.assertEqual(left(tax, total, Decimal(0)), tax)
        part = left(tax, total, total * percent / 100)
        self.assertTrue(0 <= part <= tax)
