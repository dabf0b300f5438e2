# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of payments to members share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model
from schwifty import IBAN
from trytond.modules.company.tests.tools import get_company
from trytond.modules.coop_member.tests import tools as coop
from trytond.modules.coop_mission.tests import tools as mission

from . import EXTRAS

MODULES = ['coop_settlement', *EXTRAS]
# code: (field of the configuration, party on its lines, flags of its type)
_ACCOUNTS = {
    '706': ('revenue_account', False, {'revenue': True}),
    '611': ('work_account', False, {'expense': True}),
    '6222': ('referral_account', False, {'expense': True}),
    '4671': ('fund_account', True, {'payable': True}),
    '467': ('seizure_account', True, {'payable': True}),
    '580': (None, False, {}),
    }
# Of businesses that do not matter here
_NUMBERS = ['552008443', '732829320', '404833048']


def create_cooperative(today):
    "Create a cooperative that settles missions; return its category"
    Account = Model.get('account.account')
    Configuration = Model.get('coop.configuration')
    Journal = Model.get('account.journal')
    Kind = Model.get('coop.document.kind')
    Type = Model.get('account.account.type')
    coop.create_cooperative(today)
    company = get_company()
    configuration = Configuration(1)
    made = {}
    for code, (name, party, flags) in _ACCOUNTS.items():
        income = {'revenue', 'expense'} & flags.keys()
        type_ = Type(
            name=code, company=company,
            statement='income' if income else 'balance', **flags)
        type_.save()
        made[code] = account = Account(
            name=code, code=code, type=type_, company=company,
            party_required=party, reconcile=party or code == '580')
        account.save()
        if name:
            setattr(configuration, name, account)
    configuration.payout_journal, = Journal.find(
        [('type', '=', 'expense')], limit=1)
    configuration.payment_ceiling = Decimal(100000)
    configuration.save()
    # No paper is asked for here
    for kind in Kind.find([('mission_paper', '!=', None)]):
        kind.mission_paper = None
        kind.save()
    return coop.create_category()


def worker(name, category, today):
    "Return a member in the franchise who can be billed for and paid"
    Account = Model.get('bank.account')
    Address = Model.get('party.address')
    Bank = Model.get('bank')
    Identifier = Model.get('party.identifier')
    Party = Model.get('party.party')
    VatStatus = Model.get('coop.vat.status')
    # An account is a member's by a change that another user confirms: this
    # one is from before
    party = Party(name=name)
    party.save()
    Address(party=party, city="Grenoble").save()
    number = _NUMBERS[len(Identifier.find([('type', '=', 'fr_siren')]))]
    Identifier(party=party, type='fr_siren', code=number).save()
    banks = Bank.find([('bic', '=', 'COBADEFFXXX')])
    if not banks:
        bank = Bank(party=Party(name="Bank"), bic='COBADEFFXXX')
        bank.party.save()
        bank.save()
        banks = [bank]
    account = Account(bank=banks[0])
    account.owners.append(Party(party.id))
    account.numbers.new(
        type='iban',
        number=IBAN.generate('DE', '37040044', str(party.id)).compact)
    account.save()
    member, = coop.admit([party], category, today)
    VatStatus(
        member=member, date=dt.date(2020, 1, 1), status='franchise').save()
    return member


def mandate(member, today, **values):
    "Return an active billing mandate of a member"
    Mandate = Model.get('coop.billing.mandate')
    record = Mandate(
        member=member, start_date=today, signed_on=today,
        operations="Missions", agreement=b'signed',
        agreement_name='mandate.pdf', **values)
    record.click('activate')
    return record


def accepted(title, member, price, client=None, **values):
    "Return a mission that the member has done and the client accepts"
    Mission = Model.get('coop.mission')
    Party = Model.get('party.party')
    Report = Model.get('coop.mission.report')
    Address = Model.get('party.address')
    if client:
        party = Party(name=client)
        party.save()
        Address(party=party, city="Lyon").save()
        values['client'] = party
    record = mission.mission(title, [member], price=price, **values)
    for row in record.members:
        row.click('confirm')
    record = Mission(record.id)
    record.click('start')
    report = Report(mission=record, member=member, final=True)
    report.description = "Done"
    report.click('submit')
    record = Mission(record.id)
    record.click('accept')
    return record


def bills(member, state=None):
    "Return the bills of a member, the first one first"
    Bill = Model.get('coop.bill')
    domain = [('member', '=', member.id)]
    if state:
        domain.append(('state', '=', state))
    return Bill.find(domain, order=[('id', 'ASC')])


def create_journal():
    "Return a journal of payments that a clearing account bears"
    Account = Model.get('account.account')
    Journal = Model.get('account.journal')
    Payments = Model.get('account.payment.journal')
    journal = Payments(name="Transfers", process_method='manual')
    journal.clearing_account, = Account.find([('code', '=', '580')])
    journal.clearing_journal, = Journal.find(
        [('type', '=', 'cash')], limit=1)
    journal.save()
    return journal


def pay(journal, today):
    "Return a payment run that is prepared"
    Run = Model.get('coop.payment.run')
    run = Run(journal=journal, date=today)
    run.click('prepare')
    return run


def bank_paid(run):
    "Approve and send a run, and note that the bank has paid it"
    run.click('approve')
    run.click('send')
    for payment in run.payments:
        payment.click('succeed')


def rows(run):
    "Return [(member, kind, amount, to the member, why)] of a run"
    return sorted(
        (l.member.party.name, l.kind, l.amount, l.net, l.reason or '')
        for l in run.lines)
