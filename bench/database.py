# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Databases for benchmarks: made in a PostgreSQL that the runner started"
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def database(pg_uri, modules, name='bench'):
    """Make a database with modules, use it in this process, and drop it.

    :param pg_uri: URI of the server, ended by a slash
    :param modules: names of the modules to activate
    """
    import trytond.config as config
    config.set('database', 'uri', pg_uri)
    execute(pg_uri, f'CREATE DATABASE "{name}"')
    try:
        activate(pg_uri, modules, name)
        yield name
    finally:
        from trytond.pool import Pool
        Pool.stop(name)
        execute(pg_uri, f'DROP DATABASE "{name}" WITH (FORCE)')


def activate(pg_uri, modules, name):
    with tempfile.NamedTemporaryFile('w') as password:
        password.write('admin')
        password.flush()
        subprocess.run([
                str(Path(sys.executable).parent / 'trytond-admin'),
                '-d', name, '-u', *modules, '--activate-dependencies',
                '--email', 'admin@example.com'],
            env={
                **os.environ, 'TRYTOND_DATABASE_URI': pg_uri,
                'TRYTONPASSFILE': password.name},
            stdout=subprocess.DEVNULL, check=True)


def execute(pg_uri, query):
    with psycopg.connect(pg_uri + 'postgres', autocommit=True) as connection:
        connection.execute(query)


def run(name, function, **context):
    "Return what the function returns in a committed transaction of root"
    from trytond.pool import Pool
    from trytond.transaction import Transaction, TransactionError
    Pool.start()
    if name not in Pool.database_list():
        Pool(name).init()
    extras = {}
    while True:
        with Transaction().start(
                name, 1, context=context, **extras) as transaction:
            try:
                result = function()
                transaction.commit()
                return result
            except TransactionError as error:  # a lock to take first
                transaction.rollback()
                error.fix(extras)
