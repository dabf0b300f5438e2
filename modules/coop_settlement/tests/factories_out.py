# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Members billed and paid, to build tests and benchmarks on.

Each function works inside a transaction with the company in its context.
"""
import datetime as dt
import io
from decimal import Decimal

from pypdf import PdfReader
from schwifty import IBAN

from trytond.modules.company.tests import set_company
from trytond.modules.coop_due.tests import factories as due
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.tests import factories as mission
from trytond.pool import Pool

from . import factories

MANDATE = dt.date(2020, 1, 1)
ACCOUNTS = {
    # code: (field, its type)
    '4671': ('fund_account', {'payable': True}),
    '467': ('seizure_account', {'payable': True}),
    '4081': ('accrued_account', {'payable': True}),
    '44586': ('accrued_tax_account', {}),
    '4181': ('unbilled_account', {'assets': True, 'receivable': True}),
    '44587': ('unbilled_tax_account', {}),
    }


class PayoutTestCase(factories.SettlementTestCase):
    "Has a cooperative that pays members, made once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cooperative)

    def setUp(self):
        super().setUp()
        # Nobody listens
        self.mails = mission.mailbox()
        self.enterContext(self.mails)

    def mails_to(self, address):
        return [m for m in self.mails.sent if address in m['To']]


def cooperative(name="Coop", years=coop.YEARS):
    "Return a company with all that payments of members need"
    lock()
    company = factories.cooperative(name, years)
    with set_company(company):
        books(company)
    return company


def lock():
    "Take the locks first: each restarts the transaction"
    for name in [
            'coop.payment.run', 'coop.bill', 'coop.billing.mandate',
            'coop.fund.movement']:
        Pool().get(name).lock()


def books(company):
    "Create and set the accounts by which members are paid, once"
    pool = Pool()
    Account = pool.get('account.account')
    Configuration = pool.get('coop.configuration')
    Journal = pool.get('account.journal')
    Type = pool.get('account.account.type')
    if due.account(company, '467'):
        return
    # Bills are of today
    for year in range(coop.YEARS[1] + 1, today(company.id).year + 2):
        fiscalyear = coop.fiscalyear(company, year)
        due.number_invoices(fiscalyear)
    factories.cash_basis(company, factories.tax_groups()[0])
    configuration = Configuration(1)
    for code, (name, flags) in ACCOUNTS.items():
        party = not code.startswith('44')
        type_, = Type.create([{
                    'name': code, 'company': company.id,
                    'statement': 'balance', **flags}])
        account, = Account.create([{
                    'name': code, 'code': code, 'type': type_.id,
                    'company': company.id, 'party_required': party,
                    'reconcile': party}])
        setattr(configuration, name, account)
    journal, = Journal.search([('type', '=', 'expense')], limit=1)
    configuration.payout_journal = journal
    configuration.year_end_journal = journal
    configuration.payment_ceiling = Decimal(1000000)
    configuration.save()
    papers(company)


def papers(company):
    "No paper is asked for, so that only a test of papers blocks"
    Kind = Pool().get('coop.document.kind')
    Kind.write(
        Kind.search([('mission_paper', '!=', None)]), {'mission_paper': None})


def mandate(member, active=True, **values):
    "Return a billing mandate of a member, signed"
    Mandate = Pool().get('coop.billing.mandate')
    values.setdefault('start_date', MANDATE)
    values.setdefault('signed_on', values['start_date'])
    record, = Mandate.create([{
                'company': member.company.id, 'member': member.id,
                'operations': "Missions", 'agreement': b'signed',
                'agreement_name': 'mandate.pdf', **values}])
    if active:
        Mandate.activate([record])
    return Mandate(record.id)


def workers(company, count, status='receipts', category=None, **values):
    "Return members with a mandate, an IBAN and a VAT status"
    members = factories.workers(
        company, count, status, category=category)
    for member in members:
        mandate(member, **values)
        iban(member)
    return members


def iban(member):
    "Give a member an account of their own"
    number = IBAN.generate('DE', '37040044', str(member.id)).compact
    return coop.iban(member.party, number, 'COBADEFFXXX')


def billed(company, rows, state='accepted', **values):
    """Return the bills of a mission whose client has accepted it.

    :param rows: [(member, amount)]
    """
    Bill = Pool().get('coop.bill')
    settlement = factories.settled(company, rows, **values)
    bills = list(dict.fromkeys(l.bill for l in settlement.lines if l.bill))
    if state == 'accepted':
        Bill.accept(bills)
    return Bill.browse([b.id for b in bills])


def seizure(member, amount, date=None, creditor="Bailiff", **values):
    """Return an active seizure of what a member is owed.

    :param date: of the notice, today by default
    :param creditor: name
    """
    Seizure = Pool().get('coop.seizure')
    company = member.company
    record, = Seizure.create([{
                'company': company.id, 'member': member.id,
                'creditor': coop.person(creditor).id, 'amount': amount,
                'date': date or today(company.id), 'file': b'notice',
                'file_name': 'notice.pdf', **values}])
    Seizure.activate([record])
    return Seizure(record.id)


def journal(company, clearing=True, sepa=False):
    "Return a journal of payments, cleared by an account"
    pool = Pool()
    Journal = pool.get('account.payment.journal')
    values = {}
    if clearing:
        moves, = pool.get('account.journal').search(
            [('type', '=', 'cash')], limit=1)
        values = {
            'clearing_account': clearing_account(company).id,
            'clearing_journal': moves.id}
    if sepa:
        return coop.sepa_journal(company, **values)
    return Journal.create([{
                'name': "Transfers", 'company': company.id,
                'currency': company.currency.id, 'process_method': 'manual',
                **values}])[0]


def clearing_account(company):
    pool = Pool()
    found = due.account(company, '580')
    if found:
        return found
    type_, = pool.get('account.account.type').create([{
                'name': "580", 'company': company.id,
                'statement': 'balance', 'assets': True}])
    return pool.get('account.account').create([{
                'name': "580", 'code': '580', 'type': type_.id,
                'company': company.id, 'reconcile': True}])[0]


def run(company, journal_, date=None, state='prepared', **values):
    "Return a payment run in a state"
    Run = Pool().get('coop.payment.run')
    date = date or today(company.id)
    record, = Run.create([{
                'company': company.id, 'journal': journal_.id, 'date': date,
                'until': date + dt.timedelta(days=7), **values}])
    steps = {'draft': [], 'prepared': ['prepare']}.get(
        state, ['prepare', 'approve'] + (['send'] if state == 'sent' else []))
    for step in steps:
        getattr(Run, step)([Run(record.id)])
    return Run(record.id)


def succeed(run_):
    "The bank has paid: what the queue does once it is committed"
    pool = Pool()
    Invoice = pool.get('account.invoice')
    Payment = pool.get('account.payment')
    payments = Payment.browse([p.id for p in run_.payments])
    bills = {l.bill for l in run_.lines if l.bill}
    Payment.succeed([p for p in payments if p.state == 'processing'])
    Invoice.process(Invoice.browse(
            [b.invoice.id for b in bills if b.invoice]))


def set_aside(company, amount):
    "Set margin aside for the mutual fund"
    Movement = Pool().get('coop.fund.movement')
    date = today(company.id)
    movement, = Movement.create([{
                'company': company.id, 'kind': 'set_aside', 'date': date,
                'amount': Decimal(amount),
                'decision': coop.decision(
                    company, date, f"Fund {amount}").id}])
    Movement.do([movement])
    return movement


def configure(**values):
    Configuration = Pool().get('coop.configuration')
    configuration = Configuration(1)
    for name, value in values.items():
        setattr(configuration, name, value)
    configuration.save()


def subscribe(member, quantity, nominal=24):
    "Have a member subscribe shares that are called at once"
    share_class = coop.share_class(
        member.company, f"R{member.id}", Decimal(nominal))
    return coop.subscriptions(
        [member], share_class, quantity, dt.date(2021, 1, 1))


def pay_out(bill, amount=None):
    "Pay a bill, or a part of it, as a bank statement does"
    pool = Pool()
    Bill = pool.get('coop.bill')
    Invoice = pool.get('account.invoice')
    invoice = bill.invoice
    open_ = sum(l.credit - l.debit for l in bill.open_lines()) - sum(
        l.debit - l.credit for l in invoice.payment_lines)
    move = transfer(bill, Decimal(amount or open_))
    line, = [l for l in move.lines if l.party]
    Invoice.add_payment_lines({Invoice(invoice.id): [line]})
    Bill.reconcile_paid([Bill(bill.id)])
    Invoice.process([Invoice(invoice.id)])
    return move


def transfer(bill, amount):
    "Return the posted move by which the bank pays the member of a bill"
    pool = Pool()
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company, invoice = bill.company, bill.invoice
    journal_, = Journal.search([('type', '=', 'cash')], limit=1)
    date = today(company.id)
    move = Move(
        company=company, journal=journal_, date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=due.account(company, 'cash'), debit=0,
                credit=amount),
            Line(account=invoice.account, party=invoice.party, debit=amount,
                credit=0)])
    move.save()
    Move.post([move])
    return move


def pages(content):
    "Return the pages of a PDF file"
    return PdfReader(io.BytesIO(content)).pages


def text(content):
    "Return what a PDF file says"
    return ' '.join(
        word for page in pages(content)
        for word in page.extract_text().split())
