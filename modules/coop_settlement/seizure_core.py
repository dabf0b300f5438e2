# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What of a debt to a member goes to their creditors. No Tryton.

Model: a debt is earned day by day. A seizure reaches what was earned until the
day of its notice (CPC ex. L211-2), one of the tax office what comes after too
(LPF L262). The lowest rank is served first, then the oldest notice; those of
one rank and day come together, in the proportion of their claims (L211-2, LPF
L262): an act of the morning is not before one of the evening.

Invariants: nobody gets more than his claim, nor than what he reaches; all
together no more than there is. What is out of the reach of others is taken
first, so that the widest reach leaves as much as it can to the narrow ones.
"""
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import groupby

from trytond.modules.coop_mission.price import CENT, shares

ZERO = Decimal(0)


@dataclass
class Seizure:
    """What a creditor of the member has seized.

    :param left: Decimal, what of his claim is not paid yet
    :param date: on which it was notified
    :param future: whether it catches what comes after that day too
    :param payable: whether the creditor may be paid; else it is kept back
    """
    key: object
    member: object
    rank: int
    date: object
    left: Decimal
    future: bool = False
    payable: bool = False

    @property
    def until(self):
        "The last day of which it catches the work, None for any day"
        return None if self.future else self.date


def earned(total, rows):
    """Return ((day, Decimal), ...) of how a debt was earned; they sum to it.

    What was given back lessens what was earned before it: on no day more is
    owed than the least that is owed from that day on.

    :param total: Decimal, the whole debt
    :param rows: [(day, Decimal)] that tell the proportion, with tax; below
        zero what is given back
    """
    by_day = defaultdict(Decimal)
    for day, amount in rows:
        by_day[day] += amount
    days, owed, running = sorted(by_day), [], ZERO
    for day in days:
        running += by_day[day]
        owed.append(max(running, ZERO))
    for i in reversed(range(len(owed) - 1)):
        owed[i] = min(owed[i], owed[i + 1])
    weights = [after - before for before, after in zip([ZERO, *owed], owed)]
    return tuple(zip(days, shares(total, weights)))


def reach(whole, earned, until):
    """Return what of a debt is caught.

    :param whole: Decimal, the debt
    :param earned: ((day, Decimal), ...) or () when it is not known
    :param until: last day of which the work is caught, None for all
    """
    if until is None or not earned:
        return whole
    return min(whole, sum((a for day, a in earned if day <= until), ZERO))


def serve(amount, whole, earned, taken, seizures):
    """Return [(seizure, Decimal)] of who gets what of a debt.

    :param amount: Decimal of the debt that can be paid now
    :param whole: Decimal, the debt, whatever was paid of it before
    :param earned: ((day, Decimal), ...) as for reach()
    :param taken: [(last day caught or None, Decimal)] that creditors had of
        the debt before
    :param seizures: those of the member; their ``left`` is lessened
    """
    taken = [(reach(whole, earned, until), a) for until, a in taken]
    limits = {id(s): reach(whole, earned, s.until) for s in seizures}
    result = defaultdict(Decimal)
    for _, group in groupby(sorted(seizures, key=_order), key=_order):
        waiting = sorted(
            (s for s in group if s.left > 0), key=lambda s: limits[id(s)])
        while waiting:
            count, pool = _shortest(
                amount, whole, taken, [limits[id(s)] for s in waiting],
                [s.left for s in waiting])
            rivals, waiting = waiting[:count], waiting[count:]
            for seizure, part in zip(
                    rivals, _parts(pool, [s.left for s in rivals])):
                amount -= part
                seizure.left -= part
                taken.append((limits[id(seizure)], part))
                result[id(seizure)] += part
    return [(s, result[id(s)]) for s in seizures if result[id(s)]]


def _order(seizure):
    return seizure.rank, seizure.date


def _shortest(amount, whole, taken, limits, claims):
    """Return (how many of the first, Decimal) for whom there is the least.

    Those who reach at most as far as one of them share what that reach
    leaves: when it is less of their claims than what others may have, that
    is all they get.

    :param limits: reaches, in ascending order
    :param claims: what each still claims
    """
    found = []
    for i, limit in enumerate(limits):
        if limits[i + 1:i + 2] == [limit]:
            continue
        claim = sum(claims[:i + 1])
        pool = max(min(amount, claim, _room(limit, whole, taken)), ZERO)
        found.append((pool / claim, i + 1, pool))
    _, count, pool = min(found)
    return count, pool


def _room(limit, whole, taken):
    """Return what is left of the part of a debt that a reach covers.

    Who reaches further has taken from beyond it first, as far as that went.
    """
    return min(
        further - sum((a for r, a in taken if r <= further), ZERO)
        for further in {limit, whole, *(r for r, _ in taken)}
        if further >= limit)


def _parts(total, claims, unit=CENT):
    """Return the parts of a total in the proportion of claims.

    The first of them together never get more than their proportion: the odd
    cents go to those who reach further.
    """
    before, claimed, parts = ZERO, ZERO, []
    for claim in claims:
        claimed += claim
        until = (total * claimed / sum(claims) / unit).quantize(
            Decimal(1), ROUND_DOWN) * unit
        parts.append(until - before)
        before = until
    return parts
