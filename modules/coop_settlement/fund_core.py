# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the mutual fund of the members may advance. No Tryton.

Model: the fund is what the members decided to set aside of the margin, and
what they paid in and get back. It is no insurance (C. ass. L310-1) and no
provision: it says how much the cooperative may pay *before* it has to, while
the client has not paid. What is advanced comes back when the client pays.

Invariants: what is granted is never more than the room, in all and for each
client; the oldest promise comes first; an empty fund grants nothing.
"""
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Request:
    """What could be paid early.

    :param key: what it is told by
    :param client: who has not paid yet
    :param date: the day on which early payment was promised
    :param amount: Decimal, with tax
    """
    key: object
    client: object
    date: object
    amount: Decimal


@dataclass
class Fund:
    """The fund as it stands.

    :param total: Decimal set aside and paid in
    :param out: {client: Decimal} advanced, for which clients have not paid
    :param share: the most of the total that may be out for one client
    """
    total: Decimal
    out: dict = field(default_factory=dict)
    share: Decimal = Decimal(1)

    @property
    def used(self):
        return sum(self.out.values(), ZERO)

    @property
    def room(self):
        "Return what may still be advanced"
        return max(self.total - self.used, ZERO)

    def room_for(self, client, unit=Decimal('.01')):
        "Return what may still be advanced for a client"
        most = (self.total * self.share / unit).to_integral_value(
            'ROUND_FLOOR') * unit
        return max(min(
                self.room, most - self.out.get(client, ZERO)), ZERO)

    def give_back(self, client, amount):
        "Take back what was granted for a client and is not paid"
        self.out[client] -= amount

    def grant(self, requests):
        """Advance what there is room for; return {key: amount}.

        What there is not wholly room for is advanced in part: a part early is
        better for the member than nothing.
        """
        granted = {}
        for request in sorted(requests, key=lambda r: (r.date, r.key)):
            amount = min(request.amount, self.room_for(request.client))
            if amount > 0:
                granted[request.key] = amount
                self.out[request.client] = (
                    self.out.get(request.client, ZERO) + amount)
        return granted
