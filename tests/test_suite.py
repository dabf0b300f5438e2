"""The suite itself: its runner, its databases, what each module is held to."""
import ast
import contextlib
import importlib
import io
import re
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path

from trytond.modules.coop_member.tests.generic import CoopTestMixin
from trytond.modules import get_module_info
from trytond.tests import test_tryton

from tests import cache, run, runner, units
from tests.support import ROOT, environment

Tested = test_tryton._DBTestCase
SCENARIO = re.compile(r'activate_modules\((.*?)\)\n', re.DOTALL)


def planted(*names, timeout=60):
    "Run planted units, return (exit code, output, suite)"
    with tempfile.TemporaryDirectory() as folder:
        suite = runner.Suite([
                units.Unit(
                    name, 'system', units.SQLITE, [f'tests.planted.{name}'])
                for name in names], 2, None, timeout=timeout,
            durations=Path(folder) / 'durations.json')
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            suite.run()
            code = run.report(suite, 0)
    return code, output.getvalue(), suite


class RunnerTestCase(unittest.TestCase):

    def test_passing(self):
        code, output, _ = planted('Passing')
        self.assertEqual(code, 0)
        self.assertTrue(output.endswith('1 passed, 0 failed\n'), output)

    def test_failing(self):
        "It ends with 1, shows the output and still runs the others"
        code, output, suite = planted('Failing', 'Passing')
        self.assertEqual(code, 1)
        self.assertIn("AssertionError: 'this' != 'that'", output)
        self.assertTrue(output.endswith('2 passed, 1 failed\n'), output)
        # A time that tells nothing is not kept
        self.assertEqual(suite.durations.keys(), {'Passing'})

    def test_hanging(self):
        "It is stopped, counted, and what it said is shown"
        code, output, _ = planted('Hanging', 'Passing', timeout=5)
        self.assertEqual(code, 1)
        self.assertIn("I hang", output)
        self.assertIn("Stopped after 5 s", output)
        self.assertTrue(output.endswith('1 passed, 1 failed\n'), output)

    def test_dying(self):
        "It leaves no result and is counted, even if it says all is well"
        code, output, _ = planted('Dying')
        self.assertEqual(code, 1)
        self.assertTrue(output.endswith('0 passed, 1 failed\n'), output)

    def test_empty(self):
        "No test found is a failure"
        code, output, _ = planted('Empty')
        self.assertEqual(code, 1)
        self.assertIn("No test was found", output)

    def test_nothing_loaded(self):
        "A name that can not be loaded is a failure"
        code, output, _ = planted('Nothing')
        self.assertEqual(code, 1)
        self.assertIn("has no attribute 'Nothing'", output)

    def test_skipped(self):
        "It is told, and alone it is no success"
        code, output, _ = planted('Skipping')
        self.assertEqual(code, 1)
        self.assertIn("test_it: not today", output)
        self.assertTrue(output.endswith('0 passed, 0 failed\n'), output)


class CommandTestCase(unittest.TestCase):

    def call(self, *arguments):
        done = subprocess.run(
            [sys.executable, 'tests/run.py', *arguments], cwd=ROOT,
            text=True, stdin=subprocess.DEVNULL, capture_output=True,
            env=environment())
        return done.returncode, done.stdout, done.stderr

    def test_module(self):
        "It selects the tests of the module, and lint"
        code, output, _ = self.call('--module', 'coop_account_fr', '--list')
        self.assertEqual(code, 0)
        names = output.split('\n')[:-1]
        self.assertEqual(
            {n.partition('/')[0] for n in names}, {'lint', 'coop_account_fr'})
        for backend in ['sqlite', 'postgresql']:
            self.assertIn(f'coop_account_fr/test_chart {backend}', names)

    def test_all(self):
        "Without module it has each module, the system and the browser"
        _, output, _ = self.call('--list')
        self.assertLessEqual(
            {'lint', 'tests', 'tests.browser', *units.modules()},
            {n.partition('/')[0] for n in output.split('\n')})

    def test_unknown_module(self):
        code, _, error = self.call('--module', 'coop_nothing')
        self.assertEqual(code, 1)
        self.assertIn("There is no module coop_nothing", error)

    def test_nothing_selected(self):
        code, _, error = self.call('--only', 'nothing of that name')
        self.assertEqual(code, 1)
        self.assertIn("No test to run", error)


class UnitsTestCase(unittest.TestCase):

    def test_every_file(self):
        "No test file is left out, and each runs on the databases it needs"
        collected = list(units.collect())
        for path in ROOT.glob('modules/*/tests/test_*.py'):
            module = path.parent.parent.name
            name = f'trytond.modules.{module}.tests.{path.stem}'
            found = sorted(
                u.backend for u in collected
                if u.kind == 'module' and name in u.arguments)
            with self.subTest(name):
                if units.is_loader(path):
                    self.assertFalse(found)
                elif path.stem in units.BOTH:
                    self.assertEqual(found, ['postgresql', 'sqlite'])
                elif units.needs_database(path):
                    self.assertEqual(found, ['postgresql'])
                else:
                    self.assertEqual(found, ['sqlite'])
                    self.assertNotIn(
                        'with_transaction', path.read_text('utf-8'))
        for path in ROOT.glob('modules/*/tests/scenario_*.rst'):
            module = path.parent.parent.name
            loader = f'trytond.modules.{module}.tests.test_scenario'
            with self.subTest(path.stem):
                self.assertEqual([
                        u.backend for u in collected
                        if loader in u.arguments
                        and path.name in u.arguments], ['sqlite'])

    def test_long_first(self):
        "What is known to be long is not left for the end"
        suite = runner.Suite(
            units.collect(), 2, None, durations=ROOT / 'nothing')
        expected = [u.expected({}) for u in suite.waiting]
        self.assertEqual(expected, sorted(expected, reverse=True))
        alone = {
            u.arguments[0].rpartition('.')[-1] for u in suite.waiting
            if len(u.arguments) == 1}
        self.assertLessEqual(units.LONG.keys(), alone)

    def test_one_set_of_modules(self):
        """The tests and the scenarios of a module share one database

        And another one with each module of ours that it extends.
        """
        for module in units.modules():
            with self.subTest(module):
                extended = set(units.modules()).intersection(
                    get_module_info(module).get('extras_depend', []))
                self.assertEqual(
                    {s & extended for s in activated(module)},
                    {frozenset(), *(frozenset([m]) for m in extended)})
                self.assertEqual(
                    len(set(activated(module))), 1 + len(extended))


def activated(module):
    "Yield the set of modules of each test and scenario of a module"
    folder = ROOT / 'modules' / module / 'tests'
    package = f'trytond.modules.{module}.tests'
    for path in folder.glob('test_*.py'):
        for value in vars(
                importlib.import_module(f'{package}.{path.stem}')).values():
            if (isinstance(value, type) and issubclass(value, Tested)
                    and value.__module__ == f'{package}.{path.stem}'):
                yield frozenset([module, *(value.extras or [])])
    for path in folder.glob('scenario_*.rst'):
        text = SCENARIO.search(path.read_text('utf-8')).group(1)
        if text == 'tools.MODULES':
            tools = importlib.import_module(f'{package}.tools')
            yield frozenset(tools.MODULES)
        else:
            yield frozenset(ast.literal_eval(text.replace('...', '')))


def held(tests, module):
    "The classes of a file of tests that hold a module to the generic tests"
    return [
        c for c in vars(tests).values()
        if isinstance(c, type) and issubclass(c, CoopTestMixin)
        and issubclass(c, test_tryton.ModuleTestCase) and c.module == module]


class GenericTestCase(unittest.TestCase):

    def test_every_module(self):
        "Each module inherits the generic tests, ours and Tryton's"
        self.assertIn('coop_member', units.modules())
        for module in units.modules():
            with self.subTest(module):
                tests = importlib.import_module(
                    f'trytond.modules.{module}.tests.test_module')
                self.assertEqual(len(held(tests, module)), 1)

    def test_module_without(self):
        "A module with Tryton's tests only is refused"
        tests = types.ModuleType('test_module')
        Tryton = test_tryton.ModuleTestCase
        tests.Case = type('Case', (Tryton,), {'module': 'coop_x'})
        self.assertEqual(held(tests, 'coop_x'), [])
        tests.Case = type(
            'Case', (CoopTestMixin, Tryton), {'module': 'coop_x'})
        self.assertEqual(held(tests, 'coop_x'), [tests.Case])
        self.assertEqual(held(tests, 'coop_y'), [])


class CacheTestCase(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.write('__init__.py', '')
        self.write('share.xml', '<tryton/>')
        self.before = cache.folder_hash(self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def test_code(self):
        "Another code, data, view, translation: another database"
        for name in [
                'share.py', 'share.xml', 'tryton.cfg', 'view/list.xml',
                'locale/fr.po', 'tests/tools.py']:
            with self.subTest(name):
                before = cache.folder_hash(self.folder)
                self.write(name, "other")
                after = cache.folder_hash(self.folder)
                self.assertNotEqual(after, before)
                self.assertEqual(cache.folder_hash(self.folder), after)

    def test_renamed(self):
        (self.folder / 'share.xml').rename(self.folder / 'shares.xml')
        self.assertNotEqual(cache.folder_hash(self.folder), self.before)

    def test_same_code(self):
        "Tests, documents and pictures do not change what a database holds"
        for name in [
                'tests/test_share.py', 'tests/scenario_share.rst',
                'doc/index.rst', 'icon.svg']:
            self.write(name, "other")
        self.assertEqual(cache.folder_hash(self.folder), self.before)

    def test_key(self):
        "One database a set of modules, language and code"
        key = cache.key('coop_member-account_payment')
        self.assertEqual(cache.key('account_payment-coop_member'), key)
        self.assertNotEqual(cache.key('coop_member'), key)
        self.assertNotEqual(
            cache.key('coop_member-account_payment--fr'), key)
        self.assertNotEqual(
            cache.key('coop_account_fr'), cache.key('account_fr'))
