# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How much cash the capital will ask for. Imports no Tryton.

Amounts are Decimal in the company's currency; rates are fractions.

Model: quarter after quarter capital comes in and members leave; what the
floor allows of those who left is cancelled, the others wait; what is cancelled
is repaid when its deferral ends.

Invariant: at the end of each quarter capital + owed + paid is what came in.
"""
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Rules:
    """The rules and the scenario

    ``minimum`` and ``fraction`` make the floor (loi 47-1775, art. 13);
    ``deferral`` is in quarters; ``exit_rate`` is the part of the capital whose
    holders leave in a year; ``new_capital`` is subscribed each quarter.
    """
    minimum: Decimal
    fraction: Decimal
    deferral: int
    exit_rate: Decimal
    new_capital: Decimal


@dataclass(frozen=True)
class Quarter:
    "``cash`` leaves in the quarter; the rest is at its end"
    cash: Decimal
    capital: Decimal
    floor: Decimal
    waiting: Decimal
    owed: Decimal

    @property
    def distance(self):
        return self.capital - self.floor


def forecast(number, capital, highest, waiting, due, rules, round_):
    """Return the Quarters to come.

    :param number: how many
    :param capital: of today, what waits included
    :param highest: ever reached
    :param waiting: the capital of the withdrawals asked for
    :param due: {quarter: amount} owed already, 0 for this quarter and what is
        overdue
    :param round_: function rounding a Decimal to the currency
    """
    due = defaultdict(Decimal, due)
    owed = sum(due.values(), ZERO)
    result = []
    for quarter in range(number):
        capital += rules.new_capital
        highest = max(highest, capital)
        floor = max(rules.minimum, round_(highest * rules.fraction))
        staying = capital - waiting
        waiting += round_(staying * rules.exit_rate / 4)
        cancelled = max(ZERO, min(waiting, capital - floor))
        capital -= cancelled
        waiting -= cancelled
        owed += cancelled
        due[quarter + rules.deferral] += cancelled
        owed -= due[quarter]
        result.append(Quarter(due[quarter], capital, floor, waiting, owed))
    return result
