# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A strict reader of a FEC (LPF art. A47 A-1). Imports no Tryton.

The program of the tax administration accepts an entry that does not balance,
a gap in the numbers and dates of another form: this one does not. Each check
is a function that yields what is wrong; CHECKS lists them.
"""
import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

HEADER = [
    'JournalCode', 'JournalLib', 'EcritureNum', 'EcritureDate', 'CompteNum',
    'CompteLib', 'CompAuxNum', 'CompAuxLib', 'PieceRef', 'PieceDate',
    'EcritureLib', 'Debit', 'Credit', 'EcritureLet', 'DateLet', 'ValidDate',
    'Montantdevise', 'Idevise']
REQUIRED = [
    'JournalCode', 'JournalLib', 'EcritureNum', 'EcritureDate', 'CompteNum',
    'CompteLib', 'PieceRef', 'PieceDate', 'EcritureLib', 'Debit', 'Credit',
    'ValidDate']
DATES = ['EcritureDate', 'PieceDate', 'DateLet', 'ValidDate']
AMOUNT = re.compile(r'\d+,\d{2}')
OPENING = 'OUV'


class Row(dict):
    "A line of the file by the names of its columns"

    @property
    def opening(self):
        return self['JournalCode'] == OPENING

    def amount(self, column):
        return Decimal(self[column].replace(',', '.'))

    @property
    def balance(self):
        return self.amount('Debit') - self.amount('Credit')


def read(content):
    "Return the rows of the bytes of a file"
    header, *lines = content.decode('utf-8').splitlines()
    assert header.split('\t') == HEADER
    rows = []
    for number, line in enumerate(lines, 2):
        values = line.split('\t')
        assert len(values) == len(HEADER), (number, line)
        rows.append(Row(zip(HEADER, values)))
    return rows


def date(text):
    if not re.fullmatch(r'\d{8}', text):
        raise ValueError(text)
    return dt.datetime.strptime(text, '%Y%m%d').date()


def check_values(rows, start, end):
    for row in rows:
        for name in REQUIRED:
            if not row[name].strip():
                yield f"{name} is empty: {row}"
        for name in DATES:
            try:
                value = row[name] and date(row[name])
            except ValueError:
                yield f"{name} is no date AAAAMMJJ: {row}"
                continue
            if name == 'EcritureDate' and not start <= value <= end:
                yield f"EcritureDate out of the year: {row}"
        amounts = [row['Debit'], row['Credit']]
        if not all(AMOUNT.fullmatch(a) for a in amounts):
            yield f"an amount is not of the form 0,00: {row}"
        elif sum(a != '0,00' for a in amounts) != 1:
            yield f"not one amount of debit and credit: {row}"
        if not re.match(r'\d{3}', row['CompteNum']):
            yield f"CompteNum does not start with three digits: {row}"
        for one, other in [
                ('CompAuxNum', 'CompAuxLib'), ('EcritureLet', 'DateLet'),
                ('Montantdevise', 'Idevise')]:
            if bool(row[one]) != bool(row[other]):
                yield f"{one} without {other}: {row}"


def check_balance(rows, start, end):
    balances = defaultdict(Decimal)
    for row in rows:
        balances[row['EcritureNum']] += row.balance
    for number, balance in balances.items():
        if balance:
            yield f"entry {number} does not balance: {balance}"


def check_order(rows, start, end):
    entries = [row for row in rows if not row.opening]
    if rows[len(rows) - len(entries):] != entries:
        yield "the opening lines are not the first"
    numbers = [n for n, _ in groupby(row['EcritureNum'] for row in entries)]
    if numbers != [str(n) for n in range(1, len(numbers) + 1)]:
        yield f"the numbers have a gap or no order: {numbers}"
    valid = [row['ValidDate'] for row in entries]
    if valid != sorted(valid):
        yield "the entries are not in the order of their validation"
    for _, lines in groupby(entries, lambda row: row['EcritureNum']):
        heads = {
            (row['JournalCode'], row['EcritureDate'], row['ValidDate'])
            for row in lines}
        if len(heads) > 1:
            yield f"an entry with several heads: {heads}"


CHECKS = [check_values, check_balance, check_order]


def faults(rows, start, end):
    "Return all that is wrong with the rows of the year from start to end"
    return [fault for check in CHECKS for fault in check(rows, start, end)]


def totals(rows, key='CompteNum'):
    "Return {account: (debit, credit)}"
    result = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        debit, credit = result[row[key]]
        result[row[key]] = (
            debit + row.amount('Debit'), credit + row.amount('Credit'))
    return dict(result)
