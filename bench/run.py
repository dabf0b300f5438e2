#!/usr/bin/env python3
"""Every benchmark of this folder, in one run: "make bench".

A file bench_NAME.py has a function main(pg_uri) that returns rows (work,
figure, peer, ratio, bar): what was done, what it took, what the peer measured
in the same run took, the figure in peers, and what the ratio must reach, such
as "<= 2" or ">= 10".
"""
import argparse
import json
import operator
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / 'config')]

from install import postgres, system, venv  # noqa: E402
from install.steps import Stop, environment, main, step  # noqa: E402

BARS = {
    '<=': operator.le, '>=': operator.ge, '<': operator.lt, '>': operator.gt}
HEAD = ('work', 'figure', 'peer', 'ratio', 'bar', 'reached')
CHILD = '''
import importlib, json, sys
rows = importlib.import_module(sys.argv[1]).main(sys.argv[2])
with open(sys.argv[3], 'w') as file:
    json.dump([list(row) for row in rows], file, default=str)
'''


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('names', nargs='*', help="only these: import, lists")
    return parser.parse_args()


def found(names):
    paths = sorted((ROOT / 'bench').glob('bench_*.py'))
    if names:
        paths = [p for p in paths if p.stem[len('bench_'):] in names]
    if not paths:
        raise Stop('There is no such benchmark in bench/.')
    return paths


def measure(path, uri):
    "The rows of a benchmark; each has a process and a database to itself"
    with tempfile.TemporaryDirectory(prefix='coop-bench-') as folder:
        result = Path(folder, 'rows.json')
        values = environment(
            COOP_PG_URI=uri, PYTHONPATH=f'{ROOT}{os.pathsep}{path.parent}',
            TRYTOND_DATABASE__PATH=folder, TRYTOND_DATABASE__RETRY=30,
            TRYTOND_DATABASE_URI=uri)
        code = subprocess.call(
            [venv.PYTHON, '-c', CHILD, path.stem, uri, result],
            cwd=ROOT, env=values)
        if code:
            return [(path.stem, 'failed', '', '', '')]
        return json.loads(result.read_text())


def reached(ratio, bar):
    "Whether the ratio is as the bar says; None when there is no bar"
    sign, _, limit = str(bar).partition(' ')
    if sign not in BARS:
        return None
    return BARS[sign](float(ratio), float(limit))


def table(rows):
    rows = [tuple(map(str, row)) for row in rows]
    widths = [
        max(len(row[i]) for row in [HEAD, *rows]) for i in range(len(HEAD))]
    lines = [HEAD, tuple('-' * w for w in widths), *rows]
    return '\n'.join(
        '  '.join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip()
        for line in lines)


def judged(row):
    work, figure, peer, ratio, bar = row
    if figure == 'failed':
        return (*row, 'NO')
    words = {True: 'yes', False: 'NO', None: ''}
    if isinstance(ratio, float):
        row = (work, figure, peer, f'{ratio:.2f}', bar)
    return (*row, words[reached(ratio, bar)])


def run():
    paths = found(arguments().names)
    system.provide(system.missing_for_tests)
    venv.ensure('demo', 'postgresql', 'test')
    rows = []
    # Room for a million movements, as a server for work has it
    with postgres.Cluster(
            shared_buffers='2GB', work_mem='64MB',
            maintenance_work_mem='512MB') as server:
        for path in paths:
            with step(path.stem):
                rows += map(judged, measure(path, server.uri))
    print(f'\n{table(rows)}', flush=True)
    return int(any(row[-1] == 'NO' for row in rows))


if __name__ == '__main__':
    main(run)
