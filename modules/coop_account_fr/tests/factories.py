# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A cooperative with the French chart of accounts, to build tests on.

Each function works inside a transaction with the company in its context,
as those of coop_member.tests.factories.
"""
from decimal import Decimal

from trytond.modules.account.tests import create_chart
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.coop_member import capital
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase
from trytond.transaction import Transaction

from . import EXTRAS

# The whole chart has 1,234 accounts and its taxes: ten seconds a test
PREFIXES = ['10', '11', '12', '4011', '4111', '45', '512', '5311', '661']


class FrenchCoopTestCase(RouteTestCase):
    "Has a French cooperative, made once, that each test is given"
    module = 'coop_account_fr'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(french_cooperative)


def french_cooperative(
        name="Coop", years=coop.YEARS, whole=False, also=()):
    """Return a company with the French chart and open years.

    That of the class of the test, unless it asks for other years or accounts.

    :param whole: create the whole chart by its wizard; without it, from the
        same templates, the accounts of PREFIXES and what is above them
    :param also: prefixes of further accounts
    """
    coop.lock()
    if not (whole or also) and (company := coop.made(name, years)):
        return company
    company = create_company(name)
    with set_company(company):
        if whole:
            create_chart(company, chart='account_fr.root')
        else:
            capital_chart(company, [*PREFIXES, *also])
        for year in range(years[0], years[1] + 1):
            coop.fiscalyear(company, year)
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


def entry(*origins):
    "Return {(account code, party name or None): amount} of their moves"
    result = {}
    for code, party, amount in lines(*moves(*origins)):
        assert (code, party) not in result
        result[code, party] = amount
    return result


def moves(*origins):
    "Return the posted moves of records, the oldest first"
    Move = Pool().get('account.move')
    return Move.search([
            ('origin', 'in', [str(o) for o in origins]),
            ('state', '=', 'posted'),
            ], order=[('id', 'ASC')])


def lines(*moves):
    "Return [(account code, party name or None, amount)] sorted"
    return sorted(
        (line.account.code, line.party.name if line.party else None,
            line.debit - line.credit)
        for move in moves for line in move.lines)


def open_lines(member, code):
    "Return the amounts of the lines of a member that nothing settles yet"
    Line = Pool().get('account.move.line')
    return sorted(
        line.debit - line.credit for line in Line.search([
                ('account.code', '=', code),
                ('party', '=', member.party.id),
                ('reconciliation', '=', None),
                ]))


def record(*movements):
    "Record the movements as one operation; return them"
    Movement = Pool().get('coop.share.movement')
    return Movement.record([list(movements)])


def pay(member, amount, date):
    "Receive money on 45625; return the rows by which it is recognised"
    Movement = Pool().get('coop.share.movement')
    known = Movement.search([('member', '=', member.id)])
    receive(member, amount, date)
    payments = Movement.search([
            ('member', '=', member.id),
            ('id', 'not in', [m.id for m in known]),
            ], order=[('number', 'ASC')])
    assert sum(p.paid_up for p in payments) == amount
    return payments


def call(share_class, date, amount, **values):
    "Return the rows of a call of an amount a share"
    pool = Pool()
    Call = pool.get('coop.share.call')
    Movement = pool.get('coop.share.movement')
    call, = Call.create([{
                'company': share_class.company.id,
                'share_class': share_class.id, 'date': date, 'due_date': date,
                'method': 'amount', 'amount': amount, **values}])
    Call.call([call])
    Call.process([call])
    return Movement.search([('call', '=', call.id)])


def leave(member, share_class, quantity, value, date):
    "Cancel shares and owe the value for them; return the row"
    Movement = Pool().get('coop.share.movement')
    taken = share_of(member, share_class, quantity)
    return record(Movement.build(
            member, share_class, 'cancellation', date,
            capital.cancellation(taken, Decimal(value))))[0]


def transfer(seller, buyer, share_class, quantity, date):
    "Transfer shares; return the two rows"
    Movement = Pool().get('coop.share.movement')
    taken = share_of(seller, share_class, quantity)
    return record(
        Movement.build(seller, share_class, 'transfer_out', date, -taken),
        Movement.build(buyer, share_class, 'transfer_in', date, taken))


def share_of(member, share_class, quantity):
    Movement = Pool().get('coop.share.movement')
    return capital.share_of(
        Movement.position(member, share_class), quantity,
        member.company.currency.round)


def in_kind(member, share_class, quantity, date, code):
    "Return the subscription of what is brought in, on an account of assets"
    return coop.subscriptions(
        [member], share_class, quantity, date, nature='in_kind',
        called_fraction=Decimal(1),
        appraisal=b'Appraised', appraisal_name="appraisal.txt",
        appraisal_value=quantity * share_class.get_nominal_at(date),
        contribution_account=account(member.company, code).id)[0]


def owe(member, amount, date):
    "Return the posted line of what the cooperative owes a member for work"
    move = post(
        member.company, date, ('611', amount),
        ('4011', -amount, member.party), journal='EXP')
    line, = [l for l in move.lines if l.party]
    return line


def retention(member, date, **values):
    "Return an active retention, of a tenth if not told otherwise"
    Retention = Pool().get('coop.share.retention')
    retention, = Retention.create([{
                'company': member.company.id, 'member': member.id,
                'start_date': date, 'method': 'rate',
                'rate': Decimal('0.1'), 'cap': Decimal(1000),
                'agreement': b'Signed', **values}])
    Retention.activate([retention])
    return retention


def run(name, record, state, **values):
    "Run a state of a wizard on a record, with values of its form"
    Wizard = Pool().get(name, type='wizard')
    session_id, _, _ = Wizard.create()
    with Transaction().set_context(
            active_model=record.__name__, active_id=record.id,
            active_ids=[record.id]):
        wizard = Wizard(session_id)
        for field, value in {**wizard.default_start([]), **values}.items():
            setattr(wizard.start, field, value)
        getattr(wizard, f'transition_{state}')()
    Wizard.delete(session_id)


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
