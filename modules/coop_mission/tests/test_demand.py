# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessButtonError, RequiredValidationError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_skill.exceptions import PlaceError
from trytond.modules.coop_skill.tests import factories as skill
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import DemandError
from . import factories


class DemandTestCase(factories.MissionTestCase):
    "Test demands and their templates"

    @with_transaction()
    def test_template(self):
        "A template gives lines, checks, text; they stay one's own after"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Template = pool.get('coop.demand.template')
        company = factories.cooperative()
        with set_company(company):
            template, = Template.create([{
                        'company': company.id, 'name': "Shop",
                        'priority': 'high', 'description': "A shop",
                        'lines': [('create', [{
                                        'skill': skill.skill().id,
                                        'level': skill.level(2).id,
                                        'quantity': Decimal(3),
                                        'unit': 'day'}])],
                        'checks': [('create', [
                                    {'name': "Budget"},
                                    {'name': "Decision maker"}])]}])
            demand = Demand(company=company, template=template)
            demand.on_change_template()
            demand.channel, demand.date = 'phone', today(company.id)
            demand.save()
            demand = Demand(demand.id)
            self.assertEqual(demand.title, "Shop")
            self.assertEqual(demand.priority, 'high')
            self.assertEqual(demand.hours, 21)
            self.assertEqual(
                [c.name for c in demand.checks],
                ["Budget", "Decision maker"])
            self.assertEqual(len(template.lines), 1)

    @with_transaction()
    def test_hours(self):
        "Hours and days sum up by the hours of a day of the company"
        Configuration = Pool().get('coop.configuration')
        company = factories.cooperative()
        with set_company(company):
            configuration = Configuration(1)
            configuration.hours_day = Decimal('7.5')
            configuration.save()
            line = {
                'skill': skill.skill().id, 'level': skill.level(1).id}
            demand = factories.demand(company, 'draft', lines=[('create', [
                            {**line, 'quantity': Decimal(2), 'unit': 'day'},
                            {**line, 'quantity': Decimal('1.5'),
                                'unit': 'hour'}])])
            self.assertEqual(demand.hours, Decimal('16.5'))

    @with_transaction()
    def test_qualify(self):
        "What is missing is named; a place that is not known is refused"
        Demand = Pool().get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            for name in ['client', 'start_date', 'lines', 'place']:
                demand = factories.demand(company, 'draft')
                setattr(demand, name, () if name == 'lines' else None)
                if name == 'start_date':
                    demand.end_date = None
                demand.save()
                with self.subTest(name), self.assertRaises(DemandError):
                    Demand.qualify([demand])
            demand = factories.demand(company, 'draft', place="Nowhereville")
            with self.assertRaises(PlaceError):
                Demand.qualify([demand])
            demand.remote, demand.place = True, None
            demand.save()
            Demand.qualify([demand])
            self.assertEqual(demand.state, 'qualified')
            self.assertTrue(demand.number)

    @with_transaction()
    def test_checklist(self):
        "Nobody is looked for before the checklist is done"
        pool = Pool()
        Check = pool.get('coop.demand.check')
        Demand = pool.get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            demand = factories.demand(company, 'qualified', checks=[
                    ('create', [{'name': "Budget"}])])
            with self.assertRaisesRegex(DemandError, "Budget"):
                Demand.match([demand])
            Check.write(list(demand.checks), {'done': True})
            Demand.match([Demand(demand.id)])
            self.assertEqual(Demand(demand.id).state, 'matching')

    @with_transaction()
    def test_lost(self):
        "A demand is lost for a reason, and can be taken up again"
        Demand = Pool().get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            clerk = coop.user('clerk', 'administration', company=company)
            demand = factories.demand(company)
            with coop.as_user(clerk):
                with self.assertRaises(AccessButtonError):
                    Demand.lose([Demand(demand.id)])
                Demand.write([Demand(demand.id)], {'lost_reason': 'price'})
                Demand.lose([Demand(demand.id)])
                self.assertEqual(Demand(demand.id).state, 'lost')
                Demand.requalify([Demand(demand.id)])
            demand = Demand(demand.id)
            self.assertEqual(demand.state, 'qualified')
            self.assertIsNone(demand.lost_reason)
            with self.assertRaises(RequiredValidationError):
                Demand.lose([demand])

    @with_transaction()
    def test_expire(self):
        "The cron expires what nobody waits for any more, and only that"
        Demand = Pool().get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            date = today(company.id)
            states = {}
            for days in [-1, 0, None]:
                demand = factories.demand(company)
                if days is not None:
                    demand.expires_on = date + dt.timedelta(days)
                    demand.save()
                states[days] = demand.id
            Demand.expire_all()
            factories.forget()
            self.assertEqual(
                [Demand(id_).state for id_ in states.values()],
                ['expired', 'matching', 'matching'])

    @with_transaction()
    def test_internal(self):
        "The cooperative is a client like another"
        company = factories.cooperative()
        with set_company(company):
            demand = factories.demand(company, client_=company.party)
            self.assertTrue(demand.internal)
            self.assertFalse(factories.demand(company).internal)

    @with_transaction()
    def test_search(self):
        "A demand is found by number, title and client"
        Demand = Pool().get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            demand = factories.demand(
                company, client_=coop.person("Dupont"), title="Shop window")
            factories.demand(company, title="Other")
            for text in [demand.number, "window", "upon"]:
                with self.subTest(text):
                    self.assertEqual(Demand.search(
                            [('rec_name', 'ilike', f'%{text}%')]), [demand])

    @with_transaction()
    def test_fixed(self):
        "What members were told is not changed under their eyes"
        Demand = Pool().get('coop.demand')
        company = factories.cooperative()
        with set_company(company):
            clerk = coop.user('clerk', 'administration', company=company)
            demand = factories.demand(company)
            with coop.as_user(clerk):
                demand = Demand(demand.id)
                for values in [
                        {'title': "Other"}, {'state': 'won'},
                        {'end_date': demand.end_date + dt.timedelta(9)},
                        {'lines': [('write', [demand.lines[0].id],
                                    {'quantity': Decimal(9)})]}]:
                    with self.subTest(values), \
                            self.assertRaises(DemandError):
                        Demand.write([demand], values)
                Demand.write([demand], {'budget': Decimal(5)})
