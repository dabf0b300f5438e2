"""What the launcher asks of PostgreSQL, run by the Python of .venv.

    python demo/database.py look|write|create|drop URI NAME [VALUES]

It prints the state of the database after the action and what is known of it,
as JSON.  What is known is in the comment of the database, which is the mark
that "make run" made it: no folder that gets lost decides what may be dropped.
"""
import json
import sys

import psycopg
from psycopg.sql import SQL, Identifier, Literal

ABSENT, EMPTY, FOREIGN, OURS = 'absent', 'empty', 'foreign', 'ours'
MARK = 'Demonstration of Tryton Coop, made by "make run" '


class Refusal(Exception):
    "What must not be done to this database"


def connect(uri, name='template1'):
    return psycopg.connect(
        uri, dbname=name, connect_timeout=5, autocommit=True)


def look(uri, name):
    with connect(uri) as server:
        found = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = %s", (name,)).fetchone()
    if not found:
        return ABSENT, {}
    comment, = found
    if comment:
        # Those of PostgreSQL itself have one, too
        if comment.startswith(MARK):
            return OURS, json.loads(comment.removeprefix(MARK))
        return FOREIGN, {}
    with connect(uri, name) as database:
        found = database.execute(
            "SELECT 1 FROM pg_class AS c "
            "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE n.nspname !~ '^pg_' "
            "AND n.nspname <> 'information_schema' LIMIT 1").fetchone()
    return FOREIGN if found else EMPTY, {}


def write(uri, name, **values):
    "Only what is empty becomes ours"
    state, known = look(uri, name)
    if state not in {EMPTY, OURS}:
        raise Refusal(f'{name} is {state}')
    with connect(uri) as server:
        server.execute(
            SQL('COMMENT ON DATABASE {} IS {}').format(
                Identifier(name), Literal(MARK + json.dumps(known | values))))


def create(uri, name):
    state, _ = look(uri, name)
    if state == ABSENT:
        with connect(uri) as server:
            server.execute(
                SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
                .format(Identifier(name)))
    write(uri, name)


def drop(uri, name):
    state, _ = look(uri, name)
    if state != OURS:
        raise Refusal(f'{name} is {state}')
    with connect(uri) as server:
        server.execute(
            SQL('DROP DATABASE {} WITH (FORCE)').format(Identifier(name)))


def main(action, uri, name, values='{}'):
    actions = {'look': look, 'write': write, 'create': create, 'drop': drop}
    try:
        actions[action](uri, name, **json.loads(values))
        print(json.dumps(look(uri, name)))
    except (psycopg.Error, Refusal) as error:
        # The launcher shows it to the user
        print(error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
