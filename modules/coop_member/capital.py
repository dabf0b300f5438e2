# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What each operation does to the capital, in shares and in euros.

Imports no Tryton. Amounts are Decimal in the company's currency, already
rounded to its cents; quantities are whole shares.

Model: a movement changes five columns of one member and one class:
``quantity``, ``subscribed`` (capital social souscrit), ``called`` (its called
part), ``paid_up`` (its paid part, libéré) and ``claim`` (what is owed to a
leaver). A position is the sum of its movements.

Invariants of a position, at the end of every day of its history:
    quantity >= 0, claim >= 0 and subscribed >= called >= paid_up >= 0
Invariants of an operation: a transfer or a conversion sums to nothing in
every amount; the entry of any movement balances.
"""
from collections import defaultdict
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import groupby

ZERO = Decimal(0)
COLUMNS = ['quantity', 'subscribed', 'called', 'paid_up', 'claim']


@dataclass(frozen=True)
class Deltas:
    quantity: int = 0
    subscribed: Decimal = ZERO
    called: Decimal = ZERO
    paid_up: Decimal = ZERO
    claim: Decimal = ZERO

    def __iter__(self):
        # Not astuple, which copies each value: histories are long
        yield from (
            self.quantity, self.subscribed, self.called, self.paid_up,
            self.claim)

    def __add__(self, other):
        return Deltas(*(a + b for a, b in zip(self, other)))

    def __neg__(self):
        return Deltas(*(-a for a in self))

    def __sub__(self, other):
        return self + -other

    def __bool__(self):
        return any(self)

    @property
    def uncalled(self):
        return self.subscribed - self.called

    @property
    def unpaid(self):
        return self.called - self.paid_up


NOTHING = Deltas()
assert [f.name for f in fields(Deltas)] == COLUMNS


def subscription(quantity, nominal, called):
    """Deltas of a subscription of which ``called`` is called at once.

    :raises ValueError: when the quantity is not positive or more is called
        than subscribed
    """
    subscribed = quantity * nominal
    if quantity <= 0 or not ZERO <= called <= subscribed:
        raise ValueError("a subscription calls at most what it subscribes")
    return Deltas(quantity, subscribed, called)


def share_of(position, quantity, round_):
    """Deltas that take ``quantity`` shares out of a position, in proportion.

    The last shares take all that is left, so that no cent stays behind.

    :param round_: function rounding a Decimal to the currency
    :raises ValueError: when the position has fewer shares
    """
    if not 0 < quantity <= position.quantity:
        raise ValueError("a position gives only the shares it has")
    if quantity == position.quantity:
        return Deltas(quantity, position.subscribed, position.called,
            position.paid_up)
    return Deltas(quantity, *(
            round_(amount * quantity / position.quantity)
            for amount in [
                position.subscribed, position.called, position.paid_up]))


def cancellation(taken, value):
    """Deltas that cancel shares and owe ``value`` to the leaver.

    :param taken: what ``share_of`` returned
    :param value: nominal less the losses borne (loi 47-1775, art. 18),
        at most what was paid
    :raises ValueError: when more is owed than was paid
    """
    if not ZERO <= value <= taken.paid_up:
        raise ValueError("a leaver is owed at most what was paid")
    return -taken + Deltas(claim=value)


def reduction(position, loss):
    """Deltas that reduce the nominal of a position by losses.

    The loss is borne by the paid part first, then by what is not yet paid.

    :raises ValueError: when the loss exceeds the capital
    """
    if not ZERO < loss <= position.subscribed:
        raise ValueError("a loss reduces at most the whole capital")
    uncalled = max(ZERO, loss - position.called)
    unpaid = max(ZERO, loss - uncalled - position.paid_up)
    paid = loss - uncalled - unpaid
    return -Deltas(0, loss, loss - uncalled, paid)


def entry(kind, deltas, in_kind=False):
    """Return the accounting entry of a movement, [(role, debit - credit)].

    Roles name the accounts of the share class: uncalled (1011),
    uncalled_receivable (109), called_unpaid (1012), receivable (45625, or
    45611 for a contribution in kind), paid_up (1013), claim (4567),
    loss (119) and contribution (the asset brought in).
    The sums follow PCG accounts 101, 109 and 456.

    :param kind: the movement's kind; an opening is carried by the opening
        move, a repayment by the line of the bank: neither has an entry
    """
    if kind in {'opening', 'repayment'}:
        return []
    amounts = {
        'uncalled_receivable': deltas.uncalled,
        'uncalled': -deltas.uncalled,
        'called_unpaid': -deltas.unpaid,
        'paid_up': -deltas.paid_up,
        'claim': -deltas.claim,
        }
    if kind != 'payment':
        amounts['receivable'] = deltas.unpaid
    elif in_kind:
        amounts['contribution'] = deltas.paid_up
        amounts['receivable'] = -deltas.paid_up
    if kind in {'cancellation', 'reduction'}:
        amounts['loss'] = deltas.paid_up + deltas.claim
    return [(role, amount) for role, amount in amounts.items() if amount]


def history_fault(changes):
    """Return (date, position, reason) where a history first goes wrong.

    Reasons are 'quantity', 'subscribed', 'called', 'paid_up' and 'claim'.
    Return None for a sound history.

    :param changes: iterable of (date, Deltas) in any order, of one member
        and class; what happens on one day is looked at as a whole
    """
    position = NOTHING
    for date, day in groupby(
            sorted(changes, key=lambda c: c[0]), key=lambda c: c[0]):
        for _, deltas in day:
            position += deltas
        bounds = [
            ('quantity', position.quantity),
            ('subscribed', position.uncalled),
            ('called', position.unpaid),
            ('paid_up', position.paid_up),
            ('claim', position.claim),
            ]
        for reason, value in bounds:
            if value < 0:
                return date, position, reason
    return None


@dataclass(frozen=True)
class Call:
    "An amount called, the oldest first; ``key`` is whatever the caller keeps"
    key: object
    share_class: object
    amount: Decimal


def open_calls(calls, paid):
    """Return the calls less what is paid on each class, oldest first.

    :param calls: Calls in the order of their dates
    :param paid: {share class: amount paid on it}
    """
    paid = defaultdict(Decimal, paid)
    result = []
    for call in calls:
        settled = min(call.amount, max(paid[call.share_class], ZERO))
        paid[call.share_class] -= settled
        if call.amount > settled:
            result.append(
                Call(call.key, call.share_class, call.amount - settled))
    return result


def allocate(amount, calls):
    """Split an amount received over open calls, the oldest first.

    Return ([(call, part)], rest). Parts sum to the amount less the rest.
    """
    parts = []
    for call in calls:
        part = min(amount, call.amount)
        if part <= 0:
            break
        parts.append((call, part))
        amount -= part
    return parts, amount


def largest_remainder(total, weights, unit=Decimal('0.01')):
    """Split a total over weights to the unit, so that the parts sum to it.

    The units left by rounding down go to the largest remainders; ties go to
    the first in the given order (give the oldest member number first).

    :param total: Decimal, a multiple of unit, not negative
    :param weights: sequence of non-negative numbers, not all zero
    :return: list of Decimal as long as weights
    """
    whole = sum(weights)
    if whole <= 0 or total < 0:
        raise ValueError("nothing to split over")
    units = int(total / unit)
    exact = [units * weight / whole for weight in map(Decimal, weights)]
    parts = [int(e) for e in exact]
    order = sorted(
        range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:units - sum(parts)]:
        parts[i] += 1
    result = [part * unit for part in parts]
    assert sum(result) == total
    return result
