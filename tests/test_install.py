"""pip install . into an empty environment yields a working server."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests import support
from tests.support import ROOT, Refused, environment

DATABASE = 'fresh'
PASSWORD = 'correct horse'
APART = shutil.ignore_patterns(
    '.git', '.venv', 'var', 'node_modules', 'build', '*.egg-info',
    '__pycache__')


class InstallTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='coop-install-')
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.bin = cls.folder / 'venv' / 'bin'
        cls.data = cls.folder / 'data'
        cls.data.mkdir()
        # pip leaves files in the folder it builds
        source = cls.folder / 'source'
        shutil.copytree(ROOT, source, ignore=APART)
        cls.call(sys.executable, '-m', 'venv', cls.folder / 'venv')
        cls.call(
            cls.bin / 'pip', 'install', '--quiet', '-c',
            source / 'constraints.txt', f'{source}[postgresql]')
        cls.extras = cls.call(
            cls.bin / 'pip', 'install', '--dry-run', '-c',
            source / 'constraints.txt', f'{source}[planner,test]')
        # From here on only what was installed is there
        shutil.rmtree(source)
        cls.create()

    @classmethod
    def create(cls):
        (cls.data / 'password').write_text(PASSWORD)
        (cls.data / f'{DATABASE}.sqlite').touch()
        cls.call(
            cls.bin / 'trytond-admin', '-d', DATABASE, '-u', 'coop_member',
            '--activate-dependencies', '--email', 'admin@coop.example', '-l',
            'fr', TRYTONPASSFILE=cls.data / 'password')

    @classmethod
    def call(cls, *command, **values):
        done = subprocess.run(
            list(map(str, command)), cwd=cls.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, env=environment(
                TRYTOND_DATABASE_URI='sqlite://',
                TRYTOND_DATABASE__PATH=cls.data, **values))
        if done.returncode:
            raise AssertionError(f'{command}\n{done.stdout}')
        return done.stdout

    def test_packages_agree(self):
        "What is installed does not contradict itself"
        self.call(self.bin / 'pip', 'check')

    def test_constraints_name_all(self):
        "Nothing is installed whose version the constraints leave open"
        names = self.call(self.bin / 'pip', 'list', '--format=freeze')
        constraints = set((ROOT / 'constraints.txt').read_text().split('\n'))
        own = ('pip==', 'setuptools==', 'wheel==', 'tryton-coop')
        left = [
            n for n in names.split('\n')
            if '==' in n and not n.startswith(own) and n not in constraints]
        self.assertEqual(left, [])

    def test_extras(self):
        "The extras have what their name says"
        for name in ['ortools', 'scipy', 'hypothesis', 'playwright']:
            with self.subTest(name):
                self.assertIn(f' {name}-', self.extras)

    def test_commands(self):
        "Each script of a module is a command"
        for path in ROOT.glob('modules/*/scripts/*.py'):
            if '\ndef run(' in path.read_text(encoding='utf-8'):
                with self.subTest(path.stem):
                    self.call(self.bin / f'trytond_{path.stem}', '--help')

    def test_server(self):
        "It lists the database, lets in who knows the password, and answers"
        server = support.Server(
            DATABASE, uri='sqlite://', path=self.data, web=False,
            program=self.bin / 'trytond')
        with server:
            self.assertEqual(server.databases(), [DATABASE])
            with self.assertRaises(Refused):
                server.login('admin', 'a wrong one')
            rpc = server.login('admin', PASSWORD, 'fr')
            self.assertEqual(rpc('model.coop.member.search_count', []), 0)
            title, = rpc('model.ir.model.search_read', [
                    ('name', '=', 'coop.member')], 0, 1, None, ['string'])
            self.assertNotEqual(title['string'], "Member")
