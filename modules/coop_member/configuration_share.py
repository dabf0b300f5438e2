# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

SEQUENCES = {
    'subscription': "Subscription Sequence",
    'call': "Call Sequence",
    'transfer': "Transfer Sequence",
    'withdrawal': "Withdrawal Sequence",
    'repayment': "Repayment Sequence",
    }


def _sequence(name, company, **attributes):
    return fields.Many2One(
        'ir.sequence', SEQUENCES[name],
        domain=[
            ('company', 'in', [company, None]),
            ('sequence_type', '=', Id('coop_member', f'sequence_type_{name}')),
            ], **attributes)


def _default_sequence(name):
    ModelData = Pool().get('ir.model.data')
    try:
        return ModelData.get_id('coop_member', f'sequence_{name}')
    except KeyError:
        return None


def _cash_account(company):
    return fields.Many2One(
        'account.account', "Cash Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', company),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', False),
            ],
        help="Where the cash that members bring is kept.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    cash_journal = fields.MultiValue(fields.Many2One(
            'account.journal', "Cash Journal"))
    cash_account = fields.MultiValue(
        _cash_account(Eval('context', {}).get('company', -1)))
    subscription_sequence = fields.MultiValue(_sequence(
            'subscription', Eval('context', {}).get('company', -1),
            required=True))
    call_sequence = fields.MultiValue(_sequence(
            'call', Eval('context', {}).get('company', -1), required=True))
    transfer_sequence = fields.MultiValue(_sequence(
            'transfer', Eval('context', {}).get('company', -1),
            required=True))
    withdrawal_sequence = fields.MultiValue(_sequence(
            'withdrawal', Eval('context', {}).get('company', -1),
            required=True))
    repayment_sequence = fields.MultiValue(_sequence(
            'repayment', Eval('context', {}).get('company', -1),
            required=True))
    transfer_keeps_seniority = fields.MultiValue(fields.Boolean(
            "Transfers Keep Seniority",
            help="Whether by the statutes the transferee of shares holds "
            "them since the transferor acquired them."))

    @classmethod
    def multivalue_model(cls, field):
        if field in {f'{name}_sequence' for name in SEQUENCES}:
            return Pool().get('coop.configuration.sequence')
        elif field in {
                'cash_journal', 'cash_account', 'transfer_keeps_seniority'}:
            return Pool().get('coop.configuration.share')
        return super().multivalue_model(field)

    @classmethod
    def default_subscription_sequence(cls, **pattern):
        return _default_sequence('subscription')

    @classmethod
    def default_call_sequence(cls, **pattern):
        return _default_sequence('call')

    @classmethod
    def default_transfer_sequence(cls, **pattern):
        return _default_sequence('transfer')

    @classmethod
    def default_withdrawal_sequence(cls, **pattern):
        return _default_sequence('withdrawal')

    @classmethod
    def default_repayment_sequence(cls, **pattern):
        return _default_sequence('repayment')


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'coop.configuration.sequence'
    subscription_sequence = _sequence('subscription', Eval('company', -1))
    call_sequence = _sequence('call', Eval('company', -1))
    transfer_sequence = _sequence('transfer', Eval('company', -1))
    repayment_sequence = _sequence('repayment', Eval('company', -1))
    withdrawal_sequence = _sequence('withdrawal', Eval('company', -1))

    @classmethod
    def default_subscription_sequence(cls):
        return _default_sequence('subscription')

    @classmethod
    def default_call_sequence(cls):
        return _default_sequence('call')

    @classmethod
    def default_transfer_sequence(cls):
        return _default_sequence('transfer')

    @classmethod
    def default_withdrawal_sequence(cls):
        return _default_sequence('withdrawal')

    @classmethod
    def default_repayment_sequence(cls):
        return _default_sequence('repayment')


class ConfigurationShare(metaclass=PoolMeta):
    __name__ = 'coop.configuration.share'
    cash_journal = fields.Many2One(
        'account.journal', "Cash Journal", ondelete='RESTRICT')
    cash_account = _cash_account(Eval('company', -1))
    transfer_keeps_seniority = fields.Boolean("Transfers Keep Seniority")
