# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..availability import HALVES, is_free, needed_days

MONDAY = dt.date(2021, 3, 1)
WEEK = {(day, half) for day in range(5) for half in HALVES}
days = st.integers(0, 60).map(lambda i: MONDAY + dt.timedelta(days=i))
weeks = st.sets(st.tuples(st.integers(0, 6), st.sampled_from(HALVES)))
absences = st.lists(
    st.tuples(days, st.integers(0, 9)).map(
        lambda a: (a[0], a[0] + dt.timedelta(days=a[1]))), max_size=3)


def day(number):
    return MONDAY + dt.timedelta(days=number)


class AvailabilityTestCase(unittest.TestCase):
    "Test who is free"

    def test_days(self):
        "A weekend is asked for only when there is nothing else"
        for start, end, expected in [
                (0, 0, {0}), (0, 4, {0, 1, 2, 3, 4}), (4, 7, {4, 0}),
                (5, 6, {5, 6}), (6, 6, {6}), (0, 60, {0, 1, 2, 3, 4})]:
            with self.subTest(start=start, end=end):
                self.assertEqual(
                    needed_days(day(start), day(end)), expected)
        with self.assertRaises(ValueError):
            needed_days(day(1), day(0))

    def test_whole_span(self):
        "One day off in the span, even not the first, and he is not free"
        self.assertTrue(is_free(WEEK, [], day(0), day(4)))
        for off in range(5):
            self.assertFalse(is_free(
                    WEEK, [(day(off), day(off))], day(0), day(4)))
        self.assertTrue(is_free(WEEK, [(day(5), day(9))], day(0), day(4)))

    def test_halves(self):
        "Half a day is enough, unless whole days are asked for"
        mornings = {(d, 'am') for d in range(5)}
        self.assertTrue(is_free(mornings, [], day(0), day(4)))
        self.assertFalse(is_free(mornings, [], day(0), day(4), True))
        self.assertFalse(is_free(
                mornings - {(2, 'am')}, [], day(0), day(4)))

    @given(weeks, absences, days, st.integers(0, 20), st.integers(0, 5))
    def test_part_of_a_span(self, week, absences, start, length, less):
        "Who is free for a span of working days is free for its start"
        end = start + dt.timedelta(days=length)
        part = max(start, end - dt.timedelta(days=less))
        if start.weekday() < 5 and is_free(week, absences, start, end):
            self.assertTrue(is_free(week, absences, start, part))

    @given(weeks, absences, days, st.integers(0, 20))
    def test_whole_days_ask_more(self, week, absences, start, length):
        end = start + dt.timedelta(days=length)
        if is_free(week, absences, start, end, whole_days=True):
            self.assertTrue(is_free(week, absences, start, end))
