"What the files that load the demonstration have in common."
import csv
import datetime as dt
from pathlib import Path

from proteus import Model
from proteus import config as proteus_config

DATA = Path(__file__).parent / 'data'
MEMBER = [('coop_member', 'group_member')]


def rows(name):
    with (DATA / f'{name}.csv').open(encoding='utf-8', newline='') as file:
        yield from csv.DictReader(file, delimiter=';')


def in_days(text):
    "Return the day that is so many days from today, or None"
    return dt.date.today() + dt.timedelta(days=int(text)) if text else None


def ref(model, module, xml_id):
    "The record of this id in the XML of a module"
    ModelData = Model.get('ir.model.data')
    return Model.get(model)(ModelData.get_id(module, xml_id, {}))


def skill(name):
    "The skill of this id, without what all ids begin with"
    return ref('coop.skill', 'coop_skill', f'skill_{name}')


def levels():
    "Return {number as text: level}"
    return {
        str(level.level): level
        for level in Model.get('coop.skill.level').find([])}


def use(user):
    "Act with the rights and the preferences of a user"
    config = proteus_config.get_config()
    config.user = user.id
    config._context = Model.get('res.user').get_preferences(True, {})


def again(record):
    "The record as who acts now reads it, with the fields that he may read"
    return Model.get(record.__class__.__name__)(record.id)


def create_user(company, login, name, groups=MEMBER, **values):
    Lang = Model.get('ir.lang')
    user = Model.get('res.user')(name=name, login=login, **values)
    user.language, = Lang.find([('code', '=', 'fr')])
    user.companies.append(company.__class__(company.id))
    user.company = company.__class__(company.id)
    user.groups.extend(ref('res.group', *group) for group in groups)
    if groups == MEMBER:
        # As the login that an admission gives
        user.menu = action('act_home')
        user.actions.append(action('act_my_membership'))
    user.save()
    return user


def action(xml_id):
    window = ref('ir.action.act_window', 'coop_member', xml_id)
    return Model.get('ir.action')(window.id)


def members():
    "Return {number: member}"
    return {m.number: m for m in Model.get('coop.member').find([])}


def member(number):
    return Model.get('coop.member').find([('number', '=', number)])[0]
