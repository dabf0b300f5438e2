# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Min-cost flow with rising load costs, by OR-tools.

Imports no Tryton. ``ortools`` must never be imported in one process with
``highspy``; SciPy's own copy of HiGHS does no harm.

Nodes are demand -> member -> sink. Each parallel arc from a member to the sink
costs more than the one before, so that a further demand goes to whom it makes
the least difference; overlaps are repaired afterwards (``plan_repair``).
"""
import numpy as np

from .plan import POINT

# Parallel arcs of a member at most; the last one takes all that is left
RISING = 64
MISSING = (
    "The planner needs OR-tools: install it by pip install "
    "'tryton-coop[planner]'")


class PlannerMissing(ImportError):
    "OR-tools is not installed: the message names the extra that brings it"


def solver():
    """Return OR-tools' solver of min-cost flows.

    :raises PlannerMissing: when it is not installed
    """
    try:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
    except ImportError as error:
        raise PlannerMissing(MISSING) from error
    return SimpleMinCostFlow()


def match(count, rows, columns, costs, capacities, rising):
    """Match as many rows as possible, then at the least cost.

    :param count: how many rows there are
    :param rows: (arcs,) row of each arc
    :param columns: (arcs,) column of each arc
    :param costs: (arcs,) whole numbers
    :param capacities: (columns, steps) of the parallel arcs of a column
    :param rising: (columns, steps) their costs, rising with the step
    :returns: (count,) columns, -1 for those not matched
    """
    who = np.full(count, -1)
    if not len(rows):
        return who
    flow = solver()
    sink = count + len(capacities)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        rows, count + columns, np.ones(len(rows), np.int64), costs)
    column, step = np.nonzero(capacities)
    flow.add_arcs_with_capacity_and_unit_cost(
        count + column, np.full(len(column), sink),
        capacities[column, step].astype(np.int64),
        rising[column, step].astype(np.int64))
    flow.set_nodes_supplies(np.arange(count), np.ones(count, np.int64))
    flow.set_node_supply(sink, -count)
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"OR-tools did not solve the flow: {status}")
    used = flow.flows(arcs) > 0
    who[rows[used]] = columns[used]
    return who


def single(members):
    "Return capacities and costs when each member takes one at most"
    return np.ones((members, 1), np.int64), np.zeros((members, 1), np.int64)


def wishes(state):
    """Return whom each demand without a member goes to at the least cost.

    Demands that go to one member may overlap: it is for the repair to choose.

    :returns: (rows, columns)
    """
    rows = np.flatnonzero(state.who < 0)
    may = state.open[rows] & (state.clash[:, rows] == 0).T
    arc, column = np.nonzero(may)
    costs = state.costs(rows[arc], column)
    capacities, rising = _steps(state, rows, may)
    who = match(len(rows), arc, column, costs, capacities, rising)
    found = who >= 0
    return rows[found], who[found]


def _steps(state, rows, may):
    "Return what each further demand costs, counted as one of mean hours"
    problem = state.problem
    wanted = may.sum(axis=0)
    steps = int(max(1, min(wanted.max(initial=0), RISING)))
    capacities = (np.arange(steps) < wanted[:, None]).astype(np.int64)
    capacities[:, -1] = np.maximum(wanted - steps + 1, 0)
    available = problem.members.availability
    mean = problem.demands.hours[rows].mean() if len(rows) else 0
    each = state.rule.equity * mean ** 2 / problem.scale / np.where(
        available > 0, available, 1)
    rising = np.rint(each[:, None] * np.arange(steps) * POINT)
    return capacities, rising.astype(np.int64)
