# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Rows of each model that has a list, for the count of its queries.

Each function makes a number of rows that share as little as possible: other
members, other parties, other classes, so that a query per record shows. They
are called once after the other, in one company.
"""
import datetime as dt
from decimal import Decimal
from functools import wraps
from itertools import count as counter
from itertools import cycle

from schwifty import IBAN

from trytond.pool import Pool
from trytond.transaction import Transaction

from .. import capital
from . import factories

DATE = dt.date(2021, 3, 1)
NOMINAL = Decimal(24)
_codes = counter(1)


def company():
    Company = Pool().get('company.company')
    return Company(Transaction().context['company'])


def shared(make):
    "The rows that are there already, when there are enough of them"
    rows = {}

    @wraps(make)
    def wrapper(count):
        key = Transaction().started_at, company().id, count
        if key not in rows:
            rows.clear()
            rows[key] = make(count)
        return rows[key]
    return wrapper


def _named(name, **values):
    code = str(next(_codes))
    return {
        'company': company().id, 'code': code, 'name': f'{name} {code}',
        **values}


@shared
def categories(count):
    Category = Pool().get('coop.member.category')
    return Category.create([_named("Category") for _ in range(count)])


@shared
def classes(count):
    ShareClass = Pool().get('coop.share.class')
    return ShareClass.create([
            _named("Class", nominals=[('create', [{
                                'date': dt.date(2000, 1, 1),
                                'value': NOMINAL}])])
            for _ in range(count)])


@shared
def decisions(count):
    Decision = Pool().get('coop.decision')
    return Decision.create([{
                'company': company().id, 'number': str(i), 'date': DATE,
                'title': f"Decision {i}"} for i in range(count)])


@shared
def members(count):
    pool = Pool()
    Event = pool.get('coop.member.event')
    Member = pool.get('coop.member')
    Party = pool.get('party.party')
    parties = Party.create([{'name': f"Member {i}"} for i in range(count)])
    with Transaction().set_context(coop_application=False):
        result = Member.create([{
                    'company': company().id, 'party': party.id,
                    'category': category.id}
                for party, category in zip(parties, categories(count))])
    Member.write(result[1:], {'referrer': result[0].id})
    Event.record([
            Event(company=company(), member=member, kind=kind, date=DATE,
                category=member.category if kind == 'admission' else None,
                decision=decision)
            for member, decision in zip(result, decisions(count))
            for kind in ['application', 'admission', 'activation']])
    return result


@shared
def movements(count):
    Movement = Pool().get('coop.share.movement')
    deltas = capital.subscription(2, NOMINAL, 2 * NOMINAL)
    return Movement.record([
            [Movement.build(
                    member, share_class, 'subscription', DATE, deltas,
                    decision=decision)]
            for member, share_class, decision in zip(
                members(count), classes(count), decisions(count))])


def imports(count):
    Import = Pool().get('coop.import')
    result = Import.create([{
                'company': company().id,
                'members_file_name': f'members_{i}.csv',
                'members_file': b'number'} for i in range(count)])
    import_slices(result)
    return result


def import_slices(imports):
    Slice = Pool().get('coop.import.slice')
    return Slice.create([{
                'import_': import_.id, 'number': 1, 'kind': 'members',
                'count': 1, 'data': '[]'} for import_ in imports])


def money(count):
    "Subscriptions with what pays them, and more than that"
    pool = Pool()
    Call = pool.get('coop.share.call')
    Contribution = pool.get('coop.contribution')
    Retention = pool.get('coop.share.retention')
    Subscription = pool.get('coop.share.subscription')
    members_, classes_ = members(count), classes(count)
    subscriptions = Subscription.create([{
                'company': company().id, 'member': member.id,
                'share_class': share_class.id, 'date': DATE, 'quantity': 2}
            for member, share_class in zip(members_, classes_)])
    Subscription.submit(subscriptions)
    Subscription.accept(subscriptions)
    for member in members_:
        factories.receive(member, 10 * NOMINAL + 1, DATE)
    Contribution.create([{
                'company': company().id, 'member': member.id, 'date': DATE,
                'value': Decimal(100), 'description': "The roof"}
            for member in members_])
    Retention.create([{
                'company': company().id, 'member': member.id,
                'start_date': DATE, 'rate': Decimal('.1'),
                'cap': Decimal(100)} for member in members_])
    Call.create([{
                'company': company().id, 'share_class': share_class.id,
                'date': DATE, 'due_date': DATE, 'fraction': Decimal('.5')}
            for share_class in classes_])


def transfers(count):
    "From each member to the next"
    Transfer = Pool().get('coop.share.transfer')
    members_ = members(count)
    return Transfer.create([{
                'company': company().id, 'transferor': transferor.id,
                'transferee': transferee.id, 'share_class': share_class.id,
                'quantity': 1, 'date': DATE}
            for transferor, transferee, share_class in zip(
                members_, members_[1:] + members_[:1], classes(count))])


@shared
def leavings(count):
    "All that leaving is about, of each member in a class of its own"
    pool = Pool()
    Account = pool.get('account.account')
    Repayment = pool.get('coop.share.repayment')
    Withdrawal = pool.get('coop.share.withdrawal')
    members_, classes_ = members(count), classes(count)
    rows = list(zip(members_, classes_))
    for member, share_class in rows:
        factories.subscribe(member, share_class, 4, DATE)
    values = [{
            'company': company().id, 'member': member.id, 'date': DATE,
            'share_class': share_class.id} for member, share_class in rows]
    pool.get('coop.share.conversion').create([
            {**v, 'share_class': other.id, 'from_class': v['share_class'],
                'from_quantity': 1}
            for v, other in zip(values, classes_[1:] + classes_[:1])])
    valuations = pool.get('coop.share.valuation').create([{
                'company': company().id, 'date': DATE, 'losses': 1,
                'decision': decision.id, 'state': 'approved',
                'reserves': [('create', [{
                                'account': account.id, 'amount': 1}])]}
            for decision, account in zip(decisions(count), cycle(
                    Account.search([
                            ('company', '=', company().id),
                            ('type', '!=', None), ('closed', '!=', True)])))
            ])
    pool.get('coop.share.late_loss').create([
            {**v, 'amount': 1, 'valuation': valuation.id}
            for v, valuation in zip(values, valuations)])
    pool.get('coop.share.reduction').create([{
                'company': company().id, 'date': DATE, 'nominal': 1,
                'share_class': share_class.id} for share_class in classes_])
    for member, share_class in rows:
        factories.receive(member, 4 * NOMINAL, DATE)
    withdrawals = Withdrawal.create([
            {**v, 'quantity': 1, 'cause': 'other', 'cancellation_date': DATE,
                'valuation': None} for v in values])
    Withdrawal.request(withdrawals)
    Withdrawal.process(withdrawals)
    repayments = Repayment.create([{
                'company': company().id, 'member': member.id, 'date': DATE,
                'payee': member.party.id, 'amount': NOMINAL}
            for member in members_])
    Repayment.approve(repayments)
    # As if each was paid in another month, with interest
    for n, repayment in enumerate(repayments):
        repayment.interest, repayment.state = 1, 'paid'
        repayment.paid_on = DATE + dt.timedelta(days=366 * n)
    Repayment.save(repayments)
    pool.get('coop.member.dispense').create([{
                'member': member.id, 'year': 2022, 'date': DATE}
            for member in members_])
    pool.get('coop.member.exclusion').create([{
                'company': company().id, 'member': member.id,
                'ground': 'other', 'reason': "Other"}
            for member in members_])
    Liquidity = pool.get('coop.share.liquidity')
    Liquidity.compute(Liquidity.create([{
                    'company': company().id, 'name': str(i), 'date': DATE,
                    'quarters': 1} for i in range(count)]))


def payments(count):
    pool = Pool()
    Journal = pool.get('account.payment.journal')
    Payment = pool.get('account.payment')
    journals = Journal.create([{
                'company': company().id, 'name': f"Transfer {i}",
                'currency': company().currency.id,
                'process_method': 'manual'} for i in range(count)])
    return Payment.create([{
                'company': company().id, 'journal': journal.id,
                'kind': 'payable', 'party': member.party.id, 'date': DATE,
                'amount': NOMINAL}
            for journal, member in zip(journals, members(count))])


def mandates(count):
    pool = Pool()
    Account = pool.get('bank.account')
    Mandate = pool.get('account.payment.sepa.mandate')
    members_ = members(count)
    accounts = Account.create([{
                'owners': [('add', [member.party.id])],
                'numbers': [('create', [{
                                'type': 'iban',
                                'number': IBAN.generate(
                                    'DE', '37040044',
                                    str(next(_codes))).compact}])]}
            for member in members_])
    return Mandate.create([{
                'company': company().id, 'party': member.party.id,
                'account_number': account.numbers[0].id,
                'identification': f'RUM{next(_codes)}',
                'signature_date': DATE, 'state': 'requested'}
            for member, account in zip(members_, accounts)])


@shared
def document_kinds(count):
    Kind = Pool().get('coop.document.kind')
    codes = [str(next(_codes)) for _ in range(count)]
    return Kind.create([{'code': c, 'name': f"Kind {c}"} for c in codes])


def documents(count):
    Document = Pool().get('coop.member.document')
    result = Document.create([{
                'member': member.id, 'kind': kind.id}
            for member, kind in zip(
                members(count), document_kinds(count))])
    for document in result:
        document.member.category.documents = [document.kind]
        document.member.category.save()
    return result


@shared
def consent_documents(count):
    Document = Pool().get('coop.consent.document')
    return Document.create([{
                'company': company().id, 'kind': 'other', 'date': DATE,
                'title': f"Text {next(_codes)}", 'version': "1"}
            for _ in range(count)])


def consents(count):
    Consent = Pool().get('coop.member.consent')
    return Consent.create([{
                'member': member.id, 'document': document.id}
            for member, document in zip(
                members(count), consent_documents(count))])


def iban_changes(count):
    Change = Pool().get('coop.iban.change')
    return Change.create([{
                'member': member.id,
                'iban': IBAN.generate(
                    'DE', '37040044', str(next(_codes))).compact}
            for member in members(count)])


def parameters(count):
    Parameter = Pool().get('coop.parameter')
    return Parameter.create([{
                'key': 'floor_fraction', 'value': Decimal('0.25'),
                'date': dt.date(1900, 1, 1) + dt.timedelta(
                    days=next(_codes)),
                'source': "statutes"} for _ in range(count)])


def welcome_documents(count):
    Document = Pool().get('coop.welcome.document')
    return Document.create([{
                'company': company().id, 'name': f"Welcome {category.code}",
                'category': category.id, 'file': b'welcome',
                'file_name': 'welcome.txt'}
            for category in categories(count)])


def addresses(count):
    Address = Pool().get('party.address')
    return Address.create([
            {'party': member.party.id, 'city': "Lyon"}
            for member in members(count)])


def contact_mechanisms(count):
    Mechanism = Pool().get('party.contact_mechanism')
    return Mechanism.create([{
                'party': member.party.id, 'type': 'email',
                'value': f'{member.id}@example.com'}
            for member in members(count)])


def prints(count):
    pool = Pool()
    Lang = pool.get('ir.lang')
    Print = pool.get('coop.print')
    return Print.create([{
                'company': company().id, 'document': 'coop.member.register',
                'date': DATE, 'language': Lang.get('en').id}
            for _ in range(count)])


@shared
def mailings(count):
    "Each with a letter that has left to another member"
    Mailing = Pool().get('coop.mailing')
    return Mailing.create([{
                'company': company().id, 'subject': f"Letter {i}",
                'body': "Hello", 'state': 'sent',
                'letters': [('create', [{
                                'company': company().id,
                                'member': member.id,
                                'subject': f"Letter {i}", 'body': "Hello",
                                'medium': 'email', 'state': 'done',
                                'email': f'{i}@example.com'}])]}
            for i, member in enumerate(members(count))])


LISTS = {
    'coop.print': prints,
    'coop.mailing': mailings,
    'coop.member.letter': mailings,
    'coop.import': imports,
    'coop.import.slice': imports,
    'coop.member': members,
    'coop.member.category': categories,
    'coop.member.event': members,
    'coop.decision': decisions,
    'coop.share.class': classes,
    'coop.share.nominal': classes,
    'coop.share.movement': movements,
    'coop.share.holding': movements,
    'coop.share.capital': movements,
    'coop.share.subscription': money,
    'coop.share.allocation': money,
    'coop.share.to_allocate': money,
    'coop.share.retention': money,
    'coop.share.call': money,
    'coop.share.transfer': transfers,
    **dict.fromkeys([
            'coop.member.dispense', 'coop.member.exclusion',
            'coop.share.conversion', 'coop.share.late_loss',
            'coop.share.liquidity', 'coop.share.liquidity.line',
            'coop.share.reduction', 'coop.share.repayment',
            'coop.share.valuation', 'coop.share.valuation.reserve',
            'coop.share.withdrawal',
            'coop.withholding', 'coop.withholding.month',
            'coop.withholding.year'], leavings),
    'coop.contribution': money,
    'coop.document.kind': document_kinds,
    'coop.member.document': documents,
    'coop.consent.document': consent_documents,
    'coop.member.consent': consents,
    'coop.iban.change': iban_changes,
    'coop.parameter': parameters,
    'coop.welcome.document': welcome_documents,
    'account.payment': payments,
    'account.payment.sepa.mandate': mandates,
    'party.address': addresses,
    'party.contact_mechanism': contact_mechanisms,
    }
