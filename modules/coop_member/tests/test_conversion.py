# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError, RequiredValidationError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import ConversionError, MovementError
from . import factories

D = Decimal
DAY = dt.date(2021, 6, 30)
FIRST, SECOND = dt.date(2020, 5, 1), dt.date(2021, 2, 1)


class ConversionTestCase(factories.CoopTestCase):
    "Test shares that become shares of another class"

    def setup_paid(self, company):
        "A member with paid shares of 10 of two days; a class of 20"
        share_class = factories.share_class(company, nominal=D(10))
        other = factories.share_class(company, 'B', nominal=D(20))
        member, = factories.members(company, 1)
        for date, quantity in [(FIRST, 3), (SECOND, 5)]:
            factories.subscribe(member, share_class, quantity, date)
            factories.receive(member, quantity * D(10), date)
        return share_class, other, member

    def conversion(self, member, from_class, quantity, to_class, **values):
        pool = Pool()
        Conversion = pool.get('coop.share.conversion')
        values.setdefault(
            'decision', factories.decision(member.company, DAY).id)
        record, = Conversion.create([{
                    'company': member.company.id, 'member': member.id,
                    'from_class': from_class.id, 'from_quantity': quantity,
                    'share_class': to_class.id, 'date': DAY, **values}])
        return record

    @with_transaction()
    def test_convert(self):
        "Acquisition dates stay; the books see nothing, nor does the capital"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Conversion = pool.get('coop.share.conversion')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, other, member = self.setup_paid(company)
            moves = Move.search([], count=True)
            record = self.conversion(member, share_class, 6, other)
            self.assertEqual((record.quantity, record.amount), (3, D(60)))
            Conversion.convert([record])
            self.assertEqual(record.state, 'done')
            self.assertEqual(
                Movement.lots_of(member, share_class), [(SECOND, 2)])
            # 3 shares of 10 of the first day make one of 20, and a half
            self.assertEqual(Movement.lots_of(member, other), [
                    (FIRST, 1), (SECOND, 2)])
            position = Movement.position(member, other)
            self.assertEqual(
                (position.quantity, position.subscribed, position.paid_up),
                (3, D(60), D(60)))
            self.assertEqual(len({m.operation for m in record.movements}), 1)
            self.assertEqual(Capital.subscribed_at(company, DAY), D(80))
            self.assertEqual(Move.search([], count=True), moves)
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_cancel(self):
        "It is taken back by its button, while the shares are there"
        pool = Pool()
        Conversion = pool.get('coop.share.conversion')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, other, member = self.setup_paid(company)
            before = Movement.positions(company)
            record = self.conversion(member, share_class, 8, other)
            Conversion.convert([record])
            Conversion.cancel([record])
            self.assertEqual(record.state, 'cancelled')
            self.assertEqual({
                    k: p for k, p in Movement.positions(company).items()
                    if p}, before)
            again = self.conversion(member, share_class, 8, other)
            Conversion.convert([again])
            back = self.conversion(member, other, 4, share_class)
            Conversion.convert([back])
            with self.assertRaises(MovementError):
                Conversion.cancel([again])

    @with_transaction()
    def test_refused(self):
        "A remainder, too many shares, a limit, no decision: nothing happens"
        pool = Pool()
        Conversion = pool.get('coop.share.conversion')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, other, member = self.setup_paid(company)
            share_class.minimum = 2
            share_class.save()
            movements = Movement.search([], count=True)
            for quantity, error in [
                    (3, "nothing remains"), (10, "Lower the quantity"),
                    (7, "less than the minimum")]:
                with self.assertRaisesRegex(ConversionError, error):
                    Conversion.convert([self.conversion(
                                member, share_class, quantity, other)])
            other.maximum = 2
            other.save()
            with self.assertRaisesRegex(ConversionError, "2"):
                Conversion.convert([
                        self.conversion(member, share_class, 6, other)])
            self.assertEqual(Movement.search([], count=True), movements)
            with self.assertRaises(RequiredValidationError):
                Conversion.convert([self.conversion(
                            member, share_class, 4, other, decision=None)])

    @with_transaction()
    def test_access(self):
        "The member reads it; the office converts, and changes nothing after"
        Conversion = Pool().get('coop.share.conversion')
        company = factories.cooperative()
        with set_company(company):
            share_class, other, member = self.setup_paid(company)
            stranger, = factories.members(company, 1, member.category)
            record = self.conversion(member, share_class, 8, other)
            for owner, found in [(member, [record]), (stranger, [])]:
                user = factories.user(
                    f'user {owner.number}', 'member', member=owner)
                with factories.as_user(user):
                    self.assertEqual(Conversion.search([]), found)
                    with self.assertRaises(AccessError):
                        Conversion.write([record], {'description': "Mine"})
                    with self.assertRaises(
                            (AccessError, AccessButtonError)):
                        Conversion.convert([record])
            auditor = factories.user('auditor', 'auditor', company=company)
            with factories.as_user(auditor):
                with self.assertRaises(AccessButtonError):
                    Conversion.convert([record])
            office = factories.user(
                'office', 'administration', company=company)
            with factories.as_user(office):
                Conversion.convert([record])
                for act in [
                        lambda: Conversion.write([record], {'date': FIRST}),
                        lambda: Conversion.write(
                            [record], {'state': 'draft'}),
                        lambda: Conversion.delete([record])]:
                    with self.assertRaises(ConversionError):
                        act()
