# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_mission.tests import trust
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from . import factories
from .factories import again, balance


def settled(mission, credit, members, member=None):
    "Return a dispute that ends in a credit, not executed yet"
    Dispute = Pool().get('coop.dispute')
    dispute = trust.dispute(
        mission, 'answered', **({'member': member.id} if member else {}))
    Dispute.write([dispute], {
            'settlement': "Partly refunded", 'outcome': 'credit',
            'credit_amount': D(credit), 'member_amount': D(members)})
    Dispute.settle([Dispute(dispute.id)])
    return Dispute(dispute.id)


class DisputeTestCase(factories.SettlementTestCase):
    "Test disputes in the accounts"

    @with_transaction()
    def test_credit(self):
        "The client is credited with VAT, members bear what was settled"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Invoice = pool.get('account.invoice')
        Settlement = pool.get('coop.settlement')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            one, two = factories.workers(company, 2)
            invoice = factories.invoiced(
                company, [(one, 600), (two, 300)], today(company.id))
            mission = invoice.mission
            dispute = settled(mission, 100, 60)
            self.assertEqual(again(mission).state, 'disputed')
            Dispute.execute([dispute])
            credit, = Invoice.search([
                    ('mission', '=', mission.id),
                    ('id', '!=', invoice.id)])
            self.assertEqual(
                (credit.untaxed_amount, credit.total_amount), (-100, -120))
            self.assertEqual(again(mission).state, 'invoiced')
            self.assertEqual(again(invoice).amount_to_pay, 1080)
            self.assertEqual(balance(company, '706'), -900)
            self.assertEqual(balance(company, '44571'), -180)
            born, = Settlement.search([('lines.kind', '=', 'credit')])
            self.assertEqual(
                {l.member: l.amount for l in born.lines},
                {one: -40, two: -20})
            self.assertEqual(born.state, 'confirmed')
            # The rest is paid
            factories.pay(again(invoice), today(company.id))
            self.assertEqual(again(invoice).state, 'paid')
            self.assertEqual(again(mission).state, 'client_paid')

    @with_transaction()
    def test_not_invoiced(self):
        "What the client was not asked for can not be credited"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            one, = factories.workers(company, 1)
            settlement = factories.settled(company, [(one, 900)])
            dispute = settled(settlement.mission, 100, 0)
            with self.assertRaises(SettlementError):
                Dispute.execute([dispute])
