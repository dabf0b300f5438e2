# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is declared each year of what independents were paid. No Tryton.

DAS2 (CGI 240 and ann. III 47): honoraires, commissions and refunded costs
*paid* in the calendar year, with tax, of each who got more than the threshold
from the cooperative. DAC7 (CGI 1649 ter A): per quarter, the number of
services, what was credited and what the operator kept.
"""
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
# The columns of the DAS2, by kind of what is settled
COLUMNS = {'work': 'fees', 'referral': 'commissions', 'cost': 'costs'}


@dataclass(frozen=True)
class Paid:
    """What was paid of one kind on a bill.

    :param amount: Decimal with tax
    :param withheld: Decimal ex VAT that the cooperative kept on the price
    :param services: the missions of clients that it is for
    """
    member: object
    date: object
    kind: str
    amount: Decimal
    withheld: Decimal = ZERO
    services: tuple = ()


@dataclass
class Declared:
    member: object
    fees: Decimal = ZERO
    commissions: Decimal = ZERO
    costs: Decimal = ZERO

    @property
    def total(self):
        return self.fees + self.commissions + self.costs


@dataclass
class Quarter:
    amount: Decimal = ZERO
    withheld: Decimal = ZERO
    services: set = field(default_factory=set)

    @property
    def count(self):
        return len(self.services)


def das2(payments, year, threshold):
    """Return the Declared of members paid more than the threshold.

    :param payments: Paid
    :param threshold: Decimal with tax, of the year
    """
    rows = {}
    for paid in payments:
        if paid.date.year != year:
            continue
        row = rows.setdefault(paid.member, Declared(paid.member))
        column = COLUMNS[paid.kind]
        setattr(row, column, getattr(row, column) + paid.amount)
    return [r for _, r in sorted(rows.items()) if r.total > threshold]


def dac7(payments, year):
    "Return {member: {quarter from 1 to 4: Quarter}} of a year"
    rows = defaultdict(lambda: {q: Quarter() for q in range(1, 5)})
    for paid in payments:
        if paid.date.year != year:
            continue
        quarter = rows[paid.member][(paid.date.month + 2) // 3]
        quarter.amount += paid.amount
        quarter.withheld += paid.withheld
        # What is given back is no service more
        if paid.amount > 0:
            quarter.services.update(paid.services)
    return dict(sorted(rows.items()))
