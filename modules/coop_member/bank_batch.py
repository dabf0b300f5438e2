# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The one line of the bank for the payments that were sent together

It clears the payments of the group that it pays, those that were returned left
out; the line that takes one back fails its payment and reopens what is owed.
"""
from trytond.i18n import gettext
from trytond.modules.account_statement.exceptions import (
    StatementValidateError)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If

from . import batch

BATCH = 'camt_payment_information_identification'
RETURN_REASON = 'camt_return_reason'


class Group(metaclass=PoolMeta):
    __name__ = 'account.payment.group'

    def paid_by(self, line):
        """Return the payments that a statement line pays.

        :raises StatementValidateError: when it is the amount of none
        """
        Lang = Pool().get('ir.lang')
        payments = [
            p for p in self.payments
            if p.state in {'processing', 'succeeded', 'failed'}
            and not (p.state == 'succeeded' and p.clearing_reconciled)]
        if line.batch_identification:
            named = [
                p for p in payments
                if p.sepa_info_id == line.batch_identification]
            payments = named or payments
        keys = batch.paid_by([
                batch.Payment(
                    key=p, amount=p.amount, day=p.date,
                    batch=p.sepa_info_id, returned=p.state == 'failed')
                for p in payments], abs(line.amount))
        if keys is None:
            lang = Lang.get()
            raise StatementValidateError(gettext(
                    'coop_member.msg_statement_batch_amount',
                    line=line.rec_name, group=self.rec_name,
                    amount=lang.currency(abs(line.amount), line.currency),
                    total=lang.currency(
                        sum(p.amount for p in payments
                            if p.state != 'failed'), self.currency)))
        return keys


class Statement(metaclass=PoolMeta):
    __name__ = 'account.statement'

    @classmethod
    def create_move(cls, statements):
        Payment = Pool().get('account.payment')
        returned = []
        for statement in statements:
            for line in statement.lines:
                reason = line.information.get(RETURN_REASON)
                if line.payment and reason:
                    line.payment.sepa_return_reason_code = reason
                    returned.append(line.payment)
        Payment.save(returned)
        return super().create_move(statements)


class StatementLine(metaclass=PoolMeta):
    __name__ = 'account.statement.line'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # What takes back a direct debit is negative, and may come after the
        # line that paid it
        cls.related_to.domain['account.payment'] = ['OR',
            cls.related_to.domain['account.payment'],
            [
                ('company', '=', Eval('company', -1)),
                If(Bool(Eval('party')),
                    ('party', '=', Eval('party', -1)),
                    ()),
                If(Eval('second_currency'),
                    ('currency', '=', Eval('second_currency', -1)),
                    ('currency', '=', Eval('currency', -1))),
                ('kind', '=', 'receivable'),
                ('state', 'in', ['processing', 'succeeded', 'failed']),
                If(Eval('amount', 0) < 0,
                    (),
                    ('id', '=', -1)),
                ],
            ]

    @property
    def information(self):
        "What the file of the bank says of the transaction, by key"
        return (self.origin.information if self.origin else None) or {}

    @property
    def batch_identification(self):
        return self.information.get(BATCH)

    def payments(self):
        group = self.payment_group
        if (group and not self.second_currency
                and (group.kind == 'receivable') == (self.amount > 0)):
            yield group.kind, group.paid_by(self)
        else:
            yield from super().payments()

    @classmethod
    def post_move(cls, lines):
        """Post what clears the payments of a group with the line that does.

        The register and the accounts of the members follow posted lines.
        """
        Move = Pool().get('account.move')
        super().post_move(lines)
        Move.post([
                p.clearing_move
                for group in {l.payment_group for l in lines}
                if group for p in group.payments
                if p.clearing_move and p.clearing_move.state == 'draft'])


class StatementImport(metaclass=PoolMeta):
    __name__ = 'account.statement.import'

    def camt_origin(self, camt_statement, entry):
        "Keep the batch of an entry that has no details"
        identification = entry.findtext('./{*}NtryDtls/{*}Btch/{*}PmtInfId')
        for origin in super().camt_origin(camt_statement, entry):
            if identification:
                origin.information = {
                    BATCH: identification,
                    **(getattr(origin, 'information', None) or {})}
            yield origin

    def camt_information(self, camt_statement, entry, detail):
        information = super().camt_information(camt_statement, entry, detail)
        reason = detail.findtext('./{*}RtrInf/{*}Rsn/{*}Cd')
        if reason:
            information[RETURN_REASON] = reason
        return information


class RuleLine(metaclass=PoolMeta):
    __name__ = 'account.statement.rule.line'

    def _get_payment(self, origin, keywords, party=None, amount=0):
        payment = super()._get_payment(
            origin, keywords, party=party, amount=amount)
        if not payment and keywords.get('end_to_end'):
            payment = self._get_payment_sent(origin, keywords, amount)
        return payment

    def _get_payment_sent(self, origin, keywords, amount):
        "Return the payment that the bank names as it was sent"
        Payment = Pool().get('account.payment')
        domain = [
            ('sepa_end_to_end_id', '=', keywords['end_to_end']),
            ('company', '=', origin.company.id),
            ('currency', '=', origin.currency.id),
            ('state', 'in', ['processing', 'succeeded', 'failed']),
            ]
        if amount > 0:
            domain.append(('kind', '=', 'receivable'))
        payments = Payment.search(domain, limit=1)
        return payments[0] if payments else None

    def _get_payment_group(self, origin, keywords):
        Group = Pool().get('account.payment.group')
        group = super()._get_payment_group(origin, keywords)
        if not group and keywords.get('batch'):
            groups = Group.search([
                    ('payments.sepa_info_id', '=', keywords['batch']),
                    ('company', '=', origin.company.id),
                    ], limit=1)
            group = groups[0] if groups else None
        return group
