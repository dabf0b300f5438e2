# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a dispute ends in, done in the accounts."""
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import SettlementError
from .split import share_out

ZERO = Decimal(0)


class Dispute(metaclass=PoolMeta):
    __name__ = 'coop.dispute'

    @classmethod
    def executed(cls, disputes):
        super().executed(disputes)
        for dispute in disputes:
            if dispute.outcome == 'credit':
                dispute.credit_client()
                dispute.credit_members()

    def credit_client(self):
        """Credit the client of the mission, by posted credit notes.

        One for each invoice that is corrected, which it names (CGI 289 I-5),
        at its rates of VAT: those that are unpaid first, the oldest of them,
        and are settled by it; then what the client has paid.

        :return: the account.invoice
        :raises SettlementError: when the client was not invoiced as much
        """
        Invoice = Pool().get('account.invoice')
        mission, date = self.mission, today(self.company.id)
        amount = Decimal(self.credit_amount or ZERO)
        if amount > mission.invoiced_amount():
            raise SettlementError(gettext(
                    'coop_settlement.msg_dispute_credit',
                    dispute=self.rec_name, mission=mission.rec_name))
        credits = []
        for invoice, part, open_ in mission.to_credit(amount):
            credit = self._credit(invoice, part, date)
            credits.append(credit)
            if open_:
                Invoice.offset(invoice, credit)
        return credits

    def _credit(self, invoice, amount, date):
        "Return the posted credit note of an amount of an invoice, untaxed"
        Invoice = Pool().get('account.invoice')
        mission = self.mission
        credit = mission.client_invoice(date)
        credit.payment_term_date = date
        credit.corrects = invoice
        credit.description = self.rec_name
        lang = mail.language(invoice.party, self.company)
        credit.comment = gettext(
            'coop_settlement.msg_dispute_corrects', lang.code,
            number=invoice.number, date=lang.strftime(invoice.invoice_date))
        credit.save()
        line = mission.client_line(
            credit, mission.settlement_account('revenue_account'), amount,
            self.rec_name, origin=mission)
        line.quantity = -1
        line.taxes = list(invoice.credited_taxes)
        line.save()
        Invoice.post_missions([Invoice(credit.id)])
        return Invoice(credit.id)

    def credit_members(self):
        "Have members bear what was settled, on their next bills"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Settlement = pool.get('coop.settlement')
        amount = Decimal(self.member_amount or ZERO)
        if not amount:
            return None
        domain = [
            ('settlement.mission', '=', self.mission.id),
            ('settlement.state', 'in', ['confirmed', 'invoiced']),
            ('kind', '=', 'work'),
            ('credits', '=', None),
            ('credited_by', '=', None),
            ]
        if self.member:
            domain.append(('member', '=', self.member.id))
        lines = Line.search(domain, order=[('id', 'ASC')])
        if not lines:
            return None
        settlement = Settlement._of_mission(
            self.mission, today(self.company.id))
        settlement.description = self.rec_name
        parts = share_out(
            amount, [l.amount for l in lines], settlement._unit)
        Settlement.save([settlement])
        # By the VAT status of the service that is corrected
        Line.save([
                settlement._own(
                    'credit', -part, line.member, date=line.date,
                    description=self.rec_name)
                for line, part in zip(lines, parts)])
        Settlement.confirm([settlement])
        return settlement


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    def invoiced_amount(self):
        "Return what the client was invoiced of it, less credits, without tax"
        Invoice = Pool().get('account.invoice')
        invoices = Invoice.search([
                ('mission', '=', self.id),
                ('state', 'in', ['posted', 'paid', 'cancelled'])])
        return sum((
                i.untaxed_amount for i in invoices
                if i.state != 'cancelled' or i.cancelled_by_credit), ZERO)

    def to_credit(self, amount):
        """Return [(invoice, amount, whether it is unpaid)] to be credited.

        :param amount: Decimal without tax, of which there is as much
        """
        invoices = Pool().get('account.invoice').search([
                ('mission', '=', self.id),
                ('state', 'in', ['posted', 'paid']),
                ], order=[('invoice_date', 'ASC'), ('id', 'ASC')])
        invoices = [i for i in invoices if i.untaxed_amount > 0]
        result, left = [], {i: i.not_credited for i in invoices}
        for open_ in [True, False]:
            for invoice in invoices:
                part = min(amount, left[invoice])
                if open_:
                    part = min(part, invoice.open_untaxed)
                if part > 0:
                    result.append((invoice, part, open_))
                    left[invoice] -= part
                    amount -= part
        return result

    @classmethod
    def undispute(cls, missions):
        super().undispute(missions)
        cls.follow_payment(missions)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    corrects = fields.Many2One(
        'account.invoice', "Corrects", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('corrects')},
        help="The invoice of which a dispute ended in this credit note.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.corrects, Index.Equality()),
                where=t.corrects != Null))

    @classmethod
    def copy(cls, invoices, default=None):
        default = default.copy() if default else {}
        default.setdefault('corrects')
        return super().copy(invoices, default=default)

    @property
    def not_credited(self):
        "What of it, without tax, no dispute has credited yet"
        return self.untaxed_amount + sum((
                i.untaxed_amount for i in self.search([
                        ('corrects', '=', self.id),
                        ('state', 'in', ['posted', 'paid'])])), ZERO)

    @property
    def open_untaxed(self):
        "The most, without tax, of which the total is no more than is unpaid"
        if self.state != 'posted' or self.amount_to_pay <= 0:
            return ZERO
        unit = Decimal(1).scaleb(-self.currency.digits)
        amount = self.currency.round(
            self.amount_to_pay * self.untaxed_amount / self.total_amount)
        while amount > 0 and self._taxed_total(amount) > self.amount_to_pay:
            amount -= unit
        return amount

    def _taxed_total(self, amount):
        Tax = Pool().get('account.tax')
        return amount + sum((
                self.currency.round(t['amount']) for t in Tax.compute(
                    self.credited_taxes, amount, 1, self.invoice_date)), ZERO)

    @property
    def credited_taxes(self):
        "The taxes of what was sold by it"
        return next((
                l.taxes for l in self.lines
                if l.type == 'line' and l.amount > 0), ())

    @property
    def credits_offset(self):
        """The lines of credit notes among what settles it.

        They pay nothing: their own VAT is taken back as that of the invoice
        becomes due, once all is settled.
        """
        return [
            l for l in self.payment_lines
            if isinstance(l.move.origin, self.__class__)
            and l.move.origin.corrects]

    @classmethod
    def offset(cls, invoice, credit):
        "Settle an invoice, or a part of it, by a credit note"
        Line = Pool().get('account.move.line')
        left, = [l for l in credit.lines_to_pay if not l.reconciliation]
        if invoice.amount_to_pay == left.credit - left.debit:
            Line.reconcile([left, *(
                        l for l in [
                            *invoice.lines_to_pay, *invoice.payment_lines]
                        if not l.reconciliation)])
        else:
            cls.add_payment_lines({invoice: [left]})
