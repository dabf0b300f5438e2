# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What other modules ask about members: levels, places, dates.

Each question is one query, for one member as for all.
"""
from sql import Literal
from sql.aggregate import Max
from sql.operators import Exists

from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import distance
from .tools import SLICE, context_date
from .zone import home

# The states of the members whom the directory shows
LISTED = ['admitted', 'active', 'leaving']


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def proven_levels(cls, members, skill, date=None):
        """Return {member id: proven level} in a skill or in one under it.

        The level is its number; who has proven nothing is not there.

        :param members: members, or their ids
        :param skill: coop.skill
        :param date: today by default
        """
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        level = pool.get('coop.skill.level').__table__()
        member_skill = pool.get('coop.member.skill').__table__()
        profile = pool.get('coop.member.profile').__table__()
        proof = Proof.__table__()
        skills = pool.get('coop.skill').within([skill.id])
        result = {}
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(list(map(int, members)), SLICE):
            cursor.execute(*proof
                .join(level, condition=proof.level == level.id)
                .join(member_skill,
                    condition=proof.member_skill == member_skill.id)
                .join(profile, condition=member_skill.profile == profile.id)
                .select(profile.member, Max(level.level),
                    where=profile.member.in_(list(sub))
                    & member_skill.skill.in_(skills)
                    & Proof.counts(proof, date or context_date()),
                    group_by=[profile.member]))
            result.update(cursor)
        return result

    @classmethod
    def reaching(cls, members, place):
        """Return the ids of the members who work at a place, on site.

        :param members: members, or their ids
        :param place: communes.Place, as zone.find_place returns it
        """
        Zone = Pool().get('coop.member.zone')

        def condition(profile):
            zone = Zone.__table__()
            return Exists(zone.select(Literal(1),
                    where=(zone.profile == profile.id)
                    & Zone.covers(zone, place)))
        return cls._with_profile(members, condition)

    @classmethod
    def free(cls, members, start, end, whole_days=False):
        """Return the ids of the members free for the whole of a span.

        Who has said nothing of his time is not known to be free.

        :param members: members, or their ids
        :param start: the first date
        :param end: the last date, included
        :param whole_days: whether both halves of each day are asked for
        """
        Profile = Pool().get('coop.member.profile')
        return cls._with_profile(
            members, lambda p: Profile.free(p, start, end, whole_days))

    @classmethod
    def _with_profile(cls, members, condition):
        profile = Pool().get('coop.member.profile').__table__()
        where = condition(profile)
        result = set()
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(list(map(int, members)), SLICE):
            cursor.execute(*profile.select(profile.member,
                    where=profile.member.in_(list(sub)) & where))
            result.update(member for member, in cursor)
        return result

    @classmethod
    def distances(cls, members, place):
        """Return {member id: kilometres} from the homes to a place.

        None for whom no address is known.
        """
        result = {}
        for member in cls.browse(list(members)):
            place_ = home(member.party)
            result[member.id] = (
                distance.kilometres(place_.point, place.point)
                if place_ else None)
        return result
