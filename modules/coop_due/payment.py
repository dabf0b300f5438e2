# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The direct debit of what members owe of dues"
from trytond.i18n import gettext
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.payment import PRE_NOTIFICATION
from trytond.pool import Pool, PoolMeta
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import DueError


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def debit_due_lines(cls, members):
        """Return [(line, amount)] of what may be debited of members' dues.

        A member is debited of no more than what his credit notes and the
        payments under way leave open.
        """
        result = []
        for lines in cls.open_due_lines(members).values():
            left = sum(
                line.debit - line.credit if line.credit > line.debit
                else line.payment_amount for line in lines)
            for line in lines:
                if line.debit <= line.credit or line.payment_blocked:
                    continue
                amount = min(line.payment_amount, left)
                if amount > 0:
                    result.append((line, amount))
                    left -= amount
        return result


class DirectDebit(Wizard):
    __name__ = 'coop.due.direct_debit'
    start = StateView(
        'coop.share.direct_debit.start',
        'coop_member.share_direct_debit_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Debit", 'debit', 'tryton-ok', default=True),
            ])
    debit = StateAction('account_payment.act_payment_form')

    def default_start(self, fields):
        company = self.records[0].company
        date = today(company.id) + PRE_NOTIFICATION
        return {
            'company': company.id,
            'date': date,
            'notify_before': date - PRE_NOTIFICATION,
            }

    def do_debit(self, action):
        """Make the payments of the open dues of the selected members.

        :raises DueError: when nothing can be debited
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Payment = pool.get('account.payment')
        pool.get('account.move.line').lock(
            [l for ls in Invoice.open_due_lines(self._members()).values()
                for l in ls])
        payments = [
            Payment(
                company=self.start.company, journal=self.start.journal,
                kind='receivable', party=line.party, line=line,
                date=max(self.start.date, line.maturity_date),
                amount=amount, reference_type='creditor_reference',
                reference=line.move.origin.due_member.payment_reference)
            for line, amount in Invoice.debit_due_lines(self._members())]
        if not payments:
            raise DueError(gettext(
                    'coop_due.msg_debit_nothing',
                    member=self.records[0].rec_name))
        Payment.save(payments)
        return action, {'res_id': [p.id for p in payments]}

    def _members(self):
        return [r for r in self.records if r.company == self.start.company]


class DirectDebitSEPA(metaclass=PoolMeta):
    __name__ = 'coop.due.direct_debit'

    def _members(self):
        "Those who signed a mandate, where the journal asks for one"
        Mandate = Pool().get('account.payment.sepa.mandate')
        members = super()._members()
        if self.start.journal.process_method != 'sepa':
            return members
        valid = {
            m.party for m in Mandate.search([
                    ('party', 'in', [m.party.id for m in members]),
                    ('state', '=', 'validated'),
                    ]) if m.is_valid}
        return [m for m in members if m.party in valid]

    def do_debit(self, action):
        Payment = Pool().get('account.payment')
        action, data = super().do_debit(action)
        if self.start.notify:
            Payment.notify([
                    p for p in Payment.browse(data['res_id'])
                    if p.process_method == 'sepa'])
        return action, data


class PaymentSEPA(metaclass=PoolMeta):
    __name__ = 'account.payment'

    def _notice_purpose(self):
        invoice = self._due_invoice()
        if invoice:
            return gettext(
                'coop_due.msg_debit_dues', invoice=invoice.number)
        return super()._notice_purpose()

    @property
    def notice_needed(self):
        return super().notice_needed or bool(
            self.kind == 'receivable' and self.process_method == 'sepa'
            and self._due_invoice())

    def _due_invoice(self):
        "Return the invoice of dues that is debited, or None"
        Invoice = Pool().get('account.invoice')
        origin = self.line.move.origin if self.line else None
        if isinstance(origin, Invoice) and origin.due_member:
            return origin
