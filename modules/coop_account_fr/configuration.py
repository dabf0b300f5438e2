# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.coop_member.configuration import ACCOUNTS
from trytond.pool import Pool, PoolMeta

# role: template of the French chart (PCG, accounts 101, 109, 119 and 456)
TEMPLATES = {
    'uncalled_receivable': 'account_fr.109',
    'uncalled': 'account_fr.1011',
    'receivable': 'account_fr.45625',
    'called_unpaid': 'account_fr.1012',
    'paid_up': 'account_fr.10131',
    'advance': 'account_fr.4563',
    'claim': 'account_fr.4567',
    'loss': 'account_fr.119',
    'in_kind': 'account_fr.45611',
    'interest': 'account_fr.66188',
    'withheld': 'account_fr.4423',
    }


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'

    @classmethod
    def set_chart_accounts(cls, company):
        """Set a company's accounts of the capital from its French chart.

        What is chosen already stays; an account that the chart has not, or
        that does not take parties as its role asks, is left empty.
        """
        pool = Pool()
        Account = pool.get('account.account')
        ModelData = pool.get('ir.model.data')
        templates = {
            role: ModelData.get_id(xml_id)
            for role, xml_id in TEMPLATES.items()}
        accounts = {
            account.template.id: account for account in Account.search([
                    ('company', '=', company.id),
                    ('template', 'in', list(templates.values())),
                    ])}
        configuration = cls(1)
        for role, template in templates.items():
            name = f'account_{role}'
            account = accounts.get(template)
            if (not account
                    or account.party_required != ACCOUNTS[role][1]
                    or configuration.get_multivalue(
                        name, company=company.id)):
                continue
            configuration.set_multivalue(name, account, company=company.id)
