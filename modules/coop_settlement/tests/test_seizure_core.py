# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from collections import Counter
from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from ..seizure_core import Seizure, earned, reach, serve

D = Decimal
amounts = st.decimals(1, 5_000, places=2)
days = st.integers(1, 30)
rows = st.lists(
    st.tuples(days, st.decimals(-2_000, 5_000, places=4)), min_size=1,
    max_size=6)


def claims(*lefts, **values):
    return [
        Seizure(key, 'M', values.get('rank', 1), 20, D(left))
        for key, left in zip('abcdef', lefts)]


def got(amount, whole, earned, seizures, taken=()):
    return {s.key: a for s, a in serve(
            D(amount), D(whole), earned, taken, seizures)}


@st.composite
def cases(draw):
    whole = draw(amounts)
    seizures = [
        Seizure(
            key, 'M', draw(st.integers(1, 2)), draw(days), draw(amounts),
            draw(st.booleans()))
        for key in range(draw(st.integers(0, 5)))]
    return (
        draw(st.just(whole) | st.decimals(0, whole, places=2)), whole,
        earned(whole, draw(rows)), seizures)


class SeizureCoreTestCase(unittest.TestCase):
    "Test whom a debt to a member goes to"

    def test_earned(self):
        self.assertEqual(
            earned(D('1200'), [(1, D(600)), (20, D(240)), (25, D(360))]),
            ((1, 600), (20, 240), (25, 360)))
        # To the cent
        self.assertEqual(
            earned(D(100), [(1, D(1)), (2, D(1)), (3, D(1))]),
            ((1, D('33.34')), (2, D('33.33')), (3, D('33.33'))))

    def test_earned_back(self):
        "What was given back lessens the work before it"
        self.assertEqual(
            earned(D(900), [(10, D(1000)), (15, D(-600)), (20, D(500))]),
            ((10, 400), (15, 0), (20, 500)))
        self.assertEqual(
            earned(D(400), [(5, D(-100)), (10, D(500))]),
            ((5, 0), (10, 400)))

    @given(st.decimals(0, 5_000, places=2), rows)
    def test_earned_any(self, total, rows):
        found = earned(total, rows)
        self.assertEqual(sum(a for _, a in found), total)
        self.assertTrue(all(a >= 0 for _, a in found))
        self.assertEqual([d for d, _ in found], sorted({d for d, _ in rows}))
        levels = [reach(total, found, day) for day in range(0, 31)]
        self.assertEqual(levels, sorted(levels))
        self.assertEqual(reach(total, found, 30), total)

    @given(rows)
    def test_earned_exact(self, rows):
        "Of a debt that is the sum of its rows, within cents of each day"
        rows = sorted((d, round(a, 2)) for d, a in rows)
        sums = dict(zip(
                (d for d, _ in rows), accumulate(a for _, a in rows)))
        total = max(sums[rows[-1][0]], D(0))
        found = earned(total, rows)
        if not total:
            return
        for day in sums:
            self.assertEqual(
                reach(total, found, day),
                max(min(s for d, s in sums.items() if d >= day), 0))

    def test_until_notice(self):
        "A bill of a month is caught up to the day of the notice"
        june = ((5, D(400)), (20, D(200)), (28, D(400)))
        self.assertEqual(got(1000, 1000, june, claims(5000)), {'a': 600})
        self.assertEqual(got(1000, 1000, june, claims(500)), {'a': 500})
        self.assertEqual(
            got(1000, 1000, june, [Seizure('t', 'M', 1, 1, D(5000), True)]),
            {'t': 1000})
        # The member had the rest of it before
        self.assertEqual(got(600, 1000, june, claims(5000)), {'a': 600})
        # The creditor had a part of it before: no more than was earned
        self.assertEqual(
            got(900, 1000, june, claims(5000), [(20, D(100))]), {'a': 500})
        self.assertEqual(
            got(400, 1000, june, claims(5000), [(20, D(600))]), {})

    def test_same_day(self):
        "Acts of one day share by their claims, to the cent"
        self.assertEqual(
            got(100, 100, (), claims(300, 100)), {'a': 75, 'b': 25})
        self.assertEqual(
            got(100, 100, (), claims(100, 100, 100)),
            {'a': D('33.33'), 'b': D('33.33'), 'c': D('33.34')})
        self.assertEqual(
            got(1000, 1000, (), claims(300, 100)), {'a': 300, 'b': 100})

    def test_order(self):
        "The rank, then the day"
        first, second, third = claims(80, 80, 80)
        second.date, third.rank = 19, 0
        self.assertEqual(
            got(200, 200, (), [first, second, third]),
            {'c': 80, 'b': 80, 'a': 40})

    def test_reaches(self):
        "Who reaches further takes first what is out of the reach of others"
        june = ((20, D(600)), (28, D(400)))
        tax = Seizure('t', 'M', 1, 1, D(500), True)
        after, = claims(5000, rank=2)
        self.assertEqual(
            got(1000, 1000, june, [tax, after]), {'t': 500, 'a': 500})
        # What he was paid of it before counts alike
        self.assertEqual(
            got(500, 1000, june, claims(5000), [(None, D(500))]),
            {'a': 500})
        # On the same day they share all, as far as each of them reaches
        for attached, shared in [
                (600, {'t': 500, 'a': 500}), (1200, {'t': 400, 'a': 600})]:
            tax = Seizure('t', 'M', 1, 20, D(600), True)
            self.assertEqual(
                got(1000, 1000, june, [tax, *claims(attached)]), shared)

    @given(cases())
    def test_any(self, case):
        amount, whole, earned, seizures = case
        claims = {s.key: s.left for s in seizures}
        found = Counter()
        for seizure, part in serve(amount, whole, earned, (), seizures):
            self.assertGreater(part, 0)
            found[seizure.key] += part
        total = sum(found.values())
        self.assertLessEqual(total, amount)
        for seizure in seizures:
            self.assertEqual(
                claims[seizure.key], seizure.left + found[seizure.key])
            self.assertGreaterEqual(seizure.left, 0)
            # No set of reaches gets more than the widest of them covers
            limit = reach(whole, earned, seizure.until)
            self.assertLessEqual(sum(
                    found[s.key] for s in seizures
                    if reach(whole, earned, s.until) <= limit), limit)
            # Nothing that he reaches is left while he waits
            if seizure.left and total < amount:
                reaches = {
                    s.key: reach(whole, earned, s.until) for s in seizures}
                self.assertTrue(any(
                        further == sum(
                            found[k] for k, r in reaches.items()
                            if r <= further)
                        for further in reaches.values() if further >= limit))
        # Who is served later changes nothing for who is served before
        if seizures:
            first = min((s.rank, s.date) for s in seizures)
            alone = [
                Seizure(
                    s.key, s.member, s.rank, s.date, claims[s.key], s.future)
                for s in seizures if (s.rank, s.date) == first]
            self.assertEqual(
                {s.key: a for s, a in serve(
                        amount, whole, earned, (), alone)},
                {s.key: found[s.key] for s in alone if found[s.key]})


if __name__ == '__main__':
    unittest.main()
