# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bank reconciliation statement of a month, as PDF

The books are the posted lines of the account of the bank; the bank is what its
statements say, posted or not (see reconciliation.py).
"""
import datetime as dt
from collections import defaultdict

from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond import backend
from trytond.model import ModelView, fields
from trytond.modules.company import CompanyReport
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction
from trytond.wizard import Button, StateReport, StateView, Wizard

from . import reconciliation
from .event import today


def reconcile(journal, date, bank=None):
    """Return the Reconciliation of a statement journal at the end of a day.

    :param bank: what the bank says, if not what its statements say
    """
    statements = _statements(journal, date)
    start = _start(journal) or date
    opening = _books(journal, start - dt.timedelta(days=1))
    if bank is None:
        bank = reconciliation.bank_balance(statements, date, opening)
    return reconciliation.Reconciliation(
        date=date, books=_books(journal, date), bank=bank,
        not_at_bank=tuple(_not_at_bank(journal, start, date)),
        not_in_books=reconciliation.not_in_books(statements, date))


def _books(journal, date):
    "Return the balance of the posted lines of the account until a day"
    pool = Pool()
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    line, move = Line.__table__(), Move.__table__()
    query = line.join(move, condition=line.move == move.id).select(
        Coalesce(Sum(line.debit - line.credit), 0).as_('balance'),
        where=(line.account == journal.account.id)
        & (move.state == 'posted')
        & (move.date <= date))
    if backend.name == 'sqlite':
        sqlite_apply_types(query, ['NUMERIC'])
    cursor = Transaction().connection.cursor()
    cursor.execute(*query)
    balance, = cursor.fetchone()
    return journal.company.currency.round(balance)


def _start(journal):
    "Return the day from which there are statements, or None"
    Statement = Pool().get('account.statement')
    first = Statement.search(
        _domain(journal), order=[('date', 'ASC'), ('id', 'ASC')], limit=1)
    return reconciliation.first_day([_read(s) for s in first])


def _domain(journal):
    return [
        ('journal', '=', journal.id),
        ('state', '!=', 'cancelled'),
        ]


def _statements(journal, date):
    "Return the statements that count at a date, oldest first"
    Statement = Pool().get('account.statement')
    domain = _domain(journal)
    if journal.validation == 'balance':
        # A posted one is in the books whole, and the next one goes on from it
        last = Statement.search([*domain, ('date', '<=', date)],
            order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
        if last:
            domain.append(['OR',
                    ('state', '!=', 'posted'),
                    ('date', '>=', last[0].date),
                    ])
    return [
        _read(s) for s in Statement.search(
            domain, order=[('date', 'ASC'), ('id', 'ASC')])]


def _read(statement):
    "Return a statement as the core reads it"
    kept = statement.journal.validation == 'balance'
    return reconciliation.Statement(
        statement.date,
        statement.start_balance if kept else None,
        statement.end_balance if kept else None,
        tuple(_bank_lines(statement)))


def _bank_lines(statement):
    "Yield what the bank wrote: its transactions, or the lines without one"
    booked = defaultdict(int)
    for line in statement.lines:
        posted = line.move and line.move.state == 'posted'
        if line.origin:
            booked[line.origin] += line.amount if posted else 0
        else:
            yield reconciliation.BankLine(
                line.date, _text(line), line.amount,
                line.amount if posted else reconciliation.ZERO)
    for origin in statement.origins:
        yield reconciliation.BankLine(
            origin.date, _text(origin), origin.amount,
            booked[origin] + reconciliation.ZERO)


def _text(line):
    texts = [line.number, line.party.rec_name if line.party else None,
        line.description]
    return ' '.join(filter(None, texts)) or line.statement.rec_name


def _not_at_bank(journal, start, date):
    """Yield what the books hold and no statement says.

    What is older than the first statement was settled before it; a line that
    was reconciled until then is compensated by another one of the account.
    """
    pool = Pool()
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    said = Move.search([
            ('origin.journal', '=', journal.id, 'account.statement'),
            ], order=[], query=True)
    for line in Line.search([
                ('account', '=', journal.account.id),
                ('move.state', '=', 'posted'),
                ('move', 'not in', said),
                ('date', '>=', start),
                ('date', '<=', date),
                ['OR',
                    ('reconciliation', '=', None),
                    ('reconciliation.date', '>', date),
                    ],
                ], order=[('date', 'ASC'), ('id', 'ASC')]):
        texts = [line.move.number, line.description_used,
            line.party.rec_name if line.party else None]
        yield reconciliation.Item(
            line.date, ' '.join(filter(None, texts)),
            line.debit - line.credit)


class PrintStart(ModelView):
    __name__ = 'coop.bank.reconciliation.print.start'
    journal = fields.Many2One(
        'account.statement.journal', "Journal", required=True)
    date = fields.Date("End of the Month", required=True)
    currency = fields.Many2One('currency.currency', "Currency")
    bank = Monetary(
        "Balance of the Bank", currency='currency', digits='currency',
        help="What the bank says on its paper. Leave empty for what its "
        "statements in the books say.")

    @fields.depends('date')
    def on_change_with_date(self):
        return end_of_month(self.date) if self.date else None


def end_of_month(date):
    "Return the last day of the month of a date"
    following = date.replace(day=28) + dt.timedelta(days=4)
    return following - dt.timedelta(days=following.day)


class Print(Wizard):
    __name__ = 'coop.bank.reconciliation.print'
    start = StateView(
        'coop.bank.reconciliation.print.start',
        'coop_member.bank_reconciliation_print_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Print", 'print_', 'tryton-print', default=True),
            ])
    print_ = StateReport('coop.bank.reconciliation')

    def default_start(self, fields):
        journal = self.record
        first = today(journal.company.id).replace(day=1)
        return {
            'journal': journal.id,
            'currency': journal.currency.id,
            'date': first - dt.timedelta(days=1),
            }

    def do_print_(self, action):
        return action, {
            'ids': [self.start.journal.id],
            'date': self.start.date,
            'bank': self.start.bank,
            }


class Report(CompanyReport):
    __name__ = 'coop.bank.reconciliation'

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        Journal = Pool().get('account.statement.journal')
        journal = Journal(context['record'].id)
        context['journal'] = journal
        context['reconciliation'] = reconcile(
            journal, data['date'], data.get('bank'))
        return context
