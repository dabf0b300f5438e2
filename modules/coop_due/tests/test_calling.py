# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import DueError, DuePlanError
from . import factories
from .factories import call, called, event, total

D = Decimal


def day(month, number=1, year=2021):
    return dt.date(year, month, number)


class CallingTestCase(factories.DueTestCase):
    "Test what is called of members, and invoiced"

    def setup_member(self, company, count=1, admitted=day(1), **values):
        "Return a plan and members who owe its dues"
        category = coop.category(company)
        plan = factories.plan(category, **values)
        return plan, factories.members(company, count, category, admitted)

    @with_transaction()
    def test_invoice(self):
        "15 euros a month with 20 % VAT, posted, once"
        company = factories.cooperative()
        with set_company(company):
            plan, members = self.setup_member(company, 3)
            invoices = call(company, day(1))
            self.assertEqual(len(invoices), 3)
            for invoice in invoices:
                self.assertEqual(invoice.state, 'posted')
                self.assertEqual(invoice.invoice_date, day(1))
                self.assertEqual(
                    (invoice.untaxed_amount, invoice.tax_amount), (15, 3))
                self.assertEqual(invoice.party, invoice.due_member.party)
                line, = invoice.lines
                self.assertEqual(
                    line.description, "Dues from 01/01/2021 to 01/31/2021")
                # As statements of account name it
                self.assertEqual(
                    [l.description_used for l in invoice.lines_to_pay],
                    ["Dues"])
            self.assertEqual(
                [factories.balance(company, code) for code in [
                        'customer', 'revenue', 'tax']], [54, -45, -9])
            self.assertEqual(call(company, day(1, 31)), [])
            self.assertEqual(len(call(company, day(2))), 3)
            self.assertEqual(called(members[0]), [
                    ('call', day(1), day(1, 31), 15),
                    ('call', day(2), day(2, 28), 15)])

    @with_transaction()
    def test_several_periods(self):
        "What was not called in time is called at once, on one invoice"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            invoice, = call(company, day(3))
            self.assertEqual(len(invoice.lines), 3)
            self.assertEqual(invoice.untaxed_amount, 45)

    @with_transaction()
    def test_newcomer(self):
        "Who enters on the 17th owes the days from then on"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(
                company, admitted=day(11, 17))
            call(company, day(11, 17))
            self.assertEqual(called(member), [
                    ('call', day(11, 17), day(11, 30), 7)])
            due, = Pool().get('coop.due').search([])
            self.assertIn("14 of 30 days", due.explanation)
            call(company, day(12))
            self.assertEqual(total(member), 22)

    @with_transaction()
    def test_frequencies(self):
        "A year costs the same in one, four or twelve calls"
        company = factories.cooperative()
        with set_company(company):
            counts = {'1': 10, '3': 4, '6': 2, '12': 1}
            members = {}
            for months in counts:
                category = coop.category(company, f'C{months}')
                factories.plan(
                    category, name=f"Dues {months}", months=months)
                members[months], = factories.members(
                    company, 1, category, day(3, 10))
            for month in range(3, 13):
                call(company, day(month, 10))
            for months, count in counts.items():
                with self.subTest(months):
                    self.assertEqual(len(called(members[months])), count)
                    self.assertEqual(total(members[months]), D('145.65'))

    @with_transaction()
    def test_anniversary(self):
        "Periods counted from the day of the member are whole"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(
                company, admitted=day(1, 31), calendar='anniversary',
                months='3')
            call(company, day(5, 10))
            self.assertEqual(called(member), [
                    ('call', day(1, 31), day(4, 29), 45),
                    ('call', day(4, 30), day(7, 30), 45)])

    @with_transaction()
    def test_departure(self):
        "What was called for the days after the last one is given back"
        pool = Pool()
        Subscription = pool.get('sale.subscription')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company, months='12')
            invoice, = call(company, day(1))
            self.assertEqual(invoice.untaxed_amount, 180)
            event(member, 'departure', day(9, 15))
            credit, = call(company, day(9, 20))
            self.assertEqual(credit.untaxed_amount, D('-52.50'))
            self.assertEqual(credit.due_member, member)
            self.assertEqual(called(member)[1:], [
                    ('adjustment', day(9, 16), day(12, 31), D('-52.50'))])
            subscription, = Subscription.search([])
            self.assertEqual(
                (subscription.state, subscription.end_date),
                ('closed', day(9, 15)))
            self.assertEqual(call(company, day(1, year=2022)), [])
            self.assertEqual(member.dues_unpaid, D('153.00'))

    @with_transaction()
    def test_departure_told_before(self):
        "A last day known before is counted when the month is called"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            call(company, day(1))
            event(member, 'departure', day(2, 14))
            call(company, day(2))
            call(company, day(3))
            self.assertEqual(called(member), [
                    ('call', day(1), day(1, 31), 15),
                    ('call', day(2), day(2, 14), D('7.50'))])

    @with_transaction()
    def test_suspension(self):
        "Nothing is owed of a suspension, whenever it is entered"
        pool = Pool()
        Subscription = pool.get('sale.subscription')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            call(company, day(3))
            event(member, 'suspension', day(2, 15), reason="Illness")
            credit, = call(company, day(3, 5))
            self.assertEqual(credit.untaxed_amount, D('-22.50'))
            self.assertEqual(call(company, day(4)), [])
            subscription, = Subscription.search([])
            self.assertEqual(subscription.state, 'closed')
            event(member, 'resumption', day(4, 16))
            call(company, day(5))
            self.assertEqual(
                [s.state for s in Subscription.search(
                        [], order=[('id', 'ASC')])], ['closed', 'running'])
            # January, half of February and of April, and May
            self.assertEqual(total(member), 45)

    @with_transaction()
    def test_suspension_with_its_end(self):
        "A suspension whose end is known takes out its days"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company, months='3')
            event(member, 'suspension', day(2), reason="Illness")
            event(member, 'resumption', day(3))
            call(company, day(1))
            self.assertEqual(called(member), [
                    ('call', day(1), day(3, 31), 30)])

    @with_transaction()
    def test_reversal(self):
        "What was entered by mistake and reversed changes nothing"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            call(company, day(3))
            departure = event(member, 'departure', day(2, 14))
            call(company, day(3, 2))
            self.assertEqual(total(member), D('22.50'))
            Event.reverse(departure, "wrong member")
            call(company, day(3, 3))
            self.assertEqual(total(member), 45)
            call(company, day(4))
            self.assertEqual(total(member), 60)

    @with_transaction()
    def test_category(self):
        "Who changes owes one category until then, the other from then on"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            other = coop.category(company, 'O')
            factories.plan(other, name="Other dues", amount=D(30))
            call(company, day(4))
            event(member, 'category', day(4, 16), category=other)
            call(company, day(4, 20))
            call(company, day(5))
            self.assertEqual(
                [amount for *_, amount in called(member)],
                [15, 15, 15, 15, D('-7.50'), 15, 30])

    @with_transaction()
    def test_back(self):
        "Who left and comes back owes dues again"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            call(company, day(1))
            event(member, 'departure', day(1, 31))
            call(company, day(2))
            self.assertEqual(total(member), 15)
            for kind in ['application', 'admission', 'activation']:
                event(member, kind, day(6, 16), category=member.category)
            call(company, day(6, 16))
            self.assertEqual(called(member)[1:], [
                    ('call', day(6, 16), day(6, 30), D('7.50'))])

    @with_transaction()
    def test_rates(self):
        "A new rate counts from its period on; what was used stays"
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(
                company, rates=[{'date': day(3), 'amount': D(18)}])
            call(company, day(2))
            used = plan.rates[-1]
            self.assertEqual(used.date, day(1))
            for change in [
                    lambda: used.__class__.write([used], {'amount': D(1)}),
                    lambda: used.__class__.delete([used])]:
                with self.assertRaisesRegex(AccessError, "later date"):
                    change()
            with self.assertRaisesRegex(DuePlanError, '"Called"'):
                plan.months = '12'
                plan.save()
            call(company, day(3))
            self.assertEqual(total(member), 48)

    @with_transaction()
    def test_no_rate(self):
        "Days before the first rate are refused by name"
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            plan = factories.plan(category, start=day(3))
            plan.start_date = day(1)
            plan.save()
            factories.members(company, 1, category, day(1))
            with self.assertRaisesRegex(DueError, "no rate at 01/01/2021"):
                call(company, day(1))

    @with_transaction()
    def test_members_there_already(self):
        "A new plan begins the dues of those who are members already"
        Plan = Pool().get('coop.due.plan')
        Subscription = Pool().get('sale.subscription')
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            member, left = factories.members(company, 2, category, day(1))
            event(left, 'departure', day(2))
            plan = factories.plan(category, start=day(3))
            Plan.begin([plan])
            subscription, = Subscription.search([])
            self.assertEqual(
                (subscription.member, subscription.start_date,
                    subscription.state), (member, day(3), 'running'))
            Plan.begin([plan])
            self.assertEqual(Subscription.search([], count=True), 1)

    @with_transaction()
    def test_without_address(self):
        "Who can not be invoiced waits, and hinders nobody"
        pool = Pool()
        Address = pool.get('party.address')
        Subscription = pool.get('sale.subscription')
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            without, other = factories.members(company, 2, category, day(1))
            Address.delete(Address.search(
                    [('party', '=', without.party.id)]))
            factories.plan(category)
            self.assertEqual(len(call(company, day(1))), 1)
            waiting, = Subscription.search([('state', '=', 'draft')])
            self.assertEqual(waiting.member, without)
            Address.create([{'party': without.party.id, 'city': "Lyon"}])
            self.assertEqual(len(call(company, day(1))), 1)
            self.assertEqual([total(m) for m in [without, other]], [15, 15])

    @with_transaction()
    def test_cancelled_invoice(self):
        "What was on a cancelled invoice is called again when reviewed"
        pool = Pool()
        Subscription = pool.get('sale.subscription')
        Invoice = pool.get('account.invoice')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            invoices = call(company, day(1))
            company.cancel_invoice_out = True
            company.save()
            Invoice.cancel(invoices)
            self.assertEqual(call(company, day(1)), [])
            Subscription.review_dues(Subscription.search([]))
            self.assertEqual(len(call(company, day(1))), 1)
            self.assertEqual(member.dues_unpaid, 18)

    @with_transaction()
    def test_unpaid(self):
        "What is unpaid is what is open on the invoices, with the tax"
        company = factories.cooperative()
        with set_company(company):
            plan, (member, other) = self.setup_member(company, 2)
            invoices = call(company, day(1))
            self.assertEqual(
                [(m.dues_unpaid, m.dues_overdue) for m in [member, other]],
                [(18, 18)] * 2)
            invoice, = [i for i in invoices if i.due_member == member]
            factories.pay(invoice, day(1, 5))
            self.assertEqual(
                [m.__class__(m.id).dues_unpaid for m in [member, other]],
                [0, 18])

    @with_transaction()
    def test_other_subscriptions(self):
        "What Tryton does with subscriptions leaves the dues alone"
        pool = Pool()
        Line = pool.get('sale.subscription.line')
        Subscription = pool.get('sale.subscription')
        company = factories.cooperative()
        with set_company(company):
            plan, (member,) = self.setup_member(company)
            Line.generate_consumption(date=day(3))
            Subscription.generate_invoice(date=day(3))
            self.assertEqual(called(member), [])
            self.assertEqual(
                Pool().get('account.invoice').search([]), [])
            call(company, day(3))
            self.assertEqual(total(member), 45)
