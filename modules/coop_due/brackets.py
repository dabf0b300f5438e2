# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Rates by brackets of a base: one engine for dues and missions. No Tryton.

Model: a scale has brackets, each above a threshold of the base, with a rate
and a fixed amount. In a *marginal* scale each rate applies to the part of the
base inside its bracket and the fixed amounts of the brackets reached add up;
in a *whole* scale the bracket reached gives its rate to the whole base and
its fixed amount. What comes out is held between a floor and a cap, both in
proportion to the presence. Amounts are Decimal and rounded once.

Invariants: floor <= due <= cap; a marginal scale never gives less for more.
"""
from dataclasses import dataclass
from decimal import Decimal

from .periods import CENT, round_

ZERO = Decimal(0)
METHODS = ['marginal', 'whole']


@dataclass(frozen=True)
class Bracket:
    above: Decimal = ZERO
    rate: Decimal = ZERO
    amount: Decimal = ZERO


@dataclass(frozen=True)
class Part:
    "What one bracket contributes"
    bracket: Bracket
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Due:
    "What is due, and how it came about"
    base: Decimal
    parts: tuple
    computed: Decimal
    floor: Decimal | None
    cap: Decimal | None
    amount: Decimal

    @property
    def limited_by(self):
        "Return 'floor', 'cap' or None"
        if self.amount == self.computed:
            return None
        return 'floor' if self.amount > self.computed else 'cap'


@dataclass(frozen=True)
class Scale:
    brackets: tuple
    method: str = 'marginal'
    floor: Decimal | None = None
    cap: Decimal | None = None
    unit: Decimal = CENT

    def __post_init__(self):
        assert self.method in METHODS
        if self.floor is not None and self.cap is not None:
            assert self.floor <= self.cap

    def due(self, base, fraction=Decimal(1)):
        """Return what is due on a base.

        :param base: amount of the period; what is below zero counts as zero
        :param fraction: which part of the period somebody is present: the
            floor and the cap are taken in proportion, the base is real
        """
        base = max(base, ZERO)
        parts = tuple(self._parts(base))
        computed = round_(sum((p.amount for p in parts), ZERO), self.unit)
        floor, cap = (
            None if limit is None else round_(limit * fraction, self.unit)
            for limit in [self.floor, self.cap])
        amount = computed
        if floor is not None:
            amount = max(amount, floor)
        if cap is not None:
            amount = min(amount, cap)
        return Due(base, parts, computed, floor, cap, amount)

    def _parts(self, base):
        brackets = sorted(self.brackets, key=lambda b: b.above)
        reached = [b for b in brackets if b.above <= base]
        if self.method == 'whole':
            if reached:
                last = reached[-1]
                yield Part(last, base, last.amount + base * last.rate)
            return
        limits = [b.above for b in brackets[1:]] + [None]
        for bracket, limit in zip(reached, limits):
            top = base if limit is None else min(base, limit)
            part = top - bracket.above
            yield Part(bracket, part, bracket.amount + part * bracket.rate)


def in_force(versions, date):
    """Return the version in force at a date, None before the first.

    :param versions: objects with a date from which they count
    """
    known = [v for v in versions if v.date <= date]
    return max(known, key=lambda v: v.date) if known else None


def true_up(due, called):
    "Return what is still to call (or to give back, below zero)"
    return due - called
