# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import unittest
from decimal import Decimal as D

from openpyxl import load_workbook

from ..table import SUM, Column, Table, workbook


def table(**values):
    return Table("Register: of [all]", "Coop", [
            Column("Name", width=20),
            Column("Date", 'date'),
            Column("Shares", 'number', total=True),
            Column("Amount", 'amount', total=True),
            ], facts=[("As of", "31/12/2024")], **values)


def cells(table_):
    "Return the rows of the workbook of a table, and its sheet"
    sheet = load_workbook(io.BytesIO(workbook(table_))).active
    return [[c.value for c in row] for row in sheet.iter_rows()], sheet


class TableTestCase(unittest.TestCase):
    "Test tables and their workbooks"

    def test_workbook(self):
        "A workbook has numbers and dates, with what stands around them"
        table_ = table(closing=[("Members", 2)])
        table_.add("Ann", dt.date(2024, 1, 2), 3, D('30.50'))
        table_.add("Bob", None, 4, D('40'))
        table_.sum_up("Total")
        rows, sheet = cells(table_)
        self.assertEqual(rows, [
                ["Coop", None, None, None],
                ["Register: of [all]", None, None, None],
                ["As of", "31/12/2024", None, None],
                [None] * 4,
                ["Name", "Date", "Shares", "Amount"],
                ["Ann", dt.datetime(2024, 1, 2), 3, 30.5],
                ["Bob", None, 4, 40],
                ["Total", None, 7, 70.5],
                [None] * 4,
                ["Members", 2, None, None]])
        self.assertEqual(sheet.title, "Register of all")
        self.assertEqual(sheet.freeze_panes, 'A6')
        self.assertEqual(sheet.print_title_rows, '$5:$5')
        self.assertEqual(sheet['D6'].number_format, '#,##0.00')
        self.assertTrue(sheet['A8'].font.bold)
        self.assertFalse(sheet['A6'].font.bold)

    def test_formula(self):
        "What a member calls himself is no formula, nor breaks the file"
        table_ = table()
        table_.add("=1+1", None, 1, D(1))
        table_.add("A\x0bB", None, 1, D(1))
        rows, sheet = cells(table_)
        self.assertEqual(rows[5][0], "=1+1")
        self.assertEqual(sheet['A6'].data_type, 's')
        self.assertEqual(rows[6][0], "AB")

    def test_sums(self):
        "Lines that sum up others are not summed again"
        table_ = table()
        table_.add("Ann", None, 1, D(1))
        table_.sum_up("Part")
        table_.add("Bob", None, 2, D(2))
        table_.sum_up("Total")
        self.assertEqual(table_.lines[-1].cells, ("Total", None, 3, D(3)))
        self.assertEqual(table_.lines[-1].style, SUM)

    def test_no_line(self):
        "An empty table sums to nothing"
        table_ = table()
        table_.sum_up("Total")
        self.assertEqual(table_.lines[0].cells, ("Total", None, 0, D(0)))

    def test_cells(self):
        "A line has a cell for each column"
        with self.assertRaises(ValueError):
            table().add("Ann")
