# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import re
from decimal import Decimal
from unittest.mock import patch

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import MovementError, RepaymentError
from . import factories
from .test_withdrawal import LEFT, PAID, depart, valuation, withdrawals

D = Decimal
YEAR_LATER = dt.date(2022, 6, 30)


def repayment(member, amount, date=YEAR_LATER, **values):
    Repayment = Pool().get('coop.share.repayment')
    return Repayment.create([{
                'company': member.company.id, 'member': member.id,
                'payee': member.party.id, 'amount': amount, 'date': date,
                **values}])[0]


def parameter(key, value, date=PAID):
    Parameter = Pool().get('coop.parameter')
    Parameter.create([{
                'key': key, 'date': date, 'value': value,
                'source': "Statutes"}])


class RepaymentTestCase(factories.CoopTestCase):
    "Test what is owed for cancelled shares, and repaid"

    def setup_left(self, company, quantity=10):
        "A leaver who is owed 1 000, at 1 % a year, and one who stays"
        parameter('deferred_interest', D('0.01'))
        share_class = factories.share_class(company, nominal=D(100))
        members = factories.members(company, 2)
        for member, shares in zip(members, [quantity, 100]):
            factories.subscribe(member, share_class, shares, PAID)
            factories.receive(member, shares * D(100), PAID)
        depart(members[:1])
        record, = withdrawals(members[:1], share_class, quantity)
        Pool().get('coop.share.withdrawal').process([record])
        return share_class, members[0], record

    def assertSound(self, company, **balances):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual({
                code: factories.balance(company, code)
                for code in balances}, balances)
        self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_paid(self):
        "Approved it owes the interest; the line of the bank pays it"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            record = repayment(member, D(1000))
            Repayment.approve([record])
            # 365 days at 1 %
            self.assertEqual(
                (record.state, record.interest, record.total),
                ('approved', D(10), D(1010)))
            self.assertEqual(len(record.computation.splitlines()), 2)
            self.assertEqual(Repayment.owed(member), 0)
            self.assertSound(company, claim=D(-1010), interest=D(10))
            factories.receive(member, D(-1010), YEAR_LATER, account='claim')
            record = Repayment(record.id)
            self.assertEqual(
                (record.state, record.paid_on), ('paid', YEAR_LATER))
            self.assertEqual(
                Movement.position(member, share_class).claim, 0)
            self.assertSound(company, claim=D(0), cash=D(9990))
            self.assertEqual(factories.open_balance(
                    member, share_class.account('claim')), 0)

    @with_transaction()
    def test_returned(self):
        "A transfer that comes back is owed again, and may be paid again"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            record = repayment(member, D(600))
            Repayment.approve([record])
            total = record.total
            back = YEAR_LATER + dt.timedelta(days=4)
            for paid in [YEAR_LATER, back]:
                factories.receive(member, -total, paid, account='claim')
                self.assertEqual(Repayment(record.id).state, 'paid')
                back = paid + dt.timedelta(days=3)
                factories.receive(member, total, back, account='claim')
                record = Repayment(record.id)
                self.assertEqual(
                    (record.state, record.paid_on), ('approved', None))
                # In between it was paid
                self.assertEqual([
                        Movement.position(member, share_class, day).claim
                        for day in [paid, back]], [D(400), D(1000)])
                self.assertSound(company, claim=-D(1000) - record.interest)

    @with_transaction()
    def test_not_recognised(self):
        "Money that no approved repayment explains is told by the tie-out"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            record = repayment(member, D(600))
            Repayment.approve([record])
            factories.receive(member, D(-600), YEAR_LATER, account='claim')
            self.assertEqual(Repayment(record.id).state, 'approved')
            (account, party, register, books), = Movement.tie_out(company)
            self.assertEqual((account.code, party, books - register),
                ('claim', member.party, D(600)))

    @with_transaction()
    def test_draft(self):
        "An approval is taken back with its entry, before it is paid"
        Repayment = Pool().get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, withdrawal = self.setup_left(company)
            record = repayment(member, D(1000))
            Repayment.approve([record])
            Repayment.draft([record])
            self.assertSound(company, claim=D(-1000), interest=D(0))
            record.amount = D(400)
            record.save()
            Repayment.approve([record])
            self.assertEqual(record.interest, D(4))
            self.assertSound(company, claim=D(-1004), interest=D(4))
            with self.assertRaises(RepaymentError):
                Repayment.delete([record])

    @with_transaction()
    def test_refused(self):
        "More than is owed, or too early without a decision"
        pool = Pool()
        Repayment = pool.get('coop.share.repayment')
        Withdrawal = pool.get('coop.share.withdrawal')
        parameter('deferral_years', D(5))
        company = factories.cooperative()
        with set_company(company):
            share_class, member, withdrawal = self.setup_left(company)
            record = repayment(member, D(1000))
            with self.assertRaisesRegex(RepaymentError, "06/30/2026"):
                Repayment.approve([record])
            record.decision = factories.decision(company, LEFT)
            record.save()
            Repayment.approve([record])
            with self.assertRaisesRegex(RepaymentError, "Lower the amount"):
                Repayment.approve([repayment(
                            member, D(1), decision=record.decision.id)])
            factories.receive(member, D(-1010), YEAR_LATER, account='claim')
            with self.assertRaises(MovementError):
                Withdrawal.reverse([withdrawal])

    @with_transaction()
    def test_owed_once(self):
        "What is owed once is approved once, whichever draft comes first"
        Repayment = Pool().get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            _, member, _ = self.setup_left(company)
            first, second = (repayment(member, D(1000)) for _ in range(2))
            with self.assertRaisesRegex(RepaymentError, "Lower the amount"):
                Repayment.approve([first, second])

    @with_transaction()
    def test_owed_once_later(self):
        "The draft entered later is approved first"
        Repayment = Pool().get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            _, member, _ = self.setup_left(company)
            first, second = (repayment(member, D(1000)) for _ in range(2))
            Repayment.approve([second])
            with self.assertRaisesRegex(RepaymentError, "Lower the amount"):
                Repayment.approve([Repayment(first.id)])

    @with_transaction()
    def test_two_classes(self):
        "What is owed longest is repaid first, over the classes"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        Withdrawal = pool.get('coop.share.withdrawal')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            other_class = factories.share_class(company, 'B', nominal=D(50))
            factories.subscribe(member, other_class, 4, PAID)
            factories.receive(member, D(200), PAID)
            records = withdrawals(
                [member], other_class, 4, dt.date(2021, 12, 31))
            Withdrawal.process(records)
            record = repayment(member, D(1100))
            Repayment.approve([record])
            # 1 000 for a year, 100 for half of it (181 days)
            self.assertEqual(record.interest, D('10.50'))
            factories.receive(
                member, -record.total, YEAR_LATER, account='claim')
            self.assertEqual([
                    Movement.position(member, c).claim
                    for c in [share_class, other_class]], [D(0), D(100)])
            self.assertSound(company, claim=D(-100))

    @with_transaction()
    def test_heirs(self):
        "Each heir is paid a part, from the claim of the one who died"
        pool = Pool()
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            heirs = [factories.person(f"Heir {n}") for n in range(2)]
            records = [
                repayment(member, D(500), payee=h.id) for h in heirs]
            Repayment.approve(records)
            self.assertSound(company, claim=D(-1010))
            claim = share_class.account('claim')
            Line = pool.get('account.move.line')
            for heir in heirs:
                line, = Line.search([
                        ('party', '=', heir.id), ('account', '=', claim.id),
                        ('credit', '>', 100)])
                self.assertEqual(line.credit, D(500))
            self.pay_party(company, heirs[0], D(505))
            self.assertEqual(
                [r.state for r in Repayment.browse(records)],
                ['paid', 'approved'])
            self.assertSound(company, claim=D(-505))
            self.pay_party(company, heirs[1], D(505))
            self.assertSound(company, claim=D(0))

    @with_transaction()
    def test_heir_erased(self):
        "An heir is not erased while to be paid, or to be declared"
        pool = Pool()
        Erase = pool.get('party.erase', type='wizard')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            heir, other = [
                factories.person(name) for name in ["Heir", "Other"]]
            heir.active = other.active = False
            heir.save()
            other.save()
            record = repayment(member, D(1000), payee=heir.id)

            def erase(party):
                wizard = Erase(Erase.create()[0])
                wizard.ask.party = party
                wizard.transition_erase()
                Transaction().cache.clear()
                return Pool().get('party.party')(party.id).name
            for act in [lambda: None, lambda: Repayment.approve([record])]:
                act()
                with self.assertRaisesRegex(
                        EraseError, re.escape(record.rec_name)):
                    erase(heir)
            # who is not to be paid is
            self.assertIsNone(erase(other))
            self.pay_party(company, heir, record.total)
            # The interest of 2022 is declared by 15 February 2023
            with patch('trytond.modules.coop_member.party.today') as today:
                today.return_value = dt.date(2023, 2, 15)
                with self.assertRaisesRegex(EraseError, "2561"):
                    erase(heir)
                today.return_value = dt.date(2023, 2, 16)
                self.assertIsNone(erase(heir))

    def pay_party(self, company, party, amount):

        class Payee:
            pass
        payee = Payee()
        payee.company, payee.party = company, party
        factories.receive(payee, -amount, YEAR_LATER, account='claim')

    @with_transaction()
    def test_transfer(self):
        "A payment pays it once it is cleared, and owes it again if it fails"
        pool = Pool()
        Account = pool.get('account.account')
        Journal = pool.get('account.journal')
        Group = pool.get('account.payment.group')
        Move = pool.get('account.move')
        Payment = pool.get('account.payment')
        PaymentJournal = pool.get('account.payment.journal')
        Repayment = pool.get('coop.share.repayment')
        Transfer = pool.get(
            'coop.share.repayment.transfer', type='wizard')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            cash, = Account.search([
                    ('code', '=', 'cash'), ('company', '=', company.id)])
            clearing, = Account.copy(
                [cash], {'code': 'clearing', 'reconcile': True})
            journal, = Journal.search([('type', '=', 'cash')], limit=1)
            payment_journal, = PaymentJournal.create([{
                        'name': "Transfers", 'company': company.id,
                        'currency': company.currency.id,
                        'process_method': 'manual',
                        'clearing_account': clearing.id,
                        'clearing_journal': journal.id}])
            record = repayment(member, D(1000))
            with Transaction().set_context(
                    active_model=Repayment.__name__, active_id=record.id,
                    active_ids=[record.id]):
                wizard = Transfer(Transfer.create()[0])
                wizard.start.journal = payment_journal
                wizard.start.date = YEAR_LATER
                with self.assertRaisesRegex(RepaymentError, "not approved"):
                    wizard.do_transfer({})
                Repayment.approve([record])
                _, data = wizard.do_transfer({})
                with self.assertRaisesRegex(
                        RepaymentError, "a payment already"):
                    wizard.do_transfer({})
            payment, = Payment.browse(data['res_id'])
            self.assertEqual(
                (payment.kind, payment.party, payment.amount),
                ('payable', member.party, D(1010)))
            with self.assertRaisesRegex(RepaymentError, "being paid"):
                Repayment.draft([record])
            Payment.submit([payment])
            Payment.approve([payment])
            group, = Group.create([{
                        'company': company.id, 'kind': 'payable',
                        'journal': payment_journal.id}])
            Payment.process([payment], lambda: group)
            with Transaction().set_context(clearing_date=YEAR_LATER):
                Payment.succeed([payment])
            Move.post([payment.clearing_move])
            self.assertEqual(Repayment(record.id).state, 'paid')
            self.assertSound(company, claim=D(0), clearing=D(-1010))
            with Transaction().set_context(clearing_date=YEAR_LATER):
                Payment.fail([payment])
            self.assertEqual(Repayment(record.id).state, 'approved')
            self.assertSound(company, claim=D(-1010), clearing=D(0))
            self.assertEqual(Repayment(record.id).under_way, [])

    @with_transaction()
    def test_late_loss(self):
        "A loss found later reduces what is not yet repaid, and no more"
        pool = Pool()
        LateLoss = pool.get('coop.share.late_loss')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            Repayment.approve([repayment(member, D(400))])
            # 5 % of the capital at the closing, on shares of 1 000
            accounts = valuation(
                company, D(550), date=dt.date(2020, 12, 31))
            loss = LateLoss(
                company=company, member=member, share_class=share_class,
                date=YEAR_LATER, valuation=accounts,
                decision=factories.decision(company, YEAR_LATER))
            loss.on_change_valuation()
            self.assertEqual(loss.amount, D(50))
            loss.save()
            LateLoss.process([loss])
            self.assertEqual(Repayment.owed(member), D(550))
            self.assertSound(company, claim=D(-954), loss=D(-50))
            for amount, date, message in [
                    (D(551), YEAR_LATER, "Lower the amount"),
                    (D(1), dt.date(2026, 7, 1), "until 06/30/2026")]:
                refused, = LateLoss.create([{
                            'company': company.id, 'member': member.id,
                            'share_class': share_class.id, 'date': date,
                            'valuation': accounts.id, 'amount': amount,
                            'decision': loss.decision.id}])
                with self.assertRaisesRegex(RepaymentError, message):
                    LateLoss.process([refused])
            LateLoss.cancel([loss])
            self.assertEqual(LateLoss(loss.id).state, 'cancelled')
            self.assertSound(company, claim=D(-1004), loss=D(0))

    @with_transaction()
    def test_withheld(self):
        "Individuals are withheld, with and without dispense; companies not"
        pool = Pool()
        Dispense = pool.get('coop.member.dispense')
        Month = pool.get('coop.withholding.month')
        Repayment = pool.get('coop.share.repayment')
        Year = pool.get('coop.withholding.year')
        parameter('income_tax_advance', D('0.128'))
        parameter('social_levies', D('0.172'))
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            records = []
            for amount, change in [
                    (D(100), lambda: None),
                    (D(200), lambda: Dispense.create([{
                                    'member': member.id, 'year': 2022,
                                    'date': dt.date(2021, 11, 30)}])),
                    (D(300), lambda: setattr(
                            member, 'shares_professional', True)),
                    ]:
                change()
                member.save()
                record = repayment(member, amount)
                Repayment.approve([record])
                records.append(record)
            self.assertEqual([
                    (r.interest, r.income_tax, r.social, r.total)
                    for r in records], [
                    (D(1), D('0.13'), D('0.17'), D('100.70')),
                    (D(2), D(0), D('0.34'), D('201.66')),
                    (D(3), D(0), D(0), D(303))])
            self.assertSound(
                company, withheld=D('-0.64'), interest=D(6))
            self.assertEqual(Month.search([]), [])
            for record in records:
                factories.receive(
                    member, -record.total, YEAR_LATER, account='claim')
            month, = Month.search([])
            year, = Year.search([])
            for total in [month, year]:
                self.assertEqual((total.gross, total.income_tax,
                        total.social, total.net),
                    (D(6), D('0.13'), D('0.51'), D('5.36')))
            self.assertEqual(month.month, dt.date(2022, 6, 1))
            self.assertEqual(
                (year.year, year.payee), (2022, member.party))
            self.assertSound(company, withheld=D('-0.64'))
            with self.assertRaisesRegex(RepaymentError, "11/30/2021"):
                Dispense.create([{
                            'member': member.id, 'year': 2022,
                            'kind': 'distribution',
                            'date': dt.date(2021, 12, 1)}])

    @with_transaction()
    def test_access(self):
        "The office prepares, the accountant approves, the member reads"
        pool = Pool()
        Month = pool.get('coop.withholding.month')
        Repayment = pool.get('coop.share.repayment')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_left(company)
            stays, = [
                m for m in Pool().get('coop.member').search([])
                if m != member]
            part, = withdrawals([stays], share_class, 1, cause='part',
                decision=factories.decision(company, LEFT).id)
            pool.get('coop.share.withdrawal').process([part])
            other = repayment(member, D(1000))
            record = repayment(stays, D(100))
            office = factories.user(
                'office', 'administration', company=company)
            with factories.as_user(office):
                Repayment.compute([record])
                with self.assertRaises(AccessButtonError):
                    Repayment.approve([record])
            accountant = factories.user(
                'accountant', 'accountant', company=company)
            with factories.as_user(accountant):
                Repayment.approve([record])
                Month.search([])
            user = factories.user('member', 'member', member=stays)
            with factories.as_user(user):
                self.assertEqual(Repayment.search([]), [record])
                with self.assertRaises(AccessError):
                    Repayment.read([other.id], ['number'])
                view = Repayment.fields_view_get(view_type='form')
                Repayment.read([record.id], list(view['fields']))
                with self.assertRaises(AccessButtonError):
                    Repayment.draft([record])
                with self.assertRaises(AccessError):
                    Month.search([])
