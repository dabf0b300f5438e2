# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.coop_mission.evaluation_mean import (
    HIGHEST, LOWEST, Mean, means, shrink)

ratings = st.lists(
    st.integers(LOWEST, HIGHEST).map(Decimal), min_size=1, max_size=60)
some_mean = st.decimals(LOWEST, HIGHEST, places=3)


class MeanTestCase(TestCase):
    "Test the mean that is drawn to that of all"

    @given(ratings, some_mean)
    def test_between(self, given_, overall):
        "It lies between the own mean and that of all"
        own = sum(given_) / len(given_)
        shown = shrink(sum(given_), len(given_), overall)
        tiny = Decimal('1e-20')
        self.assertLessEqual(min(own, overall) - tiny, shown)
        self.assertLessEqual(shown, max(own, overall) + tiny)

    @given(st.integers(LOWEST, HIGHEST), st.integers(1, 200), some_mean)
    def test_more_is_nearer(self, rating, count, overall):
        "With each evaluation more, of the same mean, it is nearer to it"
        before = shrink(Decimal(rating * count), count, overall)
        after = shrink(Decimal(rating * (count + 1)), count + 1, overall)
        self.assertLessEqual(abs(rating - after), abs(rating - before))

    @given(ratings, st.integers(LOWEST, HIGHEST - 1), some_mean)
    def test_monotone(self, given_, rating, overall):
        "A better evaluation never makes it lower"
        total, count = sum(given_), len(given_) + 1
        self.assertLess(
            shrink(total + rating, count, overall),
            shrink(total + rating + 1, count, overall))

    @given(st.dictionaries(st.integers(), ratings, min_size=1, max_size=8))
    def test_all(self, by_member):
        "Without weight each is the own mean; with it the order may change"
        sums = {k: (sum(v), len(v)) for k, v in by_member.items()}
        found = means(sums)
        self.assertEqual(found.keys(), sums.keys())
        for key, mean in means(sums, weight=0).items():
            self.assertEqual(mean.own, mean.shown)
            self.assertEqual(mean.own, found[key].own)
            self.assertEqual(mean.count, len(by_member[key]))

    def test_one_five(self):
        "One five comes after forty of four and a half"
        found = means({
                'one': (Decimal(5), 1), 'forty': (Decimal(180), 40),
                'others': (Decimal(60), 20)})
        self.assertLess(found['one'].shown, found['forty'].shown)
        self.assertEqual(found['one'].own, Decimal(5))

    def test_figures(self):
        "By hand: all are 3.5 in the mean, and count five times more"
        self.assertEqual(means({'a': (9, 2), 'b': (5, 2)}), {
                'a': Mean(2, Decimal('4.50'), Decimal('3.79')),
                'b': Mean(2, Decimal('2.50'), Decimal('3.21')),
                })

    def test_none(self):
        "Without evaluations there is nothing to show"
        self.assertEqual(means({'a': (0, 0)}), {})
        self.assertEqual(means({}), {})
        with self.assertRaises(ValueError):
            shrink(Decimal(0), 0, Decimal(3))
