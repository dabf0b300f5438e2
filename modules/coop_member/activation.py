# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Members become active by the rule of their category"
from collections import defaultdict

from trytond.pool import Pool, PoolMeta

from .capital import NOTHING


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def recorded(cls, movements):
        Member = Pool().get('coop.member')
        super().recorded(movements)
        Member.activate_admitted(
            list({m.member for m in movements if m.paid_up > 0}))

    @classmethod
    def first_share_paid(cls, members):
        """Return {member: date} of those admitted who have paid a whole share.

        The date is the first since the admission on which the nominal value
        of a class was paid: what a former membership paid and took back does
        not count.
        """
        ShareClass = Pool().get('coop.share.class')
        by_id = {m.id: m for m in members}
        result = {}
        holders = {
            holder for holder in (
                cls.positions(members[0].company, members=members)
                if members else [])}
        for (member, share_class), changes in cls._changes(holders).items():
            member, share_class = by_id[member], ShareClass(share_class)
            days = defaultdict(lambda: NOTHING)
            for date, deltas in changes:
                days[max(date, member.admission_date)] += deltas
            position = NOTHING
            for date, deltas in sorted(days.items()):
                position += deltas
                nominal = share_class.nominal_at(date)
                if nominal and position.paid_up >= nominal:
                    result[member] = min(date, result.get(member, date))
                    break
        return result


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def state_changed(cls, changed):
        super().state_changed(changed)
        cls.activate_admitted([m for m, _ in changed])

    @classmethod
    def activate_admitted(cls, members):
        """Activate the admitted members whose category's rule is met.

        They are activated on the day of their admission, or when the first
        share is paid if that is later. A payment that bounces afterwards
        changes nothing: it only reopens what is owed.
        """
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        members = [m for m in cls.browse(members) if m.state == 'admitted']
        for company in {m.company for m in members}:
            admitted = [m for m in members if m.company == company]
            paid = Movement.first_share_paid([
                    m for m in admitted if m.category.activation == 'payment'])
            events = []
            for member in admitted:
                if member.category.activation == 'payment':
                    if member not in paid:
                        continue
                    date = paid[member]
                else:
                    date = member.admission_date
                events.append(Event(
                        company=company, member=member, kind='activation',
                        date=date))
            if events:
                Event.record(events)
