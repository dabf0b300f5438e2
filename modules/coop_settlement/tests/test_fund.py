# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions_out import FundError
from . import factories, factories_out
from .factories import again, entry
from .test_bad_debt import doubtful
from .test_dispute import settled as disputed

D = Decimal


class FundTestCase(factories_out.PayoutTestCase):
    "Test the mutual fund"

    def do(self, company, **values):
        Movement = Pool().get('coop.fund.movement')
        movement, = Movement.create([{
                    'company': company.id, 'date': today(company.id),
                    **values}])
        Movement.do([movement])
        return again(movement)

    @with_transaction()
    def test_decisions(self):
        "Margin set aside posts nothing; what is not there is not released"
        Fund = Pool().get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            factories_out.set_aside(company, 1000)
            self.assertEqual(Fund.fund(company).total, 1000)
            decision = coop.decision(company, today(company.id)).id
            with self.assertRaisesRegex(FundError, "1000.00"):
                self.do(company, kind='release', amount=D(1001),
                    decision=decision)
            movement = self.do(
                company, kind='release', amount=D(400), decision=decision)
            self.assertIsNone(movement.move)
            self.assertEqual(Fund.fund(company).total, 600)
            # By mistake
            Fund.cancel([movement])
            self.assertEqual(Fund.fund(company).total, 1000)
            self.do(company, kind='release', amount=D(1), decision=decision)
            with self.assertRaisesRegex(FundError, "999.00"):
                Fund.cancel(Fund.search([('kind', '=', 'set_aside')]))

    @with_transaction()
    def test_contribution(self):
        "What a member pays in is owed to them, on 4671, and given back"
        Fund = Pool().get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            movement = self.do(
                company, kind='contribution', amount=D(50),
                member=member.id, bill=bill.id)
            self.assertEqual(entry(movement.move), {
                    ('supplier', "Member 1"): 50, ('4671', "Member 1"): -50})
            self.assertEqual(
                [l.credit for l in again(bill).open_lines()], [950])
            self.assertEqual(Fund.fund(company).total, 50)
            self.assertEqual(
                Fund.owed(company), {member.party.id: D(50)})
            with self.assertRaisesRegex(FundError, "50.00"):
                self.do(company, kind='refund', amount=D(51),
                    member=member.id)
            movement = self.do(
                company, kind='refund', amount=D(50), member=member.id)
            self.assertEqual(entry(movement.move), {
                    ('supplier', "Member 1"): -50, ('4671', "Member 1"): 50})
            self.assertEqual(factories.balance(company, '4671'), 0)
            self.assertEqual(Fund.fund(company).total, 0)
            with self.assertRaisesRegex(FundError, "No bill"):
                self.do(company, kind='contribution', amount=D(1001),
                    member=member.id, bill=bill.id)

    def advanced(self, company):
        "Return the invoice of a client for which the fund has paid a member"
        Settlement = Pool().get('coop.settlement')
        factories_out.configure(guarantee_days=0, fund_share=D(1))
        factories_out.set_aside(company, 1500)
        member, = factories_out.workers(
            company, 1, 'franchise', payment_days=30)
        bill, = factories_out.billed(company, [(member, 1000)])
        run = factories_out.run(
            company, factories_out.journal(company), state='sent')
        factories_out.succeed(run)
        invoice, = Settlement.invoice(
            [again(bill).lines[0].settlement], today(company.id))
        return again(invoice)

    @with_transaction()
    def test_lost(self):
        "What is lost does not come back: a decision lets the advance go"
        pool = Pool()
        Advance = pool.get('coop.fund.advance')
        BadDebt = pool.get('coop.bad_debt')
        Fund = pool.get('coop.fund.movement')
        Invoice = pool.get('account.invoice')
        company = factories_out.cooperative()
        with set_company(company):
            invoice = self.advanced(company)
            self.assertEqual(Fund.fund(company).room, 500)
            date = today(company.id)
            record = doubtful(invoice, date=date)
            BadDebt.write([record], {
                    'end_date': date, 'reason': "Liquidation"})
            BadDebt.lose([again(record)])
            Invoice.process([again(invoice)])
            self.assertEqual(again(invoice).state, 'paid')
            self.assertEqual(Fund.fund(company).room, 500)
            advance, = Advance.search([])
            self.assertTrue(advance.is_out)
            # Never paid by the client; its member is paid
            self.assertEqual(again(invoice.mission).state, 'paid_out')
            decision = coop.decision(company, date).id
            with self.assertRaisesRegex(FundError, "1000.00"):
                self.do(company, kind='release', amount=D(999),
                    advance=advance.id, decision=decision)
            self.do(company, kind='release', amount=D(1000),
                advance=advance.id, decision=decision)
            fund = Fund.fund(company)
            self.assertEqual(
                (fund.total, fund.out, fund.room), (500, {}, 500))
            with self.assertRaises(FundError):
                self.do(company, kind='release', amount=D(1000),
                    advance=advance.id, decision=decision)

    @with_transaction()
    def test_credited(self):
        "A credit note of all is no payment of the client either"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Fund = pool.get('coop.fund.movement')
        Invoice = pool.get('account.invoice')
        Dispute.lock()
        company = factories_out.cooperative()
        with set_company(company):
            invoice = self.advanced(company)
            Dispute.execute([
                    disputed(invoice.mission, invoice.untaxed_amount, 0)])
            credit, = Invoice.search([('corrects', '=', invoice.id)])
            Invoice.process([again(invoice), again(credit)])
            self.assertEqual(again(invoice).state, 'paid')
            self.assertTrue(again(invoice).written_off)
            self.assertEqual(Fund.fund(company).room, 500)
            self.assertEqual(again(invoice.mission).state, 'paid_out')
