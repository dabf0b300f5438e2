# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories

D = Decimal
DAY = dt.date(2021, 1, 1)


class DebitTestCase(factories.DueTestCase):
    "Test what is debited of members, and followed up"

    def setup_dues(self, company, count=2):
        category = coop.category(company)
        factories.plan(category)
        members = factories.members(company, count, category, DAY)
        return members, factories.call(company, dt.date(2021, 2, 1))

    @with_transaction()
    def test_lines(self):
        "What is open, less credit notes and payments under way"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Journal = pool.get('account.payment.journal')
        Payment = pool.get('account.payment')
        Waiver = pool.get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            members, invoices = self.setup_dues(company)
            self.assertEqual(
                [a for _, a in Invoice.debit_due_lines(members)], [36, 36])
            invoice, = [i for i in invoices if i.due_member == members[0]]
            waiver, = Waiver.create([{
                        'company': company.id, 'member': members[0].id,
                        'invoice': invoice.id, 'amount': D(10),
                        'date': dt.date(2021, 2, 1), 'reason': "Illness"}])
            Waiver.grant([waiver])
            (line, amount), = Invoice.debit_due_lines(members[:1])
            self.assertEqual(amount, 24)
            journal, = Journal.create([{
                        'company': company.id, 'name': "Manual",
                        'currency': company.currency.id,
                        'process_method': 'manual'}])
            Payment.create([{
                        'company': company.id, 'journal': journal.id,
                        'kind': 'receivable', 'party': line.party.id,
                        'line': line.id, 'amount': amount, 'date': DAY}])
            self.assertEqual(Invoice.debit_due_lines(members[:1]), [])
            factories.pay(
                [i for i in invoices if i.due_member == members[1]][0], DAY)
            self.assertEqual(Invoice.debit_due_lines(members), [])

    @with_transaction()
    def test_dunning(self):
        "Late dues are followed up by their procedure, shares are not"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Dunning = pool.get('account.dunning')
        Procedure = pool.get('account.dunning.procedure')
        company = factories.cooperative()
        with set_company(company):
            members, invoices = self.setup_dues(company, 1)
            share_class = coop.share_class(company)
            coop.subscribe(members[0], share_class, 2, DAY)
            procedure, = Procedure.create([{
                        'name': "Dues", 'levels': [('create', [{
                                        'overdue': dt.timedelta(days=10)}])],
                        }])
            Dunning.generate_dunnings(date=dt.date(2021, 3, 1))
            self.assertEqual(Dunning.search([]), [])
            configuration = Configuration(1)
            configuration.due_dunning_procedure = procedure
            configuration.save()
            Dunning.generate_dunnings(date=dt.date(2021, 2, 5))
            self.assertEqual(Dunning.search([]), [])
            Dunning.generate_dunnings(date=dt.date(2021, 3, 1))
            dunning, = Dunning.search([])
            self.assertEqual(
                (dunning.line.move.origin, dunning.procedure),
                (invoices[0], procedure))
