"""What the user sees while something is installed, and how it stops."""
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / 'var'
LOG = VAR / 'log'
NO_NETWORK = (
    'Temporary failure in name resolution', 'NewConnectionError',
    'Failed to establish a new connection', 'Connection refused',
    'ConnectTimeoutError', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED',
    'ETIMEDOUT', 'Temporary failure resolving', 'Could not resolve',
    'Network is unreachable')


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
# What run() has under way, in any thread
CHILDREN = set()


class Stop(Exception):
    "An end with a message for the user: what is wrong and what to do"


@contextmanager
def step(title, out=sys.stdout):
    "Announce a step and print what it cost"
    start = time.monotonic()
    # In one piece with its end of line: two threads may write
    out.write(f'- {title} ...\n')
    out.flush()
    yield
    out.write(f'  {title}: {time.monotonic() - start:.1f} s\n')
    out.flush()


def main(function):
    "Run a command so that what the user can mend is never a traceback"
    for number in SIGNALS:
        # What runs under nohup is to outlive its terminal
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)
    try:
        sys.exit(function())
    except Stop as stop:
        print(f'\n{stop}', file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print('\nStopped.', file=sys.stderr)
        sys.exit(130)
    finally:
        for child in list(CHILDREN):
            child.kill()
            child.wait()


def leave(number, _):
    "End once: closing a terminal sends more than one signal"
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def run(command, log, what, **options):
    "Run a command silently; on failure tell its last words"
    LOG.mkdir(parents=True, exist_ok=True)
    path = LOG / f'{log}.log'
    with path.open('wb') as file:
        try:
            child = subprocess.Popen(
                [str(c) for c in command], stdout=file,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)
        except FileNotFoundError:
            raise Stop(f'{what} failed: there is no command {command[0]}.')
        CHILDREN.add(child)
        code = child.wait()
        CHILDREN.discard(child)
    if code:
        raise Stop(explain(what, path, code))
    return path


def explain(what, path, code):
    text = path.read_text(errors='replace')
    where = path.relative_to(ROOT)
    if any(sign in text for sign in NO_NETWORK):
        return (
            f'{what} failed: the network or the package index cannot be '
            f'reached.\nConnect this machine, or set the proxy or the index '
            f'of pip and npm, and run it again. Details: {where}')
    if 'No space left on device' in text:
        return f'{what} failed: the disk is full. Details: {where}'
    tail = '\n'.join(text.strip().splitlines()[-12:])
    return (
        f'{what} failed (code {code}). Its last lines:\n{tail}\n'
        f'All of it: {where}')


def environment(**more):
    "The environment of children, without what would change their result"
    ignored = ('TRYTOND_', 'PYTHONPATH', 'PYTHONHOME', 'DB_NAME', 'DB_CACHE')
    values = {
        k: v for k, v in os.environ.items() if not k.startswith(ignored)}
    values.update({k: str(v) for k, v in more.items()})
    return values
