# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..batch import Payment, paid_by

DAYS = [dt.date(2022, 3, 1), dt.date(2022, 3, 2)]


@st.composite
def batches(draw):
    "Payments of a group, of a few days and batches"
    return [
        Payment(
            key=key, amount=Decimal(draw(st.integers(1, 50))),
            day=draw(st.sampled_from(DAYS)),
            batch=draw(st.sampled_from([None, 'A', 'B'])),
            returned=draw(st.booleans()))
        for key in range(draw(st.integers(1, 6)))]


def total(payments):
    return sum(p.amount for p in payments)


class BatchTestCase(unittest.TestCase):
    "Test which payments one line of the bank pays"

    payments = [
        Payment('first', Decimal(10), DAYS[0], 'A'),
        Payment('recurrent', Decimal(20), DAYS[0], 'B'),
        Payment('late', Decimal(10), DAYS[1], 'C'),
        ]

    def paid(self, amount, payments=None):
        return paid_by(payments or self.payments, Decimal(amount))

    def test_all(self):
        self.assertEqual(self.paid(40), ['first', 'recurrent', 'late'])

    def test_day(self):
        self.assertEqual(self.paid(30), ['first', 'recurrent'])

    def test_batch(self):
        "Of two batches the same, that of the earlier day"
        self.assertEqual(self.paid(20), ['recurrent'])
        self.assertEqual(self.paid(10), ['first'])

    def test_none(self):
        self.assertIsNone(self.paid(15))

    def test_returned(self):
        "The line may hold what was returned: it is not paid"
        first, *others = self.payments
        payments = [
            Payment('first', Decimal(10), DAYS[0], 'A', returned=True),
            *others]
        for amount in [40, 30]:
            self.assertEqual(
                self.paid(amount, payments), ['recurrent', 'late'])
        self.assertEqual(self.paid(10, payments), ['late'])

    @given(batches())
    def test_whole(self, payments):
        "With or without what was returned, all that was not is paid"
        kept = [p for p in payments if not p.returned]
        for amount in [total(payments), total(kept)]:
            self.assertEqual(
                paid_by(payments, amount), [p.key for p in kept] or None)

    @given(batches(), st.integers(1, 300))
    def test_never_returned(self, payments, amount):
        "What is paid was not returned, and is no more than the line"
        keys = paid_by(payments, Decimal(amount))
        if keys is not None:
            paid = [p for p in payments if p.key in keys]
            self.assertTrue(paid)
            self.assertFalse(any(p.returned for p in paid))
            self.assertLessEqual(total(paid), amount)
