# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A replay of the register in plain Python, and what tests do with it"
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal as D

from trytond.exceptions import UserError
from trytond.pool import Pool
from trytond.transaction import Transaction

from .. import capital


@dataclass(frozen=True)
class Row:
    member: object
    share_class: object
    kind: str
    date: dt.date
    deltas: tuple
    operation: int

    @property
    def holder(self):
        return self.member.id, self.share_class.id


def replay(rows, date=None, key=lambda row: row.holder):
    "Return {key: sums of the five columns} of the rows effective at a date"
    result = defaultdict(lambda: [0, D(0), D(0), D(0), D(0)])
    for row in rows:
        if date is None or row.date <= date:
            sums = result[key(row)]
            for i, change in enumerate(row.deltas):
                sums[i] += change
    return {k: tuple(sums) for k, sums in result.items() if any(sums)}


def sound(rows):
    "Return whether no column is out of bounds at the end of any day"
    for date in {row.date for row in rows}:
        for position in replay(rows, date).values():
            quantity, subscribed, called, paid_up, claim = position
            if (quantity < 0 or claim < 0
                    or not subscribed >= called >= paid_up >= 0):
                return False
    return True


class ReplayMixin:
    "What the register says, and what it refuses"

    def refused(self, error, act, *args):
        "Check that an act is refused, and roll it back as the server does"
        self.assertIsInstance(self.refusal(act, *args), error)

    def refusal(self, act, *args):
        "Return the error by which an act is refused, which is rolled back"
        transaction = Transaction()
        cursor = transaction.connection.cursor()
        cursor.execute('SAVEPOINT replaying')
        try:
            act(*args)
        except UserError as error:
            cursor.execute('ROLLBACK TO SAVEPOINT replaying')
            transaction.counter += 1
            transaction.cache.clear()
            return error

    def positions(self, company, members, date, known_at=None):
        "Return what members hold, as the register and its list say it"
        pool = Pool()
        Holding = pool.get('coop.share.holding')
        Movement = pool.get('coop.share.movement')
        positions = {
            holder: tuple(deltas) for holder, deltas in Movement.positions(
                company, date, known_at, members).items() if deltas}
        with Transaction().set_context(date=date, known_at=known_at):
            self.assertEqual(positions, {
                    (h.member.id, h.share_class.id): tuple(
                        getattr(h, name) for name in capital.COLUMNS)
                    for h in Holding.search([
                            ('member', 'in', [m.id for m in members])])})
        return positions
