# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who is free: a week of half-days, and absences.

Imports no Tryton. A half-day is (day of the week, half), the day from 0 for
Monday, the half 'am' or 'pm'.
"""
import datetime as dt

DAYS = [
    'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',
    'sunday']
HALVES = ['am', 'pm']
WEEKEND = {5, 6}


def needed_days(start, end):
    """Return the days of the week that a span of dates asks for.

    Those from Monday to Friday; the others only when there is nothing else
    in the span, as nobody has to work at the weekend of a long mission.

    :param start: the first date
    :param end: the last date, included
    :raises ValueError: when the end is before the start
    """
    if end < start:
        raise ValueError(f'{end} is before {start}')
    count = min((end - start).days + 1, 7)
    days = {
        (start + dt.timedelta(days=i)).weekday() for i in range(count)}
    return days - WEEKEND or days


def is_free(week, absences, start, end, whole_days=False):
    """Return whether somebody is free for the whole of a span.

    :param week: the set of half-days at which he works
    :param absences: pairs of dates (first, last)
    :param start: the first date of the span
    :param end: the last date, included
    :param whole_days: whether both halves of each day are asked for
    """
    asked = all if whole_days else any
    return (
        all(asked((day, half) in week for half in HALVES)
            for day in needed_days(start, end))
        and not any(
            first <= end and last >= start for first, last in absences))
