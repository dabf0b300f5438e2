# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of coop_skill share, through proteus"
import datetime as dt

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond.modules.coop_member.tests.tools import (
    create_category, create_cooperative)

from . import EXTRAS

__all__ = [
    'MODULES', 'admit', 'as_user', 'create_category', 'create_cooperative',
    'create_user', 'level', 'skill']

MODULES = ['coop_skill', *EXTRAS]


def admit(name, category, city, postal_code):
    "Return a member admitted who lives in a city"
    Member = Model.get('coop.member')
    Party = Model.get('party.party')
    party = Party(name=name)
    address, = party.addresses or [party.addresses.new()]
    address.city, address.postal_code = city, postal_code
    party.save()
    member = Member(
        party=party, category=category, birth_date=dt.date(1980, 1, 1))
    member.save()
    wizard = Wizard('coop.member.admit', [member])
    wizard.execute('record_')
    member.reload()
    return member


def create_user(login, company, groups, member=None):
    "Return a user of groups, named by (module, id of the XML)"
    ModelData = Model.get('ir.model.data')
    Group = Model.get('res.group')
    User = Model.get('res.user')
    user = User(name=login, login=login)
    user.companies.append(company.__class__(company.id))
    user.company = company.__class__(company.id)
    for module, xml_id in groups:
        user.groups.append(
            Group(ModelData.get_id(module, f'group_{xml_id}', {})))
    user.save()
    if member:
        member.users.append(User(user.id))
        member.save()
    return user


def as_user(user):
    "Act with the rights and the preferences of a user"
    config = proteus_config.get_config()
    config.user = user.id
    config._context = Model.get('res.user').get_preferences(True, {})


def skill(name):
    "Return the skill of a name"
    return Model.get('coop.skill').find([('name', '=', name)])[0]


def level(number):
    "Return the level of a number"
    return Model.get('coop.skill.level').find([('level', '=', number)])[0]
