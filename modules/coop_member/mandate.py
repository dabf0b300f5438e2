# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The direct debit mandates of members

A mandate is signed by one party for one account: it ends with either.
"""
from trytond.pool import Pool, PoolMeta


class IBANChange(metaclass=PoolMeta):
    __name__ = 'coop.iban.change'

    @classmethod
    def now_in_use(cls, changes):
        """Cancel the mandates of the replaced accounts.

        A draft on the new account takes the place of each, to be signed.
        """
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Reception = pool.get('party.party.reception_direct_debit')
        super().now_in_use(changes)
        for change in changes:
            if not change.replaced or change.replaced == change.account:
                continue
            mandates = open_mandates(change.member,
                ('account_number.account', '=', change.replaced.id))
            number = change._existing_number()
            copies = Mandate.copy(mandates, default={
                    'account_number': number.id, 'state': 'draft'})
            # They match nothing until the member has signed
            for mandate, new in zip(mandates, copies):
                Reception.write(
                    Reception.search([('sepa_mandate', '=', mandate.id)]),
                    {'sepa_mandate': new.id})
            Mandate.cancel(mandates)
            # Not signed yet, as after a change that was wrong
            Mandate.write(Mandate.search([
                        ('party', '=', change.member.party.id),
                        ('company', '=', change.member.company.id),
                        ('state', '=', 'draft'),
                        ('account_number.account', '=', change.replaced.id),
                        ]), {'account_number': number.id})


class ChangeLegalFormStart(metaclass=PoolMeta):
    __name__ = 'coop.member.change_legal_form.start'

    @classmethod
    def open_mandates(cls, member):
        return super().open_mandates(member) + open_mandates(member)


class ChangeLegalForm(metaclass=PoolMeta):
    __name__ = 'coop.member.change_legal_form'

    def _cancel_mandates(self, member):
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Start = pool.get('coop.member.change_legal_form.start')
        super()._cancel_mandates(member)
        Mandate.cancel(Start.open_mandates(member))


def open_mandates(member, *domain):
    "Return the mandates of a member that are requested or valid"
    Mandate = Pool().get('account.payment.sepa.mandate')
    return Mandate.search([
            ('party', '=', member.party.id),
            ('company', '=', member.company.id),
            ('state', 'in', ['requested', 'validated']),
            *domain])
