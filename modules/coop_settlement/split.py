# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The price of a client, split to the cent. No Tryton.

Model: a client pays one price for the work of several members. Each gets
what was agreed; a fraction of the price goes to who brought the client and
the rest stays with the cooperative.

Invariants: the shares of the client's price sum to it, and so do the members'
amounts, the referral and the contribution together; each row holds by itself:
its part of the price = amount + referral + contribution. A row's contribution
is what is left of it: where rates are near zero it may be a cent below it.
"""
from dataclasses import dataclass
from decimal import Decimal

from trytond.modules.coop_mission.price import CENT, split

ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    "What the client pays for one member's work, and who gets it"
    price: Decimal
    amount: Decimal
    referral: Decimal
    contribution: Decimal


@dataclass(frozen=True)
class Invoice:
    "A split price: its rows and their sums"
    rows: tuple
    price: Decimal
    amount: Decimal
    referral: Decimal
    contribution: Decimal


def share_out(total, weights, unit=CENT):
    """Return the parts of a total in the proportion of weights.

    By the largest remainder, ties to the first; equal parts when all weights
    are zero. They sum to the total, also to one below zero.

    :param total: Decimal, a multiple of the unit
    :param weights: [int or Decimal], zero or more, in the order of priority
        (the oldest member first)
    :param unit: the smallest amount of the currency
    """
    if not weights:
        return []
    units = int(total / unit)
    sign = -1 if units < 0 else 1
    parts = _share_units(abs(units), [int(w / unit) for w in weights])
    return [sign * part * unit for part in parts]


def _share_units(units, weights):
    "Return the integer parts of a number of units"
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    parts, left = [], []
    for weight in weights:
        part, remainder = divmod(units * weight, whole)
        parts.append(part)
        left.append(remainder)
    missing = units - sum(parts)
    if missing:
        for i in sorted(
                range(len(parts)), key=lambda i: -left[i])[:missing]:
            parts[i] += 1
    return parts


def split_invoice(amounts, contribution=ZERO, referral=ZERO, unit=CENT):
    """Return the Invoice by which members get amounts.

    :param amounts: [Decimal] without tax, what each member gets, the oldest
        member first; zero or more
    :param contribution: fraction of the price for the cooperative
    :param referral: fraction of the price for who brought the client
    :param unit: the smallest amount of the currency
    :raises ValueError: when nothing would be left to the members
    """
    made = split(sum(amounts, ZERO), contribution, referral, unit)
    weights = [int(amount / unit) for amount in amounts]
    prices = _share_units(int(made.total / unit), weights)
    referrals = _share_units(int(made.referral / unit), weights)
    rows = tuple(
        Row(price * unit, weight * unit, share * unit,
            (price - weight - share) * unit)
        for price, weight, share in zip(prices, weights, referrals))
    return Invoice(
        rows, made.total, made.members, made.referral, made.contribution)
