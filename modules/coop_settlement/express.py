# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The express job invoiced, and paid on the spot."""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .exceptions import SettlementError

METHODS = [
    ('transfer', "Transfer, on the Invoice"),
    ('cash', "Cash"),
    ('card', "Card"),
    ('cheque', "Cheque"),
    ]


class Express(metaclass=PoolMeta):
    __name__ = 'coop.mission.express'
    payment_method = fields.Selection(
        METHODS, "Paid by", required=True, sort=False,
        states={'readonly': Eval('state') != 'draft'},
        help="What is paid on the spot is recorded with the invoice.")

    @classmethod
    def default_payment_method(cls):
        return 'transfer'

    def check(self):
        super().check()
        if self.payment_method != 'transfer':
            with without_check_access():
                self._paid_by()
                self._check_cash()

    def _check_cash(self):
        """Check that no more is paid in cash than may be.

        CMF L112-6 and D112-3: with tax, of a client who resides in France;
        the ceiling is a dated parameter, without one there is no limit.

        :raises SettlementError: when it is above
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        Parameter = pool.get('coop.parameter')
        if self.payment_method != 'cash' or not Parameter.search([
                    ('key', '=', 'cash_ceiling'),
                    ('date', '<=', self.date),
                    ], limit=1):
            return
        ceiling = Parameter.get('cash_ceiling', self.date)
        if self.total > ceiling:
            money = Lang.get().currency
            raise SettlementError(gettext(
                    'coop_settlement.msg_express_cash', job=self.rec_name,
                    total=money(self.total, self.currency),
                    ceiling=money(ceiling, self.currency)))

    def _paid_by(self):
        """Return the account.invoice.payment.method of the payment.

        :raises SettlementError: when the configuration has none
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        name = f'{self.payment_method}_method'
        method = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not method:
            pool.get('coop.settlement').raise_missing(name)
        return method

    @classmethod
    def finished(cls, jobs):
        "Invoice the jobs, and record what was paid on the spot"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('coop.settlement')
        super().finished(jobs)
        with without_check_access():
            for job in jobs:
                invoices = Settlement.invoice(
                    Settlement.search([('mission', '=', job.mission.id)]),
                    job.date, comment=job.mentions if job.private else None)
                for invoice in Invoice.browse(invoices):
                    if job.payment_method != 'transfer':
                        invoice.pay_on_the_spot(job._paid_by(), job.date)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    def pay_on_the_spot(self, method, date):
        "Record that the client has paid all of it by a payment method"
        Line = Pool().get('account.move.line')
        amount = self.amount_to_pay
        if amount <= Decimal(0):
            return
        lines = self.pay_invoice(amount, method, date, self.rec_name)
        Line.reconcile([*(
                    l for l in self.lines_to_pay if not l.reconciliation),
                *lines])
        self.process([self.__class__(self.id)])
