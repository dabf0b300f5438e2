# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_mission.tests import factories as mission_
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from . import factories
from .factories import again, entry


class ExpressTestCase(factories.SettlementTestCase):
    "Test small jobs, invoiced and paid on the spot"

    @with_transaction()
    def test_paid_on_the_spot(self):
        "One button: invoiced with what a private client is told, and paid"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Express = pool.get('coop.mission.express')
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = mission_.express(company, member, payment_method='card')
            with mission_.acting(member), self.assertRaises(SettlementError):
                Express.finish([Express(job.id)])
            method = factories.payment_method(company, "Card")
            configuration = Configuration(1)
            configuration.card_method = method
            configuration.save()
            with mission_.acting(member):
                Express.finish([Express(job.id)])
            job = again(job)
            invoice, = Invoice.search([('mission', '=', job.mission.id)])
            self.assertEqual(invoice.state, 'paid')
            self.assertIn("You may withdraw", invoice.comment)
            self.assertEqual(invoice.total_amount, job.total)
            self.assertEqual(entry(invoice.move), {
                    ('customer', "Dupont"): D('80.00'),
                    ('706', None): D('-66.67'),
                    ('44571', None): D('-13.33')})
            payment, = Move.search([
                    ('origin', '=', str(invoice)),
                    ('id', '!=', invoice.move.id)])
            self.assertEqual(entry(payment), {
                    ('customer', "Dupont"): -80, ('cash', None): 80})
            self.assertEqual(payment.journal, method.journal)
            self.assertEqual(again(job.mission).state, 'client_paid')
            # The VAT is due: it was received
            taxes = [
                t for l in invoice.move.lines for t in l.tax_lines
                if t.type == 'tax']
            self.assertEqual([t.amount for t in taxes if t.period],
                [D('13.33')])

    @with_transaction()
    def test_on_the_invoice(self):
        "Who pays by transfer owes the invoice of today"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Invoice = pool.get('account.invoice')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            member, = factories.workers(company, 1)
            job = mission_.express(
                company, member, private=False, at_once=False)
            self.assertEqual(job.payment_method, 'transfer')
            Express.finish([job])
            invoice, = Invoice.search(
                [('mission', '=', again(job).mission.id)])
            self.assertEqual(invoice.state, 'posted')
            self.assertEqual(invoice.amount_to_pay, 80)
            self.assertEqual(
                invoice.lines_to_pay[0].maturity_date, today(company.id))
            self.assertNotIn("You may withdraw", invoice.comment)

    @with_transaction()
    def test_too_much_cash(self):
        "Above the ceiling of the day it can not be paid in cash"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Express = pool.get('coop.mission.express')
        Parameter = pool.get('coop.parameter')
        company = factories.cooperative()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            configuration = Configuration(1)
            configuration.cash_method = factories.payment_method(
                company, "Cash")
            configuration.save()
            Parameter.create([{
                        'key': 'cash_ceiling', 'date': factories.STATUS,
                        'value': D('79.99'), 'source': "CMF D112-3"}])
            member, = factories.workers(company, 1)
            # 80 with tax
            job = mission_.express(company, member, payment_method='cash')
            with mission_.acting(member), self.assertRaisesRegex(
                    SettlementError, "79.99"):
                Express.finish([Express(job.id)])
            Parameter.write(
                Parameter.search([('key', '=', 'cash_ceiling')]),
                {'value': D(80)})
            with mission_.acting(member):
                Express.finish([Express(job.id)])
            self.assertEqual(again(job).state, 'done')
