# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Registers of 10,000 members as PDF and spreadsheet, against 1,000.

Ten times the members should take ten times the time: the figure is the time
of a member among 10,000 in times of a member among 1,000.
"""
import resource
import time
from functools import partial

from bench.bench_register import (
    execute, fill_company, fill_members, fill_movements)
from bench.database import database, run

FEW, MANY = 1_000, 10_000
# Movements of a member
MOVEMENTS = 5
# The kernel's unit is the kilobyte
MEMORY = 700 * 1024
DOCUMENTS = {
    'coop.member.register': "register of members",
    'coop.share.capital.table': "capital table",
    }


def main(pg_uri):
    with database(pg_uri, ['coop_member']) as name:
        company = run(name, fill_company)
        few = measure(name, company, FEW, 3)
        many = measure(name, company, MANY, 1)
    rows = [
        (f"{DOCUMENTS[report]} as {format_}, {MANY:,} members",
            f"{many[report, format_]:.1f} s",
            f"{FEW:,} members: {few[report, format_]:.2f} s",
            many[report, format_] / few[report, format_] / (MANY / FEW),
            '<= 1.15')
        for report, format_ in many]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows.append((
            f"most memory of these, {MANY:,} members",
            f"{memory // 1024} MB", f"{MEMORY // 1024} MB",
            memory / MEMORY, '<= 1'))
    return rows


def measure(name, company, count, runs):
    "Return {(report, format): least seconds of the runs} with so many"
    fill_members(name, count)
    fill_movements(name, count, count * MOVEMENTS)
    execute(name, "ANALYZE")
    result = {}
    for report in DOCUMENTS:
        for format_ in ['pdf', 'xlsx']:
            make_ = partial(make, report, format_, company)
            result[report, format_] = min(
                run(name, make_, company=company) for _ in range(runs))
    return result


def make(report, format_, company):
    "Return the seconds that a document takes; its progress must be told"
    from trytond.pool import Pool
    pool = Pool()
    Action = pool.get('ir.action.report')
    action, = Action.search([('report_name', '=', report)])
    told = []
    start = time.perf_counter()
    _, content = pool.get(report, type='report').make(
        {'company': company, 'format': format_}, action,
        lambda done, total: told.append((done, total)))
    seconds = time.perf_counter() - start
    assert content
    if format_ == 'pdf':
        assert told == sorted(told) and told[-1][0] == told[-1][1], told
        print(report, "told its progress", len(told), "times", flush=True)
    return seconds
