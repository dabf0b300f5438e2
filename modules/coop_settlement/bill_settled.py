# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What settles a bill: transfers, shares, the fund, creditors"
from collections import defaultdict
from decimal import Decimal

from trytond.pool import PoolMeta

# The models whose entries settle a bill otherwise than by a transfer
SETTLING = {
    'coop.share.retention': 'capital',
    'coop.fund.movement': 'fund',
    'coop.payment.run': 'seized',
    'coop.bill': 'set_off',
    }


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    def settled_by(self):
        """Return {'capital', 'fund', 'seized', 'set_off' or 'paid': amount}.

        From the entries that are reconciled with what is owed, and with what
        was left of it.
        """
        result = defaultdict(Decimal)
        for move, amount in self.settlements():
            origin = getattr(move.origin, '__name__', None)
            result[SETTLING.get(origin, 'paid')] += amount
        return result

    def settlements(self):
        """Return [(move, amount)] of what settles the bill, the oldest first.

        An entry that pays several bills at once counts for what it leaves of
        this one only. Of a credit note all is below zero.
        """
        result, left = [], self.total
        moves, own = self._settling_moves()
        for move in moves:
            # What sets off has lines of both bills
            both = isinstance(move.origin, self.__class__)
            amount = sum((
                    l.debit - l.credit for l in move.lines
                    if l.account == self.invoice.account
                    and l.party == self.member.party
                    and (not both or l in own)), Decimal(0))
            amount = max(amount, left) if self.credit else min(amount, left)
            if amount:
                left -= amount
                result.append((move, amount))
        return result

    def _settling_moves(self):
        "Return the moves, and the lines by which they settle the bill"
        if not self.invoice or not self.invoice.move:
            return [], set()
        lines = [*self.invoice.lines_to_pay, *self.invoice.payment_lines]
        seen, moves = set(), {}
        while lines:
            line = lines.pop()
            if line in seen:
                continue
            seen.add(line)
            if line.move != self.invoice.move:
                moves[line.move.id] = line.move
            if line.reconciliation:
                lines += line.reconciliation.lines
                if line.reconciliation.delegate_to:
                    lines.append(line.reconciliation.delegate_to)
        return [m for _, m in sorted(moves.items())], seen
