# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..lots import lots, take

quantities = st.integers(1, 100)


def day(number):
    return dt.date(2020, 1, 1) + dt.timedelta(days=number)


@st.composite
def histories(draw):
    "Changes in the order of their days, that never take more than is held"
    changes, held = [], 0
    for number in range(draw(st.integers(1, 12))):
        since = day(draw(st.integers(-50, number))) if draw(
            st.booleans()) else None
        quantity = draw(quantities)
        if held and draw(st.booleans()):
            quantity = -min(quantity, held)
        held += quantity
        changes.append((day(number), since, quantity))
    return changes


class LotsTestCase(unittest.TestCase):
    "Test since when shares are held"

    def test_oldest_first(self):
        changes = [
            (day(0), None, 5), (day(9), None, 3), (day(20), None, -6)]
        self.assertEqual(lots(changes), [(day(9), 2)])

    def test_named(self):
        "What names a lot is of it, and the rest is of the oldest"
        changes = [
            (day(5), None, 5), (day(9), day(1), 3), (day(20), day(5), -4)]
        self.assertEqual(lots(changes), [(day(1), 3), (day(5), 1)])
        changes.append((day(21), day(5), -2))
        self.assertEqual(lots(changes), [(day(1), 2)])

    @given(histories())
    def test_sum(self, changes):
        "The lots sum to what is held, in the order of their days"
        result = lots(changes)
        self.assertEqual(
            sum(n for _, n in result), sum(n for *_, n in changes))
        self.assertTrue(all(n > 0 for _, n in result))
        self.assertEqual(result, sorted(result))

    @given(histories(), st.integers(0, 1000))
    def test_take(self, changes, quantity):
        "The oldest are taken, and what is taken and left is what was held"
        held = lots(changes)
        taken = take(held, quantity)
        self.assertEqual(
            sum(n for _, n in taken),
            min(quantity, sum(n for _, n in held)))
        left = lots([(d, None, n) for d, n in held]
            + [(day(99), d, -n) for d, n in taken])
        self.assertEqual(
            sum(n for _, n in left) + sum(n for _, n in taken),
            sum(n for _, n in held))
        if left and taken:
            self.assertLessEqual(taken[-1][0], left[0][0])
