# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..fund_core import Fund, Request

D = Decimal
amounts = st.decimals(0, 10_000, places=2)
clients = st.sampled_from('ABC')
shares = st.sampled_from([D('.25'), D('1') / 3, D(1)])
requests = st.lists(st.tuples(clients, st.integers(1, 28), amounts)).map(
    lambda rows: [Request(i, *row) for i, row in enumerate(rows)])


class FundTestCase(unittest.TestCase):
    "Test what the mutual fund may advance"

    def test_oldest_first(self):
        "The oldest promise comes first, the last one gets what is left"
        fund = Fund(D(1000))
        self.assertEqual(
            fund.grant([
                    Request('late', 'A', 20, D(600)),
                    Request('early', 'B', 10, D(700)),
                    Request('last', 'B', 30, D(1))]),
            {'early': 700, 'late': 300})
        self.assertEqual(fund.room, 0)

    def test_exposure(self):
        "One client takes no more than a share of the fund"
        fund = Fund(D(1000), {'A': D(200)}, D('.25'))
        self.assertEqual(
            fund.grant([
                    Request(1, 'A', 10, D(600)), Request(2, 'B', 20, D(600))]),
            {1: 50, 2: 250})

    def test_empty(self):
        self.assertEqual(Fund(D(0)).grant([Request(1, 'A', 1, D(5))]), {})
        # A loss has made it less than what is out
        fund = Fund(D(100), {'A': D(300)})
        self.assertEqual(fund.room, 0)
        self.assertEqual(fund.grant([Request(1, 'B', 1, D(5))]), {})

    @given(amounts, st.dictionaries(clients, amounts), shares, requests)
    def test_never_more(self, total, out, share, requests):
        "Never more than the room, in all and of a client, nor than asked"
        fund = Fund(total, dict(out), share)
        room = fund.room
        granted = fund.grant(requests)
        self.assertLessEqual(sum(granted.values()), room)
        asked = {r.key: r for r in requests}
        by_client = Counter()
        for key, amount in granted.items():
            self.assertTrue(0 < amount <= asked[key].amount)
            by_client[asked[key].client] += amount
        for client, amount in by_client.items():
            self.assertLessEqual(
                out.get(client, 0) + amount, total * share)
        self.assertEqual(
            fund.used, sum(out.values()) + sum(granted.values()))
