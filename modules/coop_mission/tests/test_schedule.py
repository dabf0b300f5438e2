# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder
from trytond.tests.test_tryton import with_transaction

from ..schedule import AGREED, ENDED, OPEN, department_of
from . import factories


class DepartmentTestCase(unittest.TestCase):
    "Test the zone of a place"

    def test_department(self):
        for place, expected in [
                ("Grenoble (38)", "38 Isère"), ("75011 Paris", "75 Paris"),
                ("Ajaccio", "2A Corse-du-Sud"), ("Isère", "38 Isère"),
                ("Saint-Denis", None), ("Nowhere", None), (None, None)]:
            with self.subTest(place):
                self.assertEqual(department_of(place), expected)


class ScheduleTestCase(factories.MissionTestCase):
    "Test demands and offers by zone and state"

    @with_transaction()
    def test_zone(self):
        "The zone follows the place; members find their offers by it"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            user = coop.user('member', 'member', member=member)
            demand = factories.demand(company, 'qualified')
            self.assertEqual(demand.department, "38 Isère")
            Demand.write([demand], {'place': "Lyon (69)"})
            self.assertEqual(demand.department, "69 Rhône")
            Demand.write([demand], {'place': "Grenoble (38)"})
            Demand.match([demand])
            offer, = factories.offers(demand, [member])
            with coop.as_user(user):
                self.assertEqual(
                    Offer.search([('department', 'ilike', '38%')]), [offer])
                self.assertEqual(
                    Offer.search([('department', 'ilike', '69%')]), [])
                self.assertEqual(
                    Offer(offer.id).calendar_background_color, OPEN)
            Offer.accept([offer])
            self.assertEqual(
                Offer(offer.id).calendar_background_color, AGREED)
            demand.lost_reason = 'other'
            demand.save()
            Demand.lose([demand])
            factories.forget()
            self.assertEqual(
                Demand(demand.id).calendar_background_color, ENDED)

    @with_transaction()
    def test_unasked(self):
        "The tab of demands that nobody has before them"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Domain = pool.get('ir.action.act_window.domain')
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            tab, = Domain.search([('name', '=', "Nobody Asked")])
            domain = PYSONDecoder({}).decode(tab.domain)
            factories.demand(company, 'qualified')
            demand = factories.demand(company)
            self.assertEqual(Demand.search(domain), [demand])
            offer, = factories.offers(demand, [member])
            self.assertEqual(Demand.search(domain), [])
            Offer.refuse([offer])
            self.assertEqual(Demand.search(domain), [demand])
