# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of coop_settlement share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard
from stdnum.fr import siren
from trytond.modules.account.tests.tools import create_tax
from trytond.modules.coop_member.tests import tools as coop

from . import EXTRAS

MODULES = ['coop_settlement', *EXTRAS]
ACCOUNTS = {
    # code: (field of the configuration, its type, takes a party)
    '706': ('revenue_account', {
            'statement': 'income', 'revenue': True}, False),
    '611': ('work_account', {'statement': 'income', 'expense': True}, False),
    '6222': ('referral_account', {
            'statement': 'income', 'expense': True}, False),
    '7061': ('contribution_account', {
            'statement': 'income', 'revenue': True}, False),
    '4191': ('deposit_account', {'deposit': True}, True),
    '416': ('doubtful_account', {'assets': True, 'receivable': True}, True),
    '491': ('depreciation_account', {'assets': True}, False),
    '68174': ('depreciation_expense_account', {
            'statement': 'income', 'expense': True}, False),
    '78174': ('depreciation_revenue_account', {
            'statement': 'income', 'revenue': True}, False),
    '654': ('loss_account', {
            'statement': 'income', 'expense': True}, False),
    }
SIREN = ['552008443', '732829320', '404833048']


def create_cooperative(today):
    "Return {role: account} of a company with the books of missions"
    Account = Model.get('account.account')
    Company = Model.get('company.company')
    Configuration = Model.get('coop.configuration')
    Type = Model.get('account.account.type')
    accounts = coop.create_cooperative(today)
    company, = Company.find([])
    configuration = Configuration(1)
    for code, (field, values, party) in ACCOUNTS.items():
        type_ = Type(
            name=code, company=company, **{'statement': 'balance', **values})
        type_.save()
        account = Account(
            name=code, code=code, company=company, type=type_,
            party_required=party, reconcile=party)
        account.save()
        setattr(configuration, field, account)
    configuration.contribution_tax = tax('.2', 'sale')
    configuration.receipts_tax = tax('.2', 'purchase')
    configuration.debits_tax = configuration.receipts_tax
    configuration.save()
    FiscalYear = Model.get('account.fiscalyear')
    for year in FiscalYear.find([]):
        year.tax_group_on_cash_basis.append(group('sale'))
        year.save()
    return accounts


def group(kind):
    Group = Model.get('account.tax.group')
    found = Group.find([('code', '=', kind)])
    if not found:
        found = [Group(name=kind, code=kind, kind=kind)]
        found[0].save()
    return Group(found[0].id)


def tax(rate, kind):
    "Return the tax of a rate on what is sold or bought"
    Tax = Model.get('account.tax')
    found = Tax.find([
            ('rate', '=', Decimal(rate)), ('group.code', '=', kind)])
    if found:
        return found[0]
    tax_ = create_tax(Decimal(rate))
    tax_.group = group(kind)
    tax_.save()
    return tax_


def rate(mode='margin', date=dt.date(2020, 1, 1), **values):
    "Return the rate of missions from a date: 10 % and 2 %, VAT of 20 %"
    Rate = Model.get('coop.mission.rate')
    rate_ = Rate(
        date=date, contribution=Decimal('.1'), referral=Decimal('.02'),
        deposit=Decimal('.3'), mode=mode, tax=tax('.2', 'sale'))
    for name, value in values.items():
        setattr(rate_, name, value)
    rate_.save()
    return rate_


def workers(names, category, date, statuses=()):
    "Return members with a business number and a VAT status each"
    Status = Model.get('coop.vat.status')
    members = coop.admit(names, category, date)
    for n, member in enumerate(members):
        address(member.party)
        business(member.party, SIREN[n])
        status = statuses[n] if n < len(statuses) else 'receipts'
        Status(
            member=member, date=dt.date(2020, 1, 1), status=status).save()
    return members


def business(party, number):
    "Give a party a SIREN and the VAT number that follows from it"
    party.identifiers.new(type='fr_siren', code=number)
    party.identifiers.new(type='eu_vat', code=f'FR{siren.to_tva(number)}')
    party.save()


def address(party):
    Address = Model.get('party.address')
    Address(party=party, city="Lyon").save()


def client(name="Bakery"):
    "Return a client who can be invoiced"
    Party = Model.get('party.party')
    party = Party(name=name)
    party.save()
    address(party)
    return party


def mission(title, members, client_, tax_rate='.2', **values):
    "Return a mission whose members have agreed, at a price each"
    Mission = Model.get('coop.mission')
    record = Mission(
        title=title, client=client_, tax=tax(tax_rate, 'sale'))
    record.start_date = record.end_date = dt.date.today()
    for name, value in values.items():
        setattr(record, name, value)
    for member, price in members:
        record.members.new(member=member, amount=Decimal(price))
    record.save()
    for row in record.members:
        row.click('confirm')
    record.reload()
    return record


def done(record):
    "Have the members report, and the client accept; return the settlement"
    Report = Model.get('coop.mission.report')
    Settlement = Model.get('coop.settlement')
    for row in record.members:
        report = Report(
            mission=record, member=row.member, description="Done",
            final=True)
        report.save()
        report.click('submit')
    record.reload()
    record.click('accept')
    settlement, = Settlement.find([('mission', '=', record.id)])
    return settlement


def invoiced(settlement):
    "Return the invoice of the client of a settlement"
    Invoice = Model.get('account.invoice')
    settlement.click('invoice')
    return Invoice.find(
        [('mission', '=', settlement.mission.id)], order=[('id', 'DESC')])[0]


def pay(invoice, accounts, amount, partial=False):
    "Pay an amount of an invoice by the wizard of Tryton"
    PaymentMethod = Model.get('account.invoice.payment.method')
    Journal = Model.get('account.journal')
    found = PaymentMethod.find([])
    if not found:
        journal = Journal.find([('type', '=', 'cash')])[0]
        found = [PaymentMethod(
                name="Bank", journal=journal,
                credit_account=accounts['cash'],
                debit_account=accounts['cash'])]
        found[0].save()
    wizard = Wizard('account.invoice.pay', [invoice])
    wizard.form.payment_method = found[0]
    wizard.form.amount = Decimal(amount)
    wizard.execute('choice')
    if partial:
        wizard.form.type = 'partial'
        wizard.execute('pay')
    invoice.reload()


def proof():
    "Return the form of the proof of VAT of this month"
    Period = Model.get('account.period')
    today = dt.date.today()
    period, = Period.find([
            ('start_date', '<=', today), ('end_date', '>=', today),
            ('type', '=', 'standard')])
    wizard = Wizard('coop.vat.proof')
    wizard.form.start_period = wizard.form.end_period = period
    wizard.execute('result')
    return wizard.form
