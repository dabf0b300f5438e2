# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Clients of whom nothing is heard, and who speaks to them.

Whoever brought a client is told first, as it is their client too. What the
cooperative writes itself goes to clients who agreed to it, no more often than
the configuration says; who said no is left alone (CPCE L34-5; GDPR art. 21).
"""
import datetime as dt

from sql import Literal, Null, Union
from sql.aggregate import Count, Max, Min
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CompanyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from .exceptions import FollowUpError

# That of events of a kind: each has an id of its own in the union
_KINDS = 3


class Consent(CompanyMixin, ModelSQL, ModelView):
    """What a client said of being written to: rows are added, none changes."""
    __name__ = 'coop.client.consent'
    client = fields.Many2One(
        'party.party', "Client", required=True, ondelete='RESTRICT',
        context={'company': Eval('company', -1)}, depends={'company'})
    date = fields.Date("Date", required=True)
    agrees = fields.Selection([
            ('yes', "Agrees to be Written to"),
            ('no', "Wants to be Left Alone"),
            ], "Said", required=True, sort=False)
    source = fields.Char("How", required=True,
        help="As \"on the phone\" or the address of the form.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._sql_indexes.add(
            Index(t, (t.client, Index.Equality()), (t.date, Index.Range())))

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_client(cls):
        context = Transaction().context
        if context.get('active_model') == 'party.party':
            return context.get('active_id')

    def get_rec_name(self, name):
        return self.client.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('client.rec_name', *clause[1:])]

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if external and mode in {'write', 'delete'}:
            raise FollowUpError(gettext(
                    'coop_mission.msg_client_consent_fixed',
                    record=records[0].rec_name))

    @classmethod
    def latest(cls, company, clients):
        """Return {client id: 'yes' or 'no'} of the last that each said.

        :param company: id
        :param clients: ids
        """
        result = {}
        for record in cls.search([
                    ('company', '=', company),
                    ('client', 'in', clients),
                    ], order=[('date', 'ASC'), ('id', 'ASC')]):
            result[record.client.id] = record.agrees
        return result


class Activity(ModelSQL, ModelView):
    "A client of a company, and when something was heard last"
    __name__ = 'coop.client.activity'
    company = fields.Many2One('company.company', "Company")
    client = fields.Many2One(
        'party.party', "Client",
        context={'company': Eval('company', -1)}, depends={'company'})
    last_demand = fields.Date("Last Demand")
    last_mission = fields.Date("Last Mission")
    last_contact = fields.Date("Last Contact")
    last_activity = fields.Date("Last Heard of",
        help="The latest of them.")
    demands = fields.Integer("Demands")
    missions = fields.Integer("Missions")
    referrer = fields.Function(
        fields.Many2One('coop.member', "Brought by"), 'get_details')
    agrees = fields.Function(fields.Selection([
                (None, ""),
                ('yes', "Agrees to be Written to"),
                ('no', "Wants to be Left Alone"),
                ], "Said", sort=False), 'get_details')
    days = fields.Function(fields.Integer("Days of Silence"), 'get_details')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('last_activity', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        party = pool.get('company.company').__table__()
        events = cls._events()
        last = {
            name: Max(events.date, filter_=events.kind == kind)
            for kind, name in enumerate(
                ['last_demand', 'last_mission', 'last_contact'])}
        return (events
            .join(party, condition=events.company == party.id)
            .select(
                Min(events.id).as_('id'),
                events.company.as_('company'),
                events.client.as_('client'),
                *(getattr(cls, name).sql_cast(value).as_(name)
                    for name, value in last.items()),
                cls.last_activity.sql_cast(Max(events.date)).as_(
                    'last_activity'),
                Count(events.id, filter_=events.kind == 0).as_('demands'),
                Count(events.id, filter_=events.kind == 1).as_('missions'),
                where=events.client != party.party,
                group_by=[events.company, events.client]))

    @classmethod
    def _events(cls):
        "Return the SQL union of demands, missions and contacts of clients"
        pool = Pool()
        demand = pool.get('coop.demand').__table__()
        mission = pool.get('coop.mission').__table__()
        contact = pool.get('coop.client.contact').__table__()
        rows = [
            (demand, demand.client, demand.date, demand.client != Null),
            (mission, mission.client,
                Coalesce(mission.accepted_on, mission.end_date),
                (mission.client != Null) & (mission.state != 'cancelled')),
            (contact, contact.client, contact.done_on,
                contact.state == 'done')]
        return Union(*(table.select(
                    (table.id * _KINDS + kind).as_('id'),
                    table.company.as_('company'), client.as_('client'),
                    date.as_('date'), Literal(kind).as_('kind'), where=where)
                for kind, (table, client, date, where) in enumerate(rows)),
            all_=True)

    def get_rec_name(self, name):
        return self.client.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('client.rec_name', *clause[1:])]

    @classmethod
    def get_details(cls, rows, names):
        Consent = Pool().get('coop.client.consent')
        result = {name: {} for name in names}
        by_company = {}
        for row in rows:
            by_company.setdefault(row.company, []).append(row)
        for company, some in by_company.items():
            clients = [r.client.id for r in some]
            date = today(company.id)
            agrees = Consent.latest(company.id, clients)
            referrers = cls._referrers(company.id, clients)
            for row in some:
                values = {
                    'agrees': agrees.get(row.client.id),
                    'referrer': referrers.get(row.client.id),
                    'days': (date - row.last_activity).days,
                    }
                for name in names:
                    result[name][row.id] = values[name]
        return result

    @staticmethod
    def _referrers(company, clients):
        "Return {client id: id of the member who brought the last demand}"
        Demand = Pool().get('coop.demand')
        return {
            d.client.id: d.referrer.id for d in Demand.search([
                    ('company', '=', company),
                    ('client', 'in', clients),
                    ('referrer', '!=', None),
                    ], order=[('date', 'ASC'), ('id', 'ASC')])}

    @classmethod
    def silent(cls, company):
        """Return the clients to speak to: silent, and not left alone.

        Nobody is spoken to twice within the days of the configuration, or
        while somebody is to do it.
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Contact = pool.get('coop.client.contact')
        configuration = Configuration(1)
        date = today(company.id)
        days = {
            name: dt.timedelta(configuration.get_multivalue(
                    name, company=company.id))
            for name in ['silence_days', 'contact_days']}
        rows = cls.search([
                ('company', '=', company.id),
                ('last_activity', '<=', date - days['silence_days']),
                ['OR',
                    ('last_contact', '=', None),
                    ('last_contact', '<=', date - days['contact_days']),
                    ],
                ])
        waiting = {
            c.client.id for c in Contact.search([
                    ('company', '=', company.id),
                    ('client', 'in', [r.client.id for r in rows]),
                    ['OR',
                        ('state', '=', 'to_do'),
                        [('state', '=', 'cancelled'),
                            ('date', '>', date - days['contact_days'])],
                        ],
                    ])}
        return [
            r for r in rows
            if r.client.id not in waiting and r.agrees != 'no']


class Unproposed(ModelSQL, ModelView):
    "A member to whom nothing was proposed for some time, to be called"
    __name__ = 'coop.member.unproposed'
    company = fields.Many2One('company.company', "Company")
    number = fields.Char("Number")
    name = fields.Char("Name")
    last_proposed = fields.Date("Last Proposed",
        help="Empty when nothing was ever proposed.")
    hours_month = fields.TimeDelta(
        "Hours a Month", converter='coop_hours')
    phone = fields.Function(fields.Char("Phone"), 'get_reach')
    email = fields.Function(fields.Char("E-mail"), 'get_reach')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('last_proposed', 'ASC NULLS FIRST'), ('name', 'ASC'),
            ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        member = pool.get('coop.member').__table__()
        party = pool.get('party.party').__table__()
        profile = pool.get('coop.member.profile').__table__()
        offer = pool.get('coop.mission.offer').__table__()
        proposed = offer.select(
            offer.member.as_('member'),
            Max(offer.proposed_on).as_('last_proposed'),
            where=~offer.state.in_(['draft', 'withdrawn']),
            group_by=[offer.member])
        return (member
            .join(party, condition=member.party == party.id)
            .join(profile, type_='LEFT',
                condition=profile.member == member.id)
            .join(proposed, type_='LEFT',
                condition=proposed.member == member.id)
            .select(
                member.id.as_('id'),
                member.company.as_('company'),
                member.number.as_('number'),
                party.name.as_('name'),
                cls.last_proposed.sql_cast(proposed.last_proposed).as_(
                    'last_proposed'),
                profile.hours_month.as_('hours_month'),
                where=cls._where(member, proposed)))

    @classmethod
    def _where(cls, member, proposed):
        "The condition of each company's own number of days"
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('coop.configuration')
        condition = Literal(False) == Literal(True)
        with without_check_access():
            for company in Company.search([]):
                days = Configuration(1).get_multivalue(
                    'unproposed_days', company=company.id)
                limit = today(company.id) - dt.timedelta(days)
                condition |= (member.company == company.id) & (
                    (proposed.last_proposed == Null)
                    | (proposed.last_proposed < limit))
        return condition & member.state.in_(['admitted', 'active'])

    def get_rec_name(self, name):
        return f"{self.name} ({self.number})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'name')

    @classmethod
    def get_reach(cls, rows, names):
        Member = Pool().get('coop.member')
        members = {m.id: m for m in Member.browse([r.id for r in rows])}
        return {
            name: {
                r.id: getattr(members[r.id].party, name) for r in rows}
            for name in names}
