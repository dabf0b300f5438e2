# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A cooperative that calls dues, to build tests and benchmarks on.

Each function works inside a transaction with the company in its context,
as those of coop_member.tests.factories.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase

from . import EXTRAS

ADMITTED = dt.date(2021, 1, 1)


class DueTestCase(RouteTestCase):
    "Has a cooperative that calls dues, made once, that each test is given"
    module = 'coop_due'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cooperative)


def cooperative(name="Coop", years=coop.YEARS):
    "Return a company with the books and the service of dues"
    company = coop.cooperative(name, years)
    with set_company(company):
        books(company)
    return company


def books(company):
    "Create the accounts, the tax and the numbers of invoices, once"
    pool = Pool()
    Account = pool.get('account.account')
    Configuration = pool.get('account.configuration')
    FiscalYear = pool.get('account.fiscalyear')
    Type = pool.get('account.account.type')
    if account(company, 'revenue'):
        return
    made = {}
    for code, statement, *flags in [
            ('customer', 'balance', 'assets', 'receivable'),
            ('supplier', 'balance', 'payable'),
            ('revenue', 'income', 'revenue'), ('expense', 'income', 'expense'),
            ('tax', 'balance'), ('deferred', 'balance')]:
        type_, = Type.create([{
                    'name': code, 'company': company.id,
                    'statement': statement, **dict.fromkeys(flags, True)}])
        made[code], = Account.create([{
                    'name': code, 'code': code, 'type': type_.id,
                    'company': company.id,
                    'party_required': code in {'customer', 'supplier'},
                    'reconcile': code in {'customer', 'supplier'}}])
    configuration = Configuration(1)
    configuration.default_account_receivable = made['customer']
    configuration.default_account_payable = made['supplier']
    configuration.save()
    for year in FiscalYear.search([('company', '=', company.id)]):
        number_invoices(year)


def number_invoices(fiscalyear):
    "Give the invoices of a year their sequence"
    pool = Pool()
    InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')
    Sequence = pool.get('ir.sequence.strict')
    SequenceType = pool.get('ir.sequence.type')
    type_, = SequenceType.search([('name', '=', "Invoice")], limit=1)
    sequence, = Sequence.create([{
                'name': fiscalyear.name, 'sequence_type': type_.id,
                'company': fiscalyear.company.id}])
    values = {
        f'{n}_sequence': sequence.id for n in [
            'out_invoice', 'out_credit_note', 'in_invoice', 'in_credit_note']}
    InvoiceSequence.delete(list(fiscalyear.invoice_sequences))
    InvoiceSequence.create([{
                'company': fiscalyear.company.id,
                'fiscalyear': fiscalyear.id, **values}])


def account(company, code):
    "Return the account of a code, or None"
    accounts = Pool().get('account.account').search([
            ('company', '=', company.id), ('code', '=', code)])
    return accounts[0] if accounts else None


def service(company, name="Dues", rate=Decimal('.2')):
    "Return a service sold on the revenue account with a tax"
    pool = Pool()
    Category = pool.get('product.category')
    Product = pool.get('product.product')
    Service = pool.get('sale.subscription.service')
    Tax = pool.get('account.tax')
    Template = pool.get('product.template')
    Unit = pool.get('product.uom')
    tax, = Tax.create([{
                'name': f"VAT {name}", 'description': "VAT",
                'company': company.id, 'type': 'percentage', 'rate': rate,
                'invoice_account': account(company, 'tax').id,
                'credit_note_account': account(company, 'tax').id}])
    category = Category(
        name=name, accounting=True,
        account_revenue=account(company, 'revenue'), customer_taxes=[tax])
    category.save()
    unit, = Unit.search([('name', '=', "Unit")])
    template = Template(
        name=name, type='service', default_uom=unit, list_price=Decimal(15),
        account_category=category)
    template.save()
    product = Product(template=template)
    product.save()
    service_ = Service(product=product)
    service_.save()
    return service_


def plan(
        category, amount=Decimal(15), start=ADMITTED, rate=None, rates=(),
        **values):
    """Return a plan, monthly and by days if not told otherwise.

    :param amount: a month, from the first day on
    :param rate: further values of this rate
    :param rates: values of further rates
    """
    Plan = Pool().get('coop.due.plan')
    company = category.company
    values.setdefault('name', "Dues")
    if 'service' not in values:
        values['service'] = service(company, values['name']).id
    plan_, = Plan.create([{
                'company': company.id, 'category': category.id,
                'start_date': start,
                'rates': [('create', [
                            {'date': start, 'amount': amount, **(rate or {})},
                            *rates])],
                **values}])
    return plan_


def members(company, count, category, admitted=ADMITTED):
    "Return members who can be invoiced, active since a date"
    result = coop.members(company, count, category, admitted)
    address(result)
    return result


def address(members):
    "Give members an address; their dues run once it is known"
    pool = Pool()
    pool.get('party.address').create([
            {'party': m.party.id, 'city': "Lyon"} for m in members])
    pool.get('sale.subscription').follow_missing(members[0].company)


def brackets(*brackets, method='marginal', base='declared', **values):
    "Return the values of a rate by brackets given as (above, rate)"
    return {
        'method': method, 'base': base, 'brackets': [('create', [
                    {'above': Decimal(a), 'rate': Decimal(r)}
                    for a, r in brackets])],
        **values}


def call(company, date, invoice_date=None):
    "Call all dues; return the invoices"
    Subscription = Pool().get('sale.subscription')
    Subscription.follow_missing(company)
    return Subscription.call_dues(
        Subscription.browse(Subscription.dues_to_call(company, date)), date,
        invoice_date or date)


def event(member, kind, date, **values):
    "Record an event of the life of a member"
    Event = Pool().get('coop.member.event')
    if kind == 'departure':
        values.setdefault('cause', 'resignation')
    return Event.record([Event(
                company=member.company, member=member, kind=kind, date=date,
                **values)])[0]


def called(member):
    "Return [(kind, from, to, amount)] of what was called, the oldest first"
    Due = Pool().get('coop.due')
    return [
        (d.kind, d.start, d.end, d.amount) for d in Due.search(
            [('member', '=', member.id)], order=[('id', 'ASC')])]


def total(member):
    "Return what was called of a member, without tax"
    return sum((amount for *_, amount in called(member)), Decimal(0))


def balance(company, code):
    "Return the balance (debit - credit) of an account"
    return coop.balance(company, code)


def pay(invoice, date):
    "Receive what an invoice asks for"
    pool = Pool()
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company, amount = invoice.company, invoice.amount_to_pay
    journal, = Journal.search([('type', '=', 'cash')], limit=1)
    move = Move(
        company=company, journal=journal, date=date,
        period=Period.find(company, date=date), lines=[
            Line(account=account(company, 'cash'), debit=amount, credit=0),
            Line(account=invoice.account, party=invoice.party, debit=0,
                credit=amount)])
    move.save()
    Move.post([move])
    line, = [l for l in move.lines if l.party]
    Line.reconcile([*invoice.lines_to_pay, line])
