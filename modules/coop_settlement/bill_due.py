# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The last day on which a bill may be paid. No Tryton.

C. com. L441-10 I: 30 days after the service without an agreement; agreed, at
most 60 days after the date of the bill, or 45 days end of month; a periodic
bill (CGI 289 I-3), 45 days after its date. Whether the client has paid has no
part in it: a clause "paid when the client pays" may only bring a payment
forward.
"""
import calendar
import datetime as dt

DEFAULT_DAYS = 30
AGREED_DAYS = 60
END_OF_MONTH_DAYS = 45
PERIODIC_DAYS = 45


def latest(date, periodic=False, end_of_month=False):
    """Return the last day that may be agreed.

    :param date: of the bill
    :param periodic: it recapitulates a month
    :param end_of_month: days end of month were agreed
    """
    if periodic:
        return date + dt.timedelta(days=PERIODIC_DAYS)
    if end_of_month:
        return month_end(date + dt.timedelta(days=END_OF_MONTH_DAYS))
    return date + dt.timedelta(days=AGREED_DAYS)


def due_date(
        date, days=None, performed=None, periodic=False, end_of_month=False):
    """Return the day on which a bill is due.

    :param date: of the bill
    :param days: that were agreed, None when nothing was
    :param performed: last day of the service, that of the bill by default
    :param periodic: it recapitulates a month
    :param end_of_month: whether the days agreed run to the end of the month
    """
    limit = latest(date, periodic, end_of_month)
    if days is None:
        # Never before the bill: nobody pays what was not asked for
        return min(limit, max(
                date, (performed or date)
                + dt.timedelta(days=DEFAULT_DAYS)))
    if days < 0:
        raise ValueError("days from 0")
    due = date + dt.timedelta(days=days)
    if end_of_month:
        due = month_end(due)
    return min(due, limit)


def month_end(date):
    "Return the last day of the month of a date"
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])
