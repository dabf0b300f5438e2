# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The hash chain of the append-only ledgers. Imports no Tryton.

Model: a ledger is a sequence of rows numbered 1, 2, 3... Each row stores the
hash of the row before it and its own, made over the canonical form below.
Changing, removing or inserting a past row breaks every later hash.

Canonical form: UTF-8 text of one line per value, ``name=value``,
in the order given, ended by a line feed. Dates and times are ISO 8601,
decimals plain without trailing zeros, booleans 0 or 1, nothing the empty text.
It holds numbers, dates, kinds, quantities, amounts and the member's number,
never personal data, so that erasing a person keeps the chain whole.

Versions: 2 adds since when transferred or converted shares are held to the
values of a movement. A row is always checked by the version that it names.

Invariants: numbers have no gap; ``previous_hash`` is the hash of the row
before (``GENESIS`` for the first); times of recording never go back.
"""
import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal

VERSION = 2
VERSIONS = {1, 2}
GENESIS = '0' * 64


@dataclass(frozen=True)
class Row:
    "What the chain knows of a ledger row; ``values`` is the canonical content"
    number: int
    recorded_at: dt.datetime
    previous_hash: str
    hash: str
    version: int
    values: tuple


def text(value):
    "Return the canonical text of a value"
    if value is None:
        return ''
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal):
        return '0' if not value else format(value.normalize(), 'f')
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return str(value)


def digest(previous_hash, values, version=VERSION):
    """Return the hash (64 hexadecimal digits) of a row.

    :param previous_hash: the hash of the row before, or GENESIS
    :param values: sequence of (name, value) in the order of the version
    :raises ValueError: for a version this code does not know
    """
    if version not in VERSIONS:
        raise ValueError(f"unknown version {version} of the canonical form")
    lines = [f'version={version}', f'previous={previous_hash}']
    lines += [f'{name}={text(value)}' for name, value in values]
    return hashlib.sha256('\n'.join(lines + ['']).encode()).hexdigest()


def first_fault(rows):
    """Return (number, reason) of the first row that breaks the chain.

    Reasons are 'gap', 'previous', 'hash', 'time' and 'version'.
    Return None when the chain is whole.

    :param rows: iterable of Row in the order of their numbers
    """
    number, previous, recorded_at = 0, GENESIS, None
    for row in rows:
        number += 1
        if row.number != number:
            return number, 'gap'
        if row.previous_hash != previous:
            return number, 'previous'
        if row.version not in VERSIONS:
            return number, 'version'
        if row.hash != digest(previous, row.values, row.version):
            return number, 'hash'
        if recorded_at is not None and row.recorded_at < recorded_at:
            return number, 'time'
        previous, recorded_at = row.hash, row.recorded_at
    return None
