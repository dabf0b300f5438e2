# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from . import factories, factories_out
from .factories import again

D = Decimal
MONTH = factories.DATE.replace(day=1)


class ActivityStatementTestCase(factories_out.PayoutTestCase):
    "Test what employees of the cooperative are told each month"

    def employees(self, company, count=1):
        employees = factories.workers(
            company, count,
            category=coop.category(company, 'S', salaried=True))
        for employee in employees:
            contact, = Pool().get('party.contact_mechanism').create([{
                        'party': employee.party.id, 'type': 'email',
                        'value': f'{employee.id}@example.com'}])
        return employees

    def make(self, company, month=MONTH):
        Statement = Pool().get('coop.settlement.statement')
        return {s.member: s for s in Statement.make(company, month)}

    @with_transaction()
    def test_figures(self):
        "From the price to what is left to the activity; invoiced, paid, owed"
        pool = Pool()
        Settlement = pool.get('coop.settlement')
        Statement = pool.get('coop.settlement.statement')
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company)
            employee, = self.employees(company)
            referrer, = factories_out.workers(
                company, 1, 'franchise',
                category=coop.category(company, 'I'))
            first = factories.settled(
                company, [(employee, 880)], costs=[("Train", 50)],
                referrer=referrer.id, title="Network of the bakery",
                client_=factories.client("Bakery"))
            factories.settled(
                company, [(employee, 1800)], title="Site of the school",
                client_=factories.client("School"))
            invoice, = Settlement.invoice([first], factories.DATE)
            factories.pay(invoice, amount=invoice.total_amount / 2)
            statement = self.make(company)[employee]
            self.assertTrue(statement.salaried)
            self.assertEqual({
                    name: getattr(statement, name) for name in [
                        'price', 'contribution', 'referred', 'referral',
                        'costs', 'activity', 'invoiced', 'received',
                        'awaited']}, {
                    'price': 3000, 'contribution': 300, 'referred': 20,
                    'referral': 0, 'costs': 50, 'activity': 2730,
                    'invoiced': 1050, 'received': 525, 'awaited': 2525})
            # What is lost was not received
            invoice.__class__.write([invoice], {'written_off': True})
            self.assertEqual(
                sum(l.received for l in factories.again(first).lines), 0)
            self.assertEqual(
                statement.activity, sum(l.amount for l in statement.lines))
            self.assertFalse(pool.get('coop.bill').search([
                        ('member', '=', employee.id)]))
            Statement.deliver([statement])
            statement = again(statement)
            text = factories_out.text(statement.file)
            for word in [
                    "Network of the bakery", "Site of the school", "Bakery",
                    "School", "3,000.00", "300.00", "2,730.00", "1,050.00",
                    "525.00", "2,525.00", "activity"]:
                with self.subTest(word):
                    self.assertIn(word, text)
            self.assertNotIn("Net to transfer", text)
            self.assertEqual(len(factories_out.pages(statement.file)), 1)
            mail, = self.mails_to(f'{employee.id}@example.com')
            self.assertIn("activity", mail['Subject'])
            self.assertTrue(statement.sent_at)

    @with_transaction()
    def test_once(self):
        "Work is told once, also what was accepted after its month was told"
        Settlement = Pool().get('coop.settlement')
        Statement = Pool().get('coop.settlement.statement')
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company)
            employee, = self.employees(company)
            first = factories.settled(company, [(employee, 900)])
            statement = self.make(company)[employee]
            # Accepted once the month was told
            factories.settled(company, [(employee, 90)])
            self.assertFalse(self.make(company))
            following = self.make(
                company, MONTH + relativedelta(months=1))[employee]
            self.assertEqual(
                (statement.activity, following.activity), (900, 90))
            self.assertFalse(
                self.make(company, MONTH + relativedelta(months=2)))
            with self.assertRaisesRegex(SettlementError, "delete"):
                Settlement.cancel([first])
            Statement.delete([statement])
            Settlement.cancel([Settlement(first.id)])
            self.assertFalse(self.make(company))

    @with_transaction()
    def test_not_before(self):
        "What is done after the month, or by others, is not told"
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company)
            employee, = self.employees(company)
            independent, = factories_out.workers(
                company, 1, 'franchise',
                category=coop.category(company, 'I'))
            factories.settled(company, [(employee, 900), (independent, 90)])
            before = MONTH - dt.timedelta(days=1)
            self.assertFalse(self.make(company, before.replace(day=1)))
            statements = self.make(company)
            self.assertEqual(statements.keys(), {employee})
            bills = self.make(company, today(company.id).replace(day=1))
            self.assertEqual(
                {m: s.salaried for m, s in bills.items()},
                {independent: False})

    @with_transaction()
    def test_access(self):
        "An employee reads and prints the own statement, nobody else's"
        pool = Pool()
        Report = pool.get('coop.settlement.statement.letter', type='report')
        Statement = pool.get('coop.settlement.statement')
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = self.employees(company, 2)
            factories.settled(company, [(one, 900), (two, 1800)])
            statements = self.make(company)
            view, = pool.get('ir.ui.view').search([
                    ('name', '=', 'statement_form'),
                    ('model', '=', Statement.__name__)])
            user = coop.user('employee', 'member', member=one)
            with coop.as_user(user):
                rows = Statement.search([])
                self.assertEqual(rows, [statements[one]])
                names = Statement.fields_view_get(view.id, 'form')['fields']
                row, = Statement.read([rows[0].id], [*names, 'rec_name'])
                self.assertEqual(row['activity'], 900)
                _, content, _, _ = Report.execute([statements[one].id], {})
                self.assertIn("900.00", factories_out.text(content))
                foreign = statements[two].id
                for act in [
                        lambda: Report.execute([foreign], {}),
                        lambda: Statement.read([foreign], ['activity']),
                        lambda: Statement.write(
                            [Statement(rows[0].id)], {'activity': D(1)}),
                        lambda: Statement.delete([Statement(rows[0].id)])]:
                    with self.assertRaises(AccessError):
                        act()
