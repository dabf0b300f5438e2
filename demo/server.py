"""The processes of a running Tryton, started and stopped together."""
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from install.steps import LOG, ROOT, Stop, environment
from install.venv import BIN

PATIENCE = 120


def check_port(port):
    if not 0 < port < 65536:
        raise Stop(f'PORT={port} is not a port: 1 to 65535.')
    with socket.socket() as sock:
        # As the server does: a port that was just left is free
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(('localhost', port))
        except PermissionError:
            raise Stop(f'Port {port} is for root only. Choose one over 1024.')
        except OSError:
            raise Stop(
                f'Port {port} is taken: a server runs already, maybe this '
                f'one.\nStop it or choose another:  make run PORT={port + 1}')


class Processes:
    def __init__(self, config, database):
        self.options = [
            '-c', config, '--logconf', ROOT / 'config' / 'logging.conf',
            '-d', database]
        self.running = {}

    def start(self, name):
        LOG.mkdir(parents=True, exist_ok=True)
        with self.log(name).open('ab') as log:
            # A session of its own: Ctrl-C reaches this program only, which
            # stops them in order
            self.running[name] = subprocess.Popen(
                [BIN / name, *self.options], stdout=log,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True, env=environment())

    def log(self, name):
        return LOG / f'{name}.log'

    def check(self):
        for name, process in self.running.items():
            if process.poll() is not None:
                words = self.log(name).read_text(errors='replace')
                tail = '\n'.join(words.strip().splitlines()[-8:])
                raise Stop(
                    f'{name} stopped (code {process.returncode}):\n{tail}\n'
                    f'All of it: {self.log(name).relative_to(ROOT)}')

    def wait_for(self, address):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.check()
            try:
                urllib.request.urlopen(address, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise Stop(f'The server does not answer at {address}.')

    def wait(self):
        while True:
            self.check()
            time.sleep(1)

    def stop(self):
        for process in self.running.values():
            signal_group(process, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                pass
            # Also what the process started: the cron has its own
            signal_group(process, signal.SIGKILL)
            process.wait()


def signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass
