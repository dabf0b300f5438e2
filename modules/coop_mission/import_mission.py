# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Clients, skills of members and demands, imported as members are.

The files are staged by an import of coop_member, which reads and checks them
whole before it writes anything. Clients are found again by the code of their
party, skills by the member, demands by their reference.
"""
import hashlib
from collections import defaultdict

from trytond.model import fields
from trytond.modules.coop_member import import_bad
from trytond.modules.coop_member.exceptions import ImportFileError
from trytond.modules.coop_member.import_known import (
    _search, _valid_email, _valid_phone)
from trytond.modules.coop_member.importer import plan as planning
from trytond.modules.coop_member.importer.reading import ReadError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval

from . import import_files

KINDS = list(import_files.SHEETS)
_states = {'readonly': Eval('state') != 'draft'}


def _file(kind, string, help=""):
    return fields.Binary(
        string, filename=f'{kind}_file_name', file_id=f'{kind}_file_id',
        store_prefix='coop_import', states=_states, help=help)


def _file_name(kind, string):
    return fields.Char(string, states={
            **_states, 'required': Bool(Eval(f'{kind}_file'))})


class Import(metaclass=PoolMeta):
    __name__ = 'coop.import'
    clients_file = _file('clients', "Clients or Workbook",
        "A CSV file of clients, or a workbook with the sheets clients, "
        "skills and demands.")
    clients_file_id = fields.Char("Clients File ID", readonly=True)
    clients_file_name = _file_name('clients', "Clients File Name")
    skills_file = _file('skills', "Skills")
    skills_file_id = fields.Char("Skills File ID", readonly=True)
    skills_file_name = _file_name('skills', "Skills File Name")
    demands_file = _file('demands', "Demands")
    demands_file_id = fields.Char("Demands File ID", readonly=True)
    demands_file_name = _file_name('demands', "Demands File Name")
    client_count = fields.Integer("Clients to Import", readonly=True)
    skill_count = fields.Integer("Skills to Import", readonly=True)
    demand_count = fields.Integer("Demands to Import", readonly=True)

    @classmethod
    def __setup__(cls):
        cls._file_fields = cls._file_fields | {
            f'{kind}_file': f'{kind}_file_name' for kind in KINDS}
        cls._hashed = cls._hashed | {f'{kind}_file' for kind in KINDS}
        super().__setup__()

    @classmethod
    def copy(cls, imports, default=None):
        default = default.copy() if default else {}
        for kind in KINDS:
            default.setdefault(f'{kind[:-1]}_count')
        return super().copy(imports, default=default)

    def get_rec_name(self, name):
        names = [getattr(self, f'{kind}_file_name') for kind in KINDS]
        if not any(names):
            return super().get_rec_name(name)
        return ', '.join(filter(None, [
                    self.members_file_name, self.movements_file_name,
                    *names]))

    @classmethod
    def search_rec_name(cls, name, clause):
        operator = 'AND' if clause[1].startswith(('!', 'not')) else 'OR'
        return [operator, super().search_rec_name(name, clause)] + [
            (f'{kind}_file_name', *clause[1:]) for kind in KINDS]

    def mission_files(self):
        "Return [(kind, name, bytes)] of the files of this module"
        files = [
            (kind, getattr(self, f'{kind}_file_name'),
                getattr(self, f'{kind}_file')) for kind in KINDS]
        return [
            (kind, name, bytes(data)) for kind, name, data in files if data]

    def make_hash(self):
        hash_ = super().make_hash()
        files = [] if self.forgotten else self.mission_files()
        if not files:
            return hash_
        digest = hashlib.sha256((hash_ or '').encode())
        for kind, _, data in files:
            digest.update(f'{kind} {len(data)}\n'.encode() + data)
        return digest.hexdigest()

    def plan(self):
        files = self.mission_files()
        if self.files() or not files:
            plan = super().plan()
        else:
            plan = planning.Plan({})
        if files:
            try:
                sheets = import_files.read(files)
            except ReadError as error:
                raise ImportFileError(
                    import_bad.explain(planning.unreadable(error)))
            found = import_files.make(sheets, known(
                    self.company, import_files.named(sheets),
                    {row.number for row, _ in plan.members}))
            plan.others += found.slices()
            plan.problems += found.problems
            plan.warnings += found.warnings
            plan.bad += found.bad
        return plan

    def set_report(self, plan):
        super().set_report(plan)
        counts = defaultdict(int)
        for kind, values in plan.others:
            counts[kind] += len(values)
        for kind in KINDS:
            setattr(self, f'{kind[:-1]}_count', counts[kind])

    @classmethod
    def forget_client(cls, party):
        "Drop the files that brought a client who is erased"
        imports = cls.search([('state', '=', 'done')])
        cls.forget([
                i for i in imports if any(
                    party.code in {v['code'] for v in s.values()}
                    for s in i.slices if s.kind == 'clients')])


class ImportSlice(metaclass=PoolMeta):
    __name__ = 'coop.import.slice'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.kind.selection.extend([
                ('clients', "Clients"),
                ('skills', "Skills"),
                ('demands', "Demands"),
                ])

    @classmethod
    def _writers(cls):
        return super()._writers() | {
            'clients': write_clients,
            'skills': write_skills,
            'demands': write_demands,
            }

    def numbers(self):
        if self.kind not in KINDS:
            return super().numbers()
        return {
            value[name] for value in self.values()
            for name in ['member', 'referrer'] if value.get(name)}


def known(company, named, members):
    """Return the import_files.Known of a company.

    :param named: what import_files.named returns
    :param members: numbers of those that the same import brings
    """
    pool = Pool()
    Country = pool.get('country.country')
    Demand = pool.get('coop.demand')
    Level = pool.get('coop.skill.level')
    Mastered = pool.get('coop.member.skill')
    Member = pool.get('coop.member')
    Party = pool.get('party.party')
    Skill = pool.get('coop.skill')
    mine = ('company', '=', company.id)
    skills = defaultdict(list)
    for skill in Skill.search([]):
        for name in {skill.name, skill.rec_name}:
            skills[import_files.fold(name)].append(skill.id)
    numbers = named['member'] | named['referrer']
    return import_files.Known(
        clients={
            p.code for p in _search(
                Party, 'code', named['code'] | named['client'])},
        members=members | {
            m.number for m in _search(Member, 'number', numbers, mine)},
        skills=dict(skills),
        levels={level.level for level in Level.search([])},
        mastered={
            (s.profile.member.number, s.skill.id) for s in _search(
                Mastered, 'profile.member.number', named['member'],
                ('profile.member.company', '=', company.id))},
        demands={
            d.reference for d in _search(
                Demand, 'reference', named['reference'], mine)},
        countries={c.code for c in Country.search([])},
        valid_email=_valid_email, valid_phone=_valid_phone)


def _by(Model, name, values, *domain):
    "Return {value: record} of a field"
    return {
        getattr(record, name): record
        for record in _search(Model, name, set(values), *domain)}


def write_clients(import_, values):
    "Create the clients that the database has not yet"
    pool = Pool()
    Country = pool.get('country.country')
    Party = pool.get('party.party')
    there = _by(Party, 'code', [v['code'] for v in values])
    countries = _by(Country, 'code', [v['country'] or 'FR' for v in values])
    Party.create([
            _client(v, countries) for v in values
            if v['code'] not in there])


def _client(value, countries):
    party = {
        'code': value['code'],
        'name': value['name'],
        'contact_mechanisms': [('create', [
                    {'type': type_, 'value': value[type_]}
                    for type_ in ['email', 'phone'] if value[type_]])],
        }
    address = {
        # not the function field, whose setter writes one by one
        'street_unstructured': value['street'],
        'postal_code': value['postal_code'],
        'city': value['city'],
        }
    if any(address.values()):
        country = countries.get(value['country'] or 'FR')
        party['addresses'] = [('create', [
                    {**address, 'country': country.id if country else None}])]
    return party


def write_skills(import_, values):
    "Add the skills that the profiles have not yet; make profiles for it"
    pool = Pool()
    Level = pool.get('coop.skill.level')
    Mastered = pool.get('coop.member.skill')
    Member = pool.get('coop.member')
    Profile = pool.get('coop.member.profile')
    members = _by(
        Member, 'number', [v['member'] for v in values],
        ('company', '=', import_.company.id))
    levels = {level.level: level.id for level in Level.search([])}
    ids = {m.id for m in members.values()}
    profiles = {
        p.member.number: p for p in _search(Profile, 'member', ids)}
    missing = [m for n, m in members.items() if n not in profiles]
    for profile in Profile.create([{'member': m.id} for m in missing]):
        profiles[profile.member.number] = profile
    there = {
        (s.profile.id, s.skill.id) for s in _search(
            Mastered, 'profile', {p.id for p in profiles.values()})}
    rows = [
        (profiles[v['member']].id, v['skill'], levels[v['level']])
        for v in values]
    Mastered.create([
            {'profile': profile, 'skill': skill, 'declared': level}
            for profile, skill, level in rows
            if (profile, skill) not in there])


def write_demands(import_, values):
    "Create the demands that the database has not yet, as drafts"
    pool = Pool()
    Demand = pool.get('coop.demand')
    Level = pool.get('coop.skill.level')
    Member = pool.get('coop.member')
    Party = pool.get('party.party')
    mine = ('company', '=', import_.company.id)
    there = _by(Demand, 'reference', [v['reference'] for v in values], mine)
    clients = _by(Party, 'code', [v['client'] for v in values])
    members = _by(
        Member, 'number', [v['referrer'] for v in values if v['referrer']],
        mine)
    levels = {level.level: level.id for level in Level.search([])}
    Demand.create([
            _demand(import_.company, v, clients, members, levels)
            for v in values if v['reference'] not in there])


def _demand(company, value, clients, members, levels):
    referrer = members.get(value['referrer'])
    result = {
        'company': company.id,
        'reference': value['reference'],
        'title': value['title'],
        'client': clients[value['client']].id,
        'start_date': value['start_date'],
        'end_date': value['end_date'],
        'place': value['place'],
        'remote': not value['place'],
        'budget': value['budget'],
        'channel': 'member' if referrer else 'other',
        'referrer': referrer.id if referrer else None,
        'lines': [('create', [{
                        'skill': value['skill'],
                        'level': levels[value['level']],
                        'quantity': value['days'],
                        'unit': 'day'}])],
        }
    if value['date']:
        result['date'] = value['date']
    return result
