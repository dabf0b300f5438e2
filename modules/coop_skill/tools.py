# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond import backend
from trytond.modules.coop_member.event import as_of_context, today
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

# Records looked at by one query
SLICE = 1000


def typed(query, types):
    "Have SQLite return the types that PostgreSQL returns by itself"
    if backend.name == 'sqlite':
        sqlite_apply_types(query, types)
    return query


def context_date():
    "Return the date of the context, or today's of its company"
    date, _ = as_of_context()
    return date or today(Transaction().context.get('company'))


def to_date(value):
    "Return a date that the client sent, or None"
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    return value or None
