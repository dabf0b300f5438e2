# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..capital import NOTHING, Deltas
from ..movement import KINDS
from ..variation import CLOSING, OPENING, STEPS, step, variation

amounts = st.decimals(-10**6, 10**6, places=2)
deltas = st.builds(
    Deltas, st.integers(-1000, 1000), amounts, amounts, amounts, amounts)
changes = st.lists(st.tuples(st.sampled_from(STEPS), deltas))


class VariationTestCase(unittest.TestCase):
    "Test how the capital went from one date to another"

    @given(deltas, changes)
    def test_closing(self, opening, changes_):
        "The opening and the steps sum to the closing"
        (first, before), *steps, (last, after) = variation(opening, changes_)
        self.assertEqual([first, last], [OPENING, CLOSING])
        self.assertEqual(before, opening)
        self.assertEqual(sum((d for _, d in steps), before), after)
        self.assertEqual(
            after, sum((d for _, d in changes_), opening))

    @given(deltas, changes)
    def test_steps(self, opening, changes_):
        "What happened is told once, in one order, even if it sums to nothing"
        names = [name for name, _ in variation(opening, changes_)[1:-1]]
        self.assertEqual(
            names, [n for n in STEPS if n in {n for n, _ in changes_}])

    @given(changes, changes)
    def test_periods(self, first, second):
        "Two periods that follow each other are one"
        _, middle = variation(NOTHING, first)[-1]
        self.assertEqual(
            variation(middle, second)[-1],
            variation(NOTHING, first + second)[-1])

    def test_every_kind(self):
        "Each kind of movement has its step"
        for kind, _ in KINDS:
            for quantity in [-1, 0, 1]:
                self.assertIn(step(kind, quantity), STEPS)
        self.assertEqual(step('conversion', -1), 'conversion_out')
        self.assertEqual(step('conversion', 1), 'conversion_in')

    def test_unknown_step(self):
        "A step that nobody knows is not lost"
        with self.assertRaises(KeyError):
            variation(NOTHING, [('gift', NOTHING)])
