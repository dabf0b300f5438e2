# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The year ends of the real register, by what its cooperative publishes.

What is expected is read from the file itself, by the few lines of plain
Python below, and held against the figures of its README; the general ledger
that it is compared with is Tryton's own.
"""
import csv
import datetime as dt
import os
from collections import Counter
from decimal import Decimal

from trytond.pool import Pool
from trytond.transaction import Transaction

HERE = os.path.dirname(__file__)
REAL = os.path.join(
    HERE, 'real_share_register', 'real_share_register.csv')
YEARS = range(2015, 2024)
NOMINAL = 24
# What the README says: the capital at the end of years that changed it, the
# highest, the statutory minimum and the floor
CAPITAL = {2015: 1728, 2019: 2880, 2021: 1728, 2023: 2304}
HIGHEST = {2015: 1728, 2019: 2880}
MINIMUM = 432
FLOOR = {2015: 432, 2019: 720}


def at(figures, year):
    "Return the figure of the last year that has one"
    return figures[max(y for y in figures if y <= year)]


def rows():
    "Return [(date, member, change of shares)] of the file"
    with open(REAL, encoding='utf-8', newline='') as file:
        return [
            (dt.date.fromisoformat(row['date']), row['member'],
                int(row['shares']))
            for row in csv.DictReader(file, delimiter=';')]


def held(date):
    "Return {member: shares} at the end of a day"
    shares = Counter()
    for day, member, change in rows():
        if day <= date:
            shares[member] += change
    return +shares


def gone(date):
    "Return {member: shares} that were given back until the end of a day"
    return Counter({
            member: -change for day, member, change in rows()
            if day <= date and change < 0})


def changes(year):
    "Return the shares that came in and that went out in a year"
    of_year = [change for day, _, change in rows() if day.year == year]
    return (
        sum(c for c in of_year if c > 0), -sum(c for c in of_year if c < 0))


def capital_lines(year):
    "Return the lines of the capital table of a year, in shares and euros"
    before, end = dt.date(year - 1, 12, 31), dt.date(year, 12, 31)
    came, went = changes(year)

    def total(date):
        shares, claim = held(date).total(), gone(date).total()
        return [shares, *[shares * NOMINAL] * 3, claim * NOMINAL]
    lines = [["Opening", *total(before)]]
    if came:
        amount = came * NOMINAL
        lines += [
            ["Subscriptions", came, amount, amount, 0, 0],
            ["Payments", 0, 0, 0, amount, 0]]
    if went:
        amount = went * NOMINAL
        lines.append(["Cancellations", -went, *[-amount] * 3, amount])
    return [*lines, ["Closing", *total(end)]]


def ledger(company, year):
    """Return {code: [opening, debit, credit, closing]} of the year.

    It is that of Tryton, of posted entries; accounts without any are left out.
    """
    pool = Pool()
    Account = pool.get('account.general_ledger.account')
    FiscalYear = pool.get('account.fiscalyear')
    fiscalyear, = FiscalYear.search([
            ('company', '=', company.id), ('name', '=', str(year))])
    with Transaction().set_context(
            company=company.id, fiscalyear=fiscalyear.id, posted=True):
        figures = {
            a.account.code: [
                a.start_balance, a.debit, a.credit, a.end_balance]
            for a in Account.search([])}
    return {code: values for code, values in figures.items() if any(values)}


def ledger_expected(year):
    "Return what the general ledger of a year should be"
    before, end = dt.date(year - 1, 12, 31), dt.date(year, 12, 31)
    came, went = [shares * NOMINAL for shares in changes(year)]
    capital = [held(d).total() * NOMINAL for d in [before, end]]
    claim = [gone(d).total() * NOMINAL for d in [before, end]]
    figures = {
        'paid_up': [-capital[0], went, came, -capital[1]],
        'claim': [-claim[0], 0, went, -claim[1]],
        # what was given back is owed, and was not paid yet
        'cash': [sum([capital[0], claim[0]]), came, 0,
            sum([capital[1], claim[1]])],
        # subscribed, called and paid on the same day
        'receivable': [0, came, came, 0],
        'called_unpaid': [0, came, came, 0],
        }
    return {code: values for code, values in figures.items() if any(values)}


class YearEndMixin:
    "Compares the year ends of the register with the books and the README"

    def check_year_ends(self, company):
        for year in YEARS:
            with self.subTest(year=year):
                self.check_figures(company, year)
                self.check_capital_table(company, year)
                self.check_member_register(company, year)
                self.assertEqual(
                    ledger(company, year), ledger_expected(year))

    def check_figures(self, company, year):
        Capital = Pool().get('coop.share.capital')
        date = dt.date(year, 12, 31)
        self.assertEqual([
                Capital.subscribed_at(company, date),
                Capital.highest(company, date),
                Capital.floor(company, date),
                held(date).total() * NOMINAL,
                ], [
                at(CAPITAL, year), at(HIGHEST, year), at(FLOOR, year),
                at(CAPITAL, year)])

    def check_capital_table(self, company, year):
        Table = Pool().get('coop.share.capital.table', type='report')
        table = Table.table(company, {
                'start_date': dt.date(year, 1, 1),
                'date': dt.date(year, 12, 31)})
        (title, *_), *lines = [line.cells for line in table.lines]
        self.assertIn("Class A", title)
        self.assertEqual([list(l) for l in lines], capital_lines(year))
        amounts = [at(HIGHEST, year), MINIMUM, at(FLOOR, year),
            at(CAPITAL, year) - at(FLOOR, year)]
        self.assertEqual(
            [text for _, text in table.closing],
            [f'{amount:,.2f}' for amount in amounts])
        # The columns are those of the ledger: paid-up capital, and claims
        books = ledger(company, year)
        for code, column in [('paid_up', 4), ('claim', 5)]:
            opening, debit, credit, closing = books.get(
                code, [Decimal(0)] * 4)
            steps = [l[column] for l in lines[1:-1]]
            self.assertEqual([
                    lines[0][column], sum(s for s in steps if s > 0),
                    -sum(s for s in steps if s < 0), lines[-1][column]],
                [-opening, credit, debit, -closing])

    def check_member_register(self, company, year):
        Register = Pool().get('coop.member.register', type='report')
        date = dt.date(year, 12, 31)
        with Transaction().set_context(date=date):
            table = Register.table(company, {'date': date})
        *lines, total = [line.cells for line in table.lines]
        shares = held(date)
        self.assertEqual(
            [[cells[0], *cells[-3:]] for cells in lines],
            [[member, count, count * NOMINAL, count * NOMINAL]
                for member, count in sorted(shares.items())])
        self.assertEqual(list(total[-3:]), [
                shares.total(), at(CAPITAL, year), at(CAPITAL, year)])
        self.assertEqual(
            [count for _, count in table.closing], [len(shares)])
        admitted = {}
        for day, member, change in reversed(rows()):
            if change > 0:
                admitted[member] = day
        self.assertEqual(
            {cells[0]: cells[5] for cells in lines},
            {member: admitted[member] for member in shares})
