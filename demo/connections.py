"""The connections to SQLite, kept from one call to the next.

Tryton opens one for each call, which reads the whole schema again: a loader
makes thousands of calls.
"""
import weakref
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def kept():
    "Keep them while the block runs; PostgreSQL has a pool of its own"
    # By the configuration, which is read by now
    from trytond import backend
    if backend.name != 'sqlite':
        yield
        return
    Database = backend.Database
    connect, free = Database.connect, []

    def reuse(database):
        if database._conn is None:
            if free:
                database._conn = free.pop()
                database._conn.rollback()
            else:
                connect(database)
            # Nobody uses it any more once its database is gone
            weakref.finalize(database, free.append, database._conn)
        return database

    with patch.object(Database, 'connect', reuse):
        yield
    for connection in free:
        connection.close()
