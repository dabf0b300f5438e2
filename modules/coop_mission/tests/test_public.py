# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from werkzeug.exceptions import Forbidden

from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import Transaction

from . import EXTRAS


class QuoteTestCase(RouteTestCase):
    "Test the public page on which a client asks for a quotation"
    module = 'coop_mission'
    extras = EXTRAS

    @classmethod
    def setUpDatabase(cls):
        Value = Pool().get('coop.configuration.mission')
        company = create_company("Free Hands")
        other = create_company("Closed Shop")
        cls.company = company.id
        cls.code, cls.closed = company.party.code, other.party.code
        with set_company(company):
            Value.create([{'company': company.id, 'demands_open': True}])

    def setUp(self):
        super().setUp()
        with Transaction().start(DB_NAME, 0):
            pool = Pool()
            for name in ['coop.demand.request', 'coop.demand']:
                Model = pool.get(name)
                Model.delete(Model.search([]))

    def url(self, code=None):
        return f'/{self.db_name}/coop/{code or self.code}/quote?lang=en'

    def post(self, headers=None, **values):
        start = dt.date.today() + dt.timedelta(days=9)
        return self.client().post(self.url(), headers=headers, data={
                'name': "Bakery & <Sons>", 'email': 'baker@example.com',
                'phone': '', 'title': "Web site",
                'description': "First line\r\nSecond line",
                'place': "Grenoble", 'start_date': start.isoformat(),
                'end_date': '', 'website': '', **values})

    def demands(self):
        "Return the values of the demands that arrived"
        with Transaction().start(DB_NAME, 0):
            Demand = Pool().get('coop.demand')
            return [
                (d.title, d.state, d.channel, d.contact_name, d.client,
                    d.description) for d in Demand.search([])]

    def test_request(self):
        "A request is a draft demand without a client"
        response = self.post()
        self.assertEqual(response.status_code, 200)
        self.assertIn("Thank you", response.text)
        self.assertEqual(self.demands(), [
                ("Web site", 'draft', 'web', "Bakery & <Sons>", None,
                    "First line\nSecond line")])

    def test_page(self):
        "The page shows a form, and nothing when it is closed"
        response = self.client().get(self.url())
        self.assertEqual(response.status_code, 200)
        self.assertIn('name="description"', response.text)
        self.assertIn(
            "default-src 'none'", response.headers['Content-Security-Policy'])
        for code in [self.closed, '0', 'nobody']:
            with self.subTest(code):
                response = self.client().get(self.url(code))
                self.assertEqual(response.status_code, 404)

    def test_errors(self):
        "What is wrong is said beside it, and what was typed is kept"
        past = (dt.date.today() - dt.timedelta(days=3)).isoformat()
        for values, expected in [
                ({'name': ''}, "This is needed"),
                ({'title': ' '}, "This is needed"),
                ({'email': 'nobody'}, "no e-mail"),
                ({'phone': 'call me'}, "no telephone"),
                ({'start_date': past}, "no date to come"),
                ({'start_date': 'soon'}, "no date to come"),
                ({'start_date': '2099-02-02', 'end_date': '2099-02-01'},
                    "before the first"),
                ({'title': 'x' * 121}, "At most 120"),
                ({'description': 'x' * 5001}, "At most"),
                ]:
            with self.subTest(values):
                # Not to be too many
                self.setUp()
                response = self.post(**values)
                self.assertEqual(response.status_code, 400)
                self.assertIn(expected, response.text)
                self.assertIn("Bakery &amp; &lt;Sons&gt;" if 'name'
                    not in values else 'baker@example.com', response.text)
                self.assertEqual(self.demands(), [])

    def test_robots(self):
        "A robot is thanked; neither it nor a thousand of it make demands"
        response = self.post(website='http://spam.example.com')
        self.assertEqual(response.status_code, 200)
        self.assertIn("Thank you", response.text)
        self.assertEqual(self.demands(), [])
        for i in range(20):
            response = self.post(title=f"Offer {i}")
        self.assertEqual(response.status_code, 429)
        # One of ten was the robot's
        self.assertEqual(len(self.demands()), 9)

    def test_other_site(self):
        "Another site can not send the form"
        with self.assertRaises(Forbidden):
            self.post(headers={'Origin': 'https://evil.example.com'})
        self.assertEqual(self.demands(), [])

    def test_cut_off(self):
        "What is cut off counts as well; what is refused does not"
        statuses = [
            self.post(description="x" * 70_000).status_code
            for i in range(15)]
        self.assertEqual(statuses, [413] * 10 + [429] * 5)
        with Transaction().start(DB_NAME, 0):
            Request = Pool().get('coop.demand.request')
            self.assertEqual(Request.search([], count=True), 10)
        self.assertEqual(self.post().status_code, 429)
