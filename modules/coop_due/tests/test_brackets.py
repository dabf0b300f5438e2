# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..brackets import Bracket, Scale, in_force, true_up

D = Decimal
bases = st.decimals(0, 200_000, places=2)
rates = st.decimals(0, 1, places=4)
amounts = st.decimals(0, 500, places=2)
fractions = st.integers(0, 12).map(lambda n: D(n) / 12)


@st.composite
def brackets(draw):
    thresholds = sorted(draw(st.sets(
                st.integers(0, 150_000), min_size=1, max_size=5)))
    return tuple(
        Bracket(D(above), draw(rates), draw(amounts)) for above in thresholds)


@st.composite
def scales(draw):
    limits = sorted([draw(amounts), draw(amounts)])
    floor, cap = draw(st.sampled_from([
                (None, None), (limits[0], None), (None, limits[1]),
                tuple(limits)]))
    return Scale(
        draw(brackets()), draw(st.sampled_from(['marginal', 'whole'])),
        floor, cap)


@dataclass
class Version:
    date: dt.date


class BracketsTestCase(unittest.TestCase):
    "Test the engine of brackets"

    def test_marginal(self):
        "Each rate applies to its part, as for an income tax"
        scale = Scale((
                Bracket(D(0), D('.05')), Bracket(D(20_000), D('.03')),
                Bracket(D(50_000), D('.01'))))
        for base, due in [
                (0, 0), (10_000, 500), (20_000, 1000), (30_000, 1300),
                (60_000, 2000), (-5, 0)]:
            self.assertEqual(scale.due(D(base)).amount, due)
        self.assertEqual(
            [(p.base, p.amount) for p in scale.due(D(60_000)).parts],
            [(20_000, 1000), (30_000, 900), (10_000, 100)])

    def test_whole(self):
        "The bracket reached counts for the whole, with its fixed amount"
        scale = Scale((
                Bracket(amount=D(120)), Bracket(D(30_000), amount=D(240)),
                Bracket(D(60_000), D('.01'))), 'whole')
        for base, due in [
                (0, 120), (29_999, 120), (30_000, 240), (60_000, 600)]:
            self.assertEqual(scale.due(D(base)).amount, due)

    def test_limits(self):
        "Floor and cap follow the presence, and are told"
        scale = Scale(
            (Bracket(rate=D('.1')),), floor=D(120), cap=D(1200))
        due = scale.due(D(100), D('.5'))
        self.assertEqual((due.computed, due.amount), (10, 60))
        self.assertEqual(due.limited_by, 'floor')
        due = scale.due(D(100_000))
        self.assertEqual((due.amount, due.limited_by), (1200, 'cap'))
        self.assertIsNone(scale.due(D(5000)).limited_by)
        with self.assertRaises(AssertionError):
            Scale((), floor=D(2), cap=D(1))

    @given(scales(), bases, fractions)
    def test_between(self, scale, base, fraction):
        "What is due is between floor and cap, and a whole of cents"
        due = scale.due(base, fraction)
        if due.floor is not None:
            self.assertGreaterEqual(due.amount, due.floor)
        if due.cap is not None:
            self.assertLessEqual(due.amount, due.cap)
        self.assertEqual(due.amount, due.amount.quantize(D('.01')))

    @given(scales(), bases)
    def test_parts(self, scale, base):
        "The parts make the sum, and the bases of a marginal scale the base"
        due = scale.due(base)
        self.assertLessEqual(
            abs(sum((p.amount for p in due.parts), D(0)) - due.computed),
            D('.005'))
        if scale.method == 'marginal':
            first = min(b.above for b in scale.brackets)
            self.assertEqual(
                sum((p.base for p in due.parts), D(0)),
                max(base - first, 0))

    @given(brackets(), bases, bases)
    def test_monotonous(self, brackets, one, other):
        "A marginal scale never gives less for more"
        scale = Scale(brackets)
        one, other = sorted([one, other])
        self.assertLessEqual(scale.due(one).amount, scale.due(other).amount)

    @given(brackets(), bases, st.integers(0, 150_000))
    def test_split(self, brackets, base, above):
        "A bracket cut in two of the same rate changes nothing"
        above = D(above)
        cut = [b for b in brackets if b.above < above]
        if not cut or any(b.above == above for b in brackets):
            return
        more = (*brackets, Bracket(above, cut[-1].rate))
        self.assertEqual(
            Scale(brackets).due(base).amount, Scale(more).due(base).amount)

    @given(st.lists(st.dates(), unique=True), st.dates())
    def test_in_force(self, dates, date):
        "The last version that has begun is in force"
        version = in_force([Version(d) for d in dates], date)
        expected = max((d for d in dates if d <= date), default=None)
        self.assertEqual(version.date if version else None, expected)

    @given(scales(), bases, amounts, amounts)
    def test_true_up(self, scale, base, called, again):
        "What was called and the true-up make what is due, also twice"
        due = scale.due(base).amount
        first = true_up(due, called)
        self.assertEqual(called + first, due)
        self.assertEqual(true_up(due, called + first), 0)
