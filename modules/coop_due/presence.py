# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""On which days a member owes dues, and in which category. No Tryton.

Model: the events of a life are read in the order in which they take effect,
as coop_member/life.py does. Dues are owed from the admission (or the
activation) to the last day of membership, except from a suspension to the day
before the resumption.
"""
import datetime as dt
from dataclasses import dataclass

from .periods import DAY, Period


@dataclass(frozen=True)
class Stay:
    "Days on which somebody owes the dues of a category"
    period: Period
    category: object


def stays(events, start_on='admission'):
    """Return the stays of a life, in order, with no day in common.

    :param events: (kind, date, category or None) in the order of effect
    :param start_on: the kind of event from which dues are owed, 'admission'
        or 'activation'
    """
    result, since, category, member = [], None, None, False
    for kind, date, new_category in events:
        before, owing = (since, category), since is not None
        if kind == 'departure':
            # The last day still counts
            member, last, since = False, date, None
        elif kind == 'suspension':
            last, since = date - DAY, None
        else:
            last = date - DAY
            if kind == start_on:
                member = True
            if kind in {start_on, 'resumption'} and member:
                since = date
            elif kind == 'category' and owing:
                since = date
        if new_category is not None:
            category = new_category
        if owing and before != (since, category):
            _close(result, before, last)
    if since is not None:
        _close(result, (since, category), dt.date.max)
    return result


def _close(result, before, last):
    since, category = before
    if since <= last:
        result.append(Stay(Period(since, last), category))


def of_category(stays_, category, start=None, end=None):
    "Return the periods of the stays in a category, inside two dates or not"
    limits = Period(start or dt.date.min, end or dt.date.max)
    found = (
        s.period.common(limits) for s in stays_ if s.category == category)
    return [p for p in found if p]
