# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Working days of France: Monday to Friday, but the public holidays.

C. trav. L3133-1; the two more of Alsace-Moselle (L3134-13) are not counted as
holidays, which makes a deadline there one day shorter at most.
"""
import datetime as dt
from functools import lru_cache

from dateutil.easter import easter

_FIXED = [
    (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
# Days after Easter: its Monday, the Ascension, Whit Monday
_MOVING = [1, 39, 50]


@lru_cache(maxsize=64)
def holidays(year):
    "Return the public holidays of a year, a frozenset of dates"
    first = easter(year)
    return frozenset(
        [dt.date(year, month, day) for month, day in _FIXED]
        + [first + dt.timedelta(days) for days in _MOVING])


def is_working(date):
    "Whether a date is a working day"
    return date.weekday() < 5 and date not in holidays(date.year)


def add(date, days):
    """Return the working day that is some working days after a date.

    The day itself does not count (C. proc. civ. art. 641); with 0 days it is
    the date if it is a working day, or the next one (art. 642).
    """
    while not is_working(date) and not days:
        date += dt.timedelta(1)
    while days:
        date += dt.timedelta(1)
        days -= is_working(date)
    return date
