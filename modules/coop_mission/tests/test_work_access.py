# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal as D

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MissionError, ReportError
from . import factories

REFUSED = (AccessError, AccessButtonError)


class WorkAccessTestCase(factories.MissionTestCase):
    "Test who reaches missions and reports"

    def view_fields(self, model, view):
        pool = Pool()
        View = pool.get('ir.ui.view')
        view, = View.search([('name', '=', view)])
        return pool.get(model).fields_view_get(view.id, view.type)['fields']

    @with_transaction()
    def test_own(self):
        "A member reads and reports on own missions, whole"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, two, stranger = factories.workers(company, 3)
            mission = factories.mission(company, [one, two], 'planned')
            Member.confirm([mission.members[1]])
            with factories.acting(one):
                self.assertEqual(Mission.search([]), [mission])
                row, = Member.search([])
                self.assertEqual(row.member, one)
                values, = Mission.read(
                    [mission.id], ['members', 'members.amount'])
                self.assertEqual(values['members'], (row.id,))
                self.assertEqual(
                    [v['id'] for v in values['members.']], [row.id])
                Member.confirm([row])
                Mission.start([Mission(mission.id)])
                report = factories.report(
                    Mission(mission.id), one, 'draft')
                Report.write([Report(report.id)], {'description': "Done"})
                Report.submit([Report(report.id)])
                for model, view, record in [
                        (Mission, 'mission_own_form', mission),
                        (Mission, 'mission_own_list', mission),
                        (Member, 'mission_member_form', row),
                        (Report, 'report_own_form', report),
                        (Report, 'report_own_list', report)]:
                    with self.subTest(view=view):
                        fields = self.view_fields(model.__name__, view)
                        values, = model.read(
                            [record.id], [*fields, 'rec_name'])
                        self.assertTrue(values['rec_name'])
            factories.forget()
            self.assertEqual(Report(report.id).state, 'submitted')
            with factories.acting(stranger):
                for Model in [Mission, Member, Report]:
                    self.assertEqual(Model.search([]), [])

    @with_transaction()
    def test_stranger(self):
        "Another member confirms, writes and submits nothing"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        Report = pool.get('coop.mission.report')
        Configuration = pool.get('coop.configuration')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            planned = factories.mission(company, [one], 'planned')
            mission = factories.mission(company, [one])
            report = factories.report(mission, one, 'draft')
            for see in ['none', 'all']:
                Configuration(1).set_multivalue(
                    'colleagues_see', see, company=company.id)
                with factories.acting(two):
                    for i, act in enumerate([
                            lambda: Member.confirm(
                                [Member(planned.members[0].id)]),
                            lambda: Member.decline(
                                [Member(planned.members[0].id)]),
                            lambda: Mission.start([Mission(mission.id)]),
                            lambda: Mission.accept([Mission(mission.id)]),
                            lambda: Mission.write(
                                [Mission(mission.id)], {'title': "x"}),
                            lambda: Report.submit([Report(report.id)]),
                            lambda: Report.write(
                                [Report(report.id)], {'description': "x"}),
                            *([lambda: Report.delete([Report(report.id)])]
                                # A second try deletes nothing twice
                                if see == 'all' else [])]):
                        with self.subTest(see=see, act=i), \
                                self.assertRaises(REFUSED):
                            act()
                    with self.assertRaises((AccessError, ReportError)):
                        factories.report(Mission(mission.id), two, 'draft')
                    with self.assertRaises((AccessError, ReportError)):
                        factories.report(Mission(mission.id), one, 'draft')

    @with_transaction()
    def test_member_accepts_nothing(self):
        "A member neither accepts own work for the client nor sets a price"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one], 'planned')
            with factories.acting(one):
                for act in [
                        lambda: Member.write(
                            [Member(mission.members[0].id)],
                            {'amount': D(9000)}),
                        lambda: Mission.create([{
                                    'company': company.id, 'title': "x",
                                    'start_date': today(company.id),
                                    'end_date': today(company.id)}]),
                        lambda: Member.ask_again(
                            [Member(mission.members[0].id)])]:
                    with self.assertRaises(REFUSED):
                        act()
            factories.advance(Mission(mission.id), 'reported')
            report, = Mission(mission.id).reports
            with factories.acting(one):
                for act in [
                        lambda: Mission.accept([Mission(mission.id)]),
                        lambda: Mission.close([Mission(mission.id)]),
                        lambda: Report.accept([Report(report.id)]),
                        lambda: Report.contest([Report(report.id)])]:
                    with self.assertRaises(REFUSED):
                        act()
                with self.assertRaises(ReportError):
                    Report.write(
                        [Report(report.id)], {'contest_reason': "x"})

    @with_transaction()
    def test_forged_report(self):
        "A member writes no price, moves no cost and gives no number"
        pool = Pool()
        Cost = pool.get('coop.mission.report.cost')
        Line = pool.get('coop.mission.report.line')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [one], pricing='time')
            other = factories.mission(company, [two], title="Secret")
            service = factories.service(company)
            date = mission.end_date
            values = {
                'company': company.id, 'mission': mission.id,
                'member': one.id, 'date': date}
            line = {
                'date': date, 'description': "Work", 'service': service.id,
                'quantity': D(2)}
            sent = factories.report(mission, one, final=False)
            with factories.acting(one):
                for wrong, error in [
                        ({'mission': other.id}, AccessError),
                        ({'number': "1"}, ReportError),
                        ({'lines': [('create', [
                                        {**line, 'unit_price': D(9000)}])]},
                            ReportError)]:
                    with self.subTest(wrong), self.assertRaises(error):
                        Report.create([{**values, **wrong}])
                report, = Report.create([{
                            **values, 'lines': [('create', [line])],
                            'costs': [('create', [{
                                            'kind': 'cost', 'date': date,
                                            'description': "Cable",
                                            'quantity': D(1),
                                            'unit_price': D(500)}])]}])
                for act in [
                        lambda: Report.write([report], {'number': "1"}),
                        lambda: Line.write(
                            list(report.lines), {'service': None}),
                        lambda: Line.write(
                            list(report.lines), {'unit_price': D(9000)}),
                        lambda: Line.write(
                            list(report.lines), {'report': sent.id}),
                        lambda: Cost.write(
                            list(report.costs), {'report': sent.id})]:
                    with self.assertRaises(ReportError):
                        act()
                Line.write(list(report.lines), {'quantity': D(3)})
            factories.forget()
            self.assertEqual(Report(report.id).amount, 3 * 60 + 500)

    @with_transaction()
    def test_sums(self):
        "The sum of a mission does not tell what a colleague gets"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            alone = factories.mission(company, [one], 'planned')
            shared = factories.mission(company, [one, two], 'planned')
            for see, sum_ in [('none', None), ('mission', 4000)]:
                Configuration(1).set_multivalue(
                    'colleagues_see', see, company=company.id)
                with self.subTest(see), factories.acting(one):
                    found = Mission.read(
                        [alone.id, shared.id], ['members_amount', 'amount'])
                    amounts = {v['id']: v for v in found}
                    self.assertEqual(
                        amounts[alone.id]['members_amount'], 2000)
                    self.assertEqual(
                        amounts[shared.id]['members_amount'], sum_)
                    self.assertEqual(
                        amounts[shared.id]['amount'] is None, sum_ is None)
            with factories.clerk(company):
                self.assertEqual(Mission(shared.id).members_amount, 4000)

    @with_transaction()
    def test_colleagues(self):
        "Of colleagues a member sees what the setting allows"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, two, three = factories.workers(company, 3)
            mission = factories.mission(company, [one, two])
            factories.report(mission, two, final=False)
            factories.report(mission, two, 'draft')
            other = factories.mission(company, [three])
            factories.report(other, three, final=False)
            for see, missions, rows, reports in [
                    ('none', 1, 1, 0), ('mission', 1, 2, 1),
                    ('all', 2, 3, 2), ('none', 1, 1, 0)]:
                Configuration(1).set_multivalue(
                    'colleagues_see', see, company=company.id)
                with self.subTest(see), factories.acting(one):
                    self.assertEqual(
                        [len(M.search([])) for M in [
                                Mission, Member, Report]],
                        [missions, rows, reports])

    @with_transaction()
    def test_auditor(self):
        "The auditor, the accountant and the board read all, write nothing"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one])
            report = factories.report(mission, one, 'draft')
            service = factories.service(company)
            for group in ['auditor', 'accountant', 'board']:
                for name, id_, buttons in [
                        ('coop.mission', mission.id,
                            ['start', 'accept', 'cancel', 'close']),
                        ('coop.mission.member', mission.members[0].id,
                            ['confirm', 'decline', 'ask_again']),
                        ('coop.mission.report', report.id,
                            ['submit', 'correct', 'accept', 'contest']),
                        ('coop.mission.report.line', report.lines[0].id,
                            []),
                        ('coop.service', service.id, [])]:
                    Model = pool.get(name)
                    with self.subTest(group=group, model=name), \
                            factories.clerk(company, group):
                        self.assertTrue(Model.search([]))
                        with self.assertRaises(AccessError):
                            Model.write([Model(id_)], {})
                        with self.assertRaises(AccessError):
                            Model.delete([Model(id_)])
                        for button in buttons:
                            with self.assertRaises(REFUSED):
                                getattr(Model, button)([Model(id_)])

    @with_transaction()
    def test_declined(self):
        "The office notes the answer of a member who telephones"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one], 'planned')
            with factories.clerk(company):
                Member.confirm([Member(mission.members[0].id)])
                with self.assertRaises(MissionError):
                    Mission.write(
                        [Mission(mission.id)], {'pricing': 'time'})
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'confirmed')
