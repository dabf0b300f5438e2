# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
import os
import tempfile
import unittest
from contextlib import redirect_stderr
from decimal import Decimal
from unittest.mock import patch

from openpyxl import Workbook, load_workbook

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.exceptions import ImportFileError
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, with_transaction
from trytond.transaction import Transaction

from .. import import_files, import_mission
from ..import_files import Known, make, read
from ..scripts import import_coop_missions as script
from . import factories

CLIENTS = """Code;Nom;E-mail;Ville;CP
C1;Boulangerie;pain@example.com;Grenoble;38000
C2;Garage;;Lyon;69001
"""
DEMANDS = """reference;client;title;start_date;end_date;place;skill;level;days
R1;C1;Site web;04/03/2030;08/03/2030;Grenoble (38);Python;2;3,5
R2;C2;Audit;2030-04-01;2030-04-02;;python;3;2
"""
KNOWN = {
    'clients': {'C1', 'C2'}, 'members': {'1'}, 'levels': {1, 2, 3, 4},
    'skills': {'python': [7], 'c++': [8], 'c#': [9], 'web': [1, 2]},
    'countries': {'FR'},
    }


def plan_of(known=None, **texts):
    return make(
        read([
                (kind, f'{kind}.csv', text if isinstance(text, bytes)
                    else text.encode()) for kind, text in texts.items()]),
        Known(**KNOWN | (known or {})))


class FilesTestCase(unittest.TestCase):
    "Test the reading and checking of files"

    def test_good(self):
        for encoding in ['utf-8', 'utf-8-sig', 'utf-16', 'cp1252']:
            with self.subTest(encoding):
                plan = plan_of(demands=DEMANDS.encode(encoding))
                self.assertEqual(plan.problems + plan.warnings, [])
                one, two = plan.new['demands']
                self.assertEqual(
                    (one['line'], one['skill'], one['days']),
                    (2, 7, Decimal('3.5')))
                self.assertIsNone(two['place'])

    def test_bad(self):
        "Each bad row is told with its line and column, the good ones stay"
        header, first, _ = DEMANDS.splitlines()
        for row, column, key in [
                (first.replace('04/03', '40/03'), 'start_date',
                    'date_impossible'),
                (first.replace('08/03', '03/03'), 'end_date', 'dates'),
                (first.replace(';3,5', ';-1'), 'days', 'days'),
                (first.replace('Site web', ''), 'title', 'empty_cell'),
                (first.replace(';2;', ';two;'), 'level', 'number'),
                (first.replace(';2;', ';9;'), 'level', 'level'),
                (first.replace('Python', 'Juggling'), 'skill', 'skill'),
                (first.replace('Python', 'Web'), 'skill', 'skills'),
                (first.replace('C1', 'C9'), 'client', 'client'),
                (first.replace('Grenoble (38)', 'Nowhere'), 'place', 'place'),
                (first.replace('Grenoble (38)', 'Saint-Denis'), 'place',
                    'places'),
                (first, 'reference', 'twice')]:
            with self.subTest(row):
                plan = plan_of(demands='\n'.join([header, first, row.replace(
                                'R1', 'R1' if row == first else 'R9')]))
                problem, = plan.problems
                self.assertEqual(
                    (problem.line, problem.column), (3, column))
                self.assertEqual(
                    problem.key.rpartition('msg_import_')[2], key)
                self.assertEqual(len(plan.new['demands']), 1)
                self.assertEqual([row.line for _, row, _ in plan.bad], [3])

    def test_columns(self):
        "A column that is missing hinders, one that is not known does not"
        plan = plan_of(clients="Code;Couleur\n1;red")
        self.assertEqual(
            [(p.key, p.line) for p in plan.problems], [('column_missing', 1)])
        self.assertEqual([p.key for p in plan.warnings], ['column_unknown'])

    def test_signs(self):
        "Names of skills that differ by their signs are not the same"
        plan = plan_of(
            skills="member;skill;level\n1;C++;1\n1;C#;2\n1; c#;2\n")
        self.assertEqual([v['skill'] for v in plan.new['skills']], [8, 9])
        self.assertEqual([p.line for p in plan.problems], [4])

    def test_named_by_bad(self):
        "The demand of a client with a bad row is left out too"
        plan = plan_of(
            {'clients': set()}, demands=DEMANDS,
            clients=CLIENTS.replace('pain@example.com', 'pain'))
        self.assertEqual(
            [(sheet.sheet, row.line) for sheet, row, _ in plan.bad],
            [('clients', 2), ('demands', 2)])
        self.assertEqual(
            [v['reference'] for v in plan.new['demands']], ['R2'])

    def test_all_rows(self):
        "What is there is left as it is; no row is lost"
        plan = plan_of(
            {'clients': {'C2'}, 'demands': {'R1'}, 'mastered': {('1', 7)}},
            clients=CLIENTS, demands=DEMANDS,
            skills="member;skill;level\n1;Python;1\n")
        self.assertEqual(plan.problems, [])
        self.assertEqual(
            [(kind, len(values)) for kind, values in plan.slices()],
            [('clients', 1), ('demands', 1)])

    def test_one_meaning(self):
        "No name stands for two columns of a sheet"
        for sheet, columns in import_files.COLUMNS.items():
            names = [a for c in columns for a in set(c.aliases)]
            with self.subTest(sheet=sheet):
                self.assertEqual(len(names), len(set(names)))

    def test_documented(self):
        "docs/import.md names every column"
        path = os.path.join(
            os.path.dirname(import_files.__file__), *['..'] * 2,
            'docs', 'import.md')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for columns in import_files.COLUMNS.values():
            for column in columns:
                with self.subTest(column=column.name):
                    self.assertIn(f'`{column.name}`', text)


class ImportTestCase(factories.MissionTestCase):
    "Test the command, as from a terminal"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company, cls.number = coop.commit(cls.make)

    @staticmethod
    def make():
        User = Pool().get('res.user')
        company = factories.cooperative()
        with set_company(company):
            member, = coop.members(company, 1)
        user = User(1)
        user.companies = [*user.companies, company]
        user.company = company
        user.save()
        return company.party.name, member.number

    def setUp(self):
        super().setUp()
        uri = os.environ.get('TRYTOND_DATABASE_URI')
        if uri is not None:
            self.addCleanup(
                os.environ.__setitem__, 'TRYTOND_DATABASE_URI', uri)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.enterContext(patch.object(import_files, 'SLICE', 1))

    def tearDown(self):
        with Transaction().start(DB_NAME, 1) as transaction:
            pool = Pool()
            for name in ['coop.demand', 'coop.import']:
                Model = pool.get(name)
                Model.delete(Model.search([
                            ('state', '!=', 'done')]))
            Profile = pool.get('coop.member.profile')
            Profile.delete(Profile.search([]))
            Party = pool.get('party.party')
            Party.delete(Party.search([('code', 'in', ['C1', 'C2'])]))
            transaction.commit()
        super().tearDown()

    def run_(self, *arguments, **files):
        "Return what the command says on the files, and how it ends"
        said = io.StringIO()
        for kind, text in files.items():
            path = os.path.join(self.folder, f'{kind}.csv')
            with open(path, 'w') as file:
                file.write(text)
            arguments += (f'--{kind}', path)
        with redirect_stderr(said):
            try:
                script.run([
                        '-d', DB_NAME, '--company', self.company,
                        *arguments])
            except SystemExit as exit:
                return f'{said.getvalue()}exit {exit.code}'
        return said.getvalue()

    def count(self):
        with Transaction().start(DB_NAME, 0):
            pool = Pool()
            return (
                pool.get('party.party').search(
                    [('code', 'in', ['C1', 'C2'])], count=True),
                pool.get('coop.demand').search([], count=True),
                pool.get('coop.member.skill').search([], count=True))

    def files(self):
        return {
            'clients': CLIENTS, 'demands': DEMANDS,
            'skills': f"member;skill;level\n{self.number};Python;2\n"}

    def test_nothing_before(self):
        "Nothing is written before all rows of all files are good"
        for wrong, said in [
                ({'demands': DEMANDS}, "Client \"C1\" is neither"),
                ({'clients': CLIENTS,
                    'demands': DEMANDS.replace('Python', 'Juggling')},
                    "line 2, column \"skill\""),
                ({'clients': CLIENTS, 'skills': "member;skill;level\n"
                    "nobody;Python;2\n"},
                    "line 2, column \"member\""),
                ({'clients': "Code;Nom\n"}, "0 clients"),
                ({'clients': ""}, "exit ")]:
            with self.subTest(wrong):
                self.assertIn(said, self.run_(**wrong))
                self.assertEqual(self.count(), (0, 0, 0))
        said = self.run_('--dry-run', **self.files())
        self.assertIn("2 clients and 1 skills and 2 demands", said)
        self.assertEqual(self.count(), (0, 0, 0))

    def test_import(self):
        "The same import twice changes nothing"
        self.assertNotIn('exit', self.run_(**self.files()))
        self.assertEqual(self.count(), (2, 2, 1))
        with Transaction().start(DB_NAME, 0):
            one, two = Pool().get('coop.demand').search(
                [], order=[('reference', 'ASC')])
            self.assertEqual(one.client.name, "Boulangerie")
            self.assertEqual(one.client.addresses[0].city, "Grenoble")
            self.assertEqual(one.hours, Decimal('24.5'))
            self.assertEqual((one.state, one.remote), ('draft', False))
            self.assertTrue(two.remote)
        self.assertIn("Nothing new", self.run_(**self.files()))
        self.assertEqual(self.count(), (2, 2, 1))

    def test_skip_bad(self):
        "The good rows are imported, the bad ones given back to correct"
        out = os.path.join(self.folder, 'bad.xlsx')
        files = self.files()
        files['clients'] = CLIENTS.replace('pain@', 'pain')
        said = self.run_('--skip-bad', out, **files)
        self.assertIn("clients.csv, line 2", said)
        self.assertNotIn('exit', said)
        self.assertEqual(self.count(), (1, 1, 1))
        book = load_workbook(out)
        self.assertEqual(book.sheetnames, ['clients', 'demands'])
        rows = list(book['demands'].iter_rows(values_only=True))
        self.assertEqual(rows[1][0], 'R1')
        self.assertIn('"C1"', rows[1][-1])
        # corrected where it was given back
        book['clients'].cell(2, 3).value = 'pain@example.com'
        book.save(out)
        self.assertNotIn('exit', self.run_(out))
        self.assertEqual(self.count(), (2, 2, 1))

    def test_resume(self):
        "An import that is cut goes on where it stopped"
        real, calls = import_mission.write_demands, []

        def fail(*args):
            calls.append(args)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(*args)
        with patch.object(import_mission, 'write_demands', fail):
            with self.assertRaises(KeyboardInterrupt):
                self.run_(**self.files())
        self.assertEqual(self.count(), (2, 1, 1))
        said = self.run_(**self.files())
        self.assertIn("Go on with the import", said)
        self.assertEqual(self.count(), (2, 2, 1))

    def test_workbook(self):
        "One workbook has the sheets of all kinds, in French too"
        book = Workbook()
        for title, text in [('Clients', CLIENTS), ('Demandes', DEMANDS)]:
            sheet = book.create_sheet(title)
            for line in text.splitlines():
                sheet.append(line.split(';'))
        path = os.path.join(self.folder, 'all.xlsx')
        book.remove(book.active)
        book.save(path)
        self.assertNotIn('exit', self.run_(path))
        self.assertEqual(self.count(), (2, 2, 0))


class StagedTestCase(factories.MissionTestCase):
    "Test the import of the screen"

    def create(self, company, **texts):
        values = {}
        for kind, text in texts.items():
            values[f'{kind}_file'] = text.encode()
            values[f'{kind}_file_name'] = f'{kind}.csv'
        return Pool().get('coop.import').create([
                {'company': company.id, **values}])[0]

    @with_transaction()
    def test_with_members(self):
        "Members and their skills come by one import"
        pool = Pool()
        Import = pool.get('coop.import')
        Mastered = pool.get('coop.member.skill')
        company = factories.cooperative()
        with set_company(company):
            coop.category(company)
            import_ = self.create(company, members="number;name;category;"
                "admission\n77;Ann;W;2020-01-01\n",
                skills="member;skill;level\n77;Python;3\n")
            Import.check_files([import_])
            self.assertEqual(import_.problems, None)
            self.assertEqual(
                (import_.member_count, import_.skill_count), (1, 1))
            while import_.state == 'validated':
                Import.process_slice([import_])
            mastered, = Mastered.search([])
            self.assertEqual(mastered.profile.member.number, '77')
            self.assertEqual(mastered.declared.level, 3)
            self.assertEqual(mastered.proven, None)

    @with_transaction()
    def test_forgotten(self):
        "The files of an import go when a client of theirs is erased"
        pool = Pool()
        Import = pool.get('coop.import')
        Party = pool.get('party.party')
        Erase = pool.get('party.erase', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            import_ = self.create(company, clients=CLIENTS)
            hash_ = import_.hash
            Import.check_files([import_])
            while import_.state == 'validated':
                Import.process_slice([import_])
            client, = Party.search([('code', '=', 'C1')])
            Party.write([client], {'active': False})
            session_id, _, _ = Erase.create()
            Erase(session_id).ask.party = client
            Erase.execute(
                session_id, {'ask': {'party': client.id}}, 'erase')
            factories.forget()
            import_ = Import(import_.id)
            self.assertTrue(import_.forgotten)
            self.assertFalse(import_.clients_file)
            self.assertEqual(import_.hash, hash_)
            self.assertEqual([s.data for s in import_.slices], ['[]'] * 1)

    @with_transaction()
    def test_unreadable(self):
        company = factories.cooperative()
        Import = Pool().get('coop.import')
        with set_company(company):
            import_ = self.create(company, clients="\n")
            with self.assertRaises(ImportFileError):
                Import.check_files([import_])

    @with_transaction()
    def test_access(self):
        "A member neither reads an import nor makes one"
        Import = Pool().get('coop.import')
        company = factories.cooperative()
        with set_company(company):
            import_ = self.create(company, clients=CLIENTS)
            member, = coop.members(company, 1)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                with self.assertRaises(AccessError):
                    Import.read([import_.id], ['clients_file'])
                with self.assertRaises(AccessError):
                    self.create(company, demands=DEMANDS)
