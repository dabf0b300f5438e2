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
    "Return the cooperative, with the locks of the module first"
    for name in ['quotation', 'recurrence']:
        Pool().get(f'coop.mission.{name}').lock()
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


def mission(company, members, state='confirmed', price=2000, **values):
    """Return a mission of members, brought as far as a state.

    Of a week that has passed, at a fixed price each, for a client whose
    price has the contribution in force, or 10 %.
    """
    Mission = Pool().get('coop.mission')
    start = values.pop('start_date', None) or monday(company, -2)
    values.setdefault('kind', 'client')
    values.setdefault('pricing', 'fixed')
    values.setdefault('title', "Web site")
    if values['kind'] == 'client':
        values.setdefault('client', (
                values.pop('client_', None) or client()).id)
        if Mission.default_contribution_rate() is None:
            values.setdefault('contribution_rate', Decimal('.1'))
    else:
        values.setdefault('budget', Decimal(price) * len(members))
        values = {
            'contribution_rate': None, 'referral_rate': None, 'tax': None,
            'payment_days': None, **values}
    name = 'amount' if values['pricing'] == 'fixed' else 'unit_price'
    record, = Mission.create([{
                'company': company.id, 'start_date': start,
                'end_date': start + dt.timedelta(days=4),
                'members': [('create', [{
                                'member': m.id, 'hours': Decimal(35),
                                name: Decimal(price)} for m in members])],
                **values}])
    if state != 'planned':
        advance(record, state)
    forget()
    return Mission(record.id)


def advance(mission_, state):
    "Bring a mission as far as a state, members reporting seven hours each"
    pool = Pool()
    Mission = pool.get('coop.mission')
    Member = pool.get('coop.mission.member')
    Member.confirm([r for r in mission_.members if r.state == 'waiting'])
    if state == 'confirmed':
        return
    Mission.start([Mission(mission_.id)])
    if state == 'in_progress':
        return
    for row in Mission(mission_.id).members:
        report(Mission(mission_.id), row.member)
    if state == 'accepted':
        Mission.accept([Mission(mission_.id)])


def report(mission_, member, state='submitted', final=True, **values):
    "Return a report of a member on a mission: seven hours of work"
    Report = Pool().get('coop.mission.report')
    date = values.setdefault('date', mission_.end_date)
    values.setdefault('lines', [('create', [{
                        'date': date, 'description': "Work",
                        'duration': dt.timedelta(hours=7)}])])
    record, = Report.create([{
                'company': mission_.company.id, 'mission': mission_.id,
                'member': member.id, 'final': final, **values}])
    if state != 'draft':
        Report.submit([record])
    if state == 'accepted':
        Report.accept([Report(record.id)])
    elif state == 'contested':
        Report.write(
            [Report(record.id)], {'contest_reason': "Not what was agreed"})
        Report.contest([Report(record.id)])
    return Report(record.id)


def clerk(company, group='administration'):
    "Act as somebody of a group of the office"
    User = Pool().get('res.user')
    found = User.search([('login', '=', group)])
    return coop.as_user(
        found[0] if found else coop.user(group, group, company=company))


def acting(member):
    "Act for a member"
    User = Pool().get('res.user')
    login = f'user{member.id}'
    found = User.search([('login', '=', login)])
    return coop.as_user(
        found[0] if found else coop.user(login, 'member', member=member))


def service(company, name="Virus removed", price=60):
    Service = Pool().get('coop.service')
    return Service.create([{
                'company': company.id, 'name': name,
                'price': Decimal(price)}])[0]


def express(company, member, lines=None, **values):
    "Return an express job of a member for a private client, to finish"
    Express = Pool().get('coop.mission.express')
    lines = lines or [{'service': service(company).id}]
    for line in lines:
        line.setdefault('description', "Virus removed")
        line.setdefault('unit_price', Decimal(60))
    return Express.create([{
                'company': company.id, 'member': member.id,
                'phone': "+33 4 76 12 34 56", 'name': "Dupont",
                'street': "1 rue Haute", 'postal_code': "38000",
                'city': "Grenoble", 'private': True, 'at_once': True,
                'mentions': "You may withdraw", 'signature': b'image',
                'signature_name': 'signature.png', 'signed_by': "Dupont",
                'lines': [('create', lines)], **values}])[0]


def handover(row, taker, state='offered', **values):
    "Return the hand-over of a part of a mission to a colleague"
    Handover = Pool().get('coop.mission.handover')
    record, = Handover.create([{
                'company': row.mission.company.id, 'row': row.id,
                'taker': taker.id, 'amount': row.amount,
                'hours': row.hours, **values}])
    if state != 'draft':
        Handover.offer([record])
    return Handover(record.id)


def recurrence(mission_, state='active', **values):
    "Return the recurrence of a mission, every month from its first day"
    Recurrence = Pool().get('coop.mission.recurrence')
    record, = Recurrence.create([{
                'company': mission_.company.id, 'mission': mission_.id,
                'first_date': mission_.start_date, **values}])
    if state == 'active':
        Recurrence.start([record])
    return Recurrence(record.id)


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
