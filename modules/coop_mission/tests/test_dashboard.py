# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, trust

DAYS = dt.timedelta(days=1)


class DashboardTestCase(factories.MissionTestCase):
    "Test what the work looks like"

    @with_transaction()
    def test_pipeline(self):
        "Demands by state, in the order of the work, with their amounts"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Pipeline = pool.get('coop.demand.pipeline')
        company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            factories.demand(company, 'draft', budget=D(100))
            asked = factories.demand(company, budget=D(3000))
            factories.demand(company, budget=D(500))
            factories.offers(asked, [ann], state='accepted', price=2000)
            factories.offers(asked, [bob], price=1000)
            for days in [10, 500]:
                lost = factories.demand(
                    company, 'draft', date=date - days * DAYS)
                lost.lost_reason = 'price'
                lost.save()
                Demand.lose([lost])
            self.assertEqual(
                [(r.state, r.demands, r.budget, r.offered)
                    for r in Pipeline.search([])], [
                    ('draft', 1, D(100), D(0)),
                    ('matching', 2, D(3500), D(2000)),
                    ('lost', 1, D(0), D(0))])

    @with_transaction()
    def test_months(self):
        "Missions by the month in which they begin"
        Month = Pool().get('coop.mission.month')
        company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            members = factories.workers(company, 2)
            trust.mission(members)
            trust.dispute(trust.mission(members[:1]))
            cancelled = trust.mission(members[:1], state='confirmed')
            cancelled.cancelled_by = 'client'
            cancelled.save()
            cancelled.__class__.cancel([cancelled])
            later = date.replace(day=1) + 40 * DAYS
            trust.mission(
                members[:1], state='confirmed', start_date=later,
                end_date=later)
            self.assertEqual(
                [(r.month, r.missions, r.accepted, r.disputed, r.cancelled,
                        r.members_amount) for r in Month.search([])], [
                    (later.replace(day=1), 1, 0, 0, 0, D(2000)),
                    (date.replace(day=1), 3, 2, 1, 1, D(6000))])

    @with_transaction()
    def test_delays(self):
        "Days from the demand to the quotation, and on to the acceptance"
        pool = Pool()
        Delay = pool.get('coop.mission.delay')
        Mission = pool.get('coop.mission')
        Quotation = pool.get('coop.mission.quotation')
        company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            factories.rate(company)
            ann, bob = factories.workers(company, 2)
            first = date - 20 * DAYS
            for member, days in [(ann, 4), (bob, 8)]:
                demand = factories.demand(company, date=first)
                factories.offers(demand, [member], state='accepted')
                quotation = factories.quotation(
                    demand.__class__(demand.id), date=first + days * DAYS,
                    valid_until=date, signed_on=first + (days + 2) * DAYS)
                Quotation.sign([quotation])
            mission = Mission.search([], limit=1)[0]
            mission.start_date = date - 5 * DAYS
            mission.end_date = date - 3 * DAYS
            mission.save()
            Mission.search([('id', '!=', mission.id)])[0].start_date
            trust.done(Mission(mission.id))
            factories.demand(company, 'draft', date=first)
            row, = Delay.search([])
            starts = [m.start_date for m in Mission.search([])]
            signed = {
                m.id: m.quotation.signed_on for m in Mission.search([])}
            self.assertEqual(row.month, first.replace(day=1))
            self.assertEqual(row.demands, 3)
            self.assertAlmostEqual(row.quoted, 6, places=1)
            self.assertAlmostEqual(row.signed, 2, places=1)
            self.assertAlmostEqual(row.started, sum(
                    (m.start_date - signed[m.id]).days
                    for m in Mission.search([])) / len(starts), places=1)
            self.assertAlmostEqual(row.accepted, 3, places=1)
