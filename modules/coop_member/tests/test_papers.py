# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import file
from ..event import today
from ..exceptions import (
    DuplicateMemberWarning, FileSizeError, MailError, MemberValidationError)
from . import factories
from .smtp import deliver, smtp_server

SIREN = '552008443'


class PapersTestCase(factories.CoopTestCase):
    "Test papers, consents and duplicates of members"

    def asking(self, company, *codes):
        "A category that asks for the kinds of papers of the codes"
        Kind = Pool().get('coop.document.kind')
        kinds = Kind.search([('code', 'in', codes)])
        self.assertEqual(len(kinds), len(codes))
        return factories.category(
            company, documents=[('add', [k.id for k in kinds])])

    def hand_in(self, member, code, **values):
        pool = Pool()
        Document = pool.get('coop.member.document')
        kind, = pool.get('coop.document.kind').search([('code', '=', code)])
        return Document.create([{
                    'member': member.id, 'kind': kind.id, **values}])[0]

    @with_transaction()
    def test_missing(self):
        "A paper is missing until it is received, rejected or expired"
        pool = Pool()
        Document = pool.get('coop.member.document')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            category = self.asking(company, 'identity', 'insurance')
            member = factories.applicant(factories.person("Ann"), category)

            def missing():
                Transaction().cache.clear()
                return Member(member.id).missing_documents
            self.assertEqual(
                missing(), "Proof of Identity, Insurance Certificate")
            identity = self.hand_in(member, 'identity')
            insurance = self.hand_in(member, 'insurance',
                received_on=today(company.id) - dt.timedelta(days=400),
                expires_on=today(company.id) - dt.timedelta(days=1))
            self.assertEqual(missing(), "Insurance Certificate")
            insurance.expires_on = today(company.id)
            insurance.save()
            self.assertEqual(missing(), '')
            self.assertEqual(
                Member.search([('papers_missing', '=', True)]), [])
            Document.verify([identity])
            self.assertEqual(
                Member.search([('file_complete', '=', True)]), [])
            Document.verify([insurance])
            self.assertEqual(
                Member.search([('file_complete', '=', True)]), [member])
            Document.receive([identity])
            Document.reject([identity])
            self.assertEqual(missing(), "Proof of Identity")

    @with_transaction()
    def test_expiry(self):
        "The validity of the kind gives the last day"
        pool = Pool()
        Document = pool.get('coop.member.document')
        kind, = pool.get('coop.document.kind').search(
            [('code', '=', 'insurance')])
        document = Document(kind=kind, received_on=dt.date(2024, 2, 29))
        self.assertEqual(
            document.on_change_with_expires_on(), dt.date(2025, 2, 28))

    @with_transaction()
    def test_document_checked_by_button(self):
        "A user can neither create a paper verified nor change a checked one"
        pool = Pool()
        Document = pool.get('coop.member.document')
        company = factories.cooperative()
        with set_company(company):
            category = self.asking(company, 'identity')
            member = factories.applicant(factories.person("Ann"), category)
            staff = factories.user(
                'staff', 'administration', company=company)
            with factories.as_user(staff):
                document = self.hand_in(member, 'identity')
                with self.assertRaises(AccessError):
                    self.hand_in(member, 'identity', state='verified')
                with self.assertRaises(AccessError):
                    Document.write([document], {'state': 'verified'})
                Document.verify([document])
                self.assertEqual(document.checked_by, staff)
                with self.assertRaises(AccessError):
                    Document.write([document], {'file_name': "other"})
                with self.assertRaises(AccessError):
                    Document.delete([document])

    @with_transaction()
    def test_own_papers(self):
        "A member hands in papers and consents, for themselves only"
        pool = Pool()
        Consent = pool.get('coop.member.consent')
        Document = pool.get('coop.member.document')
        company = factories.cooperative()
        with set_company(company):
            category = self.asking(company, 'identity')
            ann, bob = [
                factories.applicant(factories.person(name), category)
                for name in ["Ann", "Bob"]]
            foreign = self.hand_in(bob, 'identity')
            text, other = pool.get('coop.consent.document').create([{
                        'company': company.id, 'kind': 'statutes',
                        'title': "Statutes", 'version': version,
                        'date': dt.date(2020, 1, 1)}
                    for version in ["1", "2"]])
            Consent.create([{'member': bob.id, 'document': text.id}])
            user = factories.user('ann', 'member', member=ann)
            with factories.as_user(user):
                own = self.hand_in(ann, 'identity')
                self.assertEqual(Document.search([]), [own])
                consent, = Consent.create([
                        {'member': ann.id, 'document': text.id}])
                self.assertEqual(Consent.search([]), [consent])
                for act in [
                        lambda: self.hand_in(bob, 'identity'),
                        lambda: Document.read([foreign.id], ['file_name']),
                        lambda: Document.verify([Document(own.id)]),
                        lambda: Document.write(
                            [own], {'file_name': "other"}),
                        lambda: Consent.create([{
                                    'member': bob.id,
                                    'document': other.id}])]:
                    with self.assertRaises((AccessError, AccessButtonError)):
                        act()

    @with_transaction()
    def test_file_size(self):
        "A file over the limit is refused, one at the limit is taken"
        company = factories.cooperative()
        with set_company(company):
            category = self.asking(company, 'identity')
            member = factories.applicant(factories.person("Ann"), category)
            self.hand_in(
                member, 'identity', file=b'x' * file.max_size(),
                file_name="passport.pdf")
            with self.assertRaisesRegex(FileSizeError, "passport.pdf"):
                self.hand_in(
                    member, 'identity', file=b'x' * (file.max_size() + 1),
                    file_name="passport.pdf")

    @with_transaction()
    def test_file_id(self):
        "Who writes a file does not say where it is, nor reads another's"
        Document = Pool().get('coop.member.document')
        company = factories.cooperative()
        with set_company(company):
            category = self.asking(company, 'identity')
            member = factories.applicant(factories.person("Ann"), category)
            document = self.hand_in(
                member, 'identity', file=b'1', file_name="passport.pdf")
            for file_id in ['./x/../../coop.sqlite', 'trytond.conf', '../x']:
                with self.assertRaisesRegex(AccessError, "send the file"):
                    Document.write([document], {'file_id': file_id})
                with self.assertRaisesRegex(AccessError, "send the file"):
                    self.hand_in(member, 'identity', file_id=file_id)
            Document.write([document], {
                    'file_id': '123e4567-e89b-12d3-a456-426614174000'})

    @with_transaction()
    def test_chase(self):
        "Members are asked by e-mail, a bad address blocks no other"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Lang = pool.get('ir.lang')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company), smtp_server() as smtp:
            category = self.asking(company, 'identity')
            english, = Lang.search([('code', '=', 'en')])
            ann, bob, nobody, full = [
                factories.applicant(factories.person(
                        name, email, lang=english.id), category)
                for name, email in [
                    ("Ann", 'ann@example.com'), ("Bob", 'bob@example.com'),
                    ("Nobody", None), ("Full", 'full@example.com')]]
            self.hand_in(full, 'identity')
            smtp.refused.add('ann@example.com')
            Member.chase_documents()
            deliver()
            self.assertEqual(smtp.messages, [])

            configuration = Configuration(1)
            configuration.chase_interval = dt.timedelta(days=7)
            configuration.save()
            Member.chase_documents()
            with self.assertLogs('trytond.sendmail'):
                deliver()
            (recipients, message), = smtp.messages
            self.assertEqual(recipients, ['bob@example.com'])
            self.assertIn("Proof of Identity", message.get_content())
            self.assertIn(company.party.name, message['Subject'])
            self.assertEqual(bob.chased_on, today(company.id))
            self.assertIsNone(nobody.chased_on)
            self.assertIsNone(full.chased_on)

            smtp.messages.clear()
            smtp.refused.clear()
            Member.chase_documents()
            deliver()
            self.assertEqual(smtp.messages, [])
            bob.chased_on = today(company.id) - dt.timedelta(days=7)
            bob.save()
            Member.chase_documents()
            deliver()
            self.assertEqual(len(smtp.messages), 1)

            Member.ask_documents([ann])
            deliver()
            self.assertEqual(len(smtp.messages), 2)
            with self.assertRaisesRegex(MailError, "Nobody"):
                Member.ask_documents([nobody])

    @with_transaction()
    def test_consent(self):
        "A consent has its time, can not be changed, and freezes the text"
        pool = Pool()
        Consent = pool.get('coop.member.consent')
        Document = pool.get('coop.consent.document')
        company = factories.cooperative()
        with set_company(company):
            old, new = Document.create([{
                        'company': company.id, 'kind': 'statutes',
                        'title': "Statutes", 'version': str(version),
                        'date': dt.date(2020 + version, 1, 1)}
                    for version in [1, 2]])
            self.assertEqual(Document.asked(company, 'fr'), [new])
            member = factories.applicant(
                factories.person("Ann"), factories.category(company))
            old.text = "As it was"
            old.save()
            consent, = Consent.create([{
                        'member': member.id, 'document': old.id,
                        'given_at': dt.datetime(2000, 1, 1)}])
            self.assertGreater(consent.given_at, dt.datetime(2020, 1, 1))
            self.assertEqual(consent.version, "1")
            for act in [
                    lambda: Consent.write([consent], {'document': new.id}),
                    lambda: Consent.delete([consent]),
                    lambda: Consent.copy([consent]),
                    lambda: Document.write([old], {'text': "Other"})]:
                with self.assertRaises(AccessError):
                    act()
            Document.write([new], {'text': "Not accepted yet"})

    @with_transaction()
    def test_same_identifier(self):
        "Two members of a company can not have the same identifier"
        pool = Pool()
        Identifier = pool.get('party.identifier')
        company = factories.cooperative()
        siren = [('create', [{'type': 'fr_siren', 'code': SIREN}])]
        with set_company(company):
            category = factories.category(company)
            factories.applicant(
                factories.person("Ann", identifiers=siren), category)
            with self.assertRaisesRegex(MemberValidationError, "Ann"):
                factories.applicant(
                    factories.person("Annie", identifiers=siren), category)
            bob = factories.applicant(factories.person("Bob"), category)
            with self.assertRaisesRegex(MemberValidationError, "Ann"):
                Identifier.create([{
                            'party': bob.party.id, 'type': 'fr_siren',
                            'code': SIREN}])

    @with_transaction()
    def test_same_identifier_other_company(self):
        "A person may be a member of two companies"
        company = factories.cooperative()
        other = factories.create_company("Other")
        siren = [('create', [{'type': 'fr_siren', 'code': SIREN}])]
        party = factories.person("Ann", identifiers=siren)
        for company in [company, other]:
            with set_company(company):
                member = factories.applicant(
                    party, factories.category(company))
                self.assertEqual(member.state, 'applied')

    @with_transaction()
    def test_similar(self):
        "Same name and birth date, or e-mail, is a warning, but not from cron"
        pool = Pool()
        Member = pool.get('coop.member')
        company = factories.cooperative()
        birth_date = dt.date(1980, 5, 1)
        with set_company(company):
            category = factories.category(company)
            ann = factories.applicant(
                factories.person("Ann Ray", 'ann@example.com'), category,
                birth_date=birth_date)
            factories.applicant(
                factories.person("Ann Ray"), category,
                birth_date=dt.date(1999, 5, 1))
            for party, values in [
                    (factories.person("ann ray"), {'birth_date': birth_date}),
                    (factories.person("Bob", 'Ann@example.com'), {})]:
                with self.assertRaises(DuplicateMemberWarning):
                    factories.applicant(party, category, **values)
                with Transaction().set_context(_skip_warnings=True):
                    member, = Member.search([('party', '=', party.id)]) or [
                        factories.applicant(party, category, **values)]
                self.assertIn(ann, member.similar)
