# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The communes and departments of France, found by what people write.

Imports no Tryton. Where they are is data/README.md's, read once and only when
asked for.
"""
import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / 'data'
_WORD = re.compile('[A-Z0-9]+')
_POSTAL_CODE = re.compile(r'\b(\d{5})\b')
_DEPARTMENT = re.compile(r'(?:\d{2}|2[AB]|97\d)', re.IGNORECASE)
# No name of a place is longer: texts are searched in quadratic time
LONGEST = 100
_ARTICLES = {'L', 'LA', 'LE', 'LES'}
_SAINTS = {'ST': 'SAINT', 'STE': 'SAINTE', 'STS': 'SAINTS'}
# Cities of which an address may tell the arrondissement
_DIVIDED = {'PARIS', 'LYON', 'MARSEILLE'}
_ARRONDISSEMENT = re.compile(r'\d{1,2}(?:E|ER|EME)?')


@dataclass(frozen=True)
class Place:
    """A commune, or a department as its centre.

    latitude and longitude are in degrees
    """
    code: str
    name: str
    department: str
    latitude: float
    longitude: float

    @property
    def point(self):
        return self.latitude, self.longitude

    @property
    def label(self):
        if self.code == self.department:
            return f'{self.name} ({self.code})'
        return f'{self.name} ({self.department})'


class Ambiguous(ValueError):
    "Several communes have the name; ``places`` has them"

    def __init__(self, places):
        super().__init__(', '.join(p.label for p in places))
        self.places = places


def normal(name):
    """Return the name of a commune as all its spellings have it.

    Without accents, case, hyphens, leading article, CEDEX or arrondissement,
    and with Saint in full.
    """
    name = name.replace('œ', 'oe').replace('Œ', 'OE').replace('æ', 'ae')
    name = ''.join(
        c for c in unicodedata.normalize('NFKD', name)
        if not unicodedata.combining(c)).upper()
    words = [_SAINTS.get(w, w) for w in _WORD.findall(name)]
    if 'CEDEX' in words:
        words = words[:words.index('CEDEX')]
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    if len(words) > 1 and words[0] in _DIVIDED and (
            _ARRONDISSEMENT.fullmatch(words[1])):
        words = words[:1]
    return ' '.join(words)


def department_of(postal_code):
    """Return the code of the department of a postal code, or None.

    Corsica is divided at 20200, and beyond the sea three digits tell it.
    """
    code = re.sub(r'\s', '', postal_code or '')
    if not re.fullmatch(r'\d{5}', code):
        return None
    if code.startswith('20'):
        code = '2A' if code < '20200' else '2B'
    elif code.startswith('97'):
        code = code[:3]
    else:
        code = code[:2]
    return code if code in departments() else None


def _rows(name):
    with (DATA / f'{name}.csv').open(encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            yield (row['insee_code'], row['name'], float(row['latitude']),
                float(row['longitude']))


@cache
def departments():
    "Return {code: Place} of the departments, in the order of their codes"
    return {
        code: Place(code, name, code, latitude, longitude)
        for code, name, latitude, longitude in _rows('departments')}


@cache
def _communes():
    "Return {normal name: {department: Place}}"
    result = defaultdict(dict)
    for code, name, latitude, longitude in _rows('communes'):
        department = code[:3] if code.startswith('97') else code[:2]
        # Two of one name in a department are near each other
        result[normal(name)].setdefault(department, Place(
                code, name, department, latitude, longitude))
    return result


@cache
def _department_names():
    return {normal(d.name): d for d in departments().values()}


def find(city, department=None):
    """Return the Place of a commune, or None when there is none.

    :param city: its name as people write it
    :param department: the code of its department, when it is known
    :raises Ambiguous: without a department, when several have the name
    """
    found = _communes().get(normal(city or ''))
    if not found:
        return None
    if department:
        return found.get(department)
    if len(found) > 1:
        raise Ambiguous(sorted(found.values(), key=lambda p: p.department))
    return next(iter(found.values()))


def address(city, postal_code):
    """Return the Place of an address, or None when it is not known.

    A postal code of the neighbouring department is forgiven when no other
    commune has the name.
    """
    department = department_of(postal_code)
    place = find(city, department) if department else None
    if not place:
        try:
            place = find(city)
        except Ambiguous:
            place = None
    return place


def read(text):
    """Return the Place that a person means, or None when it is not known.

    It may be "Grenoble", "38000 Grenoble", "Grenoble (38)", "38" or "Isère".

    :raises Ambiguous: when several communes have the name
    """
    text = (text or '').strip()[:LONGEST]
    if _DEPARTMENT.fullmatch(text):
        return departments().get(text.upper())
    postal_code = _POSTAL_CODE.search(text)
    if postal_code:
        city = (
            text[:postal_code.start()] + ' ' + text[postal_code.end():])
        if not normal(city):
            return departments().get(department_of(postal_code.group()))
        return address(city, postal_code.group())
    named = re.fullmatch(r'(.+?)[ (,]+(\d{2}|2[ABab]|97\d)\)?', text)
    if named:
        place = find(named.group(1), named.group(2).upper())
        if place:
            return place
    try:
        place = find(text)
    except Ambiguous:
        # Nobody means one of the villages of the name of a department
        place = _department_names().get(normal(text))
        if not place:
            raise
    return place or _department_names().get(normal(text))
