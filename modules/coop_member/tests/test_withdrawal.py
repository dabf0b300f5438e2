# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MovementError, ValuationError, WithdrawalError
from . import factories
from .test_member_letters import text

D = Decimal
PAID = dt.date(2020, 5, 1)
CLOSING = dt.date(2020, 12, 31)
LEFT = dt.date(2021, 6, 30)


def depart(members, date=LEFT):
    Event = Pool().get('coop.member.event')
    Event.record([
            Event(company=m.company, member=m, kind='departure', date=date,
                cause='resignation') for m in members])


def withdrawals(members, share_class, quantity, date=LEFT, **values):
    "Return requested withdrawals, whose shares are cancelled on their date"
    Withdrawal = Pool().get('coop.share.withdrawal')
    values.setdefault('cause', 'resignation')
    values.setdefault('cancellation_date', date)
    records = Withdrawal.create([{
                'company': m.company.id, 'member': m.id,
                'share_class': share_class.id, 'quantity': quantity,
                'date': date, **values} for m in members])
    Withdrawal.request(records)
    return records


def valuation(company, losses, reserves=(), date=CLOSING):
    "Return the approved accounts of a closing"
    pool = Pool()
    Account = pool.get('account.account')
    Valuation = pool.get('coop.share.valuation')
    accounts = Account.search([
            ('company', '=', company.id), ('type', '!=', None)])
    record, = Valuation.create([{
                'company': company.id, 'date': date, 'losses': losses,
                'decision': factories.decision(company, date).id,
                'reserves': [('create', [
                            {'account': a.id, 'amount': amount}
                            for a, amount in zip(accounts, reserves)])],
                }])
    Valuation.approve([record])
    return record


class WithdrawalTestCase(factories.CoopTestCase):
    "Test shares that are cancelled when a member leaves, at the floor or not"

    def setup_paid(self, company, count=4, quantity=10):
        "Members who paid shares of 10 each; a floor of a quarter"
        share_class = factories.share_class(company, nominal=D(10))
        members = factories.members(company, count)
        for member in members:
            factories.subscribe(member, share_class, quantity, PAID)
            factories.receive(member, quantity * D(10), PAID)
        return share_class, members

    def assertBooks(self, company, **balances):
        self.assertEqual({
                code: factories.balance(company, code)
                for code in balances}, balances)
        self.assertEqual(
            Pool().get('coop.share.movement').verify_register(company), [])

    @with_transaction()
    def test_cancelled(self):
        "Without a loss the paid capital becomes a debt, due later"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Parameter = pool.get('coop.parameter')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            Parameter.create([{
                        'key': 'deferral_years', 'date': PAID,
                        'value': D(5), 'source': "Statutes"}])
            share_class, (member, *_) = self.setup_paid(company)
            depart([member])
            record, = withdrawals([member], share_class, 10)
            self.assertEqual((record.quantity_left, record.value,
                    record.waits_for), (10, D(100), None))
            Withdrawal.process([record])
            record = Withdrawal(record.id)
            self.assertEqual((record.state, record.quantity_left,
                    record.value), ('done', 0, D(100)))
            movement, = record.movements
            self.assertEqual(
                (movement.date, movement.due_date, movement.claim),
                (LEFT, dt.date(2026, 6, 30), D(100)))
            self.assertEqual(
                Movement.position(member, share_class).quantity, 0)
            self.assertBooks(
                company, paid_up=D(-300), claim=D(-100), loss=D(0))

    @with_transaction()
    def test_loss(self):
        "The part of the loss of the approved accounts is not owed"
        pool = Pool()
        Valuation = pool.get('coop.share.valuation')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, other, *_) = self.setup_paid(company)
            # Subscribed after the closing, they bear nothing of its loss
            factories.subscribe(other, share_class, 10, LEFT)
            factories.receive(other, D(100), LEFT)
            accounts = valuation(company, D(50), [D(10)])
            self.assertEqual(
                (accounts.capital, accounts.loss_borne, accounts.display),
                (D(400), D(40), "10 %"))
            depart([member, other])
            first, = withdrawals([member], share_class, 10)
            second, = withdrawals([other], share_class, 20)
            self.assertEqual(first.valuation, accounts)
            self.assertEqual((first.value, second.value), (D(90), D(190)))
            Withdrawal.process([first, second])
            self.assertBooks(
                company, paid_up=D(-200), claim=D(-280), loss=D(-20))
            self.assertEqual(accounts.loss().left, D(20))
            letter = text(
                'coop.share.withdrawal.letter', first,
                model='coop.share.withdrawal')
            for words in [
                    "06/30/2021 10 usd100.00 usd10.00 usd90.00",
                    "bears usd40.00 , for a capital of usd400.00 : 10 %"]:
                self.assertIn(
                    words.replace(' ', ''), letter.replace(' ', ''))
            with self.assertRaisesRegex(ValuationError, "take that back"):
                Valuation.draft([accounts])

    @with_transaction()
    def test_letter_draft(self):
        "Nothing is told of a withdrawal that nobody requested"
        Withdrawal = Pool().get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            depart([member])
            record, = Withdrawal.create([{
                        'member': member.id, 'share_class': share_class.id,
                        'quantity': 10, 'date': LEFT,
                        'company': company.id, 'cause': 'resignation',
                        'cancellation_date': LEFT}])
            with self.assertRaisesRegex(WithdrawalError, "request it first"):
                text('coop.share.withdrawal.letter', record,
                    model='coop.share.withdrawal')

    @with_transaction()
    def test_absorbed(self):
        "Reserves that absorb the loss leave the full nominal, without entry"
        Withdrawal = Pool().get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            valuation(company, D(50), [D(30), D(30)])
            depart([member])
            record, = withdrawals([member], share_class, 10)
            Withdrawal.process([record])
            self.assertBooks(
                company, paid_up=D(-300), claim=D(-100), loss=D(0))

    @with_transaction()
    def test_reduced_since(self):
        "What the nominal value bore since the closing is not borne twice"
        pool = Pool()
        Reduction = pool.get('coop.share.reduction')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            valuation(company, D(80))
            reduction, = Reduction.create([{
                        'company': company.id, 'share_class': share_class.id,
                        'date': dt.date(2021, 1, 31), 'nominal': D(9),
                        'decision': factories.decision(company, LEFT).id}])
            Reduction.reduce([reduction])
            depart([member])
            record, = withdrawals([member], share_class, 10)
            # 80 of loss, of which the reduction took 40 of 400
            self.assertEqual(record.value, D(80))
            Withdrawal.process([record])
            self.assertBooks(
                company, paid_up=D(-270), claim=D(-80), loss=D(-50))

    @with_transaction()
    def test_queue(self):
        "At the floor strict order: who is ahead is named, nobody overtakes"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, members = self.setup_paid(company)
            configuration = Configuration(1)
            configuration.statutory_minimum = D(250)
            configuration.save()
            leavers = members[:3]
            depart(leavers)
            queue = [
                withdrawals([m], share_class, 10, LEFT + dt.timedelta(days=n),
                    cancellation_date=LEFT + dt.timedelta(days=9))[0]
                for n, m in enumerate(leavers)]
            # The capital is 400: there is room for 15 shares
            self.assertEqual(
                [w.room for w in queue], [D(150), D(50), D(-50)])
            self.assertEqual(
                [list(w.ahead) for w in queue],
                [[], queue[:1], queue[:2]])
            with self.assertRaisesRegex(
                    WithdrawalError, "(?s)Ahead.*Member 1"):
                Withdrawal.process(queue[2:])
            # The second may take what the first leaves, no more
            Withdrawal.process(queue[1:2])
            queue = Withdrawal.browse(queue)
            self.assertEqual([w.quantity_left for w in queue], [10, 5, 10])
            self.assertEqual(queue[1].state, 'requested')
            Withdrawal.process(queue)
            queue = Withdrawal.browse(queue)
            self.assertEqual([w.quantity_left for w in queue], [0, 5, 10])
            for waiting in queue[1:]:
                self.assertIn("stay capital", waiting.waits_for)
                member = waiting.member.__class__(waiting.member.id)
                self.assertFalse(member.may_vote)
            # New capital lets the next leave
            factories.subscribe(
                members[3], share_class, 7, LEFT + dt.timedelta(days=5))
            Withdrawal.process(queue[1:])
            self.assertEqual(
                [w.quantity_left for w in Withdrawal.browse(queue)],
                [0, 0, 8])
            self.assertBooks(company, claim=D(-220))

    @with_transaction()
    def test_reversed(self):
        "A cancellation is taken back, and the shares are capital again"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            depart([member])
            record, = withdrawals([member], share_class, 10)
            Withdrawal.process([record])
            with self.assertRaises(WithdrawalError):
                Withdrawal.delete([record])
            Withdrawal.reverse([record])
            record = Withdrawal(record.id)
            self.assertEqual(
                (record.state, record.quantity_left), ('requested', 10))
            self.assertEqual(
                Movement.position(member, share_class).paid_up, D(100))
            self.assertBooks(company, paid_up=D(-400), claim=D(0))
            Withdrawal.process([record])
            movement, = Withdrawal(record.id).standing
            Movement.reverse([movement])
            self.assertEqual(Withdrawal(record.id).state, 'requested')
            Withdrawal.cancel([record])
            with self.assertRaises(MovementError):
                Movement.reverse([movement])

    @with_transaction()
    def test_part(self):
        "Who stays keeps the minimum, and a decision allows it"
        pool = Pool()
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            share_class.minimum = 5
            share_class.save()
            for quantity, message in [(11, "holds 10"), (6, "minimum")]:
                with self.assertRaisesRegex(WithdrawalError, message):
                    withdrawals(
                        [member], share_class, quantity, cause='part')
            record, = withdrawals([member], share_class, 3, cause='part')
            with self.assertRaisesRegex(WithdrawalError, "decision"):
                Withdrawal.process([record])
            with self.assertRaisesRegex(WithdrawalError, "3 wait"):
                withdrawals([member], share_class, 8)
            record.decision = factories.decision(company, LEFT)
            record.save()
            Withdrawal.process([record])
            self.assertBooks(company, paid_up=D(-370), claim=D(-30))

    @with_transaction()
    def test_too_early(self):
        Withdrawal = Pool().get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            record, = withdrawals([member], share_class, 10,
                cancellation_date=LEFT - dt.timedelta(days=1))
            self.assertIn("takes effect", record.waits_for)
            with self.assertRaisesRegex(WithdrawalError, "wait until"):
                Withdrawal.process([record])

    @with_transaction()
    def test_unpaid(self):
        "What is called and unpaid is asked no more; what was paid is owed"
        Withdrawal = Pool().get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, members = self.setup_paid(company, count=4)
            member, = factories.members(company, 1, members[0].category)
            factories.subscribe(member, share_class, 10, PAID, called=D(50))
            factories.receive(member, D(20), PAID)
            depart([member])
            record, = withdrawals([member], share_class, 10)
            self.assertEqual(record.value, D(20))
            Withdrawal.process([record])
            self.assertBooks(
                company, claim=D(-20), receivable=D(0), called_unpaid=D(0),
                uncalled=D(0), uncalled_receivable=D(0))

    @with_transaction()
    def test_from_member(self):
        "The button of a leaver drafts what nothing withdraws yet"
        pool = Pool()
        Member = pool.get('coop.member')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, *_) = self.setup_paid(company)
            depart([member])
            for _ in range(2):
                Member.withdraw([member])
            record, = Withdrawal.search([])
            self.assertEqual(
                (record.member, record.quantity, record.date, record.cause,
                    record.state),
                (member, 10, LEFT, 'resignation', 'draft'))

    @with_transaction()
    def test_access(self):
        "A member reads the own ones, with all that the form asks for"
        Withdrawal = Pool().get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, (member, other, *_) = self.setup_paid(company)
            first, second = withdrawals([member, other], share_class, 10)
            user = factories.user('member', 'member', member=other)
            with factories.as_user(user):
                self.assertEqual(Withdrawal.search([]), [second])
                view = Withdrawal.fields_view_get(view_type='form')
                self.assertNotIn('ahead', view['fields'])
                Withdrawal.read([second.id], list(view['fields']))
                for button in ['process', 'reverse', 'cancel', 'draft']:
                    with self.assertRaises(AccessButtonError):
                        getattr(Withdrawal, button)([second])
                with self.assertRaises(AccessError):
                    Withdrawal.write([second], {'quantity': 1})
                with self.assertRaises(AccessError):
                    Withdrawal.read([first.id], ['number'])
