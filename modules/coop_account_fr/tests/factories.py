# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A cooperative with the French chart of accounts, to build tests on.

Each function works inside a transaction with the company in its context,
as those of coop_member.tests.factories.
"""
from decimal import Decimal

from trytond.modules.account.tests import create_chart
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.coop_member.tests import factories
from trytond.pool import Pool

# The whole chart has 1,234 accounts and its taxes: ten seconds a test
PREFIXES = ['10', '11', '12', '4011', '4111', '45', '512', '5311', '661']


def french_cooperative(
        name="Coop", years=(2020, 2023), whole=False, also=()):
    """Return a company with the French chart and open years.

    :param whole: create the whole chart by its wizard; without it, from the
        same templates, the accounts of PREFIXES and what is above them
    :param also: prefixes of further accounts
    """
    factories.lock()
    company = create_company(name)
    with set_company(company):
        if whole:
            create_chart(company, chart='account_fr.root')
        else:
            capital_chart(company, [*PREFIXES, *also])
        for year in range(years[0], years[1] + 1):
            factories.fiscalyear(company, year)
    return company


def capital_chart(company, prefixes=PREFIXES):
    "Create the accounts of the French chart under prefixes of their codes"
    pool = Pool()
    AccountConfiguration = pool.get('account.configuration')
    Configuration = pool.get('coop.configuration')
    ModelData = pool.get('ir.model.data')
    Template = pool.get('account.account.template')
    root = Template(ModelData.get_id('account_fr.root'))
    templates = Template.search([
            ('parent', 'child_of', [root.id]),
            ['OR', *(('code', 'like', f'{p}%') for p in prefixes)],
            ])
    wanted = set()
    for template in templates:
        while template:
            wanted.add(template)
            template = template.parent
    # What Tryton finds among the accounts made it takes for done
    skipped = {
        t.id: None for t in Template.search([]) if t not in wanted}
    types = {}
    root.type.create_type(company.id, template2type=types)
    root.create_account(
        company.id, template2account=skipped, template2type=types)
    configuration = AccountConfiguration(1)
    configuration.default_account_receivable = account(company, '4111')
    configuration.default_account_payable = account(company, '4011')
    configuration.save()
    Configuration.set_chart_accounts(company)


def account(company, code):
    "Return the account of a code"
    account, = Pool().get('account.account').search([
            ('company', '=', company.id),
            ('code', '=', code),
            ])
    return account


def post(company, date, *lines, journal='CASH', description=None):
    """Return the posted move of lines given as (code, amount, party).

    :param lines: amount is debit - credit; the party may be left out
    """
    pool = Pool()
    Journal = pool.get('account.journal')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    journal, = Journal.search([('code', '=', journal)])
    move = Move(
        company=company, journal=journal, date=date, description=description,
        period=Period.find(company, date=date), lines=[
            Line(account=account(company, code), party=next(iter(party), None),
                debit=max(Decimal(amount), 0), credit=max(-Decimal(amount), 0))
            for code, amount, *party in lines])
    move.save()
    Move.post([move])
    return move


def receive(member, amount, date, code='45625'):
    "Return the posted move of money received on an account of a member"
    return post(
        member.company, date, ('5121', amount),
        (code, -Decimal(amount), member.party))


def fec(fiscalyear, deferral_period=None):
    "Return the content and the name of the FEC of a fiscal year"
    FEC = Pool().get('account.fr.fec', type='wizard')
    session_id, _, _ = FEC.create()
    wizard = FEC(session_id)
    wizard.start.fiscalyear = fiscalyear
    wizard.start.type = 'is-bic'
    wizard.start.deferral_period = deferral_period
    wizard.transition_generate()
    result = wizard.default_result([])
    FEC.delete(session_id)
    return result['file'], result['filename']
