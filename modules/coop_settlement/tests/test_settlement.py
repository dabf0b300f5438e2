# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import ReferralError, SettlementError
from . import factories
from .factories import DATE


def lines(settlement):
    "Return [(kind, member name, amount, client amount)]"
    return [
        (l.kind, l.member.party.name if l.member else None, l.amount,
            l.client_amount)
        for l in sorted(settlement.lines, key=lambda l: l.id)]


class SettlementTestCase(factories.SettlementTestCase):
    "Test what missions make due"

    @with_transaction()
    def test_two_specialists_and_a_referral(self):
        "Each gets what was agreed, who brought it and the house their share"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two, referrer = factories.workers(company, 3)
            settlement = factories.settled(
                company, [(two, 1000), (one, 2000)], referrer=referrer.id,
                costs=[("Train", '80.50')])
            self.assertEqual(settlement.state, 'confirmed')
            self.assertEqual(lines(settlement), [
                    ('work', "Member 1", D(2000), D('2272.73')),
                    ('work', "Member 2", D(1000), D('1136.36')),
                    ('cost', "Member 2", D('80.50'), D('80.50')),
                    ('contribution', None, D('340.91'), 0),
                    ('referral', "Member 3", D('68.18'), 0)])
            self.assertEqual(settlement.members_amount, D('3148.68'))
            self.assertEqual(settlement.contribution, D('340.91'))
            self.assertEqual(settlement.client_amount, D('3489.59'))
            self.assertEqual(
                settlement.client_amount, sum(
                    l.amount for l in settlement.lines))
            # All is settled: nothing is settled twice
            self.assertEqual(
                settlement.record([settlement.mission]), [])

    @with_transaction()
    def test_referral_refused(self):
        "Without a business number nobody is paid a commission"
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            referrer, = factories.workers(company, 1, 'franchise',
                siren=False, category=coop.category(company, 'R'))
            settlement = factories.settled(
                company, [(one, 1000)], referrer=referrer.id)
            self.assertEqual(settlement.state, 'draft')
            self.assertIn(referrer.rec_name, settlement.problem)
            with self.assertRaises(ReferralError):
                Settlement.confirm([settlement])
            price = settlement.client_amount
            Settlement.without_referral([settlement])
            settlement = Settlement(settlement.id)
            self.assertEqual(lines(settlement), [
                    ('work', "Member 1", D(1000), D('1136.36')),
                    ('contribution', None, D('136.36'), 0)])
            self.assertEqual(settlement.client_amount, price)
            self.assertEqual(settlement.contribution, D('136.36'))
            Settlement.confirm([settlement])
            other = factories.settled(
                company, [(two, 1000)], referrer=referrer.id)
            factories.business(referrer)
            Settlement.confirm([Settlement(other.id)])
            self.assertEqual(other.state, 'confirmed')

    @with_transaction()
    def test_invoice_mode(self):
        "The member sells at the price and is invoiced the contribution"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company, 'invoice')
            one, two = factories.workers(company, 2)
            settlement = factories.settled(
                company, [(one, 1000)], referrer=two.id)
            self.assertEqual(settlement.mode, 'invoice')
            self.assertEqual(lines(settlement), [
                    ('work', "Member 1", D('1113.63'), D('1136.36')),
                    ('referral', "Member 2", D('22.73'), 0)])
            self.assertEqual(settlement.contribution, D('113.63'))

    @with_transaction()
    def test_internal(self):
        "The cooperative is the client: members get theirs, nobody pays"
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            settlement = factories.settled(
                company, [(one, 300)], kind='internal', budget=D(300),
                client=None, contribution_rate=None, referral_rate=None,
                tax=None)
            self.assertEqual(
                lines(settlement), [('work', "Member 1", D(300), 0)])
            self.assertEqual(Settlement.invoice([settlement]), [])
            self.assertEqual(settlement.state, 'confirmed')

    @with_transaction()
    def test_employees_and_third_parties(self):
        "Employees are shown and not billed; who is no member is flagged"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            category = coop.category(company, 'S', salaried=True)
            employee, = factories.workers(company, 1, category=category)
            late, = coop.members(
                company, 1, coop.category(company, 'L'),
                admitted=DATE + dt.timedelta(days=1))
            settlement = factories.settled(
                company, [(employee, 100), (late, 200)])
            found = {
                l.member: (l.salaried, l.third_party, l.billable)
                for l in settlement.lines if l.member}
            self.assertEqual(found, {
                    employee: (True, False, False),
                    late: (False, True, True)})

    @with_transaction()
    def test_cancel(self):
        "What was settled by mistake is settled again, not what is invoiced"
        Settlement = Pool().get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            settlement = factories.settled(company, [(one, 1000)])
            mission = settlement.mission
            with self.assertRaises(SettlementError):
                mission.close([mission])
            Settlement.cancel([settlement])
            mission.close([mission])
            mission.__class__.write([mission], {'state': 'accepted'})
            again, = Settlement.record([settlement.mission])
            self.assertEqual(lines(again), lines(settlement))
            Settlement.invoice([again], DATE)
            again = Settlement(again.id)
            self.assertEqual(again.state, 'invoiced')
            with self.assertRaises(SettlementError):
                for line in again.lines:
                    line.check_cancel()

    @with_transaction()
    def test_cancellation_fee(self):
        "What the client pays for a cancelled mission is shared as agreed"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Settlement = pool.get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [(one, 600), (two, 300)])
            Mission.write([mission], {
                    'cancelled_by': 'client', 'cancel_fee': D(100)})
            Mission.cancel([Mission(mission.id)])
            settlement, = Settlement.search([('mission', '=', mission.id)])
            self.assertEqual(lines(settlement), [
                    ('work', "Member 1", D('60.00'), D('66.67')),
                    ('work', "Member 2", D('30.00'), D('33.33')),
                    ('contribution', None, D('10.00'), 0)])
            self.assertEqual(settlement.client_amount, D(100))
