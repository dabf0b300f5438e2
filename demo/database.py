"""What the launcher asks of PostgreSQL, run by the Python of .venv.

    python demo/database.py ACTION URI NAME

It prints one word: the state of the database after the action.
"""
import sys

import psycopg
from psycopg.sql import SQL, Identifier

ABSENT, EMPTY, TRYTON = 'absent', 'empty', 'tryton'


def connect(uri, name):
    return psycopg.connect(
        uri.rstrip('/') + '/' + name, connect_timeout=5, autocommit=True)


def state(uri, name):
    with connect(uri, 'template1') as server:
        found = server.execute(
            'SELECT 1 FROM pg_database WHERE datname = %s', (name,))
        if not found.fetchone():
            return ABSENT
    with connect(uri, name) as database:
        found = database.execute(
            "SELECT to_regclass('ir_configuration') IS NOT NULL")
        return TRYTON if found.fetchone()[0] else EMPTY


def create(uri, name):
    if state(uri, name) == ABSENT:
        with connect(uri, 'template1') as server:
            server.execute(
                SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
                .format(Identifier(name)))
    return state(uri, name)


def drop(uri, name):
    with connect(uri, 'template1') as server:
        server.execute(
            SQL('DROP DATABASE IF EXISTS {} WITH (FORCE)')
            .format(Identifier(name)))
    return ABSENT


def main(action, uri, name):
    actions = {'state': state, 'create': create, 'drop': drop}
    try:
        print(actions[action](uri, name))
    except psycopg.Error as error:
        # The launcher shows it to the user
        print(error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
