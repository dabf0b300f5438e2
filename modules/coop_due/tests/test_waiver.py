# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import DueError
from . import factories

D = Decimal
DAY = dt.date(2021, 1, 1)


class WaiverTestCase(factories.DueTestCase):
    "Test dues that are given back"

    def setup_invoice(self, company, **values):
        category = coop.category(company)
        factories.plan(category, **values)
        factories.members(company, 1, category, DAY)
        return factories.call(company, DAY)[0]

    def waive(self, invoice, amount):
        Waiver = Pool().get('coop.due.waiver')
        return Waiver.create([{
                    'company': invoice.company.id,
                    'member': invoice.due_member.id, 'invoice': invoice.id,
                    'amount': D(amount), 'date': DAY,
                    'reason': "Illness"}])[0]

    @with_transaction()
    def test_whole(self):
        "A waiver of the whole settles the invoice"
        pool = Pool()
        Waiver = pool.get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            invoice = self.setup_invoice(company)
            waiver = self.waive(invoice, 15)
            Waiver.grant([waiver])
            credit = waiver.credit_note
            self.assertEqual(
                (credit.state, credit.total_amount), ('posted', -18))
            self.assertIn(invoice.number, credit.lines[0].description)
            self.assertNotIn("Illness", credit.lines[0].description)
            member = invoice.due_member
            self.assertEqual(member.dues_unpaid, 0)
            self.assertTrue(all(
                    l.reconciliation for l in
                    invoice.__class__(invoice.id).lines_to_pay))
            self.assertEqual(factories.balance(company, 'revenue'), 0)
            due = Pool().get('coop.due').search([('kind', '=', 'waiver')])
            self.assertEqual(
                [(d.amount, d.explanation) for d in due],
                [(-15, "Illness")])
            # What was waived is not called again
            self.assertEqual(factories.call(company, DAY), [])

    @with_transaction()
    def test_part(self):
        "Several parts, never more than the invoice; revoked it is owed"
        Waiver = Pool().get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            invoice = self.setup_invoice(company)
            first, second = [self.waive(invoice, a) for a in [10, 6]]
            Waiver.grant([first])
            self.assertEqual(invoice.due_member.dues_unpaid, 6)
            with self.assertRaisesRegex(DueError, r"left of the .*5\.00"):
                Waiver.grant([second])
            Waiver.revoke([first])
            member = invoice.due_member
            self.assertEqual(
                member.__class__(member.id).dues_unpaid, 18)
            Waiver.grant([second])

    @with_transaction()
    def test_erased(self):
        "The reason is among what is erased of a person, and no other's"
        pool = Pool()
        Erase = pool.get('party.erase', type='wizard')
        Waiver = pool.get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            invoice = self.setup_invoice(company)
            waiver = self.waive(invoice, 15)
            Waiver.grant([waiver])
            other, = factories.members(
                company, 1, coop.category(company, 'O'), DAY)
            session, _, _ = Erase.create()
            for member, expected in [
                    (invoice.due_member, {
                            'coop.due.waiver',
                            'sale.subscription.line.consumption'}),
                    (other, set())]:
                texts = Erase(session)._texts_to_erase(member.party.id)
                found = {
                    Model.__name__ for Model, domain, *_ in texts
                    if Model.__name__ not in {'account.move.line'}
                    and Model.search(domain)}
                self.assertEqual(found, expected)

    @with_transaction()
    def test_fixed(self):
        "What is granted is not changed"
        Waiver = Pool().get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            waiver = self.waive(self.setup_invoice(company), 15)
            user = coop.user('office', 'administration', company=company)
            with coop.as_user(user):
                with self.assertRaises(DueError):
                    Waiver.write([waiver], {'state': 'granted'})
                Waiver.grant([waiver])
                with self.assertRaises(DueError):
                    Waiver.write([waiver], {'amount': D(1)})
                with self.assertRaises(DueError):
                    Waiver.delete([waiver])
