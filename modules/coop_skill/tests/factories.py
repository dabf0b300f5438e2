# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Members with skills, zones and time, to build tests and benchmarks on.

Each function works inside a transaction with the company in its context,
as those of coop_member.tests.factories.
"""
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase
from trytond.transaction import Transaction

from . import EXTRAS

DATE = dt.date(2021, 3, 1)


class SkillTestCase(RouteTestCase):
    "Has a cooperative, made once, that each test is given"
    module = 'coop_skill'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(coop.cooperative)


def ref(name):
    "Return the id of a record of the module's data"
    return Pool().get('ir.model.data').get_id('coop_skill', name)


def skill(name='information_technology_development_python'):
    return Pool().get('coop.skill')(ref(f'skill_{name}'))


def level(number):
    Level = Pool().get('coop.skill.level')
    return Level.search([('level', '=', number)])[0]


def profile(member, **values):
    Profile = Pool().get('coop.member.profile')
    return Profile.create([{'member': member.id, **values}])[0]


def member_skill(profile_, skill_=None, declared=2, rate=None):
    """Return a skill of a profile.

    :param rate: euros a day, or None
    """
    MemberSkill = Pool().get('coop.member.skill')
    values = {
        'profile': profile_.id, 'skill': (skill_ or skill()).id,
        'declared': level(declared).id}
    if rate:
        values['rates'] = [('create', [{
                        'amount': Decimal(rate), 'unit': 'day'}])]
    return MemberSkill.create([values])[0]


def proof(member_skill_, number=2, kind='diploma', confirmed=False, **values):
    """Return a proof of a level, confirmed by the server if asked for."""
    Proof = Pool().get('coop.skill.proof')
    if kind == 'certificate':
        values = {'body': "LPI", 'number': "1", **values}
    proof_, = Proof.create([{
                'member_skill': member_skill_.id, 'kind': kind,
                'level': level(number).id, 'date': DATE, **values}])
    if confirmed:
        with Transaction().set_user(0):
            Proof.confirm([proof_])
    return Proof(proof_.id)


def master(member, domain=None, start=DATE, **values):
    Master = Pool().get('coop.skill.master')
    decision = coop.decision(member.company, start, f"Master {member.number}")
    return Master.create([{
                'company': member.company.id, 'member': member.id,
                'domain': (domain or skill('information_technology')).id,
                'start_date': start, 'decision': decision.id, **values}])[0]


def zone(profile_, kind, **values):
    Zone = Pool().get('coop.member.zone')
    return Zone.create([
            {'profile': profile_.id, 'kind': kind, **values}])[0]


def address(member, city, postal_code):
    Address = Pool().get('party.address')
    return Address.create([{
                'party': member.party.id, 'city': city,
                'postal_code': postal_code}])[0]


def france():
    "Return {code: subdivision} of a region with two departments"
    pool = Pool()
    Country = pool.get('country.country')
    Subdivision = pool.get('country.subdivision')
    found = Subdivision.search([('country.code', '=', 'FR')])
    if not found:
        country, = Country.create([{'name': "France", 'code': 'FR'}])
        region, = Subdivision.create([{
                    'country': country.id, 'code': 'FR-ARA',
                    'name': "Auvergne-Rhône-Alpes"}])
        found = [region, *Subdivision.create([{
                        'country': country.id, 'code': f'FR-{code}',
                        'name': name, 'parent': region.id}
                    for code, name in [('38', "Isère"), ('69', "Rhône")]])]
    return {s.code: s for s in found}


def lang(code):
    return Pool().get('ir.lang').search([('code', '=', code)])[0]


def find(**context):
    "Return the members that the directory finds, by their ids"
    Directory = Pool().get('coop.member.directory')
    with Transaction().set_context(context):
        return {r.id for r in Directory.search([])}
