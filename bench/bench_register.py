# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The register as of a date, and the first page of the lists, on PostgreSQL.

The rows are written by SQL: what is measured is reading them.
"""
import datetime as dt
import time
from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import astuple
from functools import partial
from statistics import median
from unittest.mock import patch

import psycopg
from bench.database import database, run

from trytond.pyson import PYSONDecoder

MOVEMENTS = 1_000_000
HOLDERS = 50_000
MEMBERS = 100_000
FEW = 100
# What the web client asks for: ids a page, rows of the first reading, count
LIMIT, READ, COUNT_LIMIT = 1000, 100, 100_000
DATE = dt.date(2022, 6, 30)
ASKED = {
    'coop.member': "first page and tab counts",
    'coop.share.movement': "first page",
    }


def main(pg_uri):
    with database(pg_uri, ['coop_member']) as name:
        company = run(name, fill_company)
        few = first_pages(name, company, FEW)
        many = first_pages(name, company, MEMBERS)
        rows = [
            page_row(model, few[model], many[model])
            for model in ASKED]
        fill_members(name, MEMBERS)
        fill_movements(name, HOLDERS, MOVEMENTS)
        rows[:0] = [as_of_row(name), days_row(name)]
    return rows


def fill_company():
    from trytond.modules.company.tests import set_company
    from trytond.modules.coop_member.tests import factories
    company = factories.cooperative()
    with set_company(company):
        factories.share_class(company)
        factories.category(company)
    return company.id


def fill_members(name, count):
    execute(name, """
        INSERT INTO party_party (id, code, name, active)
        SELECT i, i::text, 'Member ' || i, true
        FROM generate_series(1000, 999 + %(count)s) i
        ON CONFLICT DO NOTHING""", count=count)
    execute(name, """
        INSERT INTO coop_member (id, company, number, party, category, state,
            legal_person, shares_professional, keeps_seniority)
        SELECT i, c.company, i::text, i, c.id,
            CASE WHEN i %% 20 = 0 THEN 'left'
                WHEN i %% 50 = 0 THEN 'leaving' ELSE 'active' END,
            false, false, false
        FROM coop_member_category c, generate_series(1000, 999 + %(count)s) i
        ON CONFLICT DO NOTHING""", count=count)
    fill_lives(name)


def fill_lives(name):
    "What the list of members shows of their life and papers"
    execute(name, """
        INSERT INTO coop_member_event (company, number, recorded_at,
            previous_hash, hash, hash_version, member, kind, date, category)
        SELECT m.company, 3 * m.id + k, now(), (3 * m.id + k)::text,
            (3 * m.id + k)::text, 1, m.id,
            (ARRAY['application', 'admission', 'activation'])[k + 1],
            DATE '2020-01-01', m.category
        FROM coop_member m, generate_series(0, 2) k
        ON CONFLICT DO NOTHING""")
    execute(name, """
        INSERT INTO "coop_member_category-coop_document_kind" (category, kind)
        SELECT c.id, MIN(k.id) FROM coop_member_category c,
            coop_document_kind k
        WHERE c.id NOT IN (
            SELECT category FROM "coop_member_category-coop_document_kind")
        GROUP BY c.id""")
    execute(name, """
        INSERT INTO coop_member_document (member, kind, received_on, state)
        SELECT m.id, a.kind, DATE '2020-01-01',
            CASE WHEN m.id % 3 = 0 THEN 'received' ELSE 'verified' END
        FROM coop_member m
        JOIN "coop_member_category-coop_document_kind" a
            ON a.category = m.category
        WHERE m.id NOT IN (SELECT member FROM coop_member_document)
            AND m.id % 10 > 0""")


def fill_movements(name, holders, count):
    execute(name, "TRUNCATE coop_share_movement CASCADE")
    execute(name, """
        INSERT INTO coop_share_movement (company, number, recorded_at,
            previous_hash, hash, hash_version, member, share_class, kind,
            date, accounting_date, quantity, nominal, subscribed, called,
            paid_up, claim, operation, in_kind)
        SELECT c.company, i, now(), i::text, i::text, 1,
            1000 + i %% %(holders)s, c.id,
            'subscription', DATE '2020-01-01' + i %% 1400,
            DATE '2020-01-01' + i %% 1400, 1, 24, 24, 24, 0, 0, i, false
        FROM coop_share_class c, generate_series(1, %(count)s) i""",
        holders=holders, count=count)
    execute(name, "ANALYZE")


@contextmanager
def connect(name):
    from trytond.backend.postgresql import Database
    with psycopg.connect(
            Database._connection_params(name)['conninfo'],
            autocommit=True) as connection:
        yield connection


def execute(name, query, **params):
    with connect(name) as connection:
        connection.execute(query, params or None)


def first_pages(name, company, count):
    "Return {model: (queries, seconds)} of the lists with so many members"
    fill_members(name, count)
    fill_movements(name, count, count)
    result = {}
    for model in ASKED:
        runs = [
            run(name, partial(first_page, model), company=company,
                companies=[company], _check_access=True)
            for _ in range(6)][1:]
        result[model] = (runs[0][0], median(t for _, t in runs))
    return result


def first_page(model):
    "Return (queries, seconds) of what the web client asks for at opening"
    from trytond.pool import Pool
    pool = Pool()
    Model = pool.get(model)
    ActWindow = pool.get('ir.action.act_window')
    view = Model.fields_view_get(view_type='tree')
    names = list(view['fields'])
    names += [
        f'{name}.rec_name' for name, field in view['fields'].items()
        if field['type'] == 'many2one']
    action, = ActWindow.search([
            ('res_model', '=', model), ('domain', '=', None)], limit=1)
    domains = [
        PYSONDecoder().decode(d.domain)
        for d in action.act_window_domains if d.count]
    # A server would not remember the count of before the rows were written
    Model._count_cache.clear()
    Model.estimated_count()
    with counted() as queries:
        start = time.perf_counter()
        ids = [r.id for r in Model.search([], limit=LIMIT)]
        # The client asks for it only when the page is full
        Model.search_count([], 0, COUNT_LIMIT)
        for domain in domains:
            Model.search_count(domain, 0, LIMIT)
        Model.read(ids[:READ], names)
        seconds = time.perf_counter() - start
    return queries[0], seconds


@contextmanager
def counted():
    "Count the queries sent to PostgreSQL"
    queries, execute_ = [0], psycopg.Cursor.execute

    def count(self, *args, **kwargs):
        queries[0] += 1
        return execute_(self, *args, **kwargs)
    with patch.object(psycopg.Cursor, 'execute', count):
        yield queries


def page_row(model, few, many):
    assert few[0] == many[0], f"{model}: {few[0]} then {many[0]} queries"
    return (
        f"{ASKED[model]} of {model}, {MEMBERS:,} members",
        f"{many[1] * 1000:.0f} ms, {many[0]} queries",
        f"{FEW} members: {few[1] * 1000:.0f} ms, {few[0]} queries",
        many[1] / few[1], '<= 3')


def as_of_row(name):
    "The register of 50,000 holders against the bare query, turn by turn"
    peers, ours = [], []
    for _ in range(5):
        seconds, positions = run(name, register)
        ours.append(seconds)
        start = time.perf_counter()
        bare = bare_register(name)
        peers.append(time.perf_counter() - start)
        assert dict(bare) == positions
    ratio = median(o / p for o, p in zip(ours, peers))
    return (
        f"register as of a date, {MOVEMENTS:,} movements",
        f"{median(ours):.2f} s", f"psycopg {median(peers):.2f} s", ratio,
        '<= 2')


def days_row(name):
    "Capital, highest and floor of each day of a year, against a query a day"
    seconds, days = run(name, capital_by_day)
    peer, sample = run(name, capital_of_days)
    assert sample == {day: days[day] for day in sample}
    peer *= len(days) / len(sample)
    return (
        f"capital and floor of {len(days)} days, {MOVEMENTS:,} movements",
        f"{seconds:.2f} s",
        f"a query a day {peer:.0f} s (measured on {len(sample)})",
        peer / seconds, '>= 50')


def year():
    return [DATE - dt.timedelta(days=n) for n in range(365)]


def capital_by_day():
    "Return (seconds, {day: (capital, highest, floor)}) by one query"
    from trytond.pool import Pool
    pool = Pool()
    Capital = pool.get('coop.share.capital')
    company, = pool.get('company.company').search([])
    start = time.perf_counter()
    days = Capital.days(company)
    dates = [d.date for d in days]
    result = {}
    for day in year():
        last = days[bisect_right(dates, day) - 1]
        result[day] = last.capital, last.highest, last.floor
    return time.perf_counter() - start, result


def capital_of_days():
    "Return the same of some days, each asked for by itself"
    from trytond.pool import Pool
    pool = Pool()
    Capital = pool.get('coop.share.capital')
    company, = pool.get('company.company').search([])
    start = time.perf_counter()
    result = {
        day: (
            Capital.subscribed_at(company, day),
            Capital.highest(company, day), Capital.floor(company, day))
        for day in year()[::30]}
    return time.perf_counter() - start, result


def register():
    from trytond.pool import Pool
    pool = Pool()
    Movement = pool.get('coop.share.movement')
    company, = pool.get('company.company').search([])
    start = time.perf_counter()
    positions = Movement.positions(company, DATE)
    seconds = time.perf_counter() - start
    return seconds, {k: astuple(p) for k, p in positions.items()}


def bare_register(name):
    with connect(name) as connection:
        return [
            ((member, share_class), tuple(sums))
            for member, share_class, *sums in connection.execute("""
                SELECT member, share_class, SUM(quantity), SUM(subscribed),
                    SUM(called), SUM(paid_up), SUM(claim)
                FROM coop_share_movement
                WHERE date <= %s
                GROUP BY member, share_class""", [DATE]).fetchall()]
