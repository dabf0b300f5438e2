"""Servers for tests that go through the network: system and browser tests.

    with support.Server(database) as server:
        rpc = server.login('admin', 'admin')
        rpc('model.party.party.search_count', [])

The database is on the server that TRYTOND_DATABASE_URI names, unless
another address is given.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / 'config'))

from install.postgres import free_port  # noqa: E402
from install.steps import environment  # noqa: E402

WEB_CLIENT = ROOT / 'config' / 'sao' / 'node_modules' / 'tryton-sao'
PATIENCE = 90


class Refused(Exception):
    "The server answered with an error: its code or its text"


class Server:
    def __init__(
            self, database, uri=None, path=None, web=True, program=None,
            options=()):
        self.database = database
        self.uri = uri or os.environ['TRYTOND_DATABASE_URI']
        self.folder = Path(path or tempfile.mkdtemp(prefix='coop-server-'))
        self.web = web
        self.program = program or Path(sys.executable).with_name('trytond')
        self.options = list(options)
        self.port = free_port()
        self.address = f'http://localhost:{self.port}/'

    def configuration(self):
        lines = [
            '[database]', f'uri = {self.uri}', f'path = {self.folder}',
            'retry = 30', '[web]', f'listen = localhost:{self.port}']
        if self.web:
            lines.append(f'root = {WEB_CLIENT}')
        path = self.folder / 'trytond.conf'
        path.write_text('\n'.join([*lines, '']))
        return path

    def start(self):
        self.log = self.folder / 'trytond.log'
        with self.log.open('ab') as log:
            self.process = subprocess.Popen(
                [self.program, '-c', self.configuration(), '-d',
                    self.database, *self.options],
                stdout=log, stderr=subprocess.STDOUT, env=environment())
        end = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(
                    f'No server: {self.log.read_text(errors="replace")}')
            time.sleep(0.2)
        return self

    def answers(self):
        try:
            return post(f'{self.address}rpc/', 'common.server.version')
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def databases(self):
        return post(f'{self.address}rpc/', 'common.db.list')

    def login(self, user, password, language='en'):
        "A function that calls a method as this user"
        url = f'{self.address}{self.database}/rpc/'
        number, key, *_ = post(
            url, 'common.db.login', user, {'password': password}, language)
        session = base64.b64encode(f'{user}:{number}:{key}'.encode())
        headers = {'Authorization': f'Session {session.decode()}'}

        def rpc(method, *params, context=None):
            context = {'language': language} | (context or {})
            return post(url, method, *params, context, headers=headers)
        return rpc


def post(url, method, *params, headers=None):
    data = json.dumps({'id': 0, 'method': method, 'params': params})
    request = urllib.request.Request(
        url, data.encode(),
        {'Content-Type': 'application/json'} | (headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            value = json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(error.code)
    if isinstance(value, dict) and value.get('error'):
        raise Refused(value['error'])
    return value['result'] if isinstance(value, dict) else value
