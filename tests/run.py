#!/usr/bin/env python3
"""The whole suite: lint, modules on both databases, system, browser.

Installs what it needs, starts a PostgreSQL of its own and runs the units in
parallel, the longest first.  Its last line counts the tests.
"""
import argparse
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'config')]

from install import client, postgres, system, venv  # noqa: E402
from install.steps import Stop, main, step  # noqa: E402

from tests import units as suite  # noqa: E402
from tests.runner import CACHE, Suite  # noqa: E402

KEPT_DAYS = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--module', help="the tests of one module only")
    parser.add_argument('--only', help="units with this text in their name")
    parser.add_argument(
        '--jobs', type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument('--list', action='store_true', help="list the units")
    return parser.parse_args()


def selected(args):
    if args.module and args.module not in suite.modules():
        raise Stop(
            f'There is no module {args.module}. There are: '
            f'{", ".join(suite.modules())}')
    units = [
        u for u in suite.collect(args.module)
        if not args.only or args.only in u.name]
    if not units:
        raise Stop('No test to run.\n0 passed, 0 failed')
    return units


def forget_old_caches():
    CACHE.mkdir(parents=True, exist_ok=True)
    limit = time.time() - KEPT_DAYS * 24 * 60 * 60
    for path in CACHE.iterdir():
        if path.stat().st_mtime < limit:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def server(units):
    if any(u.backend == suite.POSTGRESQL for u in units):
        with step('PostgreSQL'):
            return postgres.Cluster().start()


def report(tests, seconds):
    for reason in tests.skipped:
        print(f'skipped: {reason}')
    print(f'{seconds:.0f} s, {len(tests.skipped)} skipped')
    print(f'{tests.passed} passed, {tests.failed} failed', flush=True)
    return int(tests.failed or not tests.passed)


def run():
    args = arguments()
    units = selected(args)
    if args.list:
        for unit in units:
            print(unit.name)
        return 0
    start = time.monotonic()
    system.provide(system.missing_for_tests)
    venv.ensure('demo', 'postgresql', 'test')
    if any(u.kind == 'browser' for u in units):
        client.ensure()
    forget_old_caches()
    cluster = server(units)
    try:
        tests = Suite(units, args.jobs, cluster, args.module)
        tests.run()
    finally:
        if cluster:
            cluster.stop()
    return report(tests, time.monotonic() - start)


if __name__ == '__main__':
    main(run)
