# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import queries
from trytond.modules.coop_skill.tests import factories as skill
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import matching
from . import factories


class MatchingTestCase(factories.MissionTestCase):
    "Test who can be asked, in which order and why"

    def found(self, demand):
        "Return {member id: candidate}"
        factories.forget()
        demand = Pool().get('coop.demand')(demand.id)
        return {
            c.member: c for c in matching.candidates([demand])[demand]}

    def against(self, demand, member):
        return self.found(demand)[member.id].against

    @with_transaction()
    def test_against(self):
        "Each that stands against a member is told"
        pool = Pool()
        Absence = pool.get('coop.member.absence')
        Profile = pool.get('coop.member.profile')
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            (fit, junior, away, mondays, absent, silent,
                unknown) = factories.workers(
                company, 7, category=category)
            profiles = {
                p.member: p for p in Profile.search([])}
            Proof = pool.get('coop.skill.proof')
            Proof.write(list(profiles[junior].skills[0].proofs), {
                    'level': skill.level(1).id})
            Zone = pool.get('coop.member.zone')
            Zone.write(list(profiles[away].zones), {'around': "Brest (29)"})
            Profile.write([profiles[mondays]], {
                    'monday_am': False, 'monday_pm': False})
            demand = factories.demand(company)
            Absence.create([{
                        'profile': profiles[absent].id,
                        'start_date': demand.end_date,
                        'end_date': demand.end_date}])
            Profile.write([profiles[silent]], {'hours_month': None})
            Profile.delete([profiles[unknown]])
            found = self.found(demand)
            self.assertEqual(
                [found[m.id].against for m in [
                        fit, junior, away, mondays, absent, silent]],
                [(), ('skill',), ('zone',), ('calendar',), ('absence',),
                    ('availability',)])
            self.assertIn('availability', found[unknown.id].against)
            self.assertEqual(found[fit.id].rank, 1)
            self.assertEqual(
                [m for m, c in found.items() if c.rank], [fit.id])

    @with_transaction()
    def test_whole_span(self):
        "An absence in the middle of the span counts, one beside does not"
        pool = Pool()
        Absence = pool.get('coop.member.absence')
        Profile = pool.get('coop.member.profile')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            profile, = Profile.search([])
            demand = factories.demand(company, days=12)
            for days, expected in [
                    (-1, ()), (0, ('absence',)), (6, ('absence',)),
                    (11, ('absence',)), (12, ())]:
                date = demand.start_date + dt.timedelta(days)
                absence, = Absence.create([{
                            'profile': profile.id, 'start_date': date,
                            'end_date': date}])
                with self.subTest(days):
                    self.assertEqual(
                        self.against(demand, member), expected)
                Absence.delete([absence])

    @with_transaction()
    def test_missions(self):
        "An accepted mission takes its days; one that is asked does not"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            offer, = factories.offers(demand, [member])
            same = factories.demand(company)
            later = factories.demand(
                company, start_date=demand.end_date + dt.timedelta(3))
            self.assertEqual(self.against(demand, member), ('solicited',))
            self.assertEqual(self.against(same, member), ())
            Offer.accept([Offer(offer.id)])
            self.assertEqual(self.against(same, member), ('mission',))
            self.assertEqual(self.against(later, member), ())

    @with_transaction()
    def test_papers_do_not_block(self):
        "Who has no papers is asked, and told of them"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            self.assertEqual(self.against(demand, member), ())
            offer, = factories.offers(demand, [member])
            self.assertIn(
                "Vigilance Certificate", Offer(offer.id).why)

    @with_transaction()
    def test_remote(self):
        "A remote demand asks for no zone"
        Zone = Pool().get('coop.member.zone')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            Zone.delete(Zone.search([]))
            demand = factories.demand(company)
            self.assertEqual(self.against(demand, member), ('zone',))
            demand = factories.demand(company, remote=True)
            self.assertEqual(self.against(demand, member), ())

    @with_transaction()
    def test_order(self):
        "By the rule: the nearest, or who was proposed least"
        pool = Pool()
        Address = pool.get('party.address')
        Demand = pool.get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            near, far = factories.workers(company, 2)
            Address.write(list(far.party.addresses), {
                    'city': "Voiron", 'postal_code': "38500"})
            factories.rule(company, distance=Decimal(1), equity=Decimal(0))
            # Six weeks later, so that nobody is busy
            demand = factories.demand(
                company, start_date=factories.monday(company, 8))
            factories.offers(factories.demand(company), [near])
            self.assertEqual(
                [self.found(demand)[m.id].rank for m in [near, far]], [1, 2])
            factories.rule(
                company, start=today(company.id), version='2',
                distance=Decimal(0), equity=Decimal(1))
            found = self.found(demand)
            self.assertEqual(
                [found[m.id].rank for m in [near, far]], [2, 1])
            self.assertEqual(Demand(demand.id).next_member, far)
            # 35 of 840 hours
            self.assertAlmostEqual(found[near.id].load, 35 / 840)

    @with_transaction()
    def test_year(self):
        "What was proposed more than twelve months ago counts no more"
        pool = Pool()
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            offer, = factories.offers(factories.demand(company), [member])
            demand = factories.demand(
                company, start_date=factories.monday(company, 8))
            date = today(company.id)
            for days, expected in [(0, 35), (364, 35), (370, 0)]:
                Offer.write([Offer(offer.id)], {
                        'proposed_on': date - dt.timedelta(days)})
                with self.subTest(days):
                    self.assertAlmostEqual(
                        self.found(demand)[member.id].load * 840, expected)

    @with_transaction()
    def test_queries(self):
        "As many queries for many members as for a few"
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            factories.workers(company, 3, category=category)
            demand = factories.demand(company)
            counts = []
            for more in [0, 30]:
                if more:
                    factories.workers(company, more, category=category)
                factories.forget()
                demand = demand.__class__(demand.id)
                with queries.counted() as counter:
                    found = matching.candidates([demand])[demand]
                order = counter.total()
                with queries.counted() as counter:
                    rows = self.screen(demand)
                counts.append((len(found), len(rows), order, counter.total()))
            few, many = counts
            self.assertEqual((few[:2], many[:2]), ((3, 3), (33, 33)))
            self.assertLessEqual(many[2], few[2])
            self.assertLessEqual(many[3], few[3])

    def screen(self, demand):
        "Return the rows of the wizard, as it opens"
        Wizard = Pool().get('coop.demand.propose', type='wizard')
        session_id, start_state, _ = Wizard.create()
        with Transaction().set_context(
                active_model='coop.demand', active_id=demand.id):
            view = Wizard.execute(session_id, {}, start_state)
        Wizard.delete(session_id)
        return view['view']['defaults']['candidates']
