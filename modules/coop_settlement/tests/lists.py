# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop_factories
from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import factories, factories_out

DATE = dt.date(2021, 3, 10)


@coop.shared
def everything(count):
    "Members in the franchise, each with a mission whose client does not pay"
    pool = Pool()
    BadDebt = pool.get('coop.bad_debt')
    Settlement = pool.get('coop.settlement')
    company = coop.company()
    factories.books(company)
    for n in range(count):
        factories.rate(
            company, date=dt.date(2020, 1, 1) + dt.timedelta(days=n),
            scales=[('create', [{
                            'brackets': [('create', [{
                                            'above': Decimal(0),
                                            'rate': Decimal('.1')}])]}])])
    for member in coop.members(count):
        factories.vat(member, 'franchise')
        settlement = factories.settled(
            company, [(member, 1000)], date=DATE,
            client_=factories.client(f"Client {member.id}"))
        invoices = Settlement.invoice([settlement], DATE)
        BadDebt.doubt(BadDebt.create([{
                        'company': company.id, 'invoice': i.id,
                        'date': DATE} for i in invoices]))
    true_ups(count)


def true_ups(count):
    "Of as many years"
    TrueUp = Pool().get('coop.contribution.true_up')
    TrueUp.compute(TrueUp.create([{
                    'company': coop.company().id,
                    'start_date': dt.date(2021, 1, 1)}
                for n in range(count)])[:1])


def turnover(count):
    "Missions of as many months"
    everything(count)
    company = coop.company()
    member, = factories.workers(
        company, 1, category=coop_factories.category(company, 'T'))
    for n in range(count):
        factories.settled(
            company, [(member, 10)],
            date=dt.date(2020 + n // 12, n % 12 + 1, 1))


@coop.shared
def paid(count):
    "Members whose missions are billed, seized, advanced and paid"
    company = coop.company()
    everything(count)
    factories_out.books(company)
    factories_out.configure(guarantee_days=0, fund_share=Decimal(1))
    factories_out.set_aside(company, 2000)
    pool = Pool()
    members = coop.members(count)
    pool.get('party.address').create([
            {'party': m.party.id, 'city': "Lyon"} for m in members])
    date = today(company.id)
    for member in members:
        factories.business(member)
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
        factories_out.set_aside(company, 3000)
        year_end, = pool.get('coop.settlement.year_end').create([{
                    'company': company.id,
                    'date': dt.date(1950 + len(
                            pool.get('coop.settlement.year_end').search(
                                [])), 12, 31)}])
    journal = factories_out.journal(company)
    factories_out.run(company, journal, state='sent')
    for i in range(count - 1):
        factories_out.run(
            company, journal, date=date + dt.timedelta(days=i + 1),
            state='draft')
    year_end.__class__.write([year_end], {'date': date})
    year_end.__class__.compute([year_end])
    pool.get('coop.settlement.statement').make(
        company, date.replace(day=1))


LISTS = {
    **dict.fromkeys([
            'coop.bad_debt', 'coop.contribution.bracket',
            'coop.contribution.scale', 'coop.contribution.true_up',
            'coop.contribution.true_up.line', 'coop.member.result',
            'coop.mission.rate', 'coop.settlement', 'coop.settlement.line',
            'coop.vat.franchise', 'coop.vat.status'], everything),
    'coop.mission.turnover': turnover,
    **dict.fromkeys([
            'coop.bill', 'coop.billing.mandate', 'coop.fund.advance',
            'coop.fund.movement', 'coop.payment.block', 'coop.payment.run',
            'coop.payment.run.line', 'coop.payment.run.part',
            'coop.seizure', 'coop.settlement.statement',
            'coop.settlement.year_end', 'coop.settlement.year_end.line'],
        paid),
    }
