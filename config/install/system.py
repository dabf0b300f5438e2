"""What must come from the system: libraries, servers and a browser."""
import ctypes
import ctypes.util
import glob
import os
import shutil

from .steps import Stop, run, step

# WeasyPrint opens these by itself: pip cannot bring them
LIBRARIES = {
    'libpango-1.0.so.0': 'libpango-1.0-0',
    'libpangoft2-1.0.so.0': 'libpangoft2-1.0-0',
    'libharfbuzz.so.0': 'libharfbuzz0b',
    'libharfbuzz-subset.so.0': 'libharfbuzz-subset0',
    'libfontconfig.so.1': 'libfontconfig1',
    }
CHROMIUM = '/usr/bin/chromium'


def loads(library):
    try:
        ctypes.CDLL(library)
        return True
    except OSError:
        name = library[len('lib'):library.index('.so')]
        return bool(ctypes.util.find_library(name))


def missing_libraries():
    return [p for name, p in LIBRARIES.items() if not loads(name)]


def postgresql_bin():
    "The folder of initdb and postgres, the newest first, or None"
    folders = glob.glob('/usr/lib/postgresql/*/bin')
    folders.sort(key=lambda f: int(f.split('/')[-2].split('.')[0]))
    if found := shutil.which('initdb'):
        folders.insert(0, os.path.dirname(os.path.realpath(found)))
    for folder in reversed(folders):
        if os.path.exists(os.path.join(folder, 'postgres')):
            return folder


def chromium():
    "The path of a Chromium, or None"
    for name in ['chromium', 'chromium-browser', 'google-chrome']:
        if found := shutil.which(name):
            return found


def missing_for_tests():
    packages = missing_libraries()
    if not postgresql_bin():
        packages.append('postgresql')
    if not chromium():
        packages.append('chromium')
    return packages


def provide(missing):
    "Install what the function finds missing, where this user may"
    packages = missing()
    if not packages:
        return
    names = ' '.join(packages)
    if os.geteuid() or not shutil.which('apt-get'):
        raise Stop(
            f'Missing on this machine: {names}\n'
            f'Install it, on Debian:\n    apt-get install {names}\n'
            f'or the like of it elsewhere, and run it again.')
    with step(f'System packages {names}'):
        apt(packages)
    if packages := missing():
        raise Stop(f'Still missing after apt-get: {" ".join(packages)}')


def apt(packages):
    environment = dict(os.environ, DEBIAN_FRONTEND='noninteractive')
    run(['apt-get', 'update', '-q'], 'apt-update',
        "Reading Debian's list of packages", env=environment)
    run(['apt-get', 'install', '-q', '-y', '--no-install-recommends',
            *packages],
        'apt', 'Installing system packages', env=environment)
