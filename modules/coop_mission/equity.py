# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who was proposed how much: the ledger that all members see.

It counts what was proposed, so that a refusal costs nothing, against the time
that each declared available; work for the cooperative itself with the rest.
Members see their own to the day, and their colleagues' to the month.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Literal, Null, Union
from sql.aggregate import Count, Sum
from sql.conditionals import Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.rpc import is_restricted
from trytond.modules.coop_member.tools import any_of
from trytond.modules.coop_skill.tools import context_date
from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateView, Wizard

from . import plan_measure
from .matching import ASKED, NOT_PROPOSED
from .tools import year_before

MONTHS = 12
# Of missions whose members have been paid, and of those who take part
PAID = ['paid_out', 'closed']
TAKES_PART = ['confirmed', 'handed_over']


class Equity(ModelSQL, ModelView):
    """A row has the id of its member

    No field leads to the member: all members see the rows, and could search
    by what a member hides.
    """
    __name__ = 'coop.mission.equity'
    company = fields.Many2One('company.company', "Company")
    number = fields.Char("Number")
    name = fields.Char("Name")
    offers = fields.Integer("Offers")
    proposed = fields.Numeric("Hours Proposed", digits=(16, 2))
    accepted = fields.Numeric("Hours Accepted", digits=(16, 2))
    paid = fields.Numeric("Hours Paid", digits=(16, 2),
        help="Of missions agreed in these months, once all is paid.")
    hours_month = fields.TimeDelta(
        "Hours a Month", converter='coop_hours')
    available = fields.Function(
        fields.Numeric("Hours Available", digits=(16, 2),
            help="Declared for 12 months."), 'get_shares')
    share = fields.Function(
        fields.Numeric("Share", digits=(16, 4),
            help="Hours proposed for an hour available."), 'get_shares')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('name', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        member = pool.get('coop.member').__table__()
        party = pool.get('party.party').__table__()
        profile = pool.get('coop.member.profile').__table__()
        offer = pool.get('coop.mission.offer').__table__()
        date = context_date()
        asked = Union(
            offer.select(
                offer.member.as_('member'), offer.hours.as_('hours'),
                (offer.state == 'accepted').as_('accepted'),
                where=~offer.state.in_(NOT_PROPOSED)
                & cls._counted(offer.member, offer.proposed_on, date)),
            cls._internal(date),
            all_=True)
        proposed = asked.select(
            asked.member.as_('member'),
            Count(Literal(1)).as_('offers'),
            Sum(asked.hours).as_('proposed'),
            Sum(asked.hours, filter_=asked.accepted).as_('accepted'),
            group_by=[asked.member])
        paid = cls._paid(date)
        return (member
            .join(party, condition=member.party == party.id)
            .join(profile, type_='LEFT',
                condition=profile.member == member.id)
            .join(paid, type_='LEFT', condition=paid.member == member.id)
            .join(proposed, type_='LEFT',
                condition=proposed.member == member.id)
            .select(
                member.id.as_('id'),
                member.company.as_('company'),
                member.number.as_('number'),
                party.name.as_('name'),
                Coalesce(proposed.offers, 0).as_('offers'),
                Coalesce(proposed.proposed, 0).as_('proposed'),
                Coalesce(proposed.accepted, 0).as_('accepted'),
                Coalesce(paid.hours, 0).as_('paid'),
                profile.hours_month.as_('hours_month'),
                where=member.state.in_(ASKED)))

    @classmethod
    def _paid(cls, date):
        "Return the query of the hours of members in missions paid out"
        pool = Pool()
        mission = pool.get('coop.mission').__table__()
        row = pool.get('coop.mission.member').__table__()
        return row.join(mission, condition=row.mission == mission.id).select(
            row.member.as_('member'),
            Sum(Coalesce(row.hours, 0)).as_('hours'),
            where=mission.state.in_(PAID) & row.state.in_(TAKES_PART)
            & cls._counted(row.member, mission.date, date),
            group_by=[row.member])

    @classmethod
    def _counted(cls, member, column, date):
        """Return the SQL condition of the twelve months that are counted.

        A member reads of colleagues what there was at the end of the month
        before: day by day it would tell which offer each one was made.

        :param member: column of whose it is
        :param column: that of the date
        """
        whole = (column > year_before(None, date)) & (column <= date)
        if not is_restricted():
            return whole
        own, _ = Pool().get('res.user').get_coop_members()
        end = date.replace(day=1) - dt.timedelta(days=1)
        months = (column > year_before(None, end)) & (column <= end)
        if not own:
            return months
        own = fields.SQL_OPERATORS['in'](member, list(own))
        return (own & whole) | (~own & months)

    @classmethod
    def _internal(cls, date):
        """Return the query of the work of internal missions.

        That of an offer is counted as the offer.
        """
        pool = Pool()
        mission = pool.get('coop.mission').__table__()
        row = pool.get('coop.mission.member').__table__()
        return row.join(mission, condition=row.mission == mission.id).select(
            row.member.as_('member'),
            Coalesce(row.hours, 0).as_('hours'),
            row.state.in_(TAKES_PART).as_('accepted'),
            where=(mission.kind == 'internal')
            & (mission.state != 'cancelled') & (row.offer == Null)
            & cls._counted(row.member, mission.date, date))

    def get_rec_name(self, name):
        return f"{self.name} ({self.number})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'name')

    @classmethod
    def get_shares(cls, rows, names):
        result = {name: {} for name in names}
        for row in rows:
            available = share = None
            if row.hours_month:
                available = Decimal(str(
                        row.hours_month.total_seconds() / 3600 * MONTHS)
                    ).quantize(Decimal('.01'))
                share = (Decimal(row.proposed) / available).quantize(
                    Decimal('.0001'))
            for name in names:
                result[name][row.id] = (
                    available if name == 'available' else share)
        return result


class EquityContext(ModelView):
    __name__ = 'coop.mission.equity.context'
    date = fields.Date("Date",
        help="Until which twelve months are counted; leave empty for today. "
        "Members read of their colleagues what there was at the end of the "
        "month before.")


class EquityMeasures(ModelView):
    __name__ = 'coop.mission.equity.measures.result'
    date = fields.Date("Date", readonly=True)
    lines = fields.One2Many(
        'coop.mission.equity.measures.line', None, "Measures", readonly=True)


class EquityMeasuresLine(ModelView):
    __name__ = 'coop.mission.equity.measures.line'
    kind = fields.Selection([
            ('all', "All"),
            ('domain', "Domain"),
            ('zone', "Department"),
            ], "Kind", readonly=True, sort=False)
    name = fields.Char("Name", readonly=True)
    members = fields.Integer("Members", readonly=True,
        help="Who declared their time.")
    gini = fields.Float("Gini", digits=(None, 3), readonly=True,
        help="0 when all have the same share, near 1 when one has all.")
    min_mean = fields.Float("Least to Average", digits=(None, 3),
        readonly=True,
        help="The least share for the average one: 1 when all are equal.")


class Measure(Wizard):
    __name__ = 'coop.mission.equity.measures'
    start_state = 'result'
    result = StateView(
        'coop.mission.equity.measures.result',
        'coop_mission.equity_measures_result_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def default_result(self, fields):
        pool = Pool()
        company = Transaction().context['company']
        pool.get('res.user').check_company(
            pool.get('company.company')(company))
        with without_check_access():
            return {
                'date': today(company),
                'lines': list(self._lines(company)),
                }

    def _lines(self, company):
        Equity = Pool().get('coop.mission.equity')
        shares = {
            row.id: row.share for row in Equity.search(
                [('company', '=', company)])
            if row.share is not None}
        yield self._line('all', None, shares.values())
        for kind, groups in [
                ('domain', self._domains(shares)),
                ('zone', self._departments(shares))]:
            for name, members in sorted(groups.items()):
                yield self._line(
                    kind, name, [shares[m] for m in members])

    def _line(self, kind, name, shares):
        shares = [float(s) for s in shares]
        return {
            'kind': kind, 'name': name, 'members': len(shares),
            'gini': plan_measure.gini(shares),
            'min_mean': plan_measure.min_mean(shares),
            }

    @staticmethod
    def _domains(shares):
        "Return {name of a domain: members who have a skill of it}"
        pool = Pool()
        Skill = pool.get('coop.skill')
        skill = pool.get('coop.member.skill').__table__()
        profile = pool.get('coop.member.profile').__table__()
        domains = {s.id: s.domain.name for s in Skill.search([])}
        cursor = Transaction().connection.cursor()
        cursor.execute(*skill
            .join(profile, condition=skill.profile == profile.id)
            .select(profile.member, skill.skill))
        result = defaultdict(set)
        for member, skill_id in cursor:
            if member in shares and skill_id in domains:
                result[domains[skill_id]].add(member)
        return result

    @staticmethod
    def _departments(shares):
        "Return {name of a department or region: members who go there}"
        pool = Pool()
        zone = pool.get('coop.member.zone').__table__()
        profile = pool.get('coop.member.profile').__table__()
        subdivision = pool.get('country.subdivision').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*zone
            .join(profile, condition=zone.profile == profile.id)
            .join(subdivision, condition=zone.subdivision == subdivision.id)
            .select(profile.member, subdivision.name,
                where=zone.subdivision != Null))
        result = defaultdict(set)
        for member, name in cursor:
            if member in shares:
                result[name].add(member)
        return result
