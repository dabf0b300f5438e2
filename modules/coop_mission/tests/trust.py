# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Missions that were done, and masters, for the tests of trust.

Each function works inside a transaction with the company in its context.
"""
from decimal import Decimal

from trytond.modules.coop_member.event import today
from trytond.modules.coop_skill.tests import factories as skill
from trytond.pool import Pool

from . import factories


def cooperative():
    "Return the cooperative, with the locks of what is done first"
    pool = Pool()
    for name in ['coop.dispute', 'coop.mission.quotation']:
        pool.get(name).lock()
    return factories.cooperative()


def mission(members, client=None, state='accepted', price=2000, **values):
    "Return a mission of members at a price each, in a state"
    Mission = Pool().get('coop.mission')
    company = members[0].company
    date = today(company.id)
    record, = Mission.create([{
                'company': company.id, 'title': "Web site",
                'kind': 'client',
                'client': (client or factories.client()).id,
                'contribution_rate': Decimal('.1'),
                'referral_rate': Decimal('.02'),
                'start_date': date, 'end_date': date,
                'members': [('create', [{
                                'member': m.id, 'amount': Decimal(price)}
                            for m in members])],
                **values}])
    done(record, state)
    return Mission(record.id)


def done(record, state='accepted'):
    "Bring a mission to a state"
    pool = Pool()
    Mission = pool.get('coop.mission')
    Report = pool.get('coop.mission.report')
    Row = pool.get('coop.mission.member')
    Row.confirm([r for r in record.members if r.state == 'waiting'])
    if state == 'confirmed':
        return
    Report.submit(Report.create([{
                    'company': record.company.id, 'mission': record.id,
                    'member': row.member.id, 'final': True,
                    'date': today(record.company.id),
                    'description': "Done"} for row in record.members]))
    if state == 'accepted':
        Mission.accept([Mission(record.id)])


def domain():
    return skill.skill().domain


def master(member, domain_=None):
    "Make a member a master of the domain of the demands of tests"
    return skill.master(
        member, domain_ or domain(), start=today(member.company.id))


def evaluation(mission_, author='client', state='requested', **values):
    "Return what a side of a mission is asked, or has said"
    Evaluation = Pool().get('coop.evaluation')
    record, = Evaluation.search([
            ('mission', '=', mission_.id), ('author', '=', author)], limit=1)
    if state != 'requested':
        Evaluation.write([record], {
                'quality': 5, 'delay': 4, 'communication': 3,
                'text': "Well done", **values})
        Evaluation.give([record])
    if state in {'answered', 'published'}:
        Evaluation.write([record], {'reply': "Thank you"})
        Evaluation.answer([record])
    if state == 'published':
        Evaluation.publish([record])
    return Evaluation(record.id)


def dispute(mission_, state='opened', **values):
    "Return a dispute about a mission, in a state"
    Dispute = Pool().get('coop.dispute')
    record, = Dispute.create([{
                'company': mission_.company.id, 'mission': mission_.id,
                'opened_by': 'client', 'subject': "Page missing",
                'claim': "The page of prices is missing", **values}])
    if state != 'draft':
        Dispute.open([record])
    if state in {'answered', 'mediation'}:
        Dispute.write([record], {'answer_text': "It was not ordered"})
        Dispute.answer([record])
    if state == 'mediation':
        Dispute.mediate([record])
    return Dispute(record.id)


def open_form(name, record):
    "Read what the client reads to show a form to the user"
    View = Pool().get('ir.ui.view')
    Model = record.__class__
    view, = View.search([('name', '=', name), ('model', '=', Model.__name__)])
    fields = Model.fields_view_get(view.id, 'form')['fields']
    return Model.read([record.id], [
            f'{n}.rec_name' if f['type'] == 'many2one' else n
            for n, f in fields.items()])
