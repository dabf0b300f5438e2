# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How the capital went from the beginning of a period to its end.

Imports no Tryton. Deltas are those of capital.py.

Invariant: the opening and the steps sum to the closing, in every column.
"""
from collections import defaultdict

from .capital import NOTHING

OPENING, CLOSING = 'opening', 'closing'
# The steps in the order in which they are told
STEPS = [
    'taken_over', 'subscription', 'call', 'payment', 'transfer_in',
    'transfer_out', 'conversion_in', 'conversion_out', 'cancellation',
    'reduction', 'repayment', 'reversal']


def step(kind, quantity):
    """Return the step of a movement.

    :param kind: of the movement, of which a conversion goes both ways
    :param quantity: its change of the shares
    """
    if kind == 'opening':
        return 'taken_over'
    if kind == 'conversion':
        return 'conversion_out' if quantity < 0 else 'conversion_in'
    return kind


def variation(opening, changes):
    """Return [(step, Deltas)], from the opening to the closing.

    Steps of which there was nothing are left out.

    :param opening: Deltas of before the period
    :param changes: iterable of (step, Deltas) of the period
    :raises KeyError: for a step that is not in STEPS
    """
    sums = defaultdict(lambda: NOTHING)
    happened = set()
    for name, deltas in changes:
        sums[name] += deltas
        happened.add(name)
    if unknown := happened - set(STEPS):
        raise KeyError(min(unknown))
    steps = [(name, sums[name]) for name in STEPS if name in happened]
    closing = sum((deltas for _, deltas in steps), opening)
    return [(OPENING, opening), *steps, (CLOSING, closing)]
