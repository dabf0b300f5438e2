# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import os
import re
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ..capital import Deltas
from ..importer import layout, plan, reading, values
from .importing import PATIENT, ROOT, known


class ReadingTestCase(unittest.TestCase):
    "Test the reading of files"

    def test_encodings(self):
        "The same text out of every encoding that programs write"
        text = 'numéro;nom\n1;Zoé Müller\n'
        for encoding in [
                'utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-16-be',
                'cp1252', 'latin-1']:
            with self.subTest(encoding=encoding):
                self.assertEqual(reading.decode(text.encode(encoding)), text)

    def test_encodings_refused(self):
        "A text that would be read wrongly is refused"
        text = 'nom\nRené Lefèvre, Hélène\n'
        for name, data, key in [
                ('DOS', text.encode('cp850'), 'encoding'),
                ('Macintosh', text.encode('mac-roman'), 'encoding'),
                ('twice', text.encode().decode('cp1252').encode(),
                    'encoding_twice'),
                ('replaced', text.replace('é', '\ufffd').encode(),
                    'encoding'),
                ('binary', b'\x01\x02\x03\x04', 'encoding'),
                ('half UTF-16', b'\xff\xfea', 'encoding'),
                ]:
            with self.subTest(name=name):
                with self.assertRaises(reading.ReadError) as caught:
                    reading.decode(data)
                self.assertEqual(caught.exception.key, key)

    def test_accents_of_others(self):
        "An accent of DOS or the old Macintosh is found wherever it stands"
        for encoding, words in [
                ('cp850', [
                        'René', 'Agnès', 'Benoît', 'Noël', 'Loïc', 'Anaïs',
                        'François', 'Émile', 'évêque', 'être', 'ça', 'Hélène',
                        'théâtre']),
                ('mac-roman', [
                        'René', 'Agnès', 'Émile', 'Hélène', 'François',
                        'théâtre', 'évêque', 'là', 'déjà']),
                ]:
            for word in words:
                data = f'nom;ville\nBob;Lyon\n{word};Metz\n'.encode(encoding)
                with self.subTest(encoding=encoding, word=word):
                    with self.assertRaises(reading.ReadError) as caught:
                        reading.decode(data)
                    self.assertEqual(
                        (caught.exception.key, caught.exception.args_['line']),
                        ('encoding', 3))

    def test_names_kept(self):
        "Signs of Windows' encoding that are right where they stand"
        text = (
            'HAŠEK;Škoda;Žižek;Žofie;ŠIMŮNEK;Œuvre;CŒUR;Cœur;ŽELEZNÝ;Kaša\n'
            '“L’été”;«\xa0Zoé\xa0»;5\xa0‰;Rhône–Alpes;100\xa0€;etc…\n')
        text = text.replace('Ů', 'U')
        self.assertEqual(reading.decode(text.encode('cp1252')), text)
        # written as Unicode there is no doubt
        self.assertEqual(reading.decode('Aƒe\n'.encode()), 'Aƒe\n')

    def test_lines_of_encodings(self):
        "What can not be read is named by its line, whatever ends the lines"
        for data in [
                b'nom\nBob\nRen\x81\n', b'nom\r\nBob\r\nRen\x81\r\n',
                b'nom\rBob\rRen\x8e\rZoe\r', b'nom\nZo\xe9\nRen\x9d\n',
                'nom\nBob\n'.encode('utf-16-le') + b'\x00\xd8\x41\x00']:
            with self.subTest(data=data):
                with self.assertRaises(reading.ReadError) as caught:
                    reading.decode(data)
                self.assertEqual(caught.exception.args_['line'], 3)

    def test_delimiters(self):
        for delimiter in ';,\t|':
            with self.subTest(delimiter=delimiter):
                table = reading.read_csv('f', (
                        delimiter.join(['number', '"name; x, y"']) + '\n'
                        + delimiter.join(['1', '"a;b,c"']) + '\n').encode())
                self.assertEqual(table.rows, [(2, ['1', 'a;b,c'])])

    def test_lines(self):
        "A row is named by the line where it starts, whatever its cells hold"
        table = reading.read_csv(
            'f', b'a;b\r\n"1\n2";x\r\n;\r\n\r\n3;y\r\n')
        self.assertEqual([line for line, _ in table.rows], [2, 6])

    def test_files_refused(self):
        for name, data, key in [
                ('empty.csv', b'', 'empty'),
                ('blank.csv', b'\n ; \n', 'empty'),
                ('open.csv', b'a;b\n1;"x\n2;y\n', 'quote'),
                ('false.xlsx', b'number;name\n', 'workbook'),
                ('old.xls', b'\xd0\xcf', 'format'),
                ('other.ods', b'PK', 'format'),
                ('other.csv', b'a\n1\n', 'sheet')]:
            with self.subTest(name=name):
                with self.assertRaises(reading.ReadError) as caught:
                    reading.read([(None, name, data)])
                self.assertEqual(caught.exception.key, key)

    def test_workbook(self):
        "The sheets of a workbook with the values that it holds"
        book = Workbook()
        members = book.active
        members.title = "Sociétaires"
        members.append(["N°", "Nom", "Catégorie", "Date d'entrée",
                "Code postal", "Pays", None])
        members.append([12, "Zoé", "W", dt.datetime(2020, 2, 1), 1000])
        members.append([])
        members.append([13, "Bob", "W", 43862, '75001'])
        members.append([14, "Cid", "W", 43862, 1000, "be"])
        members.append([15, "Dan", "W", 43862, 1000, "France"])
        movements = book.create_sheet("Mouvements")
        movements.append(["Date", "Membre", "Type", "Parts", "Montant"])
        movements.append([
                dt.date(2020, 3, 1), 12.0, "Souscription", 10, 240.0])
        content = io.BytesIO()
        book.save(content)
        plan_ = plan.make(plan.read_sheets(reading.read(
                    [(None, 'b.xlsx', content.getvalue())])),
            known(countries={'BE', 'FR'}), default_class='A')
        self.assertEqual(plan_.problems, [])
        ann, bob, *others = [row for row, _ in plan_.members]
        self.assertEqual(
            (ann.number, ann.admission_date, ann.postal_code, ann.line),
            ('12', dt.date(2020, 2, 1), '01000', 2))
        self.assertEqual(
            (bob.admission_date, bob.line), (dt.date(2020, 2, 1), 4))
        self.assertEqual(
            [(row.country, row.postal_code) for row in others],
            [('BE', '1000'), ('FR', '01000')])
        self.assertEqual(
            plan_.operations[0].entries[0].deltas,
            Deltas(10, Decimal(240), Decimal(240)))


class ValuesTestCase(unittest.TestCase):
    "Test the values of cells"

    def test_decimals(self):
        for cell, value in [
                ('1234,56', '1234.56'), ('1 234,56', '1234.56'),
                ('1\u00a0234,56', '1234.56'), ('1\u202f234,56 €', '1234.56'),
                ('1.234,56', '1234.56'), ('1,234.56', '1234.56'),
                ("1'234.56", '1234.56'), ('1.234.567', '1234567'),
                ('1 234,567', '1234.567'), ('0,125', '0.125'),
                ('-12,5', '-12.5'), ('\u221212,50', '-12.50'),
                ('+3', '3'), ('24', '24'), (24, '24'), (24.5, '24.5'),
                ('12,50 EUR', '12.50')]:
            with self.subTest(cell=cell):
                self.assertEqual(values.decimal(cell), Decimal(value))
        self.assertIsNone(values.decimal(''))
        self.assertIsNone(values.decimal(None))

    def test_decimals_refused(self):
        for cell, key in [
                ('1,234', 'number_ambiguous'), ('1.234', 'number_ambiguous'),
                ('abc', 'number'), ('1e3', 'number'), ('NaN', 'number'),
                ('1,2,3', 'number'), ('12,34.56', 'number'),
                ('1.23.456', 'number'), ('--1', 'number'), ('$12', 'number'),
                (float('inf'), 'number'), ('#REF!', 'formula')]:
            with self.subTest(cell=cell):
                with self.assertRaises(values.CellError) as caught:
                    values.decimal(cell)
                self.assertEqual(caught.exception.key, key)

    def test_dates(self):
        for cell in [
                '31/12/2021', '31.12.2021', '31-12-2021', '2021-12-31',
                '2021/12/31', '20211231', '2021-12-31 00:00:00',
                '31/12/2021 10:30', '44561', 44561, 44561.0,
                dt.date(2021, 12, 31), dt.datetime(2021, 12, 31, 8)]:
            with self.subTest(cell=cell):
                self.assertEqual(values.date(cell), dt.date(2021, 12, 31))

    def test_dates_refused(self):
        for cell, key in [
                ('2021-02-30', 'date_impossible'),
                ('31/04/2021', 'date_impossible'),
                ('12/31/2021', 'date_impossible'),
                ('0000-01-01', 'date_impossible'),
                ('31/12/21', 'date_short'), ('hier', 'date'),
                ('31 décembre 2021', 'date'), ('2021', 'date')]:
            with self.subTest(cell=cell):
                with self.assertRaises(values.CellError) as caught:
                    values.date(cell)
                self.assertEqual(caught.exception.key, key)

    @PATIENT
    @given(st.decimals(
            min_value=-10 ** 9, max_value=10 ** 9, places=2),
        st.sampled_from([' ', '\u00a0', '\u202f', '.', '']))
    def test_french_decimals(self, value, space):
        "Every amount written the French way reads as itself"
        text = f'{value:,.2f}'.replace('.', '!').replace(
            ',', space).replace('!', ',')
        self.assertEqual(values.decimal(text), value)

    @PATIENT
    @given(st.decimals(
            min_value=-10 ** 9, max_value=10 ** 9, places=2),
        st.sampled_from([',', "'", '']))
    def test_english_decimals(self, value, space):
        text = f'{value:,.2f}'.replace(',', space)
        self.assertEqual(values.decimal(text), value)

    @PATIENT
    @given(st.dates(min_value=dt.date(1000, 1, 1)),
        st.sampled_from(['%d/%m/%Y', '%Y-%m-%d', '%d.%m.%Y', '%Y%m%d']))
    def test_every_date(self, date, format_):
        self.assertEqual(values.date(date.strftime(format_)), date)

    @PATIENT
    @given(st.text(max_size=12))
    def test_any_text(self, text):
        "Any text is a value or is refused, nothing else"
        for reader in values.READERS.values():
            try:
                reader(text)
            except values.CellError as error:
                self.assertTrue(error.key)


class LayoutTestCase(unittest.TestCase):
    "Test the names of columns"

    def test_french(self):
        columns, missing, unknown, twice = layout.match(layout.MEMBERS, [
                "N° d'adhérent", "NOM", "Prénom", "Collège",
                "Date d'entrée", "Courriel", "Couleur", "Nom"])
        self.assertEqual(columns[:6], [
                None, 'name', 'first_name', 'category', 'admission_date',
                'email'])
        self.assertEqual([c.name for c in missing], ['number'])
        self.assertEqual(unknown, ["N° d'adhérent", "Couleur"])
        self.assertEqual(twice, ["Nom"])

    def test_one_meaning(self):
        "No name stands for two columns of a sheet"
        for sheet, columns in layout.COLUMNS.items():
            names = [a for c in columns for a in set(c.aliases)]
            with self.subTest(sheet=sheet):
                self.assertEqual(len(names), len(set(names)))

    def test_documented(self):
        "The documentation names every column and every kind of movement"
        for path in ['docs/import.md', 'docs/fr/import.md']:
            with open(os.path.join(ROOT, path), encoding='utf-8') as file:
                words = set(re.findall('`([a-z_]+)`', file.read()))
            names = {c.name for cs in layout.COLUMNS.values() for c in cs}
            names |= layout.KINDS.keys() | layout.CAUSES.keys()
            names |= layout.STATUSES.keys()
            with self.subTest(path=path):
                self.assertEqual(names - words, set())
