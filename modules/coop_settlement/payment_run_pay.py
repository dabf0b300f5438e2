# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The payment run once it is prepared: approved, sent, and cleared"
import datetime as dt
import hashlib
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.account.exceptions import AccountMissing
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .payment_fixed import by_run
from .taking_back import take_back


class PaymentRun(metaclass=PoolMeta):
    __name__ = 'coop.payment.run'

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    def approve(cls, runs):
        """Make the payments of runs, once.

        :raises PaymentRunError: for who prepared it, when it is above the
            ceiling, and when things are no more as they were then
        """
        cls.lock()
        Payment = Pool().get('account.payment')
        runs = [r for r in cls.browse(runs) if r.state == 'prepared']
        for run in runs:
            run._check_other_person()
            run._check_unchanged()
            payments = run._pay()
            if not payments:
                run._raise('nothing')
            Payment.save(payments)
            with Transaction().set_context(_skip_warnings=True):
                Payment.submit(payments)
                Payment.approve(payments)
            run._note_advances()
            run.approved_by = Transaction().user or None
            run.approved_at = dt.datetime.now()
        cls.save(runs)

    def _check_other_person(self):
        Configuration = Pool().get('coop.configuration')
        ceiling = Configuration(1).get_multivalue(
            'payment_ceiling', company=self.company.id)
        user = Transaction().user
        total = self.total + self.seized
        if (ceiling is None or total > ceiling) and (
                not user or self.prepared_by and self.prepared_by.id == user):
            self._raise('same_person')

    def _check_unchanged(self):
        Fund = Pool().get('coop.fund.movement')
        Line = Pool().get('coop.payment.run.line')
        now = [
            Line(run=self, **row).key()
            for row in self.plan(Fund.fund(self.company))]
        if sorted(now) != sorted(l.key() for l in self.lines):
            self._raise('changed')

    def _pay(self):
        "Give creditors what they seized, and return the unsaved payments"
        payments = []
        for line in self.lines:
            if not line.amount:
                continue
            open_lines = line.owed.open_lines()
            if line.seized:
                creditors, open_lines = line.pass_on(open_lines)
                payments += [
                    self._payment(l, l.credit, l.origin.reference)
                    for l in creditors]
            left = line.net
            for owed in open_lines:
                amount = min(left, owed.credit - owed.debit)
                if amount > 0:
                    left -= amount
                    payments.append(
                        self._payment(owed, amount, line.owed.rec_name))
        return payments

    def _payment(self, line, amount, reference):
        Payment = Pool().get('account.payment')
        return Payment(
            company=self.company, journal=self.journal, kind='payable',
            party=line.party, line=line, amount=amount, date=self.date,
            reference=reference, origin=self)

    def _note_advances(self):
        Advance = Pool().get('coop.fund.advance')
        Advance.create([{
                    'company': self.company.id, 'bill': line.bill.id,
                    'member': line.member.id, 'client': part.client.id,
                    'date': self.date, 'amount': part.amount,
                    'run_line': line.id}
                for line in self.lines for part in line.parts
                if part.client])

    @classmethod
    @ModelView.button
    @Workflow.transition('sent')
    def send(cls, runs):
        "Make the file of transfers, and show what the bank shall show"
        pool = Pool()
        Payment = pool.get('account.payment')
        cls.lock()
        for run in cls.browse(runs):
            if run.state != 'approved':
                continue
            run.check_payments()
            payments = list(run.payments)
            with by_run(), Transaction().set_context(_skip_warnings=True):
                run.group = Payment.process(payments, run._group)
            run.message_total = sum(p.amount for p in payments)
            run.message_hash = run._hash()
            run.save()

    def _group(self):
        Group = Pool().get('account.payment.group')
        group = Group(
            company=self.company, journal=self.journal, kind='payable')
        group.save()
        return group

    def _hash(self):
        "Return the hash of the file that was made, if there is one"
        messages = getattr(self.group, 'sepa_messages', None)
        if not messages:
            return None
        message = messages[0].message
        if isinstance(message, str):
            message = message.encode()
        return hashlib.sha256(message).hexdigest()

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, runs):
        "Pay nobody: what was approved and not sent is taken back"
        pool = Pool()
        Advance = pool.get('coop.fund.advance')
        Payment = pool.get('account.payment')
        cls.lock()
        runs = cls.browse(runs)
        payments = [
            p for r in runs if r.state == 'approved' for p in r.payments]
        with by_run():
            Payment.draft(payments)
        Payment.delete(payments)
        for run in runs:
            run._take_back()
        Advance.write(Advance.search([
                    ('run_line.run', 'in', [r.id for r in runs])]),
            {'cancelled': True})

    def _take_back(self):
        "Cancel what was passed on to creditors: it is owed the member again"
        Move = Pool().get('account.move')
        for move in Move.search([('origin', '=', str(self))]):
            take_back(move)

    def payout_journal(self):
        """Return the journal of entries between members and creditors.

        :raises AccountMissing: when there is none
        """
        Configuration = Pool().get('coop.configuration')
        journal = Configuration(1).get_multivalue(
            'payout_journal', company=self.company.id)
        if not journal:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__('payout_journal')))
        return journal


class PaymentRunLine(metaclass=PoolMeta):
    __name__ = 'coop.payment.run.line'

    def pass_on(self, open_lines):
        """Post what creditors get of what is owed; 4011 to 467.

        :return: the lines of the creditors, and those still owed the member
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        Seizure = pool.get('coop.seizure')
        run = self.run
        account = Seizure.account(run.company)
        owed = next(
            (l for l in open_lines if l.credit - l.debit >= self.seized),
            None)
        if not owed:
            run._raise('seized', bill=self.owed.rec_name)
        rest = owed.credit - owed.debit - self.seized
        lines = [Line(
                account=owed.account, party=owed.party,
                debit=owed.credit - owed.debit, credit=0,
                maturity_date=owed.maturity_date)]
        if rest:
            lines.append(Line(
                    account=owed.account, party=owed.party, debit=0,
                    credit=rest, maturity_date=owed.maturity_date))
        for part in self.parts:
            if part.seizure:
                lines.append(Line(
                        account=account, party=part.seizure.creditor,
                        debit=0, credit=part.amount, maturity_date=run.date,
                        origin=part.seizure))
        date = Move.first_open_day(run.company, run.date)
        move = Move(
            company=run.company, journal=run.payout_journal(), date=date,
            period=Period.find(run.company, date=date), origin=run,
            description=self.owed.rec_name, lines=lines)
        move.save()
        Move.post([move])
        creditors = [l for l in move.lines if l.account == account]
        left = [
            l for l in move.lines if l.account == owed.account and l.credit]
        settling = next(
            l for l in move.lines if l.account == owed.account and l.debit)
        Line.reconcile(
            [owed, settling], delegate_to=left[0] if left else None)
        # What was kept of it may be all that was left to pay
        self.owed.__class__.reconcile_paid([self.owed])
        return creditors, left + [l for l in open_lines if l != owed]


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.payment.run']

    @property
    def booked(self):
        "Whether the books know of it already"
        return False

    @classmethod
    @ModelView.button
    @Workflow.transition('failed')
    def fail(cls, payments):
        "What did not arrive was not advanced"
        pool = Pool()
        Advance = pool.get('coop.fund.advance')
        Bill = pool.get('coop.bill')
        Invoice = pool.get('account.invoice')
        Run = pool.get('coop.payment.run')
        super().fail(payments)
        by_run = defaultdict(set)
        for payment in payments:
            if isinstance(payment.origin, Run) and payment.line:
                origin = cls._owed(payment.line)
                if isinstance(origin, Invoice):
                    by_run[payment.origin.id].add(origin.id)
        for run, invoices in by_run.items():
            bills = Bill.search([('invoice', 'in', list(invoices))])
            Advance.write(Advance.search([
                        ('run_line.run', '=', run),
                        ('bill', 'in', [b.id for b in bills]),
                        ]), {'cancelled': True})

    @classmethod
    def _owed(cls, line):
        """Return the invoice or the refund that a line is owed for, or None.

        What is left of a line stands for it: it is found through those that
        it was delegated from.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Movement = pool.get('coop.fund.movement')
        seen = set()
        while line and line not in seen:
            seen.add(line)
            origin = line.move.origin
            if isinstance(origin, Invoice) or (
                    isinstance(origin, Movement) and origin.kind == 'refund'):
                return origin
            line = next((
                    l for r in line.reconciliations_delegated
                    for l in r.lines
                    if l.account == line.account and l.credit), None)


class PaymentClearing(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @property
    def booked(self):
        return bool(self.clearing_move)

    @classmethod
    @ModelView.button
    @Workflow.transition('succeeded')
    def succeed(cls, payments):
        "Bills paid in several parts are settled when the last one is paid"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        Movement = pool.get('coop.fund.movement')
        Run = pool.get('coop.payment.run')
        super().succeed(payments)
        paying, refunds = defaultdict(list), []
        for payment in cls.browse(payments):
            if not (isinstance(payment.origin, Run) and payment.line
                    and payment.clearing_move):
                continue
            if payment.clearing_move.state == 'draft':
                Move.post([payment.clearing_move])
            if payment.line.reconciliation:
                continue
            origin = cls._owed(payment.line)
            if isinstance(origin, Movement):
                refunds.append(origin)
            elif origin:
                paying[origin] += [
                    l for l in payment.clearing_move.lines
                    if l.account == payment.line.account]
        if paying:
            Invoice.add_payment_lines(paying)
            Bill.reconcile_paid(Bill.search([
                        ('invoice', 'in', [i.id for i in paying])]))
        Movement.reconcile_paid(list(dict.fromkeys(refunds)))


class FundAdvance(metaclass=PoolMeta):
    __name__ = 'coop.fund.advance'
    run_line = fields.Many2One(
        'coop.payment.run.line', "Line of the Run", readonly=True,
        ondelete='RESTRICT')


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.payment.run']
