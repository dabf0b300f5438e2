# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..reconciliation import (
    BankLine, Item, Reconciliation, Statement, bank_balance, first_day,
    not_in_books)

START = dt.date(2022, 1, 1)
amounts = st.integers(-500, 500).map(Decimal)


def day(number):
    return START + dt.timedelta(days=number)


@st.composite
def banks(draw, balances=True):
    "The opening balance of a bank and its statements, which follow"
    opening = balance = draw(amounts)
    statements, last = [], 0
    for _ in range(draw(st.integers(1, 4))):
        date = last + draw(st.integers(1, 10))
        lines = []
        for _ in range(draw(st.integers(0, 4))):
            amount = draw(amounts)
            lines.append(BankLine(
                    # Some come late, some are of the day after
                    day(draw(st.integers(max(0, last - 3), date + 1))),
                    "", amount,
                    booked=draw(st.sampled_from([amount, Decimal(0)]))))
        start = balance
        balance += sum(line.amount for line in lines)
        statements.append(Statement(
                day(date), start if balances else None,
                balance if balances else None, tuple(lines)))
        last = date
    return opening, statements


class ReconciliationTestCase(unittest.TestCase):
    "Test what a bank reconciliation explains"

    def reconcile(self, opening, statements, date, own=()):
        "With books that hold what is booked, and lines of their own"
        booked = sum(
            line.booked for s in statements for line in s.lines
            if line.date <= date)
        return Reconciliation(
            date, opening + booked + sum(i.amount for i in own),
            bank_balance(statements, date, opening), own,
            not_in_books(statements, date))

    @given(
        st.booleans().flatmap(banks), st.integers(0, 45),
        st.lists(amounts, max_size=3))
    def test_explained(self, bank, number, own):
        "Whatever the day and however the statements are cut, all is explained"
        own = tuple(Item(START, "cheque", amount) for amount in own)
        result = self.reconcile(*bank, day(number), own)
        self.assertEqual(result.difference, 0)

    def test_missing_statement(self):
        "The balance of the bank shows the statement that is not there"
        statements = [
            Statement(day(5), Decimal(0), Decimal(100), (
                    BankLine(day(5), "", Decimal(100), Decimal(100)),)),
            Statement(day(15), Decimal(130), Decimal(180), (
                    BankLine(day(15), "", Decimal(50), Decimal(50)),)),
            ]
        result = self.reconcile(Decimal(0), statements, day(20))
        self.assertEqual(
            (result.books, result.bank, result.difference), (150, 180, 30))

    def test_no_statement(self):
        self.assertIsNone(first_day([]))
        result = self.reconcile(Decimal(70), [], START)
        self.assertEqual((result.books, result.bank), (70, 70))
