# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
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
from .scripting import ScriptTestCase

MEMBERS = 'number;name;category;admission;email\n' + ''.join(
    f'{i};Name {i};W;2020-01-01;m{i}@example.com\n' for i in range(1, 8))
MOVEMENTS = 'id;date;member;kind;shares;amount\n' + ''.join(
    f's{i};2020-02-0{i};{i};subscription;10;240\n'
    f'p{i};2020-03-0{i};{i};payment;;240\n' for i in range(1, 8))
# Member 3 pays more than what is called
BAD = MOVEMENTS.replace('p3;2020-03-03;3;payment;;240',
    'p3;2020-03-03;3;payment;;999')


class ImportScriptTestCase(ScriptTestCase):
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

    def test_resume(self):
        "An import cut anywhere goes on, and leaves the same register"
        company = self.cooperative("Coop B")
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
                self.run_("Coop B", *files)
        cut = self.state(company)
        self.assertEqual(len(cut[1]), 7)
        self.assertEqual(len(cut[3]), 6)
        self.assertEqual(cut[4], ['validated'])

        said = self.run_("Coop B", *files)
        self.assertIn('Go on with the import', said)
        done = self.state(company)
        self.assertEqual(len(done[3]), 14)
        self.assertEqual(done[4], ['done'])
        self.assertEqual(done[3][-6:], cut[3])

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
