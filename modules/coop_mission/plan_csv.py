# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Members and demands out of CSV files, and proposals into one.

Imports no Tryton beyond the reading of files (``coop_member.importer``).
doc/plan.rst explains the columns one by one.
"""
import datetime as dt
import re
from dataclasses import dataclass

import numpy as np

from trytond.modules.coop_member.importer import values
from trytond.modules.coop_member.importer.layout import normalize
from trytond.modules.coop_member.importer.reading import (
    ReadError, cells_of, read_csv)

from .plan import DAY, Demands, Members

EPOCH = dt.date(1970, 1, 1)
EVER = np.iinfo(np.int64).max
_LISTED = re.compile(r'[;,|]')
_TIMED = re.compile(r'(.+?)[T ]+(\d{1,2})[:h](\d{2})(:\d{2})?')
# What is wrong with a cell, by the key of the importer or of our own
REMEDIES = {
    'number': "is not a number: write 1234.5",
    'number_ambiguous': "could be thousands or decimals: write 1234.5",
    'negative': "is less than zero",
    'date': "is not a date: write 2026-12-31 or 31/12/2026",
    'date_impossible': "is a day that does not exist",
    'date_short': "has a year of two figures: write four",
    'time': "has a time that does not exist: write 2026-12-31 14:30",
    'backwards': "ends before it starts",
    'boolean': "is not yes or no",
    'skill': "is not a list of skills: write plumbing:2; heating:1",
    'latitude': "is not degrees between -90 and 90: write 48.8566",
    'longitude': "is not degrees between -180 and 180: write 2.3522",
    'days': "is not weekdays: write 1-5 or 1,2,4, Monday is 1",
    'paper': "is not a list of papers: write insurance:2026-12-31",
    'formula': "is a formula that failed",
    }
FILES = {
    'encoding': "can not be read: save it as CSV UTF-8",
    'encoding_twice': "has broken accents: save it again as CSV UTF-8",
    'quote': "has a quotation mark that is not closed",
    'empty': "is empty: its first line must name the columns",
    }


class BadFiles(Exception):
    "What is wrong with the files: ``problems`` are sentences with the line"

    def __init__(self, problems):
        super().__init__('\n'.join(problems))
        self.problems = problems


def number(cell):
    value = values.decimal(cell)
    if value is not None and value < 0:
        raise values.CellError('negative')
    return None if value is None else float(value)


def degrees(name, limit):
    def read(cell):
        if (value := values.text(cell)) is None:
            return None
        try:
            # A comma can only be of decimals here
            found = float(value.replace(',', '.'))
        except ValueError:
            raise values.CellError(name)
        if not -limit <= found <= limit:
            raise values.CellError(name)
        return found
    return read


def radius(cell):
    return np.inf if values.text(cell) == '*' else number(cell)


def listed(cell):
    "Return the texts of a list"
    parts = _LISTED.split(values.text(cell) or '')
    return [part.strip() for part in parts if part.strip()]


def skills(cell):
    "Return {skill: level}, level 1 when none is written"
    result = {}
    for part in listed(cell):
        name, _, level = part.partition(':')
        level = level.strip() or '1'
        if not normalize(name) or not re.fullmatch(r'[1-9]', level):
            raise values.CellError('skill')
        result[normalize(name)] = int(level)
    return result


def papers(cell):
    "Return {paper: minute until which it is valid}, its last day included"
    result = {}
    for part in listed(cell):
        name, _, until = part.partition(':')
        if not normalize(name):
            raise values.CellError('paper')
        result[normalize(name)] = minute(until, True) if until else EVER
    return result


def names(cell):
    return [normalize(part) for part in listed(cell)]


def days(cell):
    "Return whether there is work on each weekday, all when nothing is written"
    result = [False] * 7
    for part in listed(cell):
        found = re.fullmatch(r'([1-7])(?:\s*-\s*([1-7]))?', part)
        if not found:
            raise values.CellError('days')
        first, last = int(found[1]), int(found[2] or found[1])
        for day in range(first, last + 1):
            result[day - 1] = True
    return result if any(result) else [True] * 7


def minute(cell, end=False):
    """Return the minute of a time; of a day its first minute.

    :param end: return the minute after, as of an end
    """
    value = values.text(cell)
    if value is None:
        return None
    if found := _TIMED.fullmatch(value):
        day, hours, minutes = found[1], int(found[2]), int(found[3])
        if hours > 24 or minutes > 59 or hours == 24 and minutes:
            raise values.CellError('time')
        return (values.date(day) - EPOCH).days * DAY + hours * 60 + minutes
    return (values.date(value) - EPOCH).days * DAY + (DAY if end else 0)


def after(cell):
    return minute(cell, True)


def spans(cell):
    "Return [(start, end)] of 2026-03-02..2026-03-06; 2026-05-01"
    result = []
    for part in listed(cell):
        start, dots, end = part.partition('..')
        span = (minute(start), after(end if dots else start))
        if None in span or span[1] <= span[0]:
            raise values.CellError('backwards')
        result.append(span)
    return result


@dataclass(frozen=True)
class Column:
    name: str
    read: object = values.text
    required: bool = False
    aliases: tuple = ()


def _column(name, read=values.text, aliases='', required=False):
    found = [name, *filter(None, aliases.split('|'))]
    return Column(name, read, required, tuple(map(normalize, found)))


NUMBER = _column('id', aliases="number|numéro|n°", required=True)
SKILLS = _column('skills', skills, "compétences|métiers")
LATITUDE = _column('latitude', degrees('latitude', 90), "lat")
LONGITUDE = _column('longitude', degrees('longitude', 180), "lon|lng")
MEMBERS = [
    NUMBER, SKILLS, LATITUDE, LONGITUDE,
    _column('radius', radius, "rayon|rayon km|radius km"),
    _column('departments', names, "départements|zones"),
    _column('availability', number, "disponibilité|heures par mois"
        "|hours a month|availability hours a month", required=True),
    _column('proposed', number, "heures proposées|proposed hours"
        "|heures proposées 12 mois|proposed hours 12 months"),
    _column('absences', spans, "absence|congés"),
    _column('missions', spans, "mission|autres missions"),
    _column('days', days, "jours|jours travaillés"),
    _column('papers', papers, "pièces|documents"),
    ]
DEMANDS = [
    NUMBER, SKILLS, LATITUDE, LONGITUDE,
    _column('department', aliases="département|zone"),
    _column('remote', values.word('boolean'), "à distance|distance"),
    _column('start', minute, "début|du", required=True),
    _column('end', after, "fin|au", required=True),
    _column('hours', number, "heures", required=True),
    _column('days', days, "jours|jours travaillés"),
    _column('papers', names, "pièces|documents"),
    _column('refused', listed, "refusé par|refus"),
    _column('solicited', listed, "déjà proposé à|déjà sollicités"),
    _column('member', aliases="membre|réalisé par|done by"),
    ]


@dataclass
class Read:
    """``done``: {number of the demand: number of the member} of past demands;
    ``warnings``: what was left out"""
    members: Members
    demands: Demands
    done: dict
    warnings: list


def read(members, demands):
    """Return what two files hold.

    :param members: (name, bytes)
    :param demands: (name, bytes)
    :raises BadFiles: with all that is wrong
    """
    problems, warnings = [], []
    ours = _rows(*members, MEMBERS, problems, warnings)
    theirs = _rows(*demands, DEMANDS, problems, warnings)
    _check_members(members[0], ours, problems)
    _check_demands(demands[0], theirs, {r['id'] for r in ours}, problems)
    if problems:
        raise BadFiles(problems)
    known = {skill for row in ours for skill in row['skills']}
    for row in theirs:
        for skill in sorted(row['skills'].keys() - known):
            warnings.append(
                f"{demands[0]}, line {row['line']}: no member has the skill "
                f"{skill}")
    numbers = _numbers(ours), _numbers(theirs)
    done = {
        numbers[1][r['id']]: numbers[0][r['member']]
        for r in theirs if r['member']}
    return Read(*_arrays(ours, theirs, *numbers), done, warnings)


def _rows(name, data, columns, problems, warnings):
    "Return the rows of a file as {column: value}, with their line"
    try:
        table = read_csv(name, data)
    except ReadError as error:
        where = f", line {error.args_['line']}" if error.args_.get(
            'line') else ''
        problems.append(f"{name}{where} {FILES[error.key]}")
        return []
    known = {a: column for column in columns for a in column.aliases}
    found = [known.get(normalize(header)) for header in table.header]
    for header, column in zip(table.header, found):
        if not column:
            warnings.append(f"{name}: the column {header} is left out")
    there = [column.name for column in found if column]
    for column in columns:
        if there.count(column.name) > 1:
            problems.append(f"{name} has the column {column.name} twice")
        if column.required and column.name not in there:
            problems.append(f"{name} has no column {column.name}: add it")
    rows = []
    for line, cells in cells_of(table, found):
        row = {'line': line}
        cells = {column.name: cell for column, cell in cells.items()}
        for column in columns:
            row[column.name] = _cell(
                f"{name}, line {line}", column, cells.get(column.name),
                problems)
        rows.append(row)
    return rows


def _cell(where, column, cell, problems):
    try:
        value = column.read(cell)
    except values.CellError as error:
        problems.append(
            f"{where}: {column.name} \u201c{cell}\u201d "
            f"{REMEDIES[error.key]}")
        return column.read(None)
    if column.required and value is None and values.text(cell) is None:
        problems.append(f"{where}: fill in {column.name}")
    return value


def _check_members(name, rows, problems):
    def problem(row, text):
        problems.append(f"{name}, line {row['line']}: {text}")
    _check_both(rows, problem)
    for row in rows:
        if row['radius'] is None and not row['departments']:
            problem(row, "give a radius (0 for remote work only, * for "
                "everywhere) or departments")
        if row['radius'] and np.isfinite(row['radius']) and (
                row['latitude'] is None):
            problem(row, "a radius needs latitude and longitude")


def _check_demands(name, rows, members, problems):
    def problem(row, text):
        problems.append(f"{name}, line {row['line']}: {text}")
    _check_both(rows, problem)
    for row in rows:
        start, end = row['start'], row['end']
        if None not in {start, end} and end <= start:
            problem(row, "the end is not after the start")
        if row['hours'] == 0:
            problem(row, "hours must be more than zero")
        if not (row['remote'] or row['department']
                or row['latitude'] is not None):
            problem(row, "give latitude and longitude, a department, or yes "
                "as remote")
        named = [*row['refused'], *row['solicited'], row['member']]
        for member in filter(None, named):
            if member not in members:
                problem(row, f"{member} is not among the members")


def _check_both(rows, problem):
    lines = {}
    for row in rows:
        first = lines.setdefault(row['id'], row['line'])
        if row['id'] and first != row['line']:
            problem(row, f"{row['id']} is on line {first} already")
        if (row['latitude'] is None) != (row['longitude'] is None):
            problem(row, "give both latitude and longitude")


def _numbers(rows):
    "Return {text: number}, whole numbers when all are, so that 9 precedes 10"
    texts = [row['id'] for row in rows]
    if all(re.fullmatch(r'0|[1-9]\d{0,17}', text) for text in texts):
        return {text: int(text) for text in texts}
    return {text: text for text in texts}


def _arrays(ours, theirs, our_numbers, their_numbers):
    every = [*ours, *theirs]
    skill = _index(name for row in every for name in row['skills'])
    paper = _index(name for row in every for name in row['papers'])
    zone = _index(name for row in ours for name in row['departments'])
    column = {row['id']: index for index, row in enumerate(ours)}
    busy = [
        (index, *span, kind == 'missions')
        for index, row in enumerate(ours)
        for kind in ['absences', 'missions'] for span in row[kind]]
    members = Members(
        number=np.array(list(our_numbers.values())),
        availability=[12 * row['availability'] for row in ours],
        proposed=[row['proposed'] or 0 for row in ours],
        levels=_table(ours, 'skills', skill), **_places(ours),
        radius=[row['radius'] or 0 for row in ours],
        zones=_table(ours, 'departments', zone),
        papers=_table(ours, 'papers', paper),
        days=np.array([row['days'] for row in ours]).reshape(-1, 7),
        busy=np.array([b[:3] for b in busy], np.int64).reshape(-1, 3),
        busy_mission=[b[3] for b in busy])
    # A department where no member goes is one of none
    places = [normalize(row['department'] or '') for row in theirs]
    demands = Demands(
        number=np.array(list(their_numbers.values())),
        start=[row['start'] for row in theirs],
        end=[row['end'] for row in theirs],
        hours=[row['hours'] for row in theirs],
        levels=_table(theirs, 'skills', skill), **_places(theirs),
        zone=[zone.get(place, -1) for place in places],
        remote=[bool(row['remote']) for row in theirs],
        papers=_table(theirs, 'papers', paper),
        days=np.array([row['days'] for row in theirs]).reshape(-1, 7),
        **{name: np.array([
                    (index, column[member])
                    for index, row in enumerate(theirs)
                    for member in row[name]], np.int64).reshape(-1, 2)
            for name in ['refused', 'solicited']})
    return members, demands


def _index(found):
    return {name: index for index, name in enumerate(sorted(set(found)))}


def _table(rows, name, index):
    "Return the array of a column of lists, or of {name: number}"
    result = np.zeros((len(rows), len(index)), np.int64)
    for line, row in enumerate(rows):
        for key in row[name]:
            value = row[name][key] if isinstance(row[name], dict) else 1
            result[line, index[key]] = value
    return result


def _places(rows):
    return {
        name: np.array(
            [np.nan if row[name] is None else row[name] for row in rows],
            float)
        for name in ['latitude', 'longitude']}
