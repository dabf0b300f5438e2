"""Run one unit of the suite in a process of its own.

    python -m tests.worker RESULT MODULE... [SCENARIO...]

RESULT is the file that receives the counts as JSON.
"""
import functools
import json
import os
import sys
import unittest


def load(names):
    loader = unittest.TestLoader()
    # The patterns are what load_doc_tests compares the file names with
    if scenarios := [name for name in names if name.endswith('.rst')]:
        loader.testNamePatterns = scenarios
    suite = loader.loadTestsFromNames(
        [name for name in names if name not in scenarios])
    for error in loader.errors:
        print(error, file=sys.stderr)
    return suite


def count(result):
    "A test with several failed subtests is one failed test"
    bad = {
        getattr(test, 'test_case', test).id()
        for test, _ in result.failures + result.errors}
    failed = len(bad) + len(result.unexpectedSuccesses)
    skipped = [
        f'{test.id()}: {reason}' for test, reason in result.skipped]
    ran = max(result.testsRun, failed)
    if not ran and not skipped:
        print('No test was found', file=sys.stderr)
        failed = 1
        ran = 1
    return {
        'passed': ran - failed - len(skipped),
        'failed': failed,
        'skipped': skipped,
        }


def remember_modules():
    """Look each module up once

    Tryton's generic tests resolve each class of the pool for each model, and
    looking through the entry points costs them ten seconds a test.
    """
    from trytond.tools import misc
    misc.import_module = functools.cache(misc.import_module)


def main(path, *names):
    if os.environ.get('DB_CACHE'):
        from tests import cache
        cache.install()
    remember_modules()
    runner = unittest.TextTestRunner(verbosity=2, buffer=False)
    result = count(runner.run(load(names)))
    with open(path, 'w') as file:
        json.dump(result, file)
    return int(bool(result['failed']))


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
