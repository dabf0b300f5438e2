# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MovementError, ReductionError
from . import factories

D = Decimal
DAY = dt.date(2021, 6, 30)


class ReductionTestCase(factories.CoopTestCase):
    "Test losses that reduce the nominal value of a class"

    def setup_class(self, company):
        "A member who has paid 10 shares of 24, another who paid 12 of 48"
        share_class = factories.share_class(company)
        paid, part = factories.members(company, 2)
        factories.subscribe(paid, share_class, 10, dt.date(2021, 3, 1))
        factories.receive(paid, D(240), dt.date(2021, 3, 1))
        factories.subscribe(
            part, share_class, 2, dt.date(2021, 3, 1), called=D(24))
        factories.receive(part, D(12), dt.date(2021, 3, 1))
        return share_class, paid, part

    def reduction(self, share_class, nominal, **values):
        pool = Pool()
        Reduction = pool.get('coop.share.reduction')
        decision = factories.decision(share_class.company, DAY)
        reduction, = Reduction.create([{
                    'company': share_class.company.id,
                    'share_class': share_class.id, 'date': DAY,
                    'nominal': nominal, 'decision': decision.id, **values}])
        return reduction

    @with_transaction()
    def test_reduce(self):
        "All bear the loss by one operation; the entry is 1013 to 119"
        pool = Pool()
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Reduction = pool.get('coop.share.reduction')
        ShareClass = pool.get('coop.share.class')
        company = factories.cooperative()
        with set_company(company):
            share_class, paid, part = self.setup_class(company)
            reduction = self.reduction(share_class, D(20))
            self.assertEqual(
                (reduction.nominal_before, reduction.loss), (D(24), D(48)))
            Reduction.reduce([reduction])
            reduction = Reduction(reduction.id)
            self.assertEqual((reduction.state, reduction.nominal_before,
                    reduction.loss), ('done', D(24), D(48)))
            positions = [
                Movement.position(m, share_class) for m in [paid, part]]
            self.assertEqual([
                    (p.quantity, p.subscribed, p.called, p.paid_up)
                    for p in positions],
                [(10, D(200), D(200), D(200)), (2, D(40), D(16), D(4))])
            self.assertEqual(
                len({m.operation for m in reduction.movements}), 1)
            move, = Move.search([
                    ('origin', 'in', [str(m) for m in reduction.movements])])
            self.assertEqual({
                    l.account.code: l.debit - l.credit for l in move.lines},
                {'paid_up': D(48), 'loss': D(-48)})
            self.assertEqual(
                ShareClass(share_class.id).get_nominal_at(DAY), D(20))
            self.assertEqual(Movement.verify_register(company), [])
            # Reduced twice it is another reduction
            Reduction.reduce([reduction])
            self.assertEqual(
                Movement.position(paid, share_class), positions[0])

    @with_transaction()
    def test_cancel(self):
        "It is taken back whole, from its form or from the register"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Reduction = pool.get('coop.share.reduction')
        ShareClass = pool.get('coop.share.class')
        company = factories.cooperative()
        with set_company(company):
            share_class, paid, part = self.setup_class(company)
            before = Movement.positions(company)
            for cancel in [
                    lambda r: Reduction.cancel([r]),
                    lambda r: Movement.reverse(r.movements[:1])]:
                reduction = self.reduction(share_class, D(20))
                Reduction.reduce([reduction])
                cancel(Reduction(reduction.id))
                self.assertEqual(
                    Reduction(reduction.id).state, 'cancelled')
                self.assertEqual(Movement.positions(company), before)
                self.assertEqual(
                    ShareClass(share_class.id).get_nominal_at(DAY), D(24))
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_refused(self):
        "It lowers the value, of shares that there are, before any later one"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Reduction = pool.get('coop.share.reduction')
        company = factories.cooperative()
        with set_company(company):
            share_class, paid, part = self.setup_class(company)
            empty = factories.share_class(company, 'B')
            movements = Movement.search([], count=True)
            for class_, nominal in [
                    (share_class, D(24)), (share_class, D(25)),
                    (empty, D(20))]:
                with self.assertRaises(ReductionError):
                    Reduction.reduce([self.reduction(class_, nominal)])
            self.assertEqual(Movement.search([], count=True), movements)
            done = self.reduction(share_class, D(20))
            Reduction.reduce([done])
            user = factories.user('office', 'administration', company=company)
            with factories.as_user(user):
                for act in [
                        lambda: Reduction.write([done], {'nominal': D(22)}),
                        lambda: Reduction.delete([done])]:
                    with self.assertRaises(ReductionError):
                        act()
            factories.subscribe(paid, share_class, 1, dt.date(2021, 7, 1))
            with self.assertRaises(MovementError):
                Reduction.cancel([Reduction(done.id)])
