# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..bill_due import due_date, latest, month_end

dates = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
delays = st.none() | st.integers(0, 400)


class BillDueTestCase(unittest.TestCase):
    "Test the last day on which a bill may be paid"

    def test_cases(self):
        "The delays of C. com. L441-10"
        date = dt.date(2026, 1, 20)
        for kwargs, expected in [
                # Nothing was agreed: 30 days after the service
                ({}, dt.date(2026, 2, 19)),
                ({'performed': dt.date(2026, 1, 5)}, dt.date(2026, 2, 4)),
                # Long ago: due when it is asked for
                ({'performed': dt.date(2025, 6, 1)}, date),
                ({'days': 15}, dt.date(2026, 2, 4)),
                ({'days': 60}, dt.date(2026, 3, 21)),
                # More than the law allows
                ({'days': 90}, dt.date(2026, 3, 21)),
                ({'days': 60, 'periodic': True}, dt.date(2026, 3, 6)),
                ({'days': 45, 'end_of_month': True}, dt.date(2026, 3, 31)),
                ({'days': 30, 'end_of_month': True}, dt.date(2026, 2, 28)),
                ]:
            with self.subTest(**kwargs):
                self.assertEqual(due_date(date, **kwargs), expected)

    def test_negative(self):
        with self.assertRaises(ValueError):
            due_date(dt.date(2026, 1, 20), -1)

    @given(dates, delays, dates, st.booleans(), st.booleans())
    def test_never_later(self, date, days, performed, periodic, end):
        "Whatever is agreed, a bill is due from its date to the legal limit"
        due = due_date(date, days, performed, periodic, end)
        self.assertLessEqual(date, due)
        self.assertLessEqual(due, latest(date, periodic, end))

    @given(dates)
    def test_month_end(self, date):
        end = month_end(date)
        self.assertEqual((end.year, end.month), (date.year, date.month))
        self.assertEqual((end + dt.timedelta(days=1)).day, 1)
