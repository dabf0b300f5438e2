# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from contextlib import contextmanager
from decimal import Decimal

from trytond.model.exceptions import (
    AccessButtonError, AccessError, SQLConstraintError)
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..bill_due import month_end
from ..exceptions_out import BillError
from . import factories, factories_out
from .factories import again, entry
from .test_vat import proof

D = Decimal


def take_back(bill, owed=None, lines=None, **own):
    """Return the credit note of a bill, once the queue has done its part.

    :param owed: what is rightly owed of each line, as many or one for all
    :param lines: all by default
    """
    Bill = Pool().get('coop.bill')
    lines = list(bill.lines) if lines is None else lines
    credit = Bill.take_back(
        bill, {l: D(owed or 0) for l in lines}, today(bill.company.id),
        "Two days were billed twice", **own)
    process(bill.member)
    return again(credit)


def process(member):
    "What the queue does once it is committed"
    pool = Pool()
    invoices = [
        b.invoice.id for b in pool.get('coop.bill').search(
            [('member', '=', member.id)]) if b.invoice]
    Invoice = pool.get('account.invoice')
    Invoice.process(Invoice.browse(invoices))


def counted(*bills):
    "Return the VAT that the periods have of bills, as returns take it"
    return sum(
        t.amount
        for b in bills for l in again(b.invoice).move.lines
        for t in l.tax_lines
        if t.type == 'tax' and (t.period or not t.on_cash_basis))


def holds(company):
    "Return whether the VAT of this month is proved, invoice by invoice"
    date = today(company.id)
    return proof(company, (date.replace(day=1), month_end(date)))['holds']


def owed(member):
    "Return what the books say that a member is owed"
    lines = Pool().get('account.move.line').search([
            ('party', '=', member.party.id),
            ('account.type.payable', '=', True)])
    return sum((l.credit - l.debit for l in lines), D(0))


class BillCreditTestCase(factories_out.PayoutTestCase):
    "Test the credit notes that correct accepted bills"

    @contextmanager
    def bills(self, status='receipts', **values):
        """Give an accepted bill of a member, its company and the member.

        The company is that of the context meanwhile.
        """
        Bill = Pool().get('coop.bill')
        Line = Pool().get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            values.setdefault('corrections', 'cooperative')
            member, = factories_out.workers(company, 1, status, **values)
            bills = factories_out.billed(company, [(member, 1000)])
            if not bills:
                date = today(company.id)
                bills = Bill.make(company, Line.to_bill(
                        company, date, [member]), date, 'monthly')
                Bill.accept(Bill.browse(bills))
            yield company, member, Bill(bills[0].id)

    @with_transaction()
    def test_whole(self):
        "A bill that nothing paid is set off whole, its VAT given back"
        with self.bills() as (_, member, bill):
            credit = take_back(bill)
            self.assertEqual(
                (credit.state, credit.kind, credit.credit, credit.corrects,
                    credit.amount, credit.tax_amount, credit.total),
                ('paid', 'self', True, bill, -1000, -200, -1200))
            self.assertEqual(credit.number, f'AF-{member.number}-0002')
            self.assertEqual(credit.invoice.reference, credit.number)
            self.assertEqual(entry(credit.invoice.move), {
                    ('611', None): -1000, ('44566', None): -200,
                    ('supplier', member.party.name): 1200})
            self.assertEqual(again(bill).state, 'paid')
            self.assertEqual(counted(bill), -counted(credit))
            self.assertEqual(owed(member), 0)
            # Both settle each other: nobody was paid
            self.assertEqual(
                again(bill).settled_by(), {'set_off': 1200})
            self.assertEqual(credit.settled_by(), {'set_off': -1200})

    @with_transaction()
    def test_on_debits(self):
        "VAT on debits is given back at once"
        with self.bills('debits') as (_, _, bill):
            self.assertEqual(counted(bill), 200)
            credit = take_back(bill)
            self.assertEqual(counted(bill, credit), 0)

    @with_transaction()
    def test_part(self):
        "Of a bill that is not paid, what is left is paid, and once"
        with self.bills() as (company, member, bill):
            pool = Pool()
            Bill = pool.get('coop.bill')
            Line = pool.get('coop.settlement.line')
            credit = take_back(bill, 700)
            line, = bill.lines
            right, = Line.search([('repeats', '=', line.id)])
            self.assertEqual((right.amount, right.bill), (700, None))
            # The client is asked the same, the member gets what is right
            settlement = again(line.settlement)
            self.assertEqual(settlement.members_amount, 700)
            self.assertEqual(settlement.client_amount, line.client_amount)
            self.assertEqual(
                Line.to_bill(company, today(company.id), [member]), [right])
            new, = Bill.make(company, [right], today(company.id))
            new = again(new)
            self.assertEqual(
                (new.corrects, new.number[-4:], new.total),
                (bill, '0003', 840))
            Bill.accept([new])
            run = factories_out.run(company, factories_out.journal(company))
            self.assertEqual(run.total, 840)
            self.assertEqual(credit.credits, ())

    @with_transaction()
    def test_early(self):
        "What a client has paid for is paid early still, without the rest"
        with self.bills(rhythm='monthly', payment_days=60) as (
                company, member, _):
            pool = Pool()
            Bill = pool.get('coop.bill')
            Line = pool.get('coop.settlement.line')
            Settlement = pool.get('coop.settlement')
            date = today(company.id)
            paying, wrong = [
                factories.settled(
                    company, [(member, amount)], date=date,
                    client_=factories.client(f"Client {amount}"))
                for amount in [300, 200]]
            invoice, = Settlement.invoice([paying], date)
            factories.pay(again(invoice), date)
            bill, = Bill.make(
                company, Line.to_bill(company, date, [member]), date,
                'monthly')
            Bill.accept([Bill(bill.id)])
            bill = again(bill)
            take_back(bill, lines=[
                    l for l in bill.lines if l.settlement == wrong])
            run = factories_out.run(company, factories_out.journal(company))
            row, = [l for l in run.lines if l.bill == bill]
            self.assertEqual(
                (row.kind, row.open, row.net), ('early', 360, 360))

    @with_transaction()
    def test_paid(self):
        "What was paid lessens the next payments, to the cent, and its VAT"
        with self.bills() as (company, member, bill):
            factories_out.pay_out(bill)
            self.assertEqual(counted(bill), 200)
            credit = take_back(bill, 900)
            self.assertEqual((again(bill).state, credit.state),
                ('paid', 'accepted'))
            # The member keeps the money: its VAT is deducted still
            self.assertEqual(counted(bill, credit), 200)
            self.assertEqual(owed(member), -1200)
            journal = factories_out.journal(company)
            run = factories_out.run(company, journal, state='draft')
            Run = Pool().get('coop.payment.run')
            Run.prepare([run])
            self.assertEqual(again(run).lines, ())
            Run.draft([run])
            Bill = Pool().get('coop.bill')
            line, = bill.lines
            Line = Pool().get('coop.settlement.line')
            date = today(company.id)
            new, = Bill.make(
                company, Line.to_bill(company, date, [member]), date)
            Bill.accept([Bill(new.id)])
            process(member)
            # 1,080 of 1,200 are set off
            self.assertEqual(
                (again(new).state, again(credit).state), ('paid', 'accepted'))
            self.assertEqual(owed(member), -120)
            self.assertEqual(counted(bill, credit, new), 200)
            other, = factories_out.billed(company, [(member, 500)])
            process(member)
            self.assertEqual(again(credit).state, 'paid')
            Run.prepare([run])
            run = again(run)
            self.assertEqual(
                [(l.bill, l.open, l.net) for l in run.lines],
                [(other, 480, 480)])
            self.assertEqual(owed(member), 480)
            self.assertEqual(counted(bill, credit, new, other),
                D(200) + D(-200) + 180 + 20)
            self.assertEqual(
                again(credit).settled_by(), {'set_off': -1200})
            self.assertEqual(again(other).settled_by(), {'set_off': 120})
            Run.approve([run])
            Run.send([again(run)])
            factories_out.succeed(again(run))
            self.assertEqual(again(other).state, 'paid')
            self.assertEqual(owed(member), 0)
            self.assertEqual(counted(bill, credit, new, other), 280)
            self.assertTrue(holds(company))

    @with_transaction()
    def test_half_paid(self):
        "What is open is set off, what was paid stays owed by the member"
        with self.bills() as (company, member, bill):
            factories_out.pay_out(bill, 600)
            self.assertEqual(counted(bill), 100)
            credit = take_back(bill)
            self.assertEqual(
                (again(bill).state, credit.state), ('paid', 'accepted'))
            self.assertEqual(
                sum(l.debit - l.credit for l in credit.open_lines()), 600)
            self.assertEqual(owed(member), -600)
            self.assertEqual((counted(bill), counted(credit)), (200, -100))
            self.assertTrue(holds(company))
            Bill = Pool().get('coop.bill')
            year = today(company.id).year
            self.assertEqual(
                sum(p.amount for p in Bill.declared(company, year)), 600)

    @with_transaction()
    def test_once(self):
        "A line is taken back once; another one of the bill still can be"
        with self.bills(rhythm='monthly') as (company, member, _):
            pool = Pool()
            Bill = pool.get('coop.bill')
            Line = pool.get('coop.settlement.line')
            for amount in [300, 200]:
                factories.settled(company, [(member, amount)])
            bill, = Bill.make(
                company, Line.to_bill(company, today(company.id), [member]),
                today(company.id), 'monthly')
            Bill.accept([Bill(bill.id)])
            bill = again(bill)
            first, second = bill.lines
            take_back(bill, lines=[first])
            with self.assertRaisesRegex(BillError, "taken back already"):
                take_back(again(bill), lines=[first])
            with self.assertRaises(SQLConstraintError):
                Line.create([{
                            'settlement': first.settlement.id,
                            'company': company.id, 'kind': 'work',
                            'date': first.date, 'credits': first.id}])

    @with_transaction()
    def test_refused(self):
        "Neither a proposed bill, nor a credit note, nor without a reason"
        with self.bills() as (company, member, bill):
            Bill = Pool().get('coop.bill')
            date = today(company.id)
            credit = take_back(bill)
            with self.assertRaisesRegex(BillError, "a credit note itself"):
                take_back(credit)
            proposed, = factories_out.billed(
                company, [(member, 100)], state='proposed')
            with self.assertRaisesRegex(BillError, "once it is accepted"):
                take_back(proposed)
            Bill.accept([proposed])
            line, = proposed.lines
            for reason, when, error in [
                    (" ", date, "tell why"),
                    ("x", date + dt.timedelta(days=1), "change the date"),
                    ("x", proposed.date - dt.timedelta(days=1), "change the")]:
                with self.assertRaisesRegex(BillError, error):
                    Bill.take_back(again(proposed), {line: D(0)}, when, reason)

    @with_transaction()
    def test_under_way(self):
        "Nothing is corrected while the bank pays it"
        with self.bills() as (company, _, bill):
            journal = factories_out.journal(company)
            factories_out.configure(run_days=90)
            run = factories_out.run(
                company, journal, state='sent',
                until=today(company.id) + dt.timedelta(days=90))
            self.assertEqual(run.total, 1200)
            with self.assertRaisesRegex(BillError, "under way"):
                take_back(again(bill))
            factories_out.succeed(run)
            self.assertEqual(take_back(again(bill)).state, 'accepted')

    @with_transaction()
    def test_own(self):
        "Who corrects by the mandate, or without one, sends the credit note"
        with self.bills(corrections='member') as (company, member, bill):
            self.assertEqual(
                bill.correcting(today(company.id)), ('own', None))
            with self.assertRaisesRegex(BillError, "number"):
                take_back(bill)
            credit = take_back(
                again(bill), number="A-1", file=b'credit', file_name='a.pdf')
            self.assertEqual(
                (credit.kind, credit.number, credit.rank, credit.total),
                ('own', "A-1", None, -1200))
            self.assertEqual(credit.file, b'credit')

    @with_transaction()
    def test_status_changed(self):
        "The VAT that was billed is taken back, the right one is billed"
        with self.bills() as (company, member, bill):
            VatStatus = Pool().get('coop.vat.status')
            statuses = VatStatus.search([('member', '=', member.id)])
            VatStatus.write(statuses, {'status': 'franchise'})
            credit = take_back(bill, 1000)
            self.assertEqual(credit.tax_amount, -200)
            new, = Pool().get('coop.bill').make(
                company, Pool().get('coop.settlement.line').to_bill(
                    company, today(company.id), [member]), today(company.id))
            self.assertEqual(again(new).total, 1000)

    @with_transaction()
    def test_cents(self):
        "The tax of several credit notes is that of the bill, to the cent"
        with self.bills(rhythm='monthly') as (company, member, bill):
            pool = Pool()
            Bill = pool.get('coop.bill')
            Line = pool.get('coop.settlement.line')
            for _ in range(3):
                factories.settled(company, [(member, D('33.33'))])
            bill, = Bill.make(
                company, Line.to_bill(company, today(company.id), [member]),
                today(company.id), 'monthly')
            Bill.accept([Bill(bill.id)])
            bill = again(bill)
            self.assertEqual(bill.tax_amount, D('20.00'))
            credits = [take_back(again(bill), lines=[l]) for l in bill.lines]
            self.assertEqual(
                [c.tax_amount for c in credits],
                [D('-6.67'), D('-6.67'), D('-6.66')])
            self.assertEqual(counted(bill, *credits), 0)
            # The first bill is owed still
            self.assertEqual(owed(member), 1200)

    @with_transaction()
    def test_settled_anew(self):
        "What was taken back whole can be settled again from the report"
        with self.bills() as (company, member, bill):
            Settlement = Pool().get('coop.settlement')
            line, = bill.lines
            settlement = line.settlement
            take_back(bill)
            Settlement.cancel([again(settlement)])
            self.assertEqual(again(settlement).state, 'cancelled')
            self.assertFalse(again(line).origin)
            self.assertFalse(Pool().get('coop.settlement.line').to_bill(
                    company, today(company.id), [member]))

    @with_transaction()
    def test_bill_again(self):
        "A credit note made by mistake: its work is owed again, once"
        with self.bills() as (company, member, bill):
            Bill = Pool().get('coop.bill')
            Line = Pool().get('coop.settlement.line')
            date = today(company.id)
            credit = take_back(bill)
            self.assertFalse(Line.to_bill(company, date, [member]))
            Bill.bill_again([credit])
            with self.assertRaisesRegex(BillError, "again already"):
                Bill.bill_again([again(credit)])
            new, = Bill.make(
                company, Line.to_bill(company, date, [member]), date)
            self.assertEqual(again(new).total, 1200)

    @with_transaction()
    def test_statement(self):
        "The month tells the credit note and what it is set off against"
        with self.bills() as (company, member, bill):
            factories_out.pay_out(bill)
            credit = take_back(bill, 900)
            Statement = Pool().get('coop.settlement.statement')
            figures = Statement.figures([credit])
            price = bill.lines[0].client_amount
            self.assertGreater(price, 1000)
            self.assertEqual(
                (figures['price'], figures['contribution'], figures['tax'],
                    figures['set_off']), (-price, 1000 - price, -200, 0))
            right, = Pool().get('coop.settlement.line').search(
                [('repeats', '=', bill.lines[0].id)])
            self.assertEqual(
                right.shown(), (price, 0, price - 900))
            month = today(company.id).replace(day=1)
            statement, = Statement.make(company, month)
            # 1,200 were paid, and 1,200 are to give back
            self.assertEqual(statement.net, -1200)

    @with_transaction()
    def test_letter(self):
        "It says that it is one, by whom, of which bill and why"
        Bill = Pool().get('coop.bill')
        with self.bills() as (_, member, bill):
            member.party.contact_mechanisms = [
                Pool().get('party.contact_mechanism')(
                    type='email', value='m@example.com')]
            member.party.save()
            credit = take_back(bill)
            Bill.deliver([credit])
            text = factories_out.text(again(credit).file)
            for word in [
                    "Credit Note – Self-billing", credit.number,
                    f"corrects the bill {bill.number} of", "billed twice",
                    "-usd1,000.00", member.party.name]:
                self.assertIn(word, text)
            self.assertNotIn("contested until", text)
            mail, = self.mails_to('m@example.com')
            self.assertIn("credit note", mail['Subject'])

    @with_transaction()
    def test_wizard(self):
        "The office corrects; a member can not"
        with self.bills() as (company, member, bill):
            pool = Pool()
            Wizard = pool.get('coop.bill.correct', type='wizard')
            Bill = pool.get('coop.bill')
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                with self.assertRaises((AccessError, AccessButtonError)):
                    Bill.correct([Bill(bill.id)])
                with self.assertRaises(AccessError):
                    start(Wizard, bill)
                with self.assertRaises(AccessError):
                    Bill.create([{
                                'company': company.id, 'member': member.id,
                                'date': bill.date, 'credit': True}])
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                session, values = start(Wizard, bill)
                self.assertEqual(
                    (values['kind'], [l['amount'] for l in values['lines']]),
                    ('self', [1000]))
                values['lines'][0]['owed'] = D(950)
                values['reason'] = "Less"
                # As the client calls it: its buttons check no access
                with on(bill), Transaction().set_context(
                        _check_access=False):
                    Wizard.execute(session, {'start': values}, 'correct')
            credit, = again(bill).credits
            self.assertEqual(credit.credit_reason, "Less")
            new, = Bill.search([
                    ('member', '=', member.id), ('state', '=', 'proposed')])
            self.assertEqual((new.amount, new.corrects), (950, bill))


def on(bill):
    "The context of what is opened from a bill"
    return Transaction().set_context(
        active_model='coop.bill', active_id=bill.id, active_ids=[bill.id])


def start(Wizard, bill):
    "Return the session of the wizard on a bill and what it proposes"
    with on(bill):
        session, state, _ = Wizard.create()
        result = Wizard.execute(session, {}, state)
    values = {
        k: v for k, v in result['view']['defaults'].items()
        if not k.endswith('.')}
    for line in values['lines']:
        for name in [n for n in line if n.endswith('.')]:
            del line[name]
    return session, values
