# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Properties of splits: nothing is lost, whatever the price"
import time
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..split import CENT, share_out, split_invoice

cents = st.integers(0, 10_000_000).map(lambda n: n * CENT)
fractions = st.integers(0, 45).map(lambda n: Decimal(n) / 100)


class SplitTestCase(unittest.TestCase):
    "Test splits"

    @given(st.lists(cents, min_size=1, max_size=8), fractions, fractions)
    def test_sums(self, amounts, contribution, referral):
        made = split_invoice(amounts, contribution, referral)
        self.assertEqual([r.amount for r in made.rows], amounts)
        self.assertEqual(sum(r.price for r in made.rows), made.price)
        self.assertEqual(
            sum(r.referral for r in made.rows), made.referral)
        self.assertEqual(
            sum(r.contribution for r in made.rows), made.contribution)
        self.assertEqual(
            made.amount + made.referral + made.contribution, made.price)
        for row in made.rows:
            self.assertEqual(
                row.amount + row.referral + row.contribution, row.price)
            self.assertGreaterEqual(row.contribution, -CENT)

    @given(st.integers(-10_000_000, 10_000_000),
        st.lists(cents, min_size=1, max_size=8))
    def test_share_out(self, total, weights):
        total *= CENT
        parts = share_out(total, weights)
        self.assertEqual(sum(parts), total)
        whole = sum(weights)
        for part, weight in zip(parts, weights):
            exact = (
                total * weight / whole if whole else total / len(weights))
            self.assertLess(abs(part - exact), CENT)

    def test_ties(self):
        "Cents that are left go to the first, thus the oldest member"
        self.assertEqual(
            share_out(Decimal('100'), [Decimal(1)] * 3),
            [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')])
        self.assertEqual(
            share_out(Decimal('-100'), [Decimal(1)] * 3),
            [Decimal('-33.34'), Decimal('-33.33'), Decimal('-33.33')])

    def test_example(self):
        "Two members and a referral: 2,000 and 1,000 for them"
        made = split_invoice(
            [Decimal(2000), Decimal(1000)], Decimal('.1'), Decimal('.02'))
        self.assertEqual(made.price, Decimal('3409.09'))
        self.assertEqual(made.referral, Decimal('68.18'))
        self.assertEqual(made.contribution, Decimal('340.91'))
        self.assertEqual(
            [r.price for r in made.rows],
            [Decimal('2272.73'), Decimal('1136.36')])

    def test_too_much(self):
        with self.assertRaises(ValueError):
            split_invoice([Decimal(1)], Decimal('.6'), Decimal('.4'))

    def test_many(self):
        "As fast as a month end asks for: a fiftieth of the benchmark"
        amounts = [Decimal(n) for n in [1000, 333, 420, 77, 1]]
        start = time.process_time()
        for n in range(2000):
            made = split_invoice(
                [a + n * CENT for a in amounts], Decimal('.1'),
                Decimal('.02'))
            self.assertEqual(sum(r.price for r in made.rows), made.price)
        self.assertLess(time.process_time() - start, .5)
