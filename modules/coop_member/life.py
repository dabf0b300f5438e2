# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The life of a member as a sequence of dated events. Imports no Tryton.

Model: events are read in the order of the first day on which they count. A
departure counts from the day after its date: a leaver of 31 December is still
a member on 31 December.
"""
import datetime as dt

# kind of event -> (states it may follow, state it leads to or None to stay)
EVENTS = {
    'application': ({None, 'refused', 'left'}, 'applied'),
    'refusal': ({'applied'}, 'refused'),
    'admission': ({'applied'}, 'admitted'),
    'activation': ({'admitted'}, 'active'),
    'suspension': ({'active'}, 'suspended'),
    'resumption': ({'suspended'}, 'active'),
    'category': ({'admitted', 'active', 'suspended', 'leaving'}, None),
    'notice': ({'admitted', 'active', 'suspended'}, 'leaving'),
    'departure': ({'admitted', 'active', 'suspended', 'leaving'}, 'left'),
    }
MEMBER_STATES = {'active', 'suspended', 'leaving'}
CLOSED = {'left', 'refused'}


def counts_from(kind, date):
    "Return the first day on which an event counts"
    return date + dt.timedelta(days=1) if kind == 'departure' else date


def fault(events):
    """Return (position, kind, state) of the first event out of place.

    Return None when the sequence is sound.

    :param events: sequence of (kind, date) in the order of recording, without
        the reversed ones
    """
    state = None
    order = sorted(range(len(events)),
        key=lambda i: (counts_from(*events[i]), i))
    for i in order:
        kind, _ = events[i]
        before, after = EVENTS[kind]
        if state not in before:
            return i, kind, state
        state = after or state
    return None
