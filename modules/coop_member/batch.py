# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which payments of a batch one line of the bank pays, without Tryton

A bank books the payments that were sent together as one line for all, one a
day, or one for each of the batches (PmtInf) of the message. What was returned
before is either still in that line, and then taken back by another one, or
already left out of it. Either way what was returned is not paid.
"""
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Payment:
    key: Any
    amount: Decimal
    # What the bank books together: its day, then its batch
    day: Any = None
    batch: Any = None
    returned: bool = False


def paid_by(payments, amount):
    """Return the keys of the payments that a line of an amount pays, or None.

    All of them, else those of the earliest day, or of a batch of it, that fit.

    :param payments: list of Payment, without those that a line paid already
    :param amount: Decimal, positive
    """
    for part in _parts(payments):
        kept = [p for p in part if not p.returned]
        if kept and amount in {_total(part), _total(kept)}:
            return [p.key for p in kept]
    return None


def _total(payments):
    return sum((p.amount for p in payments), Decimal(0))


def _parts(payments):
    yield payments
    for _, of_day in _by('day', payments):
        yield of_day
        for _, of_batch in _by('batch', of_day):
            yield of_batch


def _by(name, payments):
    "Return the payments grouped by an attribute, in its order, None first"
    groups = defaultdict(list)
    for payment in payments:
        groups[getattr(payment, name)].append(payment)
    return sorted(
        groups.items(), key=lambda item: (item[0] is not None, item[0]))
