# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import factories

DATE = dt.date(2021, 3, 1)


@coop.shared
def everything(count):
    "Members with a plan each, what was called and all that comes of it"
    company = coop.company()
    factories.books(company)
    members = coop.members(count)
    factories.address(members)
    plans = [
        factories.plan(
            member.category, name=f"Dues {i}", start=DATE, months='12',
            deferred_account=factories.account(company, 'deferred').id,
            deferral_journal=journal().id,
            rate=factories.brackets((0, '.01')))
        for i, member in enumerate(members)]
    invoices = factories.call(company, DATE)
    declare(members)
    waive(invoices)
    true_up(plans)
    Pool().get('coop.due.deferral').defer(company, dt.date(2021, 3, 31))
    budgets(count)


def journal():
    Journal = Pool().get('account.journal')
    return Journal.search([('type', '=', 'revenue')], limit=1)[0]


def declare(members):
    Declaration = Pool().get('coop.due.declaration')
    Declaration.create([{
                'company': member.company.id, 'member': member.id,
                'date': DATE, 'amount': Decimal(30_000)}
            for member in members])


def waive(invoices):
    Waiver = Pool().get('coop.due.waiver')
    waivers = Waiver.create([{
                'company': invoice.company.id,
                'member': invoice.due_member.id, 'invoice': invoice.id,
                'amount': Decimal(1), 'date': DATE, 'reason': "Illness"}
            for invoice in invoices])
    Waiver.grant(waivers[:1])


def true_up(plans):
    TrueUp = Pool().get('coop.due.true_up')
    records = TrueUp.create([{
                'company': plan.company.id, 'plan': plan.id,
                'start_date': dt.date(2021, 1, 1)} for plan in plans])
    TrueUp.compute(records)


def budgets(count):
    Budget = Pool().get('coop.due.budget')
    company = coop.company()
    account = factories.account(company, 'expense')
    records = Budget.create([{
                'company': company.id, 'name': f"Budget {i}",
                'start_date': DATE, 'end_date': dt.date(2021, 12, 31),
                'costs': [('create', [{
                                'name': "Office", 'amount': Decimal(1000),
                                'account': account.id}])]}
            for i in range(count)])
    Budget.compute(records[:1])


LISTS = dict.fromkeys([
        'coop.due', 'coop.due.bracket', 'coop.due.budget',
        'coop.due.budget.cost', 'coop.due.budget.plan',
        'coop.due.declaration', 'coop.due.deferral', 'coop.due.plan',
        'coop.due.rate', 'coop.due.true_up', 'coop.due.true_up.line',
        'coop.due.waiver', 'coop.member', 'sale.subscription'], everything)
