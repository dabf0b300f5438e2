# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bills of members as supplier invoices, and what pays them.

611 for work and costs, 6222 for referrals, each with the tax of the member's
VAT status at the date of service, to 4011. Nothing but the invoice is a second
truth: a bill is paid when its invoice is.
"""
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView
from trytond.modules.account.exceptions import AccountMissing
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .bill import SLICE
from .bill_settled import open_lines

ZERO = Decimal(0)


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def make_invoices(cls, bills):
        """Make the invoices of bills, not posted yet.

        :raises VatStatusError: when a VAT status is not known at the date
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        statuses = cls._statuses(bills)
        invoices = [bill._invoice(statuses) for bill in bills]
        for sub in grouped_slice(invoices, SLICE):
            sub = list(sub)
            Invoice.save(sub)
            Invoice.update_taxes(sub)
        for bill, invoice in zip(bills, invoices):
            bill.invoice = invoice
        cls.save(bills)

    @classmethod
    def _statuses(cls, bills):
        "Return {(member, date of service): its VAT status}"
        VatStatus = Pool().get('coop.vat.status')
        by_date = defaultdict(set)
        for bill in bills:
            for line in bill.lines:
                by_date[line.date].add(bill.member)
        result = {}
        for date, members in by_date.items():
            for member, status in VatStatus.at(list(members), date).items():
                result[member, date] = (
                    status or VatStatus.required(member, date))
        return result

    def _invoice(self, statuses):
        Invoice = Pool().get('account.invoice')
        party = self.member.party
        address = party.address_get(type='invoice')
        if not address:
            self._raise('address', member=self.member.rec_name)
        account = party.account_payable_used
        if not account:
            self._raise('payable', member=self.member.rec_name)
        invoice = Invoice(
            company=self.company, type='in', party=party,
            invoice_address=address, currency=self.currency,
            account=account, invoice_date=self.date,
            payment_term_date=self.due_date, reference=self.number,
            description=gettext(
                'coop_settlement.msg_bill_description',
                number=self.number, member=self.member.rec_name))
        invoice.set_journal()
        # The lines that the status of the day has on receipts are deducted
        # when they are paid (CGI 269-2 c, 271 I-2)
        groups = {
            tax.group for line in self.lines
            for tax in self._status(line, statuses).taxes(line.kind)
            if self._status(line, statuses).on_receipts and tax.group}
        invoice.tax_group_on_cash_basis = list(groups)
        invoice.lines = [
            self._invoice_line(line, statuses) for line in self.lines]
        return invoice

    def _status(self, line, statuses):
        return statuses[self.member, line.date]

    def _invoice_line(self, line, statuses):
        Line = Pool().get('account.invoice.line')
        return Line(
            company=self.company, type='line', invoice_type='in',
            currency=self.currency, party=None,
            account=self._account(line), quantity=1,
            unit_price=line.amount, origin=line,
            description=line.told(self),
            taxes=self._status(line, statuses).taxes(line.kind))

    def _account(self, line):
        Configuration = Pool().get('coop.configuration')
        name = (
            'referral_account' if line.kind == 'referral' else 'work_account')
        account = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not account:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__(name)))
        return account

    @classmethod
    def post(cls, bills):
        "Post the invoices of accepted bills, and let them pay shares"
        Invoice = Pool().get('account.invoice')
        cls._date_invoices(bills)
        for sub in grouped_slice([b.invoice for b in bills], SLICE):
            # The number of the bill is what tells one from another
            with Transaction().set_context(_skip_warnings=True):
                Invoice.post(list(sub))
        cls.set_off(bills)
        cls.withhold([b for b in bills if not b.credit])

    @classmethod
    def reconcile_paid(cls, bills):
        "Reconcile what is owed for bills with the payments that settle it"
        Line = Pool().get('account.move.line')
        groups = []
        for bill in bills:
            lines = bill.open_lines()
            paying = [
                l for l in bill.invoice.payment_lines if not l.reconciliation]
            if lines and paying and not sum(
                    l.debit - l.credit for l in lines + paying):
                groups.append(lines + paying)
        if groups:
            Line.reconcile(*groups)

    @classmethod
    def _date_invoices(cls, bills):
        "A month may be closed when its bills are accepted"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        days, invoices = {}, []
        for bill in bills:
            key = bill.company, bill.date
            if key not in days:
                days[key] = Move.first_open_day(*key)
            if days[key] != bill.date:
                bill.invoice.accounting_date = days[key]
                invoices.append(bill.invoice)
        Invoice.save(invoices)

    @classmethod
    def withhold(cls, bills):
        """Let bills pay shares that their members have subscribed.

        It pays the bill and does not lessen it. A creditor who has seized
        what the member is owed comes first.
        """
        pool = Pool()
        Retention = pool.get('coop.share.retention')
        Seizure = pool.get('coop.seizure')
        members = {b.member for b in bills}
        members &= Retention.gathering(members)
        members -= Seizure.seized(members)
        for bill in bills:
            if bill.member not in members:
                continue
            for line in bill.open_lines():
                Retention.withhold(
                    bill.member.party, bill.company,
                    line.credit - line.debit, bill.date, line)

    def open_lines(self):
        "Return the lines by which the bill is owed that nothing settles yet"
        return open_lines(self.invoice.lines_to_pay)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @property
    def cash_paid_ratio(self):
        """What part of the invoice is paid.

        What is left of a line that was paid in part goes on another line, to
        which the reconciliation delegates: it is not paid yet. Nor does a
        credit note pay.
        """
        if self.state != 'posted' or self.credits_offset or not any(
                l.reconciliation and l.reconciliation.delegate_to
                for l in self.lines_to_pay):
            return super().cash_paid_ratio
        amount = sum(l.debit - l.credit for l in self.lines_to_pay)
        left, lines, seen = ZERO, list(self.lines_to_pay), set()
        while lines:
            line = lines.pop()
            if line in seen:
                continue
            seen.add(line)
            if not line.reconciliation:
                left += line.debit - line.credit
            elif line.reconciliation.delegate_to:
                lines.append(line.reconciliation.delegate_to)
        left += sum(
            l.debit - l.credit for l in self.payment_lines
            if not l.reconciliation)
        if not amount:
            return 0
        return min(max(1 - left / amount, 0), 1)

    @classmethod
    @ModelView.button
    def process(cls, invoices):
        "Bills follow their invoices"
        super().process(invoices)
        Bill = Pool().get('coop.bill')
        bills = []
        for sub in grouped_slice(list(invoices), SLICE):
            bills += Bill.search([('invoice', 'in', [i.id for i in sub])])
        paid = [
            b for b in bills
            if b.state == 'accepted' and b.invoice.state == 'paid']
        unpaid = [
            b for b in bills
            if b.state == 'paid' and b.invoice.state == 'posted']
        if paid:
            Bill.paid(paid)
        if unpaid:
            Bill.unpaid(unpaid)


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.settlement.line']
