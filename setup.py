#!/usr/bin/env python3
"""The distribution ``tryton-coop``: one version for all coop_* modules.

Every directory of ``modules/`` that has a ``tryton.cfg`` becomes the package
``trytond.modules.<directory>``.  What it needs is read from that file, so
that a dependency is written down once.
"""
import os
import re
from configparser import ConfigParser

from setuptools import setup

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(HERE, 'modules')
VERSION = '8.0.0'
SERIES = '~=8.0.0'

LIBRARIES = [
    'numpy',
    'openpyxl',
    'pycountry',
    'pypdf',
    'python-dateutil',
    'python-stdnum',
    'relatorio',
    'schwifty',
    'tqdm',
    'weasyprint',
    ]
# SciPy has the exact solver to which the planner is compared
TEST = ['aiosmtpd', 'flake8', 'hypothesis', 'playwright', 'polib', 'scipy']
PLANNER = ['ortools']
# psycopg's binary build, so that no system libpq is asked for
POSTGRESQL = ['trytond[PostgreSQL] ' + SERIES, 'psycopg[binary,pool]']
DATA = [
    'cfg', 'csv', 'fods', 'fodt', 'html', 'json', 'mjml', 'po', 'rst', 'svg',
    'txt', 'xlsx', 'xml',
    ]


def modules():
    if not os.path.isdir(MODULES):
        return []
    return sorted(
        name for name in os.listdir(MODULES)
        if os.path.exists(os.path.join(MODULES, name, 'tryton.cfg')))


def listed(module, key):
    parser = ConfigParser()
    parser.read(os.path.join(MODULES, module, 'tryton.cfg'), 'utf-8')
    return parser.get('tryton', key, fallback='').split()


def standard(names):
    "The requirements for Tryton's own modules among the names"
    ours = {'ir', 'res', *modules()}
    return sorted({f'trytond_{n} {SERIES}' for n in names if n not in ours})


def depends():
    return standard(n for m in modules() for n in listed(m, 'depends'))


def extras_depends():
    return standard(n for m in modules() for n in listed(m, 'extras_depend'))


def demo_depends():
    with open(os.path.join(HERE, 'config', 'demo-modules.txt')) as lines:
        names = [line.partition('#')[0].strip() for line in lines]
    return standard(filter(None, names))


def packages():
    "The package of each module with those inside it (tests, scripts...)"
    for module in modules():
        top = os.path.join(MODULES, module)
        for path, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f != '__pycache__']
            if '__init__.py' in files:
                inner = os.path.relpath(path, MODULES).replace(os.sep, '.')
                yield f'trytond.modules.{inner}'


def scripts():
    "A file scripts/NAME.py with a function run is the command trytond_NAME"
    for module in modules():
        folder = os.path.join(MODULES, module, 'scripts')
        if not os.path.isdir(folder):
            continue
        for filename in sorted(os.listdir(folder)):
            name, extension = os.path.splitext(filename)
            if extension != '.py':
                continue
            with open(os.path.join(folder, filename), encoding='utf-8') as f:
                if re.search(r'^def run\(', f.read(), re.MULTILINE):
                    yield (
                        f'trytond_{name} = '
                        f'trytond.modules.{module}.scripts.{name}:run')


def readme():
    path = os.path.join(HERE, 'README.md')
    with open(path, encoding='utf-8') as file:
        return file.read()


setup(
    name='tryton-coop',
    version=VERSION,
    description='Tryton modules for cooperatives',
    long_description=readme(),
    long_description_content_type='text/markdown',
    license='GPL-3.0-or-later',
    license_files=['LICENSE', 'COPYRIGHT'],
    python_requires='>=3.11',
    package_dir={f'trytond.modules.{m}': f'modules/{m}' for m in modules()},
    packages=sorted(packages()),
    package_data={
        f'trytond.modules.{m}': [f'**/*.{ext}' for ext in DATA]
        for m in modules()},
    install_requires=[
        f'trytond {SERIES}', f'proteus {SERIES}', *depends(), *LIBRARIES],
    extras_require={
        'postgresql': POSTGRESQL,
        'planner': PLANNER,
        'server': ['gunicorn'],
        'demo': demo_depends(),
        'test': [*TEST, *PLANNER, *extras_depends()],
        },
    entry_points={
        'trytond.modules': [
            f'{m} = trytond.modules.{m}' for m in modules()],
        'console_scripts': list(scripts()),
        },
    zip_safe=False,
    )
