# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a member paid into the mutual fund, when it is given back.

It is owed them without a bill, so that the payment run has a line for it. A
creditor of the member may seize it as anything else: what was paid in was
owed back from that day on, which is when an attachment finds it (CPC ex.
L211-1, L211-2).
"""
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.functions import Abs

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice

from . import payment_plan
from .bill import SLICE
from .bill_settled import by_way, open_lines, settlements, taken

ZERO = Decimal(0)


class FundMovement(metaclass=PoolMeta):
    __name__ = 'coop.fund.movement'

    @property
    def owing_lines(self):
        "The line by which a refund is owed the member"
        if self.kind != 'refund' or not self.move:
            return []
        return [
            l for l in self.move.lines
            if l.credit and l.party == self.member.party]

    def open_lines(self):
        "Return the lines by which it is owed that nothing settles yet"
        return open_lines(self.owing_lines)

    @property
    def left_lines(self):
        "The lines of the entry by which the member is owed something"
        account = self.account(self.company)
        return [
            l for l in self.move.lines if l.credit and l.account != account]

    def _untouched(self):
        """Whether nothing pays a refund, or what a contribution left.

        What pays the rest of a bill would pay nothing any more without it.
        """
        return not any(l.reconciliation for l in self.left_lines)

    def settlements(self, paying=None):
        """Return [(move, amount)] of what settles a refund, the oldest first.

        :param paying: {refund: lines that pay it and are not reconciled}, for
            who asks for many
        """
        if paying is None:
            paying = self._paying()
        return settlements(
            self.owing_lines, paying.get(self, []), self.move, self.amount)

    def settled_by(self):
        "Return {'seized' or 'paid': amount}"
        return by_way(self.settlements())

    def taken(self, paying=None):
        """Return ((last day caught or None, amount), ...) of creditors.

        :param paying: as for settlements()
        """
        return taken(self.settlements(paying))

    def _paying(self):
        return {}

    @classmethod
    def to_pay(cls, company):
        "Return the refunds that are owed to members"
        pool = Pool()
        Line = pool.get('account.move.line')
        Reconciliation = pool.get('account.move.reconciliation')
        table, line = cls.__table__(), Line.__table__()
        reconciliation = Reconciliation.__table__()
        # Most were paid at once, years ago
        unsettled = (table
            .join(line, condition=line.move == table.move)
            .join(reconciliation, 'LEFT',
                condition=line.reconciliation == reconciliation.id)
            .select(table.id,
                where=(table.company == company.id)
                & (table.kind == 'refund')
                & (table.state == 'done')
                # SQLite compares what it computes, not what it stores
                & (Abs(line.credit) > 0)
                & ((line.reconciliation == Null)
                    | (reconciliation.delegate_to != Null))))
        return [
            m for m in cls.search(
                [('id', 'in', unsettled)],
                order=[('date', 'ASC'), ('id', 'ASC')])
            if m.open_lines()]


class FundMovementPayment(metaclass=PoolMeta):
    __name__ = 'coop.fund.movement'

    @classmethod
    def _payments(cls, movements):
        """Return {refund: payments} that were not refused.

        For what was owed first, or for what was left of it.
        """
        Payment = Pool().get('account.payment')
        refunds = {l: m for m in movements for l in m._chain()}
        result = defaultdict(list)
        for sub in grouped_slice(sorted(l.id for l in refunds), SLICE):
            for payment in Payment.search([
                        ('line', 'in', list(sub)),
                        ('kind', '=', 'payable'),
                        ('state', '!=', 'failed'),
                        ]):
                result[refunds[payment.line]].append(payment)
        return result

    def _untouched(self):
        Payment = Pool().get('account.payment')
        return super()._untouched() and not Payment.search([
                ('line', 'in', [l.id for l in self.left_lines]),
                ('state', '!=', 'failed'),
                ], limit=1)

    def _chain(self):
        lines, found = list(self.owing_lines), []
        while lines:
            line = lines.pop()
            found.append(line)
            if line.reconciliation and line.reconciliation.delegate_to:
                lines.append(line.reconciliation.delegate_to)
        return found

    def _paying(self):
        return self._paid_by([self])

    @classmethod
    def _paid_by(cls, movements):
        "Return {refund: lines of the books that pay it, not reconciled}"
        return {
            movement: [
                l for p in payments if p.booked for l in p.clearing_move.lines
                if l.account == p.line.account and not l.reconciliation]
            for movement, payments in cls._payments(movements).items()}

    @classmethod
    def owing(cls, movements):
        "Return {refund: what nothing pays yet}, nor is about to"
        payments = cls._payments(movements)
        return {
            m: sum((l.credit - l.debit for l in m.open_lines()), ZERO)
            - sum((p.amount for p in payments[m]), ZERO)
            for m in movements}

    @classmethod
    def planned(cls, movements, date):
        """Return {payment_plan.Bill: refund} of refunds on a day.

        Papers are asked for work, not for money that is given back.
        """
        pool = Pool()
        Block = pool.get('coop.payment.block')
        Seizure = pool.get('coop.seizure')
        owing = cls.owing(movements)
        members = {m.member for m in movements}
        blocked = Block.reasons(members, date)
        seized = Seizure.seized(members)
        caught = [m for m in movements if m.member in seized]
        paid_in = cls._paid_in(caught)
        paying = cls._paid_by(caught)
        result = {}
        for movement in movements:
            if owing[movement] <= 0:
                continue
            reasons, held = blocked[movement.member]
            if any(l.blocked_by_hand for l in movement.open_lines()):
                reasons = [*reasons, gettext('coop_settlement.msg_run_line')]
            earned, had = (), ()
            if movement.member in seized:
                day = paid_in.get(movement.member, movement.date)
                earned = ((day, movement.amount),)
                had = movement.taken(paying)
            planned = payment_plan.Bill(
                (movement.date, 1, movement.id), movement.member.id,
                owing[movement], movement.date,
                settled=movement.amount - owing[movement],
                reasons=tuple(reasons), held=tuple(held), earned=earned,
                taken=had)
            result[planned] = movement
        return result

    @classmethod
    def _paid_in(cls, movements):
        "Return {member: the first day on which the fund owed them}"
        result = {}
        for contribution in cls.search([
                    ('member', 'in', list({m.member.id for m in movements})),
                    ('kind', '=', 'contribution'),
                    ('state', '=', 'done'),
                    ], order=[('date', 'ASC'), ('id', 'ASC')]):
            result.setdefault(contribution.member, contribution.date)
        return result

    @classmethod
    def reconcile_paid(cls, movements):
        "Reconcile what is owed with the payments that settle it together"
        Line = Pool().get('account.move.line')
        paying = cls._paid_by(movements)
        groups = []
        for movement in movements:
            lines = movement.open_lines() + paying.get(movement, [])
            if movement in paying and lines and not sum(
                    l.debit - l.credit for l in lines):
                groups.append(lines)
        if groups:
            Line.reconcile(*groups)
