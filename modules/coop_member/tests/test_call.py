# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import call as call_module
from ..exceptions import CallError, CallWarning
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)


class CallTestCase(factories.CoopTestCase):
    "Test calls of what was subscribed"

    def call(self, share_class, **values):
        Call = Pool().get('coop.share.call')
        call, = Call.create([{
                    'company': share_class.company.id,
                    'share_class': share_class.id, 'date': DAY,
                    'due_date': DAY + dt.timedelta(days=30), **values}])
        Call.call([call])
        while Call(call.id).state != 'done':
            Call.process([call])
        return Call(call.id)

    @with_transaction()
    def test_call(self):
        "Members are called once, by slices; what waits pays the call"
        pool = Pool()
        Call = pool.get('coop.share.call')
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company), patch.object(call_module, 'SLICE', 2):
            share_class = factories.share_class(
                company, nominal=D(10), called_fraction=D('.25'))
            members = factories.members(company, 5)
            subscriptions = factories.subscriptions(
                members, share_class, 4, DAY)
            factories.receive(members[0], D(35), DAY)
            self.assertEqual(subscriptions[0].amount_called, D(10))
            self.assertEqual(
                Subscription(subscriptions[0].id).state, 'paid')
            self.assertEqual(
                Subscription.search([('amount_uncalled', '>', 29)],
                    count=True), 5)
            call = self.call(share_class, fraction=D('.25'))
            self.assertEqual(call.called, D(50))
            before = Movement.search([], count=True)
            Call.process([call])
            self.assertEqual(Movement.search([], count=True), before)
            self.assertEqual(
                Movement.position(members[0], share_class).paid_up, D(20))
            self.assertEqual({
                    l.maturity_date for l in Line.search([
                            ('account.code', '=', 'receivable'),
                            ('party', '=', members[1].party.id)])},
                {DAY + dt.timedelta(days=30)})
            # the rest of one member, then more than is left of all
            self.call(share_class, scope='member', member=members[1].id,
                method='amount', amount=D(5))
            with self.assertRaises(CallWarning):
                self.call(share_class, fraction=D(1))
            with self.assertRaises(CallError):
                self.call(share_class, scope='member', member=members[1].id,
                    fraction=D(1))
            self.assertEqual(Movement.verify_register(company), [])
            for i, member in enumerate(members):
                self.assertEqual(
                    Movement.position(member, share_class).called,
                    D(40) if i == 1 else D(20))

    @with_transaction()
    def test_category(self):
        "A call of one category leaves the members of the others alone"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(
                company, nominal=D(10), called_fraction=D('.25'))
            workers = factories.category(company, 'W')
            users = factories.category(company, 'U')
            worker, = factories.members(company, 1, workers)
            user, = factories.members(company, 1, users)
            factories.subscriptions([worker, user], share_class, 4, DAY)
            call = self.call(share_class, scope='category',
                category=workers.id, fraction=D('.5'))
            self.assertEqual(call.called, D(20))
            self.assertEqual([
                    Movement.position(m, share_class).called
                    for m in [worker, user]], [D(30), D(10)])
