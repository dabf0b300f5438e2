# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the work looks like: what may come, what was done, how long it takes.

Each is one query, whatever the number of demands and missions. What it brings
in money is shown by the module that settles missions.
"""
from sql import Literal, Null
from sql.aggregate import Avg, Count, Max, Min, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import DateTrunc, Extract

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.transaction import Transaction

from .demand import OPEN
from .tools import year_before

STATES = [*OPEN, 'won', 'lost', 'expired']
_DAY = 24 * 60 * 60


def _amount(name, help=""):
    return Monetary(
        name, currency='currency', digits='currency', help=help)


class Pipeline(CurrencyMixin, ModelSQL, ModelView):
    "Demands by state: all that are open, the others of twelve months"
    __name__ = 'coop.demand.pipeline'
    company = fields.Many2One('company.company', "Company")
    state = fields.Selection('get_states', "State", sort=False)
    rank = fields.Integer("Rank")
    demands = fields.Integer("Demands")
    budget = _amount("Budgets", "Of the clients, without tax.")
    offered = _amount(
        "Prices of Members", "At which members have accepted, without tax.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('rank', 'ASC'), ('id', 'ASC')]

    @classmethod
    def get_states(cls):
        return Pool().get('coop.demand').state.selection

    @classmethod
    def table_query(cls):
        pool = Pool()
        demand = pool.get('coop.demand').__table__()
        offer = pool.get('coop.mission.offer').__table__()
        company = Transaction().context.get('company')
        accepted = offer.select(
            offer.demand.as_('demand'),
            Sum(Coalesce(offer.own_price, offer.price)).as_('price'),
            where=offer.state == 'accepted',
            group_by=[offer.demand])
        rank = Case(*[
                (demand.state == name, i) for i, name in enumerate(STATES)],
            else_=len(STATES))
        return (demand
            .join(accepted, type_='LEFT',
                condition=accepted.demand == demand.id)
            .select(
                Min(demand.id).as_('id'),
                demand.company.as_('company'),
                demand.state.as_('state'),
                Min(rank).as_('rank'),
                Count(demand.id).as_('demands'),
                cls.budget.sql_cast(Coalesce(Sum(demand.budget), 0)).as_(
                    'budget'),
                cls.offered.sql_cast(Coalesce(Sum(accepted.price), 0)).as_(
                    'offered'),
                where=demand.state.in_(OPEN)
                | (demand.date > year_before(None, today(company))),
                group_by=[demand.company, demand.state]))


class Month(CurrencyMixin, ModelSQL, ModelView):
    "Missions by the month in which they begin"
    __name__ = 'coop.mission.month'
    company = fields.Many2One('company.company', "Company")
    month = fields.Date("Month")
    missions = fields.Integer("Missions")
    internal = fields.Integer("Internal")
    accepted = fields.Integer("Accepted by the Client")
    disputed = fields.Integer("Disputed")
    cancelled = fields.Integer("Cancelled")
    members_amount = _amount(
        "Fixed Prices of Members",
        "Of missions that were not cancelled, without tax.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        mission = pool.get('coop.mission').__table__()
        row = pool.get('coop.mission.member').__table__()
        prices = row.select(
            row.mission.as_('mission'), Sum(row.amount).as_('amount'),
            where=row.state != 'declined', group_by=[row.mission])
        # Grouped by its name, as parameters make two expressions of it
        month = cls.month.sql_cast(
            DateTrunc('month', mission.start_date)).as_('month')

        def count(condition):
            return Count(mission.id, filter_=condition)
        return (mission
            .join(prices, type_='LEFT',
                condition=prices.mission == mission.id)
            .select(
                Min(mission.id).as_('id'),
                mission.company.as_('company'),
                month,
                Count(mission.id).as_('missions'),
                count(mission.kind == 'internal').as_('internal'),
                count(mission.accepted_on != Null).as_('accepted'),
                count(mission.state == 'disputed').as_('disputed'),
                count(mission.state == 'cancelled').as_('cancelled'),
                cls.members_amount.sql_cast(Coalesce(Sum(Case(
                                (mission.state == 'cancelled', 0),
                                else_=prices.amount)), 0)).as_(
                    'members_amount'),
                group_by=[mission.company, month]))


def _days(name, help):
    return fields.Float(name, digits=(None, 1), help=help)


class Delay(ModelSQL, ModelView):
    "Days from a demand to what comes of it, by the month of the demand"
    __name__ = 'coop.mission.delay'
    company = fields.Many2One('company.company', "Company")
    month = fields.Date("Month")
    demands = fields.Integer("Demands")
    quoted = _days("To the Quotation", "Days from the demand, on average.")
    signed = _days("To the Signature", "Days from the quotation, on average.")
    started = _days(
        "To the First Day", "Days from the signature, on average.")
    accepted = _days(
        "To the Acceptance", "Days from the last day, on average.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        demand = pool.get('coop.demand').__table__()
        quotation = pool.get('coop.mission.quotation').__table__()
        mission = pool.get('coop.mission').__table__()
        quoted = quotation.select(
            quotation.demand.as_('demand'),
            Min(_epoch(quotation.date)).as_('date'),
            Min(_epoch(quotation.signed_on)).as_('signed_on'),
            where=quotation.state != 'draft', group_by=[quotation.demand])
        done = mission.select(
            mission.demand.as_('demand'),
            Min(_epoch(mission.start_date)).as_('start_date'),
            Max(_epoch(mission.end_date)).as_('end_date'),
            Max(_epoch(mission.accepted_on)).as_('accepted_on'),
            where=(mission.demand != Null) & (mission.state != 'cancelled'),
            group_by=[mission.demand])
        month = cls.month.sql_cast(
            DateTrunc('month', demand.date)).as_('month')

        def days(start, end, name):
            return getattr(cls, name).sql_cast(
                Avg((end - start) / Literal(float(_DAY)))).as_(name)
        return (demand
            .join(quoted, type_='LEFT', condition=quoted.demand == demand.id)
            .join(done, type_='LEFT', condition=done.demand == demand.id)
            .select(
                Min(demand.id).as_('id'),
                demand.company.as_('company'),
                month,
                Count(demand.id).as_('demands'),
                days(_epoch(demand.date), quoted.date, 'quoted'),
                days(quoted.date, quoted.signed_on, 'signed'),
                days(quoted.signed_on, done.start_date, 'started'),
                days(done.end_date, done.accepted_on, 'accepted'),
                group_by=[demand.company, month]))


def _epoch(date):
    "Return the seconds to a date, which both databases can subtract"
    return Extract('EPOCH', date)
