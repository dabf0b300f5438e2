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
from .test_vat import accounts, process, proof


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


def proof_quarter(company, date):
    "Return the period of a date, as the proof takes it"
    Period = Pool().get('account.period')
    period, = Period.search([
            ('fiscalyear.company', '=', company.id),
            ('type', '=', 'standard'),
            ('start_date', '<=', date), ('end_date', '>=', date)])
    return period.start_date, period.end_date


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
            self.assertEqual(credit.corrects, invoice)
            self.assertIn(invoice.number, credit.comment)
            self.assertIn(
                invoice.invoice_date.strftime('%m/%d/%Y'), credit.comment)
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

    @with_transaction()
    def test_vat(self):
        "The VAT of the credit note is taken back as that of the rest is due"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Invoice = pool.get('account.invoice')
        Period = pool.get('account.period')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            date = today(company.id)
            years = factories.this_year(company, 2)
            quarters = [
                (p.start_date, p.end_date) for p in Period.search([
                        ('fiscalyear', 'in', [y.id for y in years]),
                        ('end_date', '>=', date),
                        ], order=[('start_date', 'ASC')])]
            invoice = factories.invoiced(company, [(one, 900)], date)
            Dispute.execute([settled(invoice.mission, 100, 0)])
            credit, = Invoice.search([('corrects', '=', invoice.id)])
            process(invoice, credit)
            # Nothing is paid: nothing is due, nothing is taken back
            values = proof(company, quarters[0])
            self.assertEqual(
                accounts(values)['44571'], (180, 0, 0, 180, 0))
            self.assertTrue(values['holds'])
            # A part of what is left, then the rest in the quarter that follows
            factories.pay(again(invoice), date, 600, process=False)
            process(invoice)
            values = proof(company, quarters[0])
            self.assertEqual(
                accounts(values)['44571'], (180, 0, 100, 80, 0))
            self.assertTrue(values['holds'])
            factories.pay(again(invoice), quarters[1][0], process=False)
            process(invoice, credit)
            self.assertEqual(
                [again(i).state for i in [invoice, credit]],
                ['paid', 'paid'])
            values = proof(company, quarters[0])
            self.assertEqual(
                accounts(values)['44571'], (180, 0, 100, 80, 0))
            self.assertTrue(values['holds'])
            values = proof(company, quarters[1])
            self.assertEqual(
                accounts(values)['44571'], (180, 100, 80, 0, 0))
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_vat_delegated(self):
        "A credit note pays nothing where somebody else is to pay either"
        pool = Pool()
        Delegate = pool.get('account.move.line.delegate', type='wizard')
        Dispute = pool.get('coop.dispute')
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            date = today(company.id)
            factories.this_year(company)
            quarter = proof_quarter(company, date)
            invoice = factories.invoiced(company, [(one, 900)], date)
            Move.post([Delegate.delegate_lines(
                        list(invoice.lines_to_pay),
                        factories.client("Insurer"),
                        invoice.move.journal)])
            Dispute.execute([settled(again(invoice.mission), 100, 0)])
            credit, = Invoice.search([('corrects', '=', invoice.id)])
            process(invoice, credit)
            invoice = again(invoice)
            self.assertEqual(
                (invoice.state, invoice.amount_to_pay), ('posted', 1080))
            self.assertEqual(invoice.cash_paid_ratio, 0)
            self.assertEqual(invoice.paid_by(date), (1200, 0))
            values = proof(company, quarter)
            self.assertEqual(
                accounts(values)['44571'], (180, 0, 0, 180, 0))
            self.assertTrue(values['holds'])
            factories.pay(invoice, date, 600, process=False)
            process(invoice, credit)
            values = proof(company, quarter)
            self.assertEqual(
                accounts(values)['44571'], (180, 0, 100, 80, 0))
            self.assertTrue(values['holds'])

    @with_transaction()
    def test_two_invoices(self):
        "Each invoice has its credit note; then what was paid is to give back"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Invoice = pool.get('account.invoice')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.this_year(company)
            mission = factories.quoted(company, 900)
            date = today(company.id)
            one = mission.members[0].member
            Mission = pool.get('coop.mission')
            deposit, = Mission.invoice_deposits([mission], date)
            Mission.start([again(mission)])
            factories.report(again(mission), one, date)
            factories.accept(mission)
            factories.vat(one, 'receipts')
            Settlement = pool.get('coop.settlement')
            rest, = Settlement.invoice(
                Settlement.search([('mission', '=', mission.id)]), date)
            deposit, rest = again(deposit), again(rest)
            whole = [deposit.untaxed_amount, rest.untaxed_amount]
            factories.pay(rest, date, 120)
            left = again(rest).amount_to_pay
            Dispute.execute([settled(again(mission), sum(whole) - 50, 0)])
            credits = Invoice.search(
                [('corrects', '!=', None)], order=[('id', 'ASC')])
            self.assertEqual(
                [(c.corrects, -c.untaxed_amount) for c in credits], [
                    (deposit, whole[0]), (rest, whole[1] - 100),
                    (rest, D(50))])
            self.assertEqual(-credits[1].total_amount, left)
            process(deposit, rest, *credits)
            self.assertEqual(
                [again(i).state for i in [deposit, rest, *credits]],
                ['paid', 'paid', 'paid', 'paid', 'posted'])

    @with_transaction()
    def test_status_of_the_service(self):
        "What members bear is taxed as the service that it corrects"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        VatStatus = pool.get('coop.vat.status')
        company = factories.cooperative()
        pool.get('coop.dispute').lock()
        with set_company(company):
            factories.this_year(company)
            factories.rate(company)
            one, = factories.workers(company, 1, 'franchise')
            factories.vat(one, 'receipts', today(company.id))
            invoice = factories.invoiced(
                company, [(one, 900)], today(company.id))
            Dispute.execute([settled(invoice.mission, 100, 60)])
            credit, = pool.get('coop.settlement.line').search(
                [('kind', '=', 'credit')])
            self.assertEqual(credit.amount, -60)
            self.assertEqual(
                VatStatus.required(one, credit.date).status, 'franchise')
