# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Since when the shares of a position are held. Imports no Tryton.

Model: a position consists of lots, the shares acquired on one day. What comes
in adds to the lot of its day, or of the day that it names; what goes out is
taken from the lot that it names, else from the oldest lots.

Invariant: the lots of a sound history sum to its quantity, none is negative.
"""
from collections import defaultdict


def lots(changes):
    """Return [(since, quantity)] of what is held, the oldest first.

    :param changes: iterable of (date, since or None, quantity) in the order
        of their effect
    """
    held = defaultdict(int)
    for date, since, quantity in changes:
        if quantity > 0:
            held[since or date] += quantity
            continue
        named = min(held.get(since, 0), -quantity)
        if named:
            held[since] -= named
        for day, part in take(_sorted(held), -quantity - named):
            held[day] -= part
    return _sorted(held)


def _sorted(held):
    return sorted((day, n) for day, n in held.items() if n)


def take(lots, quantity):
    """Return [(since, quantity)] of the oldest lots that make up a quantity.

    It is less when the lots have less.
    """
    result = []
    for since, held in lots:
        part = min(held, quantity)
        if part <= 0:
            break
        result.append((since, part))
        quantity -= part
    return result


def convert(lots, before, after):
    """Return [(since, quantity out, quantity in)] of lots changing class.

    Whole shares only: of the shares of the other class each lot has as many
    as the lots up to it make up, less those of the lots before.

    :param lots: [(since, quantity)], the oldest first
    :param before: Decimal, nominal value of the shares given up
    :param after: Decimal, nominal value of the shares got
    """
    result = []
    given = got = 0
    for since, quantity in lots:
        given += quantity
        whole = int(given * before // after)
        result.append((since, quantity, whole - got))
        got = whole
    return result
