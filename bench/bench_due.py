# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoicing and posting dues on PostgreSQL, against plain Tryton.

The peer makes the same invoices of the same members by Tryton's own acts, in
the same slices, one transaction each: save, compute the taxes, post. What it
leaves out is in its favour: it looks at no life, computes no price and keeps
no trace of the periods. Slices take turns in one database; the first of each
is not measured.
"""
import datetime as dt
import time
from decimal import Decimal
from functools import partial
from statistics import median

from bench.database import database, run

COMPARED, MANY, SLICE = 1_000, 5_000, 200
TODAY = dt.date.today()
ADMITTED = TODAY.replace(month=1, day=1)


def main(pg_uri):
    with database(pg_uri, ['coop_due']) as name:
        company = run(name, fill_company)
        for _ in range((MANY + SLICE) // SLICE):
            run(name, partial(fill_members, company), company=company)
        ids = run(name, partial(subscriptions, company), company=company)
        slices = [ids[i:i + SLICE] for i in range(0, len(ids), SLICE)]

        def timed(act, slice_):
            return run(name, partial(act, slice_), company=company)
        ours, peers = [], []
        for slice_ in slices[:1 + COMPARED // SLICE]:
            ours.append(timed(call, slice_))
            peers.append(timed(plain, slice_))
        # The first slice fills the caches of both
        for slice_ in slices[len(ours):]:
            ours.append(timed(call, slice_))
    return rows(ours[1:], peers[1:])


def rows(ours, peers):
    few = ours[:len(peers)]
    each, first = (sum(s) / len(s) / SLICE * 1000 for s in [ours, few])
    return [
        (f"dues of {COMPARED:,} members, invoiced and posted",
            f"{sum(few):.1f} s",
            f"plain Tryton {sum(peers):.1f} s",
            median(o / p for o, p in zip(few, peers)), '<= 1.2'),
        (f"dues of {MANY:,} members, time an invoice",
            f"{each:.1f} ms", f"of {COMPARED:,}: {first:.1f} ms",
            each / first, '<= 1.15'),
        ]


def fill_company():
    from trytond.modules.company.tests import set_company
    from trytond.modules.coop_due.tests import factories
    from trytond.modules.coop_member.tests import factories as coop
    from trytond.pool import Pool
    company = factories.cooperative(years=(TODAY.year, TODAY.year))
    with set_company(company):
        category = coop.category(company)
        # A month, so that each slice makes one line an invoice
        factories.plan(category, start=TODAY.replace(day=1))
    user = Pool().get('res.user')(1)
    user.companies = [company]
    user.company = company
    user.save()
    return company.id


def fill_members(company):
    from trytond.modules.coop_due.tests import factories
    from trytond.pool import Pool
    company = Pool().get('company.company')(company)
    category, = Pool().get('coop.member.category').search([])
    factories.members(company, SLICE, category, ADMITTED)


def subscriptions(company):
    from trytond.pool import Pool
    pool = Pool()
    company = pool.get('company.company')(company)
    return pool.get('sale.subscription').dues_to_call(company, TODAY)


def call(ids):
    from trytond.pool import Pool
    Subscription = Pool().get('sale.subscription')
    start = time.perf_counter()
    invoices = Subscription.call_dues(Subscription.browse(ids), TODAY)
    commit()
    seconds = time.perf_counter() - start
    assert len(invoices) == SLICE
    return seconds


def commit():
    from trytond.transaction import Transaction
    Transaction().commit()


def plain(ids):
    "Make the same invoices without us"
    from trytond.pool import Pool
    pool = Pool()
    Invoice = pool.get('account.invoice')
    InvoiceLine = pool.get('account.invoice.line')
    subscriptions = pool.get('sale.subscription').browse(ids)
    parties = [s.party.id for s in subscriptions]
    product = subscriptions[0].due_plan.service.product.id
    company = subscriptions[0].company.id
    start = time.perf_counter()
    product = pool.get('product.product')(product)
    company = pool.get('company.company')(company)
    invoices, lines = [], []
    for party in pool.get('party.party').browse(parties):
        invoice = Invoice(
            company=company, type='out', party=party,
            invoice_address=party.address_get(type='invoice'),
            currency=company.currency, invoice_date=TODAY,
            account=party.account_receivable_used)
        invoice.set_journal()
        invoice.payment_term = party.customer_payment_term
        invoices.append(invoice)
        line = InvoiceLine(
            invoice=invoice, type='line', product=product,
            unit=product.default_uom, company=company,
            currency=company.currency)
        line.on_change_invoice()
        line.quantity = 1
        line.unit_price = Decimal(15)
        line.description = "Dues"
        line.on_change_product()
        lines.append(line)
    Invoice.save(invoices)
    InvoiceLine.save(lines)
    Invoice.update_taxes(invoices)
    Invoice.post(invoices)
    commit()
    return time.perf_counter() - start
