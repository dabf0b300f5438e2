# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The mean of evaluations, drawn to the mean of all while there are few.

One five is no better than forty times four and a half: a mean counts as if
WEIGHT evaluations of the mean of all came before it (a Bayesian mean). It is
always between the own mean and that of all, nearer to the own one with each
evaluation, and shown with their number.
"""
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

LOWEST, HIGHEST = 1, 5
WEIGHT = 5
DIGITS = Decimal('.01')


@dataclass(frozen=True)
class Mean:
    "count: of evaluations; own: their mean; shown: what is drawn to all"
    count: int
    own: Decimal
    shown: Decimal


def shrink(total, count, overall, weight=WEIGHT):
    """Return the mean of some evaluations, drawn to that of all.

    :param total: the sum of the evaluations, a Decimal
    :param count: how many they are
    :param overall: the mean of all evaluations
    :param weight: how many evaluations of the mean of all are added
    :raises ValueError: without any evaluation or for a negative weight
    """
    if count < 1 or weight < 0:
        raise ValueError("no evaluation, or a negative weight")
    return (total + weight * overall) / (count + weight)


def means(sums, weight=WEIGHT):
    """Return {key: Mean} of the evaluations of each key, rounded.

    :param sums: {key: (sum of the evaluations, how many)}
    """
    known = {k: v for k, v in sums.items() if v[1]}
    count = sum(n for _, n in known.values())
    if not count:
        return {}
    overall = sum((Decimal(t) for t, _ in known.values()), Decimal(0)) / count
    return {
        key: Mean(n, round_(Decimal(total) / n),
            round_(shrink(Decimal(total), n, overall, weight)))
        for key, (total, n) in known.items()}


def round_(value):
    return value.quantize(DIGITS, ROUND_HALF_EVEN)
