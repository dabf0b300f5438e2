# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from trytond.model.exceptions import (
    AccessButtonError, AccessError, SQLConstraintError)
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import mandate_use, present_again
from ..exceptions import PresentAgainError
from ..return_reason import PRESENTED_AGAIN, REASONS
from . import factories

TODAY = dt.date(2022, 3, 15)
LATER = dt.date(2022, 4, 1)


class PresentAgainTestCase(factories.CoopTestCase):
    "Test the new presentation of what a bank returned"

    def setUp(self):
        super().setUp()
        for module in [mandate_use, present_again]:
            self.enterContext(patch.object(
                    module, 'today', return_value=TODAY))

    def returned(self, company, *codes):
        "Return failed payments with the codes"
        Payment = Pool().get('account.payment')
        mandate = factories.mandate(factories.person("Ann"))
        payments = factories.direct_debits(
            factories.sepa_journal(company), [mandate] * len(codes),
            date=dt.date(2022, 3, 1), state='failed', reference="Dues",
            sepa_mandate_sequence_type='RCUR')
        for payment, code in zip(payments, codes):
            payment.sepa_return_reason_code = code
        Payment.save(payments)
        return Payment.browse(payments)

    def refused(self, text, payment, date=LATER):
        with self.assertRaises(PresentAgainError) as raised:
            payment.present([payment], date)
        self.assertIn(text, raised.exception.message)
        self.assertIn(payment.rec_name, raised.exception.message)

    @with_transaction()
    def test_again(self):
        "The same is debited again, once, on another day"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            payment, = self.returned(company, 'AM04')
            self.assertEqual(payment.return_reason, 'AM04')
            again, = Payment.present([payment], LATER)
            self.assertEqual(
                (again.state, again.date, again.amount, again.party,
                    again.journal, again.sepa_mandate, again.reference),
                ('draft', LATER, Decimal(10), payment.party,
                    payment.journal, payment.sepa_mandate, "Dues"))
            self.assertEqual(again.presents_again, payment)
            self.assertIsNone(again.sepa_return_reason_code)
            payment = Payment(payment.id)
            self.assertTrue(payment.presented_again)
            self.assertEqual(
                Payment.search([('presented_again', '=', True)]), [payment])
            self.refused("already", payment)
            with self.assertRaises(SQLConstraintError):
                payment._presented_at(LATER).save()

    @with_transaction()
    def test_reasons(self):
        "A closed account is not debited again, nor a mandate that is none"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            payments = self.returned(company, *REASONS, 'XX99', None)
            for payment in payments:
                code = payment.sepa_return_reason_code
                with self.subTest(code=code):
                    if code in PRESENTED_AGAIN:
                        again, = Payment.present([payment], LATER)
                        self.assertEqual(again.presents_again, payment)
                    elif not code:
                        self.refused("no return reason", payment)
                    else:
                        self.refused(REASONS.get(code, code), payment)
            self.assertLessEqual(
                {'AC04', 'MD01', 'MD06', 'MD07', 'MS02'},
                REASONS.keys() - PRESENTED_AGAIN)
            self.assertEqual(
                Payment.search([('return_reason', '=', 'MD07')]),
                [p for p in payments if p.return_reason == 'MD07'])

    @with_transaction()
    def test_reason_entered(self):
        "A reason on paper is entered by its name"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            payment, = self.returned(company, None)
            payment.return_reason = 'MS03'
            payment.save()
            payment = Payment(payment.id)
            self.assertEqual(payment.sepa_return_reason_code, 'MS03')
            self.assertEqual(len(Payment.present([payment], LATER)), 1)

    @with_transaction()
    def test_at_most(self):
        "No more than the configuration allows"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Payment = pool.get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            payment, = self.returned(company, 'AM04')
            for presented in [1, 2]:
                payment, = Payment.present([payment], LATER)
                self.assertEqual(payment.new_presentations, presented)
                Payment.write([payment], {
                        'state': 'failed', 'sepa_return_reason_code': 'AM04'})
                payment = Payment(payment.id)
            self.refused("2 times", payment)
            configuration = Configuration(1)
            configuration.max_presentations = 3
            configuration.save()
            self.assertEqual(len(Payment.present([payment], LATER)), 1)

    @with_transaction()
    def test_not_now(self):
        "What did not fail, or of a day that has passed, is refused"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            payment, other = self.returned(company, 'AM04', 'AM04')
            self.refused("in the past", payment, dt.date(2022, 3, 14))
            Payment.write([other], {'state': 'submitted'})
            self.refused("only a SEPA direct debit", Payment(other.id))

    @with_transaction()
    def test_line(self):
        "No more than is owed on the line, however often it was debited"
        pool = Pool()
        Payment = pool.get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            # Money taken back leaves a debt that no share calls
            member, = factories.members(company, 1)
            move = factories.receive(member, Decimal(-25), TODAY)
            line, = (l for l in move.lines if l.party)
            line.maturity_date = TODAY
            line.save()
            mandate = factories.mandate(member.party)
            payments = factories.direct_debits(
                factories.sepa_journal(company), [mandate] * 3,
                amount=Decimal(15), date=dt.date(2022, 3, 1), line=line.id)
            Payment.write(payments, {
                    'state': 'failed', 'sepa_return_reason_code': 'AM04'})
            first, second, third = Payment.browse(payments)
            new = Payment.present([first, second], LATER)
            self.assertEqual(
                [p.amount for p in new], [Decimal(15), Decimal(10)])
            self.refused("Nothing is left", third)

    @with_transaction()
    def test_access(self):
        "Only who makes payments presents again"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Payment = pool.get('account.payment')
        Wizard = pool.get('coop.payment.present_again', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            payment, = self.returned(company, 'AM04')
            user = factories.user('user', 'administration', company=company)
            pays = factories.user('pays', 'administration', company=company)
            pays.groups = [
                *pays.groups,
                ModelData.get_id('account_payment', 'group_payment')]
            pays.save()
            with factories.as_user(user):
                with self.assertRaises((AccessError, AccessButtonError)):
                    Payment.present_again([Payment(payment.id)])
                with self.assertRaises(AccessError):
                    Wizard.create()
            with factories.as_user(pays):
                Payment.present_again([Payment(payment.id)])
                session, _, _ = Wizard.create()
                Wizard.delete(session)
