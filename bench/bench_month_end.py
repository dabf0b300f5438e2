# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A month end on PostgreSQL: clients invoiced, members billed, all posted.

1,000 missions with 1,500 members' bills: the clients' invoices from the
settlements, the monthly bills with their numbers and their VAT statuses, all
validated and posted. The peer makes the same 2,500 invoices of the same
parties by Tryton's own acts and posts them in one call. What it leaves out is
in its favour: it recalls no deposit, looks at no status, numbers no series of
a member and moves no mission. A small month, not measured, fills the caches of
both first.
"""
import datetime as dt
import os
import time
from decimal import Decimal
from functools import partial

from bench.database import database, run

MISSIONS = int(os.environ.get('BENCH_MISSIONS', 1_000))
WARM, SLICE = 20, 200
MODULES = ['coop_settlement', 'account_payment_clearing']
TODAY = dt.date.today()
PRICE, COSTS = Decimal(900), Decimal(100)


def main(pg_uri):
    with database(pg_uri, MODULES) as name:
        company = run(name, fill_company)
        act = partial(run, name, company=company)
        warm = fill(act, company, WARM)
        ours(act, company, warm)
        plain(act, company, warm)
        month = fill(act, company, MISSIONS)
        seconds, count = ours(act, company, month)
        peer, same = plain(act, company, month)
    assert count == same == MISSIONS + MISSIONS * 3 // 2, (count, same)
    return [(
            f"month end of {MISSIONS:,} missions and "
            f"{MISSIONS * 3 // 2:,} bills of members, posted",
            f"{seconds:.1f} s", f"plain Tryton {peer:.1f} s",
            seconds / peer, '<= 1.3')]


def fill_company():
    from trytond.modules.company.tests import set_company
    from trytond.modules.coop_member.tests import factories as coop
    from trytond.modules.coop_settlement.tests import (
        factories, factories_out)
    from trytond.pool import Pool
    company = factories_out.cooperative()
    with set_company(company):
        coop.category(company)
        factories.rate(company)
    user = Pool().get('res.user')(1)
    user.companies = [company]
    user.company = company
    user.save()
    return company.id


def fill(act, company, count):
    "Return the ids of the settlements of as many missions, in slices"
    result = []
    for start in range(0, count, SLICE):
        size = min(SLICE, count - start)
        result.append(act(partial(fill_slice, company, size)))
    return result


def fill_slice(company, count):
    "Missions that are accepted: of one member and of two, in turns"
    from trytond.modules.coop_settlement.tests import factories
    from trytond.pool import Pool
    pool = Pool()
    Address = pool.get('party.address')
    Mission = pool.get('coop.mission')
    Party = pool.get('party.party')
    company = pool.get('company.company')(company)
    members = fill_members(company, count * 3 // 2)
    clients = Party.create([{'name': f"Client {n}"} for n in range(count)])
    Address.create([{'party': c.id, 'city': "Lyon"} for c in clients])
    tax = factories.sale_tax(company)
    teams, left = [], list(members)
    for n in range(count):
        teams.append([left.pop() for _ in range(1 + n % 2)])
    missions = Mission.create([{
                'company': company.id, 'title': f"Work {n}",
                'kind': 'client', 'client': client.id,
                'start_date': TODAY, 'end_date': TODAY,
                'contribution_rate': Decimal('.1'),
                'referral_rate': Decimal(0), 'tax': tax.id,
                'members': [('create', [
                            {'member': m.id, 'amount': PRICE}
                            for m in team])]}
            for n, (client, team) in enumerate(zip(clients, teams))])
    Mission.write(missions, {'state': 'accepted', 'accepted_on': TODAY})
    return fill_settlements(company, missions, teams)


def fill_members(company, count):
    from trytond.modules.coop_member.tests import factories as coop
    from trytond.modules.coop_settlement.tests import factories
    from trytond.pool import Pool
    pool = Pool()
    category, = pool.get('coop.member.category').search([])
    members = coop.members(company, count, category)
    pool.get('party.address').create([
            {'party': m.party.id, 'city': "Lyon"} for m in members])
    for member in members:
        factories.vat_number(member.party)
    pool.get('coop.vat.status').create([{
                'company': company.id, 'member': m.id,
                'date': dt.date(2020, 1, 1),
                'status': 'franchise' if n % 3 else 'receipts'}
            for n, m in enumerate(members)])
    Mandate = pool.get('coop.billing.mandate')
    Mandate.activate(Mandate.create([{
                    'company': company.id, 'member': m.id,
                    'rhythm': 'monthly', 'operations': "Missions",
                    'start_date': dt.date(2020, 1, 1),
                    'signed_on': dt.date(2020, 1, 1),
                    'agreement': b'signed', 'agreement_name': 'mandate.pdf'}
                for m in members]))
    return members


def fill_settlements(company, missions, teams):
    from trytond.pool import Pool
    pool = Pool()
    Line = pool.get('coop.settlement.line')
    Settlement = pool.get('coop.settlement')
    settlements = Settlement.create([{
                'company': company.id, 'mission': m.id, 'date': TODAY,
                'mode': 'margin'} for m in missions])
    lines = []
    for settlement, team in zip(settlements, teams):
        values = {
            'settlement': settlement.id, 'company': company.id,
            'date': TODAY, 'description': settlement.mission.title}
        lines += [{
                **values, 'kind': 'work', 'member': m.id, 'amount': PRICE,
                'client_amount': PRICE + COSTS, 'contribution': COSTS}
            for m in team]
        lines.append({
                **values, 'kind': 'contribution',
                'amount': COSTS * len(team)})
    Line.create(lines)
    Settlement.write(settlements, {'state': 'confirmed'})
    return [s.id for s in settlements]


def ours(act, company, month):
    "Return (seconds, invoices) of our month end"
    start = time.perf_counter()
    invoices = sum(act(partial(invoice, slice_)) for slice_ in month)
    bills = act(partial(bill, company))
    for slice_ in [
            bills[i:i + SLICE] for i in range(0, len(bills), SLICE)]:
        act(partial(accept, slice_))
    return time.perf_counter() - start, invoices + len(bills)


def invoice(ids):
    from trytond.pool import Pool
    Settlement = Pool().get('coop.settlement')
    return len(Settlement.invoice(Settlement.browse(ids), TODAY))


def bill(company):
    from trytond.pool import Pool
    company = Pool().get('company.company')(company)
    return [b.id for b in Pool().get('coop.bill').bill_month(company, TODAY)]


def accept(ids):
    from trytond.pool import Pool
    Bill = Pool().get('coop.bill')
    Bill.accept(Bill.browse(ids))
    assert {b.invoice.state for b in Bill.browse(ids)} == {'posted'}


def plain(act, company, month):
    "Return (seconds, invoices) of the same invoices without us"
    parts = act(partial(parties, [i for slice_ in month for i in slice_]))
    start = time.perf_counter()
    count = act(partial(post_plain, company, *parts))
    return time.perf_counter() - start, count


def parties(ids):
    "Return [(client, number of lines)] and [(member's party, tax or None)]"
    from trytond.pool import Pool
    pool = Pool()
    Settlement = pool.get('coop.settlement')
    tax = pool.get('coop.configuration')(1).get_multivalue('receipts_tax')
    clients, members = [], []
    for settlement in Settlement.browse(ids):
        work = [l for l in settlement.lines if l.kind == 'work']
        clients.append((settlement.mission.client.id, len(work)))
        for line in work:
            status, = pool.get('coop.vat.status').search(
                [('member', '=', line.member.id)])
            members.append((
                    line.member.party.id,
                    tax.id if status.status == 'receipts' else None))
    return clients, members


def post_plain(company, clients, members):
    from trytond.modules.coop_settlement.tests import factories
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    Invoice = pool.get('account.invoice')
    company = pool.get('company.company')(company)
    configuration = Configuration(1)
    revenue = configuration.get_multivalue('revenue_account')
    work = configuration.get_multivalue('work_account')
    sale = factories.sale_tax(company).id
    invoices = [
        plain_invoice(company, 'out', client, revenue, [sale],
            PRICE + COSTS, lines)
        for client, lines in clients]
    invoices += [
        plain_invoice(company, 'in', party, work, [tax] if tax else [],
            PRICE, 1, reference=f"B{n}")
        for n, (party, tax) in enumerate(members)]
    Invoice.save(invoices)
    Invoice.update_taxes(invoices)
    with Transaction().set_context(_skip_warnings=True):
        Invoice.post(invoices)
    return len(invoices)


def plain_invoice(company, type_, party, account, taxes, price, count,
        **values):
    from trytond.pool import Pool
    pool = Pool()
    Invoice = pool.get('account.invoice')
    Line = pool.get('account.invoice.line')
    party = pool.get('party.party')(party)
    invoice = Invoice(
        company=company, type=type_, party=party, invoice_date=TODAY,
        payment_term_date=TODAY, currency=company.currency,
        invoice_address=party.address_get(type='invoice'),
        account=(party.account_receivable_used if type_ == 'out'
            else party.account_payable_used), **values)
    invoice.set_journal()
    invoice.lines = [Line(
            company=company, currency=company.currency, type='line',
            invoice_type=type_, quantity=1, unit_price=price,
            account=account, taxes=taxes, description="Work")
        for _ in range(count)]
    return invoice
