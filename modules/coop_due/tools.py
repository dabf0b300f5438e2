# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond import backend
from trytond.tools import sqlite_apply_types


def typed(query, types):
    "Have SQLite return the types that PostgreSQL returns by itself"
    if backend.name == 'sqlite':
        sqlite_apply_types(query, types)
    return query
