# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the bank takes, on a line of its own or with a returned direct debit

A rule of statements puts it to the account of bank fees. Where the cooperative
has so decided, the debtor of a returned direct debit owes what it cost.
"""
from decimal import Decimal

from simpleeval import simple_eval

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import decistmt
from trytond.transaction import Transaction


class RuleLine(metaclass=PoolMeta):
    __name__ = 'account.statement.rule.line'
    bank_fee = fields.Boolean("Bank Fee",
        help="Put it to the account of bank fees of the configuration, or, "
        "for a returned direct debit, to the debtor who is charged it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.amount.help += (
            "\nAlso 'direct_debit': the part of 'pending' that is the amount "
            "of the payment, without fees.")

    def get_line(self, origin, keywords, **context):
        names = context.setdefault('names', {})
        names['direct_debit'] = self._direct_debit(origin, keywords)
        if self.bank_fee:
            names.update(keywords)
            context.setdefault('functions', {}).update(
                Decimal=Decimal, min=min, max=max)
            amount = simple_eval(decistmt(self.amount), **context)
            return self._get_fee_line(origin, keywords, amount)
        return super().get_line(origin, keywords, **context)

    def _direct_debit(self, origin, keywords):
        amount = keywords['pending']
        payment = self._payment_named(origin, keywords, amount)
        if payment:
            amount = max(min(amount, payment.amount), -payment.amount)
        return amount

    def _payment_named(self, origin, keywords, amount):
        if keywords.keys() & {'payment', 'end_to_end'}:
            return self._get_payment(origin, keywords, amount=amount)

    def _get_fee_line(self, origin, keywords, amount):
        Line = Pool().get('account.statement.line')
        account, party = self._fee_account(origin, keywords)
        if amount >= 0 or not account:
            return
        return Line(
            statement=origin.statement, number=origin.number,
            description=origin.description, origin=origin,
            amount=origin.statement.journal.currency.round(amount),
            date=origin.date, account=account,
            party=party if account.party_required else None)

    def _fee_account(self, origin, keywords):
        "Return the account and the party who bears the fee"
        Configuration = Pool().get('coop.configuration')
        configuration = Configuration(1)
        company = origin.company
        payment = self._payment_named(origin, keywords, origin.amount)
        if payment and configuration.get_multivalue(
                'bank_fees_charged', company=company.id):
            with Transaction().set_context(
                    company=company.id, date=origin.date):
                party = payment.party.__class__(payment.party.id)
                return party.account_receivable_used, party
        account = self.account or configuration.get_multivalue(
            'bank_fee_account', company=company.id)
        return account, origin.party
