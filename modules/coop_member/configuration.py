# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelSingleton, ModelSQL, ModelView, fields
from trytond.modules.company.model import (
    CompanyMultiValueMixin, CompanyValueMixin)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, Id

from .company import CurrencyMixin
from .exceptions import PostingError

# role: (label, has a party). The roles are those of capital.entry, and
# advance (4563), where money waits that buys no whole called share yet.
ACCOUNTS = {
    'uncalled_receivable': ("Account Uncalled Capital Receivable", False),
    'uncalled': ("Account Uncalled Capital", False),
    'receivable': ("Account Called Capital Receivable", True),
    'called_unpaid': ("Account Called Unpaid Capital", False),
    'paid_up': ("Account Paid-up Capital", False),
    'advance': ("Account Capital Advances", True),
    'claim': ("Account Capital to Repay", True),
    'loss': ("Account Losses Carried Forward", False),
    'in_kind': ("Account Contributions in Kind", False),
    'interest': ("Account Interest on Repayments", False),
    'withheld': ("Account Withholding on Interest", False),
    }
# What the register says nothing of: its account may change at any time
FREE = {'loss', 'interest', 'withheld'}


def account_domain(role, company):
    domain = [
        ('closed', '!=', True),
        ('company', '=', company),
        ('party_required', '=', ACCOUNTS[role][1]),
        ]
    if role == 'receivable':
        domain.append(('type.receivable', '=', True))
    return domain


class Configuration(
        ModelSingleton, ModelSQL, ModelView, CompanyMultiValueMixin):
    __name__ = 'coop.configuration'
    member_sequence = fields.MultiValue(fields.Many2One(
            'ir.sequence', "Member Sequence", required=True,
            domain=[
                ('company', 'in',
                    [Eval('context', {}).get('company', -1), None]),
                ('sequence_type', '=',
                    Id('coop_member', 'sequence_type_member')),
                ]))
    share_journal = fields.MultiValue(fields.Many2One(
            'account.journal', "Share Journal", required=True))
    accounting_start = fields.MultiValue(fields.Date(
            "Accounting Start",
            help="The movements before this date post nothing: "
            "the opening move of this date carries them."))
    opening_move = fields.MultiValue(fields.Many2One(
            'account.move', "Opening Move", readonly=True,
            help="Carries the movements before the accounting start."))
    statutory_minimum = fields.MultiValue(fields.Numeric(
            "Statutory Minimum Capital", digits=(16, 2),
            domain=['OR',
                ('statutory_minimum', '=', None),
                ('statutory_minimum', '>=', 0),
                ]))
    floor_fraction = fields.MultiValue(fields.Numeric(
            "Floor Fraction", digits=(1, 6),
            domain=['OR',
                ('floor_fraction', '=', None),
                [('floor_fraction', '>=', 0), ('floor_fraction', '<=', 1)],
                ],
            help="The fraction of the highest capital ever reached "
            "below which withdrawals may not bring the capital.\n"
            "Leave empty for that of the law."))

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'member_sequence':
            return pool.get('coop.configuration.sequence')
        elif field.startswith('account_'):
            return pool.get('coop.configuration.account')
        elif field in {'share_journal', 'accounting_start',
                'opening_move', 'statutory_minimum', 'floor_fraction'}:
            return pool.get('coop.configuration.share')
        return super().multivalue_model(field)

    @classmethod
    def default_member_sequence(cls, **pattern):
        return cls.multivalue_model(
            'member_sequence').default_member_sequence()

    @classmethod
    def default_share_journal(cls, **pattern):
        return cls.multivalue_model('share_journal').default_share_journal()


class ConfigurationSequence(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.sequence'
    member_sequence = fields.Many2One(
        'ir.sequence', "Member Sequence", required=True,
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ('sequence_type', '=', Id('coop_member', 'sequence_type_member')),
            ])

    @classmethod
    def default_member_sequence(cls):
        ModelData = Pool().get('ir.model.data')
        try:
            return ModelData.get_id('coop_member', 'sequence_member')
        except KeyError:
            return None


class ConfigurationShare(CurrencyMixin, ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.share'
    share_journal = fields.Many2One('account.journal', "Share Journal")
    accounting_start = fields.Date("Accounting Start")
    opening_move = fields.Many2One(
        'account.move', "Opening Move", ondelete='RESTRICT')
    statutory_minimum = Monetary(
        "Statutory Minimum Capital", currency='currency', digits='currency')
    floor_fraction = fields.Numeric("Floor Fraction", digits=(1, 6))

    @classmethod
    def default_share_journal(cls):
        ModelData = Pool().get('ir.model.data')
        try:
            return ModelData.get_id('coop_member', 'journal_share')
        except KeyError:
            return None


class ConfigurationAccount(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.account'

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode == 'create':
            return
        names = {f'account_{role}' for role in ACCOUNTS if role not in FREE}
        if mode == 'write':
            names &= values.keys()
        for record in records:
            for name in sorted(names):
                account = getattr(record, name)
                if account and (
                        mode == 'delete' or values[name] != account.id):
                    cls._check_unused(name, account)

    @classmethod
    def _check_unused(cls, name, account):
        "The tie-out looks at the accounts of today: what they hold must stay"
        pool = Pool()
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        lines = Line.search([
                ('account', '=', account.id),
                ('move_state', '=', 'posted'),
                ], order=[('move.date', 'ASC'), ('id', 'ASC')], limit=1)
        if lines and any(Movement.positions(account.company).values()):
            raise PostingError(gettext(
                    'coop_member.msg_configuration_account_used',
                    account=account.rec_name, move=lines[0].move.rec_name,
                    **cls.__names__(name)))


for _role, (_label, _) in ACCOUNTS.items():
    setattr(Configuration, f'account_{_role}', fields.MultiValue(
            fields.Many2One('account.account', _label,
                domain=account_domain(
                    _role, Eval('context', {}).get('company', -1)))))
    setattr(ConfigurationAccount, f'account_{_role}', fields.Many2One(
            'account.account', _label, ondelete='RESTRICT',
            domain=account_domain(_role, Eval('company', -1)),
            context={'company': Eval('company', -1)}, depends={'company'}))
del _role, _label
