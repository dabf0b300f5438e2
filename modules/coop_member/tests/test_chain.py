# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.coop_member.chain import (
    GENESIS, VERSION, Row, digest, first_fault, text)


def ledger(contents):
    rows, previous = [], GENESIS
    for number, content in enumerate(contents, 1):
        values = (('number', number), ('content', content))
        hash_ = digest(previous, values)
        rows.append(Row(
                number, dt.datetime(2020, 1, 1, 0, 0, number), previous,
                hash_, VERSION, values))
        previous = hash_
    return rows


class ChainTestCase(unittest.TestCase):
    "The hash chain of the ledgers"

    def test_known_hash(self):
        "The canonical form of version 1 never changes"
        values = [
            ('number', 1), ('date', dt.date(2026, 1, 31)),
            ('amount', Decimal('24.00')), ('in_kind', False), ('note', None)]
        self.assertEqual(
            digest(GENESIS, values, 1),
            '98f63a10b3b1e99a0fdbd44a797202f2'
            'cf4aee6037df074adc1d91d87312ba7f')

    def test_text(self):
        for value, expected in [
                (Decimal('1.50'), '1.5'), (Decimal('100'), '100'),
                (Decimal('1E+2'), '100'), (Decimal('-0.00'), '0'),
                (None, ''), (True, '1'), (3, '3'),
                (dt.datetime(2020, 1, 2, 3, 4, 5, 6),
                    '2020-01-02T03:04:05.000006')]:
            self.assertEqual(text(value), expected)

    @given(st.lists(st.integers(), min_size=1, max_size=10), st.data())
    def test_any_change_is_found(self, contents, data):
        rows = ledger(contents)
        self.assertIsNone(first_fault(rows))
        position = data.draw(st.integers(0, len(rows) - 1))
        row = rows[position]
        number = row.number
        other = (('number', number), ('content', 'other'))
        changed = rows[:]
        changed[position] = replace(row, values=other)
        self.assertEqual(first_fault(changed), (number, 'hash'))
        # hashed again by the forger, it is the next row that does not follow
        changed[position] = replace(
            row, values=other, hash=digest(row.previous_hash, other))
        expected = (number + 1, 'previous') if position + 1 < len(rows) else (
            None)
        self.assertEqual(first_fault(changed), expected)
        removed = rows[:position] + rows[position + 1:]
        if position + 1 < len(rows):
            self.assertEqual(first_fault(removed), (number, 'gap'))

    def test_time_and_version(self):
        rows = ledger([1, 2])
        rows[1] = replace(rows[1], recorded_at=dt.datetime(2019, 1, 1))
        self.assertEqual(first_fault(rows), (2, 'time'))
        rows[0] = replace(rows[0], version=99)
        self.assertEqual(first_fault(rows), (1, 'version'))
        with self.assertRaises(ValueError):
            digest(GENESIS, [], version=99)
