# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt

from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import factories

DATE = dt.date(2021, 3, 1)


@coop.shared
def everything(count):
    "Members with a profile each, that tells skills, zones, time and rates"
    pool = Pool()
    Absence = pool.get('coop.member.absence')
    Skill = pool.get('coop.skill')
    members = coop.members(count)
    domains = Skill.create([{'name': f"Domain {i}"} for i in range(count)])
    subdivisions = factories.france()
    for member, domain in zip(members, domains):
        factories.address(member, "Grenoble", "38000")
        profile = factories.profile(
            member, trade="Trade", presentation="Works well",
            hours_month=dt.timedelta(hours=70),
            languages=[('add', [factories.lang('fr').id])])
        skill = factories.member_skill(
            profile, domain, rate=300)
        factories.proof(skill, confirmed=True)
        factories.proof(skill, kind='sign_off')
        factories.zone(profile, 'radius', radius=30)
        factories.zone(
            profile, 'subdivision',
            subdivision=subdivisions['FR-38'].id)
        Absence.create([{
                    'profile': profile.id, 'start_date': DATE,
                    'end_date': DATE}])
        factories.master(member, domain)
    levels(count)


def levels(count):
    Level = Pool().get('coop.skill.level')
    first = max(level.level for level in Level.search([])) + 1
    Level.create([{
                'level': first + i, 'name': f"Level {i}",
                'description': "Meaning"} for i in range(count)])


LISTS = dict.fromkeys([
        'coop.member.absence', 'coop.member.directory', 'coop.member.profile',
        'coop.member.skill', 'coop.member.skill.rate', 'coop.member.zone',
        'coop.skill', 'coop.skill.level', 'coop.skill.master',
        'coop.skill.proof'], everything)
