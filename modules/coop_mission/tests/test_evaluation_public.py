# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from werkzeug.exceptions import Forbidden

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction

from . import factories, trust


class EvaluatePageTestCase(factories.MissionTestCase):
    "Test the page on which a client evaluates, or replies"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cls.people)

    @classmethod
    def people(cls):
        "A member, who can act, and a client"
        company = trust.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            cls.user = coop.user('ann', 'member', member=member).id
            cls.member, cls.client_id = member.id, factories.client().id
        cls.company, cls.code = company.id, company.party.code

    def setUp(self):
        super().setUp()
        coop.commit(self.make)

    def make(self):
        "A mission that was accepted, with new links"
        pool = Pool()
        Evaluation = pool.get('coop.evaluation')
        Request = pool.get('coop.evaluation.request')
        Request.delete(Request.search([]))
        company = trust.cooperative()
        with set_company(company):
            mission = trust.mission(
                [pool.get('coop.member')(self.member)],
                client=pool.get('party.party')(self.client_id))
            mine = trust.evaluation(mission)
            self.token = mine.new_token()
            mine.save()
            other = trust.evaluation(mission, 'member', 'given')
            self.reply = other.new_token()
            other.save()
            self.asked, self.other = mine.id, other.id
        self.assertIsNotNone(Evaluation.by_token(self.token))

    def url(self, token=None):
        return f'/{self.db_name}/coop/evaluate/{token or self.token}?lang=en'

    def post(self, token=None, headers=None, **values):
        return self.client().post(self.url(token), headers=headers, data={
                'quality': '5', 'delay': '4', 'communication': '3',
                'text': "Well <done>\r\nand soon", 'website': '', **values})

    def read(self, id_, *names):
        with Transaction().start(DB_NAME, 0):
            record = Pool().get('coop.evaluation')(id_)
            return tuple(getattr(record, n) for n in names)

    def test_give(self):
        "The client gives marks and a text, once"
        page = self.client().get(self.url())
        self.assertEqual(page.status_code, 200)
        self.assertIn('name="quality"', page.text)
        self.assertIn(
            "default-src 'none'", page.headers['Content-Security-Policy'])
        response = self.post()
        self.assertEqual(response.status_code, 200)
        self.assertIn("Thank you", response.text)
        self.assertEqual(
            self.read(self.asked, 'state', 'quality', 'delay', 'communication',
                'text', 'given_by'),
            ('given', 5, 4, 3, "Well <done>\nand soon", None))
        # The link is gone
        self.assertEqual(self.post(quality='1').status_code, 404)
        self.assertEqual(self.read(self.asked, 'quality'), (5,))

    def test_reply(self):
        "The client reads what the member says, and replies once"
        page = self.client().get(self.url(self.reply))
        self.assertIn("Well done", page.text)
        self.assertNotIn('name="quality"', page.text)
        response = self.post(self.reply, text=" ")
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.post(self.reply).status_code, 200)
        state, reply, quality = self.read(
            self.other, 'state', 'reply', 'quality')
        self.assertEqual(
            (state, reply), ('answered', "Well <done>\nand soon"))

    def test_wrong(self):
        "What is wrong is said, and nothing is kept of it"
        for values in [
                {'quality': ''}, {'quality': '6'}, {'delay': '0'},
                {'communication': 'x'}, {'text': 'x' * 3001}]:
            with self.subTest(values):
                response = self.post(**values)
                self.assertEqual(response.status_code, 400)
                self.assertIn('class="error"', response.text)
        self.assertEqual(self.read(self.asked, 'state'), ('requested',))
        self.assertEqual(self.post('guessed').status_code, 404)
        with self.assertRaises(Forbidden):
            self.post(headers={'Origin': 'https://evil.example.com'})

    def test_robot(self):
        "A robot is thanked, and gives nothing"
        response = self.post(website='http://spam.example.com')
        self.assertIn("Thank you", response.text)
        self.assertEqual(self.read(self.asked, 'state'), ('requested',))

    def test_too_many(self):
        "Nobody tries a thousand links"
        codes = {self.post('guessed').status_code for _ in range(70)}
        self.assertEqual(codes, {404, 429})

    def test_too_late(self):
        "After the days the page takes nothing"
        with Transaction().start(DB_NAME, 0):
            Evaluation = Pool().get('coop.evaluation')
            record = Evaluation(self.asked)
            record.until = dt.date(2020, 1, 1)
            record.save()
        response = self.post()
        self.assertEqual(response.status_code, 400)
        self.assertIn("Nothing more", response.text)
        self.assertEqual(self.read(self.asked, 'state'), ('requested',))

    def test_directory(self):
        "The public directory shows what is published, escaped, with dates"
        self.post()
        with Transaction().start(DB_NAME, 0):
            pool = Pool()
            Evaluation = pool.get('coop.evaluation')
            Profile = pool.get('coop.member.profile')
            with set_company(self.company_record()):
                Evaluation.write([Evaluation(self.asked)], {
                        'reply': "Thank you"})
                Evaluation.answer([Evaluation(self.asked)])
                Evaluation.publish([Evaluation(self.asked)])
                configuration = pool.get('coop.configuration')(1)
                configuration.directory_open = True
                configuration.save()
                profile, = Profile.search([('member', '=', self.member)])
                with coop.as_user(pool.get('res.user')(self.user)):
                    Profile.publish([Profile(profile.id)])
        page = self.client().get(
            f'/{self.db_name}/coop/{self.code}/directory/{self.member}'
            '?lang=en')
        self.assertEqual(page.status_code, 200)
        for text in ["Well &lt;done&gt;", "Thank you", "4.00",
                "of a mission accepted on"]:
            self.assertIn(text, page.text)

    def company_record(self):
        return Pool().get('company.company')(self.company)
