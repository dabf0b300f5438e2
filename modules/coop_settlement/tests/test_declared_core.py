# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..das2_core import Declared, Paid, dac7, das2
from ..statement_core import Activity, Statement

D = Decimal
amounts = st.decimals(-1_000, 5_000, places=2)
payments = st.lists(st.builds(
        Paid, st.integers(1, 4), st.dates(
            dt.date(2025, 1, 1), dt.date(2027, 12, 31)),
        st.sampled_from(['work', 'cost', 'referral']), amounts,
        amounts, st.tuples(st.integers(1, 5))))


class DeclaredTestCase(unittest.TestCase):
    "Test what is declared, and what a statement says"

    def test_das2(self):
        "Who got more than the threshold, by what they got it for"
        day = dt.date(2026, 3, 31)
        self.assertEqual(
            das2([
                    Paid('B', day, 'work', D(2400)),
                    Paid('A', day, 'work', D(2000)),
                    Paid('A', day, 'referral', D(300)),
                    Paid('A', day, 'cost', D('100.01')),
                    Paid('A', dt.date(2027, 1, 1), 'work', D(9)),
                    ], 2026, D(2400)),
            [Declared('A', D(2000), D(300), D('100.01'))])

    @given(payments, st.integers(0, 3000))
    def test_whole(self, payments, threshold):
        "Nothing of the year is lost of who is declared"
        rows = das2(payments, 2026, threshold)
        for row in rows:
            self.assertGreater(row.total, threshold)
            self.assertEqual(row.total, sum(
                    p.amount for p in payments
                    if p.member == row.member and p.date.year == 2026))

    @given(payments)
    def test_dac7(self, payments):
        "The quarters sum to the year"
        rows = dac7(payments, 2026)
        self.assertEqual(
            sum(q.amount for r in rows.values() for q in r.values()),
            sum(p.amount for p in payments if p.date.year == 2026))
        self.assertTrue(all(
                list(r) == [1, 2, 3, 4] for r in rows.values()))

    def test_dac7_count(self):
        day = dt.date(2026, 4, 1)
        quarter = dac7([
                Paid('A', day, 'work', D(10), D(1), ('x', 'z')),
                Paid('A', day, 'cost', D(5), D(0), ('x',)),
                Paid('A', day, 'work', D(20), D(2), ('y', 'z'))], 2026)['A'][2]
        self.assertEqual(
            (quarter.count, quarter.amount, quarter.withheld), (3, 35, 3))

    def test_statement(self):
        "1,000 of clients, 10 % and 2 % off, VAT of 20 %, 88 to shares"
        statement = Statement(
            D(1000), D(100), D(20), D(30), D(182), D(88), D(200), D(300))
        self.assertEqual(
            (statement.work, statement.untaxed, statement.billed,
                statement.net), (880, 910, 1092, 504))
        self.assertEqual(
            replace(statement, refund=D(50)).net, 554)

    @given(st.lists(amounts, min_size=5, max_size=5))
    def test_activity(self, values):
        "What is left is the price and the costs, less what others get"
        activity = Activity(*values)
        price, contribution, referred, referral, costs = values
        self.assertEqual(
            activity.left + contribution + referred,
            price + referral + costs)
