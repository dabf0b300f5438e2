# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What members have done for a client who accepted it: what is owed.

Imports no Tryton: settlements, which split and invoice it, are made of these
rows and of nothing else.
"""
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HOUR = 3600


@dataclass(frozen=True)
class Performed:
    """What is owed to a member for a piece of work or for a cost.

    :param date: the day on which it was done (CGI art. 269: that of the VAT)
    :param amount: for the member, without tax
    :param kind: 'work' or 'cost'
    :param origin: the record that it comes from, settled once
    """
    member: Any
    date: dt.date
    description: str
    amount: Decimal
    kind: str
    origin: Any


def price(quantity, unit_price, unit=Decimal('.01')):
    "Return a quantity at a price, rounded to the smallest amount"
    return (Decimal(quantity) * Decimal(unit_price)).quantize(unit)


def unit_of(currency):
    "Return the smallest amount of a currency, cents until it is known"
    return Decimal(1).scaleb(-(currency.digits if currency else 2))


def hours(duration):
    "Return the hours of a timedelta, as a Decimal of four places"
    return (Decimal(duration.total_seconds()) / HOUR).quantize(
        Decimal('.0001'))


def by_member(rows):
    "Return {member: amount} of what was performed"
    result = defaultdict(Decimal)
    for row in rows:
        result[row.member] += row.amount
    return dict(result)
