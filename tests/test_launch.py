"""What "make run" says when it can not begin, and what it leaves alone."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from tests.browser.demonstration import Demonstration
from tests.support import ROOT, environment, free_port
from tests.test_install import APART

# The discard port: nothing answers there
NOWHERE = 'http://127.0.0.1:9/'
NO_DATABASE = 'postgresql://nobody@127.0.0.1:9/x'


class CommandTestCase(unittest.TestCase):

    def clone(self):
        "A checkout in which nothing is installed"
        folder = tempfile.TemporaryDirectory(prefix='coop-launch-')
        self.addCleanup(folder.cleanup)
        root = Path(folder.name) / 'clone'
        shutil.copytree(ROOT, root, ignore=APART)
        return root

    def install(self, root):
        "What pip and npm would bring, as far as it is looked at"
        (root / '.venv').symlink_to(ROOT / '.venv')
        client = root / 'config' / 'sao' / 'node_modules'
        (client / 'tryton-sao').mkdir(parents=True)
        key = subprocess.check_output(
            [sys.executable, '-c',
                'from install import client; print(client.key(), end="")'],
            cwd=root / 'config', text=True)
        (client / '.coop-installed').write_text(key)

    def refused(self, *options, root=ROOT, command=None, **values):
        "Return what the command says when it stops"
        if command is None:
            command = [root / 'demo' / 'run.py']
        done = subprocess.run(
            [sys.executable, *map(str, [*command, *options])],
            cwd=root, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, env=environment(**values))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn('Traceback', done.stderr)
        return done.stderr


class LaunchTestCase(CommandTestCase):

    def test_port_taken(self):
        "It names a port to take instead"
        with socket.socket() as taken:
            taken.bind(('localhost', 0))
            taken.listen()
            port = taken.getsockname()[1]
            said = self.refused('--port', port)
        self.assertIn(f'Port {port} is taken', said)
        self.assertIn(f'make run PORT={port + 1}', said)

    def test_port_wrong(self):
        for port in ['eight', 0, 65536]:
            with self.subTest(port=port):
                self.assertIn(
                    f'PORT={port} is not', self.refused('--port', port))

    def test_database_wrong(self):
        "An address of a database that is none is named"
        said = self.refused('--port', free_port(), '--db', 'mysql://host/x')
        self.assertIn('postgresql://', said)

    def test_database_server_missing(self):
        "It names what to check when PostgreSQL does not answer"
        said = self.refused('--port', free_port(), '--db', NO_DATABASE)
        self.assertIn('PostgreSQL refuses: connection failed', said)
        self.assertIn('"127.0.0.1", port 9 failed', said)
        self.assertIn('Check that the server runs', said)

    def test_npm_missing(self):
        "It is needed where the web client is not installed, and only there"
        root = self.clone()
        said = self.refused('--port', free_port(), root=root, PATH='')
        self.assertIn('npm is missing', said)
        self.assertIn('apt-get install npm', said)
        self.install(root)
        said = self.refused(
            '--port', free_port(), '--db', NO_DATABASE, root=root, PATH='')
        self.assertIn('PostgreSQL refuses', said)

    def test_library_missing(self):
        "Where it may not install, it says what to install"
        root = self.clone()
        # Names that no machine has
        path = root / 'config' / 'install' / 'system.py'
        path.write_text(path.read_text().replace(".so.0'", "-none.so.0'"))
        # npm is there, apt-get is not
        commands = root.parent / 'bin'
        commands.mkdir()
        (commands / 'npm').touch(0o755)
        said = self.refused(
            '--port', free_port(), root=root, PATH=commands)
        self.assertIn('Missing on this machine', said)
        install = said.partition('apt-get install ')[2].partition('\n')[0]
        self.assertLessEqual(
            {'libpango-1.0-0', 'libpangoft2-1.0-0', 'libharfbuzz0b',
                'libharfbuzz-subset0'},
            set(install.split()))

    def test_no_network_for_pip(self):
        said = self.refused(
            '--port', free_port(), root=self.clone(),
            PIP_INDEX_URL=f'{NOWHERE}simple', PIP_CONFIG_FILE=os.devnull,
            PIP_NO_CACHE_DIR=1)
        self.assertNoNetwork(said, 'Installing Python packages')

    def test_no_network_for_npm(self):
        root = self.clone()
        said = self.refused(
            '-c', 'from install import client, steps; '
            'steps.main(client.ensure)', root=root, command=[],
            PYTHONPATH=root / 'config', npm_config_registry=NOWHERE,
            npm_config_cache=root.parent / 'npm')
        self.assertNoNetwork(said, 'Installing the web client')

    def assertNoNetwork(self, said, what):
        self.assertIn(f'{what} failed: the network or the package', said)
        self.assertIn('set the proxy or the index', said)


class DatabaseTestCase(CommandTestCase):
    "Only what it made itself is updated, reset or dropped"

    def setUp(self):
        self.demonstration = Demonstration(f"{os.environ['DB_NAME']}_launch")
        self.name = self.demonstration.store.name
        self.addCleanup(self.drop)

    def drop(self):
        self.demonstration.end()
        self.execute(SQL('DROP DATABASE IF EXISTS {}').format(
                Identifier(self.name)))
        folder = self.demonstration.store.folder
        shutil.rmtree(folder, ignore_errors=True)

    def execute(self, query, name='template1'):
        with psycopg.connect(
                os.environ['COOP_PG_URI'], dbname=name,
                autocommit=True) as database:
            cursor = database.execute(query)
            return cursor.fetchall() if cursor.description else None

    def create(self):
        self.execute(
            SQL('CREATE DATABASE {}').format(Identifier(self.name)))

    def test_of_others(self):
        "What holds something else is named, refused and left as it is"
        self.create()
        for table in ['precious', 'ir_configuration']:
            self.execute(
                f'CREATE TABLE {table} AS SELECT 42 AS value', self.name)
            for options in [[], ['--reset']]:
                with self.subTest(table, options=options):
                    said = self.refused(
                        '--port', free_port(), '--db',
                        self.demonstration.given, *options)
                    self.assertIn(f'The database {self.name} on', said)
                    self.assertIn('was not made by "make run"', said)
                    self.assertIn('another name', said)
                    self.assertIn('dropdb', said)
                    self.assertEqual(
                        self.execute(f'TABLE {table}', self.name), [(42,)])
            self.execute(f'DROP TABLE {table}', self.name)
        self.assertFalse(self.demonstration.store.folder.exists())

    def test_of_the_server(self):
        "The databases of PostgreSQL itself are empty, and not for us"
        said = self.refused(
            '--port', free_port(), '--reset', '--db',
            f"{os.environ['COOP_PG_URI']}postgres")
        self.assertIn('The database postgres on', said)

    def test_empty(self):
        "One that is there and empty is used; it may be reset then"
        self.create()
        demonstration = self.demonstration
        demonstration.until('Database with')
        self.wait_for('ir_module')
        self.assertIn('trytond-admin', demonstration.processes())
        demonstration.stop()
        self.assertEqual(demonstration.processes(), [])
        self.execute('CREATE TABLE of_before (id INTEGER)', self.name)
        # The mark is in the database: it outlives what was known of it
        shutil.rmtree(demonstration.store.folder)
        demonstration.until('Dropping the database:', '--reset')
        demonstration.stop(signal.SIGHUP)
        self.assertEqual(demonstration.processes(), [])
        self.assertNotIn('of_before', self.tables())

    def wait_for(self, table):
        end = time.monotonic() + 60
        while table not in self.tables():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)

    def tables(self):
        "None, too, when the database is not there"
        try:
            return {name for name, in self.execute(
                    'SELECT tablename FROM pg_tables', self.name)}
        except psycopg.OperationalError:
            return set()

    def test_of_others_on_sqlite(self):
        root = self.clone()
        self.install(root)
        file = root / 'var' / 'run' / 'sqlite' / 'coop.sqlite'
        file.parent.mkdir(parents=True)
        file.write_text("somebody's")
        for options in [[], ['--reset']]:
            with self.subTest(options=options):
                said = self.refused(
                    '--port', free_port(), *options, root=root)
                self.assertIn(f'The database {file} was not made by', said)
                self.assertIn('Move this file', said)
                self.assertEqual(file.read_text(), "somebody's")
