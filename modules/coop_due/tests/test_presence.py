# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..periods import Period
from ..presence import of_category, stays

START = dt.date(2020, 1, 1)


def day(number):
    return START + dt.timedelta(days=number)


def life(*events):
    return [(kind, day(number), *(category or [None]))
        for kind, number, *category in events]


@st.composite
def lives(draw):
    "A life as coop_member allows it"
    number, events, state = 0, [], None
    follow = {
        None: ['admission'], 'admitted': ['activation', 'departure'],
        'active': ['suspension', 'category', 'departure'],
        'suspended': ['resumption', 'category', 'departure'],
        'left': ['admission']}
    after = {
        'admission': 'admitted', 'activation': 'active',
        'suspension': 'suspended', 'resumption': 'active',
        'departure': 'left'}
    for _ in range(draw(st.integers(0, 10))):
        kind = draw(st.sampled_from(follow[state]))
        category = draw(st.sampled_from('AB')) if kind in {
            'admission', 'category'} else None
        events.append((kind, day(number), category))
        state = after.get(kind, state)
        # What follows a departure counts from the next day on
        number += draw(st.integers(kind == 'departure', 40))
    return events


class PresenceTestCase(unittest.TestCase):
    "Test on which days dues are owed"

    def days(self, events, start_on='admission'):
        return [
            ((s.period.start - START).days,
                None if s.period.end == dt.date.max
                else (s.period.end - START).days, s.category)
            for s in stays(events, start_on)]

    def test_life(self):
        "From the admission to the last day, but for the suspension"
        events = life(
            ('application', 0, 'A'), ('admission', 2, 'A'),
            ('activation', 5), ('suspension', 10), ('resumption', 20),
            ('notice', 25), ('departure', 30))
        self.assertEqual(self.days(events), [(2, 9, 'A'), (20, 30, 'A')])
        self.assertEqual(
            self.days(events, 'activation'), [(5, 9, 'A'), (20, 30, 'A')])

    def test_category(self):
        "A change counts from its day, also during a suspension"
        self.assertEqual(
            self.days(life(
                    ('admission', 0, 'A'), ('activation', 0),
                    ('category', 5, 'B'), ('suspension', 8),
                    ('category', 9, 'A'), ('resumption', 10))),
            [(0, 4, 'A'), (5, 7, 'B'), (10, None, 'A')])

    def test_back(self):
        "Who comes back owes again, in the new category"
        self.assertEqual(
            self.days(life(
                    ('admission', 0, 'A'), ('departure', 5),
                    ('application', 6, 'A'), ('admission', 8, 'B'))),
            [(0, 5, 'A'), (8, None, 'B')])

    def test_never_a_member(self):
        self.assertEqual(
            self.days(life(('application', 0, 'A'), ('refusal', 3))), [])
        self.assertEqual(
            self.days(life(
                    ('admission', 0, 'A'), ('departure', 5)), 'activation'),
            [])

    def test_limits(self):
        "A plan owes nothing before its first day and after its last"
        events = life(('admission', 0, 'A'))
        self.assertEqual(
            of_category(stays(events), 'A', day(3), day(9)),
            [Period(day(3), day(9))])
        self.assertEqual(of_category(stays(events), 'B'), [])

    @given(lives(), st.sampled_from(['admission', 'activation']))
    def test_order(self, events, start_on):
        "Stays are in order and have no day in common"
        found = stays(events, start_on)
        for stay in found:
            self.assertLessEqual(stay.period.start, stay.period.end)
        for one, other in zip(found, found[1:]):
            self.assertLess(one.period.end, other.period.start)

    @given(lives())
    def test_categories(self, events):
        "Each day of a stay is of one category, and counted once"
        found = stays(events)
        total = sum(
            (min(s.period.end, day(1000)) - s.period.start).days + 1
            for s in found)
        parts = sum(
            (min(p.end, day(1000)) - p.start).days + 1
            for c in 'AB' for p in of_category(found, c))
        self.assertEqual(total, parts)
