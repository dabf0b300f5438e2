# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The accounts, taxes and journals by which missions are settled.

What may change with a date (contribution, its mode, clawback) is in the
dated rates of missions, coop.mission.rate.
"""
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

# name: (label, further domain)
ACCOUNTS = {
    'revenue_account': ("Account of Missions Sold", []),
    'work_account': ("Account of Members' Work", []),
    'referral_account': ("Account of Referrals", []),
    'contribution_account': ("Account of Contributions Invoiced", []),
    'deposit_account': ("Account of Deposits", [('type.deposit', '=', True)]),
    'doubtful_account': ("Account of Doubtful Clients",
        [('party_required', '=', True)]),
    'depreciation_account': ("Account of Depreciations",
        [('party_required', '=', False)]),
    'depreciation_expense_account': ("Account of Allowances",
        [('party_required', '=', False)]),
    'depreciation_revenue_account': ("Account of Allowances Taken Back",
        [('party_required', '=', False)]),
    'loss_account': ("Account of Lost Receivables",
        [('party_required', '=', False)]),
    }
# name: (label, kinds of tax groups)
TAXES = {
    'receipts_tax': ("VAT of Members on Receipts", ['purchase', 'both']),
    'debits_tax': ("VAT of Members on Debits", ['purchase', 'both']),
    'reverse_charge_tax': (
        "VAT of Members, Reverse Charge", ['purchase', 'both']),
    'contribution_tax': ("VAT of Contributions", ['sale', 'both']),
    }
METHODS = {
    'cash_method': "Paid in Cash by",
    'card_method': "Paid by Card by",
    'cheque_method': "Paid by Cheque by",
    }
JOURNALS = {
    'bad_debt_journal': "Journal of Bad Debts",
    'vat_journal': "Journal of VAT Returns",
    }


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


def _tax(name, company):
    label, kinds = TAXES[name]
    return fields.Many2One(
        'account.tax', label, ondelete='RESTRICT',
        domain=[
            ('company', '=', company),
            ('parent', '=', None),
            ['OR',
                ('group', '=', None),
                ('group.kind', 'in', kinds),
                ],
            ])


def _journal(name):
    return fields.Many2One(
        'account.journal', JOURNALS[name], ondelete='RESTRICT')


def _method(name, company):
    return fields.Many2One(
        'account.invoice.payment.method', METHODS[name], ondelete='RESTRICT',
        domain=[('company', '=', company)],
        help="What express jobs are paid by on the spot.")


def _journal_id(xml_id):
    ModelData = Pool().get('ir.model.data')
    try:
        return ModelData.get_id('coop_settlement', xml_id)
    except KeyError:
        return None


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'

    @classmethod
    def multivalue_model(cls, field):
        if field in {*ACCOUNTS, *TAXES, *JOURNALS, *METHODS}:
            return Pool().get('coop.configuration.settlement')
        return super().multivalue_model(field)

    @classmethod
    def default_bad_debt_journal(cls, **pattern):
        return cls.multivalue_model(
            'bad_debt_journal').default_bad_debt_journal()

    @classmethod
    def default_vat_journal(cls, **pattern):
        return cls.multivalue_model('vat_journal').default_vat_journal()


class ConfigurationSettlement(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.settlement'

    @classmethod
    def default_bad_debt_journal(cls):
        return _journal_id('journal_bad_debt')

    @classmethod
    def default_vat_journal(cls):
        return _journal_id('journal_vat')


_context = Eval('context', {}).get('company', -1)
for _name in ACCOUNTS:
    setattr(Configuration, _name, fields.MultiValue(
            _account(_name, _context)))
    setattr(ConfigurationSettlement, _name, _account(
            _name, Eval('company', -1),
            context={'company': Eval('company', -1)}, depends={'company'}))
for _name in TAXES:
    setattr(Configuration, _name, fields.MultiValue(_tax(_name, _context)))
    setattr(ConfigurationSettlement, _name, _tax(_name, Eval('company', -1)))
for _name in JOURNALS:
    setattr(Configuration, _name, fields.MultiValue(_journal(_name)))
    setattr(ConfigurationSettlement, _name, _journal(_name))
for _name in METHODS:
    setattr(Configuration, _name, fields.MultiValue(
            _method(_name, _context)))
    setattr(ConfigurationSettlement, _name, _method(
            _name, Eval('company', -1)))
del _name, _context
