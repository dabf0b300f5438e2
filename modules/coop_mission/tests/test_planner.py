# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import sys
import unittest
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ..plan import TAKEN, Demands, Members, Rule, codes, prepare
from ..plan_exact import exact
from ..plan_flow import PlannerMissing
from ..plan_greedy import least_loaded, nearest
from ..plan_repair import give_way, moments
from ..plan_state import State, hours, load_points, total
from ..planner import (
    Plan, candidates, compare, plan, proposal, proposals, refuse, simulate)
from . import planning
from .planning import START
from .test_plan import shuffled

HOUR = 60
seeds = st.integers(0, 2 ** 32 - 1)
sizes = st.integers(0, 15)
weights = st.sampled_from([0, 1, 20, 500])


def crowded(seed, n, m):
    return prepare(*planning.crowded(seed, n, m))


def spans(*times, **values):
    "Two members, and demands with these (start, end) in hours of one day"
    count = len(times)
    return prepare(
        Members(number=[1, 2], availability=[100, 100], levels=[[1], [2]],
            latitude=[48, 48], longitude=[2, 2], **values),
        Demands(
            number=np.arange(count) + 11,
            start=[START + s * HOUR for s, _ in times],
            end=[START + e * HOUR for _, e in times],
            hours=[e - s for s, e in times], levels=[[1]] * count,
            latitude=[48] * count, longitude=[2] * count))


class PlannerTestCase(unittest.TestCase):
    "Test whom the planner proposes what"

    def broken(self, made):
        "Return what is against the constraints in a plan"
        problem = made.problem
        found = []
        for d, i in enumerate(made.who):
            if i < 0:
                continue
            found += codes(problem.blocked[d, i])
            for e in range(d):
                if (made.who[e] == i
                        and problem.demands.start[d] < problem.demands.end[e]
                        and problem.demands.start[e]
                        < problem.demands.end[d]):
                    found.append((d, e))
        return found

    @settings(max_examples=40, deadline=None)
    @given(seeds, sizes, st.integers(0, 20), weights)
    def test_constraints_and_greedy(self, seed, n, m, weight):
        "No constraint is broken, and no fewer served than by usual rules"
        problem = crowded(seed, n, m)
        plans = compare(problem, Rule(equity=weight, skill=-1))
        for name, made in plans.items():
            self.assertEqual(self.broken(made), [])
            self.assertGreaterEqual(
                plans['planner'].measures.assigned, made.measures.assigned)

    @settings(max_examples=20, deadline=None)
    @given(seeds, st.integers(1, 12), st.integers(1, 20), st.randoms())
    def test_any_order(self, seed, n, m, random):
        "In whatever order all is given, the plan is the same to the letter"
        members, demands = planning.crowded(seed, n, m)
        made = plan(prepare(members, demands), Rule())
        other = plan(prepare(*shuffled(members, demands, random)), Rule())
        self.assertEqual(made.assignments, other.assignments)
        self.assertEqual(list(proposals(made)), list(proposals(other)))

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(seeds, st.integers(1, 20), st.integers(1, 40), weights)
    def test_exact(self, seed, n, m, weight):
        "As many are served as can be, within 2 % of the least cost"
        problem = prepare(
            *planning.cooperative(n, m, seed, days=14, zones=3, skills=3))
        rule = Rule(equity=weight)
        made = plan(problem, rule)
        who, bound = exact(problem, rule)
        self.assertEqual(self.broken(Plan(problem, rule, who)), [])
        self.assertEqual(made.measures.assigned, (who >= 0).sum())
        points = total(problem, rule, made.who)
        self.assertGreaterEqual(points, bound - 0.01)
        self.assertLessEqual(points, bound * 1.02 + 0.01)

    def test_small_batches(self):
        "40 members and 150 demands, in a small and in a large region"
        for size in [{}, {'days': 14, 'zones': 4, 'skills': 4}]:
            problem = prepare(*planning.cooperative(40, 150, 5, **size))
            made = plan(problem, Rule())
            who, bound = exact(problem, Rule())
            self.assertEqual(made.measures.assigned, (who >= 0).sum())
            self.assertLessEqual(made.measures.points, bound * 1.02)
            self.assertGreaterEqual(made.measures.points, bound * 0.9999)

    def test_weight(self):
        "More weight is a smaller difference and more kilometres"
        problem = prepare(*planning.cooperative(120, 400, 3))
        plans = [plan(problem, Rule(equity=w)) for w in [0, 20, 400]]
        ginis = [p.measures.gini for p in plans]
        travels = [p.measures.travel for p in plans]
        self.assertEqual(ginis, sorted(ginis, reverse=True))
        self.assertEqual(travels, sorted(travels))
        self.assertEqual(len(set(ginis)), 3)

    def test_overlap(self):
        "Three at a time for two: one is left, and it is told why"
        problem = spans((9, 12), (10, 13), (11, 14))
        made = plan(problem, Rule())
        self.assertEqual(made.measures.assigned, 2)
        left, = set([11, 12, 13]) - set(made.assignments)
        told = proposal(made, left)
        self.assertIsNone(told.candidate)
        self.assertEqual(told.against, {TAKEN: 2})
        self.assertEqual(told.only_against, {TAKEN: 2})

    def test_one_after_the_other(self):
        "What ends when the other starts does not overlap"
        problem = spans((9, 12), (12, 15), proposed=[0, 90])
        made = plan(problem, Rule(equity=1))
        self.assertEqual(made.assignments, {11: 1, 12: 1})

    def test_shares_within_the_batch(self):
        "Equal demands are shared, though each alone would go to one"
        problem = spans(*[(h, h + 1) for h in range(8, 16)])
        made = plan(problem, Rule())
        self.assertEqual(hours(problem, made.who).tolist(), [4, 4])
        self.assertEqual(
            {p.candidate.rank for p in proposals(made)}, {1, 2})
        behind = [p for p in proposals(made) if p.candidate.rank == 2]
        self.assertEqual(behind[0].ahead, ((1, 'balance'),))
        self.assertIn('plan', behind[0].reasons)

    def test_only(self):
        problem = prepare(*planning.cooperative(40, 60, 1))
        made = plan(problem, Rule())
        found = {
            p.candidates for p in proposals(made) if p.reasons == ('only',)}
        self.assertEqual(found, {1})

    def test_made_room_for(self):
        "The greedy rule gives the short one to who alone can do the long"
        problem = spans((9, 12), (9, 17))
        problem.blocked[1, 1] = 2
        rule = Rule(equity=0)
        self.assertEqual(nearest(problem, rule).served, 1)
        self.assertEqual(plan(problem, rule).assignments, {11: 2, 12: 1})

    def test_gives_way(self):
        "One long demand gives way to two short ones of the same member"
        problem = spans((9, 15), (10, 12), (14, 17))
        problem.blocked[:, 0] = 2
        state = State(problem, Rule(), [1, -1, -1])
        give_way(state)
        self.assertEqual(state.who.tolist(), [-1, 1, 1])

    def test_nothing(self):
        for n, m in [(0, 0), (0, 3), (3, 0)]:
            made = plan(crowded(0, n, m), Rule())
            self.assertEqual(made.assignments, {})

    def test_no_ortools(self):
        "It says which extra to install, and the rest works without"
        problem = spans((9, 12))
        with patch.dict(sys.modules, {
                    'ortools.graph.python.min_cost_flow': None}):
            for function in [plan, compare]:
                with self.assertRaisesRegex(
                        PlannerMissing, r"tryton-coop\[planner\]"):
                    function(problem, Rule())
            with self.assertRaises(PlannerMissing):
                simulate(problem, [Rule()])
            self.assertEqual(candidates(problem, 11, Rule())[0].member, 1)
            self.assertEqual(least_loaded(problem, Rule()).served, 1)


class RefusalTestCase(unittest.TestCase):
    "Test what a refusal changes"

    @settings(max_examples=30, deadline=None)
    @given(seeds, st.integers(1, 10), st.integers(1, 12), st.data())
    def test_one_arc(self, seed, n, m, data):
        "One member less for one demand; all others keep what they have"
        made = plan(crowded(seed, n, m), Rule())
        demand = data.draw(
            st.sampled_from(made.problem.demands.number.tolist()))
        member = made.member(demand)
        if member is None:
            return
        after = refuse(made, demand, member)
        before = made.problem.blocked
        row = made.problem.demand(demand)
        self.assertEqual(
            np.argwhere(after.problem.blocked != before).tolist(),
            [[row, made.problem.member(member)]])
        self.assertNotEqual(after.member(demand), member)
        others = np.arange(m) != row
        np.testing.assert_array_equal(after.who[others], made.who[others])
        self.assertEqual(PlannerTestCase().broken(after), [])
        best = [
            c.member for c in candidates(after.problem, demand, Rule(), made)
            if c.rank == 1]
        self.assertEqual([after.member(demand)], best or [None])

    def test_next(self):
        "The other one is proposed it, then nobody"
        made = plan(spans((9, 12)), Rule())
        self.assertEqual(made.member(11), 1)
        second = refuse(made, 11, 1)
        self.assertEqual(second.member(11), 2)
        self.assertIsNone(refuse(second, 11, 2).member(11))
        # Who had not been proposed it refuses in advance
        self.assertEqual(refuse(made, 11, 2).member(11), 1)


class SimulationTestCase(unittest.TestCase):
    "Test a past period with other weights"

    def test_replay(self):
        problem = spans((9, 12), (13, 16), proposed=[50, 0], radius=[9, 99])
        rules = [Rule(equity=0), Rule(equity=50)]
        done, first, second = simulate(problem, rules, {11: 1, 12: 1})
        self.assertIsNone(done[0])
        self.assertEqual(done[1].measures.assigned, 2)
        self.assertEqual([r for r, _ in [first, second]], rules)
        self.assertEqual(second[1].assignments, {11: 2, 12: 2})
        self.assertLess(second[1].measures.gini, done[1].measures.gini)

    def test_against_the_rule(self):
        "What was done although something stood against it is still told"
        problem = spans((9, 12))
        problem.blocked[0, 0] = 2
        (_, made), _ = simulate(problem, [Rule()], {11: 1})
        told = proposal(made, 11)
        self.assertEqual(told.candidate.against, ('skill',))
        self.assertIsNone(told.candidate.rank)


class StateTestCase(unittest.TestCase):
    "Test the parts of the planner"

    @settings(deadline=None)
    @given(seeds, st.integers(1, 40))
    def test_moments(self, seed, m):
        "Each demand runs at one of the moments, both ways"
        problem = crowded(seed, 1, m)
        for backwards in [False, True]:
            found = moments(problem.demands, backwards)
            for start, end in zip(problem.demands.start, problem.demands.end):
                self.assertTrue(any(start <= t < end for t in found))

    @settings(deadline=None)
    @given(seeds, st.integers(1, 8), st.integers(1, 12), st.randoms())
    def test_cost_of_steps(self, seed, n, m, random):
        "In any order the steps cost what the whole costs; back to nothing"
        problem = crowded(seed, n, m)
        state = State(problem, Rule())
        points = 0
        for row in random.sample(range(m), m):
            free = state.free(row)
            if len(free):
                column = random.choice(free.tolist())
                points += state.costs([row], [column])[0]
                state.assign(row, column)
        self.assertAlmostEqual(points / 1000, state.total(), delta=m / 500)
        np.testing.assert_allclose(state.hours, hours(problem, state.who))
        state.restore(np.full(m, -1))
        self.assertFalse(state.clash.any())
        self.assertFalse(state.hours.any())

    @settings(deadline=None)
    @given(seeds, st.integers(1, 8), st.integers(1, 8))
    def test_rising(self, seed, n, m):
        "The same hours cost more who has been proposed more"
        problem = crowded(seed, n, m)
        steps = [
            load_points(problem, Rule(), np.full(n, float(h)))
            for h in [0, 8, 16]]
        available = problem.members.availability > 0
        self.assertTrue(
            ((steps[2] - steps[1]) > (steps[1] - steps[0]))[available].all())

    def test_refused_is_not_solicited(self):
        problem = spans((9, 12))
        blocked = problem.blocked.copy()
        blocked[0, 0] = 128
        other = replace(problem, blocked=blocked)
        self.assertEqual(
            candidates(other, 11, Rule())[1].against, ('refused',))
