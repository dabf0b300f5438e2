# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who may be asked for a demand, among 10,000 members and among 100.

On PostgreSQL, with all that keeps somebody from it: levels, zones, week,
absences, missions; and what each was proposed over the year. Measured are the
order of the rule, and the screen on which one chooses, with its reasons. The
rows are written by SQL: what is measured is reading them.
"""
import datetime as dt
import random
import time
from functools import partial
from statistics import median

from bench.bench_register import connect, counted, execute, fill_members
from bench.database import database, run

FEW, MANY = 100, 10_000
RUNS = 6
LIMIT = 1
SAID = {'order': "may be asked", 'screen': "shown"}
WORK = {
    'order': "candidates of a demand",
    'screen': "screen to choose them",
    }


def main(pg_uri):
    with database(pg_uri, ['coop_mission']) as name:
        company, demand = run(name, fill_company)
        few = measure(name, company, demand, FEW)
        many = measure(name, company, demand, MANY)
    rows = []
    for work, text in WORK.items():
        queries, seconds, found = many[work]
        assert queries == few[work][0], (work, queries, few[work][0])
        rows.append((
                f"{text}, {MANY:,} members",
                f"{seconds * 1000:.0f} ms, {queries} queries, "
                f"{found:,} {SAID[work]}",
                f"{FEW} members: {few[work][1] * 1000:.0f} ms, "
                f"{few[work][0]} queries; {LIMIT} s",
                seconds / LIMIT, '< 1'))
    return rows


def fill_company():
    from trytond.modules.company.tests import set_company
    from trytond.modules.coop_member.tests import factories as coop
    from trytond.modules.coop_mission.tests import factories
    company = coop.cooperative()
    with set_company(company):
        coop.category(company)
        demand = factories.demand(company)
    return company.id, demand.id


def measure(name, company, demand, count):
    "Return {work: (queries, seconds, who may be asked)} with so many"
    fill_members(name, count)
    fill_profiles(name, demand)
    result = {}
    for work, function in [('order', order), ('screen', screen)]:
        runs = [
            run(name, partial(function, demand), company=company,
                companies=[company])
            for _ in range(RUNS)][1:]
        result[work] = (
            runs[0][0], median(run[1] for run in runs), runs[0][2])
    return result


def fill_profiles(name, demand):
    "Give members without a profile one, with all that belongs to it"
    from trytond.modules.coop_skill import communes, distance
    made = random.Random(1)
    places = [
        p for found in communes._communes().values()
        for p in found.values() if not p.department.startswith('97')]
    places.sort(key=lambda p: p.code)
    with connect(name) as connection:
        missing = connection.execute("""
            SELECT m.id, m.party FROM coop_member m WHERE m.id NOT IN (
                SELECT member FROM coop_member_profile)
            ORDER BY m.id""").fetchall()
        homes = [made.choice(places) for _ in missing]
        with connection.cursor() as cursor:
            cursor.executemany("""
                INSERT INTO party_address (party, city, postal_code, active)
                VALUES (%s, %s, %s, true)""", [
                    (party, home.name, f'{home.department[:2]}000')
                    for (_, party), home in zip(missing, homes)])
            cursor.executemany("""
                WITH profile AS (
                    INSERT INTO coop_member_profile (member, hours_month,
                        monday_am, tuesday_am, wednesday_am, thursday_am,
                        friday_am)
                    VALUES (%s, %s, true, true, true, true, %s)
                    RETURNING id)
                INSERT INTO coop_member_zone (profile, kind, radius, x, y, z,
                    square_chord)
                SELECT id, 'radius', %s, %s, %s, %s, %s FROM profile""", [
                    (member, dt.timedelta(hours=made.randint(10, 140)),
                        made.random() < .9, radius,
                        *distance.vector(*home.point),
                        distance.square_chord(radius))
                    for (member, _), home in zip(missing, homes)
                    for radius in [made.choice([30, 100, 300, 800])]])
    execute(name, """
        INSERT INTO coop_member_absence (profile, start_date, end_date)
        SELECT p.id, d.start_date, d.start_date
        FROM coop_member_profile p, coop_demand d
        WHERE d.id = %(demand)s AND p.id %% 7 = 0 AND p.id NOT IN (
            SELECT profile FROM coop_member_absence)""", demand=demand)
    execute(name, """
        INSERT INTO coop_member_skill (profile, skill, declared)
        SELECT p.id, l.skill, l.level
        FROM coop_member_profile p, coop_demand_line l
        WHERE l.demand = %(demand)s AND p.id %% 3 > 0 AND p.id NOT IN (
            SELECT profile FROM coop_member_skill)""", demand=demand)
    execute(name, """
        INSERT INTO coop_skill_proof (member_skill, kind, level, date, state)
        SELECT s.id, 'diploma', s.declared, DATE '2020-01-01', 'confirmed'
        FROM coop_member_skill s WHERE s.id % 4 > 0 AND s.id NOT IN (
            SELECT member_skill FROM coop_skill_proof)""")
    execute(name, """
        INSERT INTO coop_demand (company, title, channel, priority, date,
            start_date, end_date, state)
        SELECT company, 'Another', 'phone', 'normal', date, start_date,
            end_date, 'quoted'
        FROM coop_demand WHERE id = %(demand)s AND NOT EXISTS (
            SELECT 1 FROM coop_demand WHERE title = 'Another')""",
        demand=demand)
    execute(name, """
        INSERT INTO coop_mission_offer (company, demand, member, title,
            start_date, end_date, hours, price, state, proposed_on)
        SELECT d.company, d.id, m.id, d.title, d.start_date - 7 * k,
            d.start_date - 7 * k, 7 * k, 100,
            (ARRAY['refused', 'expired', 'accepted'])[m.id % 3 + 1],
            CURRENT_DATE - 10 * k
        FROM coop_demand d, coop_member m, generate_series(0, 3) k
        WHERE d.title = 'Another' AND m.id NOT IN (
            SELECT member FROM coop_mission_offer)""")
    execute(name, "ANALYZE")


def order(demand):
    "Return (queries, seconds, who may be asked) of the order of the rule"
    from trytond.modules.coop_mission import matching
    from trytond.pool import Pool
    demand = Pool().get('coop.demand')(demand)
    with counted() as queries:
        start = time.perf_counter()
        found = matching.candidates([demand])[demand]
        seconds = time.perf_counter() - start
    return queries[0], seconds, sum(1 for c in found if c.rank)


def screen(demand):
    "Return the same of the wizard, as it opens"
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    Wizard = Pool().get('coop.demand.propose', type='wizard')
    with Transaction().set_context(
            active_model='coop.demand', active_id=demand,
            active_ids=[demand]):
        session_id, start_state, _ = Wizard.create()
        with counted() as queries:
            start = time.perf_counter()
            view = Wizard.execute(session_id, {}, start_state)
            seconds = time.perf_counter() - start
    rows = view['view']['defaults']['candidates']
    return queries[0], seconds, sum(1 for row in rows if row['rank'])
