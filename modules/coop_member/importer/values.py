# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Values out of cells: each function refuses what it is not sure of."""
import datetime as dt
import re
from decimal import Decimal

from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from .layout import WORDS, normalize

_SPACES = re.compile('[\\s\u00a0\u2009\u202f\']')
_NUMBER = re.compile(r'\d+([.,]\d+)*')
_DATES = [
    (re.compile(r'(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})'), (1, 2, 3)),
    (re.compile(r'(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})'), (3, 2, 1)),
    (re.compile(r'(\d{4})(\d{2})(\d{2})'), (1, 2, 3)),
    ]
_TIME = re.compile(r'[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$')
_SHORT_YEAR = re.compile(r'\d{1,2}[-/.]\d{1,2}[-/.]\d{2}')
_EMAIL = re.compile(r'[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}')
# The days of workbooks count from here (1900 taken as a leap year)
_EPOCH = dt.date(1899, 12, 30)


class CellError(ValueError):
    "A cell that is not what its column needs: the key of a message"

    def __init__(self, key):
        super().__init__(key)
        self.key = key


def text(cell):
    "Return the text of a cell, or None for an empty one"
    if cell is None:
        return None
    if isinstance(cell, bool):
        return 'yes' if cell else 'no'
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    result = ' '.join(str(cell).split())
    if result.startswith('#') and result.rstrip('!?').isupper():
        raise CellError('formula')  # a formula that failed: #REF!, #N/A
    return result or None


def decimal(cell):
    """Return the Decimal of a cell: 1 234,56 or 1,234.56 or 1234.56 €.

    A single separator before exactly three digits may be of thousands as well
    as of decimals: it is refused.
    """
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        number = Decimal(str(cell))
        if not number.is_finite():
            raise CellError('number')
        return number
    value = text(cell)
    if value is None:
        return None
    value = _SPACES.sub('', str(cell)).replace('\u2212', '-')
    value = re.sub('(€|EUR)$', '', value, flags=re.IGNORECASE)
    spaced = bool(re.search('\\d[\\s\u00a0\u2009\u202f\']\\d', str(cell)))
    sign, value = (-1, value[1:]) if value[:1] == '-' else (1, value)
    value = value.removeprefix('+')
    if not _NUMBER.fullmatch(value):
        raise CellError('number')
    return sign * Decimal(_plain(value, spaced))


def _plain(value, spaced):
    "Return the digits with a point of decimals"
    marks = [c for c in value if c in '.,']
    if not marks:
        return value
    last = marks[-1]
    whole, _, rest = value.rpartition(last)
    if len(set(marks)) == 1 and len(marks) > 1:
        whole, rest, last = value, '', marks[0]  # 1.234.567
    elif len(marks) == 1:
        if len(rest) == 3 and whole.lstrip('0') and not spaced:
            raise CellError('number_ambiguous')
        return f'{whole}.{rest}'
    elif marks.count(last) > 1:
        raise CellError('number')
    first, *groups = re.split('[.,]', whole)
    if not 1 <= len(first) <= 3 or any(len(g) != 3 for g in groups):
        raise CellError('number')
    return ''.join([first, *groups]) + (f'.{rest}' if rest else '')


def integer(cell):
    "Return the whole number of a cell"
    number = decimal(cell)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellError('integer')
    return int(number)


def date(cell):
    """Return the date of a cell.

    Read are the days of workbooks, 31/12/2021, 31.12.2021, 31-12-2021,
    2021-12-31 and 20211231, with a time or without.
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    value = text(cell)
    if value is None:
        return None
    value = _TIME.sub('', value)
    if re.fullmatch(r'\d{5}', value):
        return _EPOCH + dt.timedelta(days=int(value))
    for pattern, order in _DATES:
        if found := pattern.fullmatch(value):
            try:
                return dt.date(*(int(found[i]) for i in order))
            except ValueError:
                raise CellError('date_impossible')
    if _SHORT_YEAR.fullmatch(value):
        raise CellError('date_short')
    raise CellError('date')


def word(type_):
    "Return the function that reads the words of a type"
    def read(cell):
        value = text(cell)
        if value is None:
            return None
        try:
            return WORDS[type_][normalize(value)]
        except KeyError:
            raise CellError(type_)
    return read


def checked(type_, check):
    "Return the function that reads a number with check digits"
    def read(cell):
        value = text(cell)
        if value is None:
            return None
        try:
            return check(value)
        except (ValidationError, ValueError):
            raise CellError(type_)
    return read


def email(cell):
    value = text(cell)
    if value and not _EMAIL.fullmatch(value):
        raise CellError('email')
    return value


def country(cell):
    value = text(cell)
    if value is None:
        return None
    if normalize(value) == 'france':
        return 'FR'
    if not re.fullmatch('[A-Za-z]{2}', value):
        raise CellError('country')
    return value.upper()


def postal_code(cell, country):
    """Return a postal code, with the zero that workbooks take away.

    Codes of five figures are of France, which an empty country stands for.
    """
    value = text(cell)
    if (isinstance(cell, (int, float)) and value and len(value) == 4
            and country in {None, 'FR'}):
        return value.zfill(5)
    return value


READERS = {
    'text': text,
    'decimal': decimal,
    'integer': integer,
    'date': date,
    'boolean': word('boolean'),
    'kind': word('kind'),
    'cause': word('cause'),
    'status': word('status'),
    'email': email,
    'country': country,
    'siren': checked('siren', siren.validate),
    'siret': checked('siret', siret.validate),
    'vat': checked('vat', vat.validate),
    'iban': checked('iban', iban.validate),
    }
