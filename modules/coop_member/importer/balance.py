# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The trial balance of the old books, held against the register.

Invariants: debits equal credits; the accounts of the capital have the balance
that the register implies, those with parties for each of them.
"""
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .checking import read_sheet
from .problem import Problem


@dataclass(frozen=True)
class Account:
    "An account of the chart: ``open`` when lines may be on it"
    code: str
    open: bool = True
    party_required: bool = False


@dataclass(frozen=True)
class Books:
    """What the chart and the register hold.

    ``capital`` maps the (account code, party code or None) of the capital to
    the balance (debit - credit) that the register implies, ``members`` a
    member's number to the code of its party.
    """
    accounts: dict
    parties: frozenset
    members: dict
    capital: dict
    digits: int = 2


def check(table, books):
    """Return ({(account code, party code or None): balance}, problems).

    Lines without party on an account of the capital that has parties are
    spread over them as the register says.

    :param table: the Table of the trial balance
    """
    sheet = read_sheet('balance', table)
    balances = defaultdict(Decimal)
    for row in sheet.rows:
        if not row.bad:
            _add(sheet, row, books, balances)
    problems = [p for p in sheet.problems if not p.warning]
    if total := sum(balances.values()):
        problems.append(Problem(
                'unbalanced', table.name, args={'value': total}))
    problems += list(_differences(table, books, balances))
    capital_accounts = {account for account, _ in books.capital}
    result = {
        key: balance for key, balance in balances.items()
        if balance and key[0] not in capital_accounts}
    result |= {key: b for key, b in books.capital.items() if b}
    return result, problems


def _add(sheet, row, books, balances):
    account = books.accounts.get(row.account)
    party = row.party
    capital = {a for a, _ in books.capital}
    if not account:
        sheet.problem(row, 'account', 'account_unknown', value=row.account)
        return
    if not account.open:
        sheet.problem(row, 'account', 'account_closed', value=row.account)
    if row.member and not party:
        party = books.members.get(row.member)
        if not party:
            sheet.problem(row, 'member', 'member_unknown', value=row.member)
    elif party and party not in books.parties:
        sheet.problem(row, 'party', 'party_unknown', value=party)
    if party and not account.party_required:
        party = None
    elif (not party and account.party_required and not row.bad
            and row.account not in capital):
        sheet.problem(row, 'party', 'party_needed', value=row.account)
    for column in ['debit', 'credit']:
        value = row.values[column]
        if value and round(value, books.digits) != value:
            sheet.problem(row, column, 'digits', value=value,
                digits=books.digits)
    balances[row.account, party] += (
        (row.debit or Decimal(0)) - (row.credit or Decimal(0)))


def _differences(table, books, balances):
    "Yield the Problems of the capital's accounts that the register denies"
    given, implied = defaultdict(Decimal), defaultdict(Decimal)
    with_party = {a for a, party in balances if party}
    for side, source in [(given, balances), (implied, books.capital)]:
        for (account, party), balance in source.items():
            side[account, party if account in with_party else None] += balance
    accounts = {a for a, _ in books.capital}
    for account, party in sorted(
            given.keys() | implied.keys(), key=lambda k: (k[0], k[1] or '')):
        key = account, party
        if account in accounts and given[key] != implied[key]:
            yield Problem('capital_differs', table.name, args={
                    'account': account, 'party': party or '-',
                    'register': implied[key], 'books': given[key]})
