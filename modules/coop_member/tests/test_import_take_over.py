# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The take-over of old books by one command, tried before and then done"
import datetime as dt

from sql.aggregate import Count, Max
from sql.conditionals import Coalesce

from trytond.model import ModelSQL
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, with_transaction
from trytond.transaction import Transaction

from ..exceptions import OpeningError
from . import factories
from . import test_import_server as server
from .scripting import ScriptTestCase

START = dt.date(2022, 1, 1)
# Tryton's own traces of the import deleted and of its files
TRACES = {'ir.model.log', 'ir.filestore.queue'}
# By member, as the members' parties are still to be made
BALANCE = '''\
compte;n° adhérent;débit;crédit
cash;;720,00;
paid_up;;;480,00
called_unpaid;;;60,00
receivable;2;60,00;
claim;3;;240,00
uncalled;;;180,00
uncalled_receivable;;180,00;
'''


class TakeOverTestCase(ScriptTestCase):
    "Test the take-over of old books"

    def take_over(self, name, *args, balance=BALANCE, date='2022-01-01',
            history=server.HISTORY):
        "Return what the command says"
        return self.run_(
            name, self.file('members.csv', server.HISTORY_MEMBERS),
            self.file('movements.csv', history),
            '--trial-balance', self.file('balance.csv', balance),
            '--opening-date', date, *args)

    def database(self):
        "How many rows each table has and when the last was written"
        result = {}
        with Transaction().start(DB_NAME, 1) as transaction:
            cursor = transaction.connection.cursor()
            for name, Model in Pool().iterobject():
                if not issubclass(Model, ModelSQL) or Model.table_query:
                    continue
                table = Model.__table__()
                cursor.execute(*table.select(Count(table.id),
                        Max(Coalesce(table.write_date, table.create_date))))
                result[name] = cursor.fetchone()
        return result

    def assertUnchanged(self, before):
        after = self.database()
        self.assertEqual(
            {n for n, v in after.items() if v != before[n]} - TRACES, set())

    def configured(self, company):
        "Return the accounting start and the date of the opening move"
        with Transaction().start(DB_NAME, 1):
            configuration = Pool().get('coop.configuration')(1)
            move = configuration.get_multivalue(
                'opening_move', company=company)
            return (
                configuration.get_multivalue(
                    'accounting_start', company=company),
                move.date if move else None)

    def test_dry_run(self):
        "Everything is checked with a start that is not written yet"
        company = self.cooperative("Dry", start=None)
        before = self.database()

        said = self.take_over("Dry", '--dry-run')
        self.assertNotIn('exit', said)
        self.assertIn("3 members and 6 movements", said)
        self.assertIn("what the register will say", said)
        self.assertUnchanged(before)

        # Bob owes 50, as the old books say
        said = self.take_over("Dry", '--dry-run', balance=BALANCE.replace(
                'receivable;2;60,00', 'receivable;2;50,00').replace(
                '720,00', '730,00'))
        self.assertIn('Account "receivable", party "[2]": the register says '
            '60, the books 50.00.', said)
        self.assertNotIn('party "[3]"', said)
        self.assertIn("exit The books are not opened", said)
        self.assertUnchanged(before)

        said = self.take_over("Dry", '--dry-run',
            history=server.HISTORY + '2015-02-03;9;call\n')
        self.assertIn('movements.csv, line 8', said)
        self.assertIn("trial balance is not checked yet", said)
        self.assertUnchanged(before)
        self.assertEqual(self.configured(company), (None, None))

    def test_refused(self):
        "A take-over that is refused wrote nothing, not even the start"
        self.cooperative("Refused", start=None)
        before = self.database()
        for kwargs, text in [
                ({'history': server.HISTORY + '2015-02-03;1;payment;;;999\n'},
                    "more paid than called"),
                ({'history': 'date;member;kind\n\x01'},
                    "line 2: The text can not be read"),
                ({'balance': BALANCE.replace('480,00', '481,00')}, "481"),
                ({'balance': 'x'}, "column"),
                ({'date': '2031-01-01'}, "No period"),
                ]:
            with self.subTest(text=text):
                said = self.take_over("Refused", **kwargs)
                self.assertIn(text, said)
                self.assertIn('exit', said)
                self.assertUnchanged(before)

    def test_done(self):
        "The start is written with the first rows; the books open after all"
        company = self.cooperative("Done", start=None)
        said = self.take_over("Done")
        self.assertIn("The books are opened", said)
        self.assertEqual(self.configured(company), (START, START))
        with Transaction().start(DB_NAME, 1):
            pool = Pool()
            Company = pool.get('company.company')
            Movement = pool.get('coop.share.movement')
            company = Company(company)
            with set_company(company):
                self.assertEqual(Movement.verify_register(company), [])
                self.assertEqual(server.balances(company), {
                        'cash': 720, 'paid_up': -480, 'called_unpaid': -60,
                        'receivable': 60, 'claim': -240, 'uncalled': -180,
                        'uncalled_receivable': 180})

    def test_balance_alone(self):
        "Without a history the books open too; tried, they stay closed"
        company = self.cooperative("Alone", start=None)
        balance = self.file(
            'balance.csv', 'compte;débit;crédit\ncash;90;\nloss;;90\n')
        args = ['--trial-balance', balance, '--opening-date', '2022-01-01']
        before = self.database()
        said = self.run_("Alone", *args, '--dry-run')
        self.assertNotIn('exit', said)
        self.assertUnchanged(before)
        self.assertNotIn('exit', self.run_("Alone", *args))
        self.assertEqual(self.configured(company), (START, START))

    @with_transaction()
    def test_other_start(self):
        "The start of the configuration is not changed by an import"
        pool = Pool()
        Import = pool.get('coop.import')
        company = factories.cooperative()
        with set_company(company):
            factories.share_class(company)
            factories.category(company)
            configuration = pool.get('coop.configuration')(1)
            configuration.accounting_start = START
            configuration.save()
            values = {
                'members': server.HISTORY_MEMBERS,
                'movements': server.HISTORY}
            other = server.create_import(
                company, **values, accounting_start=dt.date(2023, 1, 1))
            same = server.create_import(
                company, **values, accounting_start=START)
            self.assertNotEqual(other.hash, same.hash)
            Import.check_files([other, same])
            self.assertIn("is not the accounting start", other.problems)
            self.assertEqual((same.problems, same.state), (None, 'validated'))

    @with_transaction()
    def test_posted_before(self):
        "No start after movements that are in the books already"
        pool = Pool()
        Import = pool.get('coop.import')
        Opening = pool.get('coop.opening', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            category = factories.category(company)
            imports = [
                server.create_import(company, server.HISTORY_MEMBERS,
                    server.HISTORY, accounting_start=START)
                for _ in range(2)]
            Import.check_files(imports[:1])
            self.assertEqual(imports[0].state, 'validated')
            wizard = Opening(Opening.create()[0])
            wizard.start.company = company
            wizard.start.date = START
            wizard.start.file = BALANCE.encode()
            wizard.start.file_name = 'balance.csv'
            wizard.start.import_ = imports[0]
            self.assertEqual(wizard.default_preview([]), {
                    'problems': None, 'line_count': 7, 'trial': True})
            with self.assertRaisesRegex(OpeningError, "not written yet"):
                wizard.do_open_({})

            member, = factories.members(
                company, 1, category_=category)
            factories.subscribe(
                member, share_class, 1, dt.date(2021, 6, 1))
            self.assertIn(
                "in the books already", wizard.default_preview([])['problems'])
            Import.check_files(imports[1:])
            self.assertIn("in the books already", imports[1].problems)
            # recorded after it was validated
            with self.assertRaisesRegex(OpeningError, "in the books already"):
                server.run(imports[0])

    @with_transaction()
    def test_number_like_a_code(self):
        "A number that is also the code of another party is not taken for it"
        pool = Pool()
        Import = pool.get('coop.import')
        Opening = pool.get('coop.opening', type='wizard')
        Party = pool.get('party.party')
        company = factories.cooperative()
        with set_company(company):
            factories.share_class(company)
            factories.category(company)
            if not Party.search([('code', '=', '2')]):
                Party.create([{'name': "Other", 'code': '2'}])
            import_ = server.create_import(company, server.HISTORY_MEMBERS,
                server.HISTORY, accounting_start=START)
            Import.check_files([import_])
            wizard = Opening(Opening.create()[0])
            wizard.start.company = company
            wizard.start.date = START
            wizard.start.file = BALANCE.replace(
                'n° adhérent', 'tiers').replace(
                'claim;3', 'claim;').encode()
            wizard.start.file_name = 'balance.csv'
            wizard.start.import_ = import_
            problems = wizard.default_preview([])['problems']
            self.assertIn('party "2": the register says 0', problems)
            self.assertIn('party "[2]": the register says 60', problems)


del ScriptTestCase
