# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Missions of which all members are paid"
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice

from .bill import SLICE

# Where a mission waits for the payment of its members
WAITING = {('client', 'client_paid'), ('internal', 'accepted')}


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def follow_payment(cls, missions):
        super().follow_payment(missions)
        cls.follow_bills(missions)

    @classmethod
    def follow_bills(cls, missions):
        """Move missions by the bills of their members.

        Paid out once the client has paid and all that members are owed is
        paid; back when a payment came back.
        """
        for sub in grouped_slice(list(missions), SLICE):
            sub = cls.browse([m.id for m in sub])
            owing = cls._owing(sub)
            cls.write([
                    m for m in sub if (m.kind, m.state) in WAITING
                    and m not in owing], {'state': 'paid_out'})
            back = [m for m in sub if m.state == 'paid_out' and m in owing]
            cls.write([m for m in back if m.kind == 'client'],
                {'state': 'client_paid'})
            cls.write([m for m in back if m.kind == 'internal'],
                {'state': 'accepted'})

    @classmethod
    def _owing(cls, missions):
        "Return those of the missions of which a member is owed something"
        Line = Pool().get('coop.settlement.line')
        return {
            l.settlement.mission for l in Line.search([
                    ('settlement.mission', 'in', [m.id for m in missions]),
                    ('settlement.state', '!=', 'cancelled'),
                    # What a member gives back does not wait for money
                    ('amount', '>', 0),
                    # Of what was taken back nobody is owed anything
                    ('credits', '=', None),
                    ])
            if l.billable and (not l.bill or l.bill.state != 'paid')}


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def paid(cls, bills):
        super().paid(bills)
        cls._follow(bills)

    @classmethod
    def unpaid(cls, bills):
        super().unpaid(bills)
        cls._follow(bills)

    @classmethod
    def _follow(cls, bills):
        Mission = Pool().get('coop.mission')
        Mission.follow_bills({
                l.settlement.mission for b in bills for l in b.lines
                if l.settlement.mission})
