# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories


class EquityTestCase(factories.MissionTestCase):
    "Test the ledger that all members see"

    @with_transaction()
    def test_names_nobody(self):
        "No record of a member can be searched by through the ledger"
        Equity = Pool().get('coop.mission.equity')
        self.assertEqual({
                name for name, field in Equity._fields.items()
                if hasattr(field, 'get_target')},
            {'company', 'create_uid', 'write_uid'})

    @with_transaction()
    def test_ledger(self):
        "All members see who was proposed what, and how evenly"
        pool = Pool()
        Equity = pool.get('coop.mission.equity')
        Measure = pool.get('coop.mission.equity.measures', type='wizard')
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            one, two, three = factories.workers(company, 3)
            demand = factories.demand(company)
            offers = factories.offers(demand, [one, two])
            Offer.accept(offers[:1])
            Offer.refuse(offers[1:])
            factories.offers(demand, [three], state='draft')
            # Of the month before, which colleagues read of
            day = today(company.id).replace(day=1) - dt.timedelta(days=1)
            Offer.write(Offer.search([
                        ('state', '!=', 'draft')]), {'proposed_on': day})
            user = coop.user('member', 'member', member=three)
            with coop.as_user(user):
                rows = {r.id: r for r in Equity.search([])}
                self.assertEqual(
                    [(rows[m.id].offers, rows[m.id].proposed,
                            rows[m.id].accepted) for m in [one, two, three]],
                    [(1, 35, 35), (1, 35, 0), (0, 0, 0)])
                self.assertEqual(rows[one.id].available, 840)
                self.assertEqual(
                    rows[one.id].share, Decimal('.0417'))
                Equity.read(list(rows), [
                        *Equity.fields_view_get(view_type='tree')['fields'],
                        'rec_name'])
                # As the client calls a wizard
                with Transaction().set_context(_check_access=False):
                    session, _, _ = Measure.create()
                    result = Measure.execute(session, {}, 'result')
                lines = result['view']['defaults']['lines']
            whole = lines[0]
            self.assertEqual(whole['members'], 3)
            self.assertAlmostEqual(whole['gini'], 1 / 3)
            self.assertEqual(whole['min_mean'], 0)
            self.assertEqual(
                {line['kind'] for line in lines}, {'all', 'domain'})

    @with_transaction()
    def test_day_by_day(self):
        "A member reads of this month the own offers, and no colleague's"
        Equity = Pool().get('coop.mission.equity')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            factories.offers(factories.demand(company), [one, two])
            factories.mission(company, [one, two], kind='internal')
            ids = [one.id, two.id]
            self.assertEqual(
                [r['offers'] for r in Equity.read(ids, ['offers'])], [2, 2])
            day = today(company.id)
            month = day.replace(day=1) + dt.timedelta(days=40)
            for member in [one, two]:
                for date, colleague in [
                        (None, 0), (day, 0), (month, 2)]:
                    with self.subTest(member=member.id, date=date), \
                            factories.acting(member), \
                            Transaction().set_context(date=date):
                        rows = {
                            r['id']: r['offers']
                            for r in Equity.read(ids, ['offers'])}
                    self.assertEqual(rows.pop(member.id), 2)
                    self.assertEqual(list(rows.values()), [colleague])

    @with_transaction()
    def test_internal(self):
        "Work for the cooperative itself counts, once"
        pool = Pool()
        Equity = pool.get('coop.mission.equity')
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two, three = factories.workers(company, 3)
            mission = factories.mission(
                company, [one, two], 'planned', kind='internal')
            Member.confirm(mission.members[:1])
            # Of a client: not counted but by its offers
            factories.mission(company, [one])
            demand = factories.demand(company, client_=company.party)
            factories.offers(demand, [three], state='accepted')
            factories.quotation(
                demand.__class__(demand.id), 'signed')
            cancelled = factories.mission(
                company, [three], 'planned', kind='internal')
            cancelled.cancelled_by = 'cooperative'
            cancelled.save()
            Mission.cancel([cancelled])
            rows = {r.id: r for r in Equity.search([])}
            self.assertEqual(
                [(rows[m.id].offers, rows[m.id].proposed,
                        rows[m.id].accepted) for m in [one, two, three]],
                [(1, 35, 35), (1, 35, 0), (1, 35, 35)])

    @with_transaction()
    def test_paid(self):
        "The hours of missions count as paid once all members are"
        pool = Pool()
        Equity = pool.get('coop.mission.equity')
        Member = pool.get('coop.mission.member')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [one, two], 'planned')
            Member.confirm(mission.members[:1])
            for state, hours in [('client_paid', 0), ('paid_out', 35)]:
                with self.subTest(state):
                    Mission.write([mission], {'state': state})
                    self.assertEqual(
                        [r['paid'] for r in Equity.read(
                                [one.id, two.id], ['paid'])],
                        [hours, 0])
