# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Missions settled, to build tests and benchmarks on.

Each function works inside a transaction with the company in its context.
"""
import datetime as dt
from decimal import Decimal

from stdnum import luhn
from stdnum.fr import siren
from trytond.modules.company.tests import set_company
from trytond.modules.coop_due.tests import factories as due
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.tests import factories as mission_
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase

from . import EXTRAS

DATE = dt.date(2022, 3, 10)
STATUS = dt.date(2020, 1, 1)


class SettlementTestCase(RouteTestCase):
    "Has a cooperative with accounts and taxes that each test is given"
    module = 'coop_settlement'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cooperative)

    def setUp(self):
        super().setUp()
        # Nobody listens
        self.enterContext(mission_.mailbox())


def cooperative(name="Coop", years=coop.YEARS):
    "Return a company with the books of missions"
    company = coop.cooperative(name, years)
    with set_company(company):
        books(company)
    return company


def account(company, code):
    return due.account(company, code)


def books(company):
    "Create the accounts and taxes of missions, and set them, once"
    pool = Pool()
    Account = pool.get('account.account')
    Configuration = pool.get('coop.configuration')
    Type = pool.get('account.account.type')
    due.books(company)
    if account(company, '706'):
        return
    made = {}
    for code, statement, party, *flags in [
            ('706', 'income', False, 'revenue'),
            ('611', 'income', False, 'expense'),
            ('6222', 'income', False, 'expense'),
            ('7061', 'income', False, 'revenue'),
            ('4191', 'balance', True, 'deposit'),
            ('416', 'balance', True, 'assets', 'receivable'),
            ('491', 'balance', False, 'assets'),
            ('68174', 'income', False, 'expense'),
            ('78174', 'income', False, 'revenue'),
            ('654', 'income', False, 'expense'),
            ('44571', 'balance', False), ('44566', 'balance', False)]:
        type_, = Type.create([{
                    'name': code, 'company': company.id,
                    'statement': statement, **dict.fromkeys(flags, True)}])
        made[code], = Account.create([{
                    'name': code, 'code': code, 'type': type_.id,
                    'company': company.id, 'party_required': party,
                    'reconcile': party}])
    sale, purchase = tax_groups()
    configuration = Configuration(1)
    for name, code in {
            'revenue_account': '706', 'work_account': '611',
            'referral_account': '6222', 'contribution_account': '7061',
            'deposit_account': '4191', 'doubtful_account': '416',
            'depreciation_account': '491',
            'depreciation_expense_account': '68174',
            'depreciation_revenue_account': '78174',
            'loss_account': '654'}.items():
        setattr(configuration, name, made[code])
    configuration.contribution_tax = tax(
        company, "VAT 20 %", '.2', '44571', sale)
    tax(company, "VAT 10 %", '.1', '44571', sale)
    configuration.receipts_tax = tax(
        company, "VAT 20 % on receipts", '.2', '44566', purchase)
    configuration.debits_tax = tax(
        company, "VAT 20 % on debits", '.2', '44566', purchase)
    configuration.reverse_charge_tax = reverse_charge(company, purchase)
    configuration.save()
    cash_basis(company, sale)


def tax_groups():
    "Return the groups of taxes on services sold and bought"
    Group = Pool().get('account.tax.group')
    found = {g.code: g for g in Group.search([])}
    for code in ['sale', 'purchase']:
        if code not in found:
            found[code], = Group.create([{
                        'name': code, 'code': code, 'kind': code}])
    return found['sale'], found['purchase']


def tax(company, name, rate, code, group, **values):
    Tax = Pool().get('account.tax')
    return Tax.create([{
                'name': name, 'description': name, 'company': company.id,
                'type': 'percentage', 'rate': Decimal(rate),
                'group': group.id,
                'invoice_account': account(company, code).id,
                'credit_note_account': account(company, code).id,
                **values}])[0]


def reverse_charge(company, group):
    "Return a tax that is due and deducted at once"
    Tax = Pool().get('account.tax')
    parent, = Tax.create([{
                'name': "Reverse charge", 'description': "Reverse charge",
                'company': company.id, 'type': 'none', 'group': group.id}])
    for rate, code in [('.2', '44566'), ('-.2', '44571')]:
        tax(company, f"Reverse charge {code}", rate, code, group,
            parent=parent.id)
    return parent


def sale_tax(company, rate='.2'):
    "Return the tax of the price of clients at a rate"
    tax_, = Pool().get('account.tax').search([
            ('company', '=', company.id), ('rate', '=', Decimal(rate)),
            ('group.code', '=', 'sale')])
    return tax_


def cash_basis(company, *groups):
    "Have the taxes of groups due at the payment, as on services"
    FiscalYear = Pool().get('account.fiscalyear')
    for year in FiscalYear.search([('company', '=', company.id)]):
        year.tax_group_on_cash_basis = groups
        year.save()


def client(name="Client"):
    "Return a client who can be invoiced"
    party = coop.person(name)
    Pool().get('party.address').create([{'party': party.id, 'city': "Lyon"}])
    return party


def workers(company, count, status='receipts', siren=True, category=None):
    "Return members with a VAT status and an address"
    members = coop.members(company, count, category)
    Pool().get('party.address').create([
            {'party': m.party.id, 'city': "Lyon"} for m in members])
    for member in members:
        if status:
            vat(member, status)
        if siren:
            business(member)
    return members


def number(party):
    "Return a SIREN that is nobody else's"
    base = f'4{party.id:07}'
    return base + luhn.calc_check_digit(base)


def business(member):
    "Give a member a business number"
    Identifier = Pool().get('party.identifier')
    return Identifier.create([{
                'party': member.party.id, 'type': 'fr_siren',
                'code': number(member.party)}])[0]


def vat_number(party):
    "Give a party the VAT number of its SIREN, unless it has one"
    Identifier = Pool().get('party.identifier')
    if not any(i.type == 'eu_vat' for i in party.identifiers):
        Identifier.create([{
                    'party': party.id, 'type': 'eu_vat',
                    'code': f'FR{siren.to_tva(number(party))}'}])


def vat(member, status, date=STATUS, **values):
    VatStatus = Pool().get('coop.vat.status')
    if status in {'receipts', 'debits', 'reverse_charge'}:
        vat_number(member.party)
    return VatStatus.create([{
                'company': member.company.id, 'member': member.id,
                'date': date, 'status': status, **values}])[0]


def balance(company, code):
    "Return the balance (debit - credit) of an account"
    return coop.balance(company, code)


def rate(company, mode='margin', date=dt.date(2020, 1, 1), **values):
    "Return the rate of missions in force from a date"
    Rate = Pool().get('coop.mission.rate')
    if 'tax' not in values:
        values['tax'] = sale_tax(company).id
    return Rate.create([{
                'company': company.id, 'date': date, 'mode': mode,
                'contribution': Decimal('.1'), 'referral': Decimal('.02'),
                'deposit': Decimal('.3'), **values}])[0]


def needed_rate(company):
    "Return the rate in force, one of ours if there is none"
    Rate = Pool().get('coop.mission.rate')
    rates = Rate.search([('company', '=', company.id)], limit=1)
    return rates[0] if rates else rate(company)


def mission(
        company, rows, client_=None, date=DATE, tax_rate='.2', **values):
    """Return a mission in progress at fixed prices.

    :param rows: [(member, amount)]
    """
    pool = Pool()
    Mission = pool.get('coop.mission')
    Row = pool.get('coop.mission.member')
    rate_ = needed_rate(company)
    tax_ = sale_tax(company, tax_rate) if tax_rate else None
    mission_, = Mission.create([{
                'company': company.id, 'title': "Web site", 'kind': 'client',
                'client': (client_ or client()).id,
                'start_date': date, 'end_date': date,
                'contribution_rate': rate_.contribution,
                'referral_rate': rate_.referral,
                'tax': tax_.id if tax_ else None,
                'members': [('create', [
                            {'member': m.id, 'amount': Decimal(a)}
                            for m, a in rows])],
                **values}])
    Row.confirm(mission_.members)
    Mission.start([Mission(mission_.id)])
    return Mission(mission_.id)


def report(mission_, member, date=DATE, costs=(), final=True, **values):
    "Return a submitted report, with costs given as (description, amount)"
    Report = Pool().get('coop.mission.report')
    report_, = Report.create([{
                'company': mission_.company.id, 'mission': mission_.id,
                'member': member.id, 'date': date, 'final': final,
                'description': "Done",
                'costs': [('create', [{
                                'description': d, 'date': date,
                                'unit_price': Decimal(a),
                                'receipt': b'receipt',
                                'receipt_name': 'receipt.pdf'}
                            for d, a in costs])],
                **values}])
    Report.submit([report_])
    return Report(report_.id)


def accept(mission_):
    "Have the client accept a mission; return it"
    Mission = Pool().get('coop.mission')
    Mission.accept([Mission(mission_.id)])
    return Mission(mission_.id)


def settled(company, rows, costs=(), **values):
    "Return the settlement of a mission whose members have all reported"
    Settlement = Pool().get('coop.settlement')
    mission_ = mission(company, rows, **values)
    for n, row in enumerate(mission_.members):
        report(mission_, row.member, mission_.start_date,
            costs=costs if not n else ())
    accept(mission_)
    settlement, = Settlement.search([('mission', '=', mission_.id)])
    return settlement


def invoiced(company, rows, date=DATE, **values):
    "Return the posted invoice to the client of a mission"
    Settlement = Pool().get('coop.settlement')
    settlement = settled(company, rows, **values)
    invoice, = Settlement.invoice([settlement], date)
    return invoice.__class__(invoice.id)


def pay(invoice, date=DATE, amount=None, process=True, cash='cash'):
    """Receive what an invoice asks for, or a part; return the move.

    :param process: whether to do what the queue does once it is committed
    """
    pool = Pool()
    Invoice = pool.get('account.invoice')
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company = invoice.company
    whole = invoice.amount_to_pay
    amount = whole if amount is None else Decimal(amount)
    journal, = Journal.search([('type', '=', 'cash')], limit=1)
    move = Move(
        company=company, journal=journal, date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=account(company, cash), debit=amount, credit=0),
            Line(account=invoice.account, party=invoice.party, debit=0,
                credit=amount)])
    move.save()
    Move.post([move])
    line, = [l for l in move.lines if l.party]
    if amount == whole:
        Line.reconcile([
                l for l in [*invoice.lines_to_pay, *invoice.payment_lines,
                    line] if not l.reconciliation])
    else:
        Invoice.add_payment_lines({Invoice(invoice.id): [line]})
    if process:
        Invoice.process([Invoice(invoice.id)])
    return move


def post(company, date, *lines, journal=None):
    "Return the posted move of lines given as (code, amount, party)"
    pool = Pool()
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    journal = journal or Journal.search([('type', '=', 'cash')], limit=1)[0]
    move = Move(
        company=company, journal=journal, date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=account(company, code),
                party=party[0] if party else None,
                debit=max(Decimal(amount), 0),
                credit=max(-Decimal(amount), 0))
            for code, amount, *party in lines])
    move.save()
    Move.post([move])
    return move


def entry(*moves):
    "Return {(account code, party name or None): amount} of moves"
    result = {}
    for move in moves:
        for line in move.lines:
            key = line.account.code, line.party.name if line.party else None
            result[key] = result.get(key, Decimal(0)) + (
                line.debit - line.credit)
    return {k: v for k, v in result.items() if v}


def again(record):
    "Return a record as it is now"
    return record.__class__(record.id)


def quoted(company, price):
    "Return the mission of a quotation that a client has signed"
    Mission = Pool().get('coop.mission')
    if not Pool().get('coop.mission.rate').search(
            [('company', '=', company.id)]):
        rate(company)
    member, = mission_.workers(company, 1)
    demand = mission_.demand(company, client_=client())
    mission_.offers(demand, [member], price=price, state='accepted')
    quotation = mission_.quotation(
        demand.__class__(demand.id), state='signed',
        tax=sale_tax(company).id)
    result, = Mission.search([('quotation', '=', quotation.id)])
    return result


def this_year(company, count=1):
    "Open the books of today as well, and of years that follow; return them"
    first = today(company.id).year
    years = [
        coop.fiscalyear(company, year)
        for year in range(first, first + count)]
    for year in years:
        due.number_invoices(year)
    cash_basis(company, tax_groups()[0])
    return years


def payment_method(company, name):
    "Return a payment method with a journal of its own"
    pool = Pool()
    Journal = pool.get('account.journal')
    Method = pool.get('account.invoice.payment.method')
    journal, = Journal.create([{'name': name, 'type': 'cash'}])
    return Method.create([{
                'company': company.id, 'name': name, 'journal': journal.id,
                'credit_account': account(company, 'cash').id,
                'debit_account': account(company, 'cash').id}])[0]


def debit_journal(company):
    "Return a journal of payments that are cleared by an account"
    pool = Pool()
    Account = pool.get('account.account')
    Journal = pool.get('account.payment.journal')
    cash = account(company, 'cash')
    clearing, = Account.copy([cash], default={
            'code': '511', 'name': "Debits", 'reconcile': True})
    move_journal, = pool.get('account.journal').search(
        [('type', '=', 'cash')], limit=1)
    return Journal.create([{
                'company': company.id, 'name': "Direct Debit",
                'currency': company.currency.id, 'process_method': 'manual',
                'clearing_journal': move_journal.id,
                'clearing_account': clearing.id}])[0]
