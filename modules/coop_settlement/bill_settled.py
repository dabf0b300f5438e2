# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What settles what a member is owed: transfers, shares, the fund, creditors.

A debt to a member is some lines on their account. What is left of a line that
was settled in part is on another, to which its reconciliation delegates.
"""
from collections import defaultdict
from decimal import Decimal

from trytond.pool import Pool, PoolMeta

ZERO = Decimal(0)
# The models whose entries settle a bill otherwise than by a transfer
SETTLING = {
    'coop.share.retention': 'capital',
    'coop.fund.movement': 'fund',
    'coop.payment.run': 'seized',
    'coop.bill': 'set_off',
    }


def open_lines(lines):
    "Return those of lines, or what is left of them, that nothing settles yet"
    lines, found = list(lines), []
    while lines:
        line = lines.pop()
        if not line.reconciliation:
            found.append(line)
        elif line.reconciliation.delegate_to:
            lines.append(line.reconciliation.delegate_to)
    return sorted(set(found), key=lambda l: l.id)


def settlements(lines, paying, own, left):
    """Return [(move, amount)] of what settles a debt, the oldest first.

    An entry that pays several debts at once counts for what it leaves of this
    one only. Of a credit note all is below zero.

    :param lines: by which it is owed, all on one account of one party
    :param paying: lines that pay it and are not reconciled with it yet
    :param own: the move of the debt itself
    :param left: Decimal, the whole debt
    """
    result = []
    keys = {(l.account, l.party) for l in lines}
    limit = max if left < 0 else min
    moves, seen = _settling_moves([*lines, *paying], own)
    for move in moves:
        # What sets off has lines of both bills
        both = getattr(move.origin, '__name__', None) == 'coop.bill'
        amount = limit(left, sum((
                    l.debit - l.credit for l in move.lines
                    if (l.account, l.party) in keys
                    and (not both or l in seen)), ZERO))
        if amount:
            left -= amount
            result.append((move, amount))
    return result


def _settling_moves(lines, own):
    "Return the moves, and the lines by which they settle"
    seen, moves = set(), {}
    while lines:
        line = lines.pop()
        if line in seen:
            continue
        seen.add(line)
        if line.move != own:
            moves[line.move.id] = line.move
        if line.reconciliation:
            lines += line.reconciliation.lines
            if line.reconciliation.delegate_to:
                lines.append(line.reconciliation.delegate_to)
    return [m for _, m in sorted(moves.items())], seen


def by_way(found):
    "Return {'capital', 'fund', 'seized' or 'paid': amount} of settlements"
    result = defaultdict(Decimal)
    for move, amount in found:
        origin = getattr(move.origin, '__name__', None)
        result[SETTLING.get(origin, 'paid')] += amount
    return result


def taken(found):
    """Return ((last day caught or None, amount), ...) of creditors.

    :param found: [(move, amount)] of what settles a debt
    """
    Seizure = Pool().get('coop.seizure')
    return tuple(
        (None if l.origin.future else l.origin.date, l.credit - l.debit)
        for move, _ in found for l in move.lines
        if isinstance(l.origin, Seizure))


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    def settled_by(self):
        """Return {'capital', 'fund', 'seized', 'set_off' or 'paid': amount}.

        From the entries that are reconciled with what is owed, and with what
        was left of it.
        """
        return by_way(self.settlements())

    def settlements(self):
        "Return [(move, amount)] of what settles the bill, the oldest first"
        if not self.invoice or not self.invoice.move:
            return []
        return settlements(
            self.invoice.lines_to_pay, self.invoice.payment_lines,
            self.invoice.move, self.total)

    def taken(self):
        "Return ((last day caught or None, amount), ...) of creditors"
        return taken(self.settlements())
