# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from .. import capital, leaving, lots, withhold

D = Decimal
cents = st.decimals(0, 10_000, places=2)


def round_(amount):
    return amount.quantize(D('0.01'), ROUND_HALF_EVEN)


class LeavingTestCase(TestCase):
    "Test what a leaver is owed, in which order and when"

    def test_example(self):
        "A loss of 6 000 on a capital of 60 000 takes a tenth of each share"
        loss = leaving.Loss(D(6000), D(60000), D(6000))
        taken = capital.Deltas(10, D(1000), D(1000), D(1000))
        self.assertEqual(leaving.value(taken, 10, loss, round_), D(900))
        # What was subscribed after the closing bears nothing
        self.assertEqual(leaving.value(taken, 4, loss, round_), D(960))
        self.assertEqual(leaving.value(taken, 10, None, round_), D(1000))

    def test_reserves(self):
        "Reserves absorb first, in their order; the capital bears the rest"
        self.assertEqual(
            leaving.loss_borne(D(100), [('a', D(30)), ('b', D(50))]),
            (D(20), [('a', D(30)), ('b', D(50))]))
        self.assertEqual(
            leaving.loss_borne(D(100), [('a', D(30)), ('b', D(500))]),
            (D(0), [('a', D(30)), ('b', D(70))]))

    @given(cents, st.lists(cents, max_size=4))
    def test_reserves_sum(self, losses, amounts):
        borne, absorbed = leaving.loss_borne(
            losses, list(enumerate(amounts)))
        self.assertEqual(borne + sum(a for _, a in absorbed), losses)
        self.assertTrue(borne == 0 or sum(amounts) <= losses)

    @given(cents, st.lists(
            st.integers(1, 100), min_size=1, max_size=8))
    def test_loss_conserved(self, amount, holders):
        "All leavers together bear at most the loss, each at most what he paid"
        total = sum(holders) * D(20)
        borne = D(0)
        for shares in holders:
            loss = leaving.Loss(amount, total, amount - borne)
            paid = shares * D(20)
            taken = capital.Deltas(shares, paid, paid, paid)
            owed = leaving.value(taken, shares, loss, round_)
            self.assertTrue(0 <= owed <= paid)
            borne += paid - owed
        self.assertLessEqual(borne, amount)
        # to a cent each
        self.assertLessEqual(
            abs(min(amount, total) - borne), D('0.01') * len(holders))

    @given(st.integers(1, 50), st.integers(1, 100), st.integers(-50, 6000))
    def test_cancellable(self, quantity, nominal, room):
        "Never more than there is room for, and never one share less"
        done = leaving.cancellable(
            quantity, D(quantity * nominal), D(room))
        self.assertTrue(0 <= done <= quantity)
        self.assertTrue(done == 0 or done * nominal <= room)
        self.assertTrue(done == quantity or (done + 1) * nominal > room)

    @given(st.lists(
            st.tuples(st.dates(dt.date(2020, 1, 1), dt.date(2022, 1, 1)),
                st.integers(-500, 500)), min_size=1, max_size=12,
            unique_by=lambda c: c[0]))
    def test_room(self, changes):
        "What is taken in the room leaves each later day above its floor"
        changes = sorted(changes)
        days = leaving.days(
            changes, D(100), lambda date: D('0.25'), round_)
        start = changes[len(changes) // 2][0]
        room = leaving.room(days, start)
        later = [d for d in days if d.date >= start]
        self.assertEqual(room, min(d.capital - d.floor for d in later))
        highest = 0
        for day, (_, change) in zip(days, changes):
            highest = max(highest, day.capital)
            self.assertEqual(day.highest, highest)
            self.assertEqual(
                day.floor, max(D(100), round_(D(highest) / 4)))

    def test_room_between(self):
        "A day without a change is as the last day before it"
        days = leaving.days(
            [(dt.date(2020, 1, 1), D(1000)), (dt.date(2021, 1, 1), D(200))],
            D(0), lambda date: D('0.25'), round_)
        self.assertEqual(leaving.room(days, dt.date(2020, 6, 1)), D(750))
        self.assertEqual(leaving.room(days, dt.date(2021, 6, 1)), D(900))
        self.assertEqual(leaving.room([], dt.date(2021, 6, 1)), D(0))

    def test_interest(self):
        "Each year has the rate of the 31 December before it"
        rates = {2020: D('0.005'), 2021: D('0.01')}
        parts = leaving.interest(
            D(1000), dt.date(2021, 7, 1), dt.date(2022, 3, 1),
            lambda date: rates[date.year])
        self.assertEqual(
            [(p.start, p.end, p.days, p.rate) for p in parts], [
                (dt.date(2021, 7, 1), dt.date(2022, 1, 1), 184, D('0.005')),
                (dt.date(2022, 1, 1), dt.date(2022, 3, 1), 59, D('0.01'))])
        self.assertEqual(
            round_(sum(p.amount for p in parts)),
            round_(D(1000) * D('0.005') * 184 / 365
                + D(1000) * D('0.01') * 59 / 365))

    @given(st.dates(dt.date(2019, 1, 1), dt.date(2025, 1, 1)),
        st.integers(0, 2500), st.integers(0, 2500))
    def test_interest_adds(self, start, first, second):
        "The interest of two spans is that of the whole"
        middle = start + dt.timedelta(days=first)
        end = middle + dt.timedelta(days=second)

        def amount(start, end):
            return sum(p.amount for p in leaving.interest(
                    D(500), start, end, lambda date: D('0.02')))
        self.assertAlmostEqual(
            amount(start, middle) + amount(middle, end), amount(start, end),
            places=12)

    @given(cents, st.booleans(), st.booleans(), st.booleans())
    def test_withhold(self, gross, legal, professional, exempt):
        "Gross is what is withheld and what is paid"
        withheld = withhold.withhold(
            gross, withhold.Payee(legal, professional, exempt),
            D('0.128'), D('0.186'), round_)
        self.assertEqual(
            withheld.net + withheld.income_tax + withheld.social, gross)
        self.assertGreaterEqual(withheld.net, 0)
        if legal or professional:
            self.assertEqual(withheld.net, gross)
        elif exempt:
            self.assertEqual(withheld.income_tax, 0)
            self.assertEqual(withheld.social, round_(gross * D('0.186')))

    @given(st.lists(st.tuples(
                st.dates(), st.integers(1, 30)), min_size=1, max_size=6),
        st.integers(1, 5), st.integers(1, 5))
    def test_convert(self, held, before, after):
        "Lots that change class give whole shares, of the same value in all"
        converted = lots.convert(sorted(held), D(before), D(after))
        self.assertEqual(
            [(since, out) for since, out, _ in converted], sorted(held))
        self.assertTrue(all(got >= 0 for _, _, got in converted))
        given_, got = [
            sum(c[i] for c in converted) for i in [1, 2]]
        self.assertEqual(got, given_ * before // after)
