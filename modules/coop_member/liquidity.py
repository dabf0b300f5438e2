# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The cash that leavers will ask for, by quarter, and the distance to the floor"
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool

from . import forecast
from .company import CompanyMixin, CurrencyMixin
from .event import today


def _amount(string, **kwargs):
    return Monetary(string, currency='currency', digits='currency', **kwargs)


class Liquidity(CompanyMixin, CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.liquidity'
    name = fields.Char("Name", required=True)
    date = fields.Date("Date", required=True,
        help="What the register knows at it is taken; "
        "the first quarter is that of the date.")
    quarters = fields.Integer("Quarters", required=True,
        domain=[('quarters', '>', 0), ('quarters', '<=', 80)])
    exit_rate = fields.Numeric("Exits a Year", digits=(1, 6), required=True,
        domain=[('exit_rate', '>=', 0), ('exit_rate', '<=', 1)],
        help="The part of the capital whose holders leave in a year.")
    new_capital = _amount("New Capital a Quarter", required=True,
        domain=[('new_capital', '>=', 0)])
    lines = fields.One2Many(
        'coop.share.liquidity.line', 'liquidity', "Quarters", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._buttons.update({
                'compute': {'icon': 'tryton-refresh'},
                })

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_quarters(cls):
        return 20

    @classmethod
    def default_exit_rate(cls):
        return 0

    @classmethod
    def default_new_capital(cls):
        return 0

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('lines')
        return super().copy(records, default=default)

    @classmethod
    @ModelView.button
    def compute(cls, records):
        "Compute the quarters by the register and the scenario"
        Line = Pool().get('coop.share.liquidity.line')
        Line.delete([line for r in records for line in r.lines])
        Line.save([line for r in records for line in r._lines()])

    def _lines(self):
        Line = Pool().get('coop.share.liquidity.line')
        start = _quarter(self.date)
        days = self._days()
        today_ = days[-1] if days else None
        return [
            Line(
                liquidity=self, date=start + relativedelta(
                    months=3 * (n + 1), days=-1),
                cash=q.cash, capital=q.capital, floor=q.floor,
                waiting=q.waiting, owed=q.owed)
            for n, q in enumerate(forecast.forecast(
                    self.quarters,
                    today_.capital if today_ else Decimal(0),
                    today_.highest if today_ else Decimal(0),
                    self._waiting(), self._due(start), self._rules(),
                    self.currency.round))]

    def _days(self):
        Capital = Pool().get('coop.share.capital')
        return [
            d for d in Capital.days(self.company) if d.date <= self.date]

    def _rules(self):
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Withdrawal = pool.get('coop.share.withdrawal')
        minimum, fraction_at = Capital.floor_rule(self.company)
        due = Withdrawal.due_date(self.date)
        months = (due.year - self.date.year) * 12 + due.month - (
            self.date.month)
        return forecast.Rules(
            Decimal(minimum), fraction_at(self.date), months // 3,
            self.exit_rate, self.new_capital)

    def _waiting(self):
        Withdrawal = Pool().get('coop.share.withdrawal')
        queue = Withdrawal.queue(self.company)
        return sum(Withdrawal.capitals(queue).values(), Decimal(0))

    def _due(self, start):
        "Return {quarter: what is owed by then}, 0 for what is overdue"
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        owed = Member.browse(list({
                    member for (member, _), position
                    in Movement.positions(self.company, self.date).items()
                    if position.claim}))
        result = defaultdict(Decimal)
        for claim in Repayment.claims_of(owed):
            date = claim.key.due_date or claim.key.date
            months = (date.year - start.year) * 12 + date.month - start.month
            result[max(0, months // 3)] += claim.amount
        return result


class LiquidityLine(ModelSQL, ModelView):
    __name__ = 'coop.share.liquidity.line'
    liquidity = fields.Many2One(
        'coop.share.liquidity', "Liquidity", required=True,
        ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    date = fields.Date("End of Quarter", required=True)
    cash = _amount("To Repay", required=True,
        help="What leavers may claim in the quarter, without interest.")
    capital = _amount("Capital", required=True)
    floor = _amount("Floor", required=True)
    distance = fields.Function(
        _amount("Above the Floor"), 'on_change_with_distance')
    waiting = _amount("Waiting", required=True,
        help="Capital of leavers that the floor does not let be cancelled.")
    owed = _amount("Owed to Leavers", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'ASC'), ('id', 'ASC')]
        cls.__access__.add('liquidity')

    @fields.depends('liquidity', '_parent_liquidity.company')
    def on_change_with_currency(self, name=None):
        if self.liquidity and self.liquidity.company:
            return self.liquidity.company.currency

    @fields.depends('capital', 'floor')
    def on_change_with_distance(self, name=None):
        return (self.capital or 0) - (self.floor or 0)

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.date)


def _quarter(date):
    "Return the first day of the quarter of a date"
    return dt.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)
