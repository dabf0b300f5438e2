# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Every row of the files on its own, and the members against each other.

A check is one small function that yields (column, key, arguments); the lists
of checks are data.
"""
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from .. import life
from .layout import COLUMNS, OPTIONAL, match, normalize
from .problem import Problem
from .reading import cells_of
from .values import READERS, CellError, postal_code


@dataclass(slots=True)
class Row:
    """A row with its values; ``bad`` once a problem is named on it.

    ``faults`` are the columns with a problem, ``alike`` is set when the member
    may be another one.
    """
    sheet: str
    line: int
    values: dict
    cells: list
    bad: bool = False
    alike: bool = False
    faults: set = field(default_factory=set)

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name)


@dataclass
class Sheet:
    "A table with its rows, what each column is called and the problems"
    sheet: str
    table: object
    titles: dict
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def problem(self, row, column, key, **args):
        row.bad = True
        row.faults.add(column)
        self.problems.append(Problem(
                key, self.table.name, row.line,
                self.titles.get(column, column), args))

    def warn(self, row, column, key, **args):
        self.problems.append(Problem(
                key, self.table.name, row.line,
                self.titles.get(column, column), args, warning=True))


def read_sheet(name, table, specs=None):
    """Return the Sheet of a table with the values of its cells.

    Missing columns make it one without rows.

    :param specs: its Columns, those of the name by default
    """
    specs = COLUMNS[name] if specs is None else specs
    columns, missing, unknown, twice = match(specs, table.header)
    sheet = Sheet(
        name, table, {c: t for c, t in zip(columns, table.header) if c})
    for column in missing:
        sheet.problems.append(Problem(
                'column_missing', table.name, 1, column.name,
                {'names': ', '.join(column.aliases)}))
    for title in twice:
        sheet.problems.append(
            Problem('column_twice', table.name, 1, title))
    for title in unknown:
        sheet.problems.append(
            Problem('column_unknown', table.name, 1, title, warning=True))
    if missing or twice:
        return sheet
    specs = {c.name: c for c in specs}
    lines = dict(table.rows)
    for line, cells in cells_of(table, columns):
        row = Row(name, line, dict.fromkeys(specs), lines[line])
        sheet.rows.append(row)
        if len(lines[line]) > len(table.header):
            sheet.problem(row, None, 'cells')
        for column, cell in cells.items():
            try:
                row.values[column] = READERS[specs[column].type](
                    cell) if specs[column].type in READERS else cell
            except CellError as error:
                sheet.problem(row, column, error.key, value=str(cell))
            else:
                if (specs[column].required and column not in OPTIONAL
                        and row.values[column] is None):
                    sheet.problem(row, column, 'empty_cell')
        if row.values.get('postal_code'):
            row.values['postal_code'] = postal_code(
                cells['postal_code'], row.country)
    return sheet


# Checks of one member


def check_codes(row, known):
    if row.category and row.category not in known.categories:
        yield 'category', 'category_unknown', {
            'value': row.category,
            'known': ', '.join(sorted(known.categories))}
    if row.country and row.country not in known.countries:
        yield 'country', 'country_unknown', {'value': row.country}
    if row.language and row.language not in known.languages:
        yield 'language', 'language_unknown', {'value': row.language}
    if row.party and row.party not in known.parties:
        yield 'party', 'party_unknown', {'value': row.party}


def check_age(row, known):
    if row.legal_person or not row.birth_date:
        return
    if not 1880 <= row.birth_date.year or row.birth_date > known.today:
        yield 'birth_date', 'date_impossible', {'value': row.birth_date}
    elif category := known.categories.get(row.category):
        limit = known.today - relativedelta(years=category.minimum_age)
        if row.birth_date > limit:
            yield 'birth_date', 'under_age', {
                'age': category.minimum_age, 'category': category.code}


def check_representative(row, known):
    if row.legal_person and row.admission_date and not row.representative:
        yield 'representative', 'representative_missing', {}


def check_dates(row, known):
    if not row.admission_date:
        for column in [
                'activation_date', 'notice_date', 'departure_date']:
            if row.values[column]:
                yield 'admission_date', 'admission_missing', {}
                return
    for column in ['application_date', 'admission_date', 'activation_date',
            'notice_date', 'mandate_date', 'mandate_presented']:
        if row.values[column] and row.values[column] > known.today:
            yield column, 'future', {'value': row.values[column]}
    for before, after in [
            ('application_date', 'admission_date'),
            ('admission_date', 'activation_date'),
            ('admission_date', 'notice_date'),
            ('admission_date', 'departure_date'),
            ('notice_date', 'departure_date'),
            ('birth_date', 'admission_date'),
            ('mandate_date', 'mandate_presented')]:
        first, last = row.values[before], row.values[after]
        if first and last and last < first:
            yield after, f'{after}_before', {
                'value': last, 'before': first}


def check_contact(row, known):
    if row.email and not known.valid_email(row.email):
        yield 'email', 'email', {'value': row.email}
    for column in ['phone', 'mobile']:
        if row.values[column] and not known.valid_phone(
                row.values[column], row.country):
            yield column, 'phone', {'value': row.values[column]}
    if row.siret and row.siren and not row.siret.startswith(row.siren):
        yield 'siret', 'siret_siren', {'value': row.siret}


def check_mandate(row, known):
    if not (row.mandate or row.mandate_date or row.mandate_presented):
        return
    for column in ['mandate', 'mandate_date', 'iban']:
        if not row.values[column]:
            yield column, 'mandate_incomplete', {}
    if row.mandate and not known.sepa:
        yield 'mandate', 'mandate_module', {}
    elif row.mandate in known.mandates:
        yield 'mandate', 'mandate_known', {'value': row.mandate}
    elif row.mandate and len(row.mandate) > 35:
        yield 'mandate', 'mandate_long', {'value': row.mandate}


def check_owners(row, known):
    "An identifier that a party has already"
    for column, type_ in [
            ('siren', 'fr_siren'), ('siret', 'fr_siret'), ('vat', 'eu_vat')]:
        owner = known.owners.get((type_, row.values[column]))
        if owner and owner[0] != row.party:
            yield column, 'identifier_known', {
                'value': row.values[column], 'party': owner[1],
                'code': owner[0]}


def check_iban(row, known):
    "An account of somebody else: who shares one says so by its own way"
    if row.iban in known.ibans:
        yield 'iban', 'iban_known', {
            'value': row.iban, 'party': known.ibans[row.iban]}


MEMBER_CHECKS = [
    check_codes, check_age, check_representative, check_dates, check_contact,
    check_mandate, check_owners, check_iban]


def check_existing(row, holder):
    "The number of a member of the database under another name"
    if normalize(full_name(row)) != normalize(holder.name):
        yield 'number', 'member_differs', {
            'value': row.number, 'name': holder.name}


def full_name(row):
    return ' '.join(filter(None, [row.first_name, row.name]))


def check_members(sheet, known):
    "Name what is wrong with the rows of members"
    for row in sheet.rows:
        if holder := known.members.get(row.number):
            faults = check_existing(row, holder)
        else:
            faults = (
                f for check in MEMBER_CHECKS for f in check(row, known))
        for column, key, args in faults:
            sheet.problem(row, column, key, **args)
    check_doubles(sheet)
    check_numbers(sheet, known)
    check_alike(sheet, known)
    check_referrers(sheet, known)


def check_doubles(sheet):
    "Two rows with the same number, identifier or mandate: both are bad"
    for column in ['number', 'siren', 'siret', 'vat', 'mandate', 'party']:
        first = {}
        for row in sheet.rows:
            value = row.values[column]
            if value is None:
                continue
            other = first.setdefault(value, row)
            if other is not row:
                other.bad = True
                sheet.problem(row, column, 'double',
                    value=value, line=other.line)


def letters_and_figures(number):
    "Return what the payment reference keeps of a member's number"
    return ''.join(c for c in number.upper() if c.isascii() and c.isalnum())


def check_numbers(sheet, known):
    "Numbers that differ by signs have one payment reference: both are bad"
    taken = {letters_and_figures(n): n for n in known.numbers}
    first = {}
    for row in sheet.rows:
        if not row.number:
            continue
        key = letters_and_figures(row.number)
        other = first.setdefault(key, row)
        if other.number != row.number:
            other.bad = True
            sheet.problem(row, 'number', 'number_alike',
                value=row.number, other=other.number)
        elif taken.get(key, row.number) != row.number:
            sheet.problem(row, 'number', 'number_alike',
                value=row.number, other=taken[key])


def check_alike(sheet, known):
    "Warn of two members alike: same name and birth date, or same e-mail"
    for column, key, who in [
            ('birth_date', _name_and_birth, known.people),
            ('email', lambda row: row.email and row.email.lower(),
                known.emails),
            ('iban', lambda row: row.iban, {})]:
        first = {}
        for row in sheet.rows:
            value = key(row)
            if not value:
                continue
            other = first.setdefault(value, row)
            if other is not row:
                sheet.warn(row, column, 'alike', line=other.line)
                # an account may be of two
                row.alike |= column != 'iban'
                other.alike |= column != 'iban'
            elif value in who and row.number not in known.members:
                row.alike = True
                sheet.warn(row, column, f'{column}_known', party=who[value])


def _name_and_birth(row):
    return row.birth_date and (normalize(full_name(row)), row.birth_date)


def check_referrers(sheet, known):
    "A referrer must be a member; nobody refers himself by a round"
    rows = {row.number: row for row in sheet.rows}
    for row in sheet.rows:
        if not row.referrer:
            continue
        if row.referrer not in rows and row.referrer not in known.members:
            sheet.problem(
                row, 'referrer', 'member_unknown', value=row.referrer)
            continue
        seen, number = {row.number}, row.referrer
        while number in rows and number not in known.members:
            if number in seen:
                sheet.problem(
                    row, 'referrer', 'referrer_round', value=row.referrer)
                break
            seen.add(number)
            number = rows[number].referrer


# Checks of one movement

NEEDS = {
    'opening': [],
    'subscription': ['quantity'],
    'call': ['amount'],
    'payment': ['amount'],
    'transfer': ['quantity', 'counterpart'],
    'transfer_in': ['quantity', 'counterpart'],
    'conversion': ['quantity', 'to_class'],
    'cancellation': ['quantity'],
    'exit': [],
    'repayment': ['amount'],
    'reduction': ['amount'],
    }
# Kinds that take away: their files write them with a minus or without
OUTWARD = {
    'transfer', 'conversion', 'cancellation', 'exit', 'repayment',
    'reduction'}
AMOUNTS = ['amount', 'nominal', 'called', 'paid_up', 'claim']


def check_needs(row, known):
    for column in NEEDS.get(row.kind, []):
        if row.values[column] is None and column not in row.faults:
            yield column, 'needed', {'kind': row.kind}


def check_signs(row, known):
    unit = Decimal(1).scaleb(-known.digits)
    for column in ['quantity', *AMOUNTS]:
        value = row.values[column]
        if value is None:
            continue
        if value < 0 and row.kind not in OUTWARD:
            yield column, 'negative', {'value': value}
        elif not value and column in NEEDS.get(row.kind, []):
            yield column, 'zero', {}
        elif column in AMOUNTS and value != value.quantize(unit):
            yield column, 'digits', {'value': value, 'digits': known.digits}


def check_named(row, known):
    for column in ['share_class', 'to_class']:
        value = row.values[column]
        if value and value not in known.classes:
            yield column, 'class_unknown', {
                'value': value, 'known': ', '.join(sorted(known.classes))}
    if not row.share_class:
        yield 'share_class', 'class_missing', {}
    elif row.share_class == row.to_class:
        yield 'to_class', 'class_same', {}
    if row.counterpart and row.counterpart == row.member:
        yield 'counterpart', 'counterpart_same', {}


def check_day(row, known):
    if row.date and row.date > known.today:
        yield 'date', 'future', {'value': row.date}
    if row.kind == 'opening' and row.date and (
            not known.opening_before or row.date >= known.opening_before):
        yield 'date', 'opening', {}


MOVEMENT_CHECKS = [check_needs, check_signs, check_named, check_day]


def check_movements(sheet, known, default_class=None):
    "Name what is wrong with each row of the movements"
    if not default_class and len(known.classes) == 1:
        default_class, = known.classes
    first = defaultdict(lambda: None)
    for row in sheet.rows:
        if row.share_class is None:
            row.values['share_class'] = default_class
        for check in MOVEMENT_CHECKS:
            for column, key, args in check(row, known):
                sheet.problem(row, column, key, **args)
        if row.reference:
            if other := first[row.reference]:
                other.bad = True
                sheet.problem(row, 'reference', 'double',
                    value=row.reference, line=other.line)
            first[row.reference] = row


def life_of(row, known, paid=None):
    """Return [(kind, date)] of a new member, in their order.

    Active on the day given, or as the rule of the category says: on admission
    or when the first share is paid.

    :param paid: date on which the first share was paid
    """
    if not row.admission_date:
        return [('application', row.application_date or known.today)]
    category = known.categories[row.category]
    active = row.activation_date or (
        row.admission_date if category.activation == 'admission' else paid)
    events = [
        ('application', row.application_date or row.admission_date),
        ('admission', row.admission_date),
        ('activation', active),
        ('notice', row.notice_date),
        ('departure', row.departure_date)]
    events = [(kind, date) for kind, date in events if date]
    if life.fault(events):
        # a first payment after the notice or the departure makes not active
        events = [e for e in events if e[0] != 'activation']
    return events
