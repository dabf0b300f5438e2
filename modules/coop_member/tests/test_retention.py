# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import RetentionError
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)


class RetentionTestCase(factories.CoopTestCase):
    "Test what is withheld for shares"

    @with_transaction()
    def test_withhold(self):
        "It gathers whole shares, never beyond cap, debt and what is called"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Retention = pool.get('coop.share.retention')
        company = factories.cooperative()
        with set_company(company):
            payable = factories.payable(company)
            share_class = factories.share_class(company, nominal=D(50))
            member, = factories.members(company, 1)
            retention, = Retention.create([{
                        'company': company.id, 'member': member.id,
                        'start_date': DAY, 'method': 'rate',
                        'rate': D('.1'), 'cap': D(120)}])
            with self.assertRaises(RetentionError):
                Retention.activate([retention])
            retention.agreement = b'signed'
            retention.save()
            Retention.activate([retention])

            def owe(amount, date=DAY):
                line = factories.owed(member, amount, date, payable)
                withheld = Retention.withhold(
                    member.party, company, amount, date, line)
                return withheld, factories.open_balance(member, payable)

            self.assertEqual(owe(D(100)), (D(0), D(-100)))
            factories.subscriptions([member], share_class, 2, DAY)
            steps = [
                # owed, withheld, then paid-up and waiting as an advance
                (D('333.33'), D('33.33'), D(0), D('33.33')),
                (D('200.00'), D('20.00'), D(50), D('3.33')),
                (D('400.00'), D('40.00'), D(50), D('43.33')),
                (D('400.00'), D('6.67'), D(100), D(0)),
                (D('400.00'), D(0), D(100), D(0)),
                ]
            left = D(100)
            for owed, withheld, paid_up, advance in steps:
                left += owed - withheld
                self.assertEqual(owe(owed), (withheld, -left))
                self.assertEqual(
                    Movement.position(member, share_class).paid_up, paid_up)
                self.assertEqual(
                    factories.balance(company, 'advance'), -advance)
                self.assertEqual(Movement.verify_register(company), [])
            self.assertEqual(Retention(retention.id).retained, D(100))
            factories.subscriptions([member], share_class, 1, DAY)
            self.assertEqual(owe(D(900))[0], D(20))  # the cap
            self.assertEqual(Retention(retention.id).retained, D(120))
            Retention.end([retention])
            self.assertEqual(owe(D(900))[0], D(0))
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_debit_under_way(self):
        "What a direct debit is about to pay is not withheld, nor paid twice"
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        Payment = pool.get('account.payment')
        Retention = pool.get('coop.share.retention')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            payable = factories.payable(company)
            share_class = factories.share_class(company, nominal=D(50))
            member, = factories.members(company, 1)
            retention, = Retention.create([{
                        'company': company.id, 'member': member.id,
                        'start_date': DAY, 'method': 'rate', 'rate': D(1),
                        'cap': D(500), 'agreement': b'signed'}])
            Retention.activate([retention])

            def withhold():
                line = factories.owed(member, D(200), DAY, payable)
                return Retention.withhold(
                    member.party, company, D(200), DAY, line)

            def debit_lines():
                return Subscription.debit_lines(subscriptions)

            subscriptions = [
                factories.subscriptions([member], share_class, 1, DAY)[0]
                for _ in range(2)]
            (line, amount), _ = debit_lines()
            journal, = Journal.create([{
                        'name': "Debit", 'company': company.id,
                        'currency': company.currency.id,
                        'process_method': 'manual'}])
            payment, = Payment.create([{
                        'company': company.id, 'journal': journal.id,
                        'kind': 'receivable', 'party': member.party.id,
                        'line': line.id, 'amount': amount, 'date': DAY}])
            self.assertEqual(amount, D(50))
            self.assertEqual(withhold(), D(50))
            # It paid the oldest call, which the debit pays too
            self.assertEqual(debit_lines(), [])
            self.assertEqual(withhold(), D(0))
            Payment.write([payment], {'state': 'failed'})
            self.assertEqual(len(debit_lines()), 1)
            self.assertEqual(withhold(), D(50))
