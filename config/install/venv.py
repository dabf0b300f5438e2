"""The virtual environment of the repository and what is installed in it."""
import fcntl
import hashlib
import json
import subprocess
import sys
from contextlib import contextmanager

from .steps import ROOT, VAR, Stop, environment, run, step

VENV = ROOT / '.venv'
BIN = VENV / 'bin'
PYTHON = BIN / 'python'
STAMP = VENV / '.coop-installed.json'
CONSTRAINTS = ROOT / 'constraints.txt'
TOOLS = ['pip', 'setuptools', 'wheel']


def key():
    "Changes when something that decides on the installation changes"
    files = [
        ROOT / name for name in (
            'setup.py', 'pyproject.toml', 'constraints.txt',
            'config/demo-modules.txt')]
    files += sorted(ROOT.glob('modules/*/tryton.cfg'))
    digest = hashlib.sha256(sys.version.encode())
    for path in files:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    for path in sorted(ROOT.glob('modules/*/scripts/*.py')):
        digest.update(str(path.relative_to(ROOT)).encode())
    return digest.hexdigest()


@contextmanager
def locked(name):
    "Two makes at the same time must not install over each other"
    VAR.mkdir(exist_ok=True)
    with open(VAR / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def installed():
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return '', set()
    return found['key'], set(found['extras'])


def ensure(*extras):
    "Install the distribution with the extras, unless nothing changed"
    with locked('install'):
        known, present = installed()
        if known == key() and present >= set(extras) and PYTHON.exists():
            return False
        with step('Python packages'):
            create()
            install(present | set(extras))
    return True


def create():
    if PYTHON.exists():
        works = subprocess.call(
            [PYTHON, '-m', 'pip', '--version'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if works == 0:
            return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        raise Stop(
            "Python's venv is missing. Install it, on Debian:\n"
            "    apt-get install python3-venv")
    run([sys.executable, '-m', 'venv', '--clear', VENV], 'venv',
        'Creating the virtual environment')


def pip(python, *arguments, log='pip', what='Installing Python packages'):
    run([
            python, '-m', 'pip', 'install', '--quiet', '--retries', '2',
            '--disable-pip-version-check', '-c', CONSTRAINTS, *arguments],
        log, what, cwd=ROOT, env=environment())


def install(extras):
    # The build tools come first, at the versions of the constraints, and
    # build isolation is off: nothing unpinned takes part
    pip(PYTHON, *TOOLS)
    target = f'.[{",".join(sorted(extras))}]' if extras else '.'
    pip(PYTHON, '--no-build-isolation', '--use-pep517', '-e', target)
    STAMP.write_text(json.dumps({'key': key(), 'extras': sorted(extras)}))
