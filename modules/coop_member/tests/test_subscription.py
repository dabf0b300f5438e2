# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import capital
from ..exceptions import SubscriptionError
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)
IBANS = {
    'CORE': 'FR76 3000 6000 0112 3456 7890 189',
    'B2B': 'FR76 3000 6000 0100 0000 0000 152'}


class SubscriptionTestCase(factories.CoopTestCase):
    "Test the way of a subscription and what is kept of it"

    def submitted(self, member, share_class, **values):
        Subscription = Pool().get('coop.share.subscription')
        subscription, = Subscription.create([{
                    'company': member.company.id, 'member': member.id,
                    'share_class': share_class.id, 'quantity': 2,
                    'date': DAY, **values}])
        Subscription.submit([subscription])
        return Subscription(subscription.id)

    def state(self, subscription):
        return type(subscription)(subscription.id).state

    @with_transaction()
    def test_refuse(self):
        "What is refused leaves no trace in the register, and may come again"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            subscription = self.submitted(member, share_class)
            Subscription.refuse([subscription])
            Subscription.accept([subscription])
            self.assertEqual(self.state(subscription), 'refused')
            self.assertEqual(Movement.search([]), [])
            Subscription.draft([Subscription(subscription.id)])
            Subscription.refuse([Subscription(subscription.id)])
            self.assertEqual(self.state(subscription), 'draft')
            Subscription.submit([Subscription(subscription.id)])
            Subscription.accept([subscription])
            Subscription.refuse([Subscription(subscription.id)])
            self.assertEqual(self.state(subscription), 'accepted')
            self.assertEqual(
                Movement.position(member, share_class).quantity, 2)

    @with_transaction()
    def test_nominal_at_admission(self):
        "What was signed is what is recorded, or it is signed again"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Nominal = pool.get('coop.share.nominal')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(
                company, 1, admitted=dt.date(2021, 6, 1))
            subscription = self.submitted(member, share_class)
            self.assertEqual(subscription.amount, D(48))
            nominal, = Nominal.create([{
                        'share_class': share_class.id, 'value': D(30),
                        'date': dt.date(2021, 5, 1)}])
            with self.assertRaisesRegex(
                    SubscriptionError, r"24\.00.*30\.00.*sign again"):
                Subscription.accept([subscription])
            subscription.date = dt.date(2021, 6, 1)
            subscription.save()
            Subscription.accept([subscription])
            self.assertEqual(
                Movement.position(member, share_class).subscribed, D(60))

    @with_transaction()
    def test_in_kind_missing(self):
        "A contribution in kind is accepted with all that describes it"
        pool = Pool()
        Account = pool.get('account.account')
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            asset, = Account.search([('code', '=', 'cash')])
            values = {
                'appraisal': b'1 lathe', 'appraisal_value': D(48),
                'contribution_account': asset.id}
            for name, label in [
                    ('appraisal', "Appraisal"),
                    ('appraisal_value', "Appraisal Value"),
                    ('contribution_account', "Contribution Account")]:
                subscription = self.submitted(
                    member, share_class, nature='in_kind',
                    **{**values, name: None})
                with self.subTest(name), self.assertRaisesRegex(
                        SubscriptionError,
                        f'{subscription.number}.*in the field "{label}"'):
                    Subscription.accept([subscription])
            self.assertEqual(
                Movement.position(member, share_class), capital.NOTHING)
            Subscription.accept([self.submitted(
                        member, share_class, nature='in_kind', **values)])
            self.assertEqual(
                Movement.position(member, share_class).paid_up, D(48))

    @with_transaction()
    def test_proof(self):
        "The signed form may come after the acceptance, and then stays"
        pool = Pool()
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            subscription = self.submitted(member, share_class)
            staff = factories.user(
                'staff', 'administration', company=company)

            def write(**values):
                with factories.as_user(staff):
                    Subscription.write(
                        [Subscription(subscription.id)], values)
            for form in [b'wrong', b'right', None]:
                write(form=form)
            Subscription.accept([Subscription(subscription.id)])
            write(form=b'signed', form_name="form.pdf")
            for values in [
                    {'form': b'another'}, {'form': None}, {'form_id': None},
                    {'form_name': "other.pdf"}]:
                with self.subTest(**values), self.assertRaisesRegex(
                        SubscriptionError, f"{subscription.number}.*proof"):
                    write(**values)
            subscription = Subscription(subscription.id)
            self.assertEqual(subscription.form, b'signed')

    @with_transaction()
    def test_fixed(self):
        "What was accepted is not rewritten, what is said of it is"
        pool = Pool()
        Subscription = pool.get('coop.share.subscription')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, other = factories.members(company, 2)
            subscription, = factories.subscriptions(
                [member], share_class, 2, DAY)
            staff = factories.user(
                'staff', 'administration', company=company)
            with factories.as_user(staff):
                subscription = Subscription(subscription.id)
                for values in [
                        {'quantity': 3}, {'member': other.id},
                        {'date': dt.date(2021, 2, 1)},
                        {'called_fraction': D('.5')}]:
                    with self.subTest(**values), self.assertRaisesRegex(
                            SubscriptionError, "enter another"):
                        Subscription.write([subscription], values)
                Subscription.write(
                    [subscription], {'description': "Second try"})
                with self.assertRaisesRegex(SubscriptionError, "buttons"):
                    self.submitted(member, share_class, state='accepted')
            self.assertEqual(Subscription(subscription.id).quantity, 2)

    @with_transaction()
    def test_call_before(self):
        "The whole is called within the years of the class"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company, call_delay=2)
            member, = factories.members(company, 1)
            subscription = self.submitted(member, share_class)
            self.assertEqual(
                subscription.call_before, dt.date(2023, 3, 1))
            subscription.date = dt.date(2020, 2, 29)
            self.assertEqual(
                subscription.on_change_with_call_before(),
                dt.date(2022, 2, 28))

    @with_transaction()
    def test_refundable_by_scheme(self):
        "The bank gives back a debit of the core scheme, none between firms"
        pool = Pool()
        Subscription = pool.get('coop.share.subscription')
        Payment = pool.get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            members = factories.members(company, 2)
            members[1].professional_status = 'micro'
            members[1].save()
            for member, (scheme, until) in zip(members, [
                        ('CORE', DAY + dt.timedelta(weeks=8)),
                        ('B2B', None)]):
                subscription, = factories.subscriptions(
                    [member], share_class, 2, DAY)
                self.debit(subscription, scheme)
                payment, = Payment.search([
                        ('party', '=', member.party.id)])
                self.assertEqual(payment.sepa_mandate.scheme, scheme)
                self.assertEqual(
                    Subscription(subscription.id).refundable_until, until)

    def debit(self, subscription, scheme):
        "Enter a direct debit of a subscription that succeeded"
        pool = Pool()
        Account = pool.get('bank.account')
        Address = pool.get('party.address')
        Group = pool.get('account.payment.group')
        Journal = pool.get('account.payment.journal')
        Line = pool.get('account.move.line')
        Mandate = pool.get('account.payment.sepa.mandate')
        Payment = pool.get('account.payment')
        party = subscription.member.party
        journal, = Journal.create([{
                    'name': scheme, 'company': subscription.company.id,
                    'process_method': 'manual'}])
        address, = Address.create([{'party': party.id}])
        account, = Account.create([{
                    'owners': [('add', [party.id])],
                    'numbers': [('create', [
                                {'type': 'iban', 'number': IBANS[scheme]}])],
                    }])
        line, = Line.search([
                ('account.code', '=', 'receivable'),
                ('party', '=', party.id)])
        mandate, = Mandate.create([{
                    'party': party.id, 'company': subscription.company.id,
                    'type': 'recurrent', 'scheme': scheme,
                    'identification': f'RUM{party.id}',
                    'account_number': account.numbers[0].id,
                    'address': address.id, 'signature_date': DAY,
                    'state': 'validated'}])
        group, = Group.create([{
                    'company': subscription.company.id,
                    'journal': journal.id, 'kind': 'receivable'}])
        Payment.create([{
                    'company': subscription.company.id, 'group': group.id,
                    'journal': journal.id, 'kind': 'receivable',
                    'party': party.id, 'line': line.id, 'date': DAY,
                    'amount': D(48), 'sepa_mandate': mandate.id,
                    'state': 'succeeded'}])
