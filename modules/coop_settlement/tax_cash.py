# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""VAT on services is due when it is paid, thus in the period of the payment.

account_tax_cash counts it in the period of the day on which the payment is
entered; a bank statement entered in April pays in March (CGI 269-2 c). What
comes back (a bounced debit) is taken back today: what was declared stays.
"""
from collections import defaultdict
from decimal import Decimal

from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _update_tax_cash_basis(cls, invoices):
        if 'payment_date' in Transaction().context:
            super()._update_tax_cash_basis(invoices)
            return
        by_date = defaultdict(list)
        for invoice in invoices:
            by_date[invoice.cash_date()].append(invoice)
        for date, dated in by_date.items():
            context = {'payment_date': date} if date else {}
            with Transaction().set_context(**context):
                super()._update_tax_cash_basis(dated)

    def cash_date(self):
        """Return the date of the last payment, or None for today.

        None too when less is paid than was, or its period is closed.
        """
        Period = Pool().get('account.period')
        if not self.move or self._counts_less():
            return None
        credits = [l for l in self.credits_offset if not l.reconciliation]
        dates = [
            l.reconciliation.date for l in self._owed_lines()
            if l.reconciliation]
        dates += [
            l.date for l in self.payment_lines if l not in credits]
        if not dates:
            return None
        date = max(dates)
        open_ = Period.search([
                ('company', '=', self.company.id),
                ('start_date', '<=', date),
                ('end_date', '>=', date),
                ('type', '=', 'standard'),
                ('state', '=', 'open'),
                ], limit=1)
        return date if open_ else None

    def _owed_lines(self, date=None):
        """Yield the lines to pay, and those that stand for what is left.

        :param date: what was reconciled later counts for nothing
        """
        lines, seen = list(self.lines_to_pay), set()
        while lines:
            line = lines.pop()
            if line in seen:
                continue
            seen.add(line)
            yield line
            reconciliation = line.reconciliation
            if reconciliation and reconciliation.delegate_to and (
                    not date or reconciliation.date <= date):
                lines.append(reconciliation.delegate_to)

    def _counts_less(self):
        "Whether a period counts more of its VAT than is paid now"
        lines = [
            t for l in self.move.lines for t in l.tax_lines
            if t.on_cash_basis and t.type == 'tax']
        total = sum(t.amount for t in lines)
        counted = sum(t.amount for t in lines if t.period)
        paid = self.company.currency.round(total * self.cash_paid_ratio)
        return abs(counted) - abs(paid) > len(lines) * Decimal(
            1).scaleb(-self.company.currency.digits)

    @property
    def cash_paid_ratio(self):
        # account_tax_cash takes what a credit note cancels as never paid, but
        # the credit note as paid: its VAT would be given back alone
        if self.state == 'cancelled' and self.cancelled_by_credit:
            return 1
        if self.state == 'posted' and self.credits_offset:
            total = sum(l.debit - l.credit for l in self.lines_to_pay)
            return self._received() / total if total else 0
        return super().cash_paid_ratio

    def _received(self):
        "What was paid of it, but for credit notes"
        credits = self.credits_offset
        return sum((
                l.credit - l.debit for l in self.payment_lines
                if not l.reconciliation and l not in credits), Decimal(0)) + (
            sum((l.debit - l.credit for l in self.lines_to_pay), Decimal(0))
            - sum((l.debit - l.credit for l in self._owed_lines()
                    if not l.reconciliation), Decimal(0)))

    @property
    def cancelled_by_credit(self):
        "Whether a credit note cancels it, which is an invoice of its own"
        return bool(self.cancel_move) and isinstance(
            self.cancel_move.origin, self.__class__)

    def paid_by(self, date):
        """Return (total, paid) of the invoice by a date, in its currency.

        From the payments themselves, not from what the taxes say.
        """
        total = sum(
            (l.debit - l.credit for l in self.lines_to_pay), Decimal(0))
        paid = total - sum((
                l.debit - l.credit for l in self._owed_lines(date)
                if not l.reconciliation or l.reconciliation.date > date),
            Decimal(0))
        if paid != total:
            credits = self.credits_offset
            paid += sum((
                    l.credit - l.debit for l in self.payment_lines
                    if l.date <= date and l not in credits and not (
                        l.reconciliation
                        and l.reconciliation.date <= date)), Decimal(0))
        return total, paid

    def cash_taxes(self):
        """Return the amounts of its VAT on cash basis, one a line of the move.

        Credit less debit, as the proof has them.
        """
        return [
            l.credit - l.debit for l in self.move.lines
            if any(t.on_cash_basis and t.type == 'tax'
                for t in l.tax_lines)]


class TaxLine(metaclass=PoolMeta):
    __name__ = 'account.tax.line'

    @classmethod
    def update_cash_basis(cls, lines, ratio, period):
        """Count the part of VAT that is paid in a period.

        When all was counted and a payment comes back, account_tax_cash takes
        the VAT back for good: the next payment would count none. It waits
        again instead.
        """
        moves = list({l.move_line for l in lines if l.on_cash_basis})
        before = cls._cash_totals(moves)
        super().update_cash_basis(lines, ratio, period)
        missing = []
        for key, after in cls._cash_totals(moves).items():
            if after != before[key]:
                tax, type_, move_line = key
                missing.append(cls(
                        tax=tax, type=type_, move_line=move_line,
                        on_cash_basis=True, amount=before[key] - after))
        cls.save(missing)

    @classmethod
    def _cash_totals(cls, move_lines):
        "Return {(tax, type, move line): amount} on cash basis"
        result = defaultdict(Decimal)
        if not move_lines:
            return result
        for line in cls.search([
                    ('move_line', 'in', [l.id for l in move_lines]),
                    ('on_cash_basis', '=', True),
                    ]):
            result[line.tax, line.type, line.move_line] += line.amount
        return result
