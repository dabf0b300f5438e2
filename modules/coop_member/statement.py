# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Lines of bank statements that pay shares"
import re

from stdnum import iso11649

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction


class Line(metaclass=PoolMeta):
    __name__ = 'account.statement.line'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.related_to.domain['coop.member'] = [
            ('company', '=', Eval('company', -1)),
            If(Bool(Eval('party')),
                ('party', '=', Eval('party', -1)),
                ()),
            ]

    @classmethod
    def _get_relations(cls):
        return super()._get_relations() + ['coop.member']

    @property
    @fields.depends('related_to')
    def coop_member(self):
        Member = Pool().get('coop.member')
        related_to = getattr(self, 'related_to', None)
        if isinstance(related_to, Member) and related_to.id >= 0:
            return related_to

    @fields.depends('company', 'party', 'account', methods=['coop_member'])
    def on_change_related_to(self):
        Allocation = Pool().get('coop.share.allocation')
        super().on_change_related_to()
        if self.coop_member:
            self.party = self.coop_member.party
            self.account = Allocation.account(self.coop_member.company)

    @fields.depends('party', methods=['coop_member'])
    def on_change_party(self):
        member = self.coop_member
        account = getattr(self, 'account', None)
        super().on_change_party()
        if member:
            if member.party == self.party:
                self.account = account
            else:
                self.related_to = None

    @fields.depends('account', 'company', methods=['coop_member'])
    def on_change_account(self):
        Allocation = Pool().get('coop.share.allocation')
        super().on_change_account()
        if self.coop_member and self.account != Allocation.account(
                self.coop_member.company):
            self.related_to = None


class Rule(metaclass=PoolMeta):
    __name__ = 'account.statement.rule'

    def apply(self, origin, keywords):
        "Leave out the lines of nothing, as when all shares are paid"
        for line in super().apply(origin, keywords):
            if line.amount:
                yield line


class RuleLine(metaclass=PoolMeta):
    __name__ = 'account.statement.rule.line'

    def get_line(self, origin, keywords, **context):
        """Let rules know ``capital``: what the member has to pay on shares.

        So that one transfer is split: a line of min(pending, capital) on the
        shares, and a line of what is pending on the dues.
        """
        Allocation = Pool().get('coop.share.allocation')
        member = self._get_member(origin, keywords)
        capital = 0
        if member:
            capital = sum(
                c.amount for c in Allocation.open_calls([member])[member.id])
        context.setdefault('functions', {}).update(min=min, max=max)
        context.setdefault('names', {})['capital'] = capital
        return super().get_line(origin, keywords, **context)

    def _get_party(self, origin, keywords, amount=0):
        party = super()._get_party(origin, keywords, amount=amount)
        if not party:
            if member := self._get_member(origin, keywords):
                party = member.party
        return party

    def _get_related_to(self, origin, keywords, party=None, amount=0):
        Allocation = Pool().get('coop.share.allocation')
        related = super()._get_related_to(
            origin, keywords, party=party, amount=amount)
        account = self.account
        if not account or account == Allocation.account(origin.company):
            related = related | {self._get_member(origin, keywords)}
        return related

    def _get_party_from(self, related_to):
        Member = Pool().get('coop.member')
        if isinstance(related_to, Member):
            return related_to.party
        return super()._get_party_from(related_to)

    def _get_account_from(self, related_to):
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Member = pool.get('coop.member')
        if isinstance(related_to, Member):
            return Allocation.account(related_to.company)
        return super()._get_account_from(related_to)

    def _get_member(self, origin, keywords):
        "Return the member whose payment reference is in the bank's text"
        Member = Pool().get('coop.member')
        text = keywords.get('payment_reference')
        information = origin.information or {}
        # A direct debit, or its return, is the business of its payment
        if not text or information.get('camt_mandate_identification'):
            return None
        with Transaction().set_context(company=origin.company.id):
            return Member.by_payment_reference(origin.company, text)


class StatementImport(metaclass=PoolMeta):
    __name__ = 'account.statement.import'

    def camt_information(self, camt_statement, entry, detail):
        """Read the whole text and the structured reference of a transaction.

        Banks cut the text in lines of 140 characters.
        """
        information = super().camt_information(camt_statement, entry, detail)
        for key, path in [
                ('camt_remittance_information', './{*}RmtInf/{*}Ustrd'),
                ('camt_creditor_reference',
                    './{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref'),
                ]:
            texts = [(e.text or '').strip() for e in detail.iterfind(path)]
            if any(texts):
                information[key] = ' '.join(filter(None, texts))
        return information


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def by_payment_reference(cls, company, text):
        """Return the member whose payment reference begins a text, or None.

        Banks print it in groups of four characters and add what they like:
        the longest beginning that is a sound reference (ISO 11649) counts.
        """
        text = re.sub(r'[^A-Z0-9]', '', text.upper())
        for end in range(min(len(text), 25), 5, -1):
            reference = text[:end]
            if reference[4] != 'M' or not iso11649.is_valid(reference):
                continue
            if members := cls.search([
                        ('company', '=', company.id),
                        ('payment_reference', '=', reference),
                        ], limit=1):
                return members[0]
        return None
