# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.event import today
from trytond.pool import Pool

DAY = 24 * 60
_EPOCH = dt.date(1970, 1, 1).toordinal()


def hours_day(company):
    "Return the hours that a day of work has in a company"
    Configuration = Pool().get('coop.configuration')
    return Decimal(Configuration(1).get_multivalue(
            'hours_day', company=company.id))


def minutes(date):
    "Return the minute, since 1970, at which a day begins"
    return (date.toordinal() - _EPOCH) * DAY


def year_before(company, date=None):
    "Return the first day of the twelve months that end at a date"
    date = date or today(company.id)
    try:
        return date.replace(year=date.year - 1)
    except ValueError:
        # The 29th of February
        return date.replace(year=date.year - 1, day=28)
