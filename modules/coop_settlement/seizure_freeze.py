# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What creditors have seized leaves by the payment run alone.

While a member is seized, the lines by which bills and refunds are owed to them
are blocked for payments made by hand. The run knows what is seized of them,
and pays them nonetheless. The block tells it on the line; what is refused is
asked of the seizures, as anybody may unblock a line.
"""
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice

from .bill import SLICE
from .exceptions_out import SeizureError


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'
    frozen = fields.Boolean("Frozen by a Seizure", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude.add('frozen')

    @classmethod
    def default_frozen(cls):
        return False

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default else {}
        default.setdefault('frozen')
        return super().copy(lines, default=default)

    @property
    def blocked_by_hand(self):
        "Whether somebody wants it not to be paid, rather than a seizure"
        return self.payment_blocked and not self.frozen

    @classmethod
    def freeze(cls, lines):
        "Block lines that can be paid, and delete the drafts of payments"
        lines = [
            l for l in lines if l.credit > l.debit and not l.payment_blocked]
        if lines:
            cls.payment_block(lines)
            cls.write(lines, {'frozen': True})

    @classmethod
    def thaw(cls, lines):
        "Free those of lines that seizures had blocked"
        lines = [l for l in lines if l.frozen]
        if lines:
            cls.payment_unblock(lines)

    @classmethod
    @ModelView.button
    def payment_unblock(cls, lines):
        "What is blocked again after that is so by hand"
        super().payment_unblock(lines)
        cls.write(lines, {'frozen': False})

    @classmethod
    def reconcile(cls, *lines_list, delegate_to=None, **options):
        "What is left of a line that somebody has blocked is blocked too"
        blocked = delegate_to and delegate_to.credit > delegate_to.debit and (
            any(l.blocked_by_hand and l.credit > l.debit
                and l.account == delegate_to.account
                and l.party == delegate_to.party
                for lines in lines_list for l in lines))
        result = super().reconcile(
            *lines_list, delegate_to=delegate_to, **options)
        if blocked:
            cls.payment_block([delegate_to])
        return result


class Seizure(metaclass=PoolMeta):
    __name__ = 'coop.seizure'

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, seizures):
        """Freeze what is owed from now on.

        :raises SeizureError: while a payment to the member is not sent
        """
        pool = Pool()
        # No run takes it for free meanwhile, and no bill is new
        for name in [
                'coop.payment.run', 'coop.bill', 'coop.fund.movement']:
            pool.get(name).lock()
        seizures = cls.browse(seizures)
        for seizure in seizures:
            seizure._check_paying()
        super().activate(seizures)
        cls.freeze({s.member for s in seizures})

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, seizures):
        "It was paid, or lifted: what is kept is free again"
        super().end(seizures)
        cls.freeze({s.member for s in seizures})

    def _check_paying(self):
        Payment = Pool().get('account.payment')
        lines = self._owed([self.member])[self.member]
        payments = Payment.search([
                ('line', 'in', [l.id for l in lines]),
                ('state', 'in', ['submitted', 'approved']),
                ], limit=1)
        if payments:
            self._raise('paying', member=self.member.rec_name,
                payment=payments[0].rec_name)

    @classmethod
    def _owed(cls, members):
        "Return {member: open lines by which bills and refunds are owed}"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Movement = pool.get('coop.fund.movement')
        ids = [m.id for m in members]
        result = {m: [] for m in members}
        for owed in [
                *Bill.search([
                        ('member', 'in', ids), ('state', '=', 'accepted')]),
                *Movement.search([
                        ('member', 'in', ids), ('kind', '=', 'refund'),
                        ('state', '=', 'done'), ('move', '!=', None)])]:
            result[owed.member] += owed.open_lines()
        return result

    @classmethod
    def freeze(cls, members):
        "Block what is owed to those of members who are seized, free the rest"
        Line = Pool().get('account.move.line')
        members = set(members)
        if not members:
            return
        owed = cls._owed(members)
        seized = cls.seized(members)
        Line.freeze([l for m in members & seized for l in owed[m]])
        Line.thaw([l for m in members - seized for l in owed[m]])


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def post(cls, bills):
        super().post(bills)
        pool = Pool()
        Line = pool.get('account.move.line')
        Seizure = pool.get('coop.seizure')
        seized = Seizure.seized({b.member for b in bills})
        Line.freeze([
                l for b in cls.browse(bills) if b.member in seized
                for l in b.open_lines()])

    @classmethod
    def set_off(cls, bills):
        "What credit notes leave of other bills is on other lines"
        super().set_off(bills)
        Seizure = Pool().get('coop.seizure')
        Seizure.freeze(Seizure.seized({b.member for b in bills}))

    @classmethod
    def unpaid(cls, bills):
        "What comes back may have been seized, or freed, since it was paid"
        super().unpaid(bills)
        Pool().get('coop.seizure').freeze({b.member for b in bills})


class FundMovement(metaclass=PoolMeta):
    __name__ = 'coop.fund.movement'

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, movements):
        super().do(movements)
        Seizure = Pool().get('coop.seizure')
        Seizure.freeze(Seizure.seized({
                    m.member for m in movements if m.kind == 'refund'}))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, movements):
        super().cancel(movements)
        Seizure = Pool().get('coop.seizure')
        Seizure.freeze(Seizure.seized({
                    m.member for m in movements if m.member}))


class PaymentRun(metaclass=PoolMeta):
    __name__ = 'coop.payment.run'

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    def approve(cls, runs):
        super().approve(runs)
        cls._freeze(runs)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, runs):
        super().cancel(runs)
        cls._freeze(runs)

    @classmethod
    def _freeze(cls, runs):
        "What is left of a debt is on other lines, and a claim may be paid"
        Seizure = Pool().get('coop.seizure')
        Seizure.freeze({
                l.member for r in cls.browse(runs) for l in r.lines
                if l.seized or l.kept})


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, payments):
        """Submit payments.

        :raises SeizureError: for what is seized, unless a run pays it
        """
        pool = Pool()
        Run = pool.get('coop.payment.run')
        Seizure = pool.get('coop.seizure')
        members = cls._members([
                p for p in payments if not isinstance(p.origin, Run)])
        seized = Seizure.seized(set(members.values()))
        for payment, member in members.items():
            if member in seized:
                raise SeizureError(gettext(
                        'coop_settlement.msg_seizure_frozen',
                        party=payment.party.rec_name,
                        line=payment.line.rec_name,
                        payment=payment.rec_name))
        super().submit(payments)

    @classmethod
    @ModelView.button
    @Workflow.transition('failed')
    def fail(cls, payments):
        "What comes back may have been seized, or freed, since it was paid"
        super().fail(payments)
        Pool().get('coop.seizure').freeze(
            cls._members(cls.browse(payments)).values())

    @classmethod
    def _members(cls, payments):
        "Return {payment: member} of those for bills and refunds"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Movement = pool.get('coop.fund.movement')
        result, by_invoice = {}, defaultdict(list)
        for payment in payments:
            owed = cls._owed(payment.line)
            if isinstance(owed, Movement):
                result[payment] = owed.member
            elif owed:
                by_invoice[owed.id].append(payment)
        for sub in grouped_slice(sorted(by_invoice), SLICE):
            for bill in Bill.search([('invoice', 'in', list(sub))]):
                for payment in by_invoice[bill.invoice.id]:
                    result[payment] = bill.member
        return result
