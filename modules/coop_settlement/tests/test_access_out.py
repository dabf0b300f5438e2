# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model import ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions_out import BillError
from . import factories_out, lists
from .factories import again

# What a member reads of their own
OWN = ['coop.billing.mandate', 'coop.bill', 'coop.settlement.statement']
# What is for the accountants
CLOSED = [
    'coop.seizure', 'coop.payment.block', 'coop.fund.movement',
    'coop.fund.advance', 'coop.payment.run', 'coop.payment.run.line',
    'coop.payment.run.part', 'coop.settlement.year_end',
    'coop.settlement.year_end.line']


class AccessOutTestCase(factories_out.PayoutTestCase):
    "Test who reaches what members are paid"

    @with_transaction()
    def test_member(self):
        "A member reads own mandates, bills and statements, and no more"
        pool = Pool()
        company = factories_out.cooperative()
        with set_company(company):
            lists.paid(2)
            bills = pool.get('coop.bill').search([], order=[('id', 'ASC')])
            member = bills[0].member
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                for name in OWN:
                    Model = pool.get(name)
                    with self.subTest(name):
                        rows = Model.search([])
                        self.assertEqual(
                            {r.member.id for r in rows}, {member.id})
                for name in CLOSED:
                    with self.subTest(name), self.assertRaises(AccessError):
                        pool.get(name).search([])
                Bill = pool.get('coop.bill')
                view = pool.get('ir.ui.view').search(
                    [('name', '=', 'bill_own_form')])
                fields = Bill.fields_view_get(view[0].id, 'form')['fields']
                row, = Bill.read([bills[0].id], [*fields, 'rec_name'])
                self.assertEqual(row['total'], 2000)

    @with_transaction()
    def test_stranger(self):
        "A member answers own bills alone, and presses nothing else"
        pool = Pool()
        company = factories_out.cooperative()
        with set_company(company):
            lists.paid(2)
            category = coop.category(company, 'X')
            own, other = factories_out.workers(
                company, 2, 'franchise', category=category)
            bills = {
                b.member: b for b in factories_out.billed(
                    company, [(own, 100), (other, 200)], state='proposed')}
            user = coop.user('member', 'member', member=own)
            Bill = pool.get('coop.bill')
            with coop.as_user(user):
                for button in Bill._buttons:
                    with self.subTest(button), self.assertRaises(
                            (AccessError, AccessButtonError)):
                        getattr(Bill, button)([Bill(bills[other].id)])
                for name in [*CLOSED, *OWN]:
                    Model = pool.get(name)
                    if not issubclass(Model, ModelView):
                        continue
                    with unchecked():
                        records = Model.search(
                            [('member', '!=', own.id)]
                            if name in OWN else [], limit=1)
                    with self.subTest(name):
                        for record in records:
                            for button in Model._buttons:
                                with self.assertRaises(
                                        (AccessError, AccessButtonError)):
                                    getattr(Model, button)(
                                        [Model(record.id)])
                            with self.assertRaises(AccessError):
                                Model.delete([Model(record.id)])
                with self.assertRaises(BillError):
                    Bill.write([Bill(bills[own].id)], {
                            'own_amount': Decimal(9)})
                Bill.write([Bill(bills[own].id)], {'contest_reason': "No"})
                Bill.contest([Bill(bills[own].id)])
                Bill.accept([Bill(bills[own].id)])
            self.assertEqual(again(bills[own]).state, 'accepted')
            self.assertEqual(again(bills[other]).state, 'proposed')

    @with_transaction()
    def test_revoke(self):
        "A member revokes the own mandate, not a colleague's"
        Mandate = Pool().get('coop.billing.mandate')
        company = factories_out.cooperative()
        with set_company(company):
            own, other = factories_out.workers(company, 2, 'franchise')
            mandates = {m.member: m for m in Mandate.search([])}
            user = coop.user('member', 'member', member=own)
            with coop.as_user(user):
                with self.assertRaises((AccessError, AccessButtonError)):
                    Mandate.revoke([Mandate(mandates[other].id)])
                with self.assertRaises((AccessError, AccessButtonError)):
                    Mandate.activate([Mandate(mandates[own].id)])
                Mandate.revoke([Mandate(mandates[own].id)])
            mandate = again(mandates[own])
            self.assertEqual(
                (mandate.state, mandate.revoked_by), ('revoked', user))

    @with_transaction()
    def test_office(self):
        "The office bills, the accountants pay"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Run = pool.get('coop.payment.run')
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(
                company, [(member, 100)], state='proposed')
            run = factories_out.run(
                company, factories_out.journal(company), state='draft')
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                Bill.accept([Bill(bill.id)])
                with self.assertRaises((AccessError, AccessButtonError)):
                    Run.prepare([Run(run.id)])
                with self.assertRaises(AccessError):
                    Seizure.search([])
            accountant = coop.user('books', 'accountant', company=company)
            with coop.as_user(accountant):
                Run.prepare([Run(run.id)])
                Seizure.search([])
            auditor = coop.user('auditor', 'auditor', company=company)
            with coop.as_user(auditor):
                self.assertEqual(len(Run.search([])), 1)
                with self.assertRaises((AccessError, AccessButtonError)):
                    Run.approve([Run(run.id)])


def unchecked():
    "The context of nobody in particular, to whom nothing is hidden"
    return Transaction().set_context(_check_access=False)
