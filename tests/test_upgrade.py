"""A database made by an earlier commit updates: its data is kept.

"make upgrade-fixture" remakes it.
"""
import contextlib
import json
import lzma
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support import ROOT, environment
from tests.upgrade import EMPTY
from tests.upgrade.look import COLUMNS, LEDGERS

FOLDER = ROOT / 'tests' / 'upgrade'
DATABASE = 'coop'
# The kinds of which modules ship records
SHIPPED = {'coop.parameter'}


# Who holds how much, without what the present code thinks of it
SUMS = ', '.join(
    f'ROUND(SUM(CAST(p.{name} AS REAL)), 2)' for name in COLUMNS)
HOLDINGS = f"""
    SELECT p.company, m.number, c.code, {SUMS}
    FROM coop_share_movement AS p
    JOIN coop_member AS m ON m.id = p.member
    JOIN coop_share_class AS c ON c.id = p.share_class
    GROUP BY p.company, m.number, c.code"""


def rows(file):
    "What the database says before the update, by SQL"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        def read(query):
            return [list(row) for row in connection.execute(query)]

        return {
            'ledgers': {
                name: read(
                    'SELECT company, number, hash '
                    f'FROM {name.replace(".", "_")} ORDER BY company, number')
                for name in LEDGERS},
            'states': sorted(
                read('SELECT company, number, state FROM coop_member')),
            'holdings': sorted(
                [*row[:3], *map(str, row[3:])]
                for row in read(HOLDINGS) if any(row[3:])),
            }


class UpgradeTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='coop-upgrade-')
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.file = cls.folder / f'{DATABASE}.sqlite'
        fixture = FOLDER / f'{DATABASE}.sqlite.xz'
        if not fixture.exists():
            raise AssertionError(
                f'{fixture.name} is missing: run "make upgrade-fixture"')
        with lzma.open(fixture) as source:
            with cls.file.open('wb') as target:
                shutil.copyfileobj(source, target)
        cls.before = json.loads((FOLDER / 'counts.json').read_text())
        cls.before |= rows(cls.file)
        cls.update()
        cls.after = json.loads(
            cls.call('-m', 'tests.upgrade.look', DATABASE))

    @classmethod
    def update(cls):
        connection = sqlite3.connect(cls.file)
        modules = [name for name, in connection.execute(
                "SELECT name FROM ir_module WHERE state = 'activated' "
                "AND name LIKE 'coop_%'")]
        connection.close()
        assert 'coop_member' in modules, modules
        cls.call(
            '-m', 'trytond.cli.admin', '-d', DATABASE, '-u', *modules,
            '--activate-dependencies')

    @classmethod
    def call(cls, *arguments):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, text=True,
            capture_output=True, stdin=subprocess.DEVNULL, env=environment(
                TRYTOND_DATABASE_URI='sqlite://',
                TRYTOND_DATABASE__PATH=cls.folder))
        if done.returncode:
            raise AssertionError(f'{arguments}\n{done.stdout}{done.stderr}')
        return done.stdout

    def test_something_was_there(self):
        empty = {n for n, c in self.before['counts'].items() if not c}
        self.assertLessEqual(empty, EMPTY)
        for name in LEDGERS:
            with self.subTest(name):
                self.assertEqual(
                    len(self.before['ledgers'][name]),
                    self.before['counts'][name])
        self.assertIn('left', {state for *_, state in self.before['states']})
        self.assertGreater(len(self.before['holdings']), 0)

    def test_records_kept(self):
        "As many records of each kind as before, but for what modules ship"
        before, after = self.before['counts'], self.after['counts']
        self.assertEqual(
            {n: after.get(n) for n in before if n not in SHIPPED},
            {n: before[n] for n in before if n not in SHIPPED})
        for name in SHIPPED:
            self.assertGreaterEqual(after[name], before[name])

    def test_ledgers_kept(self):
        "Each row of both ledgers has its number and its hash"
        for name in LEDGERS:
            with self.subTest(name):
                self.assertEqual(
                    self.after['ledgers'][name], self.before['ledgers'][name])

    def test_states_kept(self):
        self.assertEqual(self.after['states'], self.before['states'])

    def test_holdings_kept(self):
        "Each member holds what the rows summed to before"
        self.assertEqual(self.after['holdings'], self.before['holdings'])

    def test_register_verified(self):
        "The chain is unbroken and the register agrees with the books"
        self.assertEqual(self.after['problems'], [])
