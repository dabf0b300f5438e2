# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The price of a client from those of the members.

Imports no Tryton. Members get what they asked for, to the cent: the client
pays it, the contribution to the cooperative and the share of the member who
brought the client, which are fractions of the client's price without tax.
"""
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal('.01')


@dataclass(frozen=True)
class Split:
    "What a price is made of; the first three sum to the last"
    members: Decimal
    contribution: Decimal
    referral: Decimal
    total: Decimal


def split(members, contribution=0, referral=0, unit=CENT):
    """Return the Split of the price of the client.

    :param members: Decimal, what the members ask for together
    :param contribution: fraction of the price for the cooperative
    :param referral: fraction of the price for who brought the client
    :param unit: the smallest amount of the currency
    :raises ValueError: when nothing would be left to the members
    """
    contribution, referral = Decimal(contribution), Decimal(referral)
    left = 1 - contribution - referral
    if min(contribution, referral) < 0 or left <= 0:
        raise ValueError("fractions from 0, less than 1 together")
    members = round_(members, unit)
    total = round_(members / left, unit)
    share = round_(total * referral, unit)
    return Split(members, total - members - share, share, total)


def round_(amount, unit=CENT):
    "Return an amount rounded to the smallest one, halves away from zero"
    return (Decimal(amount) / unit).quantize(
        Decimal(1), ROUND_HALF_UP) * unit


def shares(total, amounts, unit=CENT):
    """Return the parts of a total in the proportion of amounts.

    By the largest remainder, ties to the first; equal parts when all amounts
    are zero. They sum to the total.

    :param amounts: [Decimal] that are zero or more
    """
    if not amounts:
        return []
    weight = sum(amounts)
    if not weight:
        amounts, weight = [Decimal(1)] * len(amounts), len(amounts)
    exact = [total * amount / weight / unit for amount in amounts]
    parts = [e.quantize(Decimal(1), ROUND_DOWN) for e in exact]
    left = int(total / unit - sum(parts))
    order = sorted(
        range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:left]:
        parts[i] += 1
    return [part * unit for part in parts]
