"""Many people at once on one register, through the network, on PostgreSQL."""
import datetime as dt
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories
from trytond.modules.coop_member.tests.tools import MODULES
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, activate_module
from trytond.transaction import Transaction, TransactionError

from tests import support

WRITERS, ROWS = 8, 50
DATE = dt.date(2021, 3, 1)
PASSWORD = 'correct horse battery'


def committed(function, *args):
    "Return what the function returns in a committed transaction of root"
    extras = {}
    while True:
        with Transaction().start(DB_NAME, 1, **extras) as transaction:
            try:
                result = function(*args)
                transaction.commit()
                return result
            except TransactionError as error:
                transaction.rollback()
                error.fix(extras)


def cooperative():
    "A cooperative with members, an administrator and drafts to accept"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    Reconciliation = pool.get('account.move.reconciliation')
    Subscription = pool.get('coop.share.subscription')
    User = pool.get('res.user')
    company = factories.cooperative()
    with set_company(company):
        share_class = factories.share_class(company)
        members = factories.members(company, ROWS)
        subscriptions = Subscription.create([{
                    'company': company.id, 'member': member.id,
                    'share_class': share_class.id, 'quantity': 1,
                    'date': DATE}
                for member in members for _ in range(WRITERS)])
        Subscription.submit(subscriptions)
        late, paying = factories.members(company, 2, members[0].category)
        factories.subscribe(late, share_class, 1, DATE)
        factories.subscribe(paying, share_class, 1, DATE)
        move = factories.receive(late, share_class.nominal, DATE)
        line, = (l for l in move.lines if l.party)
        # Taken apart by an accountant: it waits to be allocated again
        Reconciliation.delete([line.reconciliation])
        groups = [
            factories.group('administration'),
            ModelData.get_id('account', 'group_account')]
        User.create([{
                    'name': "Agnès", 'login': 'agnes', 'password': PASSWORD,
                    'groups': [('add', groups)],
                    'companies': [('add', [company.id])],
                    'company': company.id}])
        return {
            'company': company.id,
            'subscriptions': [s.id for s in subscriptions],
            'late': late.id, 'line': line.id, 'paying': paying.id,
            'statement': statement(paying, share_class.nominal).id}


def at_the_floor():
    "A cooperative whose capital has room for one of two withdrawals"
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    User = pool.get('res.user')
    Withdrawal = pool.get('coop.share.withdrawal')
    company = factories.cooperative("Floor")
    with set_company(company):
        share_class = factories.share_class(company)
        members = factories.members(company, 3)
        for member in members:
            factories.subscribe(member, share_class, 10, DATE)
        configuration = Configuration(1)
        configuration.statutory_minimum = 20 * share_class.nominal
        configuration.save()
        withdrawals = Withdrawal.create([{
                    'company': company.id, 'member': member.id,
                    'share_class': share_class.id, 'quantity': 10,
                    'cause': 'resignation', 'date': DATE,
                    'cancellation_date': DATE} for member in members[:2]])
        Withdrawal.request(withdrawals)
        User.create([{
                    'name': "Berthe", 'login': 'berthe', 'password': PASSWORD,
                    'groups': [
                        ('add', [factories.group('administration')])],
                    'companies': [('add', [company.id])],
                    'company': company.id}])
        return {
            'company': company.id, 'class': share_class.id,
            'withdrawals': [w.id for w in withdrawals]}


def owed_once():
    "A leaver who is owed 100, and two drafts to repay and to pay it"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    Repayment = pool.get('coop.share.repayment')
    User = pool.get('res.user')
    Withdrawal = pool.get('coop.share.withdrawal')
    company = factories.cooperative("Owed")
    with set_company(company):
        share_class = factories.share_class(company, nominal=Decimal(10))
        members = factories.members(company, 2)
        for member, quantity in zip(members, [10, 90]):
            factories.subscribe(member, share_class, quantity, DATE)
            factories.receive(
                member, quantity * share_class.nominal, DATE)
        leaver, _ = members
        withdrawal, = Withdrawal.create([{
                    'company': company.id, 'member': leaver.id,
                    'share_class': share_class.id, 'quantity': 10,
                    'cause': 'resignation', 'date': DATE,
                    'cancellation_date': DATE}])
        Withdrawal.request([withdrawal])
        Withdrawal.process([withdrawal])
        repayments = Repayment.create([{
                    'company': company.id, 'member': leaver.id,
                    'payee': leaver.party.id, 'amount': Decimal(100),
                    'date': DATE} for _ in range(2)])
        User.create([{
                    'name': "Boris", 'login': 'boris', 'password': PASSWORD,
                    'groups': [('add', [
                                factories.group('board'),
                                factories.group('accountant'),
                                ModelData.get_id(
                                    'account', 'group_account')])],
                    'companies': [('add', [company.id])],
                    'company': company.id}])
        return {
            'company': company.id, 'leaver': leaver.id,
            'repayments': [r.id for r in repayments],
            'moves': [
                transfer(leaver, Decimal(100)).id for _ in range(2)]}


def transfer(member, amount):
    "The draft of the entry of money that goes to a leaver"
    pool = Pool()
    Account = pool.get('account.account')
    Journal = pool.get('account.journal')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    company = member.company
    bank, claim = (
        Account.search([
                ('code', '=', code), ('company', '=', company.id)])[0]
        for code in ['cash', 'claim'])
    journal, = Journal.search([('type', '=', 'cash')], limit=1)
    return Move.create([{
                'company': company.id, 'journal': journal.id, 'date': DATE,
                'period': Period.find(company, date=DATE).id,
                'lines': [('create', [
                            {'account': bank.id, 'credit': amount},
                            {'account': claim.id, 'debit': amount,
                                'party': member.party.id}])]}])[0]


def statement(member, amount):
    "A validated bank statement: the member pays what is called"
    pool = Pool()
    Account = pool.get('account.account')
    Journal = pool.get('account.journal')
    Statement = pool.get('account.statement')
    StatementJournal = pool.get('account.statement.journal')
    bank, capital = (
        Account.search([
                ('code', '=', code), ('company', '=', member.company.id)])[0]
        for code in ['cash', 'receivable'])
    journal, = Journal.search([('type', '=', 'statement')], limit=1)
    bank_journal, = StatementJournal.create([{
                'name': "Bank", 'company': member.company.id,
                'journal': journal.id, 'account': bank.id,
                'currency': member.company.currency.id,
                'validation': 'number_of_lines'}])
    statement, = Statement.create([{
                'name': "March", 'company': member.company.id,
                'journal': bank_journal.id, 'date': DATE,
                'number_of_lines': 1,
                'lines': [('create', [{
                                'number': "1", 'date': DATE,
                                'amount': amount,
                                'party': member.party.id,
                                'account': capital.id}])]}])
    Statement.validate_statement([statement])
    return statement


def insist(rpc, *args, **kwargs):
    """Call as somebody does by the web client.

    It asks a server that is busy four times more, then the button is pressed
    again.
    """
    for delay in [1, 2, 3, 4] * 5:
        try:
            return rpc(*args, **kwargs)
        except support.Refused as refused:
            if refused.args != (503,):
                raise
            time.sleep(delay)
    return rpc(*args, **kwargs)


class ConcurrencyTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        # The locks of SQLite do nothing
        assert os.environ['TRYTOND_DATABASE_URI'].startswith('postgresql')
        # As the module's own tests, whose database it shares
        activate_module(MODULES)
        cls.ids = committed(cooperative)
        cls.floor = committed(at_the_floor)
        cls.owed = committed(owed_once)
        cls.server = support.Server(DB_NAME, web=False)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def test_writers(self):
        "8 RPC writers of 50 rows: none lost, no gap, the chain unbroken"
        def accept(ids):
            rpc = self.server.login('agnes', PASSWORD)
            for id_ in ids:
                insist(rpc, 'model.coop.share.subscription.accept', [id_])

        shares = [
            self.ids['subscriptions'][i::WRITERS] for i in range(WRITERS)]
        self.assertEqual({len(ids) for ids in shares}, {ROWS})
        with ThreadPoolExecutor(WRITERS) as executor:
            list(executor.map(accept, shares))
        committed(self.check_register)

    def check_register(self):
        pool = Pool()
        Company = pool.get('company.company')
        Movement = pool.get('coop.share.movement')
        company = Company(self.ids['company'])
        movements = Movement.search(
            [('company', '=', company.id)], order=[('number', 'ASC')])
        self.assertEqual(
            [m.number for m in movements],
            list(range(1, len(movements) + 1)))
        ours = [m for m in movements if m.subscription]
        self.assertEqual(len({m.subscription for m in ours}), WRITERS * ROWS)
        self.assertEqual({m.quantity for m in ours}, {1})
        self.assertEqual(Movement.verify_register(company), [])

    def race(self, method, id_, refusal):
        """Call the method by all at the same moment: one gets through.

        Who is told that the server is busy asks again, all others but the
        first must be refused by this text.
        """
        rpcs = [self.server.login('agnes', PASSWORD) for _ in range(WRITERS)]
        barrier = Barrier(WRITERS)

        def call(rpc):
            barrier.wait()
            try:
                insist(
                    rpc, method, [id_],
                    context={'company': self.ids['company']})
            except support.Refused as refused:
                return refused.args[0]

        with ThreadPoolExecutor(WRITERS) as executor:
            refused = list(filter(None, executor.map(call, rpcs)))
        self.assertEqual(len(refused), WRITERS - 1)
        for error in refused:
            self.assertIn(refusal, str(error))

    def test_payment(self):
        "The same payment is recognised once, whoever presses first"
        # What is allocated is no longer on the list
        self.race(
            'model.coop.share.to_allocate.allocate', self.ids['line'],
            'You are trying to read records')
        committed(self.check_payment, self.ids['late'])

    def test_statement(self):
        "The same bank statement is posted once"
        self.race(
            'model.account.statement.post', self.ids['statement'],
            'You can not call "post" on "March"')
        committed(self.check_statement)
        committed(self.check_payment, self.ids['paying'])

    def check_statement(self):
        Statement = Pool().get('account.statement')
        statement = Statement(self.ids['statement'])
        self.assertEqual(statement.state, 'posted')
        move, = {l.move for l in statement.lines}
        self.assertEqual(move.state, 'posted')

    def check_payment(self, member):
        pool = Pool()
        Company = pool.get('company.company')
        Movement = pool.get('coop.share.movement')
        payments = Movement.search([
                ('member', '=', member),
                ('kind', '=', 'payment'),
                ('reversed_by', '=', None),
                ])
        self.assertEqual(len(payments), 1)
        self.assertEqual(
            Movement.verify_register(Company(self.ids['company'])), [])

    def test_floor(self):
        "Two cancellations at once do not both pass the floor"
        barrier = Barrier(WRITERS)

        def process(number):
            rpc = self.server.login('berthe', PASSWORD)
            barrier.wait()
            try:
                insist(rpc, 'model.coop.share.withdrawal.process',
                    [self.floor['withdrawals'][number % 2]],
                    context={'company': self.floor['company']})
            except support.Refused as refused:
                return str(refused.args[0])

        with ThreadPoolExecutor(WRITERS) as executor:
            refused = list(executor.map(process, range(WRITERS)))
        for error in refused[1::2]:
            self.assertIn("can not be processed", error)
        committed(self.check_floor)

    def check_floor(self):
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Company = pool.get('company.company')
        Movement = pool.get('coop.share.movement')
        ShareClass = pool.get('coop.share.class')
        company = Company(self.floor['company'])
        cancelled = Movement.search([
                ('company', '=', company.id), ('kind', '=', 'cancellation')])
        self.assertEqual([m.quantity for m in cancelled], [-10])
        with set_company(company):
            floor = 20 * ShareClass(self.floor['class']).nominal
            self.assertEqual(Capital.subscribed_at(company), floor)
            self.assertEqual(Movement.verify_register(company), [])

    def press(self, method, ids, company):
        "All press at once, on one record or the other; return what is refused"
        rpcs = [self.server.login('boris', PASSWORD) for _ in range(WRITERS)]
        barrier = Barrier(WRITERS)

        def call(number):
            barrier.wait()
            try:
                insist(rpcs[number], method, [ids[number % len(ids)]],
                    context={'company': company})
            except support.Refused as refused:
                return str(refused.args[0])

        with ThreadPoolExecutor(WRITERS) as executor:
            return list(filter(None, executor.map(call, range(WRITERS))))

    def test_repayments(self):
        "What is owed once is approved once and paid once"
        company = self.owed['company']
        refused = self.press('model.coop.share.repayment.approve',
            self.owed['repayments'], company)
        # Those of the other repayment are told what is left to approve; who
        # comes after the approval of the same finds it done
        self.assertEqual(
            sum("Lower the amount" in r for r in refused), WRITERS // 2,
            refused)
        committed(self.check_owed, ['approved', 'draft'], 100)
        self.press('model.account.move.post', self.owed['moves'], company)
        committed(self.check_owed, ['draft', 'paid'], 0)
        committed(self.check_paid)

    def check_owed(self, states, amount):
        pool = Pool()
        Company = pool.get('company.company')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        with set_company(Company(self.owed['company'])):
            self.assertEqual(sorted(
                    r.state for r in Repayment.browse(
                        self.owed['repayments'])), states)
            member = Member(self.owed['leaver'])
            claims = Movement.positions(member.company, members=[member])
            self.assertEqual(sum(p.claim for p in claims.values()), amount)

    def check_paid(self):
        "Money that was paid twice is in the books, and the tie-out tells it"
        pool = Pool()
        Company = pool.get('company.company')
        Member = pool.get('coop.member')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        company = Company(self.owed['company'])
        with set_company(company):
            self.assertEqual(
                {m.state for m in Move.browse(self.owed['moves'])},
                {'posted'})
            (account, party, register, books), = Movement.tie_out(company)
            self.assertEqual(
                (account.code, party, register, books),
                ('claim', Member(self.owed['leaver']).party, 0, 100))
            self.assertIsNone(Movement.verify_chain(company))
