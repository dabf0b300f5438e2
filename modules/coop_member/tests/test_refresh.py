# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, inactive_records

from . import factories
from .smtp import smtp_server


class RefreshTestCase(factories.CoopTestCase):
    "Test the scheduled task that brings members up to today"

    def setUp(self):
        super().setUp()
        self.enterContext(smtp_server())

    def night(self, date):
        "Run the task as the scheduler does, on a day to come"
        pool = Pool()
        Cron = pool.get('ir.cron')
        Date = pool.get('ir.date')
        cron, = Cron.search([('method', '=', 'coop.member|refresh')])
        with patch.object(Date, 'today', return_value=date), \
                Transaction().set_user(0), Transaction().reset_context():
            cron.run_once()

    def record(self, member, kind, date, **values):
        Event = Pool().get('coop.member.event')
        Event.record([Event(
                    company=member.company, member=member, kind=kind,
                    date=date, **values)])

    def check(self, member, state, login):
        "Check the cached state, and whether a login is open"
        pool = Pool()
        Member = pool.get('coop.member')
        User = pool.get('res.user')
        self.assertEqual(Member(member.id).state, state)
        with inactive_records():
            users = User.search([('login', '=', 'ann@example.com')])
        self.assertEqual([u.active for u in users], login)

    @with_transaction()
    def test_day_has_come(self):
        "An admission and a departure to come count when their day has come"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company, activation='admission')
            later = factories.category(company, 'later')
            party = factories.person("Ann", 'ann@example.com')
            member = factories.applicant(party, category)
            today = Pool().get('ir.date').today()

        def on(days):
            return today + dt.timedelta(days=days)
        with set_company(company):
            self.record(member, 'admission', on(10), category=category)
            self.check(member, 'applied', [])
        self.night(on(9))
        self.check(member, 'applied', [])
        self.night(on(10))
        # It is active at once by the rule of its category
        self.check(member, 'active', [True])
        self.night(on(10))
        self.check(member, 'active', [True])
        self.assertEqual(len(Member(member.id).events), 3)

        with set_company(company), patch.object(
                Pool().get('ir.date'), 'today', return_value=on(10)):
            self.record(member, 'category', on(15), category=later)
            self.record(
                member, 'departure', on(20), cause='resignation')
        self.check(member, 'active', [True])
        self.assertEqual(Member(member.id).category, category)
        self.night(on(15))
        self.assertEqual(Member(member.id).category, later)
        # The last day of membership is one
        self.night(on(20))
        self.check(member, 'active', [True])
        self.night(on(21))
        self.check(member, 'left', [False])

    @with_transaction()
    def test_each_company_its_day(self):
        "Today is the company's"
        members = []
        for name in ["One", "Two"]:
            company = factories.cooperative(name, years=(2021, 2021))
            with set_company(company):
                member, = factories.members(company, 1)
                members.append(member)
                self.record(
                    member, 'departure', dt.date(2098, 12, 31),
                    cause='resignation')
        one, two = members

        def today(timezone=None):
            # It is the next year already where the first one is
            first = Transaction().context.get('company') == one.company.id
            return dt.date(2099, 1, 1) if first else dt.date(2098, 12, 31)
        Member, Date = Pool().get('coop.member'), Pool().get('ir.date')
        with patch.object(Date, 'today', side_effect=today):
            Member.refresh()
        self.assertEqual(Member(one.id).state, 'left')
        self.assertEqual(Member(two.id).state, 'active')
