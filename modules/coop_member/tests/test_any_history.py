# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Any history of the register, held against a replay in plain Python.

The replay knows nothing of the module but the deltas of each row. It says
which operations are to be refused, what each member holds at any date, and
what was known after each step. Half of the history comes before the accounting
start: at the end the books are opened with it, the money of what was paid
since is posted, and the books must say what the register says.
"""
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import capital, opening
from ..exceptions import MovementError
from ..movement import KINDS
from . import factories
from .replaying import ReplayMixin, Row, replay, sound

D = Decimal
START = dt.date(2021, 3, 11)
DATES = [START + dt.timedelta(days=d) for d in [-8, -1, 0, 7]]
# (kind, member, class, day, size, which operation to reverse)
ACTS = st.tuples(
    st.sampled_from([
            'opening', 'subscription', 'call', 'payment', 'transfer',
            'unbalanced', 'conversion', 'cancellation', 'repayment',
            'reduction', 'reversal']),
    st.integers(0, 1), st.integers(0, 1), st.integers(-10, 9),
    st.integers(1, 4), st.integers(0, 9))
# So that there is something to act upon
FIRST = [
    ('subscription', 0, 0, -9, 4, 0), ('subscription', 1, 1, -5, 3, 0),
    ('payment', 0, 0, -6, 2, 0)]
# Each kind once, also on days before those recorded already
EACH = [
    ('opening', 1, 0, -8, 4, 0), ('call', 0, 0, -4, 2, 0),
    ('payment', 0, 0, 1, 1, 0), ('transfer', 0, 0, 2, 1, 0),
    ('conversion', 1, 0, 3, 2, 0), ('reduction', 1, 0, 4, 1, 0),
    ('cancellation', 1, 0, 5, 2, 0), ('repayment', 1, 0, -2, 1, 0),
    ('repayment', 1, 0, 6, 2, 0), ('unbalanced', 1, 1, 0, 1, 0),
    # the two repayments, and one of them again
    ('reversal', 0, 0, 0, 1, 10), ('reversal', 0, 0, 0, 1, 11),
    ('reversal', 0, 0, 0, 1, 10)]


@dataclass
class History:
    "What the replay knows; closed are the operations not to be reversed"
    members: list
    classes: list
    rows: list = field(default_factory=list)
    closed: set = field(default_factory=set)


def cents(amount):
    return amount.quantize(D('.01'))


def plan(kind, position, size, nominal):
    """Return the deltas of an operation, None when there is nothing to do it.

    :param position: the capital.Deltas of who does it, at its date
    """
    amount = nominal * size
    if kind == 'opening':
        return capital.Deltas(size, amount, amount, amount / 2, amount)
    elif kind == 'subscription':
        return capital.subscription(size, nominal, amount / 2)
    elif kind == 'call':
        return capital.Deltas(called=amount / 2)
    elif kind == 'payment':
        return capital.Deltas(paid_up=amount / 2)
    elif kind == 'repayment':
        return capital.Deltas(claim=-amount / 4)
    elif kind == 'reduction':
        loss = min(amount / 4, position.subscribed)
        return capital.reduction(position, loss) if loss else None
    if size > position.quantity:
        return None
    taken = capital.share_of(position, size, cents)
    if kind == 'cancellation':
        return capital.cancellation(taken, cents(taken.paid_up * size / 4))
    return -taken


class AnyHistoryTestCase(ReplayMixin, factories.CoopTestCase):
    "Test any history of the register"

    def rows(self, act, history):
        "Return [(Row, unsaved movement)] of an act"
        Movement = Pool().get('coop.share.movement')
        kind, member, class_, day, size, _ = act
        date = START + dt.timedelta(days=day)
        if kind == 'opening':
            date = min(date, START - dt.timedelta(days=1))
        holder, other = history.members[member], history.members[1 - member]
        share_class = history.classes[class_]
        position = capital.Deltas(*replay(history.rows, date).get(
                (holder.id, share_class.id), capital.NOTHING))
        deltas = plan(
            kind, position, size, share_class.get_nominal_at(date))
        if deltas is None:
            return []
        parts = [(holder, share_class, kind, deltas)]
        if kind in {'transfer', 'unbalanced'}:
            received = -deltas
            if kind == 'unbalanced':
                received += capital.Deltas(subscribed=D('.04'))
            parts = [
                (holder, share_class, 'transfer_out', deltas),
                (other, share_class, 'transfer_in', received)]
        elif kind == 'conversion':
            parts.append((holder, history.classes[1 - class_], kind, -deltas))
        return [(
                Row(member, class_, kind, date, tuple(deltas),
                    len(history.rows)),
                Movement.build(member, class_, kind, date, deltas))
            for member, class_, kind, deltas in parts]

    def record(self, act, history):
        "Record an operation, or see it refused"
        Movement = Pool().get('coop.share.movement')
        planned = self.rows(act, history)
        new = [row for row, _ in planned]
        operation = [movement for _, movement in planned]
        if not new:
            return
        if act[0] != 'unbalanced' and sound(history.rows + new):
            Movement.record([operation])
            history.rows += new
        else:
            self.refused(MovementError, Movement.record, [operation])

    def reverse(self, act, history):
        "Reverse an earlier operation, or see it refused"
        Movement = Pool().get('coop.share.movement')
        operations = sorted({row.operation for row in history.rows})
        operation = operations[act[-1] % len(operations)]
        rows = [r for r in history.rows if r.operation == operation]
        new = [
            Row(r.member, r.share_class, 'reversal', r.date,
                tuple(-d for d in r.deltas), len(history.rows))
            for r in rows]
        movement, = Movement.search([
                ('member', 'in', [m.id for m in history.members]),
                ], order=[('number', 'ASC')], offset=operation, limit=1)
        # A payment that is in the books goes back with its money only
        if (operation not in history.closed
                and not any(
                    r.kind == 'payment' and r.date >= START for r in rows)
                and sound(history.rows + new)):
            Movement.reverse([movement], "Wrong")
            history.closed |= {operation, len(history.rows)}
            history.rows += new
        else:
            self.refused(MovementError, Movement.reverse, [movement], "Wrong")

    def check_capital(self, history):
        Capital = Pool().get('coop.share.capital')
        for date in DATES:
            with Transaction().set_context(date=date):
                self.assertEqual({
                        c.share_class.id: tuple(
                            getattr(c, name) for name in capital.COLUMNS)
                        for c in Capital.search([])},
                    replay(history, date, lambda r: r.share_class.id))

    def check_books(self, company):
        "Open the books, post the money paid since, and verify"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        books = opening.books_at_start(company, START)
        balances = {k: amount for k, amount in books.capital.items() if amount}
        balances['cash', None] = -sum(balances.values())
        opening.open_books(company, START, balances)
        for movement in Movement.search([('date', '>=', START)]):
            if movement.kind_posted == 'payment':
                self.money(movement, 'receivable', movement.paid_up)
            elif movement.kind_posted == 'repayment':
                self.money(movement, 'claim', movement.claim)
        self.assertEqual(Movement.verify_register(company), [])
        for date in DATES[2:]:
            self.assertEqual(Movement.tie_out(company, date), [])

    def money(self, movement, role, amount):
        "Post the money of a movement, which the register recognises already"
        Configuration = Pool().get('coop.configuration')
        factories.receive(
            movement.member, amount, movement.date, role,
            origin=Configuration(1))

    @with_transaction()
    def test_any_history(self):
        "Register, lists and books are a replay, and the past stays known"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            configuration = Configuration(1)
            configuration.accounting_start = START
            configuration.save()
            classes = [
                factories.share_class(company, 'A', D('24.20')),
                factories.share_class(company, 'B', D(16))]
            category = factories.category(company)
            everything = []

            # Two members an example: making a cooperative takes seconds
            @settings(max_examples=10, deadline=None, database=None)
            @example(EACH)
            @given(st.lists(ACTS, min_size=4, max_size=12))
            def check(acts):
                members = factories.members(company, 2, category)
                history, known = History(members, classes), {}
                for act in FIRST + acts:
                    if act[0] == 'reversal':
                        self.reverse(act, history)
                    else:
                        self.record(act, history)
                    last, = Movement.search(
                        [], order=[('number', 'DESC')], limit=1)
                    for known_at in [last.number, last.recorded_at]:
                        known[known_at] = len(history.rows)
                everything.extend(history.rows)
                known[None] = len(history.rows)
                for known_at, count in known.items():
                    for date in DATES:
                        self.assertEqual(
                            self.positions(company, members, date, known_at),
                            replay(history.rows[:count], date))
                self.check_capital(everything)
                self.assertIsNone(Movement.verify_chain(company))

            check()
            self.assertEqual(
                {row.kind for row in everything}, {k for k, _ in KINDS})
            self.check_books(company)
