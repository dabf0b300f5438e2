# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import math
import unittest
from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ..plan import DAY, Demands, Members, PlanError, Rule, codes, prepare
from ..plan_greedy import least_loaded, nearest
from ..plan_measure import gini, measure, min_mean
from ..planner import Plan, candidates, proposal
from . import planning
from .planning import START

HOUR = 60
seeds = st.integers(0, 2 ** 32 - 1)
amounts = st.lists(
    st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=30)


def members(**values):
    "Two members who may do all, unless the values say otherwise"
    n = len(values.get('number', [1, 2]))
    defaults = {
        'number': [1, 2], 'availability': [100] * n, 'levels': [[1]] * n,
        'latitude': [48.0] * n, 'longitude': [2.0] * n}
    return Members(**{**defaults, **values})


def demands(**values):
    "A demand of eight hours on Monday"
    defaults = {
        'number': [1], 'start': [START + 9 * HOUR],
        'end': [START + 17 * HOUR], 'hours': [8], 'levels': [[1]],
        'latitude': [48.0], 'longitude': [2.0]}
    return Demands(**{**defaults, **values})


def against(members_, demands_):
    "What stands against each member for the first demand"
    problem = prepare(members_, demands_)
    return [codes(bits) for bits in problem.blocked[0]]


class ConstraintTestCase(unittest.TestCase):
    "Test what stands against a proposal"

    def test_nothing(self):
        self.assertEqual(against(members(), demands()), [(), ()])

    def test_every_skill_at_its_level(self):
        "Proven 3 and 1 against required 2 and 2; then 3 and 2"
        self.assertEqual(
            against(
                members(levels=[[3, 1, 0], [3, 2, 0]]),
                demands(levels=[[2, 2, 0]])),
            [('skill',), ()])

    def test_radius(self):
        "Paris to Lyon is 392 km"
        paris = {'latitude': [48.8566] * 2, 'longitude': [2.3522] * 2}
        lyon = {'latitude': [45.764], 'longitude': [4.8357]}
        problem = prepare(
            members(radius=[390, 393], **paris), demands(**lyon))
        np.testing.assert_allclose(problem.km, [[392] * 2], atol=1)
        self.assertEqual(
            [codes(b) for b in problem.blocked[0]], [('zone',), ()])
        self.assertEqual(
            against(
                members(radius=[0, 393], **paris),
                demands(remote=[True], **lyon)),
            [(), ()])

    def test_departments(self):
        "A department is enough, wherever the member lives"
        zones = [[True, False], [False, True]]
        self.assertEqual(
            against(
                members(radius=[0, 0], zones=zones, latitude=[0, 48.1]),
                demands(zone=[0])),
            [(), ('zone',)])

    def test_unknown_place(self):
        "It is not within a radius, unless that is everywhere"
        nowhere = {'latitude': [math.nan], 'longitude': [math.nan]}
        self.assertEqual(
            against(members(radius=[100, math.inf]), demands(**nowhere)),
            [('zone',), ()])

    def test_whole_span(self):
        "An absence in the middle of three days counts, one that ends at the"
        " start does not"
        start = START + 9 * HOUR
        busy = [
            [0, start + DAY, start + DAY + 1],
            [1, start - HOUR, start]]
        self.assertEqual(
            against(
                members(busy=busy),
                demands(start=[start], end=[start + 3 * DAY])),
            [('absence',), ()])

    def test_mission_and_absence(self):
        start = START + 9 * HOUR
        self.assertEqual(
            against(
                members(
                    busy=[
                        [0, start, start + 1], [0, start, start + DAY],
                        [1, start + 8 * HOUR, start + DAY]],
                    busy_mission=[True, False, True]),
                demands()),
            [('absence', 'mission'), ()])

    def test_days(self):
        "Friday to Monday touches the weekend, unless there is no work then"
        friday = START + 4 * DAY + 9 * HOUR
        week = [True] * 5 + [False] * 2
        span = {'start': [friday], 'end': [friday + 3 * DAY]}
        all_week = [True] * 7
        self.assertEqual(
            against(members(days=[week, all_week]), demands(**span)),
            [('calendar',), ()])
        self.assertEqual(
            against(
                members(days=[week, all_week]), demands(days=[week], **span)),
            [(), ()])
        self.assertEqual(
            against(
                members(days=[week, all_week]),
                demands(start=[friday - 4 * DAY], end=[friday + HOUR])),
            [(), ()])

    def test_papers(self):
        "Valid until the end of the demand, when asked for"
        end = START + 17 * HOUR
        papers = [[end - 1, 0], [end, 0]]
        self.assertEqual(
            against(
                members(papers=papers), demands(papers=[[True, False]])),
            [('papers',), ()])

    def test_asked_already(self):
        self.assertEqual(
            against(
                members(), demands(refused=[[0, 0]], solicited=[[0, 1]])),
            [('refused',), ('solicited',)])

    def test_no_availability(self):
        self.assertEqual(
            against(members(availability=[0, 1]), demands()),
            [('availability',), ()])

    @settings(max_examples=40, deadline=None)
    @given(seeds, st.integers(0, 12), st.integers(0, 12))
    def test_definition(self, seed, n, m):
        "The arrays say what is said member by member"
        members_, demands_ = planning.crowded(seed, n, m)
        problem = prepare(members_, demands_)
        for d, demand in enumerate(demands_.number):
            for i, member in enumerate(members_.number):
                bits = problem.blocked[
                    problem.demand(demand), problem.member(member)]
                self.assertEqual(
                    set(codes(bits)),
                    set(_against(members_, demands_, i, d)))


def _against(members, demands, i, d):
    "What stands against a proposal, told without arrays"
    if members.availability[i] <= 0:
        yield 'availability'
    if any(
            have < want
            for have, want in zip(members.levels[i], demands.levels[d])):
        yield 'skill'
    x, y = (
        math.radians(t.latitude[k]) for t, k in [(members, i), (demands, d)])
    turn = math.radians(members.longitude[i] - demands.longitude[d])
    km = 6371.0088 * math.acos(min(1, math.sin(x) * math.sin(y)
            + math.cos(x) * math.cos(y) * math.cos(turn)))
    zone = demands.zone[d]
    # The cosine is not exact for what is near
    if not (demands.remote[d] or km <= members.radius[i] + 0.01
            or zone >= 0 and members.zones[i, zone]):
        yield 'zone'
    for minute in range(demands.start[d], demands.end[d], 30):
        weekday = (minute // DAY - START // DAY) % 7
        if demands.days[d, weekday] and not members.days[i, weekday]:
            yield 'calendar'
        for (member, start, end), mission in zip(
                members.busy, members.busy_mission):
            if member == i and start <= minute < end:
                yield 'mission' if mission else 'absence'
    if (demands.papers[d] & (members.papers[i] < demands.end[d])).any():
        yield 'papers'
    for name in ['refused', 'solicited']:
        if [d, i] in getattr(demands, name).tolist():
            yield name


class RuleTestCase(unittest.TestCase):
    "Test the order of the candidates of one demand"

    def test_equity_against_distance(self):
        "One average load is worth so many kilometres"
        members_ = members(
            latitude=[48.0, 48.1], proposed=[60, 40],
            availability=[100, 100])
        near = prepare(members_, demands(hours=[1e-6]))
        # 11.1 km against 0.4 average loads
        for equity, first in [(0, 1), (27, 1), (29, 2)]:
            found = candidates(near, 1, Rule(equity=equity))
            self.assertEqual(found[0].member, first)
            self.assertEqual([c.rank for c in found], [1, 2])

    def test_parts(self):
        "What a candidate costs is told in its parts"
        problem = prepare(
            members(levels=[[3], [1]], proposed=[50, 0]), demands(hours=[50]))
        found = candidates(problem, 1, Rule(equity=10, skill=5))
        self.assertEqual([c.member for c in found], [2, 1])
        _, second = found
        # The average load of both is 100 / 200, half of the 50 hours counts
        self.assertEqual(
            (second.distance, second.skill, second.equity, second.points),
            (0, 10, 15, 25))
        self.assertEqual(
            (second.km, second.surplus, second.load, second.relative_load),
            (0, 2, 0.5, 1))

    def test_skill(self):
        "A weight above zero keeps experts, one below prefers them"
        problem = prepare(members(levels=[[3], [1]]), demands())
        for weight, first in [(1, 2), (-1, 1)]:
            found = candidates(problem, 1, Rule(skill=weight))
            self.assertEqual(found[0].member, first)

    def test_ties(self):
        "What costs the same goes to the least loaded, then by the number"
        problem = prepare(members(proposed=[2, 1]), demands())
        found = candidates(problem, 1, Rule(equity=0))
        self.assertEqual([c.member for c in found], [2, 1])
        problem = prepare(members(number=[10, 9]), demands())
        found = candidates(problem, 1, Rule())
        self.assertEqual([c.member for c in found], [9, 10])

    def test_against(self):
        "Those who can not come last, with all that stands against them"
        problem = prepare(
            members(levels=[[0], [1]], availability=[0, 100]), demands())
        _, last = candidates(problem, 1, Rule())
        self.assertEqual(last.member, 1)
        self.assertEqual(last.against, ('availability', 'skill'))
        self.assertIsNone(last.rank)

    def test_refusing_costs_nothing(self):
        "Proposed hours count, whatever was answered: the order is the same"
        asked = {
            'number': [1, 2], 'start': [START, START + DAY],
            'end': [START + HOUR, START + DAY + HOUR], 'hours': [1, 1],
            'levels': [[1], [1]], 'latitude': [48] * 2, 'longitude': [2] * 2}
        free = prepare(members(), demands(**asked))
        after = prepare(members(), demands(**asked, refused=[[0, 0]]))
        self.assertEqual(
            candidates(free, 2, Rule()), candidates(after, 2, Rule()))

    def test_unknown_distance(self):
        problem = prepare(
            members(latitude=[math.nan, 48]), demands())
        last = candidates(problem, 1, Rule(unplaced=30))[-1]
        self.assertEqual((last.member, last.km, last.distance), (1, None, 30))

    @settings(max_examples=40, deadline=None)
    @given(seeds, st.integers(1, 12), st.integers(1, 8), st.randoms())
    def test_any_order(self, seed, n, m, random):
        "In whatever order all is given, the answer is the same"
        members_, demands_ = planning.crowded(seed, n, m)
        problem = prepare(members_, demands_)
        other = prepare(*shuffled(members_, demands_, random))
        for number in demands_.number:
            self.assertEqual(
                candidates(problem, number, Rule()),
                candidates(other, number, Rule()))


def shuffled(members, demands, random):
    "Return the same members and demands in another order"
    ours = random.sample(range(len(members)), len(members))
    theirs = random.sample(range(len(demands)), len(demands))

    def rows(table, order, columns):
        values = {}
        for f in fields(table):
            value = getattr(table, f.name)
            if f.name in columns:
                value = value.copy()
                for column, of in columns[f.name].items():
                    value[:, column] = [of.index(v) for v in value[:, column]]
            elif f.name != 'busy_mission':
                value = value[order]
            values[f.name] = value
        return type(table)(**values)

    pairs = {0: theirs, 1: ours}
    return (
        rows(members, ours, {'busy': {0: ours}}),
        rows(demands, theirs, {'refused': pairs, 'solicited': pairs}))


class BadTestCase(unittest.TestCase):
    "Test that arrays that do not fit are refused by their name"

    def test_shapes(self):
        for make, message in [
                (lambda: members(availability=[1]), "availability: shape"),
                (lambda: members(number=[1, 1]), "number: each"),
                (lambda: members(proposed=[1, -1]), "proposed: give hours"),
                (lambda: members(busy=[[2, 0, 1]]), "busy: names a row"),
                (lambda: members(busy=[[0, 2, 1]]), "busy: an end"),
                (lambda: demands(end=[START]), "end: each must come after"),
                (lambda: demands(hours=[0]), "hours: give more"),
                (lambda: demands(refused=[[1, 0]]), "refused: names a row"),
                (lambda: prepare(members(), demands(solicited=[[0, 2]])),
                    "solicited: names a row"),
                (lambda: prepare(members(), demands(zone=[0])),
                    "zone: names a column"),
                (lambda: prepare(members(), demands(levels=[[1, 1]])),
                    "levels: 1 columns of the members, 2"),
                (lambda: Rule(equity=-1), "rule: give weights"),
                (lambda: Rule(skill=math.nan), "rule: give weights"),
                ]:
            with self.subTest(message), self.assertRaises(PlanError) as raised:
                make()
            self.assertIn(message, str(raised.exception))

    def test_number(self):
        problem = prepare(members(), demands())
        with self.assertRaisesRegex(PlanError, "^7 is not"):
            candidates(problem, 7, Rule())

    def test_none(self):
        "No members, no demands"
        nobody = Members(number=[], availability=[])
        nothing = Demands(number=[], start=[], end=[], hours=[])
        problem = prepare(nobody, nothing)
        self.assertEqual(problem.blocked.shape, (0, 0))
        self.assertEqual(
            prepare(members(levels=None), nothing).blocked.shape, (0, 2))


class MeasureTestCase(unittest.TestCase):
    "Test the measures"

    def test_examples(self):
        self.assertAlmostEqual(gini([0, 0, 0, 1]), 0.75)
        self.assertAlmostEqual(gini([1, 3]), 0.25)
        self.assertEqual(gini([]), 0)
        self.assertEqual(gini([0, 0]), 0)
        self.assertAlmostEqual(min_mean([1, 3]), 0.5)
        self.assertEqual(min_mean([0, 0]), 1)

    @given(amounts)
    def test_bounds(self, values):
        self.assertGreaterEqual(gini(values), 0)
        self.assertLess(gini(values), 1)
        self.assertTrue(0 <= min_mean(values) <= 1)

    @given(st.floats(0.01, 1e6), st.integers(1, 30))
    def test_equal(self, value, count):
        self.assertAlmostEqual(gini([value] * count), 0)
        self.assertAlmostEqual(min_mean([value] * count), 1)

    @given(amounts, st.floats(0.01, 100))
    def test_scale(self, values, factor):
        "Hours or days, it is the same"
        self.assertAlmostEqual(
            gini(values), gini([v * factor for v in values]), places=6)

    def test_plan(self):
        "One demand served of two; loads 0.5 and 0.1"
        problem = prepare(
            members(proposed=[42, 10], latitude=[48, 49]),
            demands(
                number=[1, 2], start=[START] * 2, end=[START + HOUR] * 2,
                hours=[8, 4], levels=[[1]] * 2, latitude=[48] * 2,
                longitude=[2] * 2))
        done = measure(problem, Rule(equity=0), np.array([-1, 0]))
        row = problem.demands.hours[1]
        self.assertEqual(
            (done.demands, done.assigned, done.hours, done.travel),
            (2, 1, row, 0))
        loads = [(42 + row) / 100, 0.1]
        self.assertAlmostEqual(done.gini, gini(loads))
        self.assertAlmostEqual(done.min_mean, 0.1 / (sum(loads) / 2))

    def test_nobody_available(self):
        problem = prepare(members(availability=[0, 0]), demands())
        done = measure(problem, Rule(), np.array([-1]))
        self.assertEqual((done.gini, done.min_mean, done.points), (0, 1, 0))


class GreedyTestCase(unittest.TestCase):
    "Test the two usual rules"

    def two(self):
        "The first is nearer and has more"
        return prepare(
            members(latitude=[48, 48.5], proposed=[50, 0]), demands())

    def test_nearest(self):
        self.assertEqual(nearest(self.two(), Rule()).who.tolist(), [0])

    def test_least_loaded(self):
        self.assertEqual(least_loaded(self.two(), Rule()).who.tolist(), [1])

    def test_reasons(self):
        "A plan tells why, whoever made it"
        problem = self.two()
        rule = Rule(equity=60)
        made = Plan(problem, rule, nearest(problem, rule).who)
        told = proposal(made, 1)
        self.assertEqual(told.reasons, ('nearest', 'plan'))
        self.assertEqual(told.candidates, 2)
        rule = replace(rule, equity=0)
        told = proposal(Plan(problem, rule, made.who), 1)
        self.assertEqual(told.reasons, ('first', 'nearest'))
