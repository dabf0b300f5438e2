# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from . import factories, factories_out
from .factories import again
from .test_bill_credit import owed, take_back


class TakeBackTestCase(factories_out.PayoutTestCase):
    "Test what becomes of money when a mistake is taken back"

    def settled(self, company, member, **values):
        "Return the settlement of a mission of one member"
        factories.needed_rate(company)
        return factories.settled(company, [(member, 1000)], **values)

    def take_back(self, mission):
        Mission = Pool().get('coop.mission')
        Mission.take_back_for([Mission(mission.id)], "Another client")
        return again(mission)

    @with_transaction()
    def test_acceptance(self):
        "Its settlement is cancelled, and made again when it is accepted"
        pool = Pool()
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            settlement = self.settled(
                company, member, costs=[("Train", '80.50')])
            mission = self.take_back(settlement.mission)
            self.assertEqual(mission.state, 'reported')
            self.assertEqual(again(settlement).state, 'cancelled')
            self.assertEqual(Settlement.search([
                        ('state', '!=', 'cancelled')]), [])
            factories.accept(mission)
            new, = Settlement.search([('state', '!=', 'cancelled')])
            self.assertEqual(new.client_amount, settlement.client_amount)
            self.assertEqual(new.members_amount, settlement.members_amount)

    @with_transaction()
    def test_reports_before(self):
        "What was accepted of it before stays owed"
        pool = Pool()
        Report = pool.get('coop.mission.report')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            factories.needed_rate(company)
            mission = factories.mission(company, [(member, 1000)])
            report = factories.report(
                mission, member, costs=[("Train", 80)], final=False)
            Report.accept([report])
            before, = Settlement.search([])
            factories.report(again(mission), member)
            factories.accept(mission)
            self.take_back(mission)
            self.assertEqual(again(before).state, 'confirmed')
            self.assertEqual(
                [s.members_amount for s in Settlement.search(
                        [('state', '=', 'confirmed')])], [D(80)])
            # The acceptance of the report as well
            Report.take_back_for([again(report)], "Another report")
            self.assertEqual(again(before).state, 'cancelled')
            self.assertEqual(again(report).state, 'submitted')

    @with_transaction()
    def test_settled_together(self):
        "What stays accepted is settled again without the rest"
        pool = Pool()
        Report = pool.get('coop.mission.report')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            factories.needed_rate(company)
            mission = factories.mission(company, [(member, 1000)])
            report = factories.report(
                mission, member, costs=[("Train", 80)], final=False)
            Report.accept([report])
            # Settled with the mission, as it was taken back in between
            Settlement.cancel(Settlement.search([]))
            factories.report(again(mission), member)
            factories.accept(mission)
            together, = Settlement.search([('state', '=', 'confirmed')])
            self.assertEqual(together.members_amount, D(1080))
            self.take_back(mission)
            alone, = Settlement.search([('state', '=', 'confirmed')])
            self.assertEqual(alone.members_amount, D(80))

    @with_transaction()
    def test_invoiced(self):
        "Not while the client has the invoice"
        Settlement = Pool().get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            settlement = self.settled(company, member)
            Settlement.invoice([settlement], factories.DATE)
            mission = again(settlement.mission)
            # An invoice moves its mission on: nobody takes that one back
            self.assertEqual(mission.state, 'invoiced')
            mission.state = 'accepted'
            mission.save()
            with self.assertRaisesRegex(SettlementError, "credit note"):
                self.take_back(mission)

    @with_transaction()
    def test_credited(self):
        "After the credit note of the invoice the acceptance is taken back"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            settlement = self.settled(company, member)
            invoice, = Settlement.invoice([settlement], factories.DATE)
            Invoice.credit(
                [Invoice(invoice.id)], refund=True,
                invoice_date=factories.DATE)
            mission = again(settlement.mission)
            self.assertEqual(mission.state, 'accepted')
            self.assertEqual(self.take_back(mission).state, 'reported')
            self.assertEqual(again(settlement).state, 'cancelled')

    @with_transaction()
    def test_billed(self):
        "Not while a member has the bill"
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'debits')
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            mission = bill.lines[0].settlement.mission
            with self.assertRaisesRegex(SettlementError, bill.number):
                self.take_back(mission)

    @with_transaction()
    def test_bill_credited(self):
        "Nor once it is accepted, until a credit note has taken it back"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            factories.needed_rate(company)
            members = factories_out.workers(
                company, 2, 'debits', corrections='cooperative')
            for member, right in zip(members, [0, 700]):
                with self.subTest(right=right):
                    bill, = factories_out.billed(company, [(member, 1000)])
                    settlement = bill.lines[0].settlement
                    with self.assertRaisesRegex(
                            SettlementError, f"{bill.number}.*credit note"):
                        settlement._check_take_back()
                    take_back(bill, right)
                    # What is owed instead goes as well, not billed yet
                    mission = self.take_back(again(settlement.mission))
                    self.assertEqual(mission.state, 'reported')
                    self.assertEqual(again(settlement).state, 'cancelled')
                    self.assertEqual(owed(member), 0)
                    self.assertFalse(Line.to_bill(company, date, [member]))
                    factories.accept(mission)
                    new, = Line.search([
                            ('member', '=', member.id),
                            ('settlement.state', '=', 'confirmed')])
                    self.assertEqual(new.amount, 1000)

    @with_transaction()
    def test_bill_cancelled(self):
        "Once the bill is cancelled the acceptance is taken back"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'debits')
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            mission = bill.lines[0].settlement.mission
            Bill.cancel([bill])
            self.assertEqual(self.take_back(mission).state, 'reported')

    @with_transaction()
    def test_cancellation(self):
        "The fee of a cancellation is not asked for any more"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            factories.needed_rate(company)
            mission = factories.mission(company, [(member, 1000)])
            Mission.write([again(mission)], {
                    'cancelled_by': 'client', 'cancel_fee': D(300)})
            Mission.cancel([again(mission)])
            fee, = Settlement.search([])
            self.assertEqual(fee.client_amount, D(300))
            mission = self.take_back(mission)
            self.assertEqual(mission.state, 'in_progress')
            self.assertEqual(again(fee).state, 'cancelled')
            # The work is settled whole when it is done
            factories.report(mission, member, today(company.id))
            factories.accept(mission)
            work, = Settlement.search([('state', '=', 'confirmed')])
            self.assertEqual(work.members_amount, D(1000))

    @with_transaction()
    def test_fee_invoiced(self):
        "A cancellation stays while the client has the invoice of its fee"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            factories.needed_rate(company)
            mission = factories.mission(company, [(member, 1000)])
            Mission.write([again(mission)], {
                    'cancelled_by': 'client', 'cancel_fee': D(300)})
            Mission.cancel([again(mission)])
            Settlement.invoice(Settlement.search([]), factories.DATE)
            with self.assertRaisesRegex(SettlementError, "credit note"):
                self.take_back(mission)
