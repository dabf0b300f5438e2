# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Splitting the prices of 100,000 invoices over five parties, to the cent.

Three members, who brought the client and the cooperative. Every sum is looked
at, which is counted in the time. Linear: a tenth takes a tenth.
"""
import random
import time
from decimal import Decimal

FEW, MANY = 10_000, 100_000
LIMIT = 3


def main(pg_uri):
    prices = some_prices(MANY)
    split_all(prices[:FEW])
    few, many = split_all(prices[:FEW]), split_all(prices)
    return [
        (f"split of {MANY:,} invoices over 5 parties, every sum exact",
            f"{many:.2f} s", f"{LIMIT} s", many / LIMIT, '< 1'),
        (f"split of {MANY:,} invoices, time of each",
            f"{many / MANY * 1e6:.1f} us",
            f"of {FEW:,}: {few / FEW * 1e6:.1f} us",
            many / MANY / (few / FEW), '<= 1.3'),
        ]


def some_prices(count):
    random.seed(5)
    return [
        [Decimal(random.randrange(1_00, 5_000_00)) / 100 for _ in range(3)]
        for _ in range(count)]


def split_all(prices):
    from trytond.modules.coop_settlement.split import split_invoice
    contribution, referral = Decimal('.1'), Decimal('.02')
    start = time.process_time()
    for amounts in prices:
        made = split_invoice(amounts, contribution, referral)
        one, two, three = made.rows
        assert one.price + two.price + three.price == made.price
        assert made.amount + made.referral + made.contribution == made.price
    return time.process_time() - start
