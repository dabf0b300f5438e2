# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.exceptions import FileSizeError
from trytond.modules.coop_member.file import max_size
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import ReportError
from . import factories


class ReportTestCase(factories.MissionTestCase):
    "Test work reports and what is owed by them"

    def at_work(self, company, count=1, **values):
        "Return a mission by the hour at 50, and its members"
        members = factories.workers(company, count)
        return factories.mission(
            company, members, pricing='time', price=50, **values), members

    @with_transaction()
    def test_hours(self):
        "Hours are owed at the price agreed, once the client accepts them"
        pool = Pool()
        Member = pool.get('coop.mission.member')
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            day = mission.start_date
            report = factories.report(mission, member, final=False, lines=[(
                        'create', [{
                                'date': day, 'description': "Analysis",
                                'duration': dt.timedelta(minutes=90)}, {
                                'date': day + dt.timedelta(1),
                                'description': "Code",
                                'duration': dt.timedelta(minutes=20)}])])
            self.assertEqual(report.hours, D('1.83'))
            self.assertEqual(
                [line.amount for line in report.lines],
                [D(75), D('16.66')])
            self.assertEqual(report.amount, D('91.66'))
            self.assertTrue(report.number)
            self.assertEqual(Mission.performed([mission])[mission], [])
            # A price that changes later does not change what was done
            Member.write(list(mission.members), {'unit_price': D(99)})
            Report.accept([Report(report.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'in_progress')
            self.assertEqual([
                    (p.member, p.date, p.description, p.amount, p.kind)
                    for p in Mission.performed([mission])[mission]],
                [
                    (member, day, "Analysis", D(75), 'work'),
                    (member, day + dt.timedelta(1), "Code", D('16.66'),
                        'work')])

    @with_transaction()
    def test_services_and_costs(self):
        "Services of the price list and costs are owed, at their prices"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        Service = pool.get('coop.service')
        company = factories.cooperative()
        with set_company(company):
            Configuration(1).set_multivalue(
                'kilometre_price', D('.603'), company=company.id)
            service = factories.service(company, price=60)
            mission, (member,) = self.at_work(company)
            day = mission.start_date
            report = factories.report(
                mission, member, 'accepted',
                lines=[('create', [{
                                'date': day, 'description': "Virus",
                                'service': service.id,
                                'quantity': D(2)}])],
                costs=[('create', [{
                                'date': day, 'description': "Cable",
                                'unit_price': D('12.50'),
                                'receipt': b'receipt',
                                'receipt_name': 'receipt.jpg'}, {
                                'kind': 'kilometre', 'date': day,
                                'description': "To Grenoble",
                                'quantity': D(31),
                                'unit_price': D('.603')}])])
            Service.write([service], {'price': D(80)})
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual([
                    (p.kind, p.amount, p.origin.__name__)
                    for p in mission.performed([mission])[mission]],
                [
                    ('work', D(120), 'coop.mission.report.line'),
                    ('cost', D('12.50'), 'coop.mission.report.cost'),
                    ('cost', D('18.69'), 'coop.mission.report.cost')])
            self.assertEqual(
                report.__class__(report.id).amount, D('151.19'))

    @with_transaction()
    def test_kilometres(self):
        "A member is shown the price of the cooperative"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Cost = pool.get('coop.mission.report.cost')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            Configuration(1).set_multivalue(
                'kilometre_price', D('.603'), company=company.id)
            mission, (member,) = self.at_work(company)
            with factories.acting(member):
                cost = Cost(
                    kind='kilometre', report=Report(company=company))
                cost.on_change_kind()
                self.assertEqual(cost.unit_price, D('.603'))

    @with_transaction()
    def test_fixed_price(self):
        "The hours of a fixed price are told, and owed once: by the price"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 1)
            mission = factories.mission(company, members, 'in_progress')
            report = factories.report(mission, members[0])
            self.assertIsNone(report.lines[0].amount)
            self.assertEqual(report.amount, 0)
            Mission.accept([Mission(mission.id)])
            factories.forget()
            mission = Mission(mission.id)
            row, = mission.members
            performed, = Mission.performed([mission])[mission]
            self.assertEqual(performed.origin, row)
            self.assertEqual(performed.amount, D(2000))

    @with_transaction()
    def test_contested(self):
        "What the client contests is corrected and submitted again"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            report = factories.report(mission, member)
            with self.assertRaisesRegex(ReportError, "Contested because"):
                Report.contest([Report(report.id)])
            with factories.clerk(company):
                Report.write(
                    [Report(report.id)], {'contest_reason': "Five hours"})
                Report.contest([Report(report.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'in_progress')
            self.assertIsNone(mission.accept_by)
            with factories.acting(member):
                Report.correct([Report(report.id)])
                report = Report(report.id)
                line, = report.lines
                Report.write([report], {'lines': [
                            ('write', [line.id], {
                                    'duration': dt.timedelta(hours=5)})]})
                Report.submit([Report(report.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'reported')
            Mission.accept([mission])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(
                [p.amount for p in Mission.performed([mission])[mission]],
                [D(250)])

    @with_transaction()
    def test_accept_waits(self):
        "A mission is not accepted while a report of it is not finished"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            factories.report(mission, member, 'draft', final=False)
            factories.report(Mission(mission.id), member)
            factories.forget()
            with self.assertRaisesRegex(Exception, "not finished"):
                Mission.accept([Mission(mission.id)])

    @with_transaction()
    def test_tacit(self):
        "A report on the way is accepted by the cron too, a contested not"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            one = factories.report(mission, member, final=False)
            two = factories.report(
                Mission(mission.id), member, 'contested', final=False)
            late = today(company.id) - dt.timedelta(1)
            for report in [one, two]:
                report = Report(report.id)
                report.accept_by = late
                report.save()
            Mission.accept_all()
            factories.forget()
            self.assertEqual(Report(one.id).state, 'accepted')
            self.assertEqual(Report(two.id).state, 'contested')

    @with_transaction()
    def test_disputed(self):
        "Nothing more is owed of a mission while it is disputed"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            report = factories.report(mission, member)
            Mission.dispute([Mission(mission.id)])
            factories.forget()
            with self.assertRaisesRegex(ReportError, "disputed"):
                Report.accept([Report(report.id)])
            Mission.undispute([Mission(mission.id)])
            factories.forget()
            Report.accept([Report(report.id)])
            self.assertEqual(Report(report.id).state, 'accepted')

    @with_transaction()
    def test_checks(self):
        "What can not be paid or answered is refused with the remedy"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            member, stranger = factories.workers(company, 2)
            mission = factories.mission(
                company, [member], pricing='time', price=50)
            day = mission.start_date
            line = {'date': day, 'description': "x",
                'duration': dt.timedelta(hours=1)}
            cost = {'date': day, 'description': "Cable",
                'unit_price': D(10)}
            for error, values in [
                    ("says nothing", {'lines': []}),
                    ("day to come", {
                            'date': today(company.id) + dt.timedelta(1)}),
                    ("checklist", {'checks': [
                                ('create', [{'name': "Saved"}])]}),
                    ("no receipt", {'costs': [('create', [cost])]}),
                    ("more than the price", {'costs': [('create', [{
                                        **cost, 'kind': 'kilometre'}])]})]:
                with self.subTest(error), \
                        self.assertRaisesRegex(ReportError, error):
                    factories.report(mission, member, **{
                            'lines': [('create', [line])], **values})
            with self.assertRaisesRegex(ReportError, "does not take part"):
                factories.report(mission, stranger)
            Mission = pool.get('coop.mission')
            planned = factories.mission(company, [stranger], 'planned')
            with self.assertRaisesRegex(ReportError, "does not take part"):
                factories.report(planned, stranger)
            Mission.write([Mission(mission.id)], {'cancelled_by': 'client'})

    @with_transaction()
    def test_checklist(self):
        "The checklist of the kind of work is that of the report"
        pool = Pool()
        Report = pool.get('coop.mission.report')
        Template = pool.get('coop.demand.template')
        company = factories.cooperative()
        with set_company(company):
            template, = Template.create([{
                        'company': company.id, 'name': "Repair",
                        'checks': [('create', [
                                    {'name': "Budget asked"},
                                    {'name': "Data saved",
                                        'on_report': True}])]}])
            mission, (member,) = self.at_work(
                company, template=template.id)
            report = Report(mission=mission)
            report.on_change_mission()
            self.assertEqual(
                [c.name for c in report.checks], ["Data saved"])
            demand = pool.get('coop.demand')(
                template=template, lines=[], checks=[], title=None,
                description=None)
            demand.on_change_template()
            self.assertEqual(
                [c.name for c in demand.checks], ["Budget asked"])

    @with_transaction()
    def test_files(self):
        "Photos, receipts and signatures have a limit, as all files"
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            large = b'x' * (max_size() + 1)
            for values in [
                    {'signature': large, 'signature_name': 's.png',
                        'signed_by': "Client",
                        'signed_on': mission.start_date},
                    {'files': [('create', [{
                                        'name': "Photo", 'file': large}])]}]:
                with self.subTest(list(values)), \
                        self.assertRaises(FileSizeError):
                    factories.report(mission, member, **values)

    @with_transaction()
    def test_submitted_stays(self):
        "What the client has is not changed, neither its parts"
        pool = Pool()
        Line = pool.get('coop.mission.report.line')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            mission, (member,) = self.at_work(company)
            report = factories.report(mission, member)
            with factories.acting(member):
                with self.assertRaises(ReportError):
                    Report.write([Report(report.id)], {'description': "x"})
                with self.assertRaises(ReportError):
                    Line.write([Line(report.lines[0].id)], {
                            'duration': dt.timedelta(hours=70)})
                with self.assertRaises(ReportError):
                    Line.create([{
                                'report': report.id,
                                'date': mission.start_date,
                                'description': "More"}])
                with self.assertRaises(ReportError):
                    Report.delete([Report(report.id)])
                # Nor is the price of an hour written by its member
                Report.correct([Report(report.id)])
                with self.assertRaises(ReportError):
                    Line.write([Line(report.lines[0].id)], {
                            'unit_price': D(900)})
                Report.submit([Report(report.id)])
            factories.forget()
            self.assertEqual(Report(report.id).amount, D(350))
