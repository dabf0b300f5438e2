# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, inactive_records

from .. import capital
from . import factories
from .smtp import deliver, smtp_server

STEPS = [
    'activation', 'admission', 'cancellation', 'departure', 'notice',
    'payment', 'repayment', 'resumption', 'subscription', 'suspension']


class NotificationTestCase(factories.CoopTestCase):
    "Test the e-mails of the steps of a membership"

    def triggers(self):
        Trigger = Pool().get('ir.trigger')
        with inactive_records():
            return Trigger.search([
                    ('notification_email.content.report_name', 'like',
                        'coop.notification.%')])

    @with_transaction()
    def test_inactive(self):
        "Nothing is sent until somebody says so"
        company = factories.cooperative()
        self.assertEqual(len(self.triggers()), len(STEPS))
        self.assertFalse(any(t.active for t in self.triggers()))
        # The welcome with the login is another e-mail
        with set_company(company), smtp_server() as server, \
                Transaction().set_context(coop_welcome=False):
            self.live(company)
            self.run_triggers()
            deliver()
        self.assertEqual(server.messages, [])

    @with_transaction()
    def test_steps(self):
        "Each step switched on writes to the member what happened"
        Trigger = Pool().get('ir.trigger')
        company = factories.cooperative()
        Trigger.write(self.triggers(), {'active': True})
        # The welcome with the login is another e-mail
        with set_company(company), smtp_server() as server, \
                Transaction().set_context(coop_welcome=False):
            self.live(company)
            self.run_triggers()
            deliver()
        texts = []
        for recipients, message in server.messages:
            self.assertEqual(recipients, ['ann@example.com'])
            self.assertIn("Coop: ", message['Subject'])
            body = message.get_body(('html', 'plain'))
            texts.append(' '.join(body.get_content().split()))
        for text in [
                "Hello Member 1,",
                "Coop admitted you on 03/01/2021.",
                "You are a member of Coop since 03/01/2021.",
                "is suspended from 03/02/2021 on.",
                "goes on from 03/03/2021.",
                "received your notice of departure on 03/05/2021.",
                "Your last day as a member of Coop is 03/06/2021.",
                "Your subscription of 2 shares \"Class A\" for usd20.00",
                "Your payment of usd20.00",
                "2 shares \"Class A\" were cancelled on 03/07/2021. "
                "You are owed usd20.00.",
                "You were repaid usd20.00 on 03/08/2021.",
                ]:
            with self.subTest(text=text):
                self.assertTrue(any(text in t for t in texts), msg=texts)
        self.assertEqual(len(texts), len(STEPS))

    def run_triggers(self):
        "Do what the queue would do"
        Queue = Pool().get('ir.queue')
        for task in Queue.search([], order=[('id', 'ASC')]):
            if task.data['model'] == 'ir.trigger':
                task.run()

    def live(self, company):
        "Ann goes through all steps"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Mechanism = pool.get('party.contact_mechanism')
        Movement = pool.get('coop.share.movement')
        share_class = factories.share_class(company, nominal=D(10))
        member, = factories.members(
            company, 1, admitted=dt.date(2021, 3, 1), events=['application'])
        Mechanism.create([{
                    'party': member.party.id, 'type': 'email',
                    'value': 'ann@example.com'}])

        def event(kind, day, **values):
            Event.record([Event(
                        company=company, member=member, kind=kind,
                        date=dt.date(2021, 3, day), **values)])

        def move(kind, day, *deltas):
            Movement.record([[Movement.build(
                            member, share_class, kind,
                            dt.date(2021, 3, day), capital.Deltas(*deltas))]])
        event('admission', 1, category=member.category)
        move('subscription', 1, 2, D(20), D(20))
        event('activation', 1)
        move('payment', 1, 0, D(0), D(0), D(20))
        event('suspension', 2)
        event('resumption', 3)
        event('notice', 5, cause='resignation')
        event('departure', 6, cause='resignation')
        move('cancellation', 7, -2, D(-20), D(-20), D(-20), D(20))
        move('repayment', 8, 0, D(0), D(0), D(0), D(-20))
