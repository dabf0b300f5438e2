"""Tryton's web client, installed by npm."""
import hashlib
import shutil

from .steps import ROOT, Stop, environment, run, step
from .venv import locked

FOLDER = ROOT / 'config' / 'sao'
CLIENT = FOLDER / 'node_modules' / 'tryton-sao'
STAMP = FOLDER / 'node_modules' / '.coop-installed'
OURS = ['custom.css', 'custom.js']


def key():
    digest = hashlib.sha256()
    for name in ['package.json', 'package-lock.json']:
        digest.update((FOLDER / name).read_bytes())
    return digest.hexdigest()


def installed():
    return STAMP.exists() and STAMP.read_text() == key()


def check():
    if not installed() and not shutil.which('npm'):
        raise Stop(
            'npm is missing: it installs the web client. On Debian:\n'
            '    apt-get install npm')


def ensure():
    with locked('client'):
        if not installed():
            with step('Web client'):
                install()
        for name in OURS:
            shutil.copyfile(FOLDER / name, CLIENT / name)
    return CLIENT


def install():
    check()
    # The page of the client looks for node_modules beside itself, hence the
    # nested tree of the lock file.  No script of any package is run: the
    # client comes built.
    run(['npm', 'ci', '--install-strategy=nested', '--ignore-scripts',
            '--no-audit', '--no-fund', '--prefer-offline',
            '--fetch-retries=1', '--fetch-timeout=60000'],
        'npm', 'Installing the web client', cwd=FOLDER, env=environment())
    if not (CLIENT / 'node_modules' / 'jquery').exists():
        raise Stop('npm installed the web client in an unknown layout.')
    STAMP.write_text(key())
