# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Demands, members who can do them, offers and quotations, for tests.

Each function works inside a transaction with the company in its context.
"""
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_skill.tests import factories as skill
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase
from trytond.transaction import Transaction

from . import EXTRAS

MONTH = dt.timedelta(hours=70)


class MissionTestCase(RouteTestCase):
    "Has a cooperative, made once, that each test is given"
    module = 'coop_mission'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cooperative)

    def setUp(self):
        super().setUp()
        # Nobody listens
        self.enterContext(mailbox())


def cooperative():
    "Return the cooperative, with the lock of signatures first"
    Pool().get('coop.mission.quotation').lock()
    return coop.cooperative()


def monday(company, weeks=2):
    "Return a Monday to come of a company"
    date = today(company.id)
    return date + dt.timedelta(days=7 * weeks - date.weekday())


def workers(
        company, count, level=3, category=None, skill_=None, remote=False):
    """Return members who work around Grenoble and have proven a level.

    Each can be written to.
    """
    Mechanism = Pool().get('party.contact_mechanism')
    members = coop.members(company, count, category)
    Mechanism.create([{
                'party': m.party.id, 'type': 'email',
                'value': f'member{m.id}@example.com'} for m in members])
    for member in members:
        skill.address(member, "Grenoble", "38000")
        profile = skill.profile(member, hours_month=MONTH)
        skill.proof(
            skill.member_skill(profile, skill_), level, confirmed=True)
        skill.zone(profile, 'radius', radius=50)
    return members


def client(name="Client"):
    return coop.person(name, 'client@example.com')


def demand(company, state='matching', client_=None, days=5, **values):
    "Return a demand for a Python developer in Grenoble, of 35 hours"
    Demand = Pool().get('coop.demand')
    start = values.pop('start_date', None) or monday(company)
    values.setdefault('end_date', start + dt.timedelta(days=days - 1))
    values.setdefault('title', "Web site")
    values.setdefault('place', "Grenoble (38)")
    values.setdefault('lines', [('create', [{
                        'skill': skill.skill().id,
                        'level': skill.level(2).id,
                        'quantity': Decimal(5), 'unit': 'day'}])])
    record, = Demand.create([{
                'company': company.id, 'client': (client_ or client()).id,
                'start_date': start, **values}])
    if state in {'qualified', 'matching'}:
        Demand.qualify([record])
    if state == 'matching':
        Demand.match([record])
    return Demand(record.id)


def offers(demand_, members, price=2000, state='proposed', **values):
    "Return offers of a demand in a state, at a price"
    Offer = Pool().get('coop.mission.offer')
    records = Offer.prepare(
        demand_, members, price=Decimal(price), **values)
    if state != 'draft':
        Offer.propose(records)
    if state == 'accepted':
        Offer.accept(records)
    elif state == 'refused':
        Offer.refuse(records)
    return Offer.browse([o.id for o in records])


def rate(company, contribution='.1', referral='.02', deposit='.3', date=None):
    Rate = Pool().get('coop.mission.rate')
    return Rate.create([{
                'company': company.id, 'date': date or dt.date(2020, 1, 1),
                'contribution': Decimal(contribution),
                'referral': Decimal(referral),
                'deposit': Decimal(deposit)}])[0]


def quotation(demand_, state='sent', signed=True, **values):
    "Return a quotation of the offers accepted, ready to be signed"
    Quotation = Pool().get('coop.mission.quotation')
    date = today(demand_.company.id)
    if signed:
        values = {
            'accepts_members': True, 'signed_on': date,
            'signed_file': b'signed', 'signed_file_name': 'signed.pdf',
            **values}
    record, = Quotation.create([{
                'company': demand_.company.id, 'demand': demand_.id,
                'title': demand_.title, 'date': date,
                'lines': [('create', [
                            {'offer': o.id, 'description': o.title}
                            for o in demand_.offers
                            if o.state == 'accepted'])],
                **values}])
    if state != 'draft':
        Quotation.send([record])
    if state == 'signed':
        Quotation.sign([record])
    return Quotation(record.id)


def rule(company, start=dt.date(2020, 1, 1), adopted=True, **values):
    Rule = Pool().get('coop.mission.rule')
    record, = Rule.create([{
                'company': company.id, 'version': '1', 'start_date': start,
                'description': "The fewest points come first",
                'decision': coop.decision(
                    company, start, f"Rule {values}").id, **values}])
    if adopted:
        Rule.adopt([record])
    return Rule(record.id)


def papers(member, until=None, state='verified'):
    "Give a member the papers of missions, valid until a date"
    pool = Pool()
    Document = pool.get('coop.member.document')
    Kind = pool.get('coop.document.kind')
    date = today(member.company.id)
    records = Document.create([{
                'member': member.id, 'kind': kind.id,
                'received_on': date - dt.timedelta(days=200),
                'expires_on': until or date + dt.timedelta(days=150)}
            for kind in Kind.search([('mission_paper', '!=', None)])])
    if state == 'verified':
        Document.verify(records)
    return Document.browse(records)


def mailbox():
    "Patch the sending of e-mails: return a context that gives the list"
    sent = []
    context = patch(
        'trytond.modules.coop_member.mail.send_message_transactional',
        sent.append)
    context.sent = sent
    return context


def forget():
    "Read again what was written by others"
    Transaction().cache.clear()
