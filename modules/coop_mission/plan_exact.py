# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The best plan there is, by SciPy's copy of HiGHS: for tests and benchmarks.

Imports no Tryton. Some thousands of candidates at most: it takes minutes
beyond that, so it is never called by a request.
"""
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from .plan_state import load_points, total


def exact(problem, rule, seconds=60):
    """Return (who, bound): the best plan and what none can be cheaper than.

    It serves as many demands as can be; the bound is of such plans, in
    points. Load costs are chords of the parabola between whole steps of the
    shortest demand: exact when all hours are multiples of it.

    :returns: (demands,) rows of members, -1 for nobody; points
    :raises RuntimeError: when it is not solved in time
    """
    rows, columns = np.nonzero(problem.open)
    most = _solve(problem, rule, rows, columns, None, seconds)
    served = int(round(most.x[:len(rows)].sum()))
    best = _solve(problem, rule, rows, columns, served, seconds)
    who = np.full(len(problem.demands), -1)
    chosen = best.x[:len(rows)] > 0.5
    who[rows[chosen]] = columns[chosen]
    points = total(problem, rule, who)
    bound = points if best.mip_dual_bound is None else best.mip_dual_bound
    return who, float(min(bound, points))


def _solve(problem, rule, rows, columns, served, seconds):
    """Solve for the most demands, or for the least cost of as many

    Variables: one per candidate, then the load cost of each member.
    """
    arcs, members = len(rows), len(problem.members)
    if not arcs:
        return milp(np.zeros(max(members, 1)))
    if served is None:
        cost = np.concatenate([-np.ones(arcs), np.zeros(members)])
    else:
        fixed = problem.fixed_cost(rule)[rows, columns]
        cost = np.concatenate([fixed, np.ones(members)])
    lines = [
        *_once(rows), *_cliques(problem, rows, columns)]
    constraints = [_constraint(lines, arcs + members)]
    if served is not None:
        constraints += [
            LinearConstraint(
                np.concatenate([np.ones(arcs), np.zeros(members)])[None, :],
                served, served),
            _chords(problem, rule, rows, columns)]
    result = milp(
        cost, constraints=constraints,
        integrality=np.concatenate([np.ones(arcs), np.zeros(members)]),
        bounds=Bounds(0, np.concatenate([
                    np.ones(arcs), np.full(members, np.inf)])),
        options={'time_limit': seconds, 'mip_rel_gap': 1e-6})
    if result.x is None or result.status not in {0, 1}:
        raise RuntimeError(f"Not solved: {result.message}")
    return result


def _once(rows):
    for row in np.unique(rows):
        yield np.flatnonzero(rows == row)


def _cliques(problem, rows, columns):
    "At each start, what runs then is one at most for each member"
    demands = problem.demands
    for column in np.unique(columns):
        mine = np.flatnonzero(columns == column)
        for start in np.unique(demands.start[rows[mine]]):
            running = mine[
                (demands.start[rows[mine]] <= start)
                & (demands.end[rows[mine]] > start)]
            if len(running) > 1:
                yield running


def _constraint(lines, width):
    line = np.repeat(np.arange(len(lines)), [len(part) for part in lines])
    variable = np.concatenate(lines)
    matrix = coo_matrix(
        (np.ones(len(line)), (line, variable)), (len(lines), width))
    return LinearConstraint(matrix.tocsr(), -np.inf, 1)


def _chords(problem, rule, rows, columns):
    "The load cost of a member is above each chord of its parabola"
    arcs, members = len(rows), len(problem.members)
    step = problem.demands.hours.min()
    entries, limits = [], []
    for column in np.unique(columns):
        mine = np.flatnonzero(columns == column)
        last = problem.demands.hours[rows[mine]].sum()
        for work in np.arange(0, last, step) + step / 2:
            value, slope = _chord(problem, rule, column, work)
            line = len(limits)
            entries.append((line, arcs + column, 1.0))
            entries += [
                (line, m, -slope * problem.demands.hours[rows[m]])
                for m in mine]
            limits.append(value - slope * work)
    line, variable, factor = map(np.array, zip(*entries))
    matrix = coo_matrix(
        (factor, (line, variable)), (len(limits), arcs + members))
    return LinearConstraint(matrix.tocsr(), np.array(limits), np.inf)


def _chord(problem, rule, column, work):
    "Return the chord through the costs half a step before and after"
    half = problem.demands.hours.min() / 2
    taken = np.zeros(len(problem.members))
    taken[column] = work - half
    before = load_points(problem, rule, taken)[column]
    taken[column] = work + half
    after = load_points(problem, rule, taken)[column]
    return (before + after) / 2, (after - before) / (2 * half)
