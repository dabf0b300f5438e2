# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal as D

from trytond.modules.account_deposit.exceptions import DepositError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from . import factories
from .factories import DATE, again, balance, entry


def asked(mission, amount, rate=None):
    "Return the posted invoice of a deposit of a mission"
    pool = Pool()
    Invoice = pool.get('account.invoice')
    invoice = mission.client_invoice(DATE)
    invoice.save()
    line = mission.client_line(
        invoice, factories.account(mission.company, '4191'), amount,
        "Deposit", mission)
    if rate:
        line.taxes = [factories.sale_tax(mission.company, rate)]
    line.save()
    Invoice.post_missions([invoice])
    return Invoice(invoice.id)


def finished(mission):
    "Return the posted invoice of a mission whose members have reported"
    Settlement = Pool().get('coop.settlement')
    for row in mission.members:
        factories.report(mission, row.member)
    factories.accept(mission)
    invoice, = Settlement.invoice(
        Settlement.search([('mission', '=', mission.id)]), DATE)
    return again(invoice)


class DepositTestCase(factories.SettlementTestCase):
    "Test deposits, recalled by mission"

    @with_transaction()
    def test_deposit_of_the_quotation(self):
        "What was signed is asked for once, with VAT, and recalled"
        company = factories.cooperative()
        with set_company(company):
            mission = factories.quoted(company, D(2000))
            self.assertEqual(mission.deposit_due, D('666.67'))
            invoice, = mission.invoice_deposits([mission], DATE)
            self.assertEqual(entry(invoice.move), {
                    ('customer', "Client"): D('800.00'),
                    ('4191', "Client"): D('-666.67'),
                    ('44571', None): D('-133.33')})
            with self.assertRaises(SettlementError):
                mission.ask_deposit([again(mission)])

    @with_transaction()
    def test_two_missions_and_two_rates(self):
        "Each mission recalls its own, each rate by itself"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            client = factories.client()
            first = factories.mission(
                company, [(one, 900)], client_=client)
            second = factories.mission(
                company, [(one, 1800)], client_=client, tax_rate='.1')
            asked(first, 300)
            asked(second, 400)
            asked(second, 100, '.2')
            self.assertEqual(balance(company, '4191'), -800)
            invoice = finished(second)
            self.assertEqual(entry(invoice.move), {
                    ('706', None): -2000, ('4191', "Client"): 400,
                    ('44571', None): -160, ('customer', "Client"): 1760})
            # That of the other rate waits: the mission has nothing at it
            self.assertEqual(
                list(again(second).deposit_balances().values()), [100])
            invoice = finished(first)
            self.assertEqual(entry(invoice.move), {
                    ('706', None): -1000, ('4191', "Client"): 300,
                    ('44571', None): -140, ('customer', "Client"): 840})
            self.assertEqual(balance(company, '4191'), -100)

    @with_transaction()
    def test_never_below_zero(self):
        "No more is recalled than the price, nor than the mission has"
        pool = Pool()
        Line = pool.get('account.invoice.line')
        Settlement = pool.get('coop.settlement')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            client = factories.client()
            mission = factories.mission(
                company, [(one, 900)], client_=client)
            other = factories.mission(
                company, [(one, 900)], client_=client)
            asked(mission, 1500)
            asked(other, 500)
            invoice = finished(mission)
            self.assertEqual(invoice.untaxed_amount, 0)
            self.assertEqual(
                list(again(mission).deposit_balances().values()), [500])
            # By hand, what another mission has
            factories.report(other, one)
            factories.accept(other)
            settlement, = Settlement.search([('mission', '=', other.id)])
            draft = other.client_invoice(DATE)
            draft.save()
            Line.save([
                    other.client_line(
                        draft, factories.account(company, '706'), 1000,
                        "Work", settlement),
                    other.client_line(
                        draft, factories.account(company, '4191'), -600,
                        "Deposit", other)])
            with self.assertRaises(DepositError):
                draft.post_missions([again(draft)])
            # The button of account_deposit recalls that of the mission
            again(draft).call_deposit(
                factories.account(company, '4191'), "Deposit")
            self.assertEqual(again(draft).untaxed_amount, 500)
            draft.post_missions([again(draft)])
            self.assertEqual(again(other).deposit_balances(), {})

    @with_transaction()
    def test_credited(self):
        "A deposit that was credited is not recalled; one recalled comes back"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [(one, 900)])
            deposit = asked(mission, 300)
            Invoice.credit([deposit], refund=True, invoice_date=DATE)
            self.assertEqual(again(mission).deposit_balances(), {})
            asked(mission, 200)
            invoice = finished(mission)
            self.assertEqual(invoice.untaxed_amount, 800)
            Invoice.credit([invoice], refund=True, invoice_date=DATE)
            self.assertEqual(
                list(again(mission).deposit_balances().values()), [200])
