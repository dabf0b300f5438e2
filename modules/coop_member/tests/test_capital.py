# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.coop_member.capital import (
    COLUMNS, NOTHING, Call, Deltas, allocate, cancellation, entry,
    history_fault, largest_remainder, open_calls, reduction, share_of,
    subscription)

cents = st.integers(0, 10 ** 9).map(lambda n: Decimal(n) / 100)
nominals = st.integers(1, 10 ** 5).map(lambda n: Decimal(n) / 100)
quantities = st.integers(1, 10 ** 4)


def round_(value):
    return value.quantize(Decimal('0.01'))


@st.composite
def positions(draw):
    quantity, nominal = draw(quantities), draw(nominals)
    subscribed = quantity * nominal
    called = draw(st.decimals(0, subscribed, places=2))
    paid = draw(st.decimals(0, called, places=2))
    return Deltas(quantity, subscribed, called, paid)


class CapitalTestCase(unittest.TestCase):
    "What each operation does to the capital"

    def test_subscription_refused(self):
        for quantity, called in [
                (0, Decimal(0)), (-1, Decimal(0)), (1, Decimal(25)),
                (1, Decimal(-1))]:
            with self.assertRaises(ValueError):
                subscription(quantity, Decimal(24), called)

    @given(positions(), st.data())
    def test_taking_out_leaves_a_position(self, position, data):
        "Taking shares out leaves every column sound, and the last takes all"
        quantity = data.draw(st.integers(1, position.quantity))
        taken = share_of(position, quantity, round_)
        left = position - taken
        self.assertEqual(taken.quantity, quantity)
        if quantity == position.quantity:
            self.assertFalse(left)
        self.assertIsNone(history_fault([(dt.date(2020, 1, 1), left)]))

    @given(positions())
    def test_cancelling_balances(self, position):
        taken = share_of(position, position.quantity, round_)
        value = round_(taken.paid_up / 3)
        deltas = cancellation(taken, value)
        self.assertEqual(
            sum(a for _, a in entry('cancellation', deltas)), 0)
        self.assertEqual(
            dict(entry('cancellation', deltas)).get('loss', 0),
            value - taken.paid_up)
        with self.assertRaises(ValueError):
            cancellation(taken, taken.paid_up + 1)

    @given(positions(), st.data())
    def test_reducing_keeps_the_order_of_the_columns(self, position, data):
        loss = data.draw(st.decimals(
                Decimal('0.01'), position.subscribed, places=2))
        left = position + reduction(position, loss)
        self.assertIsNone(history_fault([(dt.date(2020, 1, 1), left)]))
        self.assertEqual(left.quantity, position.quantity)

    @given(
        st.sampled_from([
                'subscription', 'call', 'transfer_in', 'cancellation',
                'reduction', 'conversion']),
        cents, cents, cents, cents)
    def test_every_entry_balances(self, kind, subscribed, called, paid, claim):
        if kind not in {'cancellation', 'reduction'}:
            claim = Decimal(0)
            paid = paid if kind == 'transfer_in' else Decimal(0)
        deltas = Deltas(1, subscribed, called, paid, claim)
        amounts = dict(entry(kind, deltas))
        loss = amounts.pop('loss', Decimal(0))
        # Paid capital given to another member moves between paid-up accounts
        if kind == 'transfer_in':
            loss = deltas.paid_up
        self.assertEqual(sum(amounts.values()), -loss)

    @given(cents)
    def test_payment_leaves_the_debt_to_the_bank_line(self, paid):
        amounts = dict(entry('payment', Deltas(paid_up=paid)))
        self.assertNotIn('receivable', amounts)
        self.assertEqual(sum(amounts.values()), 0)
        amounts = dict(entry('payment', Deltas(paid_up=paid), in_kind=True))
        self.assertEqual(sum(amounts.values()), 0)
        self.assertEqual(amounts.get('contribution', 0), paid)

    def test_history_names_the_first_day_that_is_wrong(self):
        first, second = dt.date(2020, 1, 1), dt.date(2020, 1, 2)
        self.assertEqual(
            history_fault([
                    (second, Deltas(1, Decimal(1))),
                    (first, Deltas(-1, Decimal(-1)))])[::2],
            (first, 'quantity'))
        for name, deltas in [
                ('subscribed', Deltas(1, called=Decimal(1))),
                ('called', Deltas(1, paid_up=Decimal(1))),
                ('paid_up', Deltas(
                        1, Decimal(1), Decimal(1), Decimal(-1))),
                ('claim', Deltas(claim=Decimal(-1)))]:
            self.assertEqual(
                history_fault([(first, deltas)])[::2], (first, name))

    def test_a_day_is_looked_at_as_a_whole(self):
        day = dt.date(2020, 1, 1)
        out = Deltas(-1, Decimal(-1))
        self.assertIsNone(history_fault([(day, out), (day, -out)]))

    @given(
        st.lists(st.tuples(st.sampled_from('AB'), cents), max_size=8),
        cents, cents, cents)
    def test_allocation_oldest_first(self, calls, paid_a, paid_b, amount):
        calls = [Call(i, c, a) for i, (c, a) in enumerate(calls)]
        open_ = open_calls(calls, {'A': paid_a, 'B': paid_b})
        parts, rest = allocate(amount, open_)
        self.assertEqual(sum(p for _, p in parts) + rest, amount)
        self.assertEqual([c for c, _ in parts], open_[:len(parts)])
        for call, part in parts[:-1]:
            self.assertEqual(part, call.amount)
        if rest:
            self.assertEqual(
                sum(c.amount for c in open_), amount - rest)

    @given(
        st.integers(0, 10 ** 7),
        st.lists(st.integers(0, 10 ** 6), min_size=1, max_size=20).filter(any))
    def test_largest_remainder(self, units, weights):
        total = Decimal(units) / 100
        parts = largest_remainder(total, weights)
        self.assertEqual(sum(parts), total)
        for part, weight in zip(parts, weights):
            self.assertLess(
                abs(part - total * weight / sum(weights)), Decimal('0.01'))

    def test_largest_remainder_tie(self):
        "Ties go to the first: 100.00 over three nearly equal weights"
        self.assertEqual(
            largest_remainder(Decimal(100), [240001, 240001, 239998]),
            [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')])
        self.assertEqual(
            largest_remainder(Decimal('0.01'), [1, 1]),
            [Decimal('0.01'), Decimal(0)])
        with self.assertRaises(ValueError):
            largest_remainder(Decimal(1), [0])

    def test_columns(self):
        self.assertFalse(NOTHING)
        self.assertTrue(all(Deltas(**{c: 1}) for c in COLUMNS))
