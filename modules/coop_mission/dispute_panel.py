# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Peers drawn by lot to settle a dispute, none of whom has a stake in it.

The draw is done once: its seed is kept, and with it anybody finds the same
order again. The order is that of the SHA-256 of the seed and the number of
the member, so it depends on no version of a software. Who declines is
followed by the next one of the order, without a new draw.
"""
import hashlib
from dataclasses import dataclass, field

SIZE = 3
# Why a peer is not drawn, in the order in which they are told
REASONS = ['mission', 'referrer', 'party', 'client']


@dataclass(frozen=True)
class Peer:
    """A member who could be drawn.

    key: what tells members apart in the draw, their number
    party: whom the member is
    people: the persons who act for the member
    """
    key: str
    party: int
    people: frozenset = frozenset()


@dataclass(frozen=True)
class Case:
    """What makes a stake in a dispute.

    members: keys of the members of the mission, or who opened it
    referrer: key of who brought the client, or None
    parties: parties of the mission, the client's and the members'
    people: persons who act for one of the members
    for_client: keys of who worked for the same client lately
    """
    members: frozenset = frozenset()
    referrer: str = None
    parties: frozenset = frozenset()
    people: frozenset = frozenset()
    for_client: frozenset = frozenset()


@dataclass(frozen=True)
class Draw:
    """order: keys that may sit, as drawn; excluded: {key: [reasons]}"""
    seed: str
    order: tuple
    excluded: dict = field(default_factory=dict)

    def panel(self, declined=(), size=SIZE):
        "Return the keys of who sits, those who declined left out"
        return [k for k in self.order if k not in set(declined)][:size]


def stakes(peer, case):
    "Return the reasons for which a peer may not sit, in the order of REASONS"
    held = {
        'mission': peer.key in case.members,
        'referrer': peer.key == case.referrer,
        'party': peer.party in case.parties
        or bool(peer.people & case.people),
        'client': peer.key in case.for_client,
        }
    return [name for name in REASONS if held[name]]


def rank(seed, key):
    "Return the place of a key in the draw of a seed, to be sorted by"
    return hashlib.sha256(f'{seed}:{key}'.encode()).hexdigest(), key


def draw(peers, case, seed):
    """Return the Draw of the peers that have no stake in a case.

    :param peers: all who could sit, with different keys
    :param seed: a text, drawn by chance and kept
    """
    excluded, free = {}, []
    for peer in peers:
        reasons = stakes(peer, case)
        if reasons:
            excluded[peer.key] = reasons
        else:
            free.append(peer.key)
    return Draw(
        seed, tuple(sorted(free, key=lambda key: rank(seed, key))), excluded)
