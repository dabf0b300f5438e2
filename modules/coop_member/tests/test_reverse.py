# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import capital
from ..exceptions import EventError
from . import factories


class ReverseTestCase(factories.CoopTestCase):
    "Test taking back what was recorded wrongly"

    def run_wizard(self, name, record, **values):
        Wizard = Pool().get(name, type='wizard')
        session, _, _ = Wizard.create()
        with Transaction().set_context(
                active_model=record.__name__, active_id=record.id,
                active_ids=[record.id]):
            wizard = Wizard(session)
            defaults = getattr(wizard, 'default_start', lambda f: {})([])
            for field, value in values.items():
                setattr(wizard.start, field, value)
            wizard.transition_reverse()
        Wizard.delete(session)
        return defaults

    @with_transaction()
    def test_movement(self):
        "A wrong subscription is taken back on its own day, and the books too"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            movement = factories.subscribe(
                member, share_class, 2, dt.date(2021, 3, 1))
            defaults = self.run_wizard(
                'coop.share.movement.reverse', movement, note="Wrong member")
            self.assertEqual(defaults['movements'], [movement.id])
            reversal, = Movement(movement.id).reversed_by
            self.assertEqual(reversal.note, "Wrong member")
            self.assertEqual(reversal.date, movement.date)
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_event(self):
        "A notice given by mistake; an admission only after its activation"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            notice, = Event.record([Event(
                        company=company, member=member, kind='notice',
                        date=dt.date(2021, 6, 30), cause='resignation')])
            self.assertEqual(Member(member.id).state, 'leaving')
            self.run_wizard(
                'coop.member.event.reverse', notice, reason="Not his")
            self.assertEqual(Member(member.id).state, 'active')
            self.assertIsNone(Event.verify_chain(company))
            admission, = Event.search([('kind', '=', 'admission')])
            with self.assertRaises(EventError):
                self.run_wizard(
                    'coop.member.event.reverse', admission, reason="Too soon")
