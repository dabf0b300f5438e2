# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a leaver is owed, in which order and when. Imports no Tryton.

Amounts are Decimal in the company's currency, rounded to its cents; rates are
fractions a year.

Model: leaving has two steps that never mix. The shares are cancelled, and
what they are worth becomes a debt; the debt is repaid, later, with interest.
Until the first they are capital, from then on they are none.

Invariants: a leaver is owed at most what was paid; what all leavers bear of a
loss is at most the loss; no cancellation brings the capital below the floor,
and none overtakes an older one.
"""
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


def loss_borne(losses, reserves):
    """Return what the capital bears of losses, and what reserves absorb.

    The reserves absorb in the order that the statutes give, and nothing is
    posted for it: the loss stays where it is until a meeting allocates it
    (loi 47-1775, art. 18 al. 1 and 2).

    :param losses: Decimal, the losses of the last approved accounts
    :param reserves: [(key, amount)] in the order in which they absorb
    :return: (Decimal, [(key, amount absorbed)])
    """
    absorbed = []
    for key, amount in reserves:
        part = min(losses, max(amount, ZERO))
        if part > 0:
            absorbed.append((key, part))
            losses -= part
    return losses, absorbed


@dataclass(frozen=True)
class Loss:
    """A loss that the capital bears

    ``capital`` is that of the closing; ``left`` what no leaver has borne yet.
    """
    amount: Decimal
    capital: Decimal
    left: Decimal


def bearing(held, newer, quantity):
    """Return how many of ``quantity`` shares taken were there at the closing.

    The oldest are taken first.

    :param held: all shares held before
    :param newer: those of them subscribed after the closing
    """
    return max(0, min(quantity, held - newer))


def part_of_loss(subscribed, loss, round_):
    """Return what some capital of the closing bears of a loss.

    Loi 47-1775, art. 18: the contribution is given back reduced in proportion
    to the losses on the capital.

    :param subscribed: Decimal, the capital that bears
    :param loss: Loss or None
    :param round_: function rounding a Decimal to the currency
    """
    if not loss or loss.capital <= 0:
        return ZERO
    amount = min(loss.amount, loss.capital)
    part = round_(amount * subscribed / loss.capital)
    return max(ZERO, min(part, loss.left))


def value(taken, old, loss, round_):
    """Return what is owed for shares: what was paid less their part of a loss.

    :param taken: the capital.Deltas of the shares
    :param old: how many of them were there at the closing
    :param loss: Loss or None
    :param round_: function rounding a Decimal to the currency
    """
    subscribed = taken.subscribed * old / taken.quantity
    part = part_of_loss(subscribed, loss, round_)
    return max(taken.paid_up - part, ZERO)


def cancellable(quantity, subscribed, room):
    """Return how many whole shares may be cancelled above the floor.

    :param subscribed: Decimal, the capital that the quantity is
    :param room: Decimal, the capital less its floor and less all that
        withdrawals of older dates wait for (loi 47-1775, art. 13)
    """
    if subscribed <= room:
        return quantity
    return int(max(room, ZERO) * quantity / subscribed)


@dataclass(frozen=True)
class Day:
    "The capital at the end of a day on which it changed"
    date: dt.date
    capital: Decimal
    highest: Decimal
    floor: Decimal


def days(changes, minimum, fraction_at, round_):
    """Return the Days of a capital, in order.

    :param changes: [(date, change of the capital)], one a date, in order
    :param minimum: Decimal, the statutory minimum
    :param fraction_at: function returning the fraction of the highest capital
        that is the floor at a date (loi 47-1775, art. 13)
    """
    result = []
    capital = highest = ZERO
    for date, change in changes:
        capital += change
        highest = max(highest, capital)
        result.append(Day(date, capital, highest, max(
                    minimum, round_(highest * fraction_at(date)))))
    return result


def room(days, start):
    """Return what may be taken from the capital from a day on.

    It is the least distance to the floor of that day and of all days since.

    :param days: Days, in order
    """
    result = None
    for day in reversed(days):
        distance = day.capital - day.floor
        result = distance if result is None else min(result, distance)
        if day.date <= start:
            break
    return result if result is not None else ZERO


@dataclass(frozen=True)
class Interest:
    "The interest of a part of a year, before rounding"
    start: dt.date
    end: dt.date
    days: int
    rate: Decimal
    amount: Decimal


def interest(amount, start, end, rate_at):
    """Return the parts of the simple interest on what is owed.

    Each calendar year has the rate in force on 31 December before it (statutes
    of the Scops, art. 18.6); a day is the part of its year that it is. Round
    the sum of the amounts, not each.

    :param amount: Decimal, owed from start on
    :param end: the day of payment, which bears none
    :param rate_at: function returning the rate at a date
    """
    result = []
    while start < end:
        new_year = dt.date(start.year + 1, 1, 1)
        stop = min(end, new_year)
        number = (stop - start).days
        rate = rate_at(dt.date(start.year - 1, 12, 31))
        year = (new_year - dt.date(start.year, 1, 1)).days
        result.append(Interest(
                start, stop, number, rate, amount * rate * number / year))
        start = stop
    return result
