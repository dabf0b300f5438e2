# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Records that tests and benchmarks of all modules build on.

Each function works inside a transaction with the company in its context.
"""
import datetime as dt
from contextlib import ExitStack
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import Transaction, TransactionError

from .. import capital
from ..configuration import ACCOUNTS
from . import EXTRAS

# Open if nothing else is said
YEARS = (2020, 2023)
# What tests lock sooner or later
LOCKS = [
    'account.configuration', 'account.fiscalyear', 'account.journal.period',
    'account.period', 'bank', 'coop.configuration', 'coop.member.event',
    'coop.share.movement', 'ir.sequence', 'ir.sequence.strict']
_TYPES = {
    'receivable': {'assets': True, 'receivable': True},
    'uncalled_receivable': {'assets': True},
    'claim': {'payable': True},
    'advance': {'payable': True},
    }


def commit(make):
    "Call a function in a transaction of its own, again after a lock"
    extras = {}
    while True:
        with Transaction().start(DB_NAME, 1, **extras) as transaction:
            try:
                return make()
            except TransactionError as error:
                transaction.rollback()
                error.fix(extras)


def lock():
    "Take the locks first: each restarts the transaction, and what it made"
    for name in LOCKS:
        Pool().get(name).lock()


class CoopTestCase(RouteTestCase):
    "Has a cooperative, made once, that each test is given"
    module = 'coop_member'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        commit(cooperative)


def cooperative(name="Coop", years=YEARS):
    """Return a company with open years and the accounts of the capital.

    That of the class of the test, where name and years are those of it.
    """
    lock()
    if company := made(name, years):
        return company
    company = create_company(name)
    with set_company(company):
        share_accounts(company)
        for year in range(years[0], years[1] + 1):
            fiscalyear(company, year)
    return company


def made(name, years):
    "Return the company with all these years, if there is one"
    FiscalYear = Pool().get('account.fiscalyear')
    first = FiscalYear.search([
            ('company.party.name', '=', name),
            ('name', '=', str(years[0])),
            ], limit=1) if years == YEARS else []
    return first[0].company if first else None


def fiscalyear(company, year):
    "Return an open fiscal year with its periods"
    pool = Pool()
    FiscalYear = pool.get('account.fiscalyear')
    Sequence = pool.get('ir.sequence.strict')
    SequenceType = pool.get('ir.sequence.type')
    type_, = SequenceType.search([('name', '=', "Account Move")])
    sequence, = Sequence.create([{
                'name': str(year), 'sequence_type': type_.id,
                'company': company.id}])
    fiscalyear, = FiscalYear.create([{
                'name': str(year), 'company': company.id,
                'start_date': dt.date(year, 1, 1),
                'end_date': dt.date(year, 12, 31),
                'move_sequence': sequence.id}])
    FiscalYear.create_period([fiscalyear], interval=3)
    return fiscalyear


def share_accounts(company):
    "Create the accounts of the capital and set them as the company's"
    pool = Pool()
    Account = pool.get('account.account')
    Type = pool.get('account.account.type')
    Configuration = pool.get('coop.configuration')
    types = Type.create([{
                'name': label, 'company': company.id, 'statement': 'balance',
                **_TYPES.get(role, {})}
            for role, (label, _) in ACCOUNTS.items()])
    *accounts, cash = Account.create([{
                'name': label, 'code': role, 'type': type_.id,
                'company': company.id, 'party_required': party,
                'reconcile': party}
            for type_, (role, (label, party)) in zip(
                [*types, types[-1]],
                [*ACCOUNTS.items(), ('cash', ("Cash", False))])])
    accounts = {
        f'account_{role}': account
        for role, account in zip(ACCOUNTS, accounts)}
    configuration = Configuration(1)
    for name, account in accounts.items():
        setattr(configuration, name, account)
    configuration.save()
    return {**accounts, 'cash': cash}


def receive(member, amount, date, account='receivable', origin=None):
    """Return the posted move of money received on an account of the capital.

    :param amount: Decimal, negative for money that went back
    :param origin: of the move, when the register recognises it already
    """
    pool = Pool()
    Account = pool.get('account.account')
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company = member.company
    journal, = Journal.search([('type', '=', 'cash')], limit=1)
    cash, = Account.search([
            ('code', '=', 'cash'), ('company', '=', company.id)])
    capital_, = Account.search([
            ('code', '=', account), ('company', '=', company.id)])
    debit, credit = max(amount, 0), max(-amount, 0)
    move = Move(
        company=company, journal=journal, date=date, origin=origin,
        period=Period.find(company, date=date), lines=[
            Line(account=cash, debit=debit, credit=credit),
            Line(account=capital_, party=member.party,
                debit=credit, credit=debit)])
    move.save()
    Move.post([move])
    return move


def category(company, code='W', **values):
    Category = Pool().get('coop.member.category')
    return Category.create([{
                'name': f"Category {code}", 'code': code,
                'company': company.id, **values}])[0]


def share_class(company, code='A', nominal=Decimal(24), **values):
    ShareClass = Pool().get('coop.share.class')
    return ShareClass.create([{
                'name': f"Class {code}", 'code': code, 'company': company.id,
                'nominals': [('create', [{
                                'date': dt.date(2000, 1, 1),
                                'value': nominal}])],
                **values}])[0]


def members(
        company, count, category_=None, admitted=dt.date(2020, 1, 1),
        events=('application', 'admission', 'activation')):
    """Return members admitted and active at a date.

    :param admitted: date of application, admission and activation, or None
        to leave them applicants of today
    :param events: kinds of the events of that date
    """
    pool = Pool()
    Member = pool.get('coop.member')
    Party = pool.get('party.party')
    Event = pool.get('coop.member.event')
    category_ = category_ or category(company)
    parties = Party.create([
            {'name': f"Member {i}"} for i in range(1, count + 1)])
    with Transaction().set_context(coop_application=admitted is None):
        result = Member.create([{
                    'company': company.id, 'party': party.id,
                    'category': category_.id} for party in parties])
    if admitted:
        Event.record([
                Event(company=company, member=member, kind=kind,
                    date=admitted,
                    category=category_ if kind == 'admission' else None)
                for member in result
                for kind in events])
    return result


def subscribe(member, share_class, quantity, date, called=None):
    "Return the movement of a subscription recorded at a date"
    Movement = Pool().get('coop.share.movement')
    nominal = share_class.get_nominal_at(date)
    called = quantity * nominal if called is None else called
    movement = Movement.build(
        member, share_class, 'subscription', date,
        capital.subscription(quantity, nominal, called))
    return Movement.record([[movement]])[0]


def decision(company, date, title="Decision"):
    Decision = Pool().get('coop.decision')
    return Decision.create([{
                'company': company.id, 'number': title, 'date': date,
                'title': title}])[0]


def person(name, email=None, **values):
    "Return a party with an e-mail, written to in English"
    pool = Pool()
    Party = pool.get('party.party')
    mechanisms = []
    if email:
        mechanisms.append(
            ('create', [{'type': 'email', 'value': email}]))
    return Party.create([{
                'name': name, 'contact_mechanisms': mechanisms,
                **values}])[0]


def applicant(party, category_, **values):
    "Return the party as an applicant of today"
    Member = Pool().get('coop.member')
    return Member.create([{
                'company': category_.company.id, 'party': party.id,
                'category': category_.id, **values}])[0]


def group(name):
    "Return the id of a group of coop_member"
    ModelData = Pool().get('ir.model.data')
    return ModelData.get_id('coop_member', f'group_{name}')


def user(login, *groups, member=None, company=None):
    "Return a user of the groups of coop_member named, acting for a member"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    company = company or (member.company if member else None)
    user_, = User.create([{
                'name': login, 'login': login,
                'groups': [('add', [
                            ModelData.get_id('coop_member', f'group_{g}')
                            for g in groups])],
                **({
                        'companies': [('add', [company.id])],
                        'company': company.id} if company else {}),
                }])
    if member:
        member.users = [*member.users, user_]
        member.save()
    return user_


def as_user(user_):
    "The context of a request of a user: access checked"
    User = Pool().get('res.user')
    stack = ExitStack()
    transaction = Transaction()
    stack.enter_context(transaction.set_user(user_.id))
    stack.enter_context(transaction.set_context(
            User.get_preferences(context_only=True), _check_access=True))
    return stack


def subscriptions(members, share_class, quantity, date, **values):
    "Return subscriptions of members, submitted and accepted together"
    Subscription = Pool().get('coop.share.subscription')
    values.setdefault('called_fraction', share_class.called_fraction)
    records = Subscription.create([{
                'company': member.company.id, 'member': member.id,
                'share_class': share_class.id, 'quantity': quantity,
                'date': date, **values} for member in members])
    Subscription.submit(records)
    Subscription.accept(records)
    return Subscription.browse(records)


def balance(company, code):
    "Return the balance (debit - credit) of an account by its code"
    Line = Pool().get('account.move.line')
    return sum((l.debit - l.credit for l in Line.search([
                    ('account.code', '=', code),
                    ('move.company', '=', company.id),
                    ('move_state', '=', 'posted')])), Decimal(0))


def payable(company):
    "Return a payable account (4011) of what is owed to parties"
    pool = Pool()
    Account = pool.get('account.account')
    Type = pool.get('account.account.type')
    type_, = Type.create([{
                'name': "Payable", 'company': company.id,
                'statement': 'balance', 'payable': True}])
    account, = Account.create([{
                'name': "Payable", 'code': 'payable', 'type': type_.id,
                'company': company.id, 'party_required': True,
                'reconcile': True}])
    return account


def owed(member, amount, date, account):
    "Return the posted line of what the cooperative owes a member"
    pool = Pool()
    Account = pool.get('account.account')
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company = member.company
    journal, = Journal.search([('type', '=', 'expense')], limit=1)
    cash, = Account.search([
            ('code', '=', 'cash'), ('company', '=', company.id)])
    move = Move(
        company=company, journal=journal, date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=cash, debit=amount, credit=0),
            Line(account=account, party=member.party, debit=0,
                credit=amount, maturity_date=date)])
    move.save()
    Move.post([move])
    line, = [l for l in move.lines if l.party]
    return line


def open_balance(member, account):
    "Return the balance (debit - credit) of a member's open lines"
    Line = Pool().get('account.move.line')
    return sum((l.debit - l.credit for l in Line.search([
                    ('account', '=', account.id),
                    ('party', '=', member.party.id),
                    ('reconciliation', '=', None),
                    ('move_state', '=', 'posted')])), Decimal(0))


def unreconcile(member):
    "Delete the reconciliations of what a member pays on shares"
    pool = Pool()
    Line = pool.get('account.move.line')
    Reconciliation = pool.get('account.move.reconciliation')
    Reconciliation.delete(list({
                l.reconciliation for l in Line.search([
                        ('party', '=', member.party.id),
                        ('account.code', '=', 'receivable'),
                        ('reconciliation', '!=', None)])}))


def iban(party, number, bic='AGRIFRPPXXX'):
    "Return the number of a bank account of a party"
    pool = Pool()
    Account = pool.get('bank.account')
    Bank = pool.get('bank')
    account, = Account.create([{
                'bank': Bank.from_bic(bic).id,
                'owners': [('add', [party.id])],
                'numbers': [('create', [
                            {'type': 'iban', 'number': number}])]}])
    return account.numbers[0]


def sepa_journal(company, **values):
    "Return a journal of SEPA direct debits"
    pool = Pool()
    Identifier = pool.get('party.identifier')
    Journal = pool.get('account.payment.journal')
    Identifier.create([{
                'party': company.party.id, 'type': 'eu_at_02',
                'code': 'FR72ZZZ123456'}])
    number = iban(company.party, 'FR7630006000011234567890189')
    return Journal.create([{
                'name': "SEPA", 'company': company.id,
                'currency': company.currency.id, 'process_method': 'sepa',
                'sepa_bank_account_number': number.id,
                'sepa_payable_flavor': 'pain.001.001.03',
                'sepa_receivable_flavor': 'pain.008.001.02', **values}])[0]


def mandate(party, number='FR7630006000010000000000152', **values):
    "Return a validated mandate of a party"
    pool = Pool()
    Address = pool.get('party.address')
    Mandate = pool.get('account.payment.sepa.mandate')
    address, = Address.create([{'party': party.id, 'city': "Lyon"}])
    values.setdefault('signature_date', dt.date(2021, 1, 1))
    if 'account_number' not in values:
        values['account_number'] = iban(party, number).id
    mandate_, = Mandate.create([{
                'party': party.id, 'address': address.id,
                'identification': f'RUM{party.id}', **values}])
    Mandate.request([mandate_])
    Mandate.validate_mandate([mandate_])
    return mandate_


def direct_debits(journal, mandates, amount=Decimal(10), **values):
    "Return a payment by each mandate"
    Payment = Pool().get('account.payment')
    return Payment.create([{
                'company': journal.company.id, 'journal': journal.id,
                'kind': 'receivable', 'party': mandate_.party.id,
                'sepa_mandate': mandate_.id, 'amount': amount,
                **values} for mandate_ in mandates])
