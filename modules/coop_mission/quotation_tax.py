# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The VAT of a quotation, by which a client who recovers none compares.

The cooperative invoices the client: the tax is its own, in force from a date
as its contribution is, and changed by the tax rule of the client.
"""
from decimal import Decimal

from trytond.model import fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


def tax_field(help, **attributes):
    "Return the field of a tax of sales"
    return fields.Many2One(
        'account.tax', "VAT", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('parent', '=', None),
            ['OR',
                ('group', '=', None),
                ('group.kind', 'in', ['sale', 'both']),
                ],
            ], help=help, **attributes)


class Rate(metaclass=PoolMeta):
    __name__ = 'coop.mission.rate'
    tax = tax_field("Of the price of the client; empty when none is due.")


class Quotation(metaclass=PoolMeta):
    __name__ = 'coop.mission.quotation'
    tax = tax_field(
        "Empty when none is due.",
        states={'readonly': Eval('state') != 'draft'})
    tax_amount = fields.Function(Monetary(
            "VAT Amount", currency='currency', digits='currency'),
        'get_tax_amounts')
    total = fields.Function(Monetary(
            "Price with VAT", currency='currency', digits='currency'),
        'get_tax_amounts')

    @classmethod
    def default_tax(cls):
        Rate = Pool().get('coop.mission.rate')
        company, date = cls.default_company(), cls.default_date()
        if company and date:
            rates = Rate.search([
                    ('company', '=', company),
                    ('date', '<=', date),
                    ], order=[('date', 'DESC')], limit=1)
            if rates and rates[0].tax:
                return rates[0].tax.id

    @fields.depends('demand', 'tax', '_parent_demand.client')
    def on_change_demand(self):
        super().on_change_demand()
        client = self.demand.client if self.demand else None
        rule = client.customer_tax_rule if client else None
        if rule and self.tax:
            taxes = rule.apply(self.tax, {})
            self.tax = taxes[0] if taxes else None

    @classmethod
    def get_tax_amounts(cls, quotations, names):
        Tax = Pool().get('account.tax')
        result = {name: {} for name in names}
        for quotation in quotations:
            taxes = [quotation.tax] if quotation.tax else []
            amount = sum((
                    quotation.currency.round(line['amount'])
                    for line in Tax.compute(
                        taxes, quotation.amount, 1, quotation.date)),
                Decimal(0))
            for name, value in [
                    ('tax_amount', amount),
                    ('total', quotation.amount + amount)]:
                if name in result:
                    result[name][quotation.id] = value
        return result
