# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The planner: whom to propose each demand, and why.

Imports no Tryton. Only ``plan``, ``compare`` and ``simulate`` need OR-tools.
Nothing here is sent to anybody: a person confirms each proposal.

A plan serves as many demands as it finds a way for, never fewer than
"nearest" or "least loaded", and among such plans looks for the least cost by
the rule. It depends on no clock and no chance.
"""
from dataclasses import dataclass, replace

import numpy as np

from .plan import CODES, REFUSED, TAKEN, Problem, Rule, codes
from .plan_exchange import exchange
from .plan_flow import solver
from .plan_greedy import least_loaded, nearest
from .plan_measure import measure
from .plan_repair import fill, improve
from .plan_state import State

# Members x demands below which the plan is also looked for from elsewhere
SMALL = 10_000


@dataclass(frozen=True, eq=False)
class Plan:
    "``who``: (demands,) rows of the problem's members, -1 for nobody"
    problem: Problem
    rule: Rule
    who: np.ndarray

    @property
    def measures(self):
        return measure(self.problem, self.rule, self.who)

    def member(self, demand):
        "Return the number of the member whom a demand is proposed, or None"
        column = self.who[self.problem.demand(demand)]
        return self.problem.members.number[column] if column >= 0 else None

    @property
    def assignments(self):
        "{number of the demand: number of the member} of those served"
        rows = np.flatnonzero(self.who >= 0)
        return dict(zip(
                self.problem.demands.number[rows].tolist(),
                self.problem.members.number[self.who[rows]].tolist()))


@dataclass(frozen=True)
class Candidate:
    """One member for one demand: ``points`` is the sum of the three others.

    ``rank`` counts from 1, None when something is ``against`` (codes of
    ``plan.CODES`` or ``plan.TAKEN``); ``km`` is None when not known;
    ``surplus`` are levels above those required; ``load`` is before the
    demand, ``relative_load`` in mean loads.
    """
    member: object
    rank: int
    against: tuple
    km: float
    surplus: float
    load: float
    relative_load: float
    points: float = None
    distance: float = None
    skill: float = None
    equity: float = None


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one demand and why.

    ``candidate`` is None when nobody can be. ``reasons``: 'only' candidate,
    'first' by the rule, 'nearest', 'least_loaded' of the candidates, or
    'plan' when others were ahead: ``ahead`` are (member, 'taken') who are
    proposed something at that time and (member, 'balance') whose share the
    rest of the plan raises. ``against`` counts the members by what stands
    against them, ``only_against`` those who have nothing else.
    """
    demand: object
    candidate: Candidate
    candidates: int
    reasons: tuple
    ahead: tuple
    against: dict
    only_against: dict


def plan(problem, rule, others=None):
    """Return the Plan of a Problem by a Rule.

    :param others: [State] of plans that it must not serve fewer than, by
        default the two of ``plan_greedy``
    :raises PlannerMissing: when OR-tools is not installed
    """
    solver()
    if others is None:
        others = [nearest(problem, rule), least_loaded(problem, rule)]
    small = len(problem.members) * len(problem.demands) <= SMALL
    best = State(problem, rule)
    fill(best)
    _finish(best, small)
    for other in others:
        if small or other.served > best.served:
            state = State(problem, rule, other.who)
            _finish(state, small)
            if _better(state, best):
                best = state
    return Plan(problem, rule, best.who)


def _finish(state, small):
    improve(state)
    if small:
        exchange(state)
        improve(state)


def _better(state, other):
    return (-state.served, state.total()) < (-other.served, other.total())


def compare(problem, rule):
    """Return {name: Plan} of the planner and of the two usual rules.

    :raises PlannerMissing: when OR-tools is not installed
    """
    others = {
        'nearest': nearest(problem, rule),
        'least_loaded': least_loaded(problem, rule),
        }
    return {
        'planner': plan(problem, rule, others.values()),
        **{name: Plan(problem, rule, s.who) for name, s in others.items()}}


def simulate(problem, rules, done=None):
    """Replay a period by other rules; return [(Rule, Plan)].

    :param rules: [Rule]
    :param done: {number of the demand: number of the member} as it was done,
        which comes first with the Rule None; its points are by the first rule
    :raises PlannerMissing: when OR-tools is not installed
    """
    result = []
    if done is not None:
        who = np.full(len(problem.demands), -1)
        for demand, member in done.items():
            who[problem.demand(demand)] = problem.member(member)
        result.append((None, Plan(problem, rules[0], who)))
    return result + [(rule, plan(problem, rule)) for rule in rules]


def refuse(made, demand, member):
    """Return the Plan after a refusal: only that demand is proposed anew.

    The refusal takes this one member from this one demand, and changes
    neither what he is else proposed nor his load.

    :param demand: its number
    :param member: the number of the member
    """
    problem = made.problem
    row, column = problem.demand(demand), problem.member(member)
    blocked = problem.blocked.copy()
    blocked[row, column] |= REFUSED
    problem = replace(problem, blocked=blocked)
    who = made.who.copy()
    if who[row] in {-1, column}:
        who[row] = -1
        order, _ = _order(problem, made.rule, row, who)
        who[row] = order[0] if len(order) else -1
    return Plan(problem, made.rule, who)


def candidates(problem, demand, rule, made=None):
    """Return all members as Candidates for one demand, in the rule's order.

    Those who have something against them come last, by their number.

    :param demand: its number
    :param made: a Plan; what it proposes besides is then taken into account
    """
    row = problem.demand(demand)
    who = np.full(len(problem.demands), -1) if made is None else made.who
    return tuple(_candidates(problem, rule, row, who))


def _others(problem, row, who):
    "Return hours and overlaps of each member, without the demand itself"
    there = who >= 0
    there[row] = False
    count = len(problem.members)
    hours = np.bincount(
        who[there], problem.demands.hours[there], count)
    taken = np.zeros(count, bool)
    taken[who[there & problem.overlapping(row)]] = True
    return hours, taken


def _points(problem, rule, row, columns, hours):
    "Return points of distance, skill and equity of some members"
    km = np.nan_to_num(problem.km[row, columns], nan=rule.unplaced)
    return (
        rule.distance * km, rule.skill * problem.surplus[row, columns],
        problem.load_cost(
            rule, np.full(len(columns), row), columns, hours[columns]))


def _order(problem, rule, row, who):
    "Return the free members in the rule's order, and what each costs"
    hours, taken = _others(problem, row, who)
    free = np.flatnonzero(problem.open[row] & ~taken)
    parts = _points(problem, rule, row, free, hours)
    points = np.round(sum(parts), 3)
    order = np.lexsort([free, problem.load[free], points])
    return free[order], [part[order] for part in parts]


def _candidates(problem, rule, row, who):
    hours, taken = _others(problem, row, who)
    order, parts = _order(problem, rule, row, who)
    for index, column in enumerate(order):
        distance, skill, equity = (float(part[index]) for part in parts)
        yield _candidate(
            problem, row, column, hours, index + 1, (),
            points=distance + skill + equity, distance=distance, skill=skill,
            equity=equity)
    for column in np.flatnonzero(~problem.open[row] | taken):
        against = codes(problem.blocked[row, column])
        if taken[column]:
            against += (TAKEN,)
        yield _candidate(problem, row, column, hours, None, against)


def _candidate(problem, row, column, hours, rank, against, **points):
    members = problem.members
    km = float(problem.km[row, column])
    load = float('inf')
    if members.availability[column] > 0:
        load = float((members.proposed[column] + hours[column])
            / members.availability[column])
    return Candidate(
        member=members.number[column].item(), rank=rank, against=against,
        km=None if np.isnan(km) else km,
        surplus=float(problem.surplus[row, column]), load=load,
        relative_load=load / problem.mean_load, **points)


def proposals(made):
    "Yield the Proposal of each demand of a Plan, by start, end and number"
    for row in range(len(made.who)):
        yield _proposal(made, row)


def proposal(made, demand):
    "Return the Proposal of one demand, by its number"
    return _proposal(made, made.problem.demand(demand))


def _proposal(made, row):
    problem, rule = made.problem, made.rule
    nobody = np.full(len(made.who), -1)
    hours, taken = _others(problem, row, made.who)
    # As the rule alone would have it, before anything is proposed
    order, _ = _order(problem, rule, row, nobody)
    column = made.who[row]
    candidate, reasons, ahead = None, (), ()
    if column >= 0:
        found = np.flatnonzero(order == column)
        # What was done in the past may have been against the rule
        rank = int(found[0]) + 1 if len(found) else None
        points = [
            float(part[0]) for part in _points(
                problem, rule, row, np.array([column]), hours)]
        candidate = _candidate(
            problem, row, column, hours, rank,
            codes(problem.blocked[row, column]), points=sum(points),
            distance=points[0], skill=points[1], equity=points[2])
        ahead = tuple(
            (problem.members.number[c].item(),
                TAKEN if taken[c] else 'balance')
            for c in order[:(rank or 1) - 1])
        if rank:
            reasons = tuple(_reasons(problem, rule, row, order, rank))
    return Proposal(
        problem.demands.number[row].item(), candidate, len(order), reasons,
        ahead, *_against(problem, row, taken))


def _reasons(problem, rule, row, order, rank):
    column = order[rank - 1]
    if len(order) == 1:
        yield 'only'
        return
    if rank == 1:
        yield 'first'
    km = np.nan_to_num(problem.km[row, order], nan=rule.unplaced)
    if km[rank - 1] == km.min() and not problem.demands.remote[row]:
        yield 'nearest'
    if problem.load[column] == problem.load[order].min():
        yield 'least_loaded'
    if rank > 1:
        yield 'plan'


def _against(problem, row, taken):
    "Count the members by what stands against them, and by nothing else"
    blocked = problem.blocked[row]
    against = {
        name: int(((blocked & bit) > 0).sum()) for name, bit in CODES.items()}
    only = {
        name: int(((blocked == bit) & ~taken).sum())
        for name, bit in CODES.items()}
    against[TAKEN] = int(taken.sum())
    only[TAKEN] = int((taken & (blocked == 0)).sum())
    return (
        {name: count for name, count in against.items() if count},
        {name: count for name, count in only.items() if count})
