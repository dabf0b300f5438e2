# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""When a SEPA mandate lapses, without Tryton

A mandate of which no collection was presented for 36 months from the due date
of the last one, be it refused, returned or refunded, may not be used any more
(SEPA Core and B2B Direct Debit Scheme Rulebooks, section 4.1; Banque de
France, FAQ on the SEPA direct debit). One that was never used counts from its
signature.
"""
import datetime as dt

from dateutil.relativedelta import relativedelta

LAPSE = relativedelta(months=36)


def last_day(used):
    """Return the last day on which a mandate may be presented.

    :param used: due date of the last collection, or date of the signature
    """
    return used + LAPSE


def used_since(date):
    "Return the earliest last use of the mandates that live at a date"
    used = date - LAPSE
    # 28 February leads to the 28th also in a leap year
    while last_day(used) < date:
        used += dt.timedelta(days=1)
    return used
