# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a plan comes to: served, travelled, shared.

Imports no Tryton and needs no OR-tools.
"""
from dataclasses import dataclass

import numpy as np

from .plan_state import hours, total


@dataclass(frozen=True)
class Measures:
    """``assigned`` and ``demands`` are counts, ``travel`` is in km one way
    (``travel_each`` for each served demand), ``gini`` and ``min_mean`` of the
    loads once all is proposed, among those who declare availability;
    ``points`` is the cost by the rule."""
    demands: int
    assigned: int
    hours: float
    travel: float
    gini: float
    min_mean: float
    points: float

    @property
    def travel_each(self):
        return self.travel / self.assigned if self.assigned else 0.0


def gini(values):
    """Return the Gini coefficient of amounts that are zero or more.

    0 when all are equal (or none is there), near 1 when one has all.
    """
    values = np.sort(np.asarray(values, float))
    if not len(values) or values[-1] <= 0:
        return 0.0
    # So that no sum overflows
    values = values / values[-1]
    n = len(values)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(max((weights * values).sum() / (n * values.sum()), 0.0))


def min_mean(values):
    "Return the least amount over the mean of all, 1 when all are equal"
    values = np.asarray(values, float)
    if not len(values) or values.max() <= 0:
        return 1.0
    return float(min(values.min() / values.mean(), 1.0))


def loads(problem, who):
    "(members with availability,) loads once a plan is proposed"
    members = problem.members
    there = members.availability > 0
    work = members.proposed + hours(problem, who)
    return work[there] / members.availability[there]


def measure(problem, rule, who):
    "Return the Measures of a plan: (demands,) rows of members, -1 for nobody"
    rows = np.flatnonzero(who >= 0)
    km = np.nan_to_num(problem.km[rows, who[rows]], nan=rule.unplaced)
    after = loads(problem, who)
    return Measures(
        demands=len(who), assigned=len(rows),
        hours=float(problem.demands.hours[rows].sum()),
        travel=float(km.sum()), gini=gini(after), min_mean=min_mean(after),
        points=total(problem, rule, who))
