# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import mandate_use
from ..exceptions import MandateError
from ..mandate_lapse import last_day, used_since
from . import factories

TODAY = dt.date(2026, 5, 20)
dates = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


class MandateLapseTestCase(unittest.TestCase):
    "Test when a mandate lapses"

    def test_36_months(self):
        for used, last in [
                (dt.date(2023, 5, 20), dt.date(2026, 5, 20)),
                (dt.date(2020, 2, 29), dt.date(2023, 2, 28))]:
            self.assertEqual(last_day(used), last)

    @given(dates, dates)
    @example(dt.date(2021, 2, 28), dt.date(2024, 2, 29))
    @example(dt.date(2020, 2, 29), dt.date(2023, 2, 28))
    def test_both_ways(self, used, date):
        "A list of what lives at a date holds what may be used on it"
        self.assertEqual(last_day(used) >= date, used >= used_since(date))


class MandateUseTestCase(factories.CoopTestCase):
    "Test until when, and for whom, a mandate may be used"

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(
                mandate_use, 'today', return_value=TODAY))

    def lapsed(self):
        Mandate = Pool().get('account.payment.sepa.mandate')
        return set(Mandate.search([('lapsed', '=', True)]))

    @with_transaction()
    def test_lapse(self):
        "36 months after its signature or its last presentation"
        Mandate = Pool().get('account.payment.sepa.mandate')
        company = factories.cooperative()
        with set_company(company):
            journal = factories.sepa_journal(company)
            last, unused, used, planned, draft = [
                factories.mandate(
                    factories.person(name),
                    f'FR76300060000100000000{number}',
                    signature_date=signed)
                for name, number, signed in [
                    ("Last", '00152', dt.date(2023, 5, 20)),
                    ("Unused", '00249', dt.date(2023, 5, 19)),
                    ("Used", '00346', dt.date(2015, 1, 1)),
                    ("Planned", '00443', dt.date(2015, 1, 1)),
                    ("Draft", '00540', dt.date(2015, 1, 1))]]
            Mandate.write([draft], {'state': 'draft'})
            # Returned, but presented
            factories.direct_debits(journal, [used],
                date=dt.date(2024, 3, 31), state='failed',
                sepa_mandate_sequence_type='RCUR')
            factories.direct_debits(
                journal, [planned], date=dt.date(2026, 3, 31))
            self.assertEqual(self.lapsed(), {unused, planned})
            for mandate, presented, until in [
                    (last, None, dt.date(2026, 5, 20)),
                    (unused, None, dt.date(2026, 5, 19)),
                    (used, dt.date(2024, 3, 31), dt.date(2027, 3, 31)),
                    (planned, None, dt.date(2018, 1, 1))]:
                mandate = Mandate(mandate.id)
                self.assertEqual(
                    (mandate.last_presented, mandate.lapses_on),
                    (presented, until))
            self.assertEqual(
                [Mandate(m.id).is_valid for m in [last, unused, used]],
                [True, False, True])

    @with_transaction()
    def test_refused(self):
        "A direct debit is refused by a mandate that is no more at its date"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            journal = factories.sepa_journal(company)
            lapsed = factories.mandate(
                factories.person("Ann"), signature_date=dt.date(2022, 1, 1))
            lives = factories.mandate(
                factories.person("Bob"), 'FR7630006000010000000000249',
                signature_date=dt.date(2023, 6, 1))
            first, = factories.direct_debits(journal, [lapsed], date=TODAY)
            # The mandate is found by the party
            found, = factories.direct_debits(
                journal, [lapsed], date=TODAY, sepa_mandate=None)
            late, = factories.direct_debits(
                journal, [lives], date=dt.date(2026, 6, 2))
            good, = factories.direct_debits(
                journal, [lives], date=dt.date(2026, 6, 1))
            for payment in [first, found, late]:
                for act in [Payment.submit, Payment.process]:
                    # As it was submitted while the mandate lived
                    Payment.write([payment], {
                            'state': 'draft' if act == Payment.submit
                            else 'submitted'})
                    with self.assertRaises(MandateError) as raised:
                        act([payment])
                    self.assertIn(payment.rec_name, raised.exception.message)
            Payment.submit([good])
            self.assertEqual(good.state, 'submitted')

    @with_transaction()
    def test_b2b(self):
        "Between businesses only, which the identifier or the member says"
        pool = Pool()
        Identifier = pool.get('party.identifier')
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            names = ["Firm", "Legal", "Micro", "Private", "Nobody", "Tax"]
            firm, legal, micro, private, nobody, tax = map(
                factories.person, names)
            Identifier.create([
                    {'party': firm.id, 'type': 'fr_siren',
                        'code': '552100554'},
                    {'party': tax.id, 'type': 'fr_nif',
                        'code': '3023217600053'}])
            factories.applicant(legal, category, legal_person=True)
            factories.applicant(
                micro, category, professional_status='micro')
            factories.applicant(
                private, category, professional_status='private')
            numbers = ['00152', '00249', '00346', '00443', '00540', '00637']
            for party, number, allowed in zip(
                    [firm, legal, micro, private, nobody, tax], numbers,
                    [True] * 3 + [False] * 3):
                number = f'FR76300060000100000000{number}'
                with self.subTest(party=party.name):
                    mandate = factories.mandate(party, number)
                    self.assertIn('8 weeks', mandate.refund_right)
                    mandate.state = 'draft'
                    mandate.scheme = 'B2B'
                    if allowed:
                        mandate.save()
                        self.assertIn('not refunded', mandate.refund_right)
                    else:
                        with self.assertRaises(MandateError):
                            mandate.save()
