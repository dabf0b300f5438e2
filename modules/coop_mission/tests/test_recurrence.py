# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import RecurrenceError
from . import factories


class RecurrenceTestCase(factories.MissionTestCase):
    "Test missions that come again"

    @with_transaction()
    def test_made_ahead(self):
        "The cron plans what begins within the days ahead, once"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Recurrence = pool.get('coop.mission.recurrence')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            pattern = factories.mission(company, [one, two], 'accepted')
            first = today(company.id) + dt.timedelta(2)
            recurrence = factories.recurrence(
                pattern, first_date=first, interval='weeks')
            mailbox = factories.mailbox()
            with mailbox:
                for _ in range(2):
                    Recurrence.make_all()
                    factories.forget()
            missions = Mission.search(
                [('recurrence', '=', recurrence.id)],
                order=[('start_date', 'ASC')])
            self.assertEqual(
                [m.start_date for m in missions],
                [first + dt.timedelta(7 * i) for i in range(5)])
            self.assertEqual(len(mailbox.sent), 10)
            for mission in missions:
                self.assertEqual(mission.state, 'planned')
                self.assertEqual(
                    mission.end_date - mission.start_date,
                    pattern.end_date - pattern.start_date)
                self.assertEqual(
                    [(r.member, r.amount, r.state)
                        for r in mission.members],
                    [(one, D(2000), 'waiting'), (two, D(2000), 'waiting')])
                self.assertFalse(mission.reports)
                self.assertIsNone(mission.accepted_on)
            self.assertEqual(
                Recurrence(recurrence.id).next_date,
                first + dt.timedelta(35))

    @with_transaction()
    def test_end_of_months(self):
        "A series of the 31st stays at the end of months"
        Recurrence = Pool().get('coop.mission.recurrence')
        recurrence = Recurrence(
            first_date=dt.date(2027, 1, 31), interval='months',
            interval_number=1)
        self.assertEqual(
            [recurrence.date_at(i) for i in range(4)],
            [dt.date(2027, 1, 31), dt.date(2027, 2, 28),
                dt.date(2027, 3, 31), dt.date(2027, 4, 30)])

    @with_transaction()
    def test_suspend_and_end(self):
        "Suspended it makes none; resumed it makes up for none; it ends"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Recurrence = pool.get('coop.mission.recurrence')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            date = today(company.id)
            recurrence = factories.recurrence(
                factories.mission(company, [member]),
                first_date=date - dt.timedelta(21), interval='weeks',
                end_date=date + dt.timedelta(8))
            Recurrence.suspend([recurrence])
            Recurrence.make_all()
            made = [('recurrence', '=', recurrence.id)]
            self.assertEqual(Mission.search(made), [])
            Recurrence.resume([Recurrence(recurrence.id)])
            Recurrence.make_all()
            factories.forget()
            self.assertEqual(
                sorted(m.start_date for m in Mission.search(made)),
                [date, date + dt.timedelta(7)])
            self.assertEqual(Recurrence(recurrence.id).state, 'ended')

    @with_transaction()
    def test_started(self):
        "What is made is not changed; a cancelled mission is not repeated"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Recurrence = pool.get('coop.mission.recurrence')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            recurrence = factories.recurrence(
                factories.mission(company, [member]))
            with factories.clerk(company):
                with self.assertRaises(RecurrenceError):
                    Recurrence.write(
                        [Recurrence(recurrence.id)], {'interval': 'weeks'})
                Recurrence.write(
                    [Recurrence(recurrence.id)],
                    {'end_date': today(company.id)})
            for group in ['auditor', 'board']:
                with factories.clerk(company, group), \
                        self.assertRaises(AccessError):
                    Recurrence.write(
                        [Recurrence(recurrence.id)], {'end_date': None})
            mission = factories.mission(company, [member])
            mission.cancelled_by = 'client'
            mission.save()
            Mission.cancel([mission])
            factories.forget()
            with self.assertRaisesRegex(RecurrenceError, "cancelled"):
                factories.recurrence(Mission(mission.id))
