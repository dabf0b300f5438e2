# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import re
from unittest.mock import patch

from werkzeug.exceptions import Forbidden

from trytond import config
from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import Transaction

from .. import application_form
from ..event import today
from . import EXTRAS, factories
from .smtp import smtp_server

SIREN = '552008443'


class JoinTestCase(RouteTestCase):
    "Test the public page on which a stranger applies"
    module = 'coop_member'
    extras = EXTRAS

    @classmethod
    def setUpDatabase(cls):
        pool = Pool()
        Document = pool.get('coop.consent.document')
        Kind = pool.get('coop.document.kind')
        Mechanism = pool.get('party.contact_mechanism')
        Value = pool.get('coop.configuration.member')
        company = create_company("Free Hands")
        other = create_company("Closed Shop")
        cls.code, cls.closed = company.party.code, other.party.code
        Mechanism.create([{
                    'party': company.party.id, 'type': 'email',
                    'value': 'office@example.com'}])
        with set_company(company):
            Value.create([{
                        'company': company.id, 'applications_open': True}])
            kind, = Kind.search([('code', '=', 'insurance')])
            cls.category = factories.category(
                company, open_to_applications=True, minimum_shares=2,
                maximum_shares=10, documents=[('add', [kind.id])]).id
            cls.closed_category = factories.category(company, 'B').id
            document, optional = Document.create([{
                        'company': company.id, 'kind': kind_,
                        'title': title, 'version': '3',
                        'required': required,
                        'date': dt.date(2024, 1, 1), 'file': b'text',
                        'file_name': 'statutes.pdf'}
                    for kind_, title, required in [
                        ('statutes', "Our Statutes", True),
                        ('internal_rules', "Our Rules", False)]])
        cls.company = company.id
        cls.kind, cls.document, cls.optional = (
            kind.id, document.id, optional.id)

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(smtp_server())
        with Transaction().start(DB_NAME, 0):
            Attempt = Pool().get('coop.member.application.attempt')
            Attempt.delete(Attempt.search([]))

    def test_refusal_is_not_prolonged(self):
        "An attempt that is refused is not counted, one that is made is"
        with Transaction().start(DB_NAME, 0):
            Attempt = Pool().get('coop.member.application.attempt')
            with patch.object(Attempt, 'too_many', return_value=True):
                self.assertTrue(Attempt.count())
            self.assertEqual(Attempt.search([]), [])
            self.assertFalse(Attempt.count())
            self.assertEqual(len(Attempt.search([])), 1)

    @property
    def url(self):
        return f'/{self.db_name}/coop/{self.code}/join'

    def data(self, **values):
        return {
            'person': 'natural', 'first_name': "Léa", 'last_name': "O'Neil",
            'birth_date': '1980-05-01', 'email': 'lea@example.org',
            'phone': '', 'street': "1 <b>rue</b>", 'postal_code': "75001",
            'city': "Paris", 'professional_status': 'micro', 'siren': '',
            'category': str(self.category), 'wished_shares': '3',
            'referrer': '', 'website': '',
            f'document-{self.document}': '1', **values}

    def post(self, url=None, headers=None, **values):
        return self.client().post(
            url or self.url + '?lang=en', data=self.data(**values),
            headers=headers)

    def members(self, **values):
        "Read the members with a name, as (name, {field: value})"
        Member = Pool().get('coop.member')
        return Member.search(
            [(k.replace('__', '.'), '=', v) for k, v in values.items()])

    def refused(self, name, message, **values):
        "Check that the error of a field is shown, and the values kept"
        with Transaction().start(DB_NAME, 0):
            before = len(self.members())
        response = self.post(**values)
        text = response.get_data(as_text=True)
        self.assertEqual(response.status_code, 400, text)
        error = re.search(
            rf'<p class="error" id="{name}-error">([^<]*)</p>', text)
        self.assertIsNotNone(error, f"no error at {name}")
        self.assertRegex(error.group(1), message)
        self.assertIn('lea@example.org' if name != 'email'
            else values['email'], text)
        with Transaction().start(DB_NAME, 0):
            self.assertEqual(len(self.members()), before)
        self.assertEqual(self.smtp.messages, [])

    def test_page(self):
        "The page is whole, in the language asked for, and labels its fields"
        for query, header, language in [
                ('', 'fr-FR,fr;q=0.9,en;q=0.5', 'fr'),
                ('', 'en-GB', 'en'),
                ('', 'de', 'fr'),
                ('?lang=en', 'fr', 'en')]:
            response = self.client().get(
                self.url + query, headers={'Accept-Language': header})
            text = response.get_data(as_text=True)
            self.assertEqual(response.status_code, 200, text)
            self.assertIn(f'<html lang="{language}">', text)
        self.assertTrue(response.content_type.startswith('text/html'))
        self.assertNotIn('<script', text)
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        fields = set(re.findall(r'<(?:input|select) id="([^"]+)"', text))
        self.assertEqual(labels, fields)
        self.assertIn("Our Statutes", text)
        self.assertIn("Insurance Certificate", text)
        self.assertNotIn("Category B", text)

    def test_closed(self):
        "A company that takes no application has no page, nor has a stranger"
        for code in [self.closed, 'nobody', '99999999', '9' * 30]:
            response = self.client().get(
                f'/{self.db_name}/coop/{code}/join')
            self.assertEqual(response.status_code, 404, code)
            response = self.post(f'/{self.db_name}/coop/{code}/join')
            self.assertEqual(response.status_code, 404, code)

    def test_document(self):
        "The documents to accept can be read, those of nobody else"
        url = f'/{self.db_name}/coop/%s/document/{self.document}'
        response = self.client().get(url % self.code)
        self.assertEqual(response.data, b'text')
        self.assertEqual(
            self.client().get(url % self.closed).status_code, 404)

    def test_apply(self):
        "An applicant has party, papers, consents, and an answer by e-mail"
        response = self.post(**{
                f'paper-{self.kind}': (
                    io.BytesIO(b'%PDF'), '../insurance\u202e.PDF'),
                'siren': SIREN, 'phone': '+33 1 02 03 04 05'})
        text = response.get_data(as_text=True)
        self.assertEqual(response.status_code, 200, text)
        self.assertIn("Thank you", text)
        with Transaction().start(DB_NAME, 0, context={
                    'company': self.company}):
            member, = self.members(party__name="Léa O'Neil")
            self.assertEqual(member.state, 'applied')
            self.assertEqual(member.category.id, self.category)
            self.assertEqual(member.birth_date, dt.date(1980, 5, 1))
            self.assertEqual(member.wished_shares, 3)
            self.assertEqual(
                [e.kind for e in member.events], ['application'])
            self.assertFalse(member.possible_duplicate)
            self.assertFalse(member.application_note)
            party = member.party
            self.assertEqual(party.email, 'lea@example.org')
            self.assertEqual(party.lang.code, 'en')
            self.assertEqual(party.addresses[0].street, "1 <b>rue</b>")
            identifier, = party.identifiers
            self.assertEqual(
                (identifier.type, identifier.code_compact),
                ('fr_siren', SIREN))
            document, = member.documents
            self.assertEqual(bytes(document.file), b'%PDF')
            self.assertEqual(document.file_name, 'insurance.pdf')
            self.assertGreater(document.expires_on, today(self.company))
            consent, = member.consents
            self.assertEqual(consent.document.id, self.document)
            self.assertEqual(consent.version, '3')
        (to, answer), (office, notice) = self.smtp.messages
        self.assertEqual(to, ['lea@example.org'])
        self.assertIn("Free Hands", answer['Subject'])
        self.assertEqual(office, ['office@example.com'])
        self.assertIn("Léa O'Neil", notice.get_content())

    def test_legal_person(self):
        "A legal person is represented by who fills in the form"
        response = self.post(
            person='legal', organisation="Works Ltd", birth_date='',
            email='works@example.org', first_name="Ada", last_name="Ray")
        self.assertEqual(response.status_code, 200)
        with Transaction().start(DB_NAME, 0):
            member, = self.members(party__name="Works Ltd")
            self.assertTrue(member.legal_person)
            self.assertEqual(member.representative.name, "Ada Ray")

    def test_legal_person_named(self):
        self.refused('organisation', "Fill in", person='legal')

    def test_member_not_revealed(self):
        "Who is a member already gets the same answer; the staff is told"
        first = self.post(
            first_name="Zoé", siren='812345676', email='zoe@example.org')
        with Transaction().start(DB_NAME, 0):
            member, = self.members(party__name="Zoé O'Neil")
            number = member.number
        again = self.post(
            first_name="Zoé", siren='812345676', email='ZOE@example.org',
            referrer='unknown')
        self.assertEqual(
            first.get_data(as_text=True), again.get_data(as_text=True))
        with Transaction().start(DB_NAME, 0, context={
                    'company': self.company}):
            other, = [
                m for m in self.members(party__name="Zoé O'Neil")
                if m != member]
            self.assertTrue(other.possible_duplicate)
            self.assertEqual(other.party.identifiers, ())
            self.assertEqual(other.application_note.count(f'({number})'), 2)
            self.assertIn('unknown', other.application_note)
            self.assertIn(member.id, [m.id for m in other.similar])

    def test_refused(self):
        "What is clearly wrong is refused beside its field"
        young = (dt.date.today() - dt.timedelta(days=17 * 365)).isoformat()
        for name, message, value in [
                ('siren', "nine figures", '552008444'),
                ('email', "e-mail", 'lea@'),
                ('email', "e-mail", 'a@b.fr, other@b.fr'),
                ('birth_date', "18 years", young),
                ('birth_date', "31/12/1980", '31/02/1980'),
                ('birth_date', "31/12/1980", '2999-01-01'),
                ('birth_date', "Fill in", ''),
                ('first_name', "Fill in", '\u200b \n'),
                ('last_name', "60", 'x' * 61),
                ('phone', "phone", 'call me'),
                ('category', "Choose", str(self.closed_category)),
                ('category', "Choose", '1 or 1=1'),
                ('professional_status', "Choose", 'king'),
                ('wished_shares', "at least 2", '1'),
                ('wished_shares', "at most 10", '11'),
                ('wished_shares', "whole number", '1.5'),
                ]:
            with self.subTest(name=name, value=value):
                self.setUp()
                self.refused(name, message, **{name: value})

    def test_consent_required(self):
        self.refused(f'document-{self.document}', "accepting",
            **{f'document-{self.document}': ''})

    def test_files_refused(self):
        "A file too large or of another kind is refused"
        name = f'paper-{self.kind}'
        self.refused(name, "pdf", **{
                name: (io.BytesIO(b'MZ'), 'virus.exe')})
        self.refused(name, "pdf", **{name: (io.BytesIO(b''), 'empty.pdf')})
        with patch.object(application_form, 'max_size') as max_size:
            max_size.return_value = 10
            self.refused(name, "larger", **{
                    name: (io.BytesIO(b'x' * 11), 'large.pdf')})

    def test_robot(self):
        "A robot that fills in the trap is thanked, and nothing is recorded"
        response = self.post(
            website='http://spam', email='robot@example.org')
        self.assertIn("Thank you", response.get_data(as_text=True))
        with Transaction().start(DB_NAME, 0):
            self.assertFalse(self.members(
                    party__contact_mechanisms__value='robot@example.org'))
        self.assertEqual(self.smtp.messages, [])

    def test_other_origin(self):
        "Another site can not send the form, even one allowed to ask the API"
        evil = {'Origin': 'http://evil.example'}
        with self.assertRaises(Forbidden):
            self.post(headers=evil)
        before = config.get('web', 'cors', default='')
        self.addCleanup(config.set, 'web', 'cors', before)
        config.set('web', 'cors', 'http://evil.example')
        self.assertEqual(self.post(headers=evil).status_code, 403)
        response = self.post(
            headers={'Origin': 'http://localhost'}, siren='1')
        self.assertEqual(response.status_code, 400)

    def test_rate_limited(self):
        "A network that tries too often waits, another one does not"
        for _ in range(10):
            self.assertEqual(self.post(siren='1').status_code, 400)
        self.assertEqual(self.post(siren='1').status_code, 429)
        response = self.client().post(
            self.url, data=self.data(siren='1'),
            environ_base={'REMOTE_ADDR': '192.0.2.7'})
        self.assertEqual(response.status_code, 400)

    def test_script_escaped(self):
        "What is typed is shown as text"
        response = self.post(siren='1', city='"><script>alert(1)</script>')
        self.assertNotIn(b'<script', response.data)


del RouteTestCase
