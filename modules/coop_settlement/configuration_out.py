# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The accounts and limits by which members are paid"
from decimal import Decimal

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

# name: (label, further domain)
ACCOUNTS = {
    'fund_account': ("Account of the Mutual Fund", [
            ('party_required', '=', True)]),
    'seizure_account': ("Account of Creditors of Members", [
            ('party_required', '=', True), ('type.payable', '=', True)]),
    'accrued_account': ("Account of Bills to Receive", [
            ('party_required', '=', True)]),
    'accrued_tax_account': ("Account of VAT on Bills to Receive", [
            ('party_required', '=', False)]),
    'unbilled_account': ("Account of Invoices to Issue", [
            ('party_required', '=', True)]),
    'unbilled_tax_account': ("Account of VAT on Invoices to Issue", [
            ('party_required', '=', False)]),
    }
JOURNALS = {
    'payout_journal': "Journal of Payments of Members",
    'year_end_journal': "Journal of the Year End",
    }
FIELDS = {'payment_ceiling', 'guarantee_days', 'fund_share', 'run_days'}


def _account(name, company, **attributes):
    label, domain = ACCOUNTS[name]
    return fields.Many2One(
        'account.account', label, ondelete='RESTRICT',
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ('type', '!=', None),
            *domain,
            ], **attributes)


def _journal(name):
    return fields.Many2One(
        'account.journal', JOURNALS[name], ondelete='RESTRICT')


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    payment_ceiling = fields.MultiValue(fields.Numeric(
            "Approved by Another above", digits=(16, 2),
            domain=['OR', ('payment_ceiling', '=', None),
                ('payment_ceiling', '>=', 0)],
            help="A run of payments above it is approved by somebody else "
            "than who prepared it. Empty: always."))
    guarantee_days = fields.MultiValue(fields.Integer(
            "Guaranteed within Days",
            domain=['OR', ('guarantee_days', '=', None),
                ('guarantee_days', '>=', 0)],
            help="From the bill: when the mutual fund pays what the client "
            "has not, as long as there is something in it. Empty: never."))
    fund_share = fields.MultiValue(fields.Numeric(
            "Most for One Client", digits=(1, 4),
            domain=[('fund_share', '>', 0), ('fund_share', '<=', 1)],
            help="The part of the fund that may be advanced for one client."))
    run_days = fields.MultiValue(fields.Integer(
            "Days between Payments", required=True,
            domain=[('run_days', '>', 0)]))

    @classmethod
    def multivalue_model(cls, field):
        if field in {*ACCOUNTS, *JOURNALS, *FIELDS}:
            return Pool().get('coop.configuration.settlement')
        return super().multivalue_model(field)

    @classmethod
    def default_fund_share(cls, **pattern):
        return cls.multivalue_model('fund_share').default_fund_share()

    @classmethod
    def default_run_days(cls, **pattern):
        return cls.multivalue_model('run_days').default_run_days()


class ConfigurationSettlement(metaclass=PoolMeta):
    __name__ = 'coop.configuration.settlement'
    payment_ceiling = fields.Numeric(
        "Approved by Another above", digits=(16, 2))
    guarantee_days = fields.Integer("Guaranteed within Days")
    fund_share = fields.Numeric("Most for One Client", digits=(1, 4))
    run_days = fields.Integer("Days between Payments")

    @classmethod
    def default_fund_share(cls):
        return Decimal('.25')

    @classmethod
    def default_run_days(cls):
        return 7


_context = Eval('context', {}).get('company', -1)
for _name in ACCOUNTS:
    setattr(Configuration, _name, fields.MultiValue(
            _account(_name, _context)))
    setattr(ConfigurationSettlement, _name, _account(
            _name, Eval('company', -1),
            context={'company': Eval('company', -1)}, depends={'company'}))
for _name in JOURNALS:
    setattr(Configuration, _name, fields.MultiValue(_journal(_name)))
    setattr(ConfigurationSettlement, _name, _journal(_name))
del _name, _context


class Parameter(metaclass=PoolMeta):
    __name__ = 'coop.parameter'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.key.selection.append(
            ('das2_threshold', "Fees Declared above (DAS2)"))
