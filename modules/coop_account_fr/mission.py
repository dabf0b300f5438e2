# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The accounts and taxes of missions in the French chart."""
from trytond.pool import Pool, PoolMeta

# field of the configuration: template of the French chart (PCG)
ACCOUNTS = {
    'revenue_account': 'account_fr.706',
    'work_account': 'account_fr.611',
    'referral_account': 'account_fr.6222',
    'contribution_account': 'coop_account_fr.7061',
    'deposit_account': 'account_fr.4191',
    'doubtful_account': 'account_fr.416',
    'depreciation_account': 'account_fr.491',
    'depreciation_expense_account': 'account_fr.68174',
    'depreciation_revenue_account': 'account_fr.78174',
    'loss_account': 'account_fr.6541',
    'fund_account': 'coop_account_fr.4671',
    'seizure_account': 'coop_account_fr.4672',
    'accrued_account': 'account_fr.4081',
    'accrued_tax_account': 'account_fr.44586',
    'unbilled_account': 'account_fr.4181',
    'unbilled_tax_account': 'account_fr.44587',
    }
# The reverse charge is left to the accountant: it depends on the work
TAXES = {
    'receipts_tax': 'account_fr.tva_achat_services_taux_normal',
    'debits_tax': 'account_fr.tva_achat_services_taux_normal',
    'contribution_tax': 'account_fr.tva_vente_services_taux_normal',
    }
# What invoices have to say: C. com. L441-9, L441-10 and D441-5
TERMS = {
    'late_terms': "Pénalités de retard : trois fois le taux d'intérêt légal, "
    "exigibles sans rappel le jour suivant l'échéance.",
    'recovery_terms': "Indemnité forfaitaire pour frais de recouvrement en "
    "cas de retard de paiement : 40 EUR.",
    'discount_terms': "Pas d'escompte pour paiement anticipé.",
    # The codification of VAT (ordonnance 2025-1247) moves the article; the
    # old reference is tolerated until 31/12/2027
    'franchise_terms': "TVA non applicable, article 293 B du CGI.",
    }


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'

    @classmethod
    def set_chart_accounts(cls, company):
        "Set the accounts and taxes of missions too; what is chosen stays"
        super().set_chart_accounts(company)
        cls._set_from_chart(company, 'account.account', ACCOUNTS)
        cls._set_from_chart(company, 'account.tax', TAXES)
        configuration = cls(1)
        for name, text in TERMS.items():
            if not configuration.get_multivalue(name, company=company.id):
                configuration.set_multivalue(name, text, company=company.id)

    @classmethod
    def _set_from_chart(cls, company, model, templates):
        pool = Pool()
        Model = pool.get(model)
        ModelData = pool.get('ir.model.data')
        ids = {
            name: ModelData.get_id(xml_id)
            for name, xml_id in templates.items()}
        found = {
            record.template.id: record for record in Model.search([
                    ('company', '=', company.id),
                    ('template', 'in', list(ids.values())),
                    ])}
        configuration = cls(1)
        for name, template in ids.items():
            record = found.get(template)
            if record and not configuration.get_multivalue(
                    name, company=company.id):
                configuration.set_multivalue(
                    name, record, company=company.id)


class UpdateChartObstacle(metaclass=PoolMeta):
    __name__ = 'account.update_chart.obstacle'

    @classmethod
    def _children(cls):
        return super()._children() + [
            f'coop_account_fr.{code}' for code in ['4671', '4672', '7061']]
