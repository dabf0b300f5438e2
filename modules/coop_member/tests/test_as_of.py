# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import capital
from . import factories

D = Decimal


def day(month, day=1):
    return dt.date(2021, month, day)


class AsOfTestCase(factories.CoopTestCase):
    "Test what was so at a date, and what was known of it at a time"

    def at(self, date, known_at=None):
        return Transaction().set_context(date=date, known_at=known_at)

    def lives(self, member, dates, known_at=None):
        "Return [(state, category code, suspended)] of a member at dates"
        Member = Pool().get('coop.member')
        result = []
        for date in dates:
            with self.at(date, known_at):
                at = Member(member.id)
                result.append((
                        at.state_at, at.category_at and at.category_at.code,
                        at.suspended_at))
                # What is searched is what is read
                self.assertEqual(Member.search([
                            ('state_at', '=', at.state_at),
                            ('category_at', '=', at.category_at),
                            ('suspended_at', '=', at.suspended_at),
                            ]), [member], msg=date)
        return result

    def event(self, member, kind, date, **values):
        Event = Pool().get('coop.member.event')
        return Event.record([Event(
                    company=member.company, member=member, kind=kind,
                    date=date, **values)])[0]

    @with_transaction()
    def test_life(self):
        "State, category and suspension at each past date"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            worker = factories.category(company, 'W')
            user = factories.category(company, 'U')
            member, = factories.members(
                company, 1, worker, admitted=day(2))
            # Recorded in another order than that of the dates
            self.event(member, 'notice', day(10), cause='resignation')
            departure = self.event(
                member, 'departure', day(12, 31), cause='resignation')
            self.event(member, 'suspension', day(4))
            self.event(member, 'category', day(6), category=user)
            self.event(member, 'resumption', day(8))
            dates = [
                day(1, 31), day(2), day(3, 31), day(4), day(6), day(7, 31),
                day(8), day(10), day(12, 31), dt.date(2022, 1, 1)]
            expected = [
                ('active', 'W', False), ('active', 'W', False),
                ('suspended', 'W', True), ('suspended', 'U', True),
                ('suspended', 'U', True), ('active', 'U', False),
                ('leaving', 'U', False), ('leaving', 'U', False),
                ('left', 'U', False)]
            self.assertEqual(self.lives(member, dates[1:]), expected)
            with self.at(dates[0]):
                before = Member(member.id)
                self.assertIsNone(before.state_at)
                self.assertIsNone(before.category_at)
                self.assertFalse(before.suspended_at)
            # Taken back later: known until then
            reversal = Event.reverse(departure, "He stays")
            moment = dt.timedelta(microseconds=1)
            stays, left = ('leaving', 'U', False), ('left', 'U', False)
            for known_at, state in [
                    (None, stays),
                    (reversal.recorded_at, stays),
                    (reversal.recorded_at - moment, left),
                    # before the change of category was known
                    (departure.recorded_at, ('left', 'W', False)),
                    (departure.recorded_at - moment,
                        ('leaving', 'W', False))]:
                with self.subTest(known_at=known_at):
                    self.assertEqual(
                        self.lives(member, dates[-1:], known_at), [state])

    @with_transaction()
    def test_suspended_leaver(self):
        "Who gives notice while suspended stays suspended until the exit"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1, admitted=day(2))
            self.event(member, 'suspension', day(4))
            self.event(member, 'notice', day(6), cause='resignation')
            self.event(member, 'departure', day(8), cause='resignation')
            self.assertEqual(
                self.lives(member, [day(4), day(6), day(8), day(8, 2)]), [
                    ('suspended', 'W', True), ('leaving', 'W', True),
                    ('leaving', 'W', True), ('left', 'W', False)])

    @with_transaction()
    def test_event_known_at_row(self):
        "A row of the register tells which events were known then"
        pool = Pool()
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1, admitted=day(2))
            first = factories.subscribe(member, share_class, 1, day(3))
            self.event(member, 'suspension', day(2))
            second = factories.subscribe(member, share_class, 1, day(3))
            for known_at, state, date in [
                    (0, None, None),
                    (first.number, 'active', day(2)),
                    (second.number, 'suspended', day(2)),
                    (None, 'suspended', day(2))]:
                with self.at(day(5), known_at):
                    at = Member(member.id)
                    self.assertEqual(
                        (at.state_at, at.admission_date), (state, date))

    def register(self, company, date, known_at=None):
        "Return {class code: (quantity, subscribed)} read in three ways"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Holding = pool.get('coop.share.holding')
        Movement = pool.get('coop.share.movement')
        ShareClass = pool.get('coop.share.class')
        with self.at(date, known_at):
            result = {
                c.share_class.code: (c.quantity, c.subscribed)
                for c in Capital.search([])}
            held = {
                (h.member.id, h.share_class.id): (h.quantity, h.subscribed)
                for h in Holding.search([])}
        positions = Movement.positions(company, date, known_at)
        self.assertEqual(held, {
                holder: (d.quantity, d.subscribed)
                for holder, d in positions.items() if d})
        totals = {}
        for (_, class_), deltas in positions.items():
            code = ShareClass(class_).code
            totals[code] = totals.get(code, capital.NOTHING) + deltas
        self.assertEqual(result, {
                code: (d.quantity, d.subscribed)
                for code, d in totals.items() if d})
        return result

    @with_transaction()
    def test_late_reversal(self):
        "The register before and after a late reversal, by time and by row"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            a, b = [factories.share_class(company, c) for c in 'AB']
            one, two = factories.members(company, 2)
            factories.subscribe(one, a, 2, day(2))
            wrong = factories.subscribe(two, b, 10, day(3))
            last = factories.subscribe(two, a, 1, day(4))
            reversal, = Movement.reverse([wrong], "wrong class")
            self.assertEqual(
                (wrong.number, last.number, reversal.number), (2, 3, 4))
            was = {'A': (3, D(72)), 'B': (10, D(240))}
            for date, known_at, register, highest in [
                    (day(1), None, {}, 0),
                    (day(5), None, {'A': (3, D(72))}, 72),
                    (day(5), reversal.recorded_at, {'A': (3, D(72))}, 72),
                    (day(5), 4, {'A': (3, D(72))}, 72),
                    (day(5), last.recorded_at, was, 312),
                    (day(5), 3, was, 312),
                    (day(3), 3, {**was, 'A': (2, D(48))}, 288),
                    (day(5), 2, {**was, 'A': (2, D(48))}, 288),
                    (day(5), 1, {'A': (2, D(48))}, 48),
                    (day(5), 0, {}, 0)]:
                with self.subTest(date=date, known_at=known_at):
                    self.assertEqual(
                        self.register(company, date, known_at), register)
                    self.assertEqual(
                        Capital.highest(company, date, known_at), highest)
                    self.assertEqual(
                        Capital.subscribed_at(company, date, known_at),
                        sum(s for _, s in register.values()))
                    with self.at(date, known_at):
                        self.assertEqual(
                            sum(m.shares for m in Member.browse([one, two])),
                            sum(q for q, _ in register.values()))

    @with_transaction()
    def test_row_of_each_company(self):
        "A row number is one of the register of each company"
        Movement = Pool().get('coop.share.movement')
        companies = []
        for name in ["One", "Two"]:
            company = factories.cooperative(name, years=(2021, 2021))
            companies.append(company)
            with set_company(company):
                share_class = factories.share_class(company)
                member, = factories.members(company, 1)
                for _ in range(2):
                    factories.subscribe(member, share_class, 1, day(2))
        for company in companies:
            position, = Movement.positions(
                company, day(2), known_at=1).values()
            self.assertEqual(position.quantity, 1)

    @with_transaction()
    def test_highest_and_floor(self):
        "The floor follows the highest reached so far, or the statutes"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Configuration = pool.get('coop.configuration')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company, nominal=D(10))
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 40, day(2))
            peak = factories.subscribe(member, share_class, 60, day(4))

            def leave(quantity, date):
                amount = quantity * D(10)
                Movement.record([[Movement.build(
                                member, share_class, 'cancellation', date,
                                capital.Deltas(-quantity, -amount, -amount))]])
            leave(70, day(6))
            # Up and down on one day is no peak: the end of the day counts
            factories.subscribe(member, share_class, 500, day(8))
            leave(500, day(8))
            floors = [
                (day(1), 0, 0), (day(2), 400, 100), (day(3, 31), 400, 100),
                (day(4), 1000, 250), (day(6), 1000, 250),
                (day(12, 31), 1000, 250)]
            for date, highest, floor in floors:
                with self.subTest(date=date):
                    self.assertEqual(
                        Capital.highest(company, date), D(highest))
                    self.assertEqual(Capital.floor(company, date), D(floor))
            self.assertEqual(
                Capital.subscribed_at(company, day(12, 31)), D(300))
            self.assertEqual(
                Capital.highest(company, day(5), peak.number - 1), D(400))
            self.assertEqual(
                Capital.floor(company, day(5), peak.number - 1), D(100))

            configuration = Configuration(1)
            configuration.statutory_minimum = D(120)
            configuration.save()
            for date, _, floor in floors:
                with self.subTest(date=date, statutory=True):
                    self.assertEqual(
                        Capital.floor(company, date), max(D(floor), D(120)))
