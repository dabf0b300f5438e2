# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import sys
import unittest
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import planning
from ..exceptions import PlannerError
from ..plan_flow import PlannerMissing, solver
from . import factories

try:
    solver()
    PLANNER = True
except PlannerMissing:
    PLANNER = False


class PlanningTestCase(factories.MissionTestCase):
    "Test the planner over demands, and the replay of a period"

    def run_(self, name, record=None, **start):
        "Return the session of a wizard and what its result shows"
        Wizard = Pool().get(name, type='wizard')
        session, _, _ = Wizard.create()
        with Transaction().set_context(
                active_model='coop.mission.rule',
                active_id=record.id if record else None):
            result = Wizard.execute(session, {'start': start}, 'result')
        return Wizard, session, result['view']['defaults']

    @unittest.skipUnless(PLANNER, "OR-tools is not installed")
    @with_transaction()
    def test_plan(self):
        "Two demands of the same days go to two members; nobody is told"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            demands = [factories.demand(company) for _ in range(3)]
            mailbox = factories.mailbox()
            span = {
                'start_date': today(company.id),
                'end_date': today(company.id) + dt.timedelta(days=60)}
            with mailbox:
                Wizard, session, result = self.run_(
                    'coop.mission.plan', **span)
                lines = result['lines']
                self.assertEqual(
                    [line['demand'] for line in lines],
                    [d.id for d in demands])
                self.assertEqual(
                    {line['member'] for line in lines if line['member']},
                    {m.id for m in members})
                self.assertEqual(
                    sum(line['chosen'] for line in lines), 2)
                self.assertIn("The rule: 2 of 3", result['measures'])
                self.assertIn("Nearest first: 2 of 3", result['measures'])
                first, *others = [
                    {**{k: v for k, v in line.items() if '.' not in k},
                        'price': Decimal(900)} for line in lines]
                Wizard.execute(session, {
                        'start': span, 'result': {
                            'lines': [
                                first, *({**line, 'chosen': False}
                                    for line in others)]}}, 'prepare')
            self.assertEqual(mailbox.sent, [])
            offer, = Offer.search([])
            self.assertEqual(offer.state, 'draft')
            self.assertEqual(offer.price, 900)
            self.assertEqual(offer.plan_note, first['why'])
            # It has somebody before it now
            _, _, result = self.run_('coop.mission.plan', **span)
            self.assertEqual(len(result['lines']), 2)

    @with_transaction()
    def test_nothing(self):
        company = factories.cooperative()
        with set_company(company), self.assertRaises(PlannerError):
            self.run_('coop.mission.plan', start_date=today(company.id),
                end_date=today(company.id))

    @with_transaction()
    def test_no_ortools(self):
        "Without the solver it is said what to install"
        company = factories.cooperative()
        with set_company(company):
            factories.workers(company, 1)
            factories.demand(company)
            with patch.dict(sys.modules, {
                        'ortools.graph.python.min_cost_flow': None}):
                with self.assertRaisesRegex(
                        PlannerError, r"tryton-coop\[planner\]"):
                    self.run_(
                        'coop.mission.plan', start_date=today(company.id),
                        end_date=today(company.id) + dt.timedelta(days=60))

    @with_transaction()
    def test_periods(self):
        "What comes is planned, what was is simulated, without a date typed"
        pool = Pool()
        company = factories.cooperative()
        day = dt.date(2026, 5, 31)
        with (set_company(company),
                patch.object(planning, 'today', return_value=day)):
            for name, start, end in [
                    ('coop.mission.plan.start',
                        day, dt.date(2026, 6, 30)),
                    ('coop.mission.simulate.start',
                        dt.date(2026, 2, 28), day)]:
                values = pool.get(name).default_get(
                    ['start_date', 'end_date'])
                self.assertEqual(values['start_date'], start)
                self.assertEqual(values['end_date'], end)

    @unittest.skipUnless(PLANNER, "OR-tools is not installed")
    @with_transaction()
    def test_simulate(self):
        "A period is replayed with a rule that is not voted yet"
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            for weeks in [2, 3]:
                factories.offers(
                    factories.demand(
                        company,
                        start_date=factories.monday(company, weeks)),
                    [one], state='accepted')
            rule = factories.rule(
                company, adopted=False, equity=Decimal(10))
            _, _, result = self.run_(
                'coop.mission.simulate', record=rule,
                start_date=today(company.id),
                end_date=today(company.id) + dt.timedelta(days=60),
                rules=[rule.id])
            done, simulated = result['measures'].splitlines()
            self.assertIn("As it was done: 2 of 2", done)
            self.assertIn("Gini 0.50", done)
            self.assertIn("Gini 0.00", simulated)
            self.assertTrue(two)
