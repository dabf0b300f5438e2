# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import factories, factories_out


@coop.shared
def everything(count):
    "Members with a VAT status, each with a mission settled"
    company = coop.company()
    factories.books(company)
    members = coop.members(count)
    for member in members:
        factories.vat(member, 'franchise')
        factories.settled(company, [(member, 1000)])


@coop.shared
def paid(count):
    "Members whose missions are billed, seized, advanced and paid"
    company = coop.company()
    factories.books(company)
    factories_out.books(company)
    factories_out.configure(guarantee_days=0, fund_share=Decimal(1))
    factories_out.set_aside(company, 2000)
    pool = Pool()
    members = coop.members(count)
    pool.get('party.address').create([
            {'party': m.party.id, 'city': "Lyon"} for m in members])
    date = today(company.id)
    for member in members:
        factories.vat(member, 'franchise', date=factories_out.MANDATE)
        factories_out.mandate(member, payment_days=30)
        factories_out.iban(member)
        factories_out.billed(company, [(member, 1000)])
        pool.get('coop.payment.block').create([{
                    'company': company.id, 'member': member.id,
                    'reason': "Ended", 'start_date': factories_out.MANDATE,
                    'end_date': factories_out.MANDATE}])
        seizure, = pool.get('coop.seizure').create([{
                    'company': company.id, 'member': member.id,
                    'creditor': member.party.id, 'date': date,
                    'amount': Decimal(100), 'file': b'notice',
                    'payable_from': date}])
        pool.get('coop.seizure').activate([seizure])
        factories_out.set_aside(company, 1000)
        year_end, = pool.get('coop.settlement.year_end').create([{
                    'company': company.id,
                    'date': dt.date(1950 + len(
                            pool.get('coop.settlement.year_end').search(
                                [])), 12, 31)}])
    journal = factories_out.journal(company)
    factories_out.run(company, journal, state='sent')
    for i in range(count - 1):
        run = factories_out.run(
            company, journal, date=date + dt.timedelta(days=i + 1))
        run.__class__.cancel([run])
    year_end.__class__.write([year_end], {'date': date})
    year_end.__class__.compute([year_end])
    pool.get('coop.settlement.statement').make(
        company, date.replace(day=1))


LISTS = dict.fromkeys([
        'coop.settlement', 'coop.settlement.line', 'coop.vat.status'],
    everything)
LISTS.update(dict.fromkeys([
            'coop.bill', 'coop.billing.mandate', 'coop.fund.advance',
            'coop.fund.movement', 'coop.payment.block', 'coop.payment.run',
            'coop.payment.run.line', 'coop.payment.run.part',
            'coop.seizure', 'coop.settlement.statement',
            'coop.settlement.year_end', 'coop.settlement.year_end.line'],
        paid))
