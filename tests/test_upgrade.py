"""A database made by an earlier commit updates: its data is kept.

"make upgrade-fixture" remakes it.
"""
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

FOLDER = ROOT / 'tests' / 'upgrade'
DATABASE = 'coop'


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
        for model in ['coop.member', 'coop.share.movement']:
            with self.subTest(model):
                self.assertGreater(self.before['counts'][model], 0)

    def test_records_kept(self):
        "As many records of each kind as before"
        self.assertEqual(self.after['counts'], self.before['counts'])

    def test_register_verified(self):
        "The chain is unbroken and the register agrees with the books"
        self.assertEqual(self.after['problems'], [])
