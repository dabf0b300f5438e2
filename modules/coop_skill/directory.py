# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The directory of members, searched by all that they offer in one screen.

What is searched for is in the context, as one skill has a level and a rate:
the conditions are one query, whatever the number of members. It shows nothing
but what a member tells colleagues; the public sees those who agreed, and the
rates only when everybody may.
"""
import datetime as dt
from decimal import Decimal, InvalidOperation

from sql import Literal, Null
from sql.operators import Exists

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.movement import exact
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .exceptions import DirectoryError
from .member import LISTED
from .member_skill import UNITS
from .tools import SLICE, context_date, to_date
from .zone import find_place

LEVELS = [
    ('proven', "Proven"),
    ('declared', "Declared"),
    ]


class DirectoryContext(ModelView):
    __name__ = 'coop.member.directory.context'
    skill = fields.Many2One('coop.skill', "Skill",
        help="Or a domain: all that is in it is searched for.")
    level = fields.Many2One('coop.skill.level', "Level at Least")
    level_kind = fields.Selection(LEVELS, "Which Level", sort=False)
    near = fields.Char("Place",
        help="A city or a department, as \"Grenoble (38)\" or \"38\", that "
        "the members work at.")
    remote = fields.Boolean("Remote")
    lang = fields.Many2One('ir.lang', "Language")
    free_from = fields.Date("Free from")
    free_to = fields.Date("To",
        states={'invisible': ~Eval('free_from')},
        help="Included; leave empty for one day.")
    hours_month = fields.TimeDelta(
        "Hours a Month at Least", converter='coop_hours')
    rate = fields.Numeric("Rate at Most", digits=(None, 2))
    rate_unit = fields.Selection(
        UNITS, "Rate Unit", sort=False,
        states={'invisible': ~Bool(Eval('rate'))})

    @classmethod
    def default_level_kind(cls):
        return 'proven'

    @classmethod
    def default_rate_unit(cls):
        return 'day'


class Directory(ModelSQL, ModelView):
    """A row has the id of its member.

    No field leads to the member or to the profile: a domain could ask through
    it for what is private.
    """
    __name__ = 'coop.member.directory'
    company = fields.Many2One('company.company', "Company")
    number = fields.Char("Number")
    name = fields.Char("Name")
    trade = fields.Char("Trade")
    presentation = fields.Text("Presentation")
    hours_month = fields.TimeDelta(
        "Hours a Month", converter='coop_hours')
    published = fields.Boolean("In the Public Directory")
    skills = fields.Function(fields.Text(
            "Skills", help="The declared level, and the proven one."),
        'get_texts')
    zones = fields.Function(fields.Text("Zones"), 'get_texts')
    languages = fields.Function(fields.Char("Languages"), 'get_texts')
    rates = fields.Function(fields.Text("Member Rates"), 'get_texts')
    distance = fields.Function(fields.Float(
            "Distance (km)", digits=(None, 0),
            help="From the home of the member to the place searched for."),
        'get_distance')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('name', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Profile = pool.get('coop.member.profile')
        member = pool.get('coop.member').__table__()
        party = pool.get('party.party').__table__()
        profile = Profile.__table__()
        published = Profile.is_published(profile)
        where = member.state.in_(LISTED)
        if Transaction().context.get('public_directory'):
            where &= published
        with without_check_access():
            for condition in cls._conditions(profile, Criteria()):
                where &= condition
        return (member
            .join(party, condition=member.party == party.id)
            .join(profile, condition=profile.member == member.id)
            .select(
                member.id.as_('id'),
                member.company.as_('company'),
                member.number.as_('number'),
                party.name.as_('name'),
                profile.trade.as_('trade'),
                profile.presentation.as_('presentation'),
                profile.hours_month.as_('hours_month'),
                published.as_('published'),
                where=where))

    @classmethod
    def _conditions(cls, profile, criteria):
        "Yield the SQL conditions that a profile has to meet"
        pool = Pool()
        Profile = pool.get('coop.member.profile')
        Zone = pool.get('coop.member.zone')
        zone = Zone.__table__()
        of_profile = zone.profile == profile.id
        if criteria.skill or criteria.level:
            yield cls._has_skill(profile, criteria)
        if criteria.rate is not None:
            yield cls._has_rate(profile, criteria)
        if criteria.near:
            yield Exists(zone.select(Literal(1),
                    where=of_profile
                    & Zone.covers(zone, find_place(criteria.near))))
        if criteria.department:
            yield Exists(zone.select(Literal(1),
                    where=of_profile
                    & Zone.covers(zone, find_place(criteria.department))))
        if criteria.remote:
            yield Exists(zone.select(Literal(1),
                    where=of_profile & (zone.kind == 'remote')))
        if criteria.lang:
            lang = pool.get('coop.member.profile-ir.lang').__table__()
            yield Exists(lang.select(Literal(1),
                    where=(lang.profile == profile.id)
                    & (lang.lang == criteria.lang)))
        if criteria.free_from:
            yield Profile.free(profile, *criteria.span)
        if criteria.hours_month:
            yield profile.hours_month >= Profile.hours_month.sql_format(
                criteria.hours_month)

    @classmethod
    def _has_skill(cls, profile, criteria):
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        level = pool.get('coop.skill.level').__table__()
        skill = pool.get('coop.member.skill').__table__()
        where = skill.profile == profile.id
        where &= cls._searched(skill, criteria)
        if not criteria.level:
            return Exists(skill.select(Literal(1), where=where))
        where &= level.level >= criteria.level
        if criteria.level_kind == 'declared':
            return Exists(skill
                .join(level, condition=skill.declared == level.id)
                .select(Literal(1), where=where))
        proof = Proof.__table__()
        return Exists(skill
            .join(proof, condition=proof.member_skill == skill.id)
            .join(level, condition=proof.level == level.id)
            .select(Literal(1),
                where=where & Proof.counts(proof, criteria.date)))

    @classmethod
    def _has_rate(cls, profile, criteria):
        pool = Pool()
        rate = pool.get('coop.member.skill.rate').__table__()
        skill = pool.get('coop.member.skill').__table__()
        return Exists(rate
            .join(skill, condition=rate.member_skill == skill.id)
            .select(Literal(1),
                where=(skill.profile == profile.id)
                & cls._searched(skill, criteria)
                & (rate.unit == criteria.rate_unit)
                & (rate.currency == criteria.currency)
                & (exact(rate.amount) <= exact(Literal(criteria.rate)))))

    @classmethod
    def _searched(cls, skill, criteria):
        if not criteria.skill:
            return Literal(True) == Literal(True)
        return skill.skill.in_(
            Pool().get('coop.skill').within([criteria.skill]) or [Null])

    def get_rec_name(self, name):
        return f"{self.name} ({self.number})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'name', 'number', 'trade')

    @classmethod
    def get_texts(cls, records, names):
        Profile = Pool().get('coop.member.profile')
        result = {name: {r.id: None for r in records} for name in names}
        profiles = {
            p.member.id: p for sub in grouped_slice(records, SLICE)
            for p in Profile.search([('member', 'in', [r.id for r in sub])])}
        seen = cls.rates_seen(records) if 'rates' in names else set()
        # In the order found, in which they are read in batches
        for id_, profile in profiles.items():
            for name in names:
                if name == 'rates' and id_ not in seen:
                    continue
                lines = getattr(cls, f'_{name}')(profile)
                separator = ', ' if name == 'languages' else '\n'
                result[name][id_] = separator.join(lines) or None
        return result

    @classmethod
    def _skills(cls, profile):
        for skill in profile.skills:
            if skill.proven:
                yield gettext('coop_skill.msg_skill_proven',
                    skill=skill.skill.name, declared=skill.declared.name,
                    proven=skill.proven.name)
            else:
                yield gettext('coop_skill.msg_skill_declared',
                    skill=skill.skill.name, declared=skill.declared.name)

    @classmethod
    def _zones(cls, profile):
        return [zone.text for zone in profile.zones]

    @classmethod
    def _languages(cls, profile):
        return sorted(lang.name for lang in profile.languages)

    @classmethod
    def _rates(cls, profile):
        for skill in profile.skills:
            for rate in skill.rates:
                yield gettext('coop_skill.msg_skill_rate',
                    skill=skill.skill.name, rate=rate.text)

    @classmethod
    def rates_seen(cls, records):
        """Return the ids of the members whose rates may be seen.

        By the user of the transaction, or by the public.
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        User = pool.get('res.user')
        transaction = Transaction()
        public = transaction.context.get('public_directory')
        restricted = User.is_restricted() and not User.reads_all()
        own = set() if public else set(User.get_coop_members()[0])
        audiences = {}
        result = set()
        for record in records:
            company = record.company.id
            if company not in audiences:
                audiences[company] = Configuration(1).get_multivalue(
                    'rates_seen_by', company=company)
            audience = audiences[company]
            if (audience == 'everybody' or record.id in own
                    or (not public and (
                            not restricted or audience == 'members'))):
                result.add(record.id)
        return result

    @classmethod
    def get_distance(cls, records, name):
        near = Criteria().near
        if not near:
            return {r.id: None for r in records}
        distances = {}
        Member = Pool().get('coop.member')
        place = find_place(near)
        for sub in grouped_slice(records, SLICE):
            distances.update(Member.distances([r.id for r in sub], place))
        return distances


class Criteria:
    """What is searched for, read from the context that a client sends.

    :raises DirectoryError: for what can not be read, or may not be searched
    """

    def __init__(self):
        context = Transaction().context
        self.company = context.get('company')
        for name in ['skill', 'lang']:
            setattr(self, name, self._read(name, int))
        self.level = self._level()
        self.level_kind = context.get('level_kind') or 'proven'
        self.near = self._read('near', str)
        self.department = self._read('department', str)
        self.remote = bool(context.get('remote'))
        self.free_from = self._read('free_from', to_date)
        self.free_to = self._read('free_to', to_date) or self.free_from
        self.hours_month = self._read('hours_month', _duration)
        self.rate = self._read('rate', _decimal, allow_zero=True)
        self.rate_unit = context.get('rate_unit') or 'day'
        if self.rate is not None:
            self._check_rate()

    def _read(self, name, type_, allow_zero=False):
        value = Transaction().context.get(name)
        if value is None or (not value and not allow_zero) or value is False:
            return None
        try:
            return type_(value)
        except (TypeError, ValueError, InvalidOperation):
            raise DirectoryError(gettext(
                    'coop_skill.msg_directory_value', field=name,
                    value=str(value)[:50]))

    def _level(self):
        Level = Pool().get('coop.skill.level')
        id_ = self._read('level', int)
        if id_:
            with without_check_access():
                levels = Level.search([('id', '=', id_)])
            return levels[0].level if levels else None

    @property
    def date(self):
        return context_date()

    @property
    def span(self):
        if self.free_to < self.free_from:
            raise DirectoryError(gettext(
                    'coop_skill.msg_directory_span',
                    start=self.free_from, end=self.free_to))
        return self.free_from, self.free_to

    @property
    def currency(self):
        Company = Pool().get('company.company')
        return Company(self.company).currency.id if self.company else None

    def _check_rate(self):
        "Who may not see the rates may not find them by trying"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        User = pool.get('res.user')
        if self.company:
            User.check_company(pool.get('company.company')(self.company))
        audience = Configuration(1).get_multivalue(
            'rates_seen_by', company=self.company)
        allowed = {'everybody'}
        if not Transaction().context.get('public_directory'):
            allowed.add('members')
            if not User.is_restricted() or User.reads_all():
                allowed.add('staff')
        if audience not in allowed:
            raise DirectoryError(gettext('coop_skill.msg_directory_rate'))


def _duration(value):
    if not isinstance(value, dt.timedelta):
        raise TypeError
    return value


def _decimal(value):
    return Decimal(str(value))
