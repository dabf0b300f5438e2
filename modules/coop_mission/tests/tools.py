# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of coop_mission share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model
from trytond.modules.coop_member.tests import tools as coop
from trytond.tests.tools import set_user

from . import EXTRAS

MODULES = ['coop_mission', *EXTRAS]
PYTHON = "Python"


def monday(weeks=2):
    "Return a Monday to come"
    date = dt.date.today()
    return date + dt.timedelta(days=7 * weeks - date.weekday())


def skill(name=PYTHON):
    Skill = Model.get('coop.skill')
    return Skill.find([('name', '=', name)])[0]


def level(number):
    Level = Model.get('coop.skill.level')
    return Level.find([('level', '=', number)])[0]


def worker(name, category, year):
    """Return a member who develops in Python around Grenoble.

    The office notes what the member offers, and another confirms the proof.
    """
    Address = Model.get('party.address')
    Profile = Model.get('coop.member.profile')
    Proof = Model.get('coop.skill.proof')
    member, = coop.admit([name], category, year)
    mechanism = member.party.contact_mechanisms.new(type='email')
    mechanism.value = f'{name.lower()}@example.com'
    member.party.save()
    Address(
        party=member.party, city="Grenoble", postal_code="38000").save()
    profile = Profile(member=member, hours_month=dt.timedelta(hours=70))
    mastered = profile.skills.new(skill=skill(), declared=level(3))
    profile.zones.new(kind='radius', radius=50)
    profile.save()
    mastered, = profile.skills
    proof = Proof(member_skill=mastered, kind='diploma', level=level(3))
    proof.date = dt.date(2020, 1, 1)
    proof.save()
    confirm(proof)
    return member


def confirm(proof):
    "Confirm a proof as somebody else than who entered it"
    with_user = user('checker', 'administration')
    set_user(with_user)
    proof.click('confirm')
    set_user(1)


def user(name, group, member=None):
    "Return a user of a group of coop_member, who acts for a member"
    Company = Model.get('company.company')
    Group = Model.get('res.group')
    User = Model.get('res.user')
    found = User.find([('login', '=', name)])
    if found:
        return found[0]
    company = Company.find([], limit=1)[0]
    user_ = User(name=name, login=name)
    user_.companies.append(Company(company.id))
    user_.company = Company(company.id)
    user_.groups.append(Group.find([
                ('name', '=', f'Coop {group.title()}')])[0])
    user_.save()
    if member:
        member.users.append(User(user_.id))
        member.save()
    return user_


def rate(contribution='.1', referral='.02'):
    Rate = Model.get('coop.mission.rate')
    Rate(
        date=dt.date(2020, 1, 1), contribution=Decimal(contribution),
        referral=Decimal(referral)).save()


def demand(title, weeks=2, client=None):
    "Return a demand of a client for a week, that looks for members"
    Demand = Model.get('coop.demand')
    Party = Model.get('party.party')
    if not client:
        client = Party(name="Bakery")
        client.save()
    record = Demand(title=title, client=client, place="Grenoble (38)")
    record.start_date = monday(weeks)
    record.end_date = monday(weeks) + dt.timedelta(days=4)
    line = record.lines.new(skill=skill(), level=level(2))
    line.quantity = Decimal(5)
    record.click('qualify')
    record.click('match')
    return record


def rate_in_force():
    "Return the contribution of 10 % in force, without any tax"
    Rate = Model.get('coop.mission.rate')
    if not Rate.find([]):
        rate()


def mission(
        title, members, kind='client', price=1000, pricing='fixed',
        **values):
    """Return a mission of two days that begins yesterday, as the office
    plans it."""
    Mission = Model.get('coop.mission')
    Party = Model.get('party.party')
    rate_in_force()
    yesterday = dt.date.today() - dt.timedelta(days=1)
    record = Mission(title=title, kind=kind, pricing=pricing)
    if kind == 'client':
        record.client = Party(name="Bakery")
        record.client.save()
        record.contribution_rate = Decimal('.1')
    record.start_date, record.end_date = yesterday, dt.date.today()
    for name, value in values.items():
        setattr(record, name, value)
    for member in members:
        row = record.members.new(member=member, hours=Decimal(14))
        if pricing == 'fixed':
            row.amount = Decimal(price)
        else:
            row.unit_price = Decimal(price)
    record.save()
    return record


def paper(member, code, expires_on, verified=True):
    "Give a member a paper"
    Document = Model.get('coop.member.document')
    Kind = Model.get('coop.document.kind')
    kind, = Kind.find([('code', '=', code)])
    document = Document(
        member=member, kind=kind,
        received_on=dt.date.today() - dt.timedelta(days=100))
    document.expires_on = expires_on
    document.save()
    if verified:
        document.click('verify')
    return document
