# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import os
from contextlib import redirect_stderr
from decimal import Decimal
from unittest.mock import patch

from openpyxl import load_workbook

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction

from .. import import_write
from ..scripts import import_coop_members as script
from . import factories
from .scripting import ScriptTestCase
from .test_import_server import balances
from .year_ends import REAL, YearEndMixin

MEMBERS = 'number;name;category;admission;email\n' + ''.join(
    f'{i};Name {i};W;2020-01-01;m{i}@example.com\n' for i in range(1, 8))
MOVEMENTS = 'id;date;member;kind;shares;amount\n' + ''.join(
    f's{i};2020-02-0{i};{i};subscription;10;240\n'
    f'p{i};2020-03-0{i};{i};payment;;240\n' for i in range(1, 8))
# Member 3 pays more than what is called
BAD = MOVEMENTS.replace('p3;2020-03-03;3;payment;;240',
    'p3;2020-03-03;3;payment;;999')


class ImportScriptTestCase(YearEndMixin, ScriptTestCase):
    "Test trytond_import_coop_members from files to the register"

    def test_all(self):
        "Dry run, bad rows, twice, interrupted and resumed"
        company = self.cooperative("Coop A")
        members = self.file('members.csv', MEMBERS)
        bad = self.file('bad.csv', BAD)
        files = [members, '--movements', bad]
        before = self.state(company)

        said = self.run_("Coop A", *files)
        self.assertIn('bad.csv, line 7', said)
        self.assertIn('more paid than called', said)
        self.assertIn('exit Nothing is imported', said)
        self.assertEqual(self.state(company), before)

        good = [members, self.file('movements.csv', MOVEMENTS)]
        said = self.run_("Coop A", *good, '--dry-run')
        self.assertIn('7 members and 14 movements', said)
        self.assertEqual(self.state(company), before)

        out = os.path.join(self.folder, 'out.xlsx')
        said = self.run_("Coop A", *files, '--skip-bad', out)
        self.assertNotIn('exit', said)
        skipped = self.state(company)
        self.assertEqual(skipped[1], ['1', '2', '4', '5', '6', '7'])
        self.assertEqual(len(skipped[3]), 12)
        book = load_workbook(out)
        self.assertEqual(book.sheetnames, ['members', 'movements'])
        rows = list(book['movements'].iter_rows(values_only=True))
        self.assertEqual([row[0] for row in rows[1:]], ['s3', 'p3'])
        self.assertIn('more paid than called', rows[2][-1])

        # what was left out, corrected where it was given back
        sheet = book['movements']
        sheet.cell(3, 6).value = 240
        book.save(out)
        said = self.run_("Coop A", out)
        self.assertNotIn('exit', said)
        whole = self.state(company)
        self.assertEqual(
            sorted(whole[1]), ['1', '2', '3', '4', '5', '6', '7'])
        self.assertEqual(len(whole[3]), 14)

        said = self.run_("Coop A", *good)
        self.assertIn('Nothing new', said)
        self.assertEqual(self.state(company), whole)

    def interrupt(self, name):
        "Start an import that is cut; return its files"
        files = [
            self.file('members.csv', MEMBERS),
            self.file('movements.csv', MOVEMENTS)]
        real = import_write.write_movements
        calls = []

        def fail(*args):
            calls.append(args)
            if len(calls) == 3:
                real(*args)
                raise KeyboardInterrupt  # after the rows, before the commit
            return real(*args)
        with patch.object(import_write, 'write_movements', fail):
            with self.assertRaises(KeyboardInterrupt):
                self.run_(name, *files)
        return files

    def test_resume(self):
        "An import cut anywhere goes on, and leaves the same register"
        company = self.cooperative("Coop B")
        files = self.interrupt("Coop B")
        cut = self.state(company)
        self.assertEqual(len(cut[1]), 7)
        self.assertEqual(len(cut[3]), 6)
        self.assertEqual(cut[4], ['validated'])

        said = self.run_("Coop B", *files)
        self.assertIn('Go on with the import', said)
        # what is left of it: eight of fourteen rows
        self.assertIn('8/8', said)
        done = self.state(company)
        self.assertEqual(len(done[3]), 14)
        self.assertEqual(done[4], ['done'])
        self.assertEqual(done[3][-6:], cut[3])

    def test_no_resume(self):
        "An import started afresh writes what the one cut has left"
        company = self.cooperative("Coop D")
        files = self.interrupt("Coop D")
        cut = self.state(company)
        said = self.run_("Coop D", *files, '--no-resume')
        self.assertNotIn('Go on with the import', said)
        self.assertIn('0 members and 8 movements to import', said)
        done = self.state(company)
        self.assertEqual(len(done[3]), 14)
        self.assertEqual(done[3][-6:], cut[3])
        self.assertEqual(done[4], ['done', 'validated'])

    def test_open_books(self):
        "History and opening by one command"
        company = self.cooperative("Coop C")
        balance = self.file('balance.csv',
            'compte;débit;crédit\ncash;1680,00;\npaid_up;;1680,00\n')
        said = self.run_(
            "Coop C", self.file('members.csv', MEMBERS),
            self.file('movements.csv', MOVEMENTS),
            '--trial-balance', balance, '--opening-date', '2021-01-01')
        self.assertIn("The books are opened", said)
        with Transaction().start(DB_NAME, 1):
            pool = Pool()
            Company = pool.get('company.company')
            Move = pool.get('account.move')
            Movement = pool.get('coop.share.movement')
            with set_company(Company(company)):
                self.assertEqual(
                    Movement.verify_register(Company(company)), [])
                move, = Move.search([('company', '=', company)])
                self.assertEqual(
                    {l.account.code: l.debit - l.credit for l in move.lines},
                    {'cash': Decimal(1680), 'paid_up': Decimal(-1680)})

    def test_real_register(self):
        "The register of a real cooperative, as it publishes it"
        company = self.cooperative("Real", start=None, years=(2015, 2023))
        with Transaction().start(DB_NAME, 1) as transaction:
            Company = Pool().get('company.company')
            with set_company(Company(company)):
                factories.share_class(Company(company), code='B')
                configuration = Pool().get('coop.configuration')(1)
                configuration.statutory_minimum = Decimal(432)
                configuration.save()
            transaction.commit()
        options = {
            '--category': 'W', '--share-class': 'A',
            '--money-account': 'cash'}
        before = self.state(company)
        # each choice is needed, and is that of a record
        for option, missing in [
                ('--category', "neither in the files nor in the database"),
                ('--share-class', "The share class is missing"),
                ('--money-account', "need the account of the money")]:
            with self.subTest(option=option):
                said = self.run_("Real", '--movements', REAL, *(
                        f'{o}={c}' for o, c in options.items()
                        if o != option))
                self.assertIn(missing, said)
                self.assertIn("exit Nothing is imported", said)
                said = self.run_(
                    "Real", '--movements', REAL, option, 'none')
                self.assertEqual(said, "exit code none is not found")
        self.assertEqual(self.state(company), before)

        said = self.run_("Real", '--movements', REAL,
            *(f'{o}={c}' for o, c in options.items()))
        self.assertNotIn('exit', said)
        count = len(self.state(company)[3])
        self.assertIn(f"6 members and {count} movements", said)
        self.assertIn('100%', said)
        with Transaction().start(DB_NAME, 1):
            Company = Pool().get('company.company')
            with set_company(Company(company)):
                self.check_real_register(Company(company))
                self.check_year_ends(Company(company))

    def check_real_register(self, company):
        "The capital and the books are what the cooperative says"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        for date, capital in [
                ((2015, 3, 25), 0),
                ((2015, 3, 26), 1728),
                ((2019, 12, 17), 1728),
                ((2019, 12, 18), 2880),
                ((2021, 6, 30), 2304),
                ((2021, 8, 31), 1728),
                ((2021, 11, 8), 1728),
                ((2023, 11, 29), 2304)]:
            date = dt.date(*date)
            with self.subTest(date=date):
                self.assertEqual(
                    Capital.subscribed_at(company, date), capital)
        self.assertEqual(Capital.highest(company), Decimal(2880))
        self.assertEqual(Capital.floor(company), Decimal(720))
        held = Movement.positions(company, dt.date(2021, 11, 8))
        self.assertEqual(sum(p.quantity for p in held.values()), 72)
        with Transaction().set_context(date=dt.date(2021, 11, 8)):
            self.assertEqual({
                    m.number: m.state_at for m in Member.search([
                            ('company', '=', company.id)])},
                {'A': 'active', 'B': 'active', 'C': 'left',
                    'D': 'active', 'E': 'left', 'F': None})

        self.assertEqual(balances(company, dt.date(2020, 12, 31)), {
                'cash': Decimal(2880), 'paid_up': Decimal(-2880)})
        self.assertEqual(balances(company, dt.date(2021, 12, 31)), {
                'cash': Decimal(2880), 'paid_up': Decimal(-1728),
                'claim': Decimal(-1152)})
        self.assertEqual(balances(company), {
                'cash': Decimal(3456), 'paid_up': Decimal(-2304),
                'claim': Decimal(-1152)})
        self.assertEqual(Movement.verify_register(company), [])

    def test_arguments(self):
        "What is missing is said before anything is read"
        for args, text in [
                ([], "no file"),
                (['list.csv'], "--members or --movements"),
                (['members.csv', '--skip-bad', 'out.csv'], ".xlsx"),
                (['members.csv', '--trial-balance', 'b.csv'],
                    "--opening-date")]:
            with self.subTest(args=args):
                err = io.StringIO()
                with redirect_stderr(err), self.assertRaises(SystemExit):
                    script.run(['-d', DB_NAME, *args])
                self.assertIn(text, err.getvalue())


del ScriptTestCase
