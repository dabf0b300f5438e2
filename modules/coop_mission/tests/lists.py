# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.tests import factories as coop_factories
from trytond.modules.coop_member.tests import lists as coop
from trytond.modules.coop_skill.tests import factories as skill
from trytond.pool import Pool

from . import factories

DATE = dt.date(2021, 3, 1)


@coop.shared
def everything(count):
    "Members who are asked for a demand each, accept it and are quoted"
    pool = Pool()
    Quotation = pool.get('coop.mission.quotation')
    Template = pool.get('coop.demand.template')
    company = coop.company()
    members = coop.members(count)
    for member in members:
        skill.profile(member, hours_month=factories.MONTH)
    for i in range(count):
        factories.rate(company, date=dt.date(2020, 1, i % 28 + 1)
            + dt.timedelta(days=40 * i))
        factories.rule(
            company, start=DATE + dt.timedelta(days=i), version=str(i + 1))
    templates = Template.create([{
                'company': company.id, 'name': f"Work {i}",
                'lines': [('create', [{
                                'skill': skill.skill().id,
                                'level': skill.level(2).id}])],
                'checks': [('create', [{'name': "Budget asked"}])]}
            for i in range(count)])
    for member, template in zip(members, templates):
        demand = factories.demand(
            company, client_=coop_factories.person(f"Client {member.id}"),
            template=template.id, referrer=member.id,
            budget=Decimal(1000), lines=[('create', [{
                            'skill': skill.skill().id,
                            'level': skill.level(2).id}])],
            checks=[('create', [{'name': "Budget asked", 'done': True}])])
        factories.offers(demand, [member], state='accepted')
        demand = pool.get('coop.demand')(demand.id)
        quotation = factories.quotation(demand)
        Quotation.sign([quotation])
        factories.papers(member)
        work(company, member)
        other_work(company, member)
        taken_back(company, member)


def other_work(company, member):
    "An express job, a hand-over and a recurrence"
    factories.express(company, member, costs=[('create', [{
                        'description': "Part", 'unit_price': Decimal(9),
                        'receipt': b'receipt',
                        'receipt_name': 'part.png'}])])
    taker, = coop_factories.members(
        company, 1, member.category)
    mission = factories.mission(
        company, [member], client_=coop_factories.person(
            f"Buyer {member.id}"))
    factories.handover(mission.members[0], taker)
    factories.recurrence(mission)


def taken_back(company, member):
    "A mission of which a cancellation was a mistake"
    Mission = Pool().get('coop.mission')
    mission = factories.mission(
        company, [member], 'planned', cancelled_by='cooperative',
        client_=coop_factories.person(f"Shop {member.id}"))
    Mission.cancel([mission])
    Mission.take_back_for([Mission(mission.id)], "Another one")


def work(company, member):
    "A mission that a member does by the hour, and reports with all parts"
    service = factories.service(company, f"Service {member.id}")
    mission = factories.mission(
        company, [member], 'in_progress', 50, pricing='time',
        client_=coop_factories.person(f"Customer {member.id}"))
    factories.report(
        mission, member,
        lines=[('create', [{
                        'date': mission.start_date, 'description': "Work",
                        'duration': dt.timedelta(hours=2)}, {
                        'date': mission.start_date, 'description': "Done",
                        'service': service.id, 'quantity': Decimal(1)}])],
        checks=[('create', [{'name': "Saved", 'done': True}])],
        costs=[('create', [{
                        'date': mission.start_date, 'description': "Part",
                        'unit_price': Decimal(20), 'receipt': b'receipt',
                        'receipt_name': 'receipt.png'}])],
        files=[('create', [{
                        'name': "Photo", 'file': b'photo',
                        'file_name': 'photo.png'}])])


LISTS = dict.fromkeys([
        'coop.demand', 'coop.demand.check', 'coop.demand.line',
        'coop.demand.template', 'coop.demand.template.check',
        'coop.demand.template.line', 'coop.member.document',
        'coop.mission', 'coop.mission.equity', 'coop.mission.express',
        'coop.mission.express.cost', 'coop.mission.express.line',
        'coop.mission.handover',
        'coop.mission.member', 'coop.mission.recurrence',
        'coop.mission.offer', 'coop.mission.report',
        'coop.mission.report.check', 'coop.mission.report.cost',
        'coop.mission.report.file', 'coop.mission.report.line',
        'coop.mission.taken_back', 'coop.service',
        'coop.mission.quotation', 'coop.mission.quotation.line',
        'coop.mission.rate', 'coop.mission.rule'], everything)
for _name in ['coop.document.kind', 'coop.import']:
    LISTS[_name] = coop.LISTS[_name]
