# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The amendment of a mandate: the debtor keeps it with another account

The debtor's demand to debit another account amends the mandate: nothing is
signed again, but the next collection tells the bank of it (SEPA Direct Debit
Rulebooks, PT-01.03 and AT-24): the former account in the same bank, else that
the account is new (SMNDA).
"""
from lxml import etree

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .mandate import open_mandates

NEW_ACCOUNT = 'SMNDA'


class IBANChange(metaclass=PoolMeta):
    __name__ = 'coop.iban.change'
    amends_mandates = fields.Boolean("Amends the Mandates",
        states={'readonly': Eval('state') != 'draft'},
        help="The member has asked to be debited on the new account: "
        "the mandates go on. Else a new one must be signed.")

    @classmethod
    def now_in_use(cls, changes):
        Mandate = Pool().get('account.payment.sepa.mandate')
        for change in changes:
            if (change.amends_mandates and change.replaced
                    and change.replaced != change.account):
                mandates = open_mandates(change.member,
                    ('account_number.account', '=', change.replaced.id))
                Mandate.amend(mandates, change._existing_number())
        # What is amended is no more of the replaced account
        super().now_in_use(changes)


class Mandate(metaclass=PoolMeta):
    __name__ = 'account.payment.sepa.mandate'
    former_account = fields.Many2One(
        'bank.account.number', "Former Account Number", readonly=True,
        ondelete='RESTRICT',
        states={'invisible': ~Eval('former_account')},
        help="The mandate was amended: the next direct debit tells the bank "
        "that the account has changed.")

    @classmethod
    def amend(cls, mandates, number):
        "Debit another account of the debtor from now on"
        for mandate in mandates:
            # The bank knows none of a mandate that was never presented, and
            # of several changes the oldest that it was not told
            if not mandate.is_first_payment and not mandate.former_account:
                mandate.former_account = mandate.account_number
            mandate.account_number = number
        cls.save(mandates)

    @property
    def account_to_tell(self):
        "The former account that the bank is to be told, or None"
        Payment = Pool().get('account.payment')
        if self.former_account:
            return self.former_account
        # Told again when the first collection was rejected before it reached
        # the bank of the debtor
        last = Payment.search([
                ('sepa_mandate', '=', self.id),
                ('sepa_mandate_sequence_type', '!=', None),
                ], order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
        if last and last[0].rejected:
            return last[0].former_account

    @classmethod
    def copy(cls, mandates, default=None):
        default = default.copy() if default else {}
        default.setdefault('former_account')
        return super().copy(mandates, default=default)


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'
    former_account = fields.Many2One(
        'bank.account.number', "Former Account Number", readonly=True,
        ondelete='RESTRICT',
        states={'invisible': ~Eval('former_account')},
        help="The direct debit tells the bank that the account has changed.")

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default else {}
        default.setdefault('former_account')
        return super().copy(payments, default=default)

    @property
    def amendment(self):
        "What the message says of the former account: an IBAN, or SMNDA"
        former = self.former_account
        if former:
            account = self.sepa_mandate.account_number.account
            if former.account.bank == account.bank:
                return former.compact_iban
            return NEW_ACCOUNT


class Group(metaclass=PoolMeta):
    __name__ = 'account.payment.group'

    def process_sepa(self):
        "Tell of the amendments in the first collections after them"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Payment = pool.get('account.payment')
        if self.kind == 'receivable':
            payments = sorted(self.payments, key=lambda p: (p.date, p.id))
            told = {}
            for payment, mandate in zip(
                    payments, Payment.get_sepa_mandates(payments)):
                if (mandate and mandate not in told
                        and (former := mandate.account_to_tell)):
                    payment.former_account = former
                    told[mandate] = payment
            if told:
                Payment.save(list(told.values()))
                Mandate.write(list(told), {'former_account': None})
        super().process_sepa()

    def get_sepa_template(self):
        template = super().get_sepa_template()
        amendments = {
            p.sepa_end_to_end_id: p.amendment for p in self.payments
            if p.former_account} if self.kind == 'receivable' else {}
        return Amended(template, amendments) if amendments else template


class Amended:
    "A template whose message tells of the amendments"

    def __init__(self, template, amendments):
        self.template = template
        self.amendments = amendments

    def generate(self, **context):
        self.stream = self.template.generate(**context)
        return self

    def filter(self, function):
        self.stream = self.stream.filter(function)
        return self

    def render(self):
        return amend(self.stream.render(), self.amendments)


def amend(message, amendments):
    """Return a message pain.008 that tells of amended mandates.

    :param message: text of the message
    :param amendments: {end to end identification: former IBAN, or SMNDA}
    """
    root = etree.fromstring(message.encode())
    namespace = etree.QName(root).namespace

    def add(parent, tag, text=None):
        element = etree.SubElement(parent, f'{{{namespace}}}{tag}')
        element.text = text
        return element
    for debit in root.iter(f'{{{namespace}}}DrctDbtTxInf'):
        former = amendments.get(debit.findtext('./{*}PmtId/{*}EndToEndId'))
        if not former:
            continue
        mandate = debit.find('./{*}DrctDbtTx/{*}MndtRltdInf')
        add(mandate, 'AmdmntInd', 'true')
        account = add(add(
                add(mandate, 'AmdmntInfDtls'), 'OrgnlDbtrAcct'), 'Id')
        if former == NEW_ACCOUNT:
            add(add(account, 'Othr'), 'Id', former)
        else:
            add(account, 'IBAN', former)
    return etree.tostring(
        root, encoding='UTF-8', xml_declaration=True).decode()
