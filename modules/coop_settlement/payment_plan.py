# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who is paid what on a day, and why. No Tryton.

Model: a bill has an open amount and a due date. It is paid whole when it is
due before the next run; before that, as much of it as clients have paid for,
and beyond, from the day that was promised, what the mutual fund may advance.
What was seized is taken first (``seizure_core``), and goes to the creditor
once it may. What keeps the member from being paid, as a paper that is missing,
does not keep the creditor from it.

Invariants: paid + seized + kept back = what is payable; no bill is paid more
than it leaves open; a creditor never gets more than his claim; whoever is
blocked is paid nothing, and the reason is told; the fund advances nothing that
is only kept back.
"""
from dataclasses import dataclass, field
from decimal import Decimal

from .fund_core import Request
from .seizure_core import serve

ZERO = Decimal(0)
DUE, EARLY, BLOCKED, LATER = 'due', 'early', 'blocked', 'later'


@dataclass(frozen=True)
class Part:
    """A part of a bill, of the work for one client, with tax.

    :param paid: whether the client has paid
    :param promised: the day from which the fund may advance it, or None
    """
    client: object
    amount: Decimal
    paid: bool = False
    promised: object = None


@dataclass(frozen=True)
class Bill:
    """A bill to pay.

    :param key: of the order in which bills are paid
    :param open: Decimal that nothing pays yet
    :param parts: its Parts; they sum to the whole bill
    :param settled: Decimal of the bill that is settled already
    :param reasons: why it can not be paid now, to nobody
    :param held: why the member can not be paid now
    :param earned: ((day of the service, Decimal), ...) that sum to the whole
        bill, or () when a seizure catches the whole
    :param taken: ((last day caught or None, Decimal), ...) that creditors
        had of it
    """
    key: object
    member: object
    open: Decimal
    due: object
    parts: tuple = ()
    settled: Decimal = ZERO
    reasons: tuple = ()
    held: tuple = ()
    earned: tuple = ()
    taken: tuple = ()

    @property
    def whole(self):
        return self.open + self.settled


@dataclass
class Row:
    """What becomes of a bill.

    :param amount: Decimal that is to be paid now, seized or not
    :param advance: {client: Decimal} of it that the fund advances
    :param seized: [(key of the seizure, Decimal)] to pay to creditors
    :param kept: Decimal that seizures freeze
    :param keeping: keys of these seizures
    """
    bill: Bill
    kind: str
    amount: Decimal = ZERO
    advance: dict = field(default_factory=dict)
    seized: list = field(default_factory=list)
    kept: Decimal = ZERO
    keeping: list = field(default_factory=list)

    @property
    def net(self):
        "Return what the member gets"
        return self.amount - self.kept - sum(
            (a for _, a in self.seized), ZERO)


def plan(bills, today, until, fund, seizures=()):
    """Return the Rows of bills, in their order.

    :param today: the day of the run
    :param until: what is due before that day is paid: that of the next run
    :param fund: fund_core.Fund, which what is advanced is taken from
    :param seizures: Seizures, whose ``left`` is lessened
    """
    bills = sorted(bills, key=lambda b: b.key)
    rows = [_row(bill, until) for bill in bills]
    _advance(rows, today, fund)
    for row in rows:
        if row.kind == LATER and row.amount:
            row.kind = EARLY
        _seize(row, seizures)
        _keep(row, fund)
    return rows


def _row(bill, until):
    if bill.reasons:
        return Row(bill, BLOCKED)
    if bill.due < until:
        return Row(
            bill, BLOCKED if bill.held else DUE, max(bill.open, ZERO))
    received = sum((p.amount for p in bill.parts if p.paid), ZERO)
    return Row(bill, BLOCKED if bill.held else LATER, max(
            min(bill.open, received - bill.settled), ZERO))


def _advance(rows, today, fund):
    "Add to what is paid early what the fund may advance"
    requests, found = [], {}
    for i, row in enumerate(rows):
        if row.kind != LATER:
            continue
        # What was settled beyond what clients paid, was advanced before
        before = max(row.bill.settled - sum(
                (p.amount for p in row.bill.parts if p.paid), ZERO), ZERO)
        left = row.bill.open - row.amount
        for j, part in enumerate(row.bill.parts):
            if part.paid:
                continue
            amount = part.amount - min(before, part.amount)
            before -= part.amount - amount
            amount = min(amount, left)
            if amount > 0 and part.promised and part.promised <= today:
                left -= amount
                found[i, j] = row, part.client
                requests.append(
                    Request((i, j), part.client, part.promised, amount))
    for key, amount in fund.grant(requests).items():
        row, client = found[key]
        row.amount += amount
        row.advance[client] = row.advance.get(client, ZERO) + amount


def _seize(row, seizures):
    "Take from what is paid now what creditors have seized"
    bill = row.bill
    for seizure, amount in serve(
            row.amount, bill.whole, bill.earned, bill.taken,
            [s for s in seizures if s.member == bill.member]):
        if seizure.payable:
            row.seized.append((seizure.key, amount))
        else:
            row.kept += amount
            row.keeping.append(seizure.key)


def _keep(row, fund):
    "Pay creditors alone when the member can not be; advance nothing to keep"
    if row.bill.held:
        row.amount -= row.net
    for client in list(row.advance):
        amount = min(row.kept, row.advance[client])
        row.kept -= amount
        row.amount -= amount
        row.advance[client] -= amount
        fund.give_back(client, amount)
        if not row.advance[client]:
            del row.advance[client]
    if row.kind == EARLY and not row.amount:
        row.kind = LATER
