# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import capital
from ..event import today
from ..exceptions import DuplicateMemberWarning, MemberValidationError
from . import factories

SIREN = '552008443'
IBAN = 'FR76 3000 6000 0112 3456 7890 189'


class WizardTestCase(factories.CoopTestCase):
    "Test the new member of the staff and the change of legal form"

    def run_wizard(self, name, state, start, record=None):
        "Run a wizard from its first form as a client does"
        Wizard = Pool().get(name, type='wizard')
        context = {}
        if record:
            context = {
                'active_model': record.__name__, 'active_id': record.id,
                'active_ids': [record.id]}
        with Transaction().set_context(context):
            session_id, start_state, _ = Wizard.create()
            view = Wizard.execute(session_id, {}, start_state)['view']
            values = {
                k: v for k, v in view.get('defaults', {}).items()
                if not k.endswith('.')}
            data = {'start': {**values, **start}}
            result = Wizard.execute(session_id, data, state)
            Wizard.delete(session_id)
        Member = Pool().get('coop.member')
        return Member(result['actions'][0][1]['res_id'][0])

    @with_transaction()
    def test_new(self):
        "The staff makes an applicant of a new party"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            referrer, = factories.members(company, 1, category)
            member = self.run_wizard('coop.member.new', 'create_', {
                    'name': "Ann Ray", 'email': 'ann@example.com',
                    'siren': SIREN, 'birth_date': dt.date(1980, 5, 1),
                    'category': category.id, 'wished_shares': 4,
                    'referrer': referrer.id})
            self.assertEqual(member.state, 'applied')
            self.assertEqual(member.party.email, 'ann@example.com')
            self.assertEqual(member.party.identifiers[0].code_compact, SIREN)
            self.assertEqual(member.wished_shares, 4)
            self.assertEqual(member.referrer, referrer)
            with self.assertRaises(DuplicateMemberWarning):
                self.run_wizard('coop.member.new', 'create_', {
                        'name': "Ann Ray", 'category': category.id,
                        'birth_date': dt.date(1980, 5, 1)})

    @with_transaction()
    def test_new_existing_party(self):
        "The staff makes an applicant of a party that exists"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            party = factories.person("Ann")
            member = self.run_wizard('coop.member.new', 'create_', {
                    'party': party.id, 'category': category.id})
            self.assertEqual(member.party, party)

    @with_transaction()
    def test_new_under_age(self):
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            with self.assertRaisesRegex(MemberValidationError, "18 years"):
                self.run_wizard('coop.member.new', 'create_', {
                        'name': "Tim", 'category': category.id,
                        'birth_date': dt.date.today()
                        - dt.timedelta(days=6000)})

    def trader(self, company):
        "A sole trader with 10 shares of which 60 euros are called"
        Decision = Pool().get('coop.decision')
        share_class = factories.share_class(company)
        member, = factories.members(company, 1)
        factories.subscribe(
            member, share_class, 10, dt.date(2021, 3, 1), Decimal(60))
        decision, = Decision.create([{
                    'company': company.id, 'number': "7",
                    'date': dt.date(2022, 5, 1), 'title': "To a company"}])
        user = factories.user('trader', 'member', member=member)
        return member, share_class, decision, user

    @with_transaction()
    def test_transfer(self):
        "The company takes shares, seniority and users of the sole trader"
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            former, share_class, decision, user = self.trader(company)
            position = Movement.position(former, share_class)
            date = dt.date(2022, 6, 1)
            member = self.run_wizard(
                'coop.member.change_legal_form', 'change', {
                    'name': "Trader Ltd", 'siren': SIREN, 'date': date,
                    'decision': decision.id}, former)
            self.assertNotEqual(member.number, former.number)
            self.assertEqual(member.party.name, "Trader Ltd")
            self.assertEqual(member.representative, former.party)
            self.assertEqual(member.predecessor, former)
            self.assertEqual(member.seniority_date, dt.date(2020, 1, 1))
            self.assertEqual(member.users, (user,))
            self.assertEqual(member.state, 'active')
            self.assertEqual(
                {(e.kind, e.date, e.decision) for e in member.events}, {
                    ('application', date, decision),
                    ('admission', date, decision),
                    ('activation', date, decision)})
            departure = former.events[0]
            self.assertEqual(
                (departure.kind, departure.date, departure.cause),
                ('departure', dt.date(2022, 5, 31), 'legal_form'))
            self.assertEqual(Member(former.id).state, 'left')
            self.assertEqual(
                Movement.position(member, share_class), position)
            self.assertEqual(
                Movement.position(former, share_class), capital.NOTHING)
            out, in_ = sorted(Movement.search([
                        ('kind', 'in', ['transfer_out', 'transfer_in'])]),
                key=lambda m: m.number)
            self.assertEqual(out.operation, in_.operation)
            self.assertEqual(out.decision, decision)
            self.assertEqual(
                Movement.lots_of(member, share_class),
                [(dt.date(2021, 3, 1), 10)])
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_shares_refused(self):
        "Where the company may not hold them the former member keeps them"
        company = factories.cooperative()
        with set_company(company):
            former, share_class, decision, _ = self.trader(company)
            share_class.holder = 'natural'
            share_class.save()
            with self.assertRaisesRegex(
                    MemberValidationError,
                    "(?s)only natural persons.*former member keep"):
                self.run_wizard(
                    'coop.member.change_legal_form', 'change', {
                        'name': "Trader Ltd", 'date': dt.date(2022, 6, 1),
                        'decision': decision.id}, former)

    @with_transaction()
    def test_suspended(self):
        "Who is suspended stays so, for the same reason"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            former, _, decision, _ = self.trader(company)
            Event.record([Event(
                        company=company, member=former, kind='suspension',
                        date=dt.date(2022, 1, 1), reason="Dues not paid")])
            member = self.run_wizard(
                'coop.member.change_legal_form', 'change', {
                    'name': "Trader Ltd", 'date': dt.date(2022, 6, 1),
                    'decision': decision.id}, former)
            self.assertEqual(member.state, 'suspended')
            event = member.events[0]
            self.assertEqual(
                (event.kind, event.date, event.reason),
                ('suspension', dt.date(2022, 6, 1), "Dues not paid"))

    @with_transaction()
    def test_kept(self):
        "The former membership that keeps the shares stays"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            former, share_class, decision, _ = self.trader(company)
            position = Movement.position(former, share_class)
            member = self.run_wizard(
                'coop.member.change_legal_form', 'change', {
                    'name': "Trader Ltd", 'date': dt.date(2022, 6, 1),
                    'shares': 'keep', 'keeps_seniority': False}, former)
            self.assertEqual(former.state, 'active')
            self.assertEqual(
                Movement.position(former, share_class), position)
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            self.assertEqual(member.seniority_date, dt.date(2022, 6, 1))

    @with_transaction()
    def test_what_stays(self):
        "What is open is told: what is owed only where the shares stay"
        pool = Pool()
        Member = pool.get('coop.member')
        Start = pool.get('coop.member.change_legal_form.start')
        company = factories.cooperative()
        with set_company(company):
            former, share_class, _, user = self.trader(company)
            self.assertEqual(list(Start.staying(former, 'transfer')), [])
            owed, = Start.staying(former, 'keep')
            self.assertIn("60.00 called and not paid", owed)
            factories.receive(former, Decimal(75), dt.date(2021, 4, 1))
            waiting, = Start.staying(former, 'keep')
            self.assertIn("15.00 of 04/01/2021", waiting)
            # By the user who has no access to the entries
            staff = factories.user('staff', 'administration', company=company)
            with factories.as_user(staff):
                start = Start(member=Member(former.id), shares='keep')
                self.assertEqual(start.on_change_with_stays(), waiting)

    @with_transaction()
    def test_successor(self):
        "A member is continued by one other that is not refused"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            former, _, _, _ = self.trader(company)
            self.assertIsNone(former.successor)
            refused = factories.applicant(
                factories.person("Other Ltd"), former.category,
                predecessor=former.id)
            self.event(refused, 'refusal')
            self.assertIsNone(Member(former.id).successor)
            member = self.run_wizard(
                'coop.member.change_legal_form', 'change', {
                    'name': "Trader Ltd", 'date': dt.date(2022, 6, 1),
                    'shares': 'keep'}, former)
            former = Member(former.id)
            self.assertEqual(former.successor, member)
            self.assertEqual(
                Member.search([('successor', '!=', None)]), [former])
            with self.assertRaisesRegex(
                    MemberValidationError, "already, to \"Trader Ltd"):
                self.run_wizard(
                    'coop.member.change_legal_form', 'change', {
                        'name': "Again Ltd", 'date': dt.date(2022, 7, 1)},
                    former)

    def event(self, member, kind):
        Event = Pool().get('coop.member.event')
        Event.record([Event(
                    company=member.company, member=member, kind=kind,
                    date=today(member.company.id))])

    @with_transaction()
    def test_papers_and_mandates(self):
        "Papers are asked anew and the mandates of the old party cancelled"
        pool = Pool()
        Account = pool.get('bank.account')
        Document = pool.get('coop.member.document')
        Kind = pool.get('coop.document.kind')
        Mandate = pool.get('account.payment.sepa.mandate')
        Start = pool.get('coop.member.change_legal_form.start')
        company = factories.cooperative()
        with set_company(company):
            former, _, _, _ = self.trader(company)
            kind, = Kind.search([('code', '=', 'registration')])
            category = former.category
            category.documents = [kind]
            category.save()
            Document.create([{'member': former.id, 'kind': kind.id}])
            account, = Account.create([{
                        'owners': [('add', [former.party.id])],
                        'numbers': [('create', [
                                    {'type': 'iban', 'number': IBAN}])]}])
            mandate, = Mandate.create([{
                        'party': former.party.id, 'company': company.id,
                        'account_number': account.numbers[0].id,
                        'identification': 'M1', 'state': 'requested'}])
            self.assertEqual(Start.open_mandates(former), [mandate])
            member = self.run_wizard(
                'coop.member.change_legal_form', 'change', {
                    'name': "Trader Ltd", 'date': dt.date(2022, 6, 1)},
                former)
            self.assertEqual(
                member.missing_documents, "Proof of Registration")
            self.assertEqual(mandate.state, 'cancelled')

    @with_transaction()
    def test_refused(self):
        "Neither the same party nor a date before the admission"
        company = factories.cooperative()
        with set_company(company):
            former, _, _, _ = self.trader(company)
            for message, values in [
                    ("is that of the member", {'party': former.party.id}),
                    ("before its admission", {
                            'name': "Ltd", 'date': dt.date(2020, 1, 1)})]:
                with self.assertRaisesRegex(MemberValidationError, message):
                    self.run_wizard(
                        'coop.member.change_legal_form', 'change', values,
                        former)
