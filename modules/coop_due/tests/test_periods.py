# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from ..periods import (
    DAY, Period, earned, fraction, month_costs, months_of, period_at,
    periods_until, present_days, round_)

D = Decimal
CIVIL = dt.date(2000, 1, 1)
dates = st.dates(dt.date(2019, 1, 1), dt.date(2032, 12, 31))
lengths = st.sampled_from([1, 3, 6, 12])
amounts = st.decimals(0, 1000, places=2)


@st.composite
def presences(draw):
    "Periods in order that have no day in common"
    days = sorted(draw(st.sets(dates, max_size=8)))
    return [Period(a, b) for a, b in zip(days[::2], days[1::2])]


class PeriodsTestCase(unittest.TestCase):
    "Test what periods of dues cost"

    @given(dates, lengths, dates)
    def test_contains(self, date, months, anchor):
        "The period at a date contains it, and its neighbours touch it"
        period = period_at(date, months, anchor)
        self.assertLessEqual(period.start, date)
        self.assertLessEqual(date, period.end)
        after = period_at(period.end + DAY, months, anchor)
        self.assertEqual(after.start, period.end + DAY)
        before = period_at(period.start - DAY, months, anchor)
        self.assertEqual(before.end, period.start - DAY)

    @given(dates, lengths, dates)
    def test_months(self, date, months, anchor):
        "A period is exactly its months"
        period = period_at(date, months, anchor)
        found = months_of(period, anchor)
        self.assertEqual(len(found), months)
        self.assertEqual(found[0].start, period.start)
        self.assertEqual(found[-1].end, period.end)
        self.assertEqual(sum(m.days for m in found), period.days)

    def test_civil(self):
        self.assertEqual(
            period_at(dt.date(2026, 11, 17), 3, CIVIL),
            Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31)))

    def test_anniversary_at_the_end_of_a_month(self):
        "Who began on 31 January goes on at the end of February"
        anchor = dt.date(2023, 1, 31)
        self.assertEqual(
            [p.start for p in periods_until(
                    anchor, dt.date(2023, 4, 30), 1, anchor)],
            [dt.date(2023, 1, 31), dt.date(2023, 2, 28),
                dt.date(2023, 3, 31), dt.date(2023, 4, 30)])

    def test_newcomer(self):
        "14 of the 30 days of November at 15 euros are 7 euros"
        presence = [Period(dt.date(2026, 11, 17), dt.date.max)]
        november = period_at(dt.date(2026, 11, 1), 1, CIVIL)

        def cost(prorata):
            month, = month_costs(november, CIVIL, presence, D(15), prorata)
            return month.amount
        self.assertEqual(cost('days'), D('7.00'))
        self.assertEqual(cost('months'), D('15.00'))
        self.assertEqual(cost('none'), D('15.00'))
        quarter = period_at(dt.date(2026, 11, 1), 3, CIVIL)
        for prorata, amounts in [
                ('days', [0, 7, 15]), ('months', [0, 15, 15]),
                ('none', [15, 15, 15])]:
            with self.subTest(prorata):
                self.assertEqual([m.amount for m in month_costs(
                            quarter, CIVIL, presence, D(15), prorata)],
                    amounts)

    @given(dates, presences(), amounts, st.sampled_from(['days', 'months']))
    def test_same_total(self, date, presence, monthly, prorata):
        "A year, its quarters and its months cost the same"
        year = period_at(date, 12, CIVIL)

        def total(months):
            return sum(
                m.amount
                for p in periods_until(year.start, year.end, months, CIVIL)
                for m in month_costs(p, CIVIL, presence, monthly, prorata))
        self.assertEqual(total(12), total(3))
        self.assertEqual(total(12), total(1))

    @given(dates, lengths, presences(), amounts)
    def test_bounds(self, date, months, presence, monthly):
        "Nobody pays more than whole months, nor anything when away"
        period = period_at(date, months, CIVIL)
        for prorata in ['days', 'months', 'none']:
            costs = month_costs(period, CIVIL, presence, monthly, prorata)
            total = sum(m.amount for m in costs)
            self.assertLessEqual(total, months * monthly)
            days = present_days(period, presence)
            self.assertEqual(sum(m.days for m in costs), days)
            if not days:
                self.assertEqual(total, 0)
            elif days == period.days:
                self.assertEqual(total, months * monthly)

    @given(dates, presences())
    def test_fraction(self, date, presence):
        year = period_at(date, 12, CIVIL)
        part = fraction(year, CIVIL, presence)
        self.assertTrue(0 <= part <= 1)
        self.assertEqual(part == 0, not present_days(year, presence))

    @given(dates, dates, st.decimals(-1000, 1000, places=2), dates, dates)
    def test_earned(self, one, other, amount, day, later):
        "What is earned grows from nothing to the whole amount"
        period = Period(min(one, other), max(one, other))
        assume(day <= later)
        before, after = (earned(period, amount, d) for d in [day, later])
        self.assertLessEqual(abs(before), abs(after))
        self.assertLessEqual(abs(after), abs(amount))
        self.assertEqual(earned(period, amount, period.end), amount)
        self.assertEqual(earned(period, amount, period.start - DAY), 0)

    def test_earned_by_month(self):
        "A yearly amount is earned by twelfths"
        year = Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
        self.assertEqual(
            [earned(year, D(180), dt.date(2026, m + 1, 1) - DAY)
                for m in range(1, 12)],
            [15 * m for m in range(1, 12)])

    def test_round(self):
        self.assertEqual(
            [round_(D(a)) for a in ['1.005', '-1.005', '1.004']],
            [D('1.01'), D('-1.01'), D('1.00')])
