# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import Counter
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.coop_mission.dispute_panel import (
    SIZE, Case, Peer, draw, stakes)

keys = st.integers(1, 40).map(str)
numbers = st.frozensets(st.integers(1, 30), max_size=6)
peers = st.dictionaries(
    keys, st.tuples(st.integers(1, 30), numbers), max_size=25).map(
        lambda rows: [Peer(k, p, who) for k, (p, who) in rows.items()])
cases = st.builds(
    Case, members=st.frozensets(keys, max_size=4),
    referrer=st.none() | keys, parties=numbers, people=numbers,
    for_client=st.frozensets(keys, max_size=4))


class PanelTestCase(TestCase):
    "Test the draw of peers"

    @given(peers, cases, st.text(max_size=20))
    def test_no_stake(self, some, case, seed):
        "Who sits has no stake; who has none can be drawn"
        done = draw(some, case, seed)
        by_key = {p.key: p for p in some}
        for key in done.order:
            peer = by_key[key]
            self.assertNotIn(key, case.members | case.for_client)
            self.assertNotEqual(key, case.referrer)
            self.assertNotIn(peer.party, case.parties)
            self.assertFalse(peer.people & case.people)
        self.assertEqual({*done.order, *done.excluded}, set(by_key))
        self.assertFalse(set(done.order) & done.excluded.keys())
        self.assertTrue(all(done.excluded.values()))

    @given(peers, cases, st.text(max_size=20), st.randoms())
    def test_again(self, some, case, seed, chance):
        "The seed gives the same draw, however the peers are listed"
        shuffled = list(some)
        chance.shuffle(shuffled)
        self.assertEqual(
            draw(some, case, seed).order, draw(shuffled, case, seed).order)

    @given(peers, cases, st.text(max_size=20), st.integers(0, 5))
    def test_declined(self, some, case, seed, count):
        "Who declines is followed by the next, the others stay"
        done = draw(some, case, seed)
        before = done.panel()
        self.assertLessEqual(len(before), SIZE)
        declined = before[:count]
        after = done.panel(declined)
        self.assertFalse(set(after) & set(declined))
        self.assertLessEqual(set(before) - set(declined), set(after))
        self.assertEqual(
            len(after), min(SIZE, len(done.order) - len(declined)))

    def test_every_stake(self):
        "Each stake is told, in its order"
        case = Case(
            frozenset({'1'}), '1', frozenset({7}), frozenset({3}),
            frozenset({'1'}))
        self.assertEqual(
            stakes(Peer('1', 7), case),
            ['mission', 'referrer', 'party', 'client'])
        self.assertEqual(
            stakes(Peer('2', 8, frozenset({3})), case), ['party'])
        self.assertEqual(stakes(Peer('2', 8), case), [])

    def test_fair(self):
        "Over many seeds each peer sits about as often"
        some = [Peer(str(i), i) for i in range(10)]
        times = Counter(
            key for seed in range(3000)
            for key in draw(some, Case(), str(seed)).panel())
        self.assertEqual(sum(times.values()), 3000 * SIZE)
        for peer in some:
            # 900 expected, a standard deviation of 25
            self.assertLess(abs(times[peer.key] - 900), 125)
