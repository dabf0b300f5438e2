# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Members, demands, the rule, and who may be proposed what.

Imports no Tryton and needs no OR-tools.

Model: a demand takes one member for the whole of its span. A member may be
proposed it when nothing of ``CODES`` stands against it; among those who may,
the rule that the cooperative voted orders them by a cost in points.

Units: times are whole minutes since 1970-01-01 00:00 in the cooperative's own
time, spans are half open [start, end); distances are kilometres as the crow
flies, one way; hours are hours; a load is hours proposed over the last 12
months for one hour declared available over them.

Invariant: whatever the order in which members and demands are given, the
result is the same. ``prepare`` sorts both (members by number, demands by
start, end and number), and what costs the same goes by that order.
"""
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

DAY = 24 * 60
EARTH = 6371.0088  # mean radius, km
# Points are counted in thousandths, so that sums are exact
POINT = 1000
# One average load is worth as many points, see bench/bench_plan.py
EQUITY = 22.0

# What stands against a proposal, as bits
AVAILABILITY = 1  # declares no availability
SKILL = 2  # a required skill is not proven at the required level
ZONE = 4  # out of the radius and of the departments, and not remote
CALENDAR = 8  # does not work on a day of the span
ABSENCE = 16  # is away during the span
MISSION = 32  # has another mission during the span
PAPERS = 64  # a paper that is asked for is not valid until the end
REFUSED = 128  # has refused this demand
SOLICITED = 256  # has already been proposed this demand
CODES = {
    'availability': AVAILABILITY,
    'skill': SKILL,
    'zone': ZONE,
    'calendar': CALENDAR,
    'absence': ABSENCE,
    'mission': MISSION,
    'papers': PAPERS,
    'refused': REFUSED,
    'solicited': SOLICITED,
    }
# Stands against it within a plan only: proposed something else meanwhile
TAKEN = 'taken'


class PlanError(ValueError):
    "Arrays that do not fit: the message names the field and the remedy"


def codes(bits):
    "Return the names of what stands against a proposal"
    return tuple(name for name, bit in CODES.items() if bits & bit)


@dataclass(eq=False)
class Members:
    """Those who may be proposed something: arrays of n rows.

    ``number``: (n,) unique, whole numbers or texts; ``levels``: (n, skills)
    proven level, 0 for none; ``latitude``, ``longitude``: (n,) degrees, NaN
    when not known; ``radius``: (n,) km, 0 for none, inf for everywhere;
    ``zones``: (n, zones) whether the member goes there; ``availability``:
    (n,) hours declared over 12 months; ``proposed``: (n,) hours proposed over
    the last 12 months, refused or not; ``papers``: (n, papers) minute until
    which each is valid; ``days``: (n, 7) weekdays worked, Monday first.

    ``busy``: (k, 3) whole numbers: row of the member, start, end;
    ``busy_mission``: (k,) whether it is a mission, else an absence.
    """
    number: np.ndarray
    availability: np.ndarray
    proposed: np.ndarray = None
    levels: np.ndarray = None
    latitude: np.ndarray = None
    longitude: np.ndarray = None
    radius: np.ndarray = None
    zones: np.ndarray = None
    papers: np.ndarray = None
    days: np.ndarray = None
    busy: np.ndarray = None
    busy_mission: np.ndarray = None

    def __post_init__(self):
        n = len(self.number)
        _keys(self)
        _set(self, 'availability', (n,), float)
        _set(self, 'proposed', (n,), float, 0)
        _set(self, 'levels', (n, None), np.int64)
        _set(self, 'latitude', (n,), float, np.nan)
        _set(self, 'longitude', (n,), float, np.nan)
        _set(self, 'radius', (n,), float, np.inf)
        _set(self, 'zones', (n, None), bool)
        _set(self, 'papers', (n, None), np.int64)
        _set(self, 'days', (n, 7), bool, True)
        _set(self, 'busy', (None, 3), np.int64)
        _set(self, 'busy_mission', (len(self.busy),), bool, False)
        _rows(self, 'busy', self.busy[:, 0], n)
        if (self.busy[:, 2] < self.busy[:, 1]).any():
            raise PlanError("busy: an end comes before its start")
        for name in ['availability', 'proposed']:
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                raise PlanError(f"{name}: give hours, zero or more")

    def __len__(self):
        return len(self.number)


@dataclass(eq=False)
class Demands:
    """What is asked for: arrays of m rows, columns as those of Members.

    ``number``: (m,) unique; ``start``, ``end``: (m,) minutes; ``hours``: (m,)
    of work, more than zero; ``levels``: (m, skills) required level, 0 when
    the skill is not required; ``zone``: (m,) column of the zone, -1 for none;
    ``remote``: (m,) can be done from anywhere; ``papers``: (m, papers) asked
    for; ``days``: (m, 7) weekdays of the span on which there is work.

    ``refused``, ``solicited``: (k, 2) rows of demand and member.
    """
    number: np.ndarray
    start: np.ndarray
    end: np.ndarray
    hours: np.ndarray
    levels: np.ndarray = None
    latitude: np.ndarray = None
    longitude: np.ndarray = None
    zone: np.ndarray = None
    remote: np.ndarray = None
    papers: np.ndarray = None
    days: np.ndarray = None
    refused: np.ndarray = None
    solicited: np.ndarray = None

    def __post_init__(self):
        m = len(self.number)
        _keys(self)
        _set(self, 'start', (m,), np.int64)
        _set(self, 'end', (m,), np.int64)
        _set(self, 'hours', (m,), float)
        _set(self, 'levels', (m, None), np.int64)
        _set(self, 'latitude', (m,), float, np.nan)
        _set(self, 'longitude', (m,), float, np.nan)
        _set(self, 'zone', (m,), np.int64, -1)
        _set(self, 'remote', (m,), bool, False)
        _set(self, 'papers', (m, None), bool)
        _set(self, 'days', (m, 7), bool, True)
        _set(self, 'refused', (None, 2), np.int64)
        _set(self, 'solicited', (None, 2), np.int64)
        for name in ['refused', 'solicited']:
            _rows(self, name, getattr(self, name)[:, 0], m)
        if (self.end <= self.start).any():
            raise PlanError("end: each must come after its start")
        if not (np.isfinite(self.hours) & (self.hours > 0)).all():
            raise PlanError("hours: give more than zero for each demand")

    def __len__(self):
        return len(self.number)


def _keys(table):
    table.number = np.asarray(table.number)
    if not len(table.number):
        table.number = table.number.astype(np.int64)
    if len(np.unique(table.number)) != len(table.number):
        raise PlanError("number: each must be there once only")


def _set(table, name, shape, dtype, default=0):
    "Make a field the array of a shape, None for any length"
    value = getattr(table, name)
    if value is None:
        value = np.full([s or 0 for s in shape], default, dtype)
    value = np.asarray(value, dtype)
    if not value.size and None in shape:
        value = value.reshape(
            [s if s is not None else (value.shape[-1] if i else 0)
                for i, s in enumerate(shape)])
    if len(value.shape) != len(shape) or any(
            s is not None and s != v for s, v in zip(shape, value.shape)):
        raise PlanError(f"{name}: shape {value.shape} instead of {shape}")
    setattr(table, name, value)


def _rows(table, name, rows, count):
    if len(rows) and not (0 <= rows.min() and rows.max() < count):
        raise PlanError(f"{name}: names a row that is not there")


@dataclass(frozen=True)
class Rule:
    """What the cooperative voted: points for each kilometre, for each average
    load that a member has, for each level above what a demand requires.

    A member who has the average load is as good as one without any who is
    ``equity / distance`` km farther. A negative ``skill`` prefers who has
    proven most, a positive one keeps them for what only they can do.
    ``unplaced`` km stand for a distance that is not known.
    """
    version: str = ''
    distance: float = 1.0
    equity: float = EQUITY
    skill: float = 0.0
    unplaced: float = 50.0

    def __post_init__(self):
        weights = [self.distance, self.equity, self.unplaced]
        if not np.isfinite([*weights, self.skill]).all() or min(weights) < 0:
            raise PlanError(
                "rule: give weights that are zero or more (skill may be less)")


@dataclass(eq=False)
class Problem:
    """Members and demands in order, and what is between each of them.

    Arrays of (demands, members): ``blocked`` bits of CODES, ``km`` (0 when
    remote, NaN when not known), ``surplus`` levels above the required ones,
    mean of the skills required.
    """
    members: Members
    demands: Demands
    blocked: np.ndarray = field(repr=False)
    km: np.ndarray = field(repr=False)
    surplus: np.ndarray = field(repr=False)

    @cached_property
    def open(self):
        "(demands, members) whether the member may be proposed the demand"
        return self.blocked == 0

    @cached_property
    def load(self):
        "(members,) before the demands; inf without availability"
        return _divide(self.members.proposed, self.members.availability)

    @cached_property
    def mean_load(self):
        "The load of all together once every demand is proposed"
        available = self.members.availability.sum()
        work = self.members.proposed.sum() + self.demands.hours.sum()
        return work / available if available and work else 1.0

    @cached_property
    def scale(self):
        "What makes one demand of mean hours cost one at the mean load"
        return self.demands.hours.mean() * self.mean_load if len(
            self.demands) else 1.0

    def demand(self, number):
        return self._row(self.demands.number, number)

    def member(self, number):
        return self._row(self.members.number, number)

    @staticmethod
    def _row(numbers, number):
        found = np.flatnonzero(numbers == number)
        if not len(found):
            raise PlanError(f"{number} is not among those given")
        return int(found[0])

    def fixed_cost(self, rule, rows=slice(None)):
        "(demands, members) points of distance and skill"
        km = np.nan_to_num(self.km[rows], nan=rule.unplaced)
        return rule.distance * km + rule.skill * self.surplus[rows]

    def load_cost(self, rule, rows, columns, taken):
        """Points of equity for one more demand each.

        It is what the demand adds to the sum over the members of load² x
        availability: it rises with what a member has, and with each demand.

        :param rows: demands
        :param columns: members
        :param taken: hours proposed to these in the plan already
        """
        hours = self.demands.hours[rows]
        available = self.members.availability[columns]
        work = self.members.proposed[columns] + taken + hours / 2
        return rule.equity * hours * _divide(work, available) / self.scale

    def overlapping(self, row):
        "(demands,) whether each overlaps the demand, which itself does"
        start, end = self.demands.start, self.demands.end
        return (start < end[row]) & (end > start[row])


def _divide(work, available):
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where(available > 0, work / available, np.inf)


def prepare(members, demands):
    """Return the Problem of Members and Demands.

    :raises PlanError: when the columns of both are not the same
    """
    for name in ['levels', 'papers']:
        _same_columns(getattr(members, name), getattr(demands, name), name)
    for name in ['refused', 'solicited']:
        _rows(demands, name, getattr(demands, name)[:, 1], len(members))
    if len(demands) and demands.zone.max() >= members.zones.shape[1]:
        raise PlanError("zone: names a column that zones has not")
    member_order = np.argsort(members.number, kind='stable')
    demand_order = np.lexsort((demands.number, demands.end, demands.start))
    members = _sorted(members, member_order, {'busy': [member_order, None]})
    pairs = [demand_order, member_order]
    demands = _sorted(
        demands, demand_order, {'refused': pairs, 'solicited': pairs})
    km = _distance(members, demands)
    return Problem(
        members, demands, _blocked(members, demands, km), km,
        _surplus(members, demands))


def _same_columns(ours, theirs, name):
    if ours.shape[1] != theirs.shape[1]:
        raise PlanError(
            f"{name}: {ours.shape[1]} columns of the members, "
            f"{theirs.shape[1]} of the demands")


def _sorted(table, order, references):
    "Return the table in the order, its columns of rows put right"
    values = {}
    for f in fields(table):
        value = getattr(table, f.name)
        if f.name in references:
            value = value.copy()
            for column, rows in enumerate(references[f.name]):
                if rows is not None:
                    value[:, column] = np.argsort(rows)[value[:, column]]
        elif f.name != 'busy_mission':
            value = value[order]
        values[f.name] = value
    return type(table)(**values)


def _distance(members, demands):
    "(demands, members) km on the great circle; 0 when remote"
    ours, theirs = _vectors(members), _vectors(demands)
    chord = np.zeros((len(demands), len(members)))
    for axis in range(3):
        chord += (theirs[:, axis, None] - ours[None, :, axis]) ** 2
    km = 2 * EARTH * np.arcsin(np.minimum(np.sqrt(chord) / 2, 1))
    km[demands.remote] = 0
    return km


def _vectors(table):
    latitude = np.radians(table.latitude)
    longitude = np.radians(table.longitude)
    return np.stack([
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude)], axis=1)


def _surplus(members, demands):
    required = demands.levels > 0
    result = np.zeros((len(demands), len(members)))
    for skill in np.flatnonzero(required.any(axis=0)):
        rows = np.flatnonzero(required[:, skill])
        result[rows] += (
            members.levels[None, :, skill]
            - demands.levels[rows, None, skill])
    return result / np.maximum(required.sum(axis=1), 1)[:, None]


def _blocked(members, demands, km):
    "(demands, members) bits of all that stands against a proposal"
    result = np.zeros(km.shape, np.uint16)
    result[:, members.availability <= 0] |= AVAILABILITY
    for skill in range(demands.levels.shape[1]):
        rows = np.flatnonzero(demands.levels[:, skill] > 0)
        short = (members.levels[None, :, skill]
            < demands.levels[rows, None, skill])
        result[rows] |= short.astype(np.uint16) * np.uint16(SKILL)
    near = km <= members.radius[None, :]
    near |= np.isinf(members.radius)[None, :]
    placed = np.flatnonzero(demands.zone >= 0)
    near[placed] |= members.zones[:, demands.zone[placed]].T
    near[demands.remote] = True
    result |= (~near).astype(np.uint16) * np.uint16(ZONE)
    off = _days(demands)[:, None] & ~_bits(members.days)[None, :]
    result |= (off > 0).astype(np.uint16) * np.uint16(CALENDAR)
    for bit, chosen in [
            (ABSENCE, ~members.busy_mission), (MISSION, members.busy_mission)]:
        busy = _busy(members.busy[chosen], len(members), demands)
        result |= busy.astype(np.uint16) * np.uint16(bit)
    for paper in range(demands.papers.shape[1]):
        rows = np.flatnonzero(demands.papers[:, paper])
        late = (members.papers[None, :, paper]
            < demands.end[rows, None])
        result[rows] |= late.astype(np.uint16) * np.uint16(PAPERS)
    for bit, pairs in [
            (REFUSED, demands.refused), (SOLICITED, demands.solicited)]:
        result[pairs[:, 0], pairs[:, 1]] |= np.uint16(bit)
    return result


def _bits(days):
    return (days * (1 << np.arange(7))).sum(axis=1).astype(np.uint8)


def _days(demands):
    "(demands,) bits of the weekdays of the span on which there is work"
    first = demands.start // DAY
    count = (demands.end - 1) // DAY - first + 1
    # 1970-01-01 was a Thursday
    offset = (np.arange(7)[None, :] - (first[:, None] + 3)) % 7
    return _bits((offset < count[:, None]) & demands.days)


def _busy(busy, count, demands):
    "(demands, members) whether the member is busy in the span"
    busy = busy[busy[:, 2] > busy[:, 1]]
    if not len(busy) or not len(demands):
        return np.zeros((len(demands), count), bool)
    # Between two times of the demands, what is busy once is busy throughout
    times = np.unique(np.concatenate([demands.start, demands.end]))
    first = np.searchsorted(times, busy[:, 1], 'right') - 1
    last = np.searchsorted(times, busy[:, 2], 'left')
    steps = np.zeros((len(times) + 1, count), np.int32)
    np.add.at(steps, (np.maximum(first, 0), busy[:, 0]), 1)
    np.add.at(steps, (np.maximum(last, 0), busy[:, 0]), -1)
    slots = np.cumsum(steps, axis=0) > 0
    before = np.zeros_like(steps)
    np.cumsum(slots[:-1], axis=0, out=before[1:])
    start = np.searchsorted(times, demands.start)
    end = np.searchsorted(times, demands.end)
    return before[end] > before[start]
