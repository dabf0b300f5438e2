"""What a newcomer is told when "make run" can not begin."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from tests.support import ROOT, environment, free_port
from tests.test_install import APART

from install import system  # noqa: E402
from install.steps import Stop  # noqa: E402

# The discard port: nothing answers there
NOWHERE = 'http://127.0.0.1:9/'


class LaunchTestCase(unittest.TestCase):

    def refused(self, *options, root=ROOT, **values):
        "Return what the command says when it stops"
        done = subprocess.run(
            [sys.executable, root / 'demo' / 'run.py', *map(str, options)],
            cwd=root, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, env=environment(**values))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn('Traceback', done.stderr)
        return done.stderr

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

    def test_npm_missing(self):
        said = self.refused('--port', free_port(), PATH='')
        self.assertIn('npm is missing', said)
        self.assertIn('apt-get install npm', said)

    def test_library_missing(self):
        "Where it may not install, it says what to install"
        with patch.dict(os.environ, PATH=''):
            with self.assertRaises(Stop) as said:
                system.provide(lambda: ['libpango-1.0-0'])
        self.assertIn(
            'apt-get install libpango-1.0-0', str(said.exception))

    def test_no_network(self):
        with tempfile.TemporaryDirectory(prefix='coop-launch-') as folder:
            root = Path(folder) / 'clone'
            shutil.copytree(ROOT, root, ignore=APART)
            said = self.refused(
                '--port', free_port(), root=root,
                PIP_INDEX_URL=f'{NOWHERE}simple', PIP_CONFIG_FILE=os.devnull,
                PIP_NO_CACHE_DIR=1, npm_config_registry=NOWHERE,
                npm_config_cache=f'{folder}/npm')
        self.assertIn('the network or the package index', said)
        self.assertIn('set the proxy or the index', said)
