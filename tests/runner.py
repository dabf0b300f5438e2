"""Runs the units of the suite in parallel and counts their tests."""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from install import system, venv
from install.steps import VAR, environment

from tests import units as suite

ROOT = Path(__file__).resolve().parents[1]
CACHE = VAR / 'test-cache'
DURATIONS = VAR / 'test-durations.json'
# A slow machine takes twice the time of the longest unit here
TIMEOUT = 40 * 60


class Running:
    "A unit under way"

    def __init__(self, unit, folder, number, server, module, timeout):
        self.unit = unit
        self.module = module
        self.timeout = timeout
        self.folder = folder / str(number)
        self.folder.mkdir()
        self.result = self.folder / 'result.json'
        self.output = self.folder / 'output'
        self.start = time.monotonic()
        with self.output.open('wb') as output:
            self.process = subprocess.Popen(
                [venv.PYTHON, '-m', 'tests.worker', self.result,
                    *unit.arguments],
                cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
                env=self.environment(number, server))

    def environment(self, number, server):
        values = {
            'DB_CACHE': CACHE,
            'DB_CACHE_JOBS': 1,
            'COOP_MODULE': self.module or '',
            'PYTHONUNBUFFERED': 1,
            'TMPDIR': self.folder,
            'TRYTOND_DATABASE__PATH': self.folder,
            'TRYTOND_DATABASE__RETRY': 30,
            }
        if server:
            values['COOP_PG_URI'] = server.uri
        if browser := system.chromium():
            values['COOP_CHROMIUM'] = browser
        if self.unit.backend == suite.SQLITE:
            values['TRYTOND_DATABASE_URI'] = 'sqlite://'
            values['DB_NAME'] = ':memory:'
        else:
            values['TRYTOND_DATABASE_URI'] = server.uri
            values['DB_NAME'] = f'test_{number}'
        path = f'{venv.BIN}{os.pathsep}{os.environ["PATH"]}'
        return environment(PATH=path, **values)

    @property
    def seconds(self):
        return time.monotonic() - self.start

    def finished(self):
        if self.process.poll() is None:
            if self.seconds < self.timeout:
                return False
            self.kill()
            with self.output.open('a') as output:
                output.write(f'\nStopped after {self.timeout} s\n')
        # What a unit leaves running would burden the others
        self.kill()
        return True

    def kill(self):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, 9)
        self.process.wait()

    def counts(self):
        try:
            return json.loads(self.result.read_text())
        except (OSError, ValueError):
            return {'passed': 0, 'failed': 1, 'skipped': []}


class Suite:
    def __init__(
            self, units, jobs, server, module=None, timeout=TIMEOUT,
            durations=DURATIONS):
        self.jobs = jobs
        self.module = module
        self.server = server
        self.timeout = timeout
        self.durations_file = durations
        self.durations = read_durations(durations)
        self.waiting = sorted(
            units, key=lambda u: -u.expected(self.durations))
        self.running = []
        self.made = set()
        self.passed = self.failed = 0
        self.skipped = []
        self.number = 0

    def run(self):
        folder = Path(tempfile.mkdtemp(prefix='coop-test-'))
        # PostgreSQL's and Chromium's accounts must be able to enter
        folder.chmod(0o755)
        try:
            while self.waiting or self.running:
                while self.waiting and len(self.running) < self.jobs:
                    self.number += 1
                    self.running.append(Running(
                            self.next(), folder, self.number, self.server,
                            self.module, self.timeout))
                time.sleep(0.1)
                for running in [r for r in self.running if r.finished()]:
                    self.running.remove(running)
                    self.end(running)
        finally:
            for running in self.running:
                running.kill()
            shutil.rmtree(folder, ignore_errors=True)
            self.durations_file.write_text(
                json.dumps(self.durations, indent=1))

    def next(self):
        "The longest that need not wait for a database now being made"
        making = {r.unit.database for r in self.running} - self.made - {''}
        for unit in self.waiting:
            if unit.database not in making:
                break
        else:
            unit = self.waiting[0]
        self.waiting.remove(unit)
        return unit

    def end(self, running):
        unit, counts = running.unit, running.counts()
        self.made.add(unit.database)
        self.count(unit.name, running.seconds, counts['passed'],
            counts['failed'], running.output.read_text(errors='replace'))
        self.skipped += counts['skipped']
        if not counts['failed']:
            self.durations[unit.name] = round(running.seconds, 1)
        shutil.rmtree(running.folder, ignore_errors=True)

    def count(self, name, seconds, passed, failed, output=''):
        self.passed += passed
        self.failed += failed
        state = 'FAILED' if failed else 'ok'
        print(f'{seconds:7.1f} s  {state:6}  {name} ({passed + failed})',
            flush=True)
        if failed:
            print(output, flush=True)


def read_durations(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
