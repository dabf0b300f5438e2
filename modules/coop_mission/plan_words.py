# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Proposals and comparisons in words and tables, for files and terminals.

Imports no Tryton.
"""
import csv
import datetime as dt

from .plan import TAKEN
from .plan_csv import EPOCH

HEAD = [
    'demand', 'start', 'end', 'member', 'rank', 'candidates', 'km', 'load',
    'relative_load', 'points', 'points_distance', 'points_skill',
    'points_equity', 'reasons']
AHEAD = 3
REASONS = {
    'only': "the only one who can",
    'first': "first by the rule",
    'nearest': "the nearest who can",
    'least_loaded': "the least loaded who can",
    }
AGAINST = {
    'availability': "declare no availability",
    'skill': "do not have the skills at the level",
    'zone': "do not go there",
    'calendar': "do not work on these days",
    'absence': "are away",
    'mission': "have another mission",
    'papers': "have papers that are not valid until the end",
    'refused': "refused",
    'solicited': "were asked already",
    TAKEN: "are proposed something else at that time",
    }


def time(minute):
    "Return a minute as 2026-12-31 14:30"
    day = dt.datetime.combine(EPOCH, dt.time())
    moment = day + dt.timedelta(minutes=int(minute))
    return f'{moment:%Y-%m-%d %H:%M}'


def reasons(proposal):
    "Return the reasons of a Proposal as a sentence"
    if proposal.candidate is None:
        return "nobody: " + "; ".join(
            f"{count} {AGAINST[code]} "
            f"({proposal.only_against.get(code, 0)} for nothing else)"
            for code, count in proposal.against.items())
    parts = [REASONS[r] for r in proposal.reasons if r in REASONS]
    if proposal.candidate.against:
        against = ', '.join(AGAINST[c] for c in proposal.candidate.against)
        parts.append(f"against the rule: {against}")
    for code, words in [
            (TAKEN, "proposed something else at that time"),
            ('balance', "whose share the plan fills by others")]:
        found = [str(member) for member, c in proposal.ahead if c == code]
        if found:
            more = f" and {len(found) - AHEAD} more" * (len(found) > AHEAD)
            parts.append(
                f"ahead were {', '.join(found[:AHEAD])}{more}, {words}")
    return "; ".join(parts)


def row(problem, proposal):
    "Return the row of a Proposal, as HEAD"
    index = problem.demand(proposal.demand)
    candidate = proposal.candidate
    first = [
        proposal.demand, time(problem.demands.start[index]),
        time(problem.demands.end[index])]
    if candidate is None:
        return [
            *first, '', '', proposal.candidates, *[''] * 7,
            reasons(proposal)]
    numbers = [
        (candidate.km, 1), (candidate.load, 4), (candidate.relative_load, 2),
        (candidate.points, 3), (candidate.distance, 3), (candidate.skill, 3),
        (candidate.equity, 3)]
    return [
        *first, candidate.member, candidate.rank or '', proposal.candidates,
        *('' if n is None else f'{n:.{digits}f}' for n, digits in numbers),
        reasons(proposal)]


def write(file, problem, proposals):
    "Write the proposals as CSV"
    writer = csv.writer(file, delimiter=';', lineterminator='\r\n')
    writer.writerow(HEAD)
    for proposal in proposals:
        writer.writerow(row(problem, proposal))


def table(named):
    "Return the lines of a comparison of [(name, Measures)]"
    head = [
        '', 'served', 'of', 'hours', 'km', 'km each', 'Gini', 'min/mean']
    lines = [head] + [[
            name, str(m.assigned), str(m.demands), f'{m.hours:.0f}',
            f'{m.travel:.0f}', f'{m.travel_each:.1f}', f'{m.gini:.3f}',
            f'{m.min_mean:.2f}'] for name, m in named]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        first, *rest = line
        yield '  '.join([
                first.ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(rest, widths[1:]))])
