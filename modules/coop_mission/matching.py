# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who may be asked for demands, in which order and why.

What the planner needs is read by a number of queries that depends on the
skills and places of the demands, and not on how many members there are.
Papers never keep anybody from an offer: they are told, and asked for when the
contract is signed.
"""
from decimal import Decimal

import numpy as np
from sql import Literal, Null
from sql.aggregate import Max, Sum

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_skill import communes
from trytond.modules.coop_skill.availability import DAYS, HALVES, needed_days
from trytond.modules.coop_skill.tools import typed
from trytond.modules.coop_skill.zone import COUNTRY, find_place
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import plan, planner
from .tools import minutes, year_before

ASKED = ['admitted', 'active', 'leaving']
# Offers that take the time of a member
TAKES = ['accepted']
# Those that were not really proposed
NOT_PROPOSED = ['draft', 'withdrawn']


def load(demands, date=None, replay=False):
    """Return the plan.Problem of demands of one company.

    Its numbers are the ids of members and demands.

    :param demands: coop.demand that were checked
    :param date: that it is as of, today by default
    :param replay: as if nobody had been asked for them yet
    """
    company = demands[0].company
    date = date or today(company.id)
    reader = _Reader(company, demands, date, replay)
    return plan.prepare(reader.members(), reader.demands_())


class _Reader:
    "Reads the arrays of a problem, each by one query"

    def __init__(self, company, demands, date, replay):
        self.company, self.demands, self.date = company, demands, date
        self.replay = replay
        self.skills = list(dict.fromkeys(
                line.skill for d in demands for line in d.lines))
        self.places = list(dict.fromkeys(
                d.place for d in demands if d.place and not d.remote))
        self.found = {place: find_place(place) for place in self.places}
        self.row = {}

    def members(self):
        ids, profiles = [], {}
        availability, days = [], []
        for id_, profile, hours, *halves in self._profiles():
            self.row[id_] = len(ids)
            ids.append(id_)
            profiles[profile] = id_
            availability.append(
                hours.total_seconds() / 3600 * 12 if hours else 0)
            days.append([
                    bool(halves[2 * i] or halves[2 * i + 1])
                    for i in range(7)])
        latitude, longitude = self._homes(len(ids))
        busy, missions = self._busy()
        count = len(ids)
        return plan.Members(
            number=np.array(ids, np.int64),
            availability=availability or np.zeros(0),
            proposed=self._proposed(count), levels=self._levels(count),
            latitude=latitude, longitude=longitude,
            # Zones tell where they go, and not the radius of the planner
            radius=np.full(count, -1.), zones=self._zones(count),
            papers=np.zeros((count, 0), np.int64),
            days=np.array(days, bool).reshape(count, 7),
            busy=np.array(busy, np.int64).reshape(-1, 3),
            busy_mission=np.array(missions, bool))

    def demands_(self):
        demands = self.demands
        levels = np.zeros((len(demands), len(self.skills)), np.int64)
        days = np.zeros((len(demands), 7), bool)
        for row, demand in enumerate(demands):
            for line in demand.lines:
                column = self.skills.index(line.skill)
                levels[row, column] = max(
                    levels[row, column], line.level.level)
            for day in needed_days(demand.start_date, demand.end_date):
                days[row, day] = True
        points = [
            self.found[d.place].point if d.place in self.found
            else (np.nan, np.nan) for d in demands]
        refused, solicited = self._asked()
        return plan.Demands(
            number=np.array([d.id for d in demands], np.int64),
            start=[minutes(d.start_date) for d in demands],
            end=[minutes(d.end_date) + 24 * 60 for d in demands],
            hours=[float(d.hours) for d in demands], levels=levels,
            latitude=[p[0] for p in points],
            longitude=[p[1] for p in points],
            zone=[
                self.places.index(d.place) if d.place in self.found else -1
                for d in demands],
            remote=[bool(d.remote) for d in demands],
            papers=np.zeros((len(demands), 0), bool), days=days,
            refused=np.array(refused, np.int64).reshape(-1, 2),
            solicited=np.array(solicited, np.int64).reshape(-1, 2))

    @staticmethod
    def _execute(query):
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        return cursor.fetchall()

    def _asked_members(self):
        "Return the table of members and the condition of those to ask"
        member = Pool().get('coop.member').__table__()
        return member, (
            (member.company == self.company.id) & member.state.in_(ASKED))

    def _of_profiles(self):
        "Return the join of members and profiles, and the condition"
        member, where = self._asked_members()
        profile = Pool().get('coop.member.profile').__table__()
        return member, profile, member.join(
            profile, condition=profile.member == member.id), where

    def _profiles(self):
        member, where = self._asked_members()
        profile = Pool().get('coop.member.profile').__table__()
        query = member.join(profile, type_='LEFT',
            condition=profile.member == member.id).select(
            member.id.as_('id'), profile.id.as_('profile'),
            profile.hours_month.as_('hours_month'),
            *[getattr(profile, f'{day}_{half}').as_(f'{day}_{half}')
                for day in DAYS for half in HALVES],
            where=where, order_by=[member.id])
        return self._execute(typed(query, [None, None, 'INTERVAL']))

    def _levels(self, count):
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        Skill = pool.get('coop.skill')
        result = np.zeros((count, len(self.skills)), np.int64)
        for column, skill in enumerate(self.skills):
            member, profile, join, where = self._of_profiles()
            mastered = pool.get('coop.member.skill').__table__()
            level = pool.get('coop.skill.level').__table__()
            proof = Proof.__table__()
            query = (join
                .join(mastered, condition=mastered.profile == profile.id)
                .join(proof, condition=proof.member_skill == mastered.id)
                .join(level, condition=proof.level == level.id)
                .select(member.id, Max(level.level),
                    where=where
                    & mastered.skill.in_(Skill.within([skill.id]))
                    & Proof.counts(proof, self.date),
                    group_by=[member.id]))
            for id_, number in self._execute(query):
                result[self.row[id_], column] = number
        return result

    def _zones(self, count):
        Zone = Pool().get('coop.member.zone')
        result = np.zeros((count, len(self.places)), bool)
        for column, place in enumerate(self.places):
            member, profile, join, where = self._of_profiles()
            zone = Zone.__table__()
            query = join.join(
                zone, condition=zone.profile == profile.id).select(
                member.id, where=where & Zone.covers(
                    zone, self.found[place]), group_by=[member.id])
            for id_, in self._execute(query):
                result[self.row[id_], column] = True
        return result

    def _homes(self, count):
        "Return the degrees of the first address that is known of each"
        pool = Pool()
        address = pool.get('party.address').__table__()
        country = pool.get('country.country').__table__()
        latitude, longitude = np.full(count, np.nan), np.full(count, np.nan)
        if not self.places:
            return latitude, longitude
        member, where = self._asked_members()
        query = (member
            .join(address, condition=address.party == member.party)
            .join(country, type_='LEFT',
                condition=address.country == country.id)
            .select(member.id, address.city, address.postal_code,
                where=where & (address.active == Literal(True))
                & ((country.code == COUNTRY) | (country.id == Null)),
                order_by=[
                    member.id, address.sequence.nulls_first, address.id]))
        known = {}
        for id_, city, postal_code in self._execute(query):
            row = self.row[id_]
            if not np.isnan(latitude[row]):
                continue
            key = city, postal_code
            if key not in known:
                known[key] = communes.address(city, postal_code)
            if known[key]:
                latitude[row], longitude[row] = known[key].point
        return latitude, longitude

    def _busy(self):
        start = min(d.start_date for d in self.demands)
        end = max(d.end_date for d in self.demands)
        absence = Pool().get('coop.member.absence').__table__()
        member, profile, join, where = self._of_profiles()
        query = join.join(
            absence, condition=absence.profile == profile.id).select(
            member.id.as_('id'), absence.start_date.as_('start'),
            absence.end_date.as_('end'),
            where=where & (absence.start_date <= end)
            & (absence.end_date >= start))
        absences = self._execute(typed(query, [None, 'DATE', 'DATE']))
        offer = Pool().get('coop.mission.offer').__table__()
        member, where = self._asked_members()
        if self.replay:
            where &= ~self._of_demands(offer)
        query = member.join(
            offer, condition=offer.member == member.id).select(
            member.id.as_('id'), offer.start_date.as_('start'),
            offer.end_date.as_('end'),
            where=where & offer.state.in_(TAKES)
            & (offer.start_date <= end) & (offer.end_date >= start))
        missions = self._execute(typed(query, [None, 'DATE', 'DATE']))
        rows = [
            (self.row[id_], minutes(first), minutes(last) + 24 * 60)
            for id_, first, last in absences + missions]
        return rows, [False] * len(absences) + [True] * len(missions)

    def _of_demands(self, offer):
        "Return the condition of the offers of the demands"
        return fields.SQL_OPERATORS['in'](
            offer.demand, [d.id for d in self.demands])

    def _proposed(self, count):
        "Return the hours proposed to each over twelve months"
        offer = Pool().get('coop.mission.offer').__table__()
        member, where = self._asked_members()
        if self.replay:
            where &= ~self._of_demands(offer)
        query = member.join(
            offer, condition=offer.member == member.id).select(
            member.id, Sum(offer.hours),
            where=where & ~offer.state.in_(NOT_PROPOSED)
            & (offer.proposed_on > year_before(self.company, self.date))
            & (offer.proposed_on <= self.date),
            group_by=[member.id])
        result = np.zeros(count)
        for id_, hours in self._execute(query):
            result[self.row[id_]] = float(hours)
        return result

    def _asked(self):
        "Return (demand, member) rows of those who refused, and were asked"
        offer = Pool().get('coop.mission.offer').__table__()
        if self.replay:
            return [], []
        rows = {d.id: i for i, d in enumerate(self.demands)}
        member, where = self._asked_members()
        query = member.join(
            offer, condition=offer.member == member.id).select(
            offer.demand, member.id, offer.state,
            where=where & self._of_demands(offer)
            & (offer.state != 'withdrawn'))
        refused, solicited = [], []
        for demand, id_, state in self._execute(query):
            (refused if state == 'refused' else solicited).append(
                (rows[demand], self.row[id_]))
        return refused, solicited


def candidates(demands, date=None):
    """Return {demand: [planner.Candidate]} in the order of the rule.

    Those who have something against them come last.
    """
    # Each as if it were alone
    return {
        demand: planner.candidates(
            load([demand], date), demand.id, rule_of(demand, date).weights)
        for demand in demands}


def rule_of(demand, date=None):
    "Return the rule in force for a demand"
    return Pool().get('coop.mission.rule').in_force(demand.company, date)


def explain(demands, offers):
    """Return {offer: values} of the rule, the rank and the reasons.

    :param offers: of the demands, which do not count against themselves
    """
    result = {}
    papers = lacking_papers({o.member for o in offers})
    for demand in demands:
        ours = [o for o in offers if o.demand == demand]
        rule = rule_of(demand)
        found = candidates_without(demand, ours, rule)
        count = sum(1 for c in found.values() if c.rank)
        for offer in ours:
            candidate = found.get(offer.member.id)
            lang = mail.language(offer.member.party, demand.company)
            with Transaction().set_context(language=lang.code):
                result[offer] = {
                    'rule': rule if rule.id and rule.id > 0 else None,
                    'rule_text': rule.text,
                    **values_of(candidate, count),
                    'why': '\n'.join(reasons(
                            demand, candidate, count,
                            papers.get(offer.member.id))),
                    }
    return result


def candidates_without(demand, offers, rule):
    "Return {member id: Candidate} as if the offers were not there"
    problem = load([demand])
    for offer in offers:
        found = np.flatnonzero(problem.members.number == offer.member.id)
        problem.blocked[0, found] &= ~np.uint16(plan.SOLICITED)
    return {
        c.member: c for c in planner.candidates(
            problem, demand.id, rule.weights)}


def values_of(candidate, count):
    if not candidate:
        return {'candidates': count}
    share = candidate.relative_load
    return {
        'rank': candidate.rank, 'candidates': count,
        'distance': _round(candidate.km, 0),
        'share': _round(share, 2) if np.isfinite(share) else None,
        'points': _round(candidate.points, 3),
        }


def _round(value, digits):
    return None if value is None else round(float(value), digits)


def reasons(demand, candidate, count, papers=None):
    """Yield why a member is proposed a demand, or is not, in plain words.

    :param candidate: planner.Candidate or None
    :param count: of those who may be asked
    :param papers: names of the papers that are not valid
    """
    def say(name, **values):
        return gettext(f'coop_mission.msg_why_{name}', **values)
    if not candidate:
        yield say('unknown')
        return
    if candidate.rank:
        yield say('rank', rank=candidate.rank, count=count)
    if 'skill' not in candidate.against:
        yield say('skill', skills=', '.join(
                f'{line.skill.name} ({line.level.name})'
                for line in demand.lines))
    if demand.remote:
        yield say('remote')
    elif candidate.km is not None:
        yield say('distance', km=round(candidate.km))
    else:
        yield say('unplaced')
    if np.isfinite(candidate.relative_load):
        yield say('share', share=_share(candidate.relative_load))
    if candidate.points is not None:
        yield say('points', points=_number(candidate.points),
            distance=_number(candidate.distance),
            equity=_number(candidate.equity),
            skill=_number(candidate.skill))
    for code in candidate.against:
        yield say(f'against_{code}')
    if papers:
        yield say('papers', papers=', '.join(papers))


def _share(share):
    return f'{round(share * 100)} %'


def _number(value):
    lang = Pool().get('ir.lang').get()
    return lang.format_number(Decimal(str(round(value, 1))), 1)


def lacking_papers(members):
    """Return {member id: [names of papers that are not valid]}.

    In the language of the context.
    """
    Document = Pool().get('coop.member.document')
    lacking = Document.mission_lacking(members)
    return {
        member: [kind.name for kind in kinds]
        for member, kinds in lacking.items()}
