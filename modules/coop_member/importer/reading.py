# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Tables out of CSV files and workbooks, whatever made them."""
import codecs
import csv
import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from itertools import zip_longest

from .layout import SHEETS, normalize

DELIMITERS = ';,\t|'
BOMS = [
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
    ]
# What the accents of DOS (CP850) and of the old Macintosh look like in the
# encoding of Windows, at the end, the beginning and inside of a word. Names in
# capitals and those that begin with such a letter (HAŠEK, Žižek) are right.
_FOREIGN = re.compile(
    '[^\\W\\d_][\u201a\u02c6\u2021\u0192\u2039\u2030]'
    '|[\u201a\u02c6\u2021\u0192][^\\W\\d_]'
    '|[a-z\u00df-\u00f6\u00f8-\u00ff\u0153\u0161\u017e]'
    '[\u0160\u017d\u0152]')
# é, è, ê, ç, à of UTF-8 read as Windows' and saved again
_TWICE = re.compile('\u00c3[\u00a9\u00a8\u00aa\u00a7\u00a0]')
_NEWLINE = re.compile(r'\r\n?|\n')
_CONTROL = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]')


class ReadError(Exception):
    "A file that can not be read: the key of a message with its arguments"

    def __init__(self, key, **args):
        super().__init__(key)
        self.key = key
        self.args_ = args


@dataclass
class Table:
    """A header and its rows.

    ``name`` is the file's, with the sheet's; ``rows`` are (line, cells) with
    the number of the line in the file, empty rows left out.
    """
    name: str
    header: list
    rows: list = field(default_factory=list)


def decode(data, name=''):
    """Return the text of a file's bytes.

    Tried are the marks of UTF-8 and UTF-16, UTF-16 without mark, UTF-8 and
    Windows' Western European (which covers ISO 8859-1).

    :raises ReadError: when it is none of these, or was converted wrongly
    """
    encoding = next((e for bom, e in BOMS if data.startswith(bom)), None)
    if not encoding and b'\x00' in data[:200]:
        encoding = 'utf-16-be' if data[:1] == b'\x00' else 'utf-16-le'
    for candidate in [encoding] if encoding else ['utf-8', 'cp1252']:
        try:
            text = data.decode(candidate)
            break
        except UnicodeDecodeError as error:
            readable = data[:error.start].decode(candidate, 'ignore')
    else:
        raise ReadError('encoding', file=name, line=_line(readable))
    checks = [('encoding_twice', _TWICE), ('encoding', _CONTROL)]
    if candidate == 'cp1252':
        checks.insert(0, ('encoding', _FOREIGN))
    for key, pattern in checks:
        if found := pattern.search(text):
            raise ReadError(
                key, file=name, line=_line(text[:found.start()]))
    return text


def _line(before):
    "Return the number of the line that follows a text"
    return len(_NEWLINE.findall(before)) + 1


def delimiter(text):
    "Return the delimiter that occurs most in the first line, out of quotes"
    first = re.sub(r'"[^"]*"', '', text.lstrip('\r\n').partition('\n')[0])
    return max(DELIMITERS, key=lambda d: (first.count(d), d == ';'))


def read_csv(name, data):
    """Return the Table of a CSV file.

    :raises ReadError: when it is empty or a quote is not closed
    """
    text = decode(data, name)
    reader = csv.reader(
        io.StringIO(text, newline=''), delimiter=delimiter(text), strict=True)
    rows = []
    try:
        start = 1
        for cells in reader:
            rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error:
        raise ReadError('quote', file=name, line=start)
    return _table(name, rows)


def read_workbook(name, data):
    """Return {sheet's name: Table} of an XLSX workbook.

    :raises ReadError: when it is no such workbook
    """
    # Late, as it is slow and CSV files do without
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise ReadError('workbook', file=name)
    tables = {}
    for sheet in book.worksheets:
        # The dimensions that some programs write are wrong
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        rows = [(line, list(c)) for line, c in rows if not _empty(c)]
        if rows:
            tables[sheet.title] = _table(f"{name} [{sheet.title}]", rows)
    book.close()
    return tables


def _empty(cells):
    return all(c is None or not str(c).strip() for c in cells)


def _table(name, rows):
    rows = [(line, cells) for line, cells in rows if not _empty(cells)]
    if not rows:
        raise ReadError('empty', file=name)
    _, header = rows[0]
    header = [str(h if h is not None else '').strip() for h in header]
    while header and not header[-1]:
        header.pop()
    table = Table(name, header)
    for line, cells in rows[1:]:
        while len(cells) > len(header) and _empty(cells[-1:]):
            cells = cells[:-1]
        table.rows.append((line, cells))
    return table


def read(files, sheets=SHEETS):
    """Return {kind: Table} of the files given.

    A workbook gives the sheets that bear these names (in English or French);
    with a single sheet it stands for the kind it is given as.

    :param files: [(kind or None, name, bytes)]
    :param sheets: {kind: names of its sheet}
    :raises ReadError: when a file can not be read or its kind is not known
    """
    result = {}
    for kind, name, data in files:
        extension = os.path.splitext(name)[1].lower()
        if extension in {'.xls', '.ods', '.pdf', '.doc', '.docx'}:
            raise ReadError('format', file=name)
        if extension in {'.xlsx', '.xlsm'} or data[:4] == b'PK\x03\x04':
            tables = read_workbook(name, data)
        else:
            tables = {'': read_csv(name, data)}
        for found, table in _kinds(kind, name, tables, sheets):
            if found in result:
                raise ReadError('sheet_twice', file=name, kind=found)
            result[found] = table
    return result


def _kinds(kind, name, tables, sheets):
    "Yield (kind, table) of the tables that say what they are"
    if kind and len(tables) == 1:
        return [(kind, table) for table in tables.values()]
    found = []
    for title, table in tables.items():
        for sheet, aliases in sheets.items():
            names = [title, os.path.splitext(os.path.basename(name))[0]]
            if any(normalize(n) in aliases for n in names if n):
                found.append((sheet, table))
                break
    if not found:
        raise ReadError('sheet', file=name)
    return found


def cells_of(table, columns):
    """Yield (line, {column: cell}) of each row of a table.

    :param columns: the column of each header, None where it is not known
    """
    for line, cells in table.rows:
        yield line, {
            c: cell for c, cell in zip_longest(columns, cells) if c}
