# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Chains of exchanges that make a plan of a small batch cheaper.

Imports no Tryton. A demand leaves its member for another, who passes on what
overlaps, and so on: the chain is kept when the whole is cheaper by it. It
finds what the sweeps over moments cannot: one long demand for two short ones.
A demand that nobody is proposed costs more than all others together, so that
chains serve more where they can and never fewer.
"""
import numpy as np

# (members tried at each link, times that a chain goes on to one not free)
LEVELS = [(2, 1), (5, 3)]
TRIES = 2_500  # moves tried in all: about a second
NOBODY = 10 ** 15  # thousandths of a point


def exchange(state):
    "Try chains from each demand until none is worth it"
    left = [TRIES]
    for breadth, depth in LEVELS:
        won = True
        while won and left[0] > 0:
            won = False
            # Those whom nobody is proposed come first
            for row in np.argsort(state.who >= 0, kind='stable'):
                while left[0] > 0 and _leave(
                        state, row, breadth, depth, left):
                    won = True


def _leave(state, row, breadth, depth, left):
    "Return whether a cheaper plan was found in which the demand moves"
    before = state.who.copy()
    column = state.who[row]
    spent = -_release(state, row) if column >= 0 else -NOBODY
    if _place(state, [row], spent, breadth, depth, left, column):
        return True
    state.restore(before)
    return False


def _place(state, pending, spent, breadth, depth, left, avoid=-1):
    """Find members for the demands that are pending.

    :param spent: thousandths of a point, less than zero when won so far
    :param breadth: how many are tried who would pass on
    :param depth: how many times more somebody may pass on
    :param left: [moves that may still be tried]
    :param avoid: a member that the first one is not to go to
    :returns: whether the whole costs less; else the state is any
    """
    if not pending:
        return spent < 0
    row, *rest = pending
    columns = np.flatnonzero(state.open[row])
    columns = columns[columns != avoid]
    costs = state.costs(np.full(len(columns), row), columns)
    free = state.clash[columns, row] == 0
    if free.any():
        best = np.flatnonzero(free)[np.argmin(costs[free])]
        if _try(
                state, row, columns[best], [], rest, spent, breadth, depth,
                left):
            return True
    if (spent + NOBODY + sum(_least(state, o) for o in rest) < 0
            and _place(
                state, rest, spent + NOBODY, breadth, depth, left)):
        return True
    if not depth:
        return False
    options = []
    for index in np.flatnonzero(~free):
        passed = state.conflicts(row, columns[index])
        gain = sum(_worth(state, other) for other in passed)
        options.append((costs[index] - gain, index, passed))
    for _, index, passed in sorted(options, key=lambda o: o[:2])[:breadth]:
        if _try(
                state, row, columns[index], passed, rest, spent, breadth,
                depth - 1, left):
            return True
    return False


def _try(state, row, column, passed, rest, spent, breadth, depth, left):
    if left[0] <= 0:
        return False
    left[0] -= 1
    before = state.who.copy()
    for other in passed:
        spent -= _release(state, other)
    spent += _cost(state, row, column)
    state.assign(row, column)
    pending = [*passed, *rest]
    if (spent + sum(_least(state, other) for other in pending) < 0
            and _place(state, pending, spent, breadth, depth, left)):
        return True
    state.restore(before)
    return False


def _release(state, row):
    "Take a demand from its member; return what it cost"
    column = state.who[row]
    state.release(row)
    return _cost(state, row, column)


def _cost(state, row, column):
    return int(state.costs(np.array([row]), np.array([column]))[0])


def _worth(state, row):
    "Return what the demand costs with its member, were it the last one"
    column = state.who[row]
    hours = state.hours[column] - state.problem.demands.hours[row]
    return int(state.costs(
            np.array([row]), np.array([column]), np.array([hours]))[0])


def _least(state, row):
    "Return what the demand costs at least"
    columns = np.flatnonzero(state.open[row])
    if not len(columns):
        return NOBODY
    return int(state.costs(np.full(len(columns), row), columns).min())
