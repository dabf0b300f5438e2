# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The capital and the members at the end of each month"
import datetime as dt

from sql import Cast, Literal, Union, Window, With
from sql.aggregate import Min, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import DateTrunc, Extract, Function, Lag

from trytond import backend
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.transaction import Transaction

from .company import CurrencyMixin
from .event import (
    STATES, as_of_context, current_events, state_expression, today)
from .life import MEMBER_STATES
from .movement import exact

COLUMNS = ['shares', 'subscribed', 'paid_up', 'members']
AMOUNTS = {'subscribed', 'paid_up'}
# More months than any cooperative has
COMPANY = 1_000_000


class _Date(Function):
    __slots__ = ()
    _function = 'DATE'


def _next_day(date):
    "Return the SQL expression of the day after a date"
    if backend.name == 'sqlite':
        return _Date(date, '+1 day')
    return Cast(date + dt.timedelta(days=1), 'DATE')


def _next_month(month):
    "Return the SQL expression of the month after a month"
    if backend.name == 'sqlite':
        return _Date(month, '+1 month')
    return Cast(DateTrunc('month', month + dt.timedelta(days=31)), 'DATE')


class Month(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.month'
    company = fields.Many2One('company.company', "Company")
    date = fields.Date("Month")
    shares = fields.Integer("Shares")
    subscribed = Monetary(
        "Subscribed", currency='currency', digits='currency')
    paid_up = Monetary("Paid-up", currency='currency', digits='currency')
    members = fields.Integer("Members")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        date, known_at = as_of_context()
        if date is None:
            date = today(Transaction().context.get('company'))
        changes = With(query=Union(
                cls._shares(date, known_at), cls._members(date, known_at),
                all_=True))
        calendar = cls._calendar(changes, date)
        rows = Union(
            changes.select(
                changes.company.as_('company'), changes.month.as_('month'),
                *(getattr(changes, name).as_(name) for name in COLUMNS)),
            calendar.select(
                calendar.company.as_('company'),
                DateTrunc('month', calendar.month).as_('month'),
                *(Literal(0).as_(name) for name in COLUMNS)),
            all_=True)
        months = rows.select(
            rows.company.as_('company'), rows.month.as_('month'),
            *(Sum(getattr(rows, name)).as_(name) for name in COLUMNS),
            group_by=[rows.company, rows.month])

        def running(name):
            return Sum(getattr(months, name), window=Window(
                    [months.company], order_by=[months.month.asc]))
        return months.select(
            (months.company * COMPANY
                + Extract('YEAR', months.month) * 12
                + Extract('MONTH', months.month)).as_('id'),
            months.company.as_('company'),
            cls.date.sql_cast(months.month).as_('date'),
            *(
                (exact(running(name)) if name in AMOUNTS
                    # PostgreSQL sums whole numbers to decimals
                    else getattr(cls, name).sql_cast(running(name))
                    ).as_(name)
                for name in COLUMNS),
            with_=[changes, calendar])

    @classmethod
    def _calendar(cls, changes, date):
        """Return the SQL query of all months from the first change to a date

        Those without change have their point on the graphs.
        """
        calendar = With('company', 'month', recursive=True)
        following = _next_month(calendar.month)
        calendar.query = Union(
            changes.select(
                changes.company, cls.date.sql_cast(Min(changes.month)),
                group_by=[changes.company]),
            calendar.select(
                calendar.company, following, where=following <= date),
            all_=True)
        return calendar

    @classmethod
    def _shares(cls, date, known_at):
        "Return the SQL query of what movements change in their month"
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        return movement.select(
            movement.company.as_('company'),
            DateTrunc('month', movement.date).as_('month'),
            movement.quantity.as_('shares'),
            movement.subscribed.as_('subscribed'),
            movement.paid_up.as_('paid_up'),
            Literal(0).as_('members'),
            where=Movement.as_of(movement, date, known_at))

    @classmethod
    def _members(cls, date, known_at):
        """Return the SQL query of who becomes a member and ceases to be one.

        A departure counts from the day after it, see life.py.
        """
        event, where = current_events(date, known_at)
        state = state_expression(event)
        is_member = Case(
            (state.in_(list(MEMBER_STATES)), 1), else_=0)
        day = Case(
            (event.kind == 'departure', _next_day(event.date)),
            else_=event.date)
        window = Window([event.member], order_by=[day.asc, event.number.asc])
        before = Coalesce(Lag(is_member, window=window), 0)
        zero = Literal(0)
        return event.select(
            event.company.as_('company'),
            DateTrunc('month', day).as_('month'),
            zero.as_('shares'), zero.as_('subscribed'), zero.as_('paid_up'),
            (is_member - before).as_('members'),
            where=where & state.in_([s for s, _ in STATES]))
