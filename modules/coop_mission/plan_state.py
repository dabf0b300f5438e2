# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A plan being made: who is proposed what, who is free, what it costs.

Imports no Tryton. Costs are whole thousandths of a point (``plan.POINT``).

Invariant: a member is never proposed two demands that overlap, nor one that
something stands against.
"""
import numpy as np

from .plan import POINT


class State:
    """Rows of the problem's members by demand, -1 for nobody.

    ``who``: (demands,); ``hours``: (members,) proposed in the plan;
    ``clash``: (members, demands) how many demands of the member overlap.
    """

    def __init__(self, problem, rule, who=None):
        self.problem = problem
        self.rule = rule
        self.open = problem.open
        self.fixed = np.rint(
            problem.fixed_cost(rule) * POINT).astype(np.int64)
        m, n = problem.blocked.shape
        self.who = np.full(m, -1)
        self.hours = np.zeros(n)
        self.clash = np.zeros((n, m), np.int16)
        self.ends = np.maximum.accumulate(problem.demands.end)
        if who is not None:
            for row in np.flatnonzero(np.asarray(who) >= 0):
                self.assign(row, who[row])

    def copy(self):
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        for name in ['who', 'hours', 'clash']:
            setattr(new, name, getattr(self, name).copy())
        return new

    def _near(self, row):
        "Return a slice of demands and which of them overlap the demand"
        demands = self.problem.demands
        # Demands are in the order of their start
        low = np.searchsorted(self.ends, demands.start[row], 'right')
        high = np.searchsorted(demands.start, demands.end[row], 'left')
        near = slice(low, high)
        return near, demands.end[near] > demands.start[row]

    def assign(self, row, column):
        assert self.who[row] < 0 and self.may(row, column)
        near, overlapping = self._near(row)
        self.clash[column, near] += overlapping
        self.who[row] = column
        self.hours[column] += self.problem.demands.hours[row]

    def release(self, row):
        column = self.who[row]
        near, overlapping = self._near(row)
        self.clash[column, near] -= overlapping
        self.who[row] = -1
        self.hours[column] -= self.problem.demands.hours[row]

    def restore(self, who):
        "Go back to who was proposed what"
        changed = np.flatnonzero(self.who != who)
        for row in changed:
            if self.who[row] >= 0:
                self.release(row)
        for row in changed:
            if who[row] >= 0:
                self.assign(row, who[row])

    def may(self, row, column):
        return self.open[row, column] and not self.clash[column, row]

    def free(self, row):
        "Return the members who may be proposed the demand now"
        return np.flatnonzero(self.open[row] & (self.clash[:, row] == 0))

    def conflicts(self, row, column):
        "Return the demands of a member that overlap the demand"
        near, overlapping = self._near(row)
        mine = overlapping & (self.who[near] == column)
        return near.start + np.flatnonzero(mine)

    def costs(self, rows, columns, hours=None):
        """Return what each demand costs with each member.

        :param hours: those that each has in the plan already
        """
        if hours is None:
            hours = self.hours[columns]
        load = self.problem.load_cost(self.rule, rows, columns, hours)
        return self.fixed[rows, columns] + np.rint(
            load * POINT).astype(np.int64)

    @property
    def served(self):
        return int((self.who >= 0).sum())

    def total(self):
        "Return the points of the whole plan"
        return total(self.problem, self.rule, self.who)


def total(problem, rule, who):
    """Return the points of a plan, whatever the order it was made in.

    :param who: (demands,) rows of members, -1 for nobody
    """
    rows = np.flatnonzero(who >= 0)
    columns = who[rows]
    points = problem.fixed_cost(rule, rows)[np.arange(len(rows)), columns]
    return float(points.sum() + load_points(problem, rule, hours(
                problem, who)).sum())


def hours(problem, who):
    "(members,) hours that a plan proposes"
    rows = np.flatnonzero(who >= 0)
    return np.bincount(
        who[rows], problem.demands.hours[rows], len(problem.members))


def load_points(problem, rule, taken):
    """(members,) points of equity of hours taken in a plan.

    ``Problem.load_cost`` are the steps of which this is the sum.
    """
    members = problem.members
    available = np.where(members.availability > 0, members.availability, 1)
    return rule.equity * taken * (
        members.proposed + taken / 2) / available / problem.scale
