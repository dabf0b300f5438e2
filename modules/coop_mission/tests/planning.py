# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A made-up cooperative whose size and chance are given.

Like France: 96 zones of unequal population, 20 trades at 4 levels, each
member with one to five of them, 15 % of days off, radii of mobility, and a
history in which some were proposed much more than others.
"""
import numpy as np

from ..plan import DAY, Demands, Members

ZONES, SKILLS, LEVELS = 96, 20, 4
# 2026-01-05, a Monday
START = 20458 * DAY


def cooperative(
        members, demands, seed, days=None, zones=ZONES, skills=SKILLS):
    """Return Members and Demands.

    A small cooperative has fewer zones and skills.

    :param days: length of the period; so that each member has about as many
        demands a month as in a month of 22 working days when None
    """
    random = np.random.default_rng(seed)
    days = days or max(14, round(18 * demands / members))
    towns = np.stack([
            random.uniform(43, 50, zones), random.uniform(-1, 7, zones)], 1)
    people = random.pareto(1.2, zones) + 0.3
    people /= people.sum()
    trades = random.dirichlet(np.full(skills, 2))
    return (
        _members(random, members, days, towns, people, trades),
        _demands(random, demands, days, towns, people, trades))


def _around(random, towns, zone):
    place = towns[zone] + random.normal(0, 0.25, (len(zone), 2))
    return {'latitude': place[:, 0], 'longitude': place[:, 1]}


def _members(random, count, days, towns, people, trades):
    zone = random.choice(len(people), count, p=people)
    place = _around(random, towns, zone)
    levels = np.zeros((count, len(trades)), np.int64)
    for share in [1, 0.8, 0.6, 0.4, 0.2]:
        has = random.random(count) < share
        skill = random.choice(len(trades), count, p=trades)
        level = random.choice(
            np.arange(1, LEVELS + 1), count, p=[0.15, 0.3, 0.35, 0.2])
        rows = np.flatnonzero(has)
        levels[rows, skill[rows]] = np.maximum(
            levels[rows, skill[rows]], level[rows])
    availability = random.choice([240.0, 480, 960, 1440], count)
    off = np.argwhere(random.random((count, days)) < 0.15)
    start = START + off[:, 1] * DAY
    papers = START + random.integers(-30, 700, count) * DAY
    return Members(
        number=np.arange(1, count + 1), levels=levels, **place,
        radius=random.choice([50.0, 100, 200, 400, np.inf], count,
            p=[0.15, 0.3, 0.3, 0.15, 0.1]),
        availability=availability,
        proposed=np.round(
            availability * random.gamma(2.2, 0.15, count)),
        papers=papers[:, None],
        busy=np.stack([off[:, 0], start, start + DAY], 1),
        busy_mission=random.random(len(off)) < 0.3)


def _demands(random, count, days, towns, people, trades):
    zone = random.choice(len(people), count, p=people)
    levels = np.zeros((count, len(trades)), np.int64)
    levels[np.arange(count), random.choice(len(trades), count, p=trades)] = (
        random.choice(np.arange(1, LEVELS + 1), count,
            p=[0.35, 0.35, 0.22, 0.08]))
    long = random.choice([0.5, 1, 2, 3], count, p=[0.4, 0.35, 0.15, 0.1])
    afternoon = (long == 0.5) & (random.random(count) < 0.5)
    day = random.integers(0, days - np.ceil(long).astype(int) + 1)
    start = START + day * DAY + np.where(afternoon, 13, 8) * 60
    end = START + (day + np.ceil(long).astype(int) - 1) * DAY + np.where(
        (long == 0.5) & ~afternoon, 12, 18) * 60
    return Demands(
        number=np.arange(1, count + 1), levels=levels,
        **_around(random, towns, zone), start=start, end=end,
        hours=8 * long, remote=random.random(count) < 0.1,
        papers=random.random((count, 1)) < 0.3)


def crowded(seed, members, demands):
    """Return Members and Demands with everything that stands in the way.

    Many overlap, many are equal, and numbers are in no order.
    """
    random = np.random.default_rng(seed)
    number = random.permutation(members) + 100
    busy_start = START + random.integers(0, 5 * 24, members) * 60
    start = START + random.integers(0, 5 * 24, demands) * 60
    count = demands // 3 if members else 0
    pairs = np.stack([
            random.integers(0, demands, count),
            random.integers(0, members or 1, count)], 1)
    return Members(
        number=number, levels=random.integers(0, 4, (members, 3)),
        latitude=48 + random.integers(0, 3, members) / 2,
        longitude=2 + random.integers(0, 3, members) / 2,
        radius=random.choice([0.0, 40, 90, np.inf], members),
        zones=random.random((members, 4)) < 0.3,
        availability=random.choice([0.0, 100, 200, 400], members,
            p=[0.1, 0.3, 0.3, 0.3]),
        proposed=random.choice([0.0, 40, 90], members),
        papers=(START + random.integers(0, 9, members) * DAY)[:, None],
        days=random.random((members, 7)) < 0.9,
        busy=np.stack([
                np.arange(members), busy_start,
                busy_start + random.integers(0, 20, members) * 60], 1),
        busy_mission=random.random(members) < 0.5), Demands(
        number=random.permutation(demands) + 500,
        levels=np.where(
            random.random((demands, 3)) < 0.3,
            random.integers(0, 3, (demands, 3)), 0),
        latitude=48 + random.integers(0, 3, demands) / 2,
        longitude=2 + random.integers(0, 3, demands) / 2,
        zone=random.integers(-1, 4, demands),
        remote=random.random(demands) < 0.3, start=start,
        end=start + random.integers(1, 48, demands) * 60,
        hours=random.choice([2.0, 4, 8], demands),
        papers=random.random((demands, 1)) < 0.2,
        days=random.random((demands, 7)) < 0.8,
        refused=pairs[::2], solicited=pairs[1::2])
