# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bank reconciliation of an account at a date, without Tryton

What the books hold, less what the bank does not know yet, plus what the books
do not know yet, is what the bank says. What is left is to be explained.
"""
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Optional

ZERO = Decimal(0)


@dataclass(frozen=True)
class Item:
    date: dt.date
    text: str
    amount: Decimal


@dataclass(frozen=True)
class BankLine:
    "A line of the bank: its amount, and how much of it is in the books"
    date: dt.date
    text: str
    amount: Decimal
    booked: Decimal = ZERO


@dataclass(frozen=True)
class Statement:
    "In the order of their dates; balances are None where none are kept"
    date: dt.date
    start: Optional[Decimal]
    end: Optional[Decimal]
    lines: tuple = ()


@dataclass(frozen=True)
class Reconciliation:
    date: dt.date
    books: Decimal
    bank: Decimal
    not_at_bank: tuple = ()
    not_in_books: tuple = ()

    @property
    def total_not_at_bank(self):
        return sum((i.amount for i in self.not_at_bank), ZERO)

    @property
    def total_not_in_books(self):
        return sum((i.amount for i in self.not_in_books), ZERO)

    @property
    def expected(self):
        "What the bank should say"
        return self.books - self.total_not_at_bank + self.total_not_in_books

    @property
    def difference(self):
        "What nothing explains: zero, or somebody has to look for it"
        return self.bank - self.expected


def first_day(statements):
    "Return the day from which statements are known, or None"
    days = [line.date for s in statements for line in s.lines]
    days += [s.date for s in statements]
    return min(days, default=None)


def bank_balance(statements, date, opening):
    """Return what the bank says at the end of a day.

    The balance of the last statement until then, without its lines of after,
    with the lines of until then that came with a later statement.

    :param opening: the balance before the first statement, where the
        statements keep none
    """
    before = [s for s in statements if s.date <= date]
    balance = None
    if before:
        balance = before[-1].end
        if balance is not None:
            balance -= _total(before[-1:], lambda day: day > date)
    if balance is None:
        start = statements[0].start if statements else None
        balance = opening if start is None else start
        balance += _total(before, lambda day: day <= date)
    after = [s for s in statements if s.date > date]
    return balance + _total(after, lambda day: day <= date)


def _total(statements, condition):
    return sum(
        (line.amount for s in statements for line in s.lines
            if condition(line.date)), ZERO)


def not_in_books(statements, date):
    "Return the items of the bank until a date that the books do not know"
    return tuple(
        Item(line.date, line.text, line.amount - line.booked)
        for s in statements for line in s.lines
        if line.date <= date and line.amount != line.booked)
