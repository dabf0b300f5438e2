"""The demonstration, by the command that a newcomer gives.

    with Demonstration(name) as demonstration:
        demonstration.logins

It makes the database of this name on the server of the tests, and drops it.
"""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT, Server, environment, free_port

sys.path.append(str(ROOT / 'demo'))

from store import store  # noqa: E402

LAST_WORDS = 'Stop with Ctrl-C'
PATIENCE = 60


def hang_up():
    "The tests themselves may run where it is ignored, as under nohup"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Demonstration(Server):
    "Its address, database and logins are those that the command prints"

    def __init__(self, name):
        self.given = f"{os.environ['COOP_PG_URI']}{name}"
        self.store = store(self.given)
        self.port = free_port()
        self.process = None

    def until(self, words, *options):
        "Run the command until it says so, and return what it said"
        self.process = subprocess.Popen(
            [sys.executable, ROOT / 'demo' / 'run.py', '--port',
                str(self.port), '--db', self.given, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, env=environment(),
            preexec_fn=hang_up)
        said = ''
        for line in self.process.stdout:
            print(line, end='')
            said += line
            if words in line:
                return said
        raise AssertionError(f'It ended without "{words}":\n{said}')

    def start(self):
        said = self.until(LAST_WORDS)
        self.address, self.database = re.search(
            r'^Open +(\S+/)#(\S+)$', said, re.MULTILINE).groups()
        block = said.partition('Logins, each with the password ')[2]
        password, _, block = block.partition(':\n')
        self.logins = {
            login: password
            for login in re.findall(r'^  (\w+)', block, re.MULTILINE)}
        self.logins.update(
            re.findall(r'(\w+), password (\w+)$', block, re.MULTILINE))
        return self

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def processes(self):
        "The names of what runs with its configuration, whoever started it"
        configuration = str(self.store.folder / 'trytond.conf').encode()
        found = []
        for path in Path('/proc').glob('[0-9]*/cmdline'):
            try:
                command = path.read_bytes().split(b'\0')
            except OSError:  # it has just ended
                continue
            if configuration in command:
                # The first is Python
                found.append(Path(command[1].decode()).name)
        return sorted(found)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.end()
        self.store.drop()

    def end(self):
        if self.process and self.process.poll() is None:
            self.stop()
