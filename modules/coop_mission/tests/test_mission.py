# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import (
    RequiredValidationError, SQLConstraintError)
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MissionError
from . import factories


class MissionTestCase(factories.MissionTestCase):
    "Test missions, from the agreement of members to that of the client"

    def quoted(self, company, members, **values):
        "Return a demand that members have accepted"
        demand = factories.demand(company, **values)
        factories.offers(demand, members, state='accepted')
        return demand.__class__(demand.id)

    @with_transaction()
    def test_signature(self):
        "A signed quotation makes a mission, agreed by accepted offers"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two, referrer = factories.workers(company, 3)
            demand = self.quoted(company, [one, two], referrer=referrer.id)
            quotation = factories.quotation(demand)
            with factories.clerk(company):
                quotation.sign([quotation])
            factories.forget()
            mission, = Mission.search([])
            self.assertEqual(mission.quotation, quotation)
            self.assertEqual(mission.client, demand.client)
            self.assertEqual(mission.referrer, referrer)
            self.assertEqual(mission.state, 'confirmed')
            self.assertTrue(mission.number)
            self.assertEqual(mission.department, "38 Isère")
            self.assertEqual(mission.amount, quotation.amount)
            self.assertEqual(mission.members_amount, D(4000))
            self.assertEqual(
                [(r.member, r.amount) for r in mission.members],
                [(one, D(2000)), (two, D(2000))])
            self.assertTrue(all(r.confirmed_at for r in mission.members))

    @with_transaction()
    def test_internal_signature(self):
        "A demand of the cooperative itself makes an internal mission"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            demand = self.quoted(company, [member], client_=company.party)
            quotation = factories.quotation(demand, 'signed')
            mission, = Mission.search([])
            self.assertEqual(mission.kind, 'internal')
            self.assertIsNone(mission.client)
            self.assertEqual(mission.budget, D(2000))
            self.assertEqual(mission.amount, quotation.members_amount)

    @with_transaction()
    def test_amendment(self):
        "An amendment adds to the mission, or makes one once it is reported"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, other = factories.workers(company, 2)
            demand = self.quoted(company, [member])
            first = factories.quotation(demand, 'signed')
            for rows, amounts in [(1, [2000, 500]), (2, [500])]:
                factories.offers(
                    demand.__class__(demand.id), [other], 500,
                    state='accepted')
                offer = demand.__class__(demand.id).offers[-1]
                factories.quotation(
                    demand, 'signed', amends=first.id, lines=[('create', [{
                                    'offer': offer.id,
                                    'description': "More"}])])
                factories.forget()
                missions = Mission.search([], order=[('id', 'ASC')])
                self.assertEqual(len(missions), rows)
                self.assertEqual(
                    [r.amount for r in missions[-1].members], amounts)
                mission = missions[0]
                mission.start_date = mission.end_date = (
                    today(company.id) - dt.timedelta(1))
                mission.save()
                if rows == 1:
                    factories.advance(mission, 'accepted')
                    # Another offer is made to the same member
                    offer.state = 'withdrawn'
                    offer.save()
            self.assertEqual(
                [m.state for m in Mission.search([])].count('accepted'), 1)

    @with_transaction()
    def test_signature_taken_back(self):
        "A signature is not taken back once somebody has worked"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            quotation = factories.quotation(
                self.quoted(company, [member]), 'signed')
            mission, = Mission.search([])
            factories.report(
                mission, member, 'draft', date=today(company.id))
            with self.assertRaisesRegex(MissionError, "reported on"):
                Quotation.cancel([Quotation(quotation.id)])

    @with_transaction()
    def test_cancel_signature(self):
        "A signature that was a mistake cancels the mission"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            quotation = factories.quotation(
                self.quoted(company, [member]), 'signed')
            with factories.clerk(company):
                Quotation.cancel([Quotation(quotation.id)])
            factories.forget()
            mission, = Mission.search([])
            self.assertEqual(mission.state, 'cancelled')
            self.assertEqual(mission.cancelled_by, 'cooperative')
            # Signed again, it makes another one
            Quotation.sign([factories.quotation(
                        quotation.demand.__class__(quotation.demand.id))])
            self.assertEqual(Mission.search([
                        ('state', '=', 'confirmed')], count=True), 1)

    @with_transaction()
    def test_confirmation(self):
        "All who take part agree; who declines is not waited for"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 3)
            mission = factories.mission(company, members, 'planned')
            one, two, three = mission.members
            for row, button, state in [
                    (one, Member.confirm, 'planned'),
                    (two, Member.decline, 'planned'),
                    (three, Member.confirm, 'confirmed')]:
                button([Member(row.id)])
                factories.forget()
                self.assertEqual(Mission(mission.id).state, state)
            self.assertEqual(Mission(mission.id).members_amount, D(4000))
            # The office corrects a price: the member is asked again
            with factories.clerk(company), self.assertRaises(MissionError):
                Member.write([Member(one.id)], {'amount': D(2500)})
            Member.ask_again([Member(one.id)])
            factories.forget()
            with factories.clerk(company):
                Member.write([Member(one.id)], {'amount': D(2500)})
            self.assertEqual(Mission(mission.id).state, 'planned')
            Member.confirm([Member(one.id)])
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'confirmed')
            self.assertEqual(Mission(mission.id).members_amount, D(4500))

    @with_transaction()
    def test_nobody(self):
        "A mission that all decline is not confirmed"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            mission = factories.mission(company, members, 'planned')
            pool.get('coop.mission.member').decline(mission.members)
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'planned')

    @with_transaction()
    def test_once(self):
        "A member takes part in a mission once"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            with self.assertRaises(SQLConstraintError):
                factories.mission(company, [member, member], 'planned')

    @with_transaction()
    def test_budget(self):
        "An internal mission stays within its budget"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            with self.assertRaisesRegex(MissionError, "budget"):
                factories.mission(
                    company, [member], kind='internal', budget=D(1999))
            with self.assertRaises(RequiredValidationError):
                factories.mission(
                    company, [member], kind='internal', budget=None)
            mission = factories.mission(company, [member], kind='internal')
            self.assertEqual(mission.amount, D(2000))
            self.assertEqual(mission.client_name, company.party.name)

    @with_transaction()
    def test_accept(self):
        "The work is accepted once all have reported, reports with it"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [one, two])
            factories.report(mission, one)
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'in_progress')
            self.assertIsNone(mission.accept_by)
            factories.report(mission, two)
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'reported')
            self.assertEqual(
                mission.accept_by, today(company.id) + dt.timedelta(15))
            self.assertEqual(mission.performed([mission]), {mission: []})
            Mission.accept([mission])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'accepted')
            self.assertEqual(mission.accepted_on, today(company.id))
            self.assertFalse(mission.tacit)
            self.assertEqual(
                {r.state for r in mission.reports}, {'accepted'})
            self.assertEqual([
                    (p.member, p.date, p.amount, p.kind, p.origin)
                    for p in Mission.performed([mission])[mission]],
                [(r.member, mission.end_date, D(2000), 'work', r)
                    for r in mission.members])

    @with_transaction()
    def test_tacit(self):
        "What is not contested in time is accepted by the cron, no earlier"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            Configuration(1).set_multivalue(
                'tacit_days', 3, company=company.id)
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'reported')
            self.assertEqual(
                mission.accept_by, today(company.id) + dt.timedelta(3))
            for days, state in [(0, 'reported'), (1, 'accepted')]:
                mission = Mission(mission.id)
                mission.accept_by = (
                    today(company.id) - dt.timedelta(days))
                mission.save()
                Mission.accept_all()
                factories.forget()
                self.assertEqual(Mission(mission.id).state, state)
            self.assertTrue(Mission(mission.id).tacit)

    @with_transaction()
    def test_tacit_draft(self):
        "The draft of a report of one mission does not keep the others"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            kept = factories.mission(company, [member], 'in_progress')
            mission = factories.mission(company, [member], 'reported')
            with factories.acting(member):
                factories.report(kept, member, 'draft', final=False)
            factories.report(Mission(kept.id), member)
            factories.forget()
            Mission.write([kept, mission], {
                    'accept_by': today(company.id) - dt.timedelta(1)})
            Mission.accept_all()
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'accepted')
            self.assertEqual(Mission(kept.id).state, 'reported')

    @with_transaction()
    def test_accepted_once(self):
        "The hook is called once, however often the button is pressed"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'accepted')
            mission.accepted_on = dt.date(2020, 1, 1)
            mission.save()
            Mission.accept([Mission(mission.id)])
            factories.forget()
            self.assertEqual(
                Mission(mission.id).accepted_on, dt.date(2020, 1, 1))

    @with_transaction()
    def test_cancel(self):
        "A mission is cancelled by somebody; what was accepted stays owed"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = factories.mission(
                company, [member], pricing='time', price=50)
            with self.assertRaisesRegex(MissionError, "Cancelled by"):
                Mission.cancel([mission])
            factories.report(mission, member, 'accepted', final=False)
            factories.forget()
            mission = Mission(mission.id)
            Mission.write([mission], {
                    'cancelled_by': 'client', 'cancel_fee': D(100)})
            Mission.cancel([mission])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'cancelled')
            self.assertEqual(
                [p.amount for p in Mission.performed([mission])[mission]],
                [D(350)])

    @with_transaction()
    def test_dispute(self):
        "A disputed mission goes on from where it was"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'reported')
            Mission.dispute([mission])
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'disputed')
            with factories.clerk(company), self.assertRaises(MissionError):
                Mission.write(
                    [Mission(mission.id)], {'disputed_from': 'paid_out'})
            Mission.accept([Mission(mission.id)])
            self.assertEqual(Mission(mission.id).state, 'disputed')
            Mission.undispute([Mission(mission.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'reported')
            self.assertIsNone(mission.disputed_from)

    @with_transaction()
    def test_fixed(self):
        "Once agreed, its price stays; only planned missions are deleted"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member])
            for values in [{'contribution_rate': D('.2')}, {
                        'state': 'closed'}, {'pricing': 'time'}, {
                        'client': factories.client("Other").id}]:
                with self.subTest(values), factories.clerk(company), \
                        self.assertRaises(MissionError):
                    Mission.write([Mission(mission.id)], values)
            with self.assertRaises(MissionError):
                Mission.delete([Mission(mission.id)])
            copy, = Mission.copy([mission])
            self.assertEqual(copy.state, 'planned')
            self.assertNotEqual(copy.number, mission.number)
            self.assertEqual(
                {r.state for r in copy.members}, {'waiting'})
            Mission.delete([copy])

    @with_transaction()
    def test_erase(self):
        "Nobody of a mission that is open is erased; then contacts go"
        pool = Pool()
        Erase = pool.get('party.erase', type='wizard')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = factories.mission(
                company, [member], contact_name="Mr Small",
                contact_phone="0476000000")
            client = mission.client

            def erase():
                session, _, _ = Erase.create()
                Erase.execute(
                    session, {'ask': {'party': client.id}}, 'erase')

            client.active = False
            client.save()
            with self.assertRaisesRegex(EraseError, "not closed"):
                erase()
            factories.advance(Mission(mission.id), 'accepted')
            report, = Mission(mission.id).reports
            report.signature, report.signed_by = b'image', "Mr Small"
            report.signed_on = mission.end_date
            report.save()
            Mission.close([Mission(mission.id)])
            erase()
            factories.forget()
            mission = Mission(mission.id)
            self.assertIsNone(mission.contact_name)
            self.assertIsNone(mission.contact_phone)
            self.assertIsNone(mission.reports[0].signature)
            self.assertIsNone(mission.reports[0].signed_by)
            self.assertEqual(mission.state, 'closed')
