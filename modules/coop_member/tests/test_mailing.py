# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond import config
from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import pdf
from ..exceptions import MailingError
from . import factories, printed
from .smtp import smtp_server


class MailingTestCase(factories.CoopTestCase):
    "Test letters to members"

    def people(self, company):
        "Two applicants, the second without e-mail"
        category = factories.category(company)
        return [
            factories.applicant(factories.person(name, email), category)
            for name, email in [("Ann", 'ann@example.com'), ("Bob", None)]]

    def mailing(self, company, members, **values):
        Mailing = Pool().get('coop.mailing')
        return Mailing.create([{
                    'company': company.id,
                    'subject': "News of {company}",
                    'body': "Dear {name},\n\nyou hold {shares} shares.",
                    'letters': [('create', [
                                {'company': company.id, 'member': m.id}
                                for m in members])],
                    **values}])[0]

    def send(self, mailing):
        "Send as the button and then the queue do; return the messages"
        pool = Pool()
        Letter = pool.get('coop.member.letter')
        Mailing = pool.get('coop.mailing')
        with smtp_server() as server:
            Mailing.send([mailing])
            Letter.deliver(Mailing(mailing.id).letters)
            Letter.deliver(Mailing(mailing.id).letters)
        return server.messages

    def letter(self, member):
        Letter = Pool().get('coop.member.letter')
        letter, = Letter.search([('member', '=', member.id)])
        return letter

    @with_transaction()
    def test_any(self):
        "Who has an e-mail gets one, the others a letter to print"
        pool = Pool()
        Mailing = pool.get('coop.mailing')
        Print = pool.get('coop.mailing.print', type='report')
        company = factories.cooperative()
        with set_company(company):
            ann, bob = self.people(company)
            mailing = self.mailing(company, [ann, bob])
            (recipients, message), = self.send(mailing)
            self.assertEqual(recipients, ['ann@example.com'])
            self.assertEqual(message['Subject'], "News of Coop")
            self.assertEqual(
                message.get_content().replace("\r", "").strip(),
                "Dear Ann,\n\nyou hold 0 shares.")
            letter = self.letter(ann)
            self.assertEqual(
                (letter.medium, letter.state, letter.email, letter.body), (
                    'email', 'done', 'ann@example.com',
                    "Dear Ann,\n\nyou hold 0 shares."))
            self.assertEqual(letter.message_id, message['Message-ID'])
            self.assertTrue(letter.sent_at)
            self.assertEqual(letter.sent_by.id, Transaction().user)
            letter = self.letter(bob)
            self.assertEqual((letter.medium, letter.state), ('post', 'done'))
            self.assertIn("Dear Bob", printed.words(letter.file))
            mailing = Mailing(mailing.id)
            self.assertEqual(
                (mailing.state, mailing.progress, mailing.to_print,
                    mailing.failed),
                ('sent', 1, 1, 0))
            _, content, _, _ = Print.execute([mailing.id], {})
            self.assertIn(
                "News of Coop Dear Bob, you hold 0 shares.",
                printed.words(content))
            # It is on the member
            self.assertEqual(ann.letters, (self.letter(ann),))

    @with_transaction()
    def test_post(self):
        "By post, one file for the printer has the letters and enclosures"
        Print = Pool().get('coop.mailing.print', type='report')
        company = factories.cooperative()
        with set_company(company):
            ann, bob = self.people(company)
            mailing = self.mailing(
                company, [ann, bob], medium='post', document='certificate',
                file=pdf.letters(['<p>the enclosed agenda</p>']),
                file_name='agenda.pdf')
            self.assertEqual(self.send(mailing), [])
            _, content, _, _ = Print.execute([mailing.id], {})
            words = printed.words(content)
            for name in ["Ann", "Bob"]:
                self.assertIn(f"Dear {name},", words)
                self.assertIn(f"certifies that {name}", words)
            self.assertEqual(words.count("the enclosed agenda"), 2)

    @with_transaction()
    def test_enclosed(self):
        "By e-mail, the member's own document and the file are attached"
        company = factories.cooperative()
        with set_company(company):
            ann, _ = self.people(company)
            mailing = self.mailing(
                company, [ann], document='certificate', file=b'agenda',
                medium='email', file_name='agenda.txt')
            (_, message), = self.send(mailing)
            certificate, agenda = message.iter_attachments()
            self.assertEqual(
                [certificate.get_filename(), agenda.get_filename()],
                ['Share-Certificate.pdf', 'agenda.txt'])
            self.assertIn(
                "certifies that Ann",
                printed.words(certificate.get_content()))
            self.assertEqual(
                self.letter(ann).file, certificate.get_content())

    @with_transaction()
    def test_refused_address(self):
        "What the mail server refuses is told, and can be sent again"
        pool = Pool()
        Letter = pool.get('coop.member.letter')
        Mailing = pool.get('coop.mailing')
        company = factories.cooperative()
        with set_company(company):
            ann, bob = self.people(company)
            mailing = self.mailing(company, [ann, bob], medium='email')
            with smtp_server() as server:
                server.refused.add('ann@example.com')
                Mailing.send([mailing])
                Letter.deliver(Mailing(mailing.id).letters)
                self.assertEqual(server.messages, [])
                letter = self.letter(ann)
                self.assertEqual(letter.state, 'failed')
                self.assertIn('no such user', letter.problem)
                self.assertIsNone(letter.sent_at)
                self.assertIn("Bob", self.letter(bob).problem)
                self.assertEqual(Mailing(mailing.id).failed, 2)
                server.refused.clear()
                Mailing.send_again([Mailing(mailing.id)])
                Letter.deliver(Mailing(mailing.id).letters)
                (recipients, _), = server.messages
                self.assertEqual(recipients, ['ann@example.com'])
                self.assertEqual(self.letter(ann).state, 'done')
                self.assertEqual(Mailing(mailing.id).failed, 1)

    @with_transaction()
    def test_no_server(self):
        "Without mail server nothing is said to have left"
        pool = Pool()
        Letter = pool.get('coop.member.letter')
        Mailing = pool.get('coop.mailing')
        company = factories.cooperative()
        with set_company(company):
            ann, _ = self.people(company)
            mailing = self.mailing(company, [ann])
            with smtp_server():
                uri = config.get('email', 'uri')
            before = config.get('email', 'uri')
            config.set('email', 'uri', uri)
            try:
                Mailing.send([mailing])
                Letter.deliver(Mailing(mailing.id).letters)
            finally:
                config.set('email', 'uri', before)
            self.assertEqual(self.letter(ann).state, 'failed')

    @with_transaction()
    def test_text(self):
        "A text that is missing or names what nobody knows is not sent"
        Mailing = Pool().get('coop.mailing')
        company = factories.cooperative()
        with set_company(company):
            ann, _ = self.people(company)
            for values, problem in [
                    ({'subject': None}, "subject"),
                    ({'body': None}, "text"),
                    ({'body': "{party} and {name.__class__}"},
                        "{party}, {name.__class__}"),
                    ({'file': b'agenda', 'file_name': 'agenda.txt'}, "PDF"),
                    ]:
                mailing = self.mailing(company, [ann], **values)
                with self.subTest(values=values), \
                        self.assertRaises(MailingError) as raised:
                    Mailing.send([mailing])
                self.assertIn(problem, str(raised.exception))

    @with_transaction()
    def test_merged(self):
        "Every place is filled in, in the language of the member"
        pool = Pool()
        Lang = pool.get('ir.lang')
        company = factories.cooperative()
        with set_company(company):
            (_, two, _), _ = printed.register(company)
            two.party.lang, = Lang.search([('code', '=', 'fr')])
            two.party.save()
            mailing = self.mailing(company, [two], body=(
                    "{name}|{number}|{category}|{shares}|{capital}|{to_pay}"
                    "|{reference}|{company}"))
            (_, body), = mailing.merged(mailing.letters).values()
            self.assertEqual(body.replace('\xa0', ' '), '|'.join([
                        "Member 2", two.number, "Workers", "12", "232,00 usd",
                        "112,00 usd", two.payment_reference, "Coop"]))

    @with_transaction()
    def test_kept(self):
        "What has left is neither changed nor deleted"
        pool = Pool()
        Letter = pool.get('coop.member.letter')
        Mailing = pool.get('coop.mailing')
        company = factories.cooperative()
        with set_company(company):
            ann, bob = self.people(company)
            mailing = self.mailing(company, [ann, bob])
            clerk = factories.user(
                'clerk', 'administration', company=company)
            with factories.as_user(clerk):
                Letter.delete([self.letter(bob)])
            self.send(mailing)
            letter = self.letter(ann)
            with factories.as_user(clerk):
                for act in [
                        lambda: Mailing.delete([Mailing(mailing.id)]),
                        lambda: Mailing.write(
                            [Mailing(mailing.id)], {'body': "Other"}),
                        lambda: Letter.write([letter], {'body': "Other"}),
                        lambda: Letter.delete([letter]),
                        lambda: Letter.create([{
                                    'mailing': mailing.id, 'member': bob.id,
                                    'company': company.id,
                                    'state': 'done'}]),
                        ]:
                    with self.assertRaises((AccessError, MailingError)):
                        act()

    @with_transaction()
    def test_write_to(self):
        "The wizard opens a mailing to the members of any list, once each"
        pool = Pool()
        Mailing = pool.get('coop.mailing')
        Movement = pool.get('coop.share.movement')
        Wizard = pool.get('coop.member.write_to', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            (one, two, three), _ = printed.register(company)
            rows = Movement.search([('kind', '=', 'subscription')])
            with Transaction().set_context(
                    active_model='coop.share.movement',
                    active_ids=[r.id for r in rows]):
                session, _, _ = Wizard.create()
                result = Wizard.execute(session, {}, 'open_')
            (_, data), = result['actions']
            mailing, = Mailing.browse(data['res_id'])
            self.assertEqual(
                {l.member for l in mailing.letters}, {one, two, three})
            self.assertEqual(len(mailing.letters), 3)

    @with_transaction()
    def test_preview(self):
        "A letter can be looked at before it leaves, and nothing is kept"
        Page = Pool().get('coop.member.letter.page', type='report')
        company = factories.cooperative()
        with set_company(company):
            ann, _ = self.people(company)
            mailing = self.mailing(company, [ann])
            letter, = mailing.letters
            _, content, _, _ = Page.execute([letter.id], {})
            self.assertIn("Dear Ann, you hold 0", printed.words(content))
            self.assertIsNone(self.letter(ann).body)

    @with_transaction()
    def test_own(self):
        "A member reads what he was written, not what others were"
        Letter = Pool().get('coop.member.letter')
        company = factories.cooperative()
        with set_company(company):
            ann, bob = self.people(company)
            self.send(self.mailing(company, [ann, bob]))
            self.mailing(company, [ann, bob], subject="Draft")
            user = factories.user('ann', 'member', member=ann)
            with factories.as_user(user):
                letter, = Letter.search([])
                self.assertEqual(letter.subject, "News of Coop")
                self.assertEqual(letter.member, ann)
