# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


def _fee_account(company):
    return fields.Many2One(
        'account.account', "Account of Bank Fees", ondelete='RESTRICT',
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', False),
            ],
        help="Where rules of statements put what the bank takes.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    max_presentations = fields.MultiValue(fields.Integer(
            "New Presentations at Most", required=True,
            domain=[('max_presentations', '>=', 0)],
            help="How many times a returned direct debit "
            "is presented again."))
    bank_fee_account = fields.MultiValue(
        _fee_account(Eval('context', {}).get('company', -1)))
    bank_fees_charged = fields.MultiValue(fields.Boolean(
            "Charge Fees of Returns to the Debtor",
            help="The cooperative has decided that what the bank takes for "
            "a returned direct debit is owed by its debtor."))

    @classmethod
    def multivalue_model(cls, field):
        if field in {
                'max_presentations', 'bank_fee_account', 'bank_fees_charged'}:
            return Pool().get('coop.configuration.bank')
        return super().multivalue_model(field)

    @classmethod
    def default_max_presentations(cls, **pattern):
        return cls.multivalue_model(
            'max_presentations').default_max_presentations()


class ConfigurationBank(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.bank'
    max_presentations = fields.Integer("New Presentations at Most")
    bank_fee_account = _fee_account(Eval('company', -1))
    bank_fees_charged = fields.Boolean("Charge Fees of Returns to the Debtor")

    @classmethod
    def default_max_presentations(cls):
        return 2
