# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model import ModelSQL
from trytond.model.exceptions import AccessError, DomainValidationError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import (
    EvaluationError, HandoverError, IndependenceError, ReportError)
from . import factories, lists_trust, trust

PREFIXES = (
    'coop.client', 'coop.demand', 'coop.dispute', 'coop.evaluation',
    'coop.independence', 'coop.mission', 'coop.service')


def other_clerk(company):
    "Act as the office of another company"
    other = create_company("Other", company.currency)
    return coop.as_user(coop.user(
            'other', 'administration', 'accountant', 'board', company=other))


class ForgedTestCase(factories.MissionTestCase):
    "Test what comes of requests that no client makes"

    @with_transaction()
    def test_copied(self):
        "Nobody copies what he does not see into what is his"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            job = factories.express(company, two)
            report = factories.report(
                factories.mission(company, [two]), two, 'draft', files=[
                    ('create', [{'name': "Photo", 'file': b'secret'}])])
            mission = factories.mission(company, [one])
            with factories.acting(one):
                own = factories.report(mission, one, 'draft')
                for name, ids in [
                        ('lines', [r.id for r in report.lines]),
                        ('files', [r.id for r in report.files])]:
                    with self.subTest(name), self.assertRaises(AccessError):
                        Report.write([own], {name: [('copy', ids)]})
                with self.assertRaises(AccessError):
                    Express.copy(
                        [Express(job.id)], default={'member': one.id})
                copy, = Express.copy(Express.create([{
                                'company': company.id, 'member': one.id,
                                'phone': "1", 'name': "Own"}]))
                self.assertEqual(copy.name, "Own")
            with other_clerk(company), self.assertRaises(AccessError):
                Express.copy([Express(job.id)])

    @with_transaction()
    def test_handover(self):
        "A giver tells what the mission says, and asks nobody's name"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Row = pool.get('coop.mission.member')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [one], pricing='time')
            with factories.acting(one):
                Row.give([Row(mission.members[0].id)])
                handover, = Handover.search([])
                for values in [
                        {'unit_price': Decimal(9000)}, {'title': "Gold"},
                        {'client_name': "King"}, {'place': "Paris"},
                        {'start_date': mission.end_date},
                        {'end_date': mission.start_date},
                        {'taker': two.id}]:
                    with self.subTest(values), \
                            self.assertRaises(HandoverError):
                        Handover.write([handover], values)
                Handover.write([handover], {
                        'taker_number': two.number, 'hours': Decimal(1)})
                Handover.offer([Handover(handover.id)])
            factories.forget()
            handover = Handover(handover.id)
            self.assertEqual(
                (handover.taker, handover.unit_price, handover.title),
                (two, Decimal(2000), mission.title))

    @with_transaction()
    def test_report_dates(self):
        "Work is of the mission's days: its VAT and payment depend on them"
        pool = Pool()
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one])
            good, day = mission.end_date, dt.timedelta(days=1)
            line = {'description': "Work", 'duration': dt.timedelta(hours=1)}
            cost = {
                'description': "Cable", 'unit_price': Decimal(5),
                'receipt': b'receipt'}
            with factories.acting(one):
                for date in [
                        dt.date(1900, 1, 1),
                        min(mission.date, mission.start_date) - day,
                        today(company.id) + day, dt.date(2999, 1, 1)]:
                    for values in [
                            {'date': date},
                            {'lines': [('create', [{**line, 'date': date}])]},
                            {'costs': [('create', [{**cost, 'date': date}])]}]:
                        report = factories.report(
                            mission, one, 'draft', **{'date': good, **values})
                        with self.subTest(values), \
                                self.assertRaises(ReportError):
                            Report.submit([report])
                factories.report(mission, one, 'submitted')

    @with_transaction()
    def test_report_stuck(self):
        "No draft keeps what all have reported from being accepted"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one], 'reported')
            report, = mission.reports
            trust.dispute(mission)
            with factories.acting(one), self.assertRaises(ReportError):
                Report.correct([Report(report.id)])
            pool.get('coop.dispute').withdraw(
                pool.get('coop.dispute').search([]))
            factories.forget()
            Mission.accept([Mission(mission.id)])
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'accepted')
            mission = factories.mission(company, [one], 'reported')
            with factories.acting(one), self.assertRaises(ReportError):
                factories.report(mission, one, 'draft')

    @with_transaction()
    def test_foreign_price(self):
        "The price list of another company is no price here"
        pool = Pool()
        Line = pool.get('coop.mission.report.line')
        Service = pool.get('coop.service')
        company = factories.cooperative()
        other = create_company("Other", company.currency)
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one], pricing='time')
            dear, = Service.create([{
                        'company': other.id, 'name': "Gold",
                        'price': Decimal(9000)}])
            report = factories.report(mission, one, 'draft')
            with factories.acting(one), \
                    self.assertRaises(DomainValidationError):
                Line.create([{
                            'report': report.id, 'date': report.date,
                            'description': "Work", 'service': dear.id,
                            'quantity': Decimal(1)}])

    @with_transaction()
    def test_evaluation(self):
        "The office asks for no evaluation whose link or reply it has made"
        pool = Pool()
        Evaluation = pool.get('coop.evaluation')
        company = factories.cooperative()
        with set_company(company):
            one, *helpers = factories.workers(company, 7)
            mission = trust.mission([one])
            pool.get('coop.mission.member').create([{
                        'mission': mission.id, 'member': m.id,
                        'amount': Decimal(0)} for m in helpers])
            values = {
                'company': company.id, 'mission': mission.id,
                'author': 'client'}
            with factories.clerk(company):
                Evaluation.create([{**values, 'member': helpers[0].id}])
                for helper, forged in zip(helpers[1:], [
                        {'token_hash': Evaluation.hash('known')},
                        {'reply': "Thank you"}, {'reason': "No"},
                        {'given_on': mission.date},
                        {'decided_on': mission.date}]):
                    with self.subTest(forged), \
                            self.assertRaises(EvaluationError):
                        Evaluation.create([{
                                    **values, 'member': helper.id, **forged}])

    @with_transaction()
    def test_independence(self):
        "A declaration keeps the day, the year and the member that it is of"
        Independence = Pool().get('coop.independence')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            with factories.acting(one):
                record, = Independence.create([{
                            'company': company.id, 'member': one.id,
                            'year': 2025, 'turnover': Decimal(9000),
                            'declared_on': dt.date(2020, 1, 1)}])
                self.assertEqual(
                    Independence(record.id).declared_on, today(company.id))
                for values in [
                        {'declared_on': dt.date(2020, 1, 1)},
                        {'year': 2020}, {'member': one.id}]:
                    with self.subTest(values), \
                            self.assertRaises(IndependenceError):
                        Independence.write([record], values)
                Independence.write([record], {'turnover': Decimal(1)})

    @with_transaction()
    def test_interval(self):
        "No interval leads past the last day, where the cron would stop"
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            mission = factories.mission(company, [one])
            with self.assertRaises(DomainValidationError):
                factories.recurrence(
                    mission, interval='years', interval_number=9000)

    @with_transaction()
    def test_defaults(self):
        "The record that the context names is not told of to a stranger"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            mission = factories.mission(company, [two], title="Secret")
            own = factories.mission(company, [one], title="Own")
            for name, field in [
                    ('coop.mission.report', 'mission'),
                    ('coop.dispute', 'mission'),
                    ('coop.mission.recurrence', 'mission'),
                    ('coop.mission.handover', 'row'),
                    ('coop.client.consent', 'client')]:
                Model = pool.get(name)
                record = {
                    'mission': mission, 'row': mission.members[0],
                    'client': mission.client}[field]
                with self.subTest(name), factories.acting(one), \
                        Transaction().set_context(
                            active_model=record.__name__,
                            active_id=record.id, active_ids=[record.id]):
                    with self.assertRaises(AccessError):
                        Model.default_get([field])
            Report = pool.get('coop.mission.report')
            with factories.acting(one), Transaction().set_context(
                    active_model='coop.mission', active_id=own.id):
                self.assertEqual(
                    Report.default_get(['mission'])['mission'], own.id)

    @with_transaction()
    def test_messages(self):
        "What is refused about a record that is not seen does not name it"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            lists_trust.trusted(2)
            stranger, = factories.workers(company, 1)
            count = 0
            for who in [
                    lambda: factories.acting(stranger),
                    lambda: other_clerk(company)]:
                with who():
                    for name, Model in pool.iterobject():
                        if not (issubclass(Model, ModelSQL)
                                and name.startswith(PREFIXES)) or callable(
                                    getattr(Model, 'table_query', None)):
                            continue
                        count += self.refused(Model)
            self.assertGreater(count, 40)

    def refused(self, Model):
        "Test that the user changes no record that is hidden"
        with Transaction().set_context(_check_access=False):
            ids = [r.id for r in Model.search([], order=[('id', 'DESC')])]
        try:
            seen = {r.id for r in Model.search([])}
        except AccessError:
            seen = set()
        hidden = [id_ for id_ in ids if id_ not in seen][:1]
        for id_ in hidden:
            for act in [
                    lambda: Model.write([Model(id_)], {}),
                    *([lambda: Model.write([Model(id_)], {'state': 'draft'})]
                        if 'state' in Model._fields else []),
                    lambda: Model.delete([Model(id_)])]:
                with self.subTest(Model.__name__), \
                        self.assertRaises(AccessError):
                    act()
        return len(hidden)
