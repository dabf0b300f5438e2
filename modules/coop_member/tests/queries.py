# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Counting the queries of what the client does with lists"""
import json
import re
from collections import Counter
from contextlib import contextmanager

from lxml import etree

from trytond.cache import BaseCache
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder
from trytond.transaction import Transaction


# A list of parameters, however long
PARAMETERS = re.compile(r'\((?:\?|%s)(?:, (?:\?|%s))*\)')


class _Cursor:

    def __init__(self, cursor, queries):
        self._cursor = cursor
        self._queries = queries

    def execute(self, query, *args, **kwargs):
        self._queries[PARAMETERS.sub('(...)', str(query))] += 1
        return self._cursor.execute(query, *args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._cursor, name)

    def __iter__(self):
        return iter(self._cursor)

    def __enter__(self):
        self._cursor.__enter__()
        return self

    def __exit__(self, *args):
        return self._cursor.__exit__(*args)


class _Connection:

    def __init__(self, connection, queries):
        self._connection = connection
        self._queries = queries

    def cursor(self, *args, **kwargs):
        return _Cursor(
            self._connection.cursor(*args, **kwargs), self._queries)

    def __getattr__(self, name):
        return getattr(self._connection, name)


@contextmanager
def counted():
    "Yield the Counter of the queries made inside, with empty caches"
    transaction = Transaction()
    for cache in BaseCache._instances.values():
        cache.clear()
    transaction.cache.clear()
    transaction.counter += 1
    queries = Counter()
    connection = transaction.connection
    transaction.connection = _Connection(connection, queries)
    try:
        yield queries
    finally:
        transaction.connection = connection


def client_fields(Model, view_id):
    "Return the names that the client reads to show the list"
    view = Model.fields_view_get(view_id=view_id, view_type='tree')
    names = {'rec_name', '_timestamp', '_write', '_delete'}
    for element in etree.fromstring(view['arch']).iter('field'):
        name = element.get('name')
        definition = view['fields'][name]
        names.add(name)
        if definition['type'] in {'many2one', 'one2one', 'reference'}:
            names.add(f'{name}.rec_name')
        elif definition['type'] in {'selection', 'multiselection'}:
            names.add(f'{name}:string')
    return sorted(names)


def show(Model, view_id, domain=None, limit=1000):
    "Search and read as the client does, return the rows"
    names = client_fields(Model, view_id)
    ids = [r.id for r in Model.search(domain or [], limit=limit)]
    rows = []
    # The client reads what it shows, by pages
    for start in range(0, len(ids), 1000):
        rows += Model.read(ids[start:start + 1000], names)
    return rows


def tabs(model):
    "Return [(action, tab, domain)] of the tabs of a model that show a count"
    ActWindow = Pool().get('ir.action.act_window')
    context = Transaction().context
    decoder = PYSONDecoder({'context': dict(context)})
    result = []
    for action in ActWindow.search([('res_model', '=', model)]):
        for tab in action.act_window_domains:
            if tab.count:
                domain = ['AND',
                    decoder.decode(action.domain or '[]'),
                    decoder.decode(tab.domain or '[]')]
                result.append((action.name, tab.name, domain))
    return result


def growth(few, many):
    "Return the queries that ran more often with many rows, as text"
    return json.dumps(
        {q[:500]: f'{few[q]} -> {n}'
            for q, n in many.items() if n > few[q]},
        indent=1)
