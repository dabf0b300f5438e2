#!/usr/bin/env python3
"""From a fresh checkout to a running cooperative: "make run".

Installs what is needed, makes the database of the demonstration unless it is
there, starts the server with what belongs to it, and says where it is.
"""
import argparse
import functools
import hashlib
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / 'config'), str(ROOT / 'demo')]

from install import client, system, venv  # noqa: E402
from install.steps import LOG, Stop, environment, main, run, step  # noqa: E402

from server import Processes, check_port  # noqa: E402
from store import OURS, store  # noqa: E402

ADMIN = 'admin'
EMAIL = 'admin@coop.example'
CREATED, LOADING, READY = 'created', 'loading', 'ready'
# What changes nothing in a database that is there
APART = {'doc', 'tests', '__pycache__', 'scripts'}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', default='8000')
    parser.add_argument('--db', default='', help="postgresql://...")
    parser.add_argument(
        '--reset', action='store_true', help="drop the database first")
    args = parser.parse_args()
    if not args.port.isdigit():
        raise Stop(f'PORT={args.port} is not a number.')
    args.port = int(args.port)
    return args


def modules():
    "All ours, and Tryton's own that the demonstration is better with"
    ours = [p.parent.name for p in ROOT.glob('modules/*/tryton.cfg')]
    text = (ROOT / 'config' / 'demo-modules.txt').read_text()
    lines = (line.partition('#')[0].strip() for line in text.splitlines())
    return sorted(ours), sorted(filter(None, lines))


def code_key():
    "Changes when a database has to be updated"
    digest = hashlib.sha256(repr(modules()).encode())
    for path in sorted(ROOT.glob('modules/*/**/*')):
        if path.is_file() and not APART & set(path.parts):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def tryton_key():
    return hashlib.sha256(venv.CONSTRAINTS.read_bytes()).hexdigest()


class Client(threading.Thread):
    """npm works while pip and the database keep the other core busy

    A daemon: when the rest fails nobody waits for it.
    """
    error = None
    daemon = True

    def run(self):
        try:
            client.ensure()
        except Stop as stop:
            self.error = stop

    def check(self):
        self.join()
        if self.error:
            raise self.error


class Launcher:
    def __init__(self, store, port=8000):
        self.store = store
        self.port = port

    @functools.cached_property
    def config(self):
        return self.store.configure(self.port, client.CLIENT)

    def command(self, program, *options):
        return [
            venv.BIN / program, '-c', self.config, '-d', self.store.name,
            *options]

    def admin(self, log, what, *options):
        command = self.command('trytond-admin', *options)
        password = self.store.folder / 'admin'
        password.write_text(ADMIN)
        run(command, log, what, env=environment(TRYTONPASSFILE=password))

    def reset(self):
        with step('Dropping the database'):
            self.store.drop()

    def prepare(self):
        "Bring the database to the state READY"
        state, known = self.store.check()
        if state == OURS:
            stage = known.get('stage')
            if stage == LOADING and self.store.back('empty'):
                stage = CREATED
            if stage in {CREATED, READY}:
                self.update(known)
                if stage == CREATED:
                    self.load()
                return
            # It stopped half-way: what is there is of no use
            self.store.drop_database()
        self.create()
        self.load()

    def create(self):
        ours, standard = modules()
        if not ours:
            raise Stop('There is no module in modules/.')
        count = f'Database with {len(ours) + len(standard)} modules'
        with step(f'{count} (one to three minutes)'):
            self.store.create()
            self.store.write(stage='creating')
            self.admin(
                'create', 'Making the database', '-l', 'en', 'fr', '--email',
                EMAIL, '-u', *ours, *standard, '--activate-dependencies')
            self.store.save('empty')
            self.store.write(
                stage=CREATED, code=code_key(), tryton=tryton_key())

    def update(self, known):
        ours, standard = modules()
        if known.get('tryton') != tryton_key():
            why, options = 'Tryton changed', ['--all']
        elif known.get('code') != code_key():
            why, options = 'modules changed', ['-u', *ours, *standard]
        else:
            return
        with step(f'Updating the database, as {why}; its data is kept'):
            self.store.save('before-update')
            if '--all' in options:
                self.admin('update', 'Updating the database', *options)
                options = ['-u', *ours, *standard]
            self.admin(
                'update', 'Updating the database', *options,
                '--activate-dependencies')
            self.store.write(code=code_key(), tryton=tryton_key())

    def load(self):
        loader = ROOT / 'demo' / 'load.py'
        if not loader.exists():
            raise Stop(
                'The database is made, but demo/load.py is missing: there is '
                'no data to load.')
        with step('The demonstration cooperative'):
            self.store.write(stage=LOADING)
            log = run(
                [venv.PYTHON, loader, '-c', self.config, '-d',
                    self.store.name],
                'load', 'Loading the demonstration', cwd=ROOT,
                env=environment(PYTHONWARNINGS='ignore'))
            self.store.write(stage=READY, logins=last_block(log.read_text()))

    def serve(self):
        processes = Processes(self.config, self.store.name)
        address = f'http://localhost:{self.port}/'
        try:
            with step('Server'):
                processes.start('trytond')
                processes.wait_for(address)
                processes.start('trytond-cron')
                if self.store.worker:
                    processes.start('trytond-worker')
            self.say(address)
            processes.wait()
        finally:
            processes.stop()

    def say(self, address):
        print(f'\nOpen      {address}#{self.store.name}')
        print(f'Database  {self.store.name} ({self.store.backend})')
        print(f'Logs      {LOG.relative_to(ROOT)}')
        _, known = self.store.look()
        if logins := known.get('logins'):
            print(f'\n{logins}')
        print('\nStop with Ctrl-C. The data is kept; "make reset" drops it.',
            flush=True)


def last_block(text):
    "The loader's last words: one login per role"
    return text.strip().rpartition('\n\n')[2]


def launch():
    args = arguments()
    start = time.monotonic()
    check_port(args.port)
    client.check()
    launcher = Launcher(store(args.db), args.port)
    system.provide(system.missing_libraries)
    web = Client()
    web.start()
    venv.ensure(
        'demo', 'planner', *(['postgresql'] if launcher.store.worker else []))
    if args.reset:
        launcher.reset()
    launcher.prepare()
    web.check()
    print(f'Ready after {time.monotonic() - start:.0f} s', flush=True)
    launcher.serve()


if __name__ == '__main__':
    main(launch)
