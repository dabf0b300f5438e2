# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import hashlib
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.tests import factories as mission
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions_out import PaymentRunError
from . import factories, factories_out
from .factories import again, entry

D = Decimal
DAY = dt.timedelta(days=1)


class PaymentRunTestCase(factories_out.PayoutTestCase):
    "Test whom the payment run pays"

    def rows(self, run):
        return {
            (l.member.party.name, l.kind): (l.amount, l.net, l.reason)
            for l in again(run).lines}

    @with_transaction()
    def test_due(self):
        "What falls due is paid whole, once, whatever the client has done"
        pool = Pool()
        Bill = pool.get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'debits')
            bill, = factories_out.billed(company, [(member, 1000)])
            journal = factories_out.journal(company)
            date = today(company.id)
            # Bills of old work are due at once
            self.assertEqual(bill.due_date, date)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(
                self.rows(run), {("Member 1", 'due'): (1200, 1200, None)})
            self.assertEqual((run.total, run.message_total), (1200, 1200))
            # Under way: not again
            other = factories_out.run(company, journal)
            self.assertFalse(other.lines)
            with self.assertRaisesRegex(PaymentRunError, "nothing"):
                other.__class__.approve([other])
            factories_out.succeed(run)
            bill = Bill(bill.id)
            self.assertEqual(
                (bill.state, bill.invoice.state), ('paid', 'paid'))
            payment, = run.payments
            self.assertEqual(entry(payment.clearing_move), {
                    ('supplier', "Member 1"): 1200, ('580', None): -1200})

    @with_transaction()
    def test_bounced(self):
        "A payment that came back leaves the bill owed again"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Invoice = pool.get('account.invoice')
        Payment = pool.get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1)
            bill, = factories_out.billed(company, [(member, 1000)])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'paid')
            Payment.fail(Payment.browse([p.id for p in run.payments]))
            Invoice.process([Invoice(bill.invoice.id)])
            self.assertEqual(Bill(bill.id).state, 'accepted')
            run = factories_out.run(company, journal)
            self.assertEqual(
                self.rows(run), {("Member 1", 'due'): (1200, 1200, None)})

    def later(self, company, members, amount=1000, **values):
        "Return bills that are due in 30 days"
        return factories_out.billed(
            company, [(m, amount) for m in members], **values)

    @with_transaction()
    def test_client_paid(self):
        "Before it is due it is paid when the client has paid"
        pool = Pool()
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'franchise', payment_days=30)
            bill, = self.later(company, [member])
            journal = factories_out.journal(company)
            date = today(company.id)
            self.assertEqual(bill.due_date, date + 30 * DAY)
            run = factories_out.run(company, journal)
            self.assertFalse(run.lines)
            run.__class__.cancel([run])
            invoice, = Settlement.invoice(
                [again(bill).lines[0].settlement], date)
            factories.pay(invoice, date)
            mission_ = bill.lines[0].settlement.mission
            self.assertEqual(again(mission_).state, 'client_paid')
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(
                self.rows(run), {("Member 1", 'early'): (1000, 1000, None)})
            self.assertEqual(run.advanced, 0)
            factories_out.succeed(run)
            self.assertEqual(again(mission_).state, 'paid_out')

    @with_transaction()
    def test_fund(self):
        "The fund pays at the guaranteed date what there is, then nothing"
        pool = Pool()
        Fund = pool.get('coop.fund.movement')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            factories_out.configure(guarantee_days=0, fund_share=D(1))
            factories_out.set_aside(company, 1500)
            category = coop.category(company)
            members = factories_out.workers(
                company, 2, 'franchise', category=category,
                payment_days=30)
            clients = [factories.client(n) for n in ["Late", "Later"]]
            bills = [
                self.later(company, [m], client_=c)[0]
                for m, c in zip(members, clients)]
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.rows(run), {
                    ("Member 1", 'early'): (1000, 1000, None),
                    ("Member 2", 'early'): (500, 500, None)})
            self.assertEqual((run.advanced, run.fund_room), (1500, 1500))
            fund = Fund.fund(company)
            self.assertEqual(
                (fund.room, fund.out),
                (0, {clients[0].id: 1000, clients[1].id: 500}))
            factories_out.succeed(run)
            self.assertEqual(
                [again(b).state for b in bills], ['paid', 'accepted'])
            # Empty: no early payment, the law's date stays
            run = factories_out.run(company, journal)
            self.assertFalse(run.lines)
            run.__class__.cancel([run])
            # The client pays: it can be advanced again
            invoice, = Settlement.invoice(
                [again(bills[0]).lines[0].settlement], today(company.id))
            factories.pay(invoice, today(company.id))
            self.assertEqual(Fund.fund(company).room, 1000)
            run = factories_out.run(company, journal, state='sent')
            self.assertEqual(self.rows(run), {
                    ("Member 2", 'early'): (500, 500, None)})
            factories_out.succeed(run)
            self.assertEqual(
                [again(b).state for b in bills], ['paid', 'paid'])
            self.assertEqual(bills[1].invoice.cash_paid_ratio, 1)

    @with_transaction()
    def test_fund_failed(self):
        "What did not arrive was not advanced"
        pool = Pool()
        Fund = pool.get('coop.fund.movement')
        Payment = pool.get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            factories_out.configure(guarantee_days=0, fund_share=D(1))
            factories_out.set_aside(company, 1000)
            member, = factories_out.workers(
                company, 1, 'franchise', payment_days=30)
            self.later(company, [member])
            run = factories_out.run(
                company, factories_out.journal(company), state='sent')
            self.assertEqual(Fund.fund(company).room, 0)
            Payment.fail(Payment.browse([p.id for p in run.payments]))
            self.assertEqual(Fund.fund(company).room, 1000)

    @with_transaction()
    def test_blocked(self):
        "Who is not paid, and why"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Block = pool.get('coop.payment.block')
        Kind = pool.get('coop.document.kind')
        company = factories_out.cooperative()
        with set_company(company):
            category = coop.category(company)
            members = factories_out.workers(
                company, 3, 'franchise', category=category)
            without, = factories.workers(
                company, 1, 'franchise', category=category)
            factories_out.mandate(without)
            without.party.name = "Without"
            without.party.save()
            for kind, member in zip(['insolvency', 'other'], members):
                Block.create([{
                            'company': company.id, 'member': member.id,
                            'kind': kind, 'reason': "Judgment",
                            'start_date': today(company.id)}])
            contested, = factories_out.billed(
                company, [(members[2], 100)], state='proposed')
            Bill.write([contested], {'contest_reason': "No"})
            Bill.contest([again(contested)])
            for member in [*members[:2], without]:
                factories_out.billed(company, [(member, 100)])
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(self.rows(run), {
                    ("Member 1", 'blocked'): (0, 0, "Insolvency: Judgment"),
                    ("Member 2", 'blocked'): (0, 0, "Blocked: Judgment"),
                    ("Member 3", 'blocked'): (
                        0, 0, "The member contests the bill."),
                    ("Without", 'blocked'): (0, 0, "No confirmed IBAN."),
                    })
            run.__class__.draft([run])
            Kind.write(Kind.search([], limit=1, order=[('id', 'ASC')]),
                {'mission_paper': 'vigilance'})
            Block.delete(Block.search([]))
            run.__class__.prepare([again(run)])
            self.assertIn(
                "Papers missing", self.rows(run)["Member 1", 'blocked'][2])
            mission.papers(members[0])
            run.__class__.draft([again(run)])
            run.__class__.prepare([again(run)])
            self.assertEqual(
                self.rows(run)["Member 1", 'due'], (100, 100, None))

    @with_transaction()
    def test_seizure(self):
        "A creditor is served first, once he may be; the rest is the member's"
        pool = Pool()
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            creditor = coop.person("Bailiff")
            coop.iban(creditor, 'DE89370400440532013000', 'COBADEFFXXX')
            seizure, = Seizure.create([{
                        'company': company.id, 'member': member.id,
                        'creditor': creditor.id, 'date': today(company.id),
                        'amount': D(300), 'rank': 1, 'file': b'notice',
                        'file_name': 'notice.pdf', 'kind': 'attachment'}])
            Seizure.activate([seizure])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal)
            row, = run.lines
            self.assertEqual(
                (row.amount, row.kept, row.net, row.reason),
                (1000, 300, 700,
                    "Seized: kept until the creditor may be paid."))
            Run = run.__class__
            Run.draft([run])
            Seizure.write([seizure], {'payable_from': today(company.id)})
            Run.prepare([again(run)])
            self.assert_computed(again(run))
            Run.approve([again(run)])
            Run.send([again(run)])
            run = again(run)
            self.assertEqual(
                {p.party: p.amount for p in run.payments},
                {creditor: 300, member.party: 700})
            self.assertEqual(again(seizure).paid, 300)
            move, = pool.get('account.move').search(
                [('origin', '=', str(run))])
            self.assertEqual(entry(move), {
                    ('supplier', "Member 1"): 300, ('467', "Bailiff"): -300})
            self.assertEqual(again(bill).state, 'accepted')
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'paid')
            self.assertEqual(factories.balance(company, '467'), 0)

    def assert_computed(self, run):
        "Check that nobody changes who gets what before it is approved"
        accountant = coop.user('books', 'accountant', company=run.company)
        line, = run.lines
        part, = line.parts
        with coop.as_user(accountant):
            for record, values in [
                    (part, {'amount': D(1)}), (line, {'net': D(1)})]:
                Model = record.__class__
                for act in [
                        lambda: Model.write([Model(record.id)], values),
                        lambda: Model.delete([Model(record.id)])]:
                    with self.assertRaises(PaymentRunError):
                        act()

    @with_transaction()
    def test_seizure_cancelled(self):
        "A run that is not sent gives nothing to a creditor"
        pool = Pool()
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            creditor = coop.person("Bailiff")
            seizure, = Seizure.create([{
                        'company': company.id, 'member': member.id,
                        'creditor': creditor.id, 'date': today(company.id),
                        'amount': D(300), 'rank': 1, 'file': b'notice',
                        'file_name': 'notice.pdf', 'kind': 'tax',
                        'payable_from': today(company.id)}])
            Seizure.activate([seizure])
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='approved')
            run.__class__.cancel([run])
            self.assertEqual(again(seizure).paid, 0)
            self.assertEqual(factories.balance(company, '467'), 0)
            self.assertFalse(again(run).payments)
            self.assertEqual(
                sum(l.credit - l.debit for l in again(bill).open_lines()),
                1000)
            run = factories_out.run(company, journal, state='approved')
            self.assertEqual(
                {p.party: p.amount for p in run.payments},
                {creditor: 300, member.party: 700})

    @with_transaction()
    def test_approval(self):
        "Above the ceiling somebody else approves; nothing may have changed"
        pool = Pool()
        company = factories_out.cooperative()
        with set_company(company):
            factories_out.configure(payment_ceiling=D(100))
            category = coop.category(company)
            members = factories_out.workers(
                company, 2, 'franchise', category=category)
            factories_out.billed(company, [(members[0], 1000)])
            journal = factories_out.journal(company)
            preparing, approving = [
                coop.user(name, 'accountant', company=company)
                for name in ['preparing', 'approving']]
            Run = pool.get('coop.payment.run')
            run = factories_out.run(company, journal, state='draft')
            with coop.as_user(preparing):
                Run.prepare([Run(run.id)])
                with self.assertRaisesRegex(PaymentRunError, "somebody"):
                    Run.approve([Run(run.id)])
            factories_out.billed(company, [(members[1], 500)])
            with coop.as_user(approving):
                with self.assertRaisesRegex(PaymentRunError, "changed"):
                    Run.approve([Run(run.id)])
            with coop.as_user(preparing):
                Run.draft([Run(run.id)])
                Run.prepare([Run(run.id)])
            with coop.as_user(approving):
                Run.approve([Run(run.id)])
            run = again(run)
            self.assertEqual(
                (run.state, run.total, run.approved_by),
                ('approved', 1500, approving))

    @with_transaction()
    def test_other_run(self):
        "One run at a time"
        company = factories_out.cooperative()
        with set_company(company):
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal)
            with self.assertRaisesRegex(PaymentRunError, "not finished"):
                factories_out.run(company, journal)
            run.__class__.cancel([run])
            factories_out.run(company, journal)

    @with_transaction()
    def test_sepa(self):
        "The file, its total and its hash are shown"
        company = factories_out.cooperative()
        with set_company(company):
            category = coop.category(company)
            members = factories_out.workers(
                company, 2, 'franchise', category=category)
            for member in members:
                factories_out.billed(company, [(member, 1000)])
            journal = factories_out.journal(company, sepa=True)
            run = factories_out.run(company, journal, state='sent')
            message, = run.group.sepa_messages
            content = message.message
            if isinstance(content, str):
                content = content.encode()
            self.assertIn(b'<CtrlSum>2000', content)
            self.assertEqual(run.message_total, 2000)
            self.assertEqual(
                run.message_hash, hashlib.sha256(content).hexdigest())

    @with_transaction()
    def test_retention(self):
        "What pays shares is not transferred"
        Retention = Pool().get('coop.share.retention')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            factories_out.subscribe(member, 100)
            retention, = Retention.create([{
                        'company': company.id, 'member': member.id,
                        'start_date': dt.date(2020, 1, 1),
                        'rate': D('.1'), 'cap': D(1000),
                        'agreement': b'x', 'agreement_name': 'x.pdf'}])
            Retention.activate([retention])
            bill, = factories_out.billed(company, [(member, 1000)])
            run = factories_out.run(
                company, factories_out.journal(company), state='sent')
            self.assertEqual(
                self.rows(run), {("Member 1", 'due'): (900, 900, None)})
            factories_out.succeed(run)
            self.assertEqual(again(bill).state, 'paid')
