"""Many people at once on one register, through the network, on PostgreSQL."""
import datetime as dt
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories
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
    Group = pool.get('res.group')
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
        late, = factories.members(company, 1, members[0].category)
        factories.subscribe(late, share_class, 1, DATE)
        move = factories.receive(late, share_class.nominal, DATE)
        line, = (l for l in move.lines if l.party)
        # Taken apart by an accountant: it waits to be allocated again
        Reconciliation.delete([line.reconciliation])
        group, = Group.search([('name', '=', "Coop Administration")])
        User.create([{
                    'name': "Agnès", 'login': 'agnes', 'password': PASSWORD,
                    'groups': [('add', [group.id])],
                    'companies': [('add', [company.id])],
                    'company': company.id}])
        return company.id, [s.id for s in subscriptions], late.id, line.id


def insist(rpc, *args, **kwargs):
    "Call as the web client does: a server that is busy is asked again"
    for delay in range(1, 5):
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
        activate_module(['coop_member'])
        cls.company, cls.subscriptions, cls.late, cls.line = committed(
            cooperative)
        cls.server = support.Server(DB_NAME, web=False)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def test_writers(self):
        "8 RPC writers of 50 rows: none lost, no gap, the chain unbroken"
        def accept(ids):
            rpc = self.server.login('agnes', PASSWORD)
            for id_ in ids:
                insist(rpc, 'model.coop.share.subscription.accept', [id_])

        shares = [self.subscriptions[i::WRITERS] for i in range(WRITERS)]
        self.assertEqual({len(ids) for ids in shares}, {ROWS})
        with ThreadPoolExecutor(WRITERS) as executor:
            list(executor.map(accept, shares))
        committed(self.check_register)

    def check_register(self):
        pool = Pool()
        Company = pool.get('company.company')
        Movement = pool.get('coop.share.movement')
        company = Company(self.company)
        movements = Movement.search([], order=[('number', 'ASC')])
        self.assertEqual(
            [m.number for m in movements],
            list(range(1, len(movements) + 1)))
        ours = [m for m in movements if m.subscription]
        self.assertEqual(len({m.subscription for m in ours}), WRITERS * ROWS)
        self.assertEqual({m.quantity for m in ours}, {1})
        self.assertEqual(Movement.verify_register(company), [])

    def test_payment(self):
        "The same payment is recognised once, whoever presses first"
        def allocate(_):
            rpc = self.server.login('agnes', PASSWORD)
            try:
                insist(
                    rpc, 'model.coop.share.to_allocate.allocate', [self.line],
                    context={'company': self.company})
            except support.Refused as refused:
                # What is allocated is no longer on the list
                self.assertNotEqual(refused.args, (503,))

        with ThreadPoolExecutor(WRITERS) as executor:
            list(executor.map(allocate, range(WRITERS)))
        committed(self.check_payment)

    def check_payment(self):
        pool = Pool()
        Company = pool.get('company.company')
        Movement = pool.get('coop.share.movement')
        payments = Movement.search([
                ('member', '=', self.late),
                ('kind', '=', 'payment'),
                ('reversed_by', '=', None),
                ])
        self.assertEqual(len(payments), 1)
        self.assertEqual(
            Movement.verify_register(Company(self.company)), [])
