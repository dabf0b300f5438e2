# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of coop_member share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import (
    create_chart, create_fiscalyear, get_accounts)
from trytond.modules.account_invoice.tests.tools import (
    set_fiscalyear_invoice_sequences)
from trytond.modules.company.tests.tools import create_company, get_company

from ..configuration import ACCOUNTS
from . import EXTRAS

MODULES = ['coop_member', *EXTRAS]
_TYPES = {
    'receivable': {'assets': True, 'receivable': True},
    'uncalled_receivable': {'assets': True},
    'claim': {'payable': True},
    'advance': {'payable': True},
    }


def create_cooperative(today, config=None, currency=None):
    """Create a company on the minimal chart, with its capital's accounts.

    Return {role: account}, with those of get_accounts.
    """
    create_company(currency=currency, config=config)
    create_chart(config=config)
    company = get_company(config=config)
    fiscalyear = set_fiscalyear_invoice_sequences(
        create_fiscalyear(company, today=today, config=config))
    fiscalyear.click('create_period')
    return {
        **get_accounts(company, config=config),
        **create_share_accounts(company, config=config)}


def create_share_accounts(company, config=None):
    "Create the accounts of the capital and set them in the configuration"
    Account = Model.get('account.account', config=config)
    Type = Model.get('account.account.type', config=config)
    Configuration = Model.get('coop.configuration', config=config)
    configuration = Configuration(1)
    accounts = {}
    for role, (label, party) in ACCOUNTS.items():
        type_ = Type(
            name=label, company=company, statement='balance',
            **_TYPES.get(role, {}))
        type_.save()
        account = Account(
            name=label, code=role, type=type_, company=company,
            party_required=party, reconcile=party)
        account.save()
        setattr(configuration, f'account_{role}', account)
        accounts[f'capital_{role}'] = account
    configuration.save()
    return accounts


def create_category(name="Worker", code='W', **values):
    "Create a category of members"
    Category = Model.get('coop.member.category')
    category = Category(name=name, code=code, **values)
    category.save()
    return category


def create_share_class(nominal=Decimal(50), code='A', **values):
    "Create a share class of a nominal value"
    ShareClass = Model.get('coop.share.class')
    share_class = ShareClass(name=f"Class {code}", code=code, **values)
    share_class.nominals.new(date=dt.date(2000, 1, 1), value=nominal)
    share_class.save()
    return share_class


def admit(names, category, date):
    """Return the members admitted by the wizard at a date.

    :param names: names of new parties, or parties
    """
    Party = Model.get('party.party')
    Member = Model.get('coop.member')
    members = []
    for name in names:
        party = name
        if isinstance(name, str):
            party = Party(name=name)
            party.save()
        member = Member(
            party=party, category=category, birth_date=dt.date(1980, 1, 1))
        member.save()
        members.append(member)
    wizard = Wizard('coop.member.admit', members)
    wizard.form.date = date
    wizard.execute('record_')
    for member in members:
        member.reload()
    return members


def admit_in_the_past(names, category, date):
    """Return the members who applied and were admitted at a date.

    :param names: names of new parties, or parties
    """
    Member = Model.get('coop.member')
    Party = Model.get('party.party')
    members = []
    for party in names:
        if isinstance(party, str):
            party = Party(name=party)
            party.save()
        # The application is not of today
        with proteus_config.get_config().set_context(coop_application=False):
            member = Member(
                party=party, category=category,
                birth_date=dt.date(1980, 1, 1))
            member.save()
        event(member, 'apply_again', date)
        event(member, 'admit', date)
        members.append(member)
    return members


def event(member, name, date, **values):
    "Record an event of the life of a member by its wizard"
    wizard = Wizard(f'coop.member.{name}', [member])
    wizard.form.date = date
    for key, value in values.items():
        setattr(wizard.form, key, value)
    wizard.execute('record_')


def subscribe(members, share_class, quantity, date, **values):
    "Return the subscriptions of members, submitted and accepted together"
    Subscription = Model.get('coop.share.subscription')
    subscriptions = []
    for member in members:
        subscription = Subscription(
            member=member, share_class=share_class, date=date,
            quantity=quantity)
        for name, value in values.items():
            setattr(subscription, name, value)
        subscription.save()
        subscriptions.append(subscription)
    Subscription.click(subscriptions, 'submit')
    Subscription.click(subscriptions, 'accept')
    return subscriptions


def transfer(amounts, date, account, bank):
    """Post a bank statement of transfers received.

    :param amounts: [(party, account or None for the called capital, amount)]
    :param account: the account of called capital
    :param bank: the account of the bank
    """
    Journal = Model.get('account.journal')
    Statement = Model.get('account.statement')
    StatementJournal = Model.get('account.statement.journal')
    journals = StatementJournal.find([('name', '=', "Bank")])
    if not journals:
        journal, = Journal.find([('code', '=', 'STA')], limit=1)
        journals = [StatementJournal(
                name="Bank", journal=journal, account=bank,
                validation='number_of_lines')]
        journals[0].save()
    statement = Statement(
        name=str(date), date=date, journal=journals[0],
        number_of_lines=len(amounts))
    for party, other, amount in amounts:
        line = statement.lines.new(date=date)
        line.amount = amount
        line.party = party
        line.account = other or account
    statement.click('validate_statement')
    statement.click('post')
    return statement


def cash(subscription, amount, date, account):
    "Receive cash for a subscription"
    Journal = Model.get('account.journal')
    wizard = Wizard('coop.share.subscription.receive', [subscription])
    wizard.form.date = date
    wizard.form.amount = amount
    wizard.form.journal, = Journal.find([('type', '=', 'cash')], limit=1)
    wizard.form.account = account
    wizard.execute('receive')
    subscription.reload()


def verify(date):
    "Return what is wrong with the register at a date: nothing, as a string"
    wizard = Wizard('coop.share.verify')
    wizard.form.date = date
    wizard.execute('verify')
    return wizard.form.problems or ''


def _iban(party, number, bank):
    BankAccount = Model.get('bank.account')
    account = BankAccount(bank=bank)
    account.owners.append(type(party)(party.id))
    account.numbers.new(type='iban', number=number)
    account.save()
    return account.numbers[0]


def create_bank():
    "Return the bank of everybody"
    Bank = Model.get('bank')
    Party = Model.get('party.party')
    party = Party(name="Bank")
    party.save()
    bank = Bank(party=party, bic='AGRIFRPPXXX')
    bank.save()
    return bank


def create_sepa_journal(account):
    """Return a journal of SEPA direct debits, with a clearing account.

    :param account: the account of the bank, whose type it takes
    """
    Account = Model.get('account.account')
    Identifier = Model.get('party.identifier')
    Journal = Model.get('account.journal')
    PaymentJournal = Model.get('account.payment.journal')
    company = get_company()
    Identifier(
        party=company.party, type='eu_at_02',
        code='FR72ZZZ123456').save()
    clearing = Account(
        name="Bank Clearing", type=account.type, company=company,
        reconcile=True)
    clearing.save()
    journal, = Journal.find([('code', '=', 'STA')], limit=1)
    result = PaymentJournal(
        name="SEPA", process_method='sepa', clearing_account=clearing,
        clearing_journal=journal)
    result.sepa_bank_account_number = _iban(
        company.party, 'FR7630006000011234567890189', create_bank())
    result.sepa_payable_flavor = 'pain.001.001.03'
    result.sepa_receivable_flavor = 'pain.008.001.02'
    result.save()
    return result


def create_mandate(party, iban='FR7630006000010000000000152', scheme='CORE'):
    "Return a validated SEPA mandate of a party"
    Bank = Model.get('bank')
    Mandate = Model.get('account.payment.sepa.mandate')
    bank, = Bank.find()
    mandate = Mandate(
        party=party, type='recurrent', scheme=scheme,
        identification=f'RUM{party.id}', signature_date=dt.date.today())
    mandate.account_number = _iban(party, iban, bank)
    mandate.save()
    mandate.click('request')
    mandate.click('validate_mandate')
    return mandate
