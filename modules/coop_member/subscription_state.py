# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The state that the register gives to a subscription"
from collections import defaultdict

from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice

from . import capital
from .event import today
from .ledger import SLICE
from .subscription import RECORDED


class Subscription(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def process(cls, subscriptions=None):
        """Set the state that the register gives to recorded subscriptions.

        :param subscriptions: None for those whose refund period may have
            ended (the cron's way)
        """
        if subscriptions is None:
            subscriptions = cls.search([('state', '=', 'paid')])
        for sub in grouped_slice(subscriptions, SLICE):
            records = [s for s in cls.browse(sub) if s.state in RECORDED]
            deltas = cls.ledger(records)
            settled = cls._settled(records)
            states = defaultdict(list)
            for record in records:
                states[record._state(
                        deltas[record.id], record in settled)].append(record)
            for state, records in states.items():
                cls._set_state(records, state)

    def _state(self, deltas, settled):
        if not deltas.subscribed:
            return 'cancelled'
        if deltas.unpaid > 0 and not settled:
            return 'accepted'
        until = self.refundable_until
        refundable = until and until >= today(self.company.id)
        if (deltas.uncalled > 0 and not settled) or refundable:
            return 'paid'
        return 'done'

    @classmethod
    def _settled(cls, subscriptions):
        """Return those whose holder owes nothing more of the class.

        Shares that left the holding otherwise (a transfer, a cancellation)
        name no subscription.
        """
        Movement = Pool().get('coop.share.movement')
        result = set()
        for company in {s.company for s in subscriptions}:
            records = [s for s in subscriptions if s.company == company]
            positions = Movement.positions(
                company, members=[s.member for s in records])
            for record in records:
                position = positions.get(
                    (record.member.id, record.share_class.id),
                    capital.NOTHING)
                if position.subscribed == position.paid_up:
                    result.add(record)
        return result


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def recorded(cls, movements):
        pool = Pool()
        Subscription = pool.get('coop.share.subscription')
        Allocation = pool.get('coop.share.allocation')
        super().recorded(movements)
        members = list({m.member.id for m in movements})
        subscriptions = []
        for sub in grouped_slice(members, SLICE):
            subscriptions += Subscription.search([
                    ('member', 'in', list(sub)),
                    ('state', 'in', RECORDED),
                    ], order=[])
        Subscription.process(subscriptions)
        # What is called may be paid by money that waits
        if called := {m.member for m in movements if m.called > 0}:
            company = movements[0].company
            Allocation.release_advances(company, list(called))
            Allocation.process(company, [m.party.id for m in called])
