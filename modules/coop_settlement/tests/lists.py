# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.tests import factories as coop_factories
from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import factories

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


LISTS = {
    **dict.fromkeys([
            'coop.bad_debt', 'coop.contribution.bracket',
            'coop.contribution.scale', 'coop.contribution.true_up',
            'coop.contribution.true_up.line', 'coop.member.result',
            'coop.mission.rate', 'coop.settlement', 'coop.settlement.line',
            'coop.vat.franchise', 'coop.vat.status'], everything),
    'coop.mission.turnover': turnover,
    }
