# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Operations of the register out of rows of movements.

Model: rows are taken by date, on one day by the order of RANKS, then by line.
What a transfer, a conversion or a cancellation takes follows from the position
on that day, so the positions are kept along the way, the database's rows
included. An operation whose reference the register has already only counts by
what the register says of it.

Invariant: the histories of all members named, the database's rows and the
file's together, are those capital.history_fault accepts.
"""
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from .. import capital
from ..capital import ZERO, Deltas

RANKS = [
    'opening', 'subscription', 'call', 'payment', 'reduction', 'conversion',
    'transfer', 'cancellation', 'exit', 'repayment']


class Fault(Exception):
    "A row that can not be made an operation"

    def __init__(self, column, key, **args):
        super().__init__(key)
        self.column = column
        self.key = key
        self.args_ = args


@dataclass(slots=True)
class Entry:
    "One row to be of the register"
    member: str
    share_class: str
    kind: str
    deltas: Deltas
    nominal: Decimal
    reference: str


@dataclass(slots=True)
class Operation:
    date: object
    row: object
    entries: list = field(default_factory=list)

    @property
    def members(self):
        return {e.member for e in self.entries}


class History:
    "The positions of members and classes, day after day"

    def __init__(self, known):
        self.known = known
        self.unit = Decimal(1).scaleb(-known.digits)
        self.positions = {}
        self.waiting = {}
        self.changes = defaultdict(list)
        for key, changes in known.histories.items():
            self.waiting[key] = sorted(
                changes, key=lambda c: c[0], reverse=True)
            self.changes[key] = [(d, c, None) for d, c in changes]

    def round(self, amount):
        return amount.quantize(self.unit)

    def position(self, key, date):
        "Return the Deltas held, the database's rows of the day included"
        waiting = self.waiting.get(key, [])
        position = self.positions.get(key, capital.NOTHING)
        while waiting and waiting[-1][0] <= date:
            position += waiting.pop()[1]
        self.positions[key] = position
        return position

    def add(self, operation):
        for entry in operation.entries:
            key = entry.member, entry.share_class
            self.positions[key] = (
                self.position(key, operation.date) + entry.deltas)
            self.changes[key].append(
                (operation.date, entry.deltas, operation.row))

    def faults(self):
        "Yield (row, key, date, position, reason) of the histories gone wrong"
        for key, changes in self.changes.items():
            fault = capital.history_fault((d, c) for d, c, _ in changes)
            if not fault:
                continue
            date, position, reason = fault
            rows = [(d, r) for d, _, r in changes if r and d <= date]
            rows = rows or [(d, r) for d, _, r in changes if r]
            if rows:
                _, row = max(rows, key=lambda r: (r[0], r[1].line))
                yield row, key, date, position, reason


def order(row):
    return row.date, RANKS.index(row.kind), row.line


def operations(row, history):
    """Return the Operations of a row, at the position of its day.

    :raises Fault: when its amounts do not fit
    """
    make = globals()[f'_{row.kind}']
    return make(row, history)


def _entry(row, history, kind, deltas, member=None, share_class=None,
        suffix='', nominal=None):
    share_class = share_class or row.share_class
    return Entry(
        member or row.member, share_class, kind, deltas,
        nominal or row.nominal or _nominal(row, history, share_class),
        row.reference + suffix)


def _nominal(row, history, share_class=None):
    "Return the nominal of the class, which the row's may only confirm"
    share_class = share_class or row.share_class
    value = history.known.classes[share_class].nominal_at(row.date)
    if value is None:
        raise Fault('share_class', 'nominal_missing', value=share_class,
            date=row.date)
    if (row.nominal is not None and share_class == row.share_class
            and abs(row.nominal) != value):
        raise Fault('nominal', 'nominal_differs',
            value=row.nominal, nominal=value)
    return value


def _single(row, history, kind, deltas):
    _nominal(row, history)
    return [Operation(row.date, row, [_entry(row, history, kind, deltas)])]


def _taken(row, history, quantity):
    position = history.position((row.member, row.share_class), row.date)
    try:
        return capital.share_of(position, quantity, history.round)
    except ValueError:
        raise Fault('quantity', 'held',
            quantity=quantity, held=position.quantity, date=row.date)


def _opening(row, history):
    quantity = row.quantity or 0
    subscribed = row.amount
    if subscribed is None:
        subscribed = quantity * _nominal(row, history) if quantity else ZERO
    called = subscribed if row.called is None else row.called
    paid_up = row.paid_up
    if paid_up is None:
        paid_up = ZERO if row.fully_paid is False else called
    deltas = Deltas(quantity, subscribed, called, paid_up, row.claim or ZERO)
    if not deltas:
        raise Fault('quantity', 'zero')
    return _single(row, history, 'opening', deltas)


def _subscription(row, history):
    nominal = _nominal(row, history)
    subscribed = row.quantity * nominal
    if row.amount is not None and row.amount != subscribed:
        raise Fault('amount', 'amount_differs', value=row.amount,
            quantity=row.quantity, nominal=nominal, amount=subscribed)
    called = row.called
    if row.fully_paid or (row.paid_up or ZERO) == subscribed:
        called = subscribed
    elif called is None:
        fraction = history.known.classes[row.share_class].called_fraction
        called = history.round(subscribed * fraction)
    try:
        deltas = capital.subscription(row.quantity, nominal, called)
    except ValueError:
        raise Fault('called', 'called_over', value=called, amount=subscribed)
    result = _single(row, history, 'subscription', deltas)
    paid = subscribed if row.fully_paid else row.paid_up
    if paid:
        result.append(Operation(row.date, row, [
                    _entry(row, history, 'payment', Deltas(paid_up=paid),
                        suffix='/payment')]))
    return result


def _call(row, history):
    return _single(row, history, 'call', Deltas(called=row.amount))


def _payment(row, history):
    return _single(row, history, 'payment', Deltas(paid_up=row.amount))


def _repayment(row, history):
    return _single(
        row, history, 'repayment', Deltas(claim=-abs(row.amount)))


def _reduction(row, history):
    position = history.position((row.member, row.share_class), row.date)
    try:
        deltas = capital.reduction(position, abs(row.amount))
    except ValueError:
        raise Fault('amount', 'reduction_over',
            value=row.amount, amount=position.subscribed)
    return _single(row, history, 'reduction', deltas)


def _transfer(row, history):
    _nominal(row, history)
    taken = _taken(row, history, abs(row.quantity))
    return [Operation(row.date, row, [
                _entry(row, history, 'transfer_out', -taken),
                _entry(row, history, 'transfer_in', taken,
                    member=row.counterpart, suffix='/in')])]


def _conversion(row, history):
    _nominal(row, history)
    taken = _taken(row, history, abs(row.quantity))
    nominal = _nominal(row, history, row.to_class)
    quantity = taken.subscribed / nominal
    if quantity != int(quantity):
        raise Fault('quantity', 'conversion', value=abs(row.quantity),
            amount=taken.subscribed, nominal=nominal)
    given = Deltas(
        int(quantity), taken.subscribed, taken.called, taken.paid_up)
    return [Operation(row.date, row, [
                _entry(row, history, 'conversion', -taken),
                _entry(row, history, 'conversion', given,
                    share_class=row.to_class, suffix='/to',
                    nominal=nominal)])]


def _cancellation(row, history):
    quantity = row.quantity
    if quantity is None:  # an exit takes all that is held
        quantity = history.position(
            (row.member, row.share_class), row.date).quantity
        if not quantity:
            return []
    taken = _taken(row, history, abs(quantity))
    value = taken.paid_up if row.amount is None else abs(row.amount)
    try:
        deltas = capital.cancellation(taken, value)
    except ValueError:
        raise Fault('amount', 'owed_over', value=value, amount=taken.paid_up)
    return _single(row, history, 'cancellation', deltas)


_exit = _cancellation
