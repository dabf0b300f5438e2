# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bank accounts of members change by an IBAN change only (see iban.py)."""
from trytond.i18n import gettext
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta


def check_owners(parties):
    """Refuse a direct change of a bank account that a member owns.

    :raises AccessError: naming the member and the remedy
    """
    Member = Pool().get('coop.member')
    members = Member.search([
            ('party', 'in', [p.id for p in parties if p]),
            ('state', '!=', 'refused'),
            ], limit=1)
    if members:
        raise AccessError(gettext(
                'coop_member.msg_bank_account_member',
                member=members[0].rec_name))


class BankAccount(metaclass=PoolMeta):
    __name__ = 'bank.account'

    @classmethod
    def check_modification(cls, mode, accounts, values=None, external=False):
        super().check_modification(
            mode, accounts, values=values, external=external)
        if external and (mode != 'write' or values.keys() & {
                    'bank', 'owners', 'owners_sequence', 'numbers',
                    'active'}):
            check_owners({o for a in accounts for o in a.owners})


class BankAccountNumber(metaclass=PoolMeta):
    __name__ = 'bank.account.number'

    @classmethod
    def check_modification(cls, mode, numbers, values=None, external=False):
        super().check_modification(
            mode, numbers, values=values, external=external)
        if external:
            Account = Pool().get('bank.account')
            accounts = {n.account for n in numbers}
            if values and values.get('account'):
                accounts.add(Account(values['account']))
            check_owners({o for a in accounts for o in a.owners})


class BankAccountParty(metaclass=PoolMeta):
    __name__ = 'bank.account-party.party'

    @classmethod
    def check_modification(cls, mode, links, values=None, external=False):
        super().check_modification(
            mode, links, values=values, external=external)
        if not external:
            return
        Party = Pool().get('party.party')
        parties = {link.owner for link in links}
        if values and values.get('owner'):
            parties.add(Party(values['owner']))
        check_owners(parties)


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    def transition_replace(self):
        self.check_bank_accounts()
        return super().transition_replace()

    def check_bank_accounts(self):
        """Refuse to bring a bank account to a member by replacing a party.

        :raises AccessError: naming the account and the remedy
        """
        Member = Pool().get('coop.member')
        parties = {self.ask.source, self.ask.destination}
        for member in Member.search([
                    ('party', 'in', [p.id for p in parties]),
                    ('state', '!=', 'refused'),
                    ]):
            for party in parties - {member.party}:
                if accounts := (
                        set(party.bank_accounts)
                        - set(member.party.bank_accounts)):
                    raise AccessError(gettext(
                            'coop_member.msg_party_replace_bank_account',
                            party=party.rec_name,
                            account=accounts.pop().rec_name,
                            member=member.rec_name))
