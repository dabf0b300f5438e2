# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.coop_mission import working_days

dates = st.dates(dt.date(1990, 1, 1), dt.date(2080, 1, 1))


class WorkingDaysTestCase(TestCase):
    "Test the working days of France"

    def test_holidays(self):
        "The eleven of 2026"
        self.assertEqual(sorted(working_days.holidays(2026)), [
                dt.date(2026, *day) for day in [
                    (1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25),
                    (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]])

    def test_may(self):
        "Five working days in a month of bridges"
        # Thursday the 30th of April: 4, 5, 6, 7 and, after the 8th, 11 May
        self.assertEqual(
            working_days.add(dt.date(2026, 4, 30), 5), dt.date(2026, 5, 11))
        self.assertEqual(
            working_days.add(dt.date(2026, 5, 8), 0), dt.date(2026, 5, 11))

    @given(dates, st.integers(1, 40))
    def test_count(self, date, days):
        "As many working days lie after the date, up to the end"
        end = working_days.add(date, days)
        span = [
            date + dt.timedelta(i) for i in range(1, (end - date).days + 1)]
        self.assertEqual(sum(map(working_days.is_working, span)), days)
        self.assertTrue(working_days.is_working(end))

    @given(dates, st.integers(0, 20), st.integers(1, 20))
    def test_steps(self, date, first, second):
        "Days are added one after the other"
        self.assertEqual(
            working_days.add(working_days.add(date, first), second),
            working_days.add(date, first + second)
            if working_days.is_working(date) or first else
            working_days.add(working_days.add(date, 0), second))
