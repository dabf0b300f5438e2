# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from ..price import CENT, round_, shares, split

AMOUNT = st.decimals('0', '1000000', places=2)
FRACTION = st.decimals('0', '0.49', places=4)


class PriceTestCase(unittest.TestCase):
    "Test the price of a client"

    def test_by_hand(self):
        "10 % and 2 % of 2,272.73 leave 2,000.00 to the member"
        made = split(D(2000), D('.1'), D('.02'))
        self.assertEqual(made.total, D('2272.73'))
        self.assertEqual(made.referral, D('45.45'))
        self.assertEqual(made.contribution, D('227.28'))
        self.assertEqual(made.members, D('2000.00'))

    @given(AMOUNT, FRACTION, FRACTION)
    def test_split(self, amount, contribution, referral):
        "Members get theirs, the parts sum up, the fractions are kept"
        made = split(amount, contribution, referral)
        self.assertEqual(made.members, amount)
        self.assertEqual(
            made.members + made.contribution + made.referral, made.total)
        self.assertLessEqual(
            abs(made.contribution - made.total * contribution), D('.02'))
        self.assertLessEqual(
            abs(made.referral - made.total * referral), CENT / 2)
        if not contribution:
            self.assertEqual(made.contribution, 0)

    def test_nothing_left(self):
        for rates in [(D('.5'), D('.5')), (D('-.1'), D(0)), (D(1), D(0))]:
            with self.subTest(rates), self.assertRaises(ValueError):
                split(D(10), *rates)

    @given(AMOUNT, st.lists(AMOUNT, min_size=1, max_size=9))
    def test_shares(self, total, amounts):
        "The parts sum to the total, each within a cent of its own"
        parts = shares(total, amounts)
        self.assertEqual(sum(parts), total)
        weight = sum(amounts)
        for part, amount in zip(parts, amounts):
            self.assertGreaterEqual(part, 0)
            if weight:
                self.assertLess(abs(part - total * amount / weight), CENT)

    def test_round(self):
        self.assertEqual(round_(D('0.125')), D('0.13'))
        self.assertEqual(round_(D('2.5'), D(1)), D(3))
