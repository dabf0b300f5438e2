# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from itertools import pairwise

from lxml import etree

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories, printed


class HistoryTestCase(factories.CoopTestCase):
    "Test the capital and the members over time"

    def all_months(self, **context):
        Month = Pool().get('coop.share.month')
        with Transaction().set_context(**context):
            return [
                (m.date, m.members, m.shares, m.subscribed, m.paid_up)
                for m in Month.search([], order=[('date', 'ASC')])]

    def months(self, **context):
        "The months that differ from the one before"
        months = self.all_months(**context)
        return months[:1] + [
            after for before, after in pairwise(months)
            if after[1:] != before[1:]]

    def event(self, member, kind, date, **values):
        Event = Pool().get('coop.member.event')
        return Event.record([Event(
                    company=member.company, member=member, kind=kind,
                    date=date, **values)])[0]

    @with_transaction()
    def test_months(self):
        "Each month ends with what its movements and events lead to"
        company = factories.cooperative()
        with set_company(company):
            (one, two, three), _ = printed.register(company)
            # Still a member on the last day of June
            self.event(three, 'departure', dt.date(2021, 6, 30),
                cause='resignation')
            expected = [
                (dt.date(2020, 1, 1), 3, 0, 0, 0),
                (dt.date(2020, 3, 1), 3, 10, 240, 240),
                (dt.date(2020, 6, 1), 3, 19, 400, 240),
                (dt.date(2021, 5, 1), 3, 19, 400, 288),
                (dt.date(2021, 7, 1), 2, 19, 400, 288),
                ]
            self.assertEqual(self.months(), expected)
            # Every month has its point on the graphs
            self.assertEqual(
                [d for d, *_ in self.all_months(date=dt.date(2021, 6, 30))],
                [dt.date(2020 + n // 12, n % 12 + 1, 1) for n in range(18)])
            self.assertEqual(
                self.months(date=dt.date(2021, 6, 30)), expected[:-1])
            # Before the mistake was reversed
            self.assertIn(
                (dt.date(2021, 3, 1), 3, 21, 448, 240),
                self.months(known_at=7))

    @with_transaction()
    def test_members(self):
        "Suspended or leaving he stays a member, refused he never was one"
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.members(
                company, 2, admitted=dt.date(2021, 1, 1))
            refused, = factories.members(
                company, 1, one.category, admitted=dt.date(2021, 1, 1),
                events=['application', 'refusal'])
            self.event(one, 'suspension', dt.date(2021, 2, 1))
            self.event(one, 'resumption', dt.date(2021, 3, 1))
            wrong = self.event(two, 'departure', dt.date(2021, 3, 31),
                cause='other')
            self.event(one, 'notice', dt.date(2021, 5, 1),
                cause='resignation')
            self.event(one, 'departure', dt.date(2021, 6, 15),
                cause='resignation')
            self.assertEqual(
                [(d, n) for d, n, *_ in self.months()], [
                    (dt.date(2021, 1, 1), 2), (dt.date(2021, 4, 1), 1),
                    (dt.date(2021, 6, 1), 0)])
            wrong.reverse(wrong, "mistake")
            self.assertEqual(
                [(d, n) for d, n, *_ in self.months()], [
                    (dt.date(2021, 1, 1), 2), (dt.date(2021, 6, 1), 1)])

    @with_transaction()
    def test_companies(self):
        "Each company has its own months"
        company = factories.cooperative()
        other = factories.cooperative("Other", years=(2021, 2021))
        Month = Pool().get('coop.share.month')
        for company_ in [company, other]:
            with set_company(company_):
                member, = factories.members(
                    company_, 1, admitted=dt.date(2021, 1, 1))
        rows = Month.search([])
        self.assertEqual(
            {(r.company, r.members) for r in rows},
            {(company, 1), (other, 1)})
        self.assertEqual(len({r.id for r in rows}), len(rows))

    @with_transaction()
    def test_dashboard(self):
        "The dashboard shows actions that are there"
        pool = Pool()
        ActWindow = pool.get('ir.action.act_window')
        ModelData = pool.get('ir.model.data')
        View = pool.get('ir.ui.view')
        view = View(ModelData.get_id('coop_member', 'dashboard_view'))
        names = [
            e.get('name') for e in etree.fromstring(
                view.view_get()['arch']).iter('action')]
        self.assertEqual(len(names), 4)
        for name in names:
            self.assertTrue(ActWindow.get(name)['res_model'])
