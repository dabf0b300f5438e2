# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from sql import Window
from sql.aggregate import Max, Min, Sum

from trytond import backend
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

from . import leaving
from .capital import NOTHING
from .company import CurrencyMixin
from .event import as_of_context, today
from .movement import exact

# Loi 47-1775, art. 13, where no parameter says it
FLOOR_FRACTION = Decimal('0.25')


def _amount(string, **kwargs):
    return Monetary(string, currency='currency', digits='currency', **kwargs)


class AsOfMixin(CurrencyMixin):
    "The register as of the date and the time of the context"
    __slots__ = ()
    company = fields.Many2One('company.company', "Company")
    share_class = fields.Many2One('coop.share.class', "Share Class")
    quantity = fields.Integer("Quantity")
    subscribed = _amount("Subscribed")
    called = _amount("Called")
    paid_up = _amount("Paid-up")
    claim = _amount("Claim", help="Owed to leavers.")

    @classmethod
    def _query(cls, *keys):
        "Return the register grouped by columns of the movements, less zeros"
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        date, known_at = as_of_context()
        if date is None:
            date = today(Transaction().context.get('company'))
        columns = [getattr(movement, key) for key in keys]
        return movement.select(
            Min(movement.id).as_('id'), *columns, *Movement.sums(movement),
            where=Movement.as_of(movement, date, known_at),
            group_by=columns,
            having=(Sum(movement.quantity) != 0)
            | (exact(Sum(movement.subscribed)) != 0)
            | (exact(Sum(movement.claim)) != 0))


class Holding(AsOfMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.holding'
    member = fields.Many2One('coop.member', "Member")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('member', 'ASC'), ('share_class', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        return cls._query('company', 'member', 'share_class')


class Capital(AsOfMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.capital'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('share_class', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        return cls._query('company', 'share_class')

    @classmethod
    def highest(cls, company, date=None, known_at=None):
        """Return the highest capital ever subscribed (loi 47-1775, art. 13).

        It is looked at at the end of each effective day up to the date.
        """
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        days = movement.select(
            movement.date, Sum(movement.subscribed).as_('change'),
            where=(movement.company == company.id)
            & Movement.as_of(movement, date, known_at),
            group_by=[movement.date])
        running = days.select(
            Sum(days.change, window=Window(
                    [], order_by=[days.date.asc])).as_('capital'))
        query = running.select(Max(running.capital).as_('highest'))
        return cls.total(query, company)

    @classmethod
    def subscribed_at(cls, company, date=None, known_at=None):
        "Return the capital subscribed at the date"
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        query = movement.select(
            Sum(movement.subscribed).as_('capital'),
            where=(movement.company == company.id)
            & Movement.as_of(movement, date, known_at))
        return cls.total(query, company)

    @classmethod
    def total(cls, query, company):
        "Return the rounded amount of a query of one"
        cursor = Transaction().connection.cursor()
        if backend.name == 'sqlite':
            sqlite_apply_types(query, ['NUMERIC'])
        cursor.execute(*query)
        value, = cursor.fetchone()
        return company.currency.round(value or 0)

    @classmethod
    def days(cls, company):
        """Return the leaving.Days of the capital, in order, by one query.

        Those are the days on which the capital changed, with the highest
        capital reached and the floor at the end of each.
        """
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        cursor = Transaction().connection.cursor()
        query = movement.select(
            movement.date.as_('date'),
            exact(Sum(movement.subscribed)).as_('change'),
            where=movement.company == company.id,
            group_by=[movement.date], order_by=[movement.date.asc])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, ['DATE', 'NUMERIC'])
        cursor.execute(*query)
        return leaving.days(
            cursor.fetchall(), *cls.floor_rule(company),
            company.currency.round)

    @classmethod
    def floor_rule(cls, company):
        """Return the statutory minimum and a function: fraction at a date.

        The fraction is the configured one or that of the law at the date.
        """
        pool = Pool()
        Parameter = pool.get('coop.parameter')
        configuration = pool.get('coop.configuration')(1)
        minimum = configuration.get_multivalue(
            'statutory_minimum', company=company.id) or 0
        fraction = configuration.get_multivalue(
            'floor_fraction', company=company.id)
        values = Parameter.history('floor_fraction')

        def fraction_at(date):
            if fraction is not None:
                return fraction
            known = [value for from_, value in values if from_ <= date]
            return known[-1] if known else FLOOR_FRACTION
        return minimum, fraction_at

    @classmethod
    def floor(cls, company, date=None, known_at=None):
        """Return the capital below which withdrawals may not go.

        The greater of the statutory minimum and of a fraction of the highest
        capital ever reached, the configured one or that of the law at the
        date: loi 47-1775, art. 13.
        """
        minimum, fraction_at = cls.floor_rule(company)
        fraction = fraction_at(date or today(company.id))
        highest = cls.highest(company, date, known_at)
        return max(minimum, company.currency.round(highest * fraction))


class Member(CurrencyMixin, metaclass=PoolMeta):
    __name__ = 'coop.member'
    shares = fields.Function(fields.Integer("Shares"), 'get_holdings')
    capital = fields.Function(
        _amount("Capital", help="The capital subscribed."), 'get_holdings')
    capital_to_pay = fields.Function(
        _amount("Capital to Pay", help="Called and not yet paid."),
        'get_holdings')
    capital_claim = fields.Function(
        _amount("Capital to Repay", help="Owed to the leaver."),
        'get_holdings')

    @classmethod
    def get_holdings(cls, members, names):
        "Return what the register says at the context's date"
        Movement = Pool().get('coop.share.movement')
        date, known_at = as_of_context()
        totals = dict.fromkeys(map(int, members), NOTHING)
        for company in {m.company for m in members}:
            at = date or today(company.id)
            positions = Movement.positions(company, at, known_at, [
                    m for m in members if m.company == company])
            for (member, _), deltas in positions.items():
                totals[member] += deltas
        columns = {
            'shares': lambda m: totals[m.id].quantity,
            'capital': lambda m: m.currency.round(totals[m.id].subscribed),
            'capital_to_pay': lambda m: m.currency.round(totals[m.id].unpaid),
            'capital_claim': lambda m: m.currency.round(totals[m.id].claim),
            }
        return {
            name: {m.id: columns[name](m) for m in members}
            for name in names}


class AsOfContext(ModelView):
    __name__ = 'coop.as_of.context'
    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("As of",
        help="The effective date, included; leave empty for today.")
    known_at = fields.DateTime("Known at",
        help="Leave empty for all that is known now.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Transaction().context.get('date')
