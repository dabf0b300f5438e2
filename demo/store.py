"""The database of the demonstration: where it is and what is known of it."""
import json
import shutil
import subprocess
from configparser import ConfigParser
from urllib.parse import unquote, urlparse

from install import venv
from install.steps import ROOT, VAR, Stop, environment


ABSENT, EMPTY, FOREIGN, OURS = 'absent', 'empty', 'foreign', 'ours'


class Store:
    """What SQLite and PostgreSQL have in common

    Only what is OURS is updated or dropped.
    """
    worker = False

    def __init__(self, label, folder=None):
        # Files attached to records, configuration and state
        self.folder = folder or VAR / 'run' / label

    def configure(self, port, web_root):
        "The configuration we ship, completed for this machine"
        parser = ConfigParser(interpolation=None)
        parser.read(ROOT / 'config' / f'trytond-{self.backend}.conf')
        parser['database'].update(uri=self.uri, path=str(self.folder))
        parser['web'].update({
            'listen': f'localhost:{port}', 'root': str(web_root)})
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / 'trytond.conf'
        # A password may be in the address of the database
        path.touch(0o600)
        with path.open('w') as file:
            parser.write(file)
        return path

    def check(self):
        "What there is and what is known of it, unless it is not ours"
        state, known = self.look()
        if state == FOREIGN:
            raise Stop(
                f'{self.title} was not made by "make run": it stays as it '
                f'is.\n{self.remedy}')
        return state, known

    def drop(self):
        state, _ = self.check()
        if state == OURS:
            self.drop_database()
        shutil.rmtree(self.folder, ignore_errors=True)


class SQLite(Store):
    backend = 'sqlite'
    uri = 'sqlite://'
    name = 'coop'

    def __init__(self, folder=None):
        super().__init__('sqlite', folder)

    @property
    def file(self):
        return self.folder / f'{self.name}.sqlite'

    @property
    def title(self):
        return f'The database {self.file}'

    @property
    def remedy(self):
        return 'Move this file elsewhere, and run it again.'

    @property
    def state_file(self):
        return self.folder / 'state.json'

    def read(self):
        try:
            return json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}

    def write(self, **values):
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self.read() | values
        new = self.state_file.with_suffix('.new')
        new.write_text(json.dumps(state, indent=1))
        new.replace(self.state_file)

    def look(self):
        if not self.file.exists():
            return ABSENT, {}
        if not self.file.stat().st_size:
            return EMPTY, {}
        known = self.read()
        return (OURS if known else FOREIGN), known

    def create(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.touch()

    def drop_database(self):
        for path in self.folder.glob(f'{self.name}.sqlite*'):
            path.unlink()

    def save(self, suffix):
        "Keep a copy, to go back to"
        shutil.copy2(self.file, f'{self.file}.{suffix}')

    def back(self, suffix):
        try:
            shutil.copy2(f'{self.file}.{suffix}', self.file)
        except OSError:
            return False
        return True


class PostgreSQL(Store):
    backend = 'postgresql'
    worker = True

    def __init__(self, uri):
        parsed = urlparse(uri)
        self.name = unquote(parsed.path.strip('/')) or 'coop'
        self.uri = parsed._replace(path='/').geturl()
        self.host = parsed.hostname or 'local'
        label = f'{self.host}-{parsed.port or 5432}-{self.name}'
        super().__init__(label.replace('/', '_'))

    @property
    def title(self):
        return f'The database {self.name} on {self.host}'

    @property
    def remedy(self):
        return (
            'Choose another name in DB=postgresql://user@host:port/name. If '
            'nothing in it is of\nworth, drop it by hand with dropdb, and '
            'run it again.')

    def ask(self, action, **values):
        done = subprocess.run(
            [venv.PYTHON, ROOT / 'demo' / 'database.py', action, self.uri,
                self.name, json.dumps(values)],
            capture_output=True, text=True, env=environment())
        if done.returncode:
            raise Stop(
                f'PostgreSQL refuses: {done.stderr.strip()}\n'
                f'Check that the server runs, and the user, host, port and '
                f'name in DB=postgresql://user@host:port/name')
        return json.loads(done.stdout)

    def look(self):
        return self.ask('look')

    def write(self, **values):
        self.ask('write', **values)

    def create(self):
        self.ask('create')

    def drop_database(self):
        self.ask('drop')

    def save(self, suffix):
        pass

    def back(self, suffix):
        return False


def store(uri):
    if not uri:
        return SQLite()
    if uri.startswith(('postgresql://', 'postgres://')):
        return PostgreSQL(uri.replace('postgres://', 'postgresql://', 1))
    raise Stop(
        f'DB={uri} is not understood. Leave it out for SQLite, or give\n'
        f'    DB=postgresql://user@host:port/name')
