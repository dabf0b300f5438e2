# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.exceptions import UserError
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..capital import Deltas, cancellation
from ..event import today
from ..exceptions import BirthDateWarning, EventError
from . import factories

DAY = dt.date(2021, 3, 1)
LATER = dt.date(2021, 4, 1)


class AdmissionTestCase(factories.CoopTestCase):
    "Test who is admitted, and when a member becomes active"

    def life(self, member):
        "Return [(kind, date)] of the events after the application"
        Member = Pool().get('coop.member')
        return [
            (e.kind, e.date) for e in sorted(
                Member(member.id).events, key=lambda e: e.number)
            if e.kind != 'application']

    @with_transaction()
    def test_active_on_admission(self):
        "By one rule a member is active at once, without any share"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company, activation='admission')
            member, = factories.members(
                company, 1, category, DAY, ['application', 'admission'])
            self.assertEqual(
                self.life(member), [('admission', DAY), ('activation', DAY)])
            self.assertEqual(type(member)(member.id).state, 'active')

    @with_transaction()
    def test_active_on_payment(self):
        "By the other, on the day on which a first share is paid whole"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company, activation='payment')
            share_class = factories.share_class(company)
            member, = factories.members(
                company, 1, category, DAY, ['application', 'admission'])
            factories.subscriptions([member], share_class, 2, DAY)
            factories.receive(member, Decimal(23), DAY)
            self.assertEqual(self.life(member), [('admission', DAY)])
            factories.receive(member, Decimal(1), LATER)
            self.assertEqual(
                self.life(member),
                [('admission', DAY), ('activation', LATER)])
            self.assertEqual(type(member)(member.id).state, 'active')

    def applicants(self, company, *births, **values):
        category = factories.category(company, **values)
        return [
            factories.applicant(
                factories.person(f"Ann {i}"), category, birth_date=birth)
            for i, birth in enumerate(births)]

    def admit(self, members, category=None):
        values = {'category': category} if category else {}
        return self.record('admit', members, **values)

    def record(self, name, members, **values):
        "Record an event by its wizard and return the states"
        Wizard = Pool().get(f'coop.member.{name}', type='wizard')
        session, _, _ = Wizard.create()
        with Transaction().set_context(
                active_model='coop.member', active_id=members[0].id,
                active_ids=[m.id for m in members]):
            wizard = Wizard(session)
            wizard.start.cause = wizard.start.decision = None
            wizard.start.reason = wizard.start.category = None
            for name, value in wizard.default_start([]).items():
                setattr(wizard.start, name, value)
            for name, value in values.items():
                setattr(wizard.start, name, value)
            wizard.transition_record_()
        return {type(m)(m.id).state for m in members}

    @with_transaction()
    def test_birth_date_unknown(self):
        "Who admits is warned when the age is not known, and decides"
        Warning = Pool().get('res.user.warning')
        company = factories.cooperative()
        with set_company(company):
            known, unknown = self.applicants(
                company, dt.date(1980, 1, 1), None)
            with self.assertRaisesRegex(
                    BirthDateWarning, "Ann 1 .*18 years") as raised:
                self.admit([known, unknown])
            self.assertEqual(
                {m.state for m in type(known).search([])}, {'applied'})
            Warning.create([{
                        'user': Transaction().user,
                        'name': raised.exception.name}])
            self.assertEqual(self.admit([known, unknown]), {'admitted'})

    @with_transaction()
    def test_birth_date_not_asked_for(self):
        "Nobody is warned of a legal person, or where no age is asked for"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            free = factories.category(company, 'free', minimum_age=0)
            person, firm, imported = self.applicants(
                company, None, None, None)
            self.assertEqual(self.admit([person], free), {'admitted'})
            firm.legal_person = True
            firm.representative = person.party
            firm.save()
            self.assertEqual(self.admit([firm]), {'admitted'})
            # Nobody is there to be warned
            Event.record([Event(
                        company=company, member=imported, kind='admission',
                        date=today(company.id), category=imported.category)])
            self.assertEqual(type(imported)(imported.id).state, 'admitted')

    @with_transaction()
    def test_back_again(self):
        "Who left applies again, and is a member anew"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            rules = {'activation': 'admission', 'minimum_age': 0}
            category = factories.category(company, **rules)
            other = factories.category(company, 'other', **rules)
            share_class = factories.share_class(company)
            member, = factories.members(
                company, 1, category, DAY, ['application', 'admission'])

            def dates():
                back = Member(member.id)
                return (
                    back.admission_date, back.leaving_date,
                    back.seniority_date)
            exit_, back = dt.date(2021, 12, 31), dt.date(2022, 3, 1)
            leaves = {'cause': 'resignation'}
            self.assertEqual(
                self.record('depart', [member], date=exit_, **leaves),
                {'left'})
            self.assertEqual(dates(), (DAY, exit_, DAY))
            self.assertEqual(
                self.record('apply_again', [member], date=dt.date(2022, 2, 1),
                    category=other),
                {'applied'})
            self.assertEqual(Member(member.id).category, other)
            # Still who left, as long as not admitted
            self.assertEqual(dates(), (DAY, exit_, DAY))
            self.assertEqual(
                self.record('admit', [member], date=back), {'active'})
            self.assertEqual(dates(), (back, None, back))
            factories.subscriptions([member], share_class, 1, back)
            for date, state in [
                    (exit_, 'active'), (dt.date(2022, 1, 1), 'left'),
                    (dt.date(2022, 2, 1), 'applied'), (back, 'active')]:
                with Transaction().set_context(date=date):
                    self.assertEqual(Member(member.id).state_at, state)
            again = dt.date(2022, 12, 31)
            self.assertEqual(
                self.record('depart', [member], date=again, **leaves),
                {'left'})
            self.assertEqual(dates(), (back, again, back))
            self.assertEqual(
                Member.memberships([member]),
                {member.id: [(DAY, exit_), (back, again)]})

    @with_transaction()
    def test_back_before(self):
        "Nobody applies again before having left, nor while a member"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            with self.assertRaisesRegex(EventError, "Active"):
                self.record('apply_again', [member])

    @with_transaction()
    def test_refused_again(self):
        "Who was refused applies again: the button is of those who admit"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            member, = self.applicants(company, dt.date(1980, 1, 1))
            self.assertEqual(
                self.record('refuse', [member], reason="Too far"),
                {'refused'})
            users = {
                group: factories.user(group, group, company=company)
                for group in [
                    'administration', 'board', 'accountant', 'auditor']}
        for group in ['administration', 'board']:
            with factories.as_user(users[group]):
                self.assertTrue(Member.apply_again([Member(member.id)]))
        for group in ['accountant', 'auditor']:
            with factories.as_user(users[group]), self.assertRaises(
                    (AccessError, AccessButtonError)):
                Member.apply_again([Member(member.id)])
        with factories.as_user(users['board']):
            self.assertEqual(
                self.record('apply_again', [Member(member.id)]), {'applied'})

    @with_transaction()
    def test_share_of_before(self):
        "A share paid by a former membership and taken back makes not active"
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(
                company, activation='payment', minimum_age=0)
            share_class = factories.share_class(company)
            kept, taken = factories.members(
                company, 2, category, DAY, ['application', 'admission'])
            factories.subscriptions([kept, taken], share_class, 1, DAY)
            for member in [kept, taken]:
                factories.receive(member, Decimal(24), DAY)
            self.record('depart', [kept, taken], date=LATER, cause='death')
            share = Deltas(1, *[Decimal(24)] * 3)
            Movement.record([[Movement.build(
                            taken, share_class, 'cancellation', LATER,
                            cancellation(share, Decimal(24)))]])
            back = dt.date(2022, 3, 1)
            self.record('apply_again', [kept, taken], date=back)
            self.record('admit', [kept, taken], date=back)
            self.assertEqual(Member(kept.id).state, 'active')
            self.assertEqual(Member(taken.id).state, 'admitted')
            factories.subscriptions([taken], share_class, 1, back)
            paid = dt.date(2022, 4, 1)
            factories.receive(taken, Decimal(24), paid)
            self.assertEqual(Member(taken.id).state, 'active')
            self.assertEqual(self.life(taken)[-1], ('activation', paid))

    def new(self, company, **values):
        New = Pool().get('coop.member.new', type='wizard')
        session, _, _ = New.create()
        wizard = New(session)
        wizard.start.company = company
        for name in ['party', 'name', 'email', 'phone', 'siren',
                'legal_person', 'birth_date', 'professional_status',
                'category', 'wished_shares', 'referrer']:
            setattr(wizard.start, name, values.get(name))
        wizard.transition_create_()

    @with_transaction()
    def test_same_party(self):
        "A party is a member of a company once"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            with self.assertRaisesRegex(
                    UserError, "already a member.*existing record"):
                self.new(
                    company, party=member.party, category=member.category)
        Transaction().rollback()
        self.assertEqual(Member.search([]), [])

    @with_transaction()
    def test_same_party_in_another_company(self):
        company, other = factories.cooperative(), factories.cooperative("B")
        with set_company(company):
            member, = factories.members(company, 1)
        with set_company(other):
            again = factories.applicant(
                member.party, factories.category(other))
        self.assertEqual(again.party, member.party)

    @with_transaction()
    def test_wrong_siren(self):
        "A SIREN whose key is wrong is refused, with its party"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            for siren in ['552008444', '55200844', 'SIREN']:
                with self.subTest(siren), self.assertRaisesRegex(
                        UserError, f'"{siren}".*"Ann Ray"'):
                    self.new(
                        company, name="Ann Ray", siren=siren,
                        category=category)
            self.assertEqual(Member.search([]), [])
            self.new(
                company, name="Ann Ray", siren='552 008 443',
                category=category)
            member, = Member.search([])
            identifier, = member.party.identifiers
            self.assertEqual(identifier.code_compact, '552008443')
