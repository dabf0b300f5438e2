# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The usual rules, to compare with: one demand after the other.

Imports no Tryton and needs no OR-tools.
"""
import numpy as np

from .plan_state import State


def nearest(problem, rule):
    "Return the State in which each demand goes to the nearest who is free"
    def keys(state, row, free):
        km = np.nan_to_num(problem.km[row, free], nan=rule.unplaced)
        return [_loads(state, free), km]
    return _greedy(problem, rule, keys)


def least_loaded(problem, rule):
    "Return the State in which each demand goes to the least loaded"
    def keys(state, row, free):
        km = np.nan_to_num(problem.km[row, free], nan=rule.unplaced)
        return [km, _loads(state, free)]
    return _greedy(problem, rule, keys)


def _loads(state, columns):
    members = state.problem.members
    return ((members.proposed[columns] + state.hours[columns])
        / members.availability[columns])


def _greedy(problem, rule, keys):
    "Demands come by their start; what is equal goes by the member's number"
    state = State(problem, rule)
    for row in range(len(problem.demands)):
        free = state.free(row)
        if len(free):
            order = np.lexsort([free, *keys(state, row, free)])
            state.assign(row, free[order[0]])
    return state
