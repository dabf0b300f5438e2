# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from trytond.exceptions import UserError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import capital
from ..exceptions import PostingError, SubscriptionError
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)


class MoneyTestCase(factories.CoopTestCase):
    "Test subscriptions and the money that pays them"

    def check(self, company):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual(Movement.verify_register(company), [])
        for days in [0, 2, 9, 30]:
            self.assertEqual(Movement.tie_out(
                    company, DAY + dt.timedelta(days=days)), [])

    def state(self, subscription):
        return type(subscription)(subscription.id).state

    @with_transaction()
    def test_paid_in_full(self):
        "Money posted on the called capital pays the subscription"
        pool = Pool()
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            subscription, = factories.subscriptions(
                [member], share_class, 10, DAY)
            self.assertEqual(subscription.state, 'accepted')
            self.assertEqual(subscription.amount_open, D(240))
            self.check(company)
            factories.receive(member, D(240), DAY + dt.timedelta(days=5))
            self.assertEqual(self.state(subscription), 'done')
            self.assertEqual(
                type(subscription)(subscription.id).amount_open, D(0))
            self.assertEqual(Line.search([
                        ('account.code', '=', 'receivable'),
                        ('reconciliation', '=', None)]), [])
            self.check(company)

    @with_transaction()
    def test_part_payment_and_excess(self):
        "The oldest call is paid first; what is too much waits and is listed"
        pool = Pool()
        ToAllocate = pool.get('coop.share.to_allocate')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            first, = factories.subscriptions([member], share_class, 2, DAY)
            second, = factories.subscriptions(
                [member], share_class, 1, DAY + dt.timedelta(days=1))
            factories.receive(member, D('50.50'), DAY)
            self.assertEqual(self.state(first), 'done')
            self.assertEqual(self.state(second), 'accepted')
            factories.receive(member, D(30), DAY + dt.timedelta(days=10))
            self.assertEqual(self.state(second), 'done')
            waiting, = ToAllocate.search([])
            self.assertEqual(waiting.amount, D('8.50'))
            self.assertEqual(waiting.member, member)
            self.assertFalse(waiting.held)
            self.check(company)
            third, = factories.subscriptions(
                [member], share_class, 1, DAY + dt.timedelta(days=20))
            self.assertEqual(ToAllocate.search([]), [])
            self.assertEqual(third.amount_open, D('15.50'))
            self.assertEqual(
                Movement.position(member, share_class).paid_up, D('80.50'))
            self.check(company)

    @with_transaction()
    def test_bounced(self):
        "Money that goes back reopens what is owed, and un-admits nobody"
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(
                company, 1, events=['application', 'admission'])
            self.assertEqual(member.state, 'admitted')
            subscription, = factories.subscriptions(
                [member], share_class, 2, DAY)
            factories.receive(member, D(10), DAY)
            self.assertEqual(Member(member.id).state, 'admitted')
            factories.receive(member, D(38), DAY + dt.timedelta(days=2))
            member = Member(member.id)
            self.assertEqual(member.state, 'active')
            self.assertEqual(
                [e.date for e in member.events if e.kind == 'activation'],
                [DAY + dt.timedelta(days=2)])
            factories.receive(member, D(-20), DAY + dt.timedelta(days=9))
            self.assertEqual(self.state(subscription), 'accepted')
            self.assertEqual(Member(member.id).state, 'active')
            for days, paid_up in [(1, 10), (8, 48), (9, 28)]:
                self.assertEqual(
                    Movement.position(
                        member, share_class, DAY + dt.timedelta(days=days)
                        ).paid_up,
                    D(paid_up))
            self.check(company)
            factories.receive(member, D(20), DAY + dt.timedelta(days=12))
            self.assertEqual(self.state(subscription), 'done')
            self.check(company)

    @with_transaction()
    def test_excess_refunded(self):
        "Paying back an overpayment takes nothing from the register"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        ToAllocate = pool.get('coop.share.to_allocate')
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 1, DAY)
            factories.receive(member, D(24), DAY)
            factories.receive(member, D(24), DAY)
            waiting, = ToAllocate.search([])
            self.assertEqual(waiting.amount, D(24))
            number = Movement.search([], count=True)
            factories.receive(member, D(-24), DAY + dt.timedelta(days=3))
            self.assertEqual(ToAllocate.search([]), [])
            self.assertEqual(Movement.search([], count=True), number)
            self.assertEqual(Line.search([
                        ('account.code', '=', 'receivable'),
                        ('reconciliation', '=', None)]), [])
            self.check(company)

    @with_transaction()
    def test_unreconciled(self):
        "An unreconciled credit waits until somebody asks for it"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Reconciliation = pool.get('account.move.reconciliation')
        ToAllocate = pool.get('coop.share.to_allocate')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            subscription, = factories.subscriptions(
                [member], share_class, 1, DAY)
            move = factories.receive(member, D(24), DAY)
            line, = [l for l in move.lines if l.party]
            Reconciliation.delete([line.reconciliation])
            self.assertEqual(self.state(subscription), 'accepted')
            waiting, = ToAllocate.search([])
            self.assertTrue(waiting.held)
            self.check(company)
            factories.subscriptions([member], share_class, 1, DAY)
            self.assertEqual(
                Movement.position(member, share_class).paid_up, D(0))
            waiting, = ToAllocate.search([])
            ToAllocate.allocate([waiting])
            self.assertEqual(self.state(subscription), 'done')
            self.assertEqual(ToAllocate.search([]), [])
            self.check(company)

    @with_transaction()
    def test_cancelled_money(self):
        "Cancelling a receipt takes back that one, not the newest"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 2, DAY)
            wrong = factories.receive(member, D(10), DAY)
            factories.receive(member, D(12), DAY)
            cancel = wrong.cancel()
            Line.reconcile([
                    l for m in [wrong, cancel] for l in m.lines if l.party])
            Move.post([cancel])
            self.assertEqual(
                Movement.position(member, share_class).paid_up, D(12))
            self.assertEqual([
                    m.paid_up for m in Movement.search([
                            ('kind', '=', 'payment'),
                            ('reversed_by', '=', None)])], [D(12)])
            self.check(company)

    @with_transaction()
    def test_capital_move_not_cancelled(self):
        pool = Pool()
        Move = pool.get('account.move')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 2, DAY)
            move, = Move.search([])
            with self.assertRaises(PostingError):
                move.cancel()

    @with_transaction()
    def test_advance(self):
        "Money that came before the acceptance pays it"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.receive(member, D(100), DAY, account='advance')
            subscription, = factories.subscriptions(
                [member], share_class, 3, DAY)
            self.assertEqual(self.state(subscription), 'done')
            self.check(company)
            self.assertEqual(factories.balance(company, 'advance'), D(-28))

    @with_transaction()
    def test_in_kind(self):
        "A contribution in kind gives shares, through 45611"
        pool = Pool()
        Account = pool.get('account.account')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            asset, = Account.search([('code', '=', 'cash')])
            values = {
                'nature': 'in_kind', 'appraisal': b'1 lathe',
                'appraisal_name': "lathe.txt", 'appraisal_value': D(250),
                'contribution_account': asset.id}
            with self.assertRaises(SubscriptionError):
                factories.subscriptions(
                    [member], share_class, 10, DAY,
                    **{**values, 'appraisal_value': D(230)})
            subscription, = factories.subscriptions(
                [member], share_class, 10, DAY, **values)
            self.assertEqual(self.state(subscription), 'done')
            move, = Move.search([])
            self.assertEqual(sorted(
                    (l.account.code, l.debit - l.credit)
                    for l in move.lines), [
                    ('called_unpaid', D(-240)), ('called_unpaid', D(240)),
                    ('cash', D(240)), ('in_kind', D(-240)),
                    ('in_kind', D(240)), ('paid_up', D(-240))])
            self.assertEqual(factories.balance(company, 'in_kind'), D(0))
            self.check(company)
            Subscription.cancel([subscription])
            self.assertEqual(factories.balance(company, 'cash'), D(0))
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            self.check(company)

    @with_transaction()
    def test_cancel_paid(self):
        "A paid subscription that was wrong: its money waits"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        ToAllocate = pool.get('coop.share.to_allocate')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            subscription, = factories.subscriptions(
                [member], share_class, 2, DAY)
            factories.receive(member, D(48), DAY)
            Subscription.cancel([subscription])
            self.assertEqual(self.state(subscription), 'cancelled')
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            waiting, = ToAllocate.search([])
            self.assertEqual((waiting.amount, waiting.held), (D(48), True))
            self.check(company)

    @with_transaction()
    def test_any_sequence(self):
        "Whatever is called, comes in or goes back, ledger and books agree"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Allocation = pool.get('coop.share.allocation')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            classes = [
                factories.share_class(company, 'A', D('24.10')),
                factories.share_class(
                    company, 'B', D(15), called_fraction=D('.25'))]
            category = factories.category(company)

            # One member an example: making a cooperative takes seconds
            @example([
                    ('subscribe', 1), ('move', 2410), ('move', -2410),
                    ('cancel', 0)])
            @settings(max_examples=8, deadline=None, database=None)
            @given(st.lists(st.one_of(
                        st.tuples(st.just('subscribe'), st.integers(1, 4)),
                        st.tuples(st.just('move'), st.integers(
                                -6000, 9000).filter(bool)),
                        st.tuples(st.just('unreconcile'), st.just(0)),
                        st.tuples(st.just('cancel'), st.just(0)),
                        ), min_size=2, max_size=7))
            def check(acts):
                member, = factories.members(company, 1, category)
                received = D(0)
                for day, (act, value) in enumerate(acts):
                    date = DAY + dt.timedelta(days=day)
                    if act == 'subscribe':
                        factories.subscriptions(
                            [member], classes[day % 2], value, date)
                    elif act == 'move':
                        received += D(value) / 100
                        factories.receive(member, D(value) / 100, date)
                    elif act == 'unreconcile':
                        factories.unreconcile(member)
                    elif act == 'cancel':
                        Subscription.cancel(Subscription.search([
                                    ('member', '=', member.id),
                                    ('state', '!=', 'cancelled')], limit=1))
                self.assertEqual(Movement.tie_out(company), [])
                positions = Movement.positions(company, members=[member])
                for position in positions.values():
                    self.assertGreaterEqual(position.uncalled, 0)
                    self.assertGreaterEqual(position.unpaid, 0)
                    self.assertGreaterEqual(position.paid_up, 0)
                paid = sum((p.paid_up for p in positions.values()), D(0))
                waiting = Allocation.uncovered(
                    company, dt.date(2021, 12, 31)).get(
                        (Allocation.account(company).id, member.party.id),
                        D(0))
                self.assertEqual(paid + waiting, received)
                rows = Movement.search([], count=True)
                Allocation.process(company, [member.party.id])
                self.assertEqual(Movement.search([], count=True), rows)

            check()
            self.check(company)

    @with_transaction()
    def test_member_rights(self):
        "A member drafts and submits his own subscription, nothing more"
        pool = Pool()
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, other = factories.members(company, 2)
            of_other, = factories.subscriptions(
                [other], share_class, 1, DAY)
            user = factories.user('member', 'member', member=member)
            values = {
                'company': company.id, 'share_class': share_class.id,
                'quantity': 1, 'date': DAY}
            with factories.as_user(user):
                own, draft = Subscription.create(
                    [{**values, 'member': member.id}] * 2)
                self.assertEqual(
                    set(Subscription.search([])), {own, draft})
                Subscription.submit([own])
                own = Subscription(own.id)
                self.assertEqual(own.state, 'submitted')
                # The last ones write before they are refused
                for act in [
                        lambda: Subscription.submit([of_other]),
                        lambda: Subscription.accept([own]),
                        lambda: Subscription.read([of_other.id], ['quantity']),
                        lambda: Subscription.write([own], {'quantity': 9}),
                        lambda: Subscription.delete([own]),
                        lambda: Subscription.write(
                            [draft], {'state': 'accepted'}),
                        lambda: Subscription.write(
                            [draft], {'member': other.id}),
                        lambda: Subscription.create(
                            [{**values, 'member': other.id}]),
                        lambda: Subscription.create([{
                                    **values, 'member': member.id,
                                    'state': 'accepted'}])]:
                    with self.assertRaises(UserError):
                        act()

    @with_transaction()
    def test_limits(self):
        "Classes and categories limit what is accepted"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(
                company, minimum=2, maximum=10, holder='natural',
                maximum_capital=D('.5'))
            member, other, third = factories.members(company, 3)
            for quantity in [1, 11, 5]:  # alone, 5 are the whole capital
                with self.subTest(quantity=quantity), \
                        self.assertRaises(SubscriptionError):
                    factories.subscriptions(
                        [member], share_class, quantity, DAY)
            factories.subscriptions([member, other], share_class, 5, DAY)
            with self.assertRaises(SubscriptionError):
                factories.subscriptions([other], share_class, 1, DAY)
            third.legal_person = True
            third.representative = member.party
            third.save()
            with self.assertRaises(SubscriptionError):
                factories.subscriptions([third], share_class, 2, DAY)
            applicant, = factories.members(
                company, 1, other.category, admitted=None)
            with self.assertRaises(SubscriptionError):
                factories.subscriptions([applicant], share_class, 2, DAY)
