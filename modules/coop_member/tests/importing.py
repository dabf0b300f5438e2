# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Files to import, made in a line"
import datetime as dt
import os
from decimal import Decimal

from hypothesis import HealthCheck, settings

from ..importer import plan, reading
from ..importer.problem import Category, Known, ShareClass

# Other tests may hold the processor meanwhile
PATIENT = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOT = os.path.join(os.path.dirname(__file__), *['..'] * 3)
SIREN, OTHER_SIREN = '552008443', '732829320'
SIRET = '73282932000074'
IBAN, OTHER_IBAN = (
    'FR1420041010050500013M02606', 'FR7630006000011234567890189')
MEMBERS = (
    'number;name;category;admission date;departure date;birth date;email;'
    'siren;siret;iban;mandate;mandate date;mandate presented;'
    'referrer;legal person;representative;country;phone\n')
MOVEMENTS = (
    'reference;date;member;kind;class;shares;nominal;amount;called;paid up;'
    'claim;fully paid;counterpart;to class;note\n')
ANN = '1;Ann;W;01/02/2020' + ';' * 13 + '\n'
BOB = '2;Bob;W;01/02/2020' + ';' * 13 + '\n'


def known(**kwargs):
    start = dt.date(2000, 1, 1)
    return Known(**{
            'today': dt.date(2024, 6, 30),
            'classes': {
                'A': ShareClass('A', ((start, Decimal(24)),)),
                'B': ShareClass('B', (
                        (start, Decimal(16)),
                        (dt.date(2022, 1, 1), Decimal(32)))),
                'L': ShareClass('L', ((start, Decimal(24)),), holder='legal'),
                'Q': ShareClass(
                    'Q', ((start, Decimal(24)),), Decimal('0.25')),
                },
            'categories': {
                'W': Category('W'), 'D': Category('D', 16, 'admission')},
            'sepa': True, 'countries': {'FR'}, 'languages': {'fr', 'en'},
            **kwargs})


def member(number='1', **cells):
    "A line of members"
    names = MEMBERS.strip().split(';')
    row = {'number': number, 'name': f'Name {number}', 'category': 'W',
        'admission date': '01/02/2020'}
    row |= {k.replace('_', ' '): v for k, v in cells.items()}
    return ';'.join(row.get(n, '') for n in names) + '\n'


def movement(kind, number='1', date='01/03/2020', **cells):
    "A line of movements"
    names = MOVEMENTS.strip().split(';')
    row = {'kind': kind, 'member': number, 'date': date, 'class': 'A'}
    row |= {k.rstrip('_').replace('_', ' '): str(v) for k, v in cells.items()}
    return ';'.join(row.get(n, '') for n in names) + '\n'


def make(members=None, movements=None, known_=None, **kwargs):
    files = []
    for kind, text in [('members', members), ('movements', movements)]:
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            files.append((kind, f'{kind}.csv', data))
    return plan.make(
        plan.read_sheets(reading.read(files)), known_ or known(), **kwargs)


def found(plan_):
    "The problems as (table, line, key)"
    return sorted({
            (p.table.partition('.')[0], p.line, p.key)
            for p in plan_.problems}, key=str)


SUB = movement('subscription', shares=10)
