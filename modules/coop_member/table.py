# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A table to print: its columns, its lines, and what is said around it.

Imports no Tryton. The values are dates, whole numbers, Decimal amounts and
texts, each in a column of its kind; what writes them (a PDF, a workbook) is
told how they look.
"""
import datetime as dt
import io
from dataclasses import dataclass, field
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

KINDS = ['text', 'date', 'number', 'amount', 'blank']
# A line that begins a part of the table, and one that sums it up
PART, SUM = 'part', 'sum'
_BOLD = Font(bold=True)
_TITLE = Font(bold=True, size=14)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param label: what stands above it
    :param kind: one of KINDS; a blank one is left to be filled in by hand
    :param width: its part of the width of the page, about its characters
    :param total: whether its sum stands below it
    """
    label: str
    kind: str = 'text'
    width: int = 12
    total: bool = False


@dataclass(frozen=True)
class Line:
    "The cells of a line, in the order of the columns, and its style"
    cells: tuple
    style: str = ''


@dataclass
class Table:
    """A table with its title.

    :param company: name of the company whose table it is
    :param facts: [(label, text)] above it, such as the date
    :param closing: [(label, text)] below it
    :param digits: number of decimals of an amount
    """
    title: str
    company: str
    columns: list
    lines: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    closing: list = field(default_factory=list)
    digits: int = 2
    portrait: bool = False

    def add(self, *cells, style=''):
        """Add a line.

        :raises ValueError: when it has not a cell for each column
        """
        if len(cells) != len(self.columns):
            raise ValueError("a line has one cell for each column")
        self.lines.append(Line(cells, style))

    def sum_up(self, label):
        """Add the line of the sums of the columns that have one.

        :param label: what stands in its first cell
        """
        cells = [
            sum((l.cells[i] or 0 for l in self.lines if not l.style),
                Decimal(0) if column.kind == 'amount' else 0)
            if column.total else None
            for i, column in enumerate(self.columns)]
        cells[0] = label
        self.add(*cells, style=SUM)


def workbook(table):
    """Return the bytes of a workbook (xlsx) of a table.

    Numbers, amounts and dates are such, not texts; the line of the labels
    stays in sight and is repeated on each page when printed.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(table.title))
    for i, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(i)].width = max(
            column.width, len(column.label)) + 2
    first = len(table.facts) + 4
    sheet.freeze_panes = f'A{first + 1}'
    sheet.print_title_rows = f'{first}:{first}'
    sheet.page_setup.orientation = (
        'portrait' if table.portrait else 'landscape')
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = '&P / &N'

    formats = _formats(table.digits)
    sheet.append([_cell(sheet, table.company, font=_BOLD)])
    sheet.append([_cell(sheet, table.title, font=_TITLE)])
    for label, text in table.facts:
        sheet.append([_cell(sheet, label), _cell(sheet, text)])
    sheet.append([])
    sheet.append([
            _cell(sheet, column.label, font=_BOLD,
                alignment=Alignment(wrap_text=True, vertical='top'))
            for column in table.columns])
    for line in table.lines:
        font = _BOLD if line.style else None
        sheet.append([
                _cell(sheet, value, formats.get(column.kind), font)
                for column, value in zip(table.columns, line.cells)])
    if table.closing:
        sheet.append([])
    for label, text in table.closing:
        sheet.append([_cell(sheet, label), _cell(sheet, text)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _formats(digits):
    decimals = f'.{"0" * digits}' if digits else ''
    return {
        'amount': f'#,##0{decimals}', 'number': '#,##0',
        'date': 'yyyy-mm-dd'}


def _cell(sheet, value, format_=None, font=None, alignment=None):
    text = isinstance(value, str)
    cell = WriteOnlyCell(
        sheet, ILLEGAL_CHARACTERS_RE.sub('', value) if text else value)
    if text:
        # What begins with = is a text, never a formula
        cell.data_type = 's'
    elif format_ and isinstance(value, (int, Decimal, dt.date)):
        cell.number_format = format_
    if font:
        cell.font = font
    if alignment:
        cell.alignment = alignment
    return cell


def _sheet_name(title):
    "Return a title without what the name of a sheet may not have"
    return ''.join(c for c in title if c not in '[]:*?/\\')[:31]
