# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the records of one company have in common"
from trytond.model import fields
from trytond.pyson import Eval
from trytond.transaction import Transaction


class CompanyMixin:
    "A record of a company, which stays its own"
    __slots__ = ()
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT',
        states={'readonly': Eval('id', -1) >= 0})

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')


class CurrencyMixin:
    "A record whose amounts are in the currency of its company"
    __slots__ = ()
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None
