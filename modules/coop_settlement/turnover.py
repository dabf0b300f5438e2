# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What missions bring: by month, by member, and to whom a threshold is near.

All of it is computed from the settlements, which are the only truth.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Literal
from sql.aggregate import Min, Sum
from sql.conditionals import Case
from sql.functions import DateTrunc, Extract
from sql.operators import Exists

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.exceptions import ParameterError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If

ZERO = Decimal(0)
COUNTED = ['confirmed', 'invoiced']
# From this part of the threshold on it is near
NEAR = Decimal('.9')


def counted():
    "Return (lines joined to settlements, line table) of what counts"
    pool = Pool()
    line = pool.get('coop.settlement.line').__table__()
    settlement = pool.get('coop.settlement').__table__()
    join = line.join(
        settlement, condition=line.settlement == settlement.id)
    return join, line, settlement.state.in_(COUNTED)


def _money(name, help=""):
    return Monetary(
        name, currency='currency', digits='currency', help=help)


class AmountsMixin:
    "Rows of amounts of a company"
    __slots__ = ()
    company = fields.Many2One('company.company', "Company")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None


class Turnover(AmountsMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.turnover'
    month = fields.Date("Month")
    turnover = _money("Turnover", "What clients are asked, without tax.")
    members = _money("Members", "What members get, without tax.")
    margin = _money("Margin", "What is left to the cooperative.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        join, line, where = counted()
        # Grouped by its name, as parameters make two expressions of it
        month = cls.month.sql_cast(
            DateTrunc('month', line.date)).as_('month')
        members = Sum(Case(
                (line.kind == 'contribution', 0), else_=line.amount))
        return join.select(
            Min(line.id).as_('id'),
            line.company.as_('company'),
            month,
            Sum(line.client_amount).as_('turnover'),
            members.as_('members'),
            (Sum(line.client_amount) - members).as_('margin'),
            where=where,
            group_by=[line.company, month])

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.month)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('month', *clause[1:])]


class Result(AmountsMixin, ModelSQL, ModelView):
    """The result of each member, of employees an analytic statement"""
    __name__ = 'coop.member.result'
    member = fields.Many2One('coop.member', "Member")
    month = fields.Date("Month")
    salaried = fields.Boolean("Employee")
    turnover = _money("Turnover", "What clients are asked for the work.")
    costs = _money("Costs", "Billed again to clients.")
    referral = _money("Referrals", "For work brought by the member.")
    contribution = _money("Contribution")
    amount = _money("Result", "What the member gets, without tax.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('month', 'DESC'), ('member', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        join, line, where = counted()
        # Grouped by its name, as parameters make two expressions of it
        month = cls.month.sql_cast(
            DateTrunc('month', line.date)).as_('month')

        def total(column, *kinds):
            return Sum(Case(
                    (line.kind.in_(list(kinds)), column), else_=0))
        return join.select(
            Min(line.id).as_('id'),
            line.company.as_('company'),
            line.member.as_('member'),
            month,
            line.salaried.as_('salaried'),
            total(line.client_amount, 'work').as_('turnover'),
            total(line.client_amount, 'cost').as_('costs'),
            total(line.amount, 'referral').as_('referral'),
            Sum(line.contribution).as_('contribution'),
            Sum(line.amount).as_('amount'),
            where=where & (line.kind != 'contribution'),
            group_by=[line.company, line.member, month, line.salaried])

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.member.rec_name} {lang.strftime(self.month)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]


class Franchise(AmountsMixin, ModelSQL, ModelView):
    """Who is in the franchise, and what the cooperative sees of the year

    A member may sell elsewhere: it warns, it does not decide (CGI 293 B).
    """
    __name__ = 'coop.vat.franchise'
    member = fields.Many2One('coop.member', "Member")
    year = fields.Integer("Year")
    turnover = _money("Turnover Seen",
        "What the member got by the cooperative in the year, without tax.")
    threshold = fields.Function(
        _money("Threshold", "VAT is due from the next year on."),
        'get_levels')
    ceiling = fields.Function(
        _money("Ceiling", "VAT is due from the day on which it is passed."),
        'get_levels')
    level = fields.Function(
        fields.Selection([
                ('under', "Under"),
                ('near', "Near the Threshold"),
                ('threshold', "Threshold Passed"),
                ('ceiling', "Ceiling Passed"),
                ('unknown', "Threshold not Known"),
                ], "Level", sort=False), 'get_levels',
        searcher='search_level')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('year', 'DESC'), ('turnover', 'DESC'), ('id', 'ASC')]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="level"]', 'visual',
                If(Eval('level').in_(['threshold', 'ceiling']), 'danger',
                    If(Eval('level') == 'near', 'warning', ''))),
            ]

    @classmethod
    def table_query(cls):
        "Those who were in the franchise on the first day of their work"
        status = Pool().get('coop.vat.status').__table__()
        later = Pool().get('coop.vat.status').__table__()
        join, line, where = counted()
        current = later.select(
            Literal(1),
            where=(later.member == status.member)
            & (later.date > status.date) & (later.date <= line.date))
        join = join.join(status,
            condition=(status.member == line.member)
            & (status.date <= line.date)
            & (status.status == 'franchise'))
        year = cls.year.sql_cast(
            Extract('YEAR', line.date)).as_('year')
        return join.select(
            Min(line.id).as_('id'),
            line.company.as_('company'),
            line.member.as_('member'),
            year,
            Sum(line.amount).as_('turnover'),
            where=where & ~line.salaried
            & (line.kind != 'contribution')
            & ~Exists(current),
            group_by=[line.company, line.member, year])

    @classmethod
    def get_levels(cls, rows, names):
        values = {}
        result = defaultdict(dict)
        for row in rows:
            if row.year not in values:
                values[row.year] = cls._limits(row.year)
            threshold, ceiling = values[row.year]
            found = {
                'threshold': threshold, 'ceiling': ceiling,
                'level': _level(Decimal(row.turnover), threshold, ceiling)}
            for name in names:
                result[name][row.id] = found[name]
        return result

    @staticmethod
    def _limits(year):
        "Return the (threshold, ceiling) of a year, or Nones"
        Parameter = Pool().get('coop.parameter')
        date = dt.date(year, 12, 31)
        try:
            return tuple(
                Parameter.get(f'franchise_{name}', date)
                for name in ['threshold', 'ceiling'])
        except ParameterError:
            return None, None

    @classmethod
    def search_level(cls, name, clause):
        _, operator, value = clause
        values = {value} if operator in {'=', '!='} else set(value or [])
        wanted = operator in {'=', 'in'}
        return [('id', 'in', [
                    row.id for row in cls.search([])
                    if (row.level in values) == wanted])]

    def get_rec_name(self, name):
        return f"{self.member.rec_name} {self.year}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]


def _level(turnover, threshold, ceiling):
    if threshold is None:
        return 'unknown'
    elif turnover > ceiling:
        return 'ceiling'
    elif turnover > threshold:
        return 'threshold'
    return 'near' if turnover >= threshold * NEAR else 'under'
