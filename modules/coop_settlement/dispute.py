# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a dispute ends in, done in the accounts."""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta

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
        """Credit the client of the mission, by a posted credit note.

        At the rate of VAT of the mission; what is unpaid of its invoices is
        settled by it.

        :raises SettlementError: when the client was not invoiced as much
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        mission, date = self.mission, today(self.company.id)
        amount = Decimal(self.credit_amount or ZERO)
        if amount > mission.invoiced_amount():
            raise SettlementError(gettext(
                    'coop_settlement.msg_dispute_credit',
                    dispute=self.rec_name, mission=mission.rec_name))
        credit = mission.client_invoice(date)
        credit.payment_term_date, credit.comment = date, None
        credit.description = self.rec_name
        credit.save()
        line = mission.client_line(
            credit, mission.settlement_account('revenue_account'), amount,
            self.rec_name, origin=mission)
        line.quantity = -1
        line.save()
        Invoice.post_missions([Invoice(credit.id)])
        Invoice.offset(mission, Invoice(credit.id))
        return credit

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
        Line.save([
                settlement._own(
                    'credit', -part, line.member, description=self.rec_name)
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

    @classmethod
    def undispute(cls, missions):
        super().undispute(missions)
        cls.follow_payment(missions)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def offset(cls, mission, credit):
        "Pay the invoices of a mission, the oldest first, by a credit note"
        Line = Pool().get('account.move.line')
        left, = [l for l in credit.lines_to_pay if not l.reconciliation]
        amount = left.credit - left.debit
        for invoice in cls.search([
                    ('mission', '=', mission.id),
                    ('state', '=', 'posted'),
                    ('id', '!=', credit.id),
                    ], order=[('invoice_date', 'ASC'), ('id', 'ASC')]):
            if invoice.amount_to_pay == amount:
                Line.reconcile([left, *(
                            l for l in [
                                *invoice.lines_to_pay,
                                *invoice.payment_lines]
                            if not l.reconciliation)])
                return
            if invoice.amount_to_pay > amount:
                cls.add_payment_lines({invoice: [left]})
                return
