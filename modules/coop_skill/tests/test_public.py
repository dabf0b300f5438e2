# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import re
from unittest.mock import patch

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import Transaction

from . import EXTRAS, factories


class DirectoryTestCase(RouteTestCase):
    "Test the public directory, which strangers and robots read"
    module = 'coop_skill'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coop.commit(cls.make)

    @classmethod
    def make(cls):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        coop.lock()
        company, closed = create_company("Free Hands"), create_company(
            "Closed Shop")
        cls.company, cls.code = company.id, company.party.code
        cls.closed = closed.party.code
        with set_company(company):
            configuration = Configuration(1)
            configuration.directory_open = True
            configuration.rates_seen_by = 'members'
            configuration.save()
            agreed, secret, withdrawn = coop.members(
                company, 3, admitted=dt.date(2021, 1, 1))
            now = dt.datetime.now()
            for member, name, values in [
                    (agreed, "Ada <b>Agreed</b>", {'published_at': now}),
                    (secret, "Sam Secret", {}),
                    (withdrawn, "Will Withdrawn", {
                            'published_at': now, 'withdrawn_at': now})]:
                member.party.name = name
                member.party.save()
                factories.address(member, "Grenoble", '38000')
                profile = factories.profile(
                    member, trade="Baker", presentation="Bread & cakes",
                    languages=[('add', [factories.lang('fr').id])],
                    **values)
                skill = factories.member_skill(profile, rate='345')
                factories.proof(skill, 3, confirmed=True)
                factories.zone(profile, 'radius', radius=30)
            cls.agreed, cls.others = agreed.id, [secret.id, withdrawn.id]
            cls.skill = factories.skill().id
            cls.other_skill = factories.skill('legal').id
            cls.domain = factories.skill('information_technology').id

    def setUp(self):
        super().setUp()
        with Transaction().start(DB_NAME, 0):
            Request = Pool().get('coop.member.directory.request')
            Request.delete(Request.search([]))

    def request(self):
        with Transaction().start(DB_NAME, 0):
            return Pool().get('coop.member.directory.request')

    def get(self, path='', code=None, **kwargs):
        response = self.client().get(
            f'/{self.db_name}/coop/{code or self.code}/directory{path}',
            **kwargs)
        return response.status_code, response.get_data(as_text=True)

    def test_list(self):
        "A stranger sees only who agreed, without rates, and escaped"
        status, text = self.get('?lang=en')
        self.assertEqual(status, 200, text)
        self.assertIn("Ada &lt;b&gt;Agreed&lt;/b&gt;", text)
        self.assertIn("Baker", text)
        for hidden in [
                "Sam Secret", "Will Withdrawn", "345.00", "345,00",
                "<script"]:
            self.assertNotIn(hidden, text)
        self.assertIn('width=device-width', text)
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        fields = set(re.findall(r'<select id="([^"]+)"', text))
        self.assertEqual(labels, fields)

    def test_languages(self):
        "The page is in the language asked for"
        for query, header, language in [
                ('', 'fr-FR', 'fr'), ('', 'en-GB', 'en'),
                ('?lang=en', 'fr', 'en'), ('', 'de', 'fr')]:
            _, text = self.get(query, headers={'Accept-Language': header})
            self.assertIn(f'<html lang="{language}">', text)

    def test_search(self):
        "By skill, department and language, also together"
        for query, found in [
                (f'skill={self.skill}', True),
                (f'skill={self.domain}', True),
                (f'skill={self.other_skill}', False),
                ('department=38', True), ('department=29', False),
                ('department=00', False), ('language=fr', True),
                ('language=de', False), ('language=xx', False),
                ('skill=x', False), ('skill=' + '9' * 30, False),
                ('page=9', False), ('page=x', True),
                (f'skill={self.skill}&department=38&language=fr', True),
                (f'skill={self.skill}&department=29&language=fr', False)]:
            status, text = self.get('?lang=en&' + query)
            with self.subTest(query):
                self.assertEqual(status, 200)
                self.assertEqual("Baker" in text, found)
                self.assertEqual("No member matches" in text, not found)

    def test_member(self):
        "The page of a member who agreed; the others have none"
        status, text = self.get(f'/{self.agreed}?lang=en')
        self.assertEqual(status, 200, text)
        for word in [
                "Bread &amp; cakes", "Python", "Confirmed",
                "30 km around home (department 38)", "French"]:
            self.assertIn(word, text)
        # In which town the member lives is not told
        self.assertNotIn("Grenoble", text)
        self.assertNotRegex(text, "345[.,]00")
        self.assertNotIn('id="quotation"', text)
        for member in [*self.others, 10 ** 8]:
            self.assertEqual(self.get(f'/{member}')[0], 404)

    def test_quotation(self):
        "A module that takes requests for quotations fills its block"
        from genshi.input import XML
        with Transaction().start(DB_NAME, 0):
            Page = Pool().get('coop.member.directory.page', type='report')
        values = Page.member_values.__func__

        def member_values(cls, row):
            return {
                **values(cls, row),
                'quotation': XML('<a href="ask">Ask</a>')}
        with patch.object(
                Page, 'member_values', classmethod(member_values)):
            _, text = self.get(f'/{self.agreed}?lang=en')
        self.assertIn('<a href="ask">Ask</a>', text)

    def test_rates(self):
        "Rates are there when everybody may see them"
        def set_(value):
            Configuration = Pool().get('coop.configuration')
            coop.lock()
            with Transaction().set_context(company=self.company):
                configuration = Configuration(1)
                configuration.rates_seen_by = value
                configuration.save()

        coop.commit(lambda: set_('everybody'))
        self.addCleanup(coop.commit, lambda: set_('members'))
        self.assertRegex(self.get(f'/{self.agreed}')[1], "345[.,]00")

    def test_closed(self):
        "A company that opens no directory has none"
        for code in [self.closed, 'nobody', '9' * 30]:
            self.assertEqual(self.get(code=code)[0], 404)
            self.assertEqual(
                self.get(f'/{self.agreed}', code=code)[0], 404)

    def test_robots(self):
        "Who asks too often is refused, for the pages of members too"
        Request = self.request()
        self.enterContext(patch.object(
                Request, '_limit', ('max_directory_request', 3)))
        for path in ['', '', f'/{self.agreed}']:
            self.assertEqual(self.get(path)[0], 200)
        for path in ['', f'/{self.agreed}']:
            self.assertEqual(self.get(path)[0], 429)
