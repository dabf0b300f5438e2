# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Files of clients, of skills of members and of demands, read and checked.

Imports no Tryton but the reading of coop_member. A check is one small
function that yields (column, key, arguments); the keys without a dot are
messages of coop_member. The good rows and the bad ones are together all rows
of the files, and a row that names a bad one is bad.
"""
from collections import defaultdict
from dataclasses import dataclass, field

from trytond.modules.coop_member.importer import checking, reading
from trytond.modules.coop_member.importer.layout import column
from trytond.modules.coop_skill import communes

SLICE = 200
_OWN = 'coop_mission.msg_import'

SHEETS = {
    'clients': {'clients', 'client', 'customers', 'clientes'},
    'skills': {'skills', 'skill', 'competences'},
    'demands': {'demands', 'demand', 'demandes', 'missions'},
    }
_SKILL = [
    column('skill', required=True, aliases="compétence"),
    column('level', 'integer', required=True, aliases="niveau"),
    ]
COLUMNS = {
    'clients': [
        column('code', required=True, aliases="number|client|code client"
            "|numéro|n° client|référence"),
        column('name', required=True,
            aliases="nom|raison sociale|nom ou raison sociale"),
        column('email', 'email', aliases="mail|e-mail|courriel"),
        column('phone', aliases="telephone|téléphone|tél|tel"),
        column('street', aliases="address|adresse|rue|voie"),
        column('postal_code', aliases="zip|zip code|code postal|cp"),
        column('city', aliases="town|ville|commune"),
        column('country', 'country', aliases="pays|code pays"),
        ],
    'skills': [
        column('member', required=True, aliases="number|member number"
            "|sociétaire|numéro|n° sociétaire|numéro de sociétaire"
            "|adhérent|n° adhérent"),
        *_SKILL,
        ],
    'demands': [
        column('reference', required=True, aliases="ref|référence|id"),
        column('client', required=True, aliases="code client|client code"),
        column('title', required=True, aliases="titre|objet"),
        column('date', 'date', aliases="received on|reçue le"),
        column('start_date', 'date', required=True,
            aliases="first day|début|premier jour"),
        column('end_date', 'date', required=True,
            aliases="last day|fin|dernier jour"),
        column('place', aliases="lieu|ville"),
        column('referrer', aliases="brought by|apporteur|apportée par"),
        *_SKILL,
        column('days', 'decimal', required=True, aliases="jours"),
        column('budget', 'decimal'),
        ],
    }
KEYS = {
    'clients': ['code'],
    'skills': ['member', 'skill'],
    'demands': ['reference'],
    }


def fold(name):
    "Return the name of a skill as all its spellings have it"
    return ' '.join(name.casefold().split())


@dataclass
class Known:
    """What the database holds that a file names.

    ``skills`` maps a name, as fold() gives it, to the ids that have it,
    ``members`` are also those that the same import brings.
    """
    clients: set = field(default_factory=set)
    members: set = field(default_factory=set)
    skills: dict = field(default_factory=dict)
    levels: set = field(default_factory=set)
    mastered: set = field(default_factory=set)  # (member, id of the skill)
    demands: set = field(default_factory=set)
    countries: set = field(default_factory=set)
    valid_email: object = lambda email: True
    valid_phone: object = lambda phone, country: True

    def skill(self, name):
        "Return the id of the skill of a name"
        return self.skills[fold(name)][0]


@dataclass
class Plan:
    """What is new by kind, and all that stands against it.

    ``problems`` hinder, ``warnings`` do not, ``bad`` are (sheet, row, None)
    of the rows left out.
    """
    new: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    bad: list = field(default_factory=list)

    def slices(self):
        "Yield (kind, [values]), those first that others name"
        for kind in SHEETS:
            values = self.new.get(kind, [])
            for start in range(0, len(values), SLICE):
                yield kind, values[start:start + SLICE]


def read(files):
    """Return {kind: Sheet} of the files.

    :param files: [(kind, name, bytes)]
    :raises ReadError: when a file can not be read
    """
    return {
        kind: checking.read_sheet(kind, table, COLUMNS[kind])
        for kind, table in reading.read(files, SHEETS).items()}


def named(sheets):
    "Return {column: set} of what the sheets name"
    result = defaultdict(set)
    for sheet in sheets.values():
        for row in sheet.rows:
            for name, value in row.values.items():
                if value is not None:
                    result[name].add(value)
    return result


def make(sheets, known):
    """Return the Plan of the sheets against what is known of the database.

    :param sheets: {kind: Sheet} of what read() returns
    """
    plan = Plan()
    clients = set(known.clients)
    for kind in SHEETS:
        sheet = sheets.get(kind)
        if not sheet:
            continue
        for row in sheet.rows:
            for check in CHECKS[kind]:
                for name, key, args in check(row, known, clients):
                    sheet.problem(row, name, key, **args)
        check_twice(sheet)
        good = [row for row in sheet.rows if not row.bad]
        if kind == 'clients':
            clients |= {row.code for row in good}
        plan.new[kind] = [
            values_of(row, known) for row in good if is_new(row, known)]
        plan.bad += [(sheet, row, None) for row in sheet.rows if row.bad]
        for problem in sheet.problems:
            (plan.warnings if problem.warning else plan.problems).append(
                problem)
    return plan


def is_new(row, known):
    "Whether the database has not yet what a good row says"
    if row.sheet == 'clients':
        return row.code not in known.clients
    elif row.sheet == 'skills':
        return (row.member, known.skill(row.skill)) not in known.mastered
    return row.reference not in known.demands


def values_of(row, known):
    "Return what a row is written from"
    values = {**row.values, 'line': row.line}
    if 'skill' in values:
        values['skill'] = known.skill(row.skill)
    return values


def check_twice(sheet):
    "Name the rows that say again what another has said"
    seen = {}
    for row in sheet.rows:
        key = tuple(row.values[name] for name in KEYS[sheet.sheet])
        if None in key:
            continue
        if sheet.sheet == 'skills':
            key = row.member, fold(row.skill)
        if key in seen:
            sheet.problem(row, KEYS[sheet.sheet][-1], f'{_OWN}_twice',
                line=seen[key])
        else:
            seen[key] = row.line


def check_contact(row, known, clients):
    if row.country and row.country not in known.countries:
        yield 'country', 'country_unknown', {'value': row.country}
    if row.email and not known.valid_email(row.email):
        yield 'email', 'email', {'value': row.email}
    if row.phone and not known.valid_phone(
            row.phone, row.country or 'FR'):
        yield 'phone', 'phone', {'value': row.phone}


def check_members(row, known, clients):
    for name in ['member', 'referrer']:
        number = row.values.get(name)
        if number and number not in known.members:
            yield name, 'member_unknown', {'value': number}


def check_skill(row, known, clients):
    if row.skill:
        found = known.skills.get(fold(row.skill), [])
        if len(found) != 1:
            key = 'skills' if found else 'skill'
            yield 'skill', f'{_OWN}_{key}', {'value': row.skill}
    if row.level is not None and row.level not in known.levels:
        yield 'level', f'{_OWN}_level', {
            'value': row.level,
            'known': ', '.join(map(str, sorted(known.levels)))}


def check_client(row, known, clients):
    if row.client and row.client not in clients:
        yield 'client', f'{_OWN}_client', {'value': row.client}


def check_demand(row, known, clients):
    start, end = row.start_date, row.end_date
    if start and end and end < start:
        yield 'end_date', f'{_OWN}_dates', {'value': end, 'start': start}
    if row.days is not None and row.days <= 0:
        yield 'days', f'{_OWN}_days', {'value': row.days}
    if row.budget is not None and row.budget < 0:
        yield 'budget', f'{_OWN}_budget', {'value': row.budget}


def check_place(row, known, clients):
    if not row.place:
        return
    try:
        if not communes.read(row.place):
            yield 'place', f'{_OWN}_place', {'value': row.place}
    except communes.Ambiguous as error:
        yield 'place', f'{_OWN}_places', {
            'value': row.place, 'places': str(error)}


CHECKS = {
    'clients': [check_contact],
    'skills': [check_members, check_skill],
    'demands': [
        check_client, check_members, check_skill, check_demand, check_place],
    }
