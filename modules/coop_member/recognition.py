# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which money pays which call. Imports no Tryton.

Model: money is a posted line of the account of called capital (45625) that
the register did not post itself, positive when it came in and negative when
it went back. Its ``rest`` is what nothing recognises yet. A payment is a row
of the register that recognises money.

Money that went back is set against money that waits, or takes payments back;
money that came in pays the oldest call. Both take from the rests, so that
doing it twice does nothing more.

Invariants: what is netted sums to nothing; a payment is taken back only once;
no call is paid more than it is open.
"""
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from .capital import ZERO, Call, allocate, open_calls


@dataclass
class Money:
    "``sources`` are the keys of the money that this one takes back, if known"
    key: object
    rest: Decimal
    sources: frozenset = field(default_factory=frozenset)


@dataclass(frozen=True)
class Payment:
    "A row of the register not taken back; ``money`` is the key of its money"
    key: object
    money: object
    amount: Decimal


@dataclass(frozen=True)
class Net:
    debit: object
    credit: object
    amount: Decimal


@dataclass(frozen=True)
class Undo:
    "``amount`` of the payment goes back; the rest of it stays paid"
    debit: object
    payment: Payment
    amount: Decimal


def take_back(moneys, payments):
    """Return the Nets and Undos that explain the money that went back.

    Each takes first from the money it came from: from what waits of it, then
    from its payments. Failing that, from any money that waits, then from any
    payment, the newest first: the money of an overpayment is what goes back.

    :param moneys: Moneys, the oldest first; their rests are reduced
    :param payments: Payments, the oldest first
    """
    nets, undos = [], []
    payments = list(reversed(payments))
    credits = [m for m in reversed(moneys) if m.rest > 0]
    for debit in [m for m in moneys if m.rest < 0]:
        for own in [True, False]:
            for credit in credits:
                amount = min(-debit.rest, credit.rest)
                if amount > 0 and (credit.key in debit.sources) == own:
                    nets.append(Net(debit.key, credit.key, amount))
                    credit.rest -= amount
                    debit.rest += amount
            for payment in list(payments):
                amount = min(-debit.rest, payment.amount)
                if amount > 0 and (payment.money in debit.sources) == own:
                    undos.append(Undo(debit.key, payment, amount))
                    debit.rest += amount
                    payments.remove(payment)
    return nets, undos


def pay(moneys, calls):
    """Return [(money key, call, amount)], the oldest money and call first.

    :param moneys: Moneys, the oldest first; their rests are reduced
    :param calls: open Calls, the oldest first
    """
    result = []
    calls = list(calls)
    for money in moneys:
        if money.rest <= 0:
            continue
        parts, money.rest = allocate(money.rest, calls)
        for call, amount in parts:
            result.append((money.key, call, amount))
        calls = open_calls(calls, _by_class(calls, parts))
    return result


def _by_class(calls, parts):
    # Calls are identified by their place: what is paid on each is taken from
    # the oldest of its class, which is how it was allocated
    paid = defaultdict(Decimal)
    for call, amount in parts:
        paid[call.share_class] += amount
    return paid


def receivables(rows):
    """Return the open Calls of one member, the oldest first.

    What is paid on a subscription settles its own calls first. What is taken
    out of the holding without naming a subscription (a transfer, a
    cancellation) settles the oldest of the class.

    :param rows: [(key, share class, subscription or None, called, paid)],
        the movements of the member that count, the oldest call first; key is
        given back in the Calls
    """
    calls, paid = [], defaultdict(Decimal)
    classes = {}
    for key, share_class, subscription, called, paid_up in rows:
        group = (share_class, subscription)
        classes[group] = share_class
        paid[group] += paid_up
        if called > 0:
            calls.append(Call(key, group, called))
        else:
            paid[group] -= called
    called = defaultdict(Decimal)
    for call in calls:
        called[call.share_class] += call.amount
    excess = defaultdict(Decimal)
    for group, share_class in classes.items():
        excess[share_class] += max(paid[group] - called[group], ZERO)
    calls = [
        Call(c.key, classes[c.share_class], c.amount)
        for c in open_calls(calls, paid)]
    return open_calls(calls, excess)
