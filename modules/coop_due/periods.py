# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Periods of dues, who is present in them, what a month costs. No Tryton.

Model: a period is a whole number of months counted from an anchor: the first
of January, or the day on which the dues of a member began. Dues are computed
month by month, each month rounded, so that a quarter costs what its three
months cost, and that what is told of a month adds up.

Source: the day counts ("prorata temporis") as the notes of the PCG (art.
511-1 and 944-48) ask of revenue that belongs to a later period.
"""
import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

DAY = dt.timedelta(days=1)
CENT = Decimal('0.01')


@dataclass(frozen=True, order=True)
class Period:
    "Days from start to end, both included"
    start: dt.date
    end: dt.date

    @property
    def days(self):
        return max((self.end - self.start).days + 1, 0)

    def common(self, other):
        "Return the period of the days of both, or None"
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start <= end else None


def civil_anchor(date):
    return dt.date(date.year, 1, 1)


def period_at(date, months, anchor):
    """Return the period of so many months that contains a date.

    :param anchor: first day of a period, before the date or after it
    """
    distance = (date.year - anchor.year) * 12 + date.month - anchor.month
    count = distance // months
    # The day of the month tells whether the last period has begun
    while anchor + relativedelta(months=count * months) > date:
        count -= 1
    while anchor + relativedelta(months=(count + 1) * months) <= date:
        count += 1
    return Period(
        anchor + relativedelta(months=count * months),
        anchor + relativedelta(months=(count + 1) * months) - DAY)


def periods_until(start, until, months, anchor):
    """Yield the periods that begin until a date, from that which has a start.

    :param start: any day of the first period
    :param until: the last day on which a period may begin, included
    """
    period = period_at(start, months, anchor)
    while period.start <= until:
        yield period
        period = period_at(period.end + DAY, months, anchor)


def months_of(period, anchor):
    "Return the months of a period"
    return list(periods_until(period.start, period.end, 1, anchor))


def present_days(period, presence):
    """Return the days of a period on which somebody is present.

    :param presence: periods that have no day in common
    """
    return sum(p.days for p in (period.common(o) for o in presence) if p)


@dataclass(frozen=True)
class Month:
    "What a month costs somebody who is present on some of its days"
    period: Period
    days: int
    amount: Decimal


def round_(amount, unit=CENT):
    "Round a half away from zero"
    return (amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit


def month_costs(period, anchor, presence, monthly, prorata, unit=CENT):
    """Return what each month of a period costs.

    :param presence: periods on which dues are owed
    :param monthly: the price of a whole month
    :param prorata: 'days', 'months' (a month begun is owed whole) or 'none'
        (a period begun is owed whole)
    :param unit: what amounts are rounded to
    """
    result = []
    begun = bool(present_days(period, presence))
    for month in months_of(period, anchor):
        days = present_days(month, presence)
        owed = {
            'days': days, 'months': month.days if days else 0,
            'none': month.days if begun else 0}[prorata]
        # Multiplied first: what is exact stays so
        result.append(Month(
                month, days, round_(monthly * owed / month.days, unit)))
    return result


def fraction(period, anchor, presence):
    "Return which part of a period somebody is present, month by month"
    months = months_of(period, anchor)
    return sum(
        Decimal(present_days(m, presence)) / m.days for m in months
        ) / len(months)


def weight(period):
    "Return how many months there are in a period, whole or in part"
    return sum(
        Fraction(period.common(month).days, month.days)
        for month in months_of(period, period.start.replace(day=1)))


def earned(period, amount, date, unit=CENT):
    """Return the part of an amount that belongs to the days until a date.

    It never passes the amount and is the whole of it from the last day on; a
    whole month weighs the same, long or short.

    :param period: the days to which the amount belongs
    :param date: the last day, included
    """
    if date < period.start:
        return Decimal(0)
    if date >= period.end:
        return amount
    part = weight(Period(period.start, date)) / weight(period)
    # As a fraction, for a third of a month is no decimal number
    return int(Fraction(amount) / Fraction(unit) * part) * unit
