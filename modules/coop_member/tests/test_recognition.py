# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from copy import deepcopy
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..capital import Call
from ..recognition import Money, Payment, pay, receivables, take_back

D = Decimal
amounts = st.integers(1, 10000).map(lambda cents: D(cents) / 100)
signed = st.integers(-10000, 10000).filter(bool).map(lambda c: D(c) / 100)


@st.composite
def situations(draw):
    "Moneys and the payments that recognise part of those that came in"
    moneys, payments = [], []
    for key in range(draw(st.integers(1, 6))):
        amount = draw(signed)
        if amount > 0 and draw(st.booleans()):
            payments.append(Payment(f'p{key}', key, amount))
            amount = draw(st.sampled_from([D(0), D(1)]))
        sources = frozenset()
        if key and amount < 0 and draw(st.booleans()):
            sources = frozenset([draw(st.integers(0, key - 1))])
        moneys.append(Money(key, amount, sources))
    return moneys, payments


class RecognitionTestCase(unittest.TestCase):
    "Test which money pays which call"

    @given(situations())
    def test_take_back_conserves(self, situation):
        "What is netted and undone is what the rests lose, never more"
        moneys, payments = situation
        before = {m.key: m.rest for m in moneys}
        nets, undos = take_back(moneys, payments)
        explained = dict.fromkeys(before, D(0))
        for net in nets:
            self.assertGreater(net.amount, 0)
            explained[net.credit] += net.amount
            explained[net.debit] -= net.amount
        for undo in undos:
            self.assertTrue(0 < undo.amount <= undo.payment.amount)
            explained[undo.debit] -= undo.amount
        for money in moneys:
            self.assertEqual(
                before[money.key] - explained[money.key], money.rest)
            self.assertGreaterEqual(money.rest * before[money.key], 0)
        self.assertEqual(
            len({u.payment.key for u in undos}), len(undos))

    @given(situations())
    def test_take_back_complete(self, situation):
        "Money went back unexplained only when nothing is left to take"
        moneys, payments = situation
        _, undos = take_back(moneys, payments)
        if any(m.rest < 0 for m in moneys):
            self.assertFalse(any(m.rest > 0 for m in moneys))
            self.assertEqual(
                {u.payment.key for u in undos}, {p.key for p in payments})

    @given(st.lists(amounts, max_size=5), st.lists(amounts, max_size=5),
        st.data())
    def test_pay(self, received, called, data):
        "All that can be paid is, the oldest call first"
        calls = [
            Call(i, data.draw(st.sampled_from('AB')), amount)
            for i, amount in enumerate(called)]
        moneys = [Money(i, amount) for i, amount in enumerate(received)]
        parts = pay(moneys, calls)
        total = sum(part for _, _, part in parts)
        self.assertEqual(total, min(sum(received), sum(called)))
        paid = {c.key: D(0) for c in calls}
        for _, call, part in parts:
            paid[call.key] += part
        for call in calls:
            self.assertLessEqual(paid[call.key], call.amount)
            if paid[call.key] < call.amount:
                self.assertFalse(any(
                        paid[c.key] for c in calls if c.key > call.key))
        again = deepcopy(moneys)
        self.assertEqual(
            pay(again, [
                    Call(c.key, c.share_class, c.amount - paid[c.key])
                    for c in calls if c.amount > paid[c.key]]), [])

    def test_own_source_first(self):
        "A cancelled receipt takes back itself, not the newest payment"
        moneys = [Money('cancel', D(-10), frozenset(['first']))]
        payments = [
            Payment('p1', 'first', D(10)), Payment('p2', 'second', D(20))]
        _, (undo,) = take_back(moneys, payments)
        self.assertEqual(undo.payment.key, 'p1')

    def test_excess_goes_back(self):
        "Paying back an excess takes no payment back"
        moneys = [Money('excess', D(5)), Money('refund', D(-5))]
        nets, undos = take_back(moneys, [Payment('p', 'first', D(20))])
        self.assertEqual((len(nets), undos), (1, []))

    def test_receivables_of_transfer(self):
        "What leaves the holding settles the oldest call of the class"
        rows = [
            (1, 'A', 's1', D(100), D(0)),
            (2, 'A', 's2', D(50), D(0)),
            (3, 'B', 's3', D(10), D(0)),
            (4, 'A', None, D(-60), D(0)),
            (5, 'A', 's2', D(0), D(30)),
            ]
        self.assertEqual(
            [(c.key, c.amount) for c in receivables(rows)],
            [(1, D(40)), (2, D(20)), (3, D(10))])
