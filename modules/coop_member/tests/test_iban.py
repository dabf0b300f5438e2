# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..event import today
from ..exceptions import IBANChangeError, NewIBANWarning, SharedIBANWarning
from . import factories
from .smtp import deliver, smtp_server

OLD = 'FR76 3000 6000 0112 3456 7890 189'
NEW = 'DE89 3704 0044 0532 0130 00'
FREE = 'GB82 WEST 1234 5698 7654 32'


class IBANTestCase(factories.CoopTestCase):
    "Test the change of the bank account of a member"

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(smtp_server())

    def change(self, member, iban=NEW, **values):
        Change = Pool().get('coop.iban.change')
        return Change.create([{
                    'member': member.id, 'iban': iban, **values}])[0]

    def member(self, company, name="Ann", iban=OLD):
        pool = Pool()
        Account = pool.get('bank.account')
        party = factories.person(name, f'{name.lower()}@example.com')
        if iban:
            Account.create([{
                        'owners': [('add', [party.id])],
                        'numbers': [('create', [
                                    {'type': 'iban', 'number': iban}])]}])
        return factories.applicant(
            party, factories.category(company, code=name))

    @with_transaction()
    def test_mandate(self):
        "A mandate ends with its account, a draft waits to be signed"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Mandate = pool.get('account.payment.sepa.mandate')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            account, = member.party.bank_accounts
            address, = pool.get('party.address').create([{
                        'party': member.party.id, 'city': "Grenoble"}])
            mandate, = Mandate.create([{
                        'party': member.party.id,
                        'address': address.id,
                        'account_number': account.numbers[0].id,
                        'identification': 'RUM1',
                        'signature_date': dt.date(2020, 1, 1)}])
            Mandate.request([mandate])
            Mandate.validate_mandate([mandate])
            confirms = factories.user(
                'confirms', 'accountant', company=company)
            change = self.change(member)
            Change.request([change])
            with factories.as_user(confirms):
                Change.confirm([change])
            self.assertEqual(mandate.state, 'cancelled')
            draft, = Mandate.search([('state', '=', 'draft')])
            self.assertEqual(
                (draft.party, draft.account_number.number_compact,
                    draft.signature_date),
                (member.party, NEW.replace(' ', ''), None))

    @with_transaction()
    def test_two_persons(self):
        "Who enters it does not confirm it, and the new account is used"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Party = pool.get('party.party')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            enters = factories.user(
                'enters', 'administration', company=company)
            confirms = factories.user(
                'confirms', 'accountant', company=company)
            acts = factories.user(
                'acts', 'accountant', member=member)
            with factories.as_user(enters):
                change = self.change(member)
                self.assertEqual(change.old_account, OLD)
                self.assertEqual(change.bic, 'COBADEFFXXX')
                self.assertEqual(change.bank_name, "Commerzbank")
                Change.request([change])
                with self.assertRaises(AccessError):
                    Change.confirm([change])
            with factories.as_user(acts):
                with self.assertRaises(AccessError):
                    Change.confirm([change])
            with self.assertRaises(AccessError), \
                    Transaction().set_user(0):
                Change.confirm([change])
            self.assertEqual(change.state, 'requested')
            with factories.as_user(confirms):
                Change.confirm([change])
            self.assertEqual(change.state, 'confirmed')
            self.assertEqual(change.requested_by, enters)
            self.assertEqual(change.confirmed_by, confirms)
            self.assertEqual(change.old_account, OLD)
            first, second = Party(member.party.id).bank_accounts_used
            self.assertEqual([first.iban, second.iban], [NEW, OLD])
            deliver()
            self.assertEqual(len(self.smtp.messages), 2)
            for recipients, message in self.smtp.messages:
                self.assertEqual(recipients, ['ann@example.com'])
                self.assertNotIn(NEW, message.get_content())
                self.assertIn('3000', message.get_content())

    @with_transaction()
    def test_entered_by_one_requested_by_another(self):
        "Whoever typed the figures does not confirm them either"
        Change = Pool().get('coop.iban.change')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            types = factories.user('types', 'accountant', company=company)
            asks = factories.user('asks', 'accountant', company=company)
            with factories.as_user(types):
                change = self.change(member)
            with factories.as_user(asks):
                Change.request([change])
            with factories.as_user(types), self.assertRaises(AccessError):
                Change.confirm([change])

    @with_transaction()
    def test_wrong(self):
        "A wrong IBAN or BIC, or the one in use, is refused"
        Change = Pool().get('coop.iban.change')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            with self.assertRaisesRegex(IBANChangeError, "Ann"):
                self.change(member, 'FR76 3000 6000 0112 3456 7890 180')
            with self.assertRaisesRegex(IBANChangeError, "NOBIC"):
                self.change(member, bic='NOBIC')
            change = self.change(member, OLD.replace(' ', ''))
            with self.assertRaises(IBANChangeError):
                Change.request([change])

    @with_transaction()
    def test_by_button_only(self):
        "State, IBAN and confirmer are not written once requested"
        Change = Pool().get('coop.iban.change')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            staff = factories.user(
                'staff', 'administration', company=company)
            with factories.as_user(staff):
                with self.assertRaises(AccessError):
                    self.change(member, state='confirmed')
                with self.assertRaises(AccessError):
                    self.change(member, requested_by=1)
                change = self.change(member)
                Change.write([change], {'reason': "Called"})
                with self.assertRaises(AccessError):
                    Change.write([change], {'requested_by': 1})
                Change.request([change])
                with self.assertRaises(AccessError):
                    Change.write([change], {'iban': OLD})
                with self.assertRaises(AccessError):
                    Change.delete([change])
                Change.write([change], {'reason': "Called back"})
                Change.refuse([change])
                with self.assertRaises(AccessError):
                    Change.write([change], {'reason': "Other"})

    @with_transaction()
    def test_member_requests(self):
        "A member requests for themselves, and for nobody else"
        Change = Pool().get('coop.iban.change')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            other = self.member(company, "Bob", NEW)
            user = factories.user('ann', 'member', member=member)
            own = self.change(member)
            foreign = self.change(other, OLD)
            self.assertTrue(own.may_request)
            with factories.as_user(user):
                self.assertTrue(Change(own.id).may_request)
                with self.assertRaises(AccessButtonError):
                    Change.confirm([own])
                self.assertEqual(Change.search([]), [own])
                with self.assertRaises(AccessError):
                    Change.request([Change(foreign.id)])
                with self.assertRaises(AccessError):
                    self.change(other, OLD)
                Change.request([Change(self.change(member).id)])
            with Transaction().set_user(user.id):
                self.assertFalse(Change(foreign.id).may_request)

    @with_transaction()
    def test_former_email_told(self):
        "An address changed lately is told, one changed long ago is not"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Former = pool.get('coop.member.former_email')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            email, = member.party.contact_mechanisms
            email.value = 'thief@example.com'
            email.save()
            Former.create([{
                        'member': member.id, 'email': 'long@example.com',
                        'changed_at': dt.datetime.now()
                        - dt.timedelta(days=31)}])
            Change.request([self.change(member)])
            deliver()
            self.assertEqual(
                {r for to, _ in self.smtp.messages for r in to},
                {'ann@example.com', 'thief@example.com'})
            Change.put_in_use()
            self.assertEqual(
                [f.email for f in Former.search([])], ['ann@example.com'])

    @with_transaction()
    def test_altered_by_another(self):
        "Who confirms it has not altered what another one entered"
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            enters, alters = [
                factories.user(name, 'administration', company=company)
                for name in ['enters', 'alters']]
            with factories.as_user(enters):
                change = self.change(member)
                change.write([change], {'iban': FREE})
            with factories.as_user(alters):
                with self.assertRaises(AccessError):
                    change.write([change], {'iban': NEW})

    @with_transaction()
    def test_effective_later(self):
        "A change confirmed today is used from its date only"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Party = pool.get('party.party')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            change = self.change(member,
                effective_date=today(company.id) + dt.timedelta(days=1))
            confirms = factories.user(
                'confirms', 'accountant', company=company)
            Change.request([change])
            with factories.as_user(confirms):
                Change.confirm([change])
            self.assertIsNone(change.account)
            Change.write([change], {'effective_date': today(company.id)})
            Change.put_in_use()
            self.assertEqual(
                Party(member.party.id).bank_accounts_used[0].iban, NEW)

    @with_transaction()
    def test_account_of_another(self):
        "The IBAN of another party is a warning"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Party = pool.get('party.party')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            self.member(company, "Bob", NEW)
            change = self.change(member)
            confirms = factories.user(
                'confirms', 'accountant', company=company)
            Change.request([change])
            with factories.as_user(confirms):
                with self.assertRaisesRegex(SharedIBANWarning, "Bob"):
                    Change.confirm([change])
                with Transaction().set_context(_skip_warnings=True):
                    Change.confirm([change])
            self.assertEqual(
                Party(member.party.id).bank_accounts_used[0].iban, NEW)
            self.assertEqual(len(change.account.owners), 2)

    @with_transaction()
    def test_direct_edit(self):
        "No user edits the bank account of a member directly"
        pool = Pool()
        Account = pool.get('bank.account')
        Party = pool.get('party.party')
        Group = pool.get('res.group')
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            account, = member.party.bank_accounts
            number, = account.numbers
            free = factories.person("Free")
            staff = factories.user(
                'staff', 'administration', 'accountant', company=company)
            staff.groups = [*staff.groups, *Group.search([])]
            staff.save()

            def create(iban):
                number = {'type': 'iban', 'number': iban}
                return [('create', [{'numbers': [('create', [number])]}])]
            with factories.as_user(staff):
                for act in [
                        lambda: number.__class__.write(
                            [number], {'number': NEW}),
                        lambda: number.__class__.delete([number]),
                        lambda: Account.write(
                            [account], {'owners_sequence': 3}),
                        lambda: Account.write([account], {'owners': [
                                    ('add', [free.id])]}),
                        lambda: Account.delete([account]),
                        lambda: Party.write([member.party], {
                                'bank_accounts': create(NEW)}),
                        lambda: Party.write([member.party], {
                                'bank_accounts': [
                                    ('remove', [account.id])]}),
                        ]:
                    with self.assertRaisesRegex(AccessError, "IBAN change"):
                        act()
                Party.write([free], {'bank_accounts': create(FREE)})
                self.assertEqual(
                    Party(free.id).bank_accounts_used[0].iban, FREE)

    @with_transaction()
    def test_replaced_party(self):
        "Replacing a party brings no bank account to a member"
        pool = Pool()
        Account = pool.get('bank.account')
        Replace = pool.get('party.replace', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            party = self.member(company).party
            own, = party.bank_accounts
            other = factories.person("Ann")
            account, = Account.create([{
                        'owners': [('add', [other.id])],
                        'numbers': [('create', [
                                    {'type': 'iban', 'number': FREE}])]}])
            wizard = Replace(Replace.create()[0])
            for wizard.ask.source, wizard.ask.destination in [
                    (other, party), (party, other)]:
                with self.assertRaisesRegex(AccessError, "IBAN change"):
                    wizard.transition_replace()
            Account.delete([account])
            wizard.ask.source, wizard.ask.destination = (
                type(party).browse([other, party]))
            wizard.transition_replace()
            party = type(party)(party.id)
            self.assertEqual(party.bank_accounts, (own,))
            self.assertEqual(
                type(party)(other.id).replaced_by, party)

    def journal(self, company):
        Journal = Pool().get('account.payment.journal')
        return Journal.create([{
                    'name': "Transfer", 'company': company.id,
                    'currency': company.currency.id,
                    'process_method': 'manual'}])[0]

    def pay(self, member, journal, **values):
        "Return a payment to approve of what is owed to a member"
        Payment = Pool().get('account.payment')
        return Payment.create([{
                    'company': member.company.id, 'journal': journal.id,
                    'kind': 'payable', 'party': member.party.id,
                    'date': today(member.company.id),
                    'amount': Decimal(10), 'state': 'submitted',
                    **values}])[0]

    def process(self, payment):
        "Return the new group in which a payment is processed"
        Group = Pool().get('account.payment.group')
        return payment.process([payment], lambda: Group.create([{
                        'company': payment.company.id, 'kind': payment.kind,
                        'journal': payment.journal.id}])[0])

    def send(self, payment, at=None):
        "Pay it with success, processed at a time if one is given"
        payment.approve([payment])
        group = self.process(payment)
        if at:
            self.write(group, 'create_date', at)
        payment.succeed([payment])
        Transaction().cache.clear()

    def write(self, record, name, value):
        "Write a column that no user writes"
        t = record.__table__()
        Transaction().connection.cursor().execute(*t.update(
                [getattr(t, name)], [value], where=t.id == record.id))

    def confirmed(self, member, **values):
        "Return a change of IBAN that is in use"
        Change = Pool().get('coop.iban.change')
        change = self.change(member, **values)
        Change.request([change])
        with factories.as_user(factories.user(
                    'confirms', 'accountant', company=member.company)):
            Change.confirm([change])
        Transaction().cache.clear()
        return Change(change.id)

    @with_transaction()
    def test_first_payment(self):
        "The first payment to the new IBAN is flagged until one succeeds"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            member, journal = self.member(company), self.journal(company)
            first = self.pay(member, journal)
            self.assertFalse(first.first_to_new_iban)
            change = self.confirmed(member)
            self.assertTrue(Payment(first.id).first_to_new_iban)
            self.assertFalse(self.pay(
                    member, journal, kind='receivable').first_to_new_iban)
            self.assertEqual(
                Payment.search([('first_to_new_iban', '=', True)]), [first])
            with self.assertRaisesRegex(NewIBANWarning, "Ann"):
                Payment.approve([Payment(first.id)])
            with Transaction().set_context(_skip_warnings=True):
                self.send(Payment(first.id),
                    change.in_use_since + dt.timedelta(seconds=1))
            self.assertEqual(Payment(first.id).state, 'succeeded')
            self.assertFalse(self.pay(member, journal).first_to_new_iban)

    @with_transaction()
    def test_first_payment_after_one_to_the_old(self):
        "What was sent before the new IBAN was in use went to the old one"
        company = factories.cooperative()
        with set_company(company):
            member, journal = self.member(company), self.journal(company)
            self.send(self.pay(member, journal, date=dt.date(2999, 1, 1)))
            change = self.confirmed(member)
            for effective in [today(company.id), dt.date(2020, 1, 1)]:
                self.write(change, 'effective_date', effective)
                self.assertTrue(self.pay(member, journal).first_to_new_iban)

    @with_transaction()
    def test_first_payment_approved_before(self):
        "A payment approved before the change is warned about when processed"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            member, journal = self.member(company), self.journal(company)
            payment = self.pay(member, journal)
            Payment.approve([payment])
            self.confirmed(member)
            with self.assertRaisesRegex(NewIBANWarning, "Ann"):
                self.process(Payment(payment.id))
            with Transaction().set_user(0):
                self.process(Payment(payment.id))
            self.assertEqual(Payment(payment.id).state, 'processing')

    @with_transaction()
    def test_effective_in_the_past(self):
        "A change is not dated before the day on which it is entered"
        company = factories.cooperative()
        with set_company(company):
            member = self.member(company)
            past = today(company.id) - dt.timedelta(days=1)
            with factories.as_user(factories.user(
                        'staff', 'administration', company=company)):
                with self.assertRaisesRegex(IBANChangeError, "is past"):
                    self.change(member, effective_date=past)
                change = self.change(member)
                with self.assertRaisesRegex(IBANChangeError, "is past"):
                    change.write([change], {'effective_date': past})
            self.write(change, 'effective_date', past)
            copy, = change.copy([change.__class__(change.id)])
            self.assertEqual(copy.effective_date, today(company.id))

    @with_transaction()
    def test_in_use_before_it_was_noted(self):
        "An older change is in use since it was last written"
        Change = Pool().get('coop.iban.change')
        company = factories.cooperative()
        with set_company(company):
            change = self.confirmed(self.member(company))
            waiting = self.change(self.member(company, "Bob", FREE))
            self.write(change, 'in_use_since', None)
            Change._fill_in_use_since()
            Transaction().cache.clear()
            self.assertEqual(
                Change(change.id).in_use_since, Change(change.id).write_date)
            self.assertIsNone(Change(waiting.id).in_use_since)
