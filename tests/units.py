"""What the suite consists of: units that run each in their own process."""
from configparser import ConfigParser
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SQLITE, POSTGRESQL = 'sqlite', 'postgresql'
# Seconds of units that never ran here, of a kind
GUESS = {
    'lint': 10, 'browser': 420, 'system': 100, 'scenario': 8, 'module': 15}
# and of the long ones: none of them shall end the run alone
LONG = {
    'test_access': 40, 'test_chart': 60, 'test_concurrency': 200,
    'test_install': 200, 'test_module': 60, 'test_money': 50}
# What each module is held to, and what depends on the database, run on both;
# the other tests with a database run on PostgreSQL, as in production, and the
# scenarios on SQLite, as in a small cooperative
BOTH = {
    'test_access', 'test_as_of', 'test_chart', 'test_dashboard',
    'test_equity', 'test_history', 'test_module', 'test_money',
    'test_register', 'test_settlement', 'test_turnover', 'test_vat'}
# Files of tests that share a process: making the classes takes seconds
TOGETHER = 12
# and scenarios, which also share the classes
SCENARIOS = 6
# Those of tests/ with the database of a module's tests
DATABASES = {
    'test_concurrency': 'coop_member',
    'test_concurrency_mission': 'coop_mission',
    'test_concurrency_settlement': 'coop_settlement',
    }


@dataclass
class Unit:
    name: str
    kind: str
    backend: str
    arguments: list = field(default_factory=list)
    # Units with the same database: the first makes it for the others
    database: str = ''

    def expected(self, durations):
        guess = sum(
            LONG.get(a.rpartition('.')[-1], GUESS[self.kind])
            for a in self.arguments)
        return durations.get(self.name, guess)


def modules(only=None):
    """Ours, each after those it depends on

    The database of the one is then made from that of the other.
    """
    found = {p.parent.name: p for p in ROOT.glob('modules/*/tryton.cfg')}
    needs = {}
    for name, path in found.items():
        parser = ConfigParser()
        parser.read(path, 'utf-8')
        depends = parser.get('tryton', 'depends', fallback='').split()
        needs[name] = sorted(set(depends) & set(found))
    order = TopologicalSorter(dict(sorted(needs.items()))).static_order()
    return [m for m in order if not only or m == only]


def is_loader(path):
    return 'load_doc_tests' in path.read_text(encoding='utf-8')


def needs_database(path):
    "Every test with a database has its functions from there"
    return 'trytond.tests' in path.read_text(encoding='utf-8')


def collect(only=None):
    "All units, or those of one module"
    units = [Unit('lint', 'lint', SQLITE, ['tests.test_lint'])]
    for module in modules(only):
        units += of_module(module)
    if not only:
        units += of_folder(ROOT / 'tests', 'system')
        units += together_in(ROOT / 'tests' / 'browser', 'browser')
    return units


def of_module(module):
    folder = ROOT / 'modules' / module / 'tests'
    package = f'trytond.modules.{module}.tests'
    pure, stored = [], []
    for path in sorted(folder.glob('test_*.py')):
        if is_loader(path):
            yield from scenarios(
                folder, f'{package}.{path.stem}', module, SQLITE)
        elif needs_database(path):
            stored.append(path.stem)
        else:
            pure.append(path.stem)
    for stems in together(pure):
        yield Unit(
            f'{module}/{" ".join(stems)}', 'module', SQLITE,
            [f'{package}.{s}' for s in stems])
    for backend in [SQLITE, POSTGRESQL]:
        for stems in together([
                s for s in stored if backend == POSTGRESQL or s in BOTH]):
            yield Unit(
                f'{module}/{" ".join(stems)} {backend}', 'module', backend,
                [f'{package}.{s}' for s in stems],
                database(backend, module))


def together(stems):
    "Group the names of the files that share a process"
    short = [s for s in stems if s not in LONG]
    return [
        *([s] for s in stems if s in LONG), *batched(short, TOGETHER)]


def batched(names, size):
    return [names[i:i + size] for i in range(0, len(names), size)]


def database(backend, module):
    "All tests and scenarios of a module have one set of modules"
    return f'{backend} {module}' if module else ''


def of_folder(folder, kind):
    package = '.'.join(folder.relative_to(ROOT).parts)
    for path in sorted(folder.glob('test_*.py')):
        if path.stem == 'test_lint':
            continue
        if is_loader(path):
            yield from scenarios(
                folder, f'{package}.{path.stem}', package, POSTGRESQL)
        else:
            yield Unit(
                f'{package}/{path.stem}', kind, POSTGRESQL,
                [f'{package}.{path.stem}'],
                database(POSTGRESQL, DATABASES.get(path.stem)))


def together_in(folder, kind):
    "One unit: to make the demonstration takes longer than to use it"
    units = list(of_folder(folder, kind))
    first = units[0]
    first.arguments = [a for u in units for a in u.arguments]
    first.name = f'{first.name.partition("/")[0]}/' + ' '.join(
        u.name.partition('/')[2] for u in units)
    return [first]


def scenarios(folder, loader, label, backend):
    names = sorted(p.name for p in folder.glob('*.rst'))
    for some in batched(names, SCENARIOS):
        stems = ' '.join(name.removesuffix('.rst') for name in some)
        yield Unit(
            f'{label}/{stems} {backend}', 'scenario', backend,
            [loader, *some], database(backend, label))
