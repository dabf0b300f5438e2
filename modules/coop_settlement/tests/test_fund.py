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
