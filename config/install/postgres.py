"""A private PostgreSQL for tests and benchmarks.

It holds nothing of worth: fsync is off, and it is gone when it is stopped.
"""
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import system
from .steps import Stop

SETTINGS = {
    'listen_addresses': '127.0.0.1',
    'max_connections': '300',
    'fsync': 'off',
    'synchronous_commit': 'off',
    'full_page_writes': 'off',
    'autovacuum_naptime': '10s',
    'shared_buffers': '256MB',
    'max_wal_size': '2GB',
    'wal_level': 'minimal',
    'max_wal_senders': '0',
    }
USER = 'coop'


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def owner():
    "PostgreSQL refuses root: an account that may run it"
    if os.geteuid():
        return getpass.getuser()
    for name in ['postgres', 'nobody']:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Stop('PostgreSQL needs an account that is not root: postgres.')


class Cluster:
    def __init__(self, **settings):
        self.bin = system.postgresql_bin()
        if not self.bin:
            raise Stop('PostgreSQL is missing: apt-get install postgresql')
        self.settings = SETTINGS | settings
        self.process = None

    @property
    def uri(self):
        return f'postgresql://{USER}@127.0.0.1:{self.port}/'

    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix='coop-pg-'))
        self.port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, owner())
        self.call(
            'initdb', '-D', self.data, '-U', USER, '-A', 'trust', '-E',
            'UTF8', '--locale=C.UTF-8', '--no-sync')
        self.process = subprocess.Popen(
            self.command(), stdout=self.log, stderr=subprocess.STDOUT,
            start_new_session=True, **self.identity)
        self.wait()
        return self

    def command(self):
        command = [
            f'{self.bin}/postgres', '-D', str(self.data), '-p',
            str(self.port), '-k', str(self.folder)]
        for name, value in self.settings.items():
            command += ['-c', f'{name}={value}']
        return command

    @property
    def data(self):
        return self.folder / 'data'

    @property
    def log(self):
        return open(self.folder / 'log', 'ab')

    @property
    def identity(self):
        "Another account's home must not be needed by it"
        options = {'cwd': self.folder}
        if os.geteuid() == 0:
            account = pwd.getpwnam(owner())
            options.update(
                user=account.pw_uid, group=account.pw_gid, extra_groups=[])
        return options

    def call(self, name, *arguments):
        with self.log as log:
            code = subprocess.call(
                [f'{self.bin}/{name}', *map(str, arguments)],
                stdout=log, stderr=subprocess.STDOUT, **self.identity)
        if code:
            raise Stop(f'PostgreSQL: {name} failed:\n{self.last_words()}')

    def last_words(self):
        return (self.folder / 'log').read_text(errors='replace')[-2000:]

    def wait(self):
        "Until it answers"
        for _ in range(300):
            if self.process.poll() is not None:
                break
            answer = subprocess.call([
                    f'{self.bin}/pg_isready', '-q', '-h', '127.0.0.1', '-p',
                    str(self.port)])
            if answer == 0:
                return
            time.sleep(0.1)
        words = self.last_words()
        self.stop()
        raise Stop(f'PostgreSQL does not start:\n{words}')

    def stop(self):
        if self.process and self.process.poll() is None:
            # Immediate: nothing of it is kept
            self.process.send_signal(3)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
