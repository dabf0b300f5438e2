# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import ExpressError, RateError
from . import factories


class ExpressTestCase(factories.MissionTestCase):
    "Test small jobs, done from one form"

    @with_transaction()
    def test_finish(self):
        "One button makes the client, the accepted mission and its report"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            service = factories.service(company)
            with factories.acting(member):
                job = factories.express(company, member, [{
                            'service': service.id, 'quantity': D(2)}, {
                            'description': "Cable", 'unit_price': D(15)}])
                self.assertEqual(job.members_amount, D(135))
                self.assertEqual(job.amount, D(150))
                self.assertEqual(job.total, D(150))
                Express.finish([Express(job.id)])
            factories.forget()
            job = Express(job.id)
            mission = job.mission
            self.assertEqual(job.state, 'done')
            self.assertEqual(mission.state, 'accepted')
            self.assertEqual(mission.amount, D(150))
            self.assertEqual(mission.client.name, "Dupont")
            self.assertEqual(mission.client.addresses[0].city, "Grenoble")
            report, = mission.reports
            self.assertEqual(report.state, 'accepted')
            self.assertEqual(bytes(report.signature), b'image')
            self.assertEqual(
                [(p.member, p.amount, p.description)
                    for p in Mission.performed([mission])[mission]],
                [(member, D(120), "Virus removed"), (member, D(15), "Cable")])
            # Pressed twice, it is done once
            Express.finish([Express(job.id)])
            self.assertEqual(Mission.search([], count=True), 1)

    @with_transaction()
    def test_client_by_phone(self):
        "A client is found by the number, however it is written"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Party = pool.get('party.party')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            clients = []
            for phone in ["04 76 12 34 56", "+33476123456",
                    "04.76.12.34.56", "04 76 12 34 57"]:
                job = factories.express(company, member, [{}], phone=phone)
                Express.finish([job])
                factories.forget()
                clients.append(Express(job.id).mission.client)
            self.assertEqual(len(set(clients[:3])), 1)
            self.assertNotEqual(clients[3], clients[0])
            self.assertEqual(
                Party.search([('name', '=', "Dupont")], count=True), 2)
            # The office is told who calls; a member is not
            job = Express(phone="0476123456", company=company)
            with factories.clerk(company):
                job.on_change_phone()
                self.assertEqual(job.name, "Dupont")
                self.assertEqual(job.city, "Grenoble")
            job = Express(phone="0476123456", company=company)
            with factories.acting(member):
                job.on_change_phone()
                self.assertIsNone(getattr(job, 'name', None))

    @with_transaction()
    def test_private(self):
        "A private client is told what the law says before the job is done"
        Express = Pool().get('coop.mission.express')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            for values in [
                    {'mentions': None}, {'at_once': False},
                    {'street': None}, {'city': None}]:
                job = factories.express(company, member, [{}], **values)
                with self.subTest(values), \
                        self.assertRaisesRegex(ExpressError, "private"):
                    Express.finish([job])
                Express.write([job], {'private': False})
                factories.forget()
                Express.finish([Express(job.id)])

    @with_transaction()
    def test_urgent(self):
        "Who calls for an urgent repair need not ask for it at once"
        Express = Pool().get('coop.mission.express')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = factories.express(
                company, member, [{}], at_once=False, urgent=True)
            Express.finish([job])
            self.assertEqual(Express(job.id).state, 'done')

    @with_transaction()
    def test_mentions(self):
        "What is told comes from the configuration, with the mediator"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Express = pool.get('coop.mission.express')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            with factories.acting(member):
                text = Express.default_mentions()
                for law in ['L221-18', 'L217-3']:
                    self.assertIn(law, text)
                job = factories.express(company, member, [{}])
                self.assertIn("L616-1", job.notice)
            Configuration(1).set_multivalue(
                'consumer_mediator', "CM2C, Paris", company=company.id)
            factories.forget()
            with factories.acting(member):
                self.assertIn("CM2C, Paris", Express.default_mentions())
                self.assertIsNone(Express(job.id).notice)

    @with_transaction()
    def test_costs(self):
        "A cost has its receipt, kilometres the price of the cooperative"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Cost = pool.get('coop.mission.express.cost')
        Express = pool.get('coop.mission.express')
        company = factories.cooperative()
        Configuration(1).set_multivalue(
            'kilometre_price', D('.5'), company=company.id)
        with set_company(company):
            factories.rate(company)
            member, other = factories.workers(company, 2)
            with factories.acting(member):
                job = factories.express(company, member, [{}], costs=[(
                            'create', [{
                                'description': "Disk",
                                'unit_price': D(40)}])])
                with self.assertRaisesRegex(ExpressError, "receipt"):
                    Express.finish([Express(job.id)])
                Cost.write(list(job.costs), {
                        'receipt': b'receipt', 'receipt_name': 'r.png'})
                travel = Cost(kind='kilometre', company=company)
                travel.on_change_kind()
                self.assertEqual(travel.unit_price, D('.5'))
                Cost.create([{
                            'express': job.id, 'kind': 'kilometre',
                            'description': "Travel", 'quantity': D(20),
                            'unit_price': D('.5')}])
                factories.forget()
                self.assertEqual(Express(job.id).members_amount, D(110))
                Express.finish([Express(job.id)])
            with factories.acting(other), self.assertRaises(AccessError):
                Cost.read([c.id for c in job.costs], ['description'])
            factories.forget()
            report, = Express(job.id).mission.reports
            self.assertEqual(
                [(c.kind, c.amount, bool(c.receipt)) for c in report.costs],
                [('cost', D(40), True), ('kilometre', D(10), False)])
            # It is done: nothing is added
            with factories.acting(member), self.assertRaises(ExpressError):
                Cost.create([{
                            'express': job.id, 'description': "More",
                            'unit_price': D(1)}])

    @with_transaction()
    def test_own(self):
        "Nobody is the own client, nor has the client's link sent to himself"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Mechanism = pool.get('party.contact_mechanism')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = factories.express(
                company, member, [{}],
                email=f" Member{member.id}@EXAMPLE.com")
            with factories.acting(member), \
                    self.assertRaisesRegex(ExpressError, "address of the"):
                Express.finish([Express(job.id)])
            Mechanism.create([{
                        'party': member.party.id, 'type': 'mobile',
                        'value': "+33612345678"}])
            job = factories.express(
                company, member, [{}], phone="06 12 34 56 78")
            with factories.acting(member), \
                    self.assertRaisesRegex(ExpressError, "phone"):
                Express.finish([Express(job.id)])

    @with_transaction()
    def test_own_signature(self):
        "Of the office as well, who did the work needs the signature"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = factories.express(
                company, member, [{}], signature=None, signature_name=None,
                signed_by=None)
            with factories.clerk(company):
                clerk = Transaction().user
            Member.write([Member(member.id)], {'users': [('add', [clerk])]})
            with factories.clerk(company), \
                    self.assertRaisesRegex(ExpressError, "not signed"):
                Express.finish([Express(job.id)])
            Express.write([job], {
                    'signature': b'image', 'signature_name': 's.png',
                    'signed_by': "Dupont"})
            with factories.clerk(company):
                Express.finish([Express(job.id)])
            factories.forget()
            self.assertEqual(Express(job.id).mission.state, 'accepted')

    @with_transaction()
    def test_closed(self):
        "No job is of a day whose books are closed"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Period = pool.get('account.period')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            year = coop.fiscalyear(company, today(company.id).year - 1)
            Period.close(list(year.periods))
            end = max(p.end_date for p in year.periods)
            job = factories.express(company, member, [{}], date=end)
            with factories.acting(member), \
                    self.assertRaisesRegex(ExpressError, "closed"):
                Express.finish([Express(job.id)])
            Express.write([job], {'date': end + dt.timedelta(days=1)})
            factories.forget()
            with factories.acting(member):
                Express.finish([Express(job.id)])

    @with_transaction()
    def test_checks(self):
        "Nothing is invoiced that has no line, no rate or is yet to come"
        Express = Pool().get('coop.mission.express')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            job = factories.express(company, member, [{}])
            with self.assertRaises(RateError):
                Express.finish([job])
            factories.rate(company)
            job = factories.express(
                company, member, [{}],
                date=today(company.id) + dt.timedelta(1))
            with self.assertRaisesRegex(ExpressError, "day to come"):
                Express.finish([job])
            job = factories.express(company, member, [{}])
            Pool().get('coop.mission.express.line').delete(job.lines)
            with self.assertRaisesRegex(ExpressError, "no work"):
                Express.finish([Express(job.id)])
            with factories.acting(member):
                job = factories.express(company, member, [{}], **{
                        'signature': None, 'signature_name': None,
                        'signed_by': None})
                with self.assertRaisesRegex(ExpressError, "not signed"):
                    Express.finish([Express(job.id)])

    @with_transaction()
    def test_price_list(self):
        "The price of the list is not written by hand"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            service = factories.service(company, price=60)
            job = factories.express(company, member, [{
                        'service': service.id, 'unit_price': D(600)}])
            self.assertEqual(job.lines[0].unit_price, D(60))

    @with_transaction()
    def test_stranger(self):
        "Another member neither sees nor finishes a job"
        Express = Pool().get('coop.mission.express')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, other = factories.workers(company, 2)
            job = factories.express(company, member, [{}])
            with factories.acting(other):
                self.assertEqual(Express.search([]), [])
                for act in [
                        lambda: Express.finish([Express(job.id)]),
                        lambda: Express.write(
                            [Express(job.id)], {'name': "x"}),
                        lambda: Express.delete([Express(job.id)]),
                        lambda: factories.express(company, member, [{}])]:
                    with self.assertRaises(
                            (AccessError, AccessButtonError)):
                        act()
            with factories.clerk(company, 'auditor'):
                self.assertEqual(Express.search([], count=True), 2)
                with self.assertRaises(AccessError):
                    Express.write([Express(job.id)], {'name': "x"})

    @with_transaction()
    def test_erase(self):
        "What a job tells of its client goes with him"
        pool = Pool()
        Erase = pool.get('party.erase', type='wizard')
        Express = pool.get('coop.mission.express')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = factories.express(company, member, [{}])
            Express.finish([job])
            factories.forget()
            mission = Express(job.id).mission
            Mission.close([mission])
            mission.client.active = False
            mission.client.save()
            session, _, _ = Erase.create()
            Erase.execute(
                session, {'ask': {'party': mission.client.id}}, 'erase')
            factories.forget()
            job = Express(job.id)
            self.assertNotIn("Dupont", job.rec_name)
            self.assertNotIn("76", job.rec_name)
            self.assertIsNone(job.street)
            self.assertIsNone(job.signature)
            self.assertEqual(job.lines[0].unit_price, D(60))
