# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.modules.company.tests import set_company
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, inactive_records

from .. import capital
from ..event import today
from ..exceptions import MemberValidationError
from . import factories

IBAN = 'FR76 3000 6000 0112 3456 7890 189'


class PartyTestCase(factories.CoopTestCase):
    "Test parties that are members: representative, replacing, erasing"

    def wizard(self, name):
        pool = Pool()
        Wizard = pool.get(name, type='wizard')
        session_id, _, _ = Wizard.create()
        return Wizard(session_id)

    @with_transaction()
    def test_representative(self):
        "A representative is a natural person other than the member"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            person, firm = factories.person("Ann"), factories.person("Firm")
            member = factories.applicant(
                firm, category, legal_person=True, representative=person.id)
            with self.assertRaisesRegex(MemberValidationError, "Firm"):
                member.representative = firm
                member.save()
            other = factories.applicant(
                factories.person("Other"), category, legal_person=True)
            for party in [firm, company.party]:
                with self.assertRaisesRegex(
                        MemberValidationError, "legal person"):
                    other.representative = party
                    other.save()

    @with_transaction()
    def test_referrer(self):
        "A referrer is a member, and not referred by whom it refers"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            ann, bob = factories.members(company, 2, category)
            applicant = factories.applicant(
                factories.person("Applicant"), category, referrer=ann.id)
            Member = Pool().get('coop.member')
            staff = factories.user(
                'staff', 'administration', company=company)
            with factories.as_user(staff), self.assertRaisesRegex(
                    MemberValidationError, "Applicant"):
                Member.write([Member(bob.id)], {'referrer': applicant.id})
            bob.referrer = ann
            bob.save()
            with self.assertRaises(MemberValidationError):
                ann.referrer = bob
                ann.save()

    @with_transaction()
    def test_replace(self):
        "A party takes the place of a member's, two members stay two"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company), \
                Transaction().set_context(_skip_warnings=True):
            ann, bob = factories.members(company, 2)
            bob.legal_person, bob.representative = True, ann.party
            bob.save()
            wizard = self.wizard('party.replace')
            wizard.ask.source, wizard.ask.destination = ann.party, bob.party
            with self.assertRaisesRegex(
                    MemberValidationError, f"numbers {ann.number}"):
                wizard.transition_replace()
            self.assertTrue(ann.party.active)
            wizard.ask.destination = party = factories.person("Ann Ray")
            wizard.transition_replace()
            Transaction().cache.clear()
            self.assertEqual(Member(ann.id).party, party)
            self.assertEqual(Member(bob.id).representative, party)

    def leave(self, member, date):
        Event = Pool().get('coop.member.event')
        Event.record([Event(
                    company=member.company, member=member, kind='departure',
                    date=date, cause='resignation', reason="Ill")])

    def erase(self, party):
        party.active = False
        party.save()
        wizard = self.wizard('party.erase')
        wizard.ask.party = party
        retention = wizard.ask.on_change_with_retention()
        wizard.transition_erase()
        Transaction().cache.clear()
        return retention

    @with_transaction()
    def test_erase_refused(self):
        "Neither a member nor who has shares or a claim is erased"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            with self.assertRaisesRegex(EraseError, "departure"):
                self.erase(member.party)
            factories.subscribe(
                member, share_class, 1, dt.date(2020, 2, 1), Decimal(0))
            self.leave(member, dt.date(2021, 12, 31))
            with self.assertRaisesRegex(EraseError, "shares"):
                self.erase(member.party)
            position = Movement.position(member, share_class)
            Movement.record([[Movement.build(
                            member, share_class, 'cancellation',
                            dt.date(2022, 1, 1), capital.cancellation(
                                capital.share_of(position, 1, round),
                                Decimal(0)))]])
            self.erase(member.party)
            self.assertEqual(member.party.name, "Member 1")

    @with_transaction()
    def test_erase_kept(self):
        "Name and number stay until the retention date, the rest goes"
        pool = Pool()
        Account = pool.get('bank.account')
        Attachment = pool.get('ir.attachment')
        Change = pool.get('coop.iban.change')
        Document = pool.get('coop.member.document')
        Event = pool.get('coop.member.event')
        Kind = pool.get('coop.document.kind')
        Member = pool.get('coop.member')
        Number = pool.get('bank.account.number')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            left = today(company.id) - relativedelta(years=5)
            self.leave(member, left)
            member.birth_date = dt.date(1980, 1, 1)
            member.save()
            party = member.party
            party.contact_mechanisms = [{
                    'type': 'email', 'value': 'ann@example.com'}]
            party.addresses = [{'street_unstructured': "1 rue"}]
            party.save()
            account, = Account.create([{
                        'owners': [('add', [party.id])],
                        'numbers': [('create', [
                                    {'type': 'iban', 'number': IBAN}])]}])
            kind, = Kind.search([], limit=1)
            document, = Document.create([{
                        'member': member.id, 'kind': kind.id,
                        'file': b'id', 'file_name': "id.pdf"}])
            change, = Change.create([{
                        'member': member.id, 'iban': IBAN, 'proof': b'rib',
                        'proof_name': "rib.pdf"}])
            Attachment.create([{
                        'name': "Letter", 'resource': str(member)}])
            retention = self.erase(party)
            self.assertIn(
                pool.get('ir.lang').get().strftime(today(company.id)),
                retention)
            self.assertIn("L231-6", retention)
            with inactive_records():
                member = Member(member.id)
                self.assertEqual(member.party.name, "Member 1")
                self.assertEqual(
                    [m.value for m in member.party.contact_mechanisms],
                    ['****'])
                address, = member.party.addresses
                self.assertFalse(address.street_unstructured)
                self.assertEqual(
                    [n.number for n in Number.search([
                                ('account', '=', account.id)])], ['****'])
            self.assertIsNone(member.birth_date)
            self.assertEqual(Document.search([]), [])
            self.assertEqual(Change(change.id).iban, '****')
            self.assertIsNone(Change(change.id).proof)
            self.assertEqual(Attachment.search([]), [])
            self.assertEqual(
                {e.reason for e in member.events}, {None, "Ill"})
            self.assertIsNone(Event.verify_chain(company))

    @with_transaction()
    def test_erase_after_retention(self):
        "After the retention date the name goes, the chain stays whole"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(
                company, 1, admitted=dt.date(2010, 1, 1))
            number = member.number
            self.leave(member, today(company.id)
                - relativedelta(years=5, days=1))
            self.assertFalse(self.erase(member.party))
            member = Member(member.id)
            self.assertIsNone(member.party.name)
            self.assertEqual(member.number, number)
            self.assertEqual({e.reason for e in member.events}, {None})
            self.assertIsNone(Event.verify_chain(company))

    @with_transaction()
    def test_erase_refused_applicant(self):
        "Who was never a member is not kept"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            member = factories.applicant(
                factories.person("Ann"), factories.category(company))
            with self.assertRaises(EraseError):
                self.erase(member.party)
            Event.record([Event(
                        company=company, member=member, kind='refusal',
                        date=today(company.id))])
            self.assertFalse(self.erase(member.party))
            self.assertIsNone(member.party.name)
