# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import MissionError, ReportError
from . import factories


def take_back(record, reason="Noted for another client"):
    "Take back by the wizard what was noted of a mission or a report"
    Wizard = Pool().get('coop.mission.take_back', type='wizard')
    with Transaction().set_context(
            active_model=record.__name__, active_id=record.id,
            active_ids=[record.id]):
        session, _, _ = Wizard.create()
        Wizard.execute(session, {'start': {'reason': reason}}, 'take_back')
        Wizard.delete(session)
    factories.forget()
    return record.__class__(record.id)


class TakeBackTestCase(factories.MissionTestCase):
    "Test what is taken back that was noted by mistake"

    @with_transaction()
    def test_acceptance(self):
        "The client has all the days again; who and why are kept"
        pool = Pool()
        Mission = pool.get('coop.mission')
        User = pool.get('res.user')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'reported')
            # The days have passed
            mission.accept_by = today(company.id) - dt.timedelta(days=1)
            mission.save()
            Mission.accept_all()
            mission = Mission(mission.id)
            self.assertTrue(mission.tacit)
            with factories.clerk(company):
                clerk = Transaction().user
                mission = take_back(mission)
            self.assertEqual(mission.state, 'reported')
            self.assertFalse(mission.tacit)
            self.assertIsNone(mission.accepted_on)
            self.assertEqual(Mission.performed([mission])[mission], [])
            report, = mission.reports
            self.assertEqual(report.state, 'submitted')
            self.assertIsNone(report.accepted_on)
            row, = mission.taken_back
            self.assertEqual(
                (row.state, row.user, row.reason, row.report),
                ('accepted', User(clerk), "Noted for another client", None))
            # The same night does not accept it again
            Mission.accept_all()
            self.assertEqual(Mission(mission.id).state, 'reported')
            Mission.accept([Mission(mission.id)])
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'accepted')

    @with_transaction()
    def test_reports_before(self):
        "What was accepted before the mission stays accepted"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(
                company, [member], 'in_progress', 50, pricing='time')
            before = factories.report(
                mission, member, 'accepted', final=False)
            last = factories.report(Mission(mission.id), member)
            Mission.accept([Mission(mission.id)])
            factories.forget()
            self.assertEqual(len(
                    Mission.performed([mission])[mission]), 2)
            mission = take_back(Mission(mission.id))
            self.assertEqual(before.__class__(before.id).state, 'accepted')
            self.assertEqual(last.__class__(last.id).state, 'submitted')
            self.assertEqual(
                [p.origin for p in Mission.performed([mission])[mission]],
                list(before.lines))

    @with_transaction()
    def test_report(self):
        "The acceptance of one report is taken back, unless the mission's is"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(
                company, [member], 'in_progress', 50, pricing='time')
            report = factories.report(
                mission, member, 'accepted', final=False)
            report = take_back(Report(report.id))
            self.assertEqual(report.state, 'submitted')
            self.assertEqual(
                [r.report for r in Mission(mission.id).taken_back], [report])
            with self.assertRaises(ReportError):
                take_back(report)
            Report.accept([Report(report.id)])
            factories.report(Mission(mission.id), member)
            Mission.accept([Mission(mission.id)])
            factories.forget()
            with self.assertRaisesRegex(ReportError, "on the mission"):
                take_back(Report(report.id))

    @with_transaction()
    def test_cancellation(self):
        "A mission goes on from where it was cancelled"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            members = factories.workers(company, 3)
            for member, state in zip(
                    members, ['planned', 'confirmed', 'in_progress']):
                with self.subTest(state=state):
                    mission = factories.mission(company, [member], state)
                    Mission.write([mission], {
                            'cancelled_by': 'client', 'cancel_fee': D(50)})
                    Mission.cancel([Mission(mission.id)])
                    mission = take_back(Mission(mission.id))
                    self.assertEqual(mission.state, state)
                    self.assertIsNone(mission.cancelled_by)
                    self.assertIsNone(mission.cancel_fee)
                    self.assertIsNone(mission.cancelled_from)
                    self.assertEqual(
                        [r.state for r in mission.taken_back],
                        ['cancelled'])

    @with_transaction()
    def test_quotation_cancelled(self):
        "What the client has not signed any more does not come back"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            factories.offers(demand, [member], state='accepted')
            quotation = factories.quotation(
                demand.__class__(demand.id), 'signed')
            Quotation.cancel([Quotation(quotation.id)])
            factories.forget()
            mission, = Mission.search([])
            with self.assertRaisesRegex(MissionError, quotation.number):
                take_back(mission)

    @with_transaction()
    def test_refused(self):
        "Not without a reason, not from another state, not by a member"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'reported')
            with self.assertRaisesRegex(MissionError, "neither"):
                take_back(mission)
            Mission.accept([Mission(mission.id)])
            with self.assertRaisesRegex(MissionError, "Reason"):
                take_back(mission, " ")
            with factories.acting(member):
                with self.assertRaises((AccessError, AccessButtonError)):
                    Mission.take_back([Mission(mission.id)])
                with self.assertRaises(AccessError):
                    take_back(mission)
            for group in ['accountant', 'board', 'auditor']:
                with factories.clerk(company, group), \
                        self.assertRaises(AccessError):
                    take_back(mission)
            self.assertEqual(Mission(mission.id).state, 'accepted')

    @with_transaction()
    def test_history_fixed(self):
        "What was taken back is neither changed nor deleted"
        pool = Pool()
        TakenBack = pool.get('coop.mission.taken_back')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = take_back(
                factories.mission(company, [member], 'accepted'))
            row, = mission.taken_back
            with factories.clerk(company):
                for act in [
                        lambda: TakenBack.write(
                            [TakenBack(row.id)], {'reason': "Other"}),
                        lambda: TakenBack.delete([TakenBack(row.id)])]:
                    with self.assertRaises((AccessError, MissionError)):
                        act()
            with self.assertRaises(MissionError):
                TakenBack.write([TakenBack(row.id)], {'reason': "Other"})

    @with_transaction()
    def test_evaluations(self):
        "The links stop, and are sent again when it is accepted again"
        pool = Pool()
        Evaluation = pool.get('coop.evaluation')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(company, [member], 'accepted')
            mission = take_back(mission)
            evaluations = Evaluation.search([('mission', '=', mission.id)])
            self.assertEqual(len(evaluations), 2)
            self.assertEqual(
                {(e.state, e.token_hash) for e in evaluations},
                {('expired', None)})
            Mission.accept([Mission(mission.id)])
            factories.forget()
            again = Evaluation.search([('mission', '=', mission.id)])
            self.assertEqual(set(again), set(evaluations))
            self.assertEqual({e.state for e in again}, {'requested'})
            self.assertEqual(
                sum(bool(e.token_hash) for e in again), 1)
            self.assertTrue(all(
                    e.until > today(company.id) for e in again))

    @with_transaction()
    def test_four_eyes(self):
        "A clerk notes no answer of the client to own work"
        pool = Pool()
        Member = pool.get('coop.member')
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            mission = factories.mission(
                company, [member], 'in_progress', 50, pricing='time')
            report = factories.report(mission, member, final=False)
            with factories.clerk(company):
                clerk = Transaction().user
            Member.write(
                [Member(member.id)], {'users': [('add', [clerk])]})
            with factories.clerk(company), \
                    self.assertRaisesRegex(ReportError, "your work"):
                Report.accept([Report(report.id)])
            last = factories.report(Mission(mission.id), member)
            with factories.clerk(company), \
                    self.assertRaisesRegex(MissionError, "take part"):
                Mission.accept([Mission(mission.id)])
            # Silence does
            for record in [Report(last.id), Mission(mission.id)]:
                record.accept_by = today(company.id) - dt.timedelta(days=1)
                record.save()
            with factories.clerk(company):
                Mission.accept_all()
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'accepted')
