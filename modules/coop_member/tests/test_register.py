# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import capital
from ..exceptions import EventError, LedgerAccessError, MovementError
from . import factories, queries


class RegisterTestCase(factories.CoopTestCase):
    "Test the register of shares and of members"

    @with_transaction()
    def test_subscription_posted(self):
        "A subscription posts its called and uncalled parts and ties out"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Move = pool.get('account.move')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            movement = factories.subscribe(
                member, share_class, 10, dt.date(2021, 3, 1), Decimal(60))
            self.assertEqual(movement.number, 1)
            move, = Move.search([('origin', '=', str(movement))])
            self.assertEqual(
                {l.account.code: l.debit - l.credit for l in move.lines}, {
                    'uncalled_receivable': Decimal(180),
                    'uncalled': Decimal(-180),
                    'receivable': Decimal(60),
                    'called_unpaid': Decimal(-60),
                    })
            self.assertEqual(Movement.verify_register(company), [])
            self.assertEqual(
                Movement.position(member, share_class),
                capital.Deltas(10, Decimal(240), Decimal(60)))

    @with_transaction()
    def test_append_only(self):
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            movement = factories.subscribe(
                member, share_class, 1, dt.date(2021, 3, 1))
            for act in [
                    lambda: Movement.write([movement], {'quantity': 2}),
                    lambda: Movement.delete([movement]),
                    lambda: Movement.copy([movement])]:
                with self.assertRaises(LedgerAccessError):
                    act()

    @with_transaction()
    def test_tampering_named(self):
        "Verifying names the first row that was changed behind the ORM"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            for _ in range(3):
                factories.subscribe(
                    member, share_class, 1, dt.date(2021, 3, 1))
            self.assertIsNone(Movement.verify_chain(company))
            movement = Movement.__table__()
            Transaction().connection.cursor().execute(*movement.update(
                    [movement.quantity], [5], where=movement.number == 2))
            Transaction().counter += 1
            Transaction().cache.clear()
            self.assertEqual(Movement.verify_chain(company), (2, 'hash'))

    @with_transaction()
    def test_reversal(self):
        "A reversal brings the holding back and keeps what was known"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            movement = factories.subscribe(
                member, share_class, 2, dt.date(2021, 3, 1))
            Movement.reverse([movement], "wrong member")
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            self.assertEqual(
                Movement.position(member, share_class,
                    known_at=movement.recorded_at).quantity, 2)
            self.assertEqual(Movement.verify_register(company), [])
            with self.assertRaises(MovementError):
                Movement.reverse([movement], "twice")

    @with_transaction()
    def test_waiting(self):
        "A leaver waits at the floor with capital, or to be repaid with a debt"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Holding = pool.get('coop.share.holding')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            floor, debt, _ = members = factories.members(company, 3)
            for member in members:
                factories.subscribe(
                    member, share_class, 1, dt.date(2021, 3, 1))
                factories.receive(member, Decimal(24), dt.date(2021, 3, 1))
            Event.record([
                    Event(company=company, member=member, kind='departure',
                        date=dt.date(2021, 12, 31), cause='resignation')
                    for member in [floor, debt]])
            Movement.record([[Movement.build(
                            debt, share_class, 'cancellation',
                            dt.date(2022, 1, 1), capital.Deltas(
                                -1, Decimal(-24), Decimal(-24), Decimal(-24),
                                Decimal(24)))]])
            found = {
                name: {h.member for h in Holding.search(domain)}
                for _, name, domain in queries.tabs('coop.share.holding')}
            self.assertEqual(found, {
                    "Waiting at the Floor": {floor}, "To Repay": {debt}})

    @with_transaction()
    def test_life(self):
        "A leaver of 31 December is still a member on 31 December"
        pool = Pool()
        Member = pool.get('coop.member')
        Event = pool.get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            self.assertEqual(member.state, 'active')
            Event.record([Event(company=company, member=member,
                        kind='departure', date=dt.date(2021, 12, 31),
                        cause='resignation')])
            self.assertEqual(Member(member.id).state, 'left')
            for date, state in [
                    (dt.date(2019, 12, 31), None),
                    (dt.date(2021, 12, 31), 'active'),
                    (dt.date(2022, 1, 1), 'left')]:
                with Transaction().set_context(date=date):
                    self.assertEqual(Member(member.id).state_at, state)
                    self.assertEqual(
                        Member.search([('state_at', '=', state)]), [member],
                        msg=date)
            with self.assertRaises(EventError):
                Event.record([Event(company=company, member=member,
                            kind='suspension', date=dt.date(2023, 1, 1))])
