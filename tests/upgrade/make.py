#!/usr/bin/env python3
"""Remake the database of tests/test_upgrade.py: "make upgrade-fixture".

It is the demonstration as the present code makes it.  Remake it at each
release, so that the test updates from what users have.
"""
import json
import lzma
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'config'), str(ROOT / 'demo')]

from install import system, venv  # noqa: E402
from install.steps import environment, main, step  # noqa: E402

from run import Launcher  # noqa: E402
from store import SQLite  # noqa: E402

from tests.upgrade import EMPTY  # noqa: E402

FOLDER = ROOT / 'tests' / 'upgrade'
DATABASE = FOLDER / 'coop.sqlite.xz'
COUNTS = FOLDER / 'counts.json'


def call(name, folder):
    "Run a file of this folder on the database, return what it prints"
    return subprocess.check_output(
        [venv.PYTHON, '-m', f'tests.upgrade.{name}', 'coop'], cwd=ROOT,
        env=environment(
            TRYTOND_DATABASE_URI='sqlite://', TRYTOND_DATABASE__PATH=folder))


def compress(path):
    connection = sqlite3.connect(path)
    connection.execute('VACUUM')
    connection.close()
    with path.open('rb') as source, lzma.open(
            DATABASE, 'wb', preset=9) as target:
        shutil.copyfileobj(source, target)


def make():
    system.provide(system.missing_libraries)
    venv.ensure('demo')
    with tempfile.TemporaryDirectory(prefix='coop-upgrade-') as folder:
        store = SQLite(Path(folder))
        launcher = Launcher(store)
        launcher.create()
        launcher.load()
        with step('Compressing'):
            call('more', folder)
            found = json.loads(call('look', folder))
            compress(store.file)
    if found['problems']:
        print('The register of the demonstration does not verify:')
        print('\n'.join(found['problems']))
        return 1
    if poor := {n for n, c in found['counts'].items() if not c} - EMPTY:
        DATABASE.unlink()
        print(f'There is nothing to keep of {poor}: add it to more.py.')
        return 1
    kept = {name: found[name] for name in ['counts', 'problems']}
    COUNTS.write_text(json.dumps(kept, indent=1) + '\n')
    print(f'{DATABASE.relative_to(ROOT)}: '
        f'{DATABASE.stat().st_size / 2 ** 20:.1f} MB, {kept}')


if __name__ == '__main__':
    main(make)
