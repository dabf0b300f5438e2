# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions_out import FundError, PaymentRunError
from . import factories, factories_out
from .factories import again, entry

D = Decimal
DAY = dt.timedelta(days=1)


class FundRefundTestCase(factories_out.PayoutTestCase):
    "Test that what the fund gives back is paid"

    def rows(self, run):
        return {
            (l.member.party.name, l.owed.__name__, l.kind): (
                l.amount, l.net, l.reason)
            for l in again(run).lines}

    def given_back(self, company, member, amount=D(50), date=None):
        "Return the refund of what a member has paid in"
        Movement = Pool().get('coop.fund.movement')
        bill, = factories_out.billed(company, [(member, 1000)])
        date = date or today(company.id)
        movements = Movement.create([{
                    'company': company.id, 'date': today(company.id),
                    'kind': 'contribution', 'amount': amount,
                    'member': member.id, 'bill': bill.id,
                    }, {
                    'company': company.id, 'date': date, 'kind': 'refund',
                    'amount': amount, 'member': member.id}])
        Movement.do(movements)
        factories_out.pay_out(again(bill))
        return again(movements[1])

    def open(self, refund):
        return sum(l.credit - l.debit for l in again(refund).open_lines())

    @with_transaction()
    def test_paid(self):
        "It is proposed, paid once, and owed again when it comes back"
        Payment = Pool().get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            refund = self.given_back(company, member)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            key = "Member 1", 'coop.fund.movement', 'due'
            self.assertEqual(self.rows(run), {key: (50, 50, None)})
            self.assertEqual((run.total, run.message_total), (50, 50))
            # Under way: not again
            other = factories_out.run(company, journal)
            self.assertFalse(other.lines)
            other.__class__.cancel([other])
            factories_out.succeed(run)
            self.assertEqual(self.open(refund), 0)
            payment, = again(run).payments
            self.assertEqual(entry(payment.clearing_move), {
                    ('supplier', "Member 1"): 50, ('580', None): -50})
            self.assertEqual(again(refund).settled_by(), {'paid': 50})
            self.assertEqual(factories.balance(company, 'supplier'), 0)
            other = factories_out.run(company, journal)
            self.assertFalse(other.lines)
            other.__class__.cancel([other])
            Payment.fail([Payment(payment.id)])
            self.assertEqual(self.open(refund), 50)
            run = factories_out.run(company, journal)
            self.assertEqual(self.rows(run), {key: (50, 50, None)})

    @with_transaction()
    def test_later(self):
        "It waits for its day, and for what is in the way"
        Block = Pool().get('coop.payment.block')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            date = today(company.id)
            self.given_back(company, member, date=date + 7 * DAY)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal)
            self.assertFalse(run.lines)
            run.__class__.cancel([run])
            Block.create([{
                        'company': company.id, 'member': member.id,
                        'reason': "Judgment", 'start_date': date}])
            run = factories_out.run(company, journal, date=date + DAY)
            self.assertEqual(self.rows(run), {
                    ("Member 1", 'coop.fund.movement', 'blocked'): (
                        0, 0, "Insolvency: Judgment")})

    @with_transaction()
    def test_statement(self):
        "The statement of the month tells it, and the day on which it is due"
        Statement = Pool().get('coop.settlement.statement')
        company = factories_out.cooperative()
        with set_company(company):
            one, two = factories_out.workers(company, 2, 'franchise')
            journal = factories_out.journal(company)
            self.given_back(company, one)
            factories_out.succeed(
                factories_out.run(company, journal, state='sent'))
            refund = self.given_back(company, two)
            statements = {s.member: s for s in Statement.make(
                    company, today(company.id).replace(day=1))}
            self.assertEqual({
                    m: (s.fund, s.refund, s.paid, s.net, s.pay_date)
                    for m, s in statements.items()}, {
                    one: (50, 50, 1000, 0, None),
                    two: (50, 50, 950, 50, refund.date)})
            Statement.deliver([again(statements[two])])
            self.assertIn("Given back to you by the mutual fund",
                factories_out.text(again(statements[two]).file))

    def seizure(self, company, member, amount, date, **values):
        Seizure = Pool().get('coop.seizure')
        creditor = coop.person("Bailiff")
        coop.iban(creditor, 'DE89370400440532013000', 'COBADEFFXXX')
        seizure, = Seizure.create([{
                    'company': company.id, 'member': member.id,
                    'creditor': creditor.id, 'date': date,
                    'amount': amount, 'rank': 1, 'file': b'notice',
                    'file_name': 'notice.pdf', 'kind': 'attachment',
                    **values}])
        Seizure.activate([seizure])
        return Seizure(seizure.id)

    @with_transaction()
    def test_seized(self):
        "A creditor gets it first: kept until he may be paid, then passed on"
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            date = today(company.id)
            refund = self.given_back(company, member)
            seizure = self.seizure(company, member, D(30), date)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            row, = run.lines
            self.assertEqual((row.amount, row.kept, row.net), (50, 30, 20))
            factories_out.succeed(run)
            self.assertEqual(self.open(refund), 50)
            self.assertEqual(again(refund).settled_by(), {'paid': 20})
            Seizure.write([seizure], {'payable_from': date})
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(
                [(p.party.name, p.amount) for p in run.payments],
                [("Bailiff", 30)])
            factories_out.succeed(run)
            self.assertEqual(self.open(refund), 0)
            self.assertEqual(
                again(refund).settled_by(), {'paid': 20, 'seized': 30})
            self.assertEqual(again(seizure).paid, 30)
            self.assertEqual(factories.balance(company, 'supplier'), 0)
            self.assertFalse(factories_out.run(company, journal).lines)

    @with_transaction()
    def test_bounced(self):
        "What comes back is frozen, or free, as the seizures are then"
        pool = Pool()
        Payment = pool.get('account.payment')
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            before, after = factories_out.workers(company, 2, 'franchise')
            refunds = [
                self.given_back(company, m) for m in [before, after]]
            date = today(company.id)
            seizure = self.seizure(
                company, before, D(30), date, payable_from=date)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            factories_out.succeed(run)
            self.assertEqual([self.open(r) for r in refunds], [0, 0])
            Seizure.end([again(seizure)])
            factories_out.seizure(after, D(30))
            Payment.fail([
                    p for p in again(run).payments
                    if p.party.name != "Bailiff"])
            self.assertEqual([self.open(r) for r in refunds], [20, 50])
            self.assertEqual([
                    l.payment_blocked for r in refunds
                    for l in again(r).open_lines()], [False, True])

    @with_transaction()
    def test_queries(self):
        "A run reads what is owed alone, and asks for all of it at once"
        pool = Pool()
        Movement = pool.get('coop.fund.movement')
        Payment = pool.get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            paid, *others = factories_out.workers(company, 4, 'franchise')
            self.given_back(company, paid)
            journal = factories_out.journal(company)
            factories_out.succeed(
                factories_out.run(company, journal, state='sent'))
            refunds = [self.given_back(company, m) for m in others]
            date = today(company.id)
            for member in others[:2]:
                factories_out.seizure(member, D(30))
            # Of the first, what was kept is on its line, partly paid
            factories_out.succeed(
                factories_out.run(company, journal, state='sent'))
            refunds.pop()
            opened = Movement.open_lines
            with patch.object(Movement, 'open_lines', autospec=True,
                    side_effect=opened) as read:
                self.assertEqual(Movement.to_pay(company), refunds)
            self.assertEqual(read.call_count, 2)
            counts = []
            for count in [1, 2]:
                with patch.object(
                        Payment, 'search', wraps=Payment.search) as search:
                    planned = Movement.planned(refunds[:count], date)
                counts.append(search.call_count)
                self.assertEqual(
                    [b.earned for b in planned],
                    [((date, 50),)] * count)
            self.assertEqual(counts[0], counts[1])
            free = self.given_back(company, paid)
            bill, = Movement.planned([free], date)
            self.assertEqual((bill.earned, bill.taken), ((), ()))

    @with_transaction()
    def test_released(self):
        "What was kept is the member's when the seizure ends"
        Seizure = Pool().get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            refund = self.given_back(company, member)
            seizure = self.seizure(
                company, member, D(30), today(company.id))
            journal = factories_out.journal(company)
            factories_out.succeed(
                factories_out.run(company, journal, state='sent'))
            Seizure.end([seizure])
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual([p.amount for p in run.payments], [30])
            factories_out.succeed(run)
            self.assertEqual(self.open(refund), 0)

    @with_transaction()
    def test_before_notice(self):
        "An attachment finds what was paid in before its notice alone"
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            self.given_back(company, member)
            self.seizure(
                company, member, D(30), today(company.id) - DAY)
            run = factories_out.run(company, factories_out.journal(company))
            row, = run.lines
            self.assertEqual((row.kept, row.net), (0, 50))

    @with_transaction()
    def test_cancelled(self):
        "A refund by mistake is taken back while nothing of it is paid"
        Movement = Pool().get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            refund = self.given_back(company, member)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal)
            Movement.cancel([refund])
            with self.assertRaisesRegex(PaymentRunError, "changed"):
                run.__class__.approve([again(run)])
            self.assertEqual(
                Movement.owed(company), {member.party.id: D(50)})
            self.assertEqual(factories.balance(company, 'supplier'), 0)
            run.__class__.cancel([again(run)])
            refund, = Movement.copy([refund])
            Movement.do([refund])
            run = factories_out.run(company, journal, state='approved')
            with self.assertRaisesRegex(FundError, "paid"):
                Movement.cancel([again(refund)])
            run.__class__.send([again(run)])
            factories_out.succeed(again(run))
            with self.assertRaisesRegex(FundError, "paid"):
                Movement.cancel([again(refund)])
            self.assertEqual(again(refund).state, 'done')

    @with_transaction()
    def test_contribution_cancelled(self):
        "One by mistake is owed on the bill again, until that is paid"
        Movement = Pool().get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            movement, = Movement.create([{
                        'company': company.id, 'date': today(company.id),
                        'kind': 'contribution', 'amount': D(50),
                        'member': member.id, 'bill': bill.id}])
            Movement.do([movement])
            self.assertEqual(
                [l.credit for l in again(bill).open_lines()], [950])
            Movement.cancel([again(movement)])
            self.assertEqual(
                [l.credit for l in again(bill).open_lines()], [1000])
            self.assertEqual(factories.balance(company, '4671'), 0)
            self.assertEqual(Movement.fund(company).total, 0)
            # What pays the rest of the bill needs it
            movement, = Movement.copy([movement])
            Movement.do([movement])
            run = factories_out.run(
                company, factories_out.journal(company), state='sent')
            with self.assertRaisesRegex(FundError, "give"):
                Movement.cancel([again(movement)])
            factories_out.succeed(run)
            with self.assertRaisesRegex(FundError, "give"):
                Movement.cancel([again(movement)])
            self.assertEqual(again(bill).state, 'paid')

    @with_transaction()
    def test_kept_bill(self):
        "A bill of which a part was kept is paid when the creditor is"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            seizure = self.seizure(
                company, member, D(300), today(company.id))
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual([p.amount for p in run.payments], [700])
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'accepted')
            Seizure.write([seizure], {'payable_from': today(company.id)})
            run = factories_out.run(company, journal, state='approved')
            run.__class__.cancel([again(run)])
            Invoice.process([again(bill).invoice])
            self.assertEqual(
                (again(bill).state, again(seizure).paid), ('accepted', 0))
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual([p.amount for p in run.payments], [300])
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'paid')
            self.assertEqual(
                again(bill).settled_by(), {'paid': 700, 'seized': 300})
