# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of trust share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model
from trytond.tests.tools import set_user

from . import tools


def client(name="Bakery"):
    "Return a client who can be written to"
    Party = Model.get('party.party')
    party = Party(name=name)
    mechanism = party.contact_mechanisms.new(type='email')
    mechanism.value = f'{name.lower()}@example.com'
    party.save()
    return party


def reported(member, login, party, title="Web site"):
    "Return a mission that the office plans and the member reports"
    Mission = Model.get('coop.mission')
    Report = Model.get('coop.mission.report')
    today = dt.date.today()
    mission = Mission(title=title, client=party)
    mission.contribution_rate = Decimal('.1')
    mission.referral_rate = Decimal('.02')
    mission.start_date = mission.end_date = today
    row = mission.members.new()
    row.member = member
    row.amount = Decimal(2000)
    mission.save()
    set_user(tools.user(login, 'member', member))
    mission = Mission(mission.id)
    mission.members[0].click('confirm')
    report = Report(mission=mission, member=member, date=today)
    report.final = True
    report.description = "The site is online"
    report.click('submit')
    set_user(1)
    return Mission(mission.id)


def domain():
    "Return the domain of the skill of tests"
    found = tools.skill()
    while found.parent:
        found = found.parent
    return found


def master(member, login):
    "Make a member a master of the domain of the skill of tests"
    Decision = Model.get('coop.decision')
    Master = Model.get('coop.skill.master')
    tools.user(login, 'member', member)
    decision = Decision(
        date=dt.date.today(), title=f"{login} is a master", number=login)
    decision.save()
    Master(
        member=member, domain=domain(),
        start_date=dt.date.today(), decision=decision).save()
    return tools.user(login, 'member', member)
