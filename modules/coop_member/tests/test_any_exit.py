# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Any sequence of the documents that give, change and take shares

Each act is what a person does: it makes a document, or presses a button of
one, or the bank pays. It is done or refused whole; what it does to the
register is told beside it, and after each act the register must be a replay
of its rows, and the books must say what it says.
"""
import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import capital
from . import factories
from .replaying import ReplayMixin, Row, replay, sound
from .test_repayment import parameter
from .test_withdrawal import valuation

D = Decimal
START = dt.date(2021, 3, 11)
LATER = dt.date(2021, 12, 1)
DATES = [START - dt.timedelta(days=200), START, LATER, dt.date(2023, 12, 31)]
NOTHING = dict.fromkeys(capital.COLUMNS, 0)
# act: (model, state, button), whose document is one of those in the state
BUTTONS = {
    'process': ('withdrawal', 'requested', 'process'),
    'take_back': ('withdrawal', 'done', 'reverse'),
    'take_back_part': ('withdrawal', 'requested', 'reverse'),
    'drop': ('withdrawal', 'requested', 'cancel'),
    'approve': ('repayment', 'draft', 'approve'),
    'unapprove': ('repayment', 'approved', 'draft'),
    'abandon': ('repayment', 'draft', 'cancel'),
    'restore': ('reduction', 'done', 'cancel'),
    'unconvert': ('conversion', 'done', 'cancel'),
    'return': ('transfer', 'done', 'cancel'),
    'unlose': ('late_loss', 'done', 'cancel'),
    }
UNDOING = {
    'take_back', 'take_back_part', 'restore', 'unconvert', 'return', 'unlose'}
MAKING = [
    'subscribe', 'receive', 'floor', 'withdraw', 'repay', 'pay', 'bounce',
    'reduce', 'convert', 'transfer', 'lose']
# (act, member, class, day, size, which document)
ACTS = st.tuples(
    st.sampled_from([*MAKING, *BUTTONS]),
    st.integers(0, 1), st.integers(0, 1), st.integers(-10, 9),
    st.integers(1, 4), st.integers(0, 3))
# A way out, of which any may come between or after
EXIT = ['withdraw', 'process', 'repay', 'approve', 'pay', 'bounce']
EXITS = st.builds(
    lambda act, length: [(name, *act[1:]) for name in EXIT[:length]],
    ACTS, st.integers(2, len(EXIT)))
FIRST = [
    ('subscribe', 0, 0, -250, 4, 0), ('receive', 0, 0, -249, 9, 0),
    ('subscribe', 1, 1, -5, 3, 1), ('receive', 1, 1, -4, 1, 0)]
# Each act once, with all that may be taken back taken back
EACH = [
    ('withdraw', 0, 0, 0, 2, 0), ('process', 0, 0, 0, 1, 0),
    ('withdraw', 1, 1, 0, 1, 0), ('drop', 0, 0, 0, 1, 0),
    ('repay', 0, 0, 0, 1, 0), ('repay', 0, 0, 0, 2, 1),
    ('approve', 0, 0, 0, 1, 0), ('unapprove', 0, 0, 0, 1, 0),
    ('approve', 0, 0, 0, 1, 0), ('approve', 0, 0, 0, 1, 0),
    ('pay', 0, 0, 0, 1, 0), ('pay', 0, 0, 0, 1, 0),
    ('bounce', 0, 0, 3, 1, 1), ('take_back', 0, 0, 0, 1, 0),
    ('repay', 0, 0, 0, 1, 0), ('abandon', 0, 0, 0, 1, 0),
    ('lose', 0, 0, 5, 1, 0), ('unlose', 0, 0, 0, 1, 0),
    ('transfer', 0, 0, 2, 1, 0), ('return', 0, 0, 0, 1, 0),
    ('convert', 0, 0, 3, 2, 0), ('unconvert', 0, 0, 0, 1, 0),
    ('reduce', 0, 1, 4, 1, 0), ('restore', 0, 0, 0, 1, 0)]
# At the floor one share of three is cancelled, and taken back
FLOOR = [
    ('floor', 0, 0, 0, 1, 0), ('withdraw', 0, 0, 0, 3, 0),
    ('process', 0, 0, 0, 1, 0), ('process', 0, 0, 0, 1, 0),
    ('take_back_part', 0, 0, 0, 1, 0), ('drop', 0, 0, 0, 1, 0),
    ('floor', 0, 0, 0, 4, 0), ('withdraw', 0, 0, 0, 1, 0),
    ('process', 0, 0, 0, 1, 0), ('take_back', 0, 0, 0, 1, 0),
    ('process', 0, 0, 0, 1, 0)]


@dataclass
class World:
    "Two members, two classes of their own, and what was known after each act"
    company: object
    members: list
    classes: list
    heir: object
    decision: object
    accounts: object
    known: dict = field(default_factory=dict)

    def documents(self, name, *states):
        Model = Pool().get(f'coop.share.{name}')
        if name == 'reduction':
            domain = [('share_class', 'in', [c.id for c in self.classes])]
        else:
            member = 'transferor' if name == 'transfer' else 'member'
            domain = [(member, 'in', [m.id for m in self.members])]
        return Model.search(
            [domain, ('state', 'in', states)], order=[('id', 'ASC')])

    def rows(self):
        "Return the Rows of the register"
        Movement = Pool().get('coop.share.movement')
        return [
            Row(m.member, m.share_class, m.kind, m.date,
                tuple(getattr(m, c) for c in capital.COLUMNS), m.operation)
            for m in Movement.search([
                    ('member', 'in', [m.id for m in self.members])],
                order=[('number', 'ASC')])]

    def create(self, name, **values):
        Model = Pool().get(f'coop.share.{name}')
        record, = Model.create([{'company': self.company.id, **values}])
        return record


def total(rows):
    "Return {column: sum} of rows"
    sums = replay(rows, key=lambda row: None).get(None, capital.NOTHING)
    return dict(zip(capital.COLUMNS, sums))


class AnyExitTestCase(ReplayMixin, factories.CoopTestCase):
    "Test any sequence of documents"

    def act(self, world, name, member, class_, day, size, pick):
        """Do an act, and return {column: what it adds to the register}.

        None when there is nothing to do it with.
        """
        Movement = Pool().get('coop.share.movement')
        date = START + dt.timedelta(days=day)
        if name not in BUTTONS:
            member = world.members[member]
            held = [
                c for c in world.classes[class_:] + world.classes[:class_]
                if Movement.position(member, c).quantity]
            return getattr(self, name)(
                world, member,
                held[0] if held else world.classes[class_], date, size, pick)
        model, state, button = BUTTONS[name]
        if not (documents := world.documents(model, state)):
            return
        document = documents[pick % len(documents)]
        before = total(world.rows())
        standing = [m for m in document.movements if not m.reversed_by] \
            if model != 'repayment' else []
        getattr(document.__class__, button)([document])
        if name == 'process':
            self.assertFloor(world)
            left = document.__class__(document.id).quantity_left
            gone = sum(m.quantity for m in standing)
            return {'quantity': left - document.quantity - gone}
        elif name in UNDOING:
            return {
                c: -sum(getattr(m, c) for m in standing)
                for c in capital.COLUMNS}
        self.assertEqual(total(world.rows()), before)
        return NOTHING

    def subscribe(self, world, member, share_class, date, size, pick):
        amount = size * share_class.get_nominal_at(date)
        called = amount / (1 + pick % 2)
        factories.subscribe(member, share_class, size, date, called)
        return {
            **NOTHING, 'quantity': size, 'subscribed': amount,
            'called': called}

    def receive(self, world, member, share_class, date, size, pick):
        unpaid = sum(
            capital.Deltas(*p).unpaid
            for (id_, _), p in replay(world.rows()).items()
            if id_ == member.id)
        if amount := min(unpaid, size * D(12)):
            factories.receive(member, amount, date)
            return {**NOTHING, 'paid_up': amount}

    def floor(self, world, member, share_class, date, size, pick):
        "Leave room for a few shares above the statutory minimum"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Configuration = pool.get('coop.configuration')
        configuration = Configuration(1)
        configuration.statutory_minimum = max(
            Capital.subscribed_at(world.company) - size * D(30), 0)
        configuration.save()
        return NOTHING

    def withdraw(self, world, member, share_class, date, size, pick):
        Withdrawal = Pool().get('coop.share.withdrawal')
        record = world.create('withdrawal', member=member.id,
            share_class=share_class.id, quantity=size, date=date,
            cancellation_date=date, cause='part',
            decision=world.decision.id)
        Withdrawal.request([record])
        return NOTHING

    def repay(self, world, member, share_class, date, size, pick):
        Repayment = Pool().get('coop.share.repayment')
        if owed := Repayment.owed(member):
            payee = world.heir if pick % 2 else member.party
            record = world.create('repayment', member=member.id,
                payee=payee.id, amount=min(owed, size * D(10)),
                date=LATER, decision=world.decision.id)
            Repayment.compute([record])
            return NOTHING

    def money(self, world, state, sign, date, pick):
        "The bank pays a repayment, or brings it back"
        if documents := world.documents('repayment', state):
            repayment = documents[pick % len(documents)]

            class Payee:
                company, party = world.company, repayment.payee
            factories.receive(
                Payee, -sign * repayment.total, date, account='claim')
            return repayment

    def pay(self, world, member, share_class, date, size, pick):
        if repayment := self.money(world, 'approved', 1, LATER, pick):
            return {**NOTHING, 'claim': -repayment.amount}

    def bounce(self, world, member, share_class, date, size, pick):
        date = LATER + dt.timedelta(days=size)
        if repayment := self.money(world, 'paid', -1, date, pick):
            return {**NOTHING, 'claim': repayment.amount}

    def reduce(self, world, member, share_class, date, size, pick):
        Reduction = Pool().get('coop.share.reduction')
        nominal = share_class.get_nominal_at(date) - 1
        record = world.create('reduction', share_class=share_class.id,
            date=date, nominal=nominal, decision=world.decision.id)
        loss = record.loss
        Reduction.reduce([record])
        return {'quantity': 0, 'subscribed': -loss, 'claim': 0}

    def convert(self, world, member, share_class, date, size, pick):
        Conversion = Pool().get('coop.share.conversion')
        to, = [c for c in world.classes if c != share_class]
        record = world.create('conversion', member=member.id,
            from_class=share_class.id, from_quantity=size,
            share_class=to.id, date=date, decision=world.decision.id)
        change = record.quantity - size
        Conversion.convert([record])
        return {**NOTHING, 'quantity': change}

    def transfer(self, world, member, share_class, date, size, pick):
        Transfer = Pool().get('coop.share.transfer')
        other, = [m for m in world.members if m != member]
        record = world.create('transfer', transferor=member.id,
            transferee=other.id, share_class=share_class.id, quantity=size,
            date=date, keeps_seniority=bool(pick % 2),
            decision=world.decision.id)
        Transfer.submit([record])
        Transfer.agree([record])
        return NOTHING

    def lose(self, world, member, share_class, date, size, pick):
        LateLoss = Pool().get('coop.share.late_loss')
        record = world.create('late_loss', member=member.id,
            share_class=share_class.id, date=date, amount=D(size),
            valuation=world.accounts.id, decision=world.decision.id)
        LateLoss.process([record])
        return {**NOTHING, 'claim': -D(size)}

    def assertFloor(self, world):
        Capital = Pool().get('coop.share.capital')
        self.assertGreaterEqual(
            Capital.subscribed_at(world.company),
            Capital.floor(world.company))

    def step(self, world, act, done):
        "Do an act, or see it refused, and check what is left"
        before = world.rows()
        changes = []
        error = self.refusal(
            lambda: changes.append(self.act(world, *act)))
        rows = world.rows()
        if error or changes == [None]:
            self.assertEqual(rows, before)
            return
        done[act[0]] += 1
        change, = changes
        self.assertEqual(rows[:len(before)], before)
        added = total(rows[len(before):])
        self.assertEqual({c: added[c] for c in change}, change, act)
        self.check(world, rows)

    def check(self, world, rows):
        "Compare the register with its replay, and the books with both"
        Movement = Pool().get('coop.share.movement')
        self.assertTrue(sound(rows))
        last, = Movement.search([], order=[('number', 'DESC')], limit=1)
        for date in DATES:
            expected = replay(rows, date)
            self.assertEqual(
                self.positions(world.company, world.members, date), expected)
            world.known.setdefault((last.number, date), expected)
        self.assertEqual(Movement.tie_out(world.company), [])
        self.assertEqual(self.owed_by_books(world), self.owed(world, rows))

    def owed(self, world, rows):
        "Return {party: what is owed}: claims, and interest that is approved"
        result = defaultdict(Decimal)
        for row in rows:
            result[row.member.party] += row.deltas[-1]
        for repayment in world.documents('repayment', 'approved'):
            result[repayment.member.party] -= repayment.amount
            result[repayment.payee] += repayment.total
        return {party: amount for party, amount in result.items() if amount}

    def owed_by_books(self, world):
        "Return {party: balance of 4567}, credit - debit"
        Line = Pool().get('account.move.line')
        result = defaultdict(Decimal)
        for line in Line.search([
                    ('account.code', '=', 'claim'),
                    ('move.company', '=', world.company.id),
                    ('party', 'in', [
                            world.heir.id,
                            *(m.party.id for m in world.members)]),
                    ('move_state', '=', 'posted')]):
            result[line.party] += line.credit - line.debit
        return {party: amount for party, amount in result.items() if amount}

    def leave_queue(self, world):
        "Let what still waits at the floor be ahead of no other example"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Withdrawal = pool.get('coop.share.withdrawal')
        waiting = world.documents('withdrawal', 'requested')
        Withdrawal.reverse([w for w in waiting if w.standing])
        Withdrawal.cancel(waiting)
        configuration = Configuration(1)
        configuration.statutory_minimum = 0
        configuration.save()

    def founded(self, company):
        "A founder whose shares are there at the closing of the accounts"
        founder, = factories.members(company, 1)
        factories.subscribe(
            founder, factories.share_class(company, 'F'), 100,
            dt.date(2020, 5, 1))
        return founder.category

    @with_transaction()
    def test_any_exit(self):
        "Whatever is done and undone, the register and the books agree"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            parameter('deferred_interest', D('0.05'))
            category = self.founded(company)
            decision = factories.decision(company, START)
            accounts = valuation(company, D(240))
            done = Counter()

            @settings(max_examples=6, deadline=None, database=None)
            @example(EACH)
            @example(FLOOR)
            @given(st.lists(
                    EXITS | ACTS.map(lambda act: [act]), min_size=2,
                    max_size=6).map(lambda parts: sum(parts, [])))
            def check(acts):
                number = done['example'] = done['example'] + 1
                world = World(company,
                    factories.members(company, 2, category), [
                        factories.share_class(
                            company, f'{code}{number}', nominal)
                        for code, nominal in [('A', D(24)), ('B', D(16))]],
                    factories.person("Heir"), decision, accounts)
                for act in FIRST + acts:
                    self.step(world, act, done)
                for (known_at, date), expected in world.known.items():
                    self.assertEqual(
                        self.positions(
                            company, world.members, date, known_at), expected)
                self.assertIsNone(Movement.verify_chain(company))
                self.leave_queue(world)

            check()
            # All of them were done at least once
            self.assertEqual({*MAKING, *BUTTONS} - done.keys(), set())
            self.assertEqual(Movement.verify_register(company), [])
