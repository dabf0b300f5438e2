# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Overlaps repaired, leftovers served, and the whole made cheaper.

Imports no Tryton. Nothing here serves fewer demands than before, nor breaks a
constraint, and what costs no less than before is left as it was.
"""
import numpy as np

from .plan_flow import match, single, wishes

ROUNDS = 8  # of flow and repair
SWEEPS = 12  # over all moments
WORTH = 0.0005  # of the cost: what a sweep must win for another one
DEPTH = 2  # how many times one makes room for the other
TRIES = 400  # members asked to make room for one demand
ALL_TRIES = 5_000  # and for all of them
PLACES = 10_000  # of two leftovers, looked at in a sweep


def fill(state):
    """Serve the demands that are left by flow and repair.

    Of the wishes that overlap, the demand that has fewest candidates stays;
    the others come again in the next round, with the others fixed.
    """
    candidates = state.open.sum(axis=1)
    for _ in range(ROUNDS):
        rows, columns = wishes(state)
        if not len(rows):
            break
        for index in np.lexsort((rows, candidates[rows])):
            if state.may(rows[index], columns[index]):
                state.assign(rows[index], columns[index])


def improve(state):
    "Alternate sweeps over the moments and exchanges, until nothing is won"
    served, cost = state.served, state.total()
    left = [ALL_TRIES]
    for sweep in range(SWEEPS):
        for moment in moments(state.problem.demands, sweep % 2):
            settle(state, moment)
        give_way(state)
        make_room(state, left)
        before, was = served, cost
        served, cost = state.served, state.total()
        # Both ways of cutting the time are tried before the end
        if sweep and served == before and was - cost <= WORTH * abs(was):
            break


def moments(demands, backwards=False):
    """Return times such that each demand has one of them in its span.

    They are as few as possible: the last minute of the demand that ends first
    and so on, or backwards the first minute of the one that starts last.
    """
    result = []
    if backwards:
        for row in np.argsort(-demands.start, kind='stable'):
            if not result or demands.end[row] <= result[-1]:
                result.append(demands.start[row])
    else:
        for row in np.argsort(demands.end, kind='stable'):
            if not result or demands.start[row] > result[-1]:
                result.append(demands.end[row] - 1)
    return result


def settle(state, moment):
    """Propose anew, at the least cost, all demands that run at the moment.

    They overlap each other, so that a member takes one of them at most: with
    the others fixed the flow is exact. It is an exchange along alternating
    paths of any length, and serves leftovers by it.
    """
    demands = state.problem.demands
    rows = np.flatnonzero((demands.start <= moment) & (demands.end > moment))
    who = state.who[rows]
    served = who >= 0
    holds = np.zeros(len(state.hours), np.int64)
    holds[who[served]] = 1
    hours = state.hours.copy()
    hours[who[served]] -= demands.hours[rows[served]]
    may = state.open[rows] & (state.clash[:, rows] == holds[:, None]).T
    arc, column = np.nonzero(may)
    costs = state.costs(rows[arc], column, hours[column])
    new = match(len(rows), arc, column, costs, *single(len(hours)))
    matched = new >= 0
    if matched.sum() == served.sum():
        old_cost = state.costs(
            rows[served], who[served], hours[who[served]]).sum()
        new_cost = state.costs(
            rows[matched], new[matched], hours[new[matched]]).sum()
        if new_cost >= old_cost:
            return
    changed = np.flatnonzero(new != who)
    for index in changed:
        if who[index] >= 0:
            state.release(rows[index])
    for index in changed:
        if new[index] >= 0:
            state.assign(rows[index], new[index])


def give_way(state):
    "Have one demand give way to two leftovers that fit into its place"
    rows = np.flatnonzero(state.who < 0)
    single = state.open[rows] & (state.clash[:, rows] == 1).T
    places = {}
    single &= single.sum(axis=0) > 1
    for index, column in np.argwhere(single)[:PLACES]:
        row = rows[index]
        other, = state.conflicts(row, column)
        places.setdefault((other, column), []).append(row)
    ends = state.problem.demands.end
    for (other, column), fitting in sorted(places.items()):
        if state.who[other] != column:
            continue
        before = state.who.copy()
        state.release(other)
        for row in sorted(fitting, key=lambda r: (ends[r], r)):
            if state.who[row] < 0 and state.may(row, column):
                state.assign(row, column)
        if (state.who >= 0).sum() <= (before >= 0).sum():
            state.restore(before)


def make_room(state, left):
    """Serve leftovers by having members pass on what overlaps, to and fro.

    :param left: [tries that are left], of which it takes
    """
    for row in np.flatnonzero(state.who < 0):
        mine = [min(TRIES, left[0])]
        left[0] -= mine[0]
        for depth in range(DEPTH + 1):
            if _place(state, row, depth, mine):
                break
        left[0] += mine[0]


def _place(state, row, depth, left):
    """Propose the demand to somebody, who may have to pass others on.

    :param depth: how many times passing on may cause passing on
    :param left: [tries that are left]
    """
    free = state.free(row)
    if len(free):
        state.assign(row, free[np.argmin(_costs(state, row, free))])
        return True
    if not depth:
        return False
    columns = np.flatnonzero(state.open[row])
    columns = columns[np.argsort(_costs(state, row, columns), kind='stable')]
    for column in columns:
        if left[0] <= 0:
            return False
        left[0] -= 1
        before = state.who.copy()
        passed = state.conflicts(row, column)
        for other in passed:
            state.release(other)
        state.assign(row, column)
        if all(_place(state, o, depth - 1, left) for o in passed):
            return True
        state.restore(before)
    return False


def _costs(state, row, columns):
    return state.costs(np.full(len(columns), row), columns)
