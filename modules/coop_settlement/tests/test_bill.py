# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import re
from decimal import Decimal

from trytond.exceptions import UserError
from trytond.model.exceptions import DomainValidationError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions_out import BillError, MandateError
from . import factories, factories_out
from .factories import again, entry

D = Decimal


class BillTestCase(factories_out.PayoutTestCase):
    "Test the bills of members"

    @with_transaction()
    def test_acceptance(self):
        "A bill is written when the work is accepted, and posted later"
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'debits')
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            date = today(company.id)
            self.assertEqual(
                (bill.state, bill.kind, bill.date, bill.amount,
                    bill.tax_amount, bill.total),
                ('proposed', 'self', date, 1000, 200, 1200))
            self.assertEqual(bill.number, f'AF-{member.number}-0001')
            self.assertEqual(bill.tacit_on, date + dt.timedelta(days=15))
            self.assertEqual(bill.invoice.state, 'draft')
            Bill = Pool().get('coop.bill')
            Bill.accept([bill])
            bill = again(bill)
            self.assertEqual(
                (bill.state, bill.invoice.state, bill.invoice.reference),
                ('accepted', 'posted', bill.number))
            self.assertEqual(entry(bill.invoice.move), {
                    ('611', None): 1000, ('44566', None): 200,
                    ('supplier', member.party.name): -1200})
            line, = bill.open_lines()
            self.assertEqual(line.maturity_date, bill.due_date)

    @with_transaction()
    def test_receipts(self):
        "The VAT of whom it is due on receipts is deducted when paid"
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'receipts')
            bill, = factories_out.billed(company, [(member, 1000)])
            invoice = bill.invoice

            def deducted():
                "Return the VAT that a period has, as the return takes it"
                return sum(
                    t.amount for l in again(invoice).move.lines
                    for t in l.tax_lines
                    if t.type == 'tax' and (t.period or not t.on_cash_basis))
            self.assertEqual(invoice.tax_amount, 200)
            self.assertEqual(deducted(), 0)
            factories_out.pay_out(bill, 600)
            self.assertEqual(deducted(), 100)
            factories_out.pay_out(bill)
            self.assertEqual(deducted(), 200)
            self.assertEqual(again(bill).state, 'paid')

    @with_transaction()
    def test_franchise(self):
        "No tax, and the referral of a colleague on a bill of their own"
        company = factories_out.cooperative()
        with set_company(company):
            member, other = factories_out.workers(company, 2, 'franchise')
            bills = factories_out.billed(
                company, [(member, 1000)], referrer=other.id)
            self.assertEqual(
                {b.member: (b.amount, b.tax_amount) for b in bills},
                {member: (1000, 0), other: (D('22.73'), 0)})
            moves = {b.member: entry(b.invoice.move) for b in bills}
            self.assertEqual(moves[other], {
                    ('6222', None): D('22.73'),
                    ('supplier', other.party.name): D('-22.73')})

    @with_transaction()
    def test_reverse_charge(self):
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'reverse_charge')
            bill, = factories_out.billed(company, [(member, 1000)])
            self.assertEqual(bill.total, 1000)
            self.assertEqual(entry(bill.invoice.move), {
                    ('611', None): 1000, ('44566', None): 200,
                    ('44571', None): -200,
                    ('supplier', member.party.name): -1000})

    @with_transaction()
    def test_tacit(self):
        "What is not contested within the delay is accepted by the cron"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1)
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            Bill.accept_tacit()
            self.assertEqual(again(bill).state, 'proposed')
            Bill.write([bill], {
                    'tacit_on': today(company.id) - dt.timedelta(days=1)})
            Bill.accept_tacit()
            bill = again(bill)
            self.assertEqual((bill.state, bill.tacit), ('accepted', True))
            self.assertEqual(bill.invoice.state, 'posted')

    @with_transaction()
    def test_contest(self):
        "A contested bill is not owed; its number stays, the next corrects it"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1)
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            with self.assertRaisesRegex(BillError, "why"):
                Bill.contest([bill])
            Bill.write([bill], {'contest_reason': "3 days, not 2"})
            Bill.contest([again(bill)])
            bill = again(bill)
            self.assertEqual(
                (bill.state, bill.invoice.state, bill.invoice.move),
                ('contested', 'draft', None))
            Bill.accept_tacit()
            self.assertEqual(again(bill).state, 'contested')
            Bill.cancel([bill])
            bill = again(bill)
            self.assertEqual(
                (bill.state, bill.invoice.state, bill.lines),
                ('cancelled', 'cancelled', ()))
            self.assertEqual(bill.total, 1200)
            new, = Bill.make(
                company, Line.to_bill(company, today(company.id)),
                today(company.id))
            new = again(new)
            self.assertEqual(
                (new.number[-4:], new.corrects), ('0002', bill))
            self.assertEqual([l.amount for l in new.lines], [1000])

    @with_transaction()
    def test_contest_late(self):
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1)
            bill, = factories_out.billed(
                company, [(member, 1000)], state='proposed')
            Bill.write([bill], {
                    'tacit_on': today(company.id) - dt.timedelta(days=1),
                    'contest_reason': "No"})
            with self.assertRaisesRegex(BillError, "could be contested"):
                Bill.contest([again(bill)])

    @with_transaction()
    def test_no_mandate(self):
        "Without a mandate, or once it is revoked, nobody bills for a member"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Mandate = pool.get('coop.billing.mandate')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            category = coop.category(company)
            without, = factories.workers(company, 1, category=category)
            revoked, = factories_out.workers(company, 1, category=category)
            mandate, = Mandate.search([('member', '=', revoked.id)])
            Mandate.revoke([mandate])
            self.assertEqual(
                Mandate.at([revoked], date), {revoked.id: mandate})
            Mandate.write([mandate], {
                    'end_date': date - dt.timedelta(days=1)})
            for member in [without, revoked]:
                self.assertFalse(factories_out.billed(
                        company, [(member, 500)]))
                bill, = Bill.create([{
                            'company': company.id, 'member': member.id,
                            'kind': 'self', 'date': date}])
                with self.assertRaisesRegex(BillError, "no mandate"):
                    Bill.propose([bill])

    @with_transaction()
    def test_mandate_checks(self):
        "It is signed, before its first day, one at a time, by a business"
        Mandate = Pool().get('coop.billing.mandate')
        company = factories_out.cooperative()
        with set_company(company):
            member, other = factories.workers(company, 2)
            nobody, = factories.workers(company, 1, 'franchise',
                siren=False, category=member.category)
            with self.assertRaisesRegex(
                    MandateError,
                    re.escape(nobody.rec_name) + ".*business number"):
                factories_out.mandate(nobody)
            for values, error in [
                    ({'agreement': None}, "not signed"),
                    ({'signed_on': dt.date(2020, 1, 2)}, "before the first"),
                    ]:
                mandate = factories_out.mandate(
                    member, active=False, **values)
                with self.assertRaisesRegex(MandateError, error):
                    Mandate.activate([mandate])
            factories_out.mandate(member, prefix='X-')
            with self.assertRaisesRegex(MandateError, "already"):
                factories_out.mandate(member)
            with self.assertRaisesRegex(MandateError, "another member"):
                factories_out.mandate(other, prefix='X-')

    @with_transaction()
    def test_mandates_at_once(self):
        "One mandate of a member counts, if two are activated together too"
        Mandate = Pool().get('coop.billing.mandate')
        company = factories.cooperative()
        with set_company(company):
            one, = factories.workers(company, 1)
            both = [factories_out.mandate(one, False) for _ in range(2)]
            with self.assertRaises(MandateError):
                Mandate.activate(both)

    @with_transaction()
    def test_own(self):
        "What a member bills is matched to what is owed, to the cent"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1, 'debits')
            factories.settled(company, [(member, 1000)])
            values = {
                'company': company.id, 'member': member.id, 'kind': 'own',
                'date': today(company.id), 'number': "2026-7",
                'file': b'bill', 'file_name': 'bill.pdf'}
            for amount, tax, error in [
                    (999, 200, "asks for .*999.00 .* and .*1000.00"),
                    (1000, 0, "0.00 of tax, .*200.00")]:
                bill, = Bill.create([{
                            **values, 'own_amount': D(amount),
                            'own_tax': D(tax), 'number': f"{amount}"}])
                with self.assertRaisesRegex(BillError, error):
                    Bill.enter([bill])
                Pool().get('coop.settlement.line').write(
                    list(again(bill).lines), {'bill': None})
            bill, = Bill.create([{
                        **values, 'own_amount': D(1000),
                        'own_tax': D(200)}])
            Bill.enter([bill])
            bill = again(bill)
            self.assertEqual(
                (bill.state, bill.invoice.state, bill.invoice.reference,
                    len(bill.lines)),
                ('accepted', 'posted', "2026-7", 1))

    @with_transaction()
    def test_own_cent(self):
        "The tax of a member's bill is what the member wrote, to a cent a line"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1, 'debits')
            factories.settled(company, [(member, 1000)])
            for tax, error in [('200.02', True), ('200.01', False)]:
                bill, = Bill.create([{
                            'company': company.id, 'member': member.id,
                            'kind': 'own', 'date': today(company.id),
                            'number': tax, 'file': b'bill',
                            'own_amount': D(1000), 'own_tax': D(tax)}])
                if error:
                    with self.assertRaises(BillError):
                        Bill.enter([bill])
                    Pool().get('coop.settlement.line').write(
                        list(again(bill).lines), {'bill': None})
                else:
                    Bill.enter([bill])
            bill = again(bill)
            self.assertEqual(bill.total, D('1200.01'))
            self.assertEqual(entry(bill.invoice.move), {
                    ('611', None): 1000, ('44566', None): D('200.01'),
                    ('supplier', member.party.name): D('-1200.01')})

    @with_transaction()
    def test_own_chosen(self):
        "A member bills a part of what is owed; the rest waits"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            member, other = factories.workers(company, 2, 'franchise')
            for amount in [1000, 300, 200]:
                factories.settled(company, [(member, amount)])
            factories.settled(company, [(other, 300)])
            lines = {
                l.amount: l for l in Line.to_bill(company, date, [member])}
            foreign, = Line.to_bill(company, date, [other])

            def bill(amount, *chosen):
                return Bill.create([{
                            'company': company.id, 'member': member.id,
                            'kind': 'own', 'date': date,
                            'number': f"{amount} {[l.id for l in chosen]}",
                            'file': b'bill', 'own_amount': D(amount),
                            'own_tax': D(0),
                            'chosen': [('add', [l.id for l in chosen])]}])[0]
            with self.assertRaises(DomainValidationError):
                bill(300, foreign)
            wrong = bill(400, lines[300], lines[200])
            with self.assertRaisesRegex(
                    BillError, "asks for .*400.00 .* sums to .*500.00"):
                Bill.enter([wrong])
            right, late = bill(500, lines[300], lines[200]), bill(
                300, lines[300])
            Bill.enter([right])
            right = again(right)
            self.assertEqual((right.state, right.total), ('accepted', 500))
            self.assertEqual(
                {l.amount for l in right.lines}, {300, 200})
            self.assertEqual(
                Line.to_bill(company, date, [member]), [lines[1000]])
            with self.assertRaisesRegex(BillError, "not owed at its date"):
                Bill.enter([again(late)])
            # Nothing chosen: all that is left
            rest = bill(1000)
            Bill.enter([rest])
            self.assertEqual(again(rest).state, 'accepted')

    @with_transaction()
    def test_month(self):
        "Missions of a month on one bill, dated its last day, billed once"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            members = factories_out.workers(company, 2, rhythm='monthly')
            for amount in [1000, 500]:
                self.assertFalse(factories_out.billed(
                        company, [(m, amount) for m in members]))
            end = dt.date(2022, 3, 31)
            bills = Bill.bill_month(company, end)
            self.assertEqual(
                {b.member: (b.amount, b.date, len(b.lines), b.periodic)
                    for b in Bill.browse(bills)},
                dict.fromkeys(members, (1500, end, 2, True)))
            # 45 days at most for what recapitulates a month
            self.assertLessEqual(
                {b.due_date for b in Bill.browse(bills)},
                {dt.date(2022, 4, 9)})
            self.assertFalse(Bill.bill_month(company, end))
            self.assertFalse(Line.to_bill(company, end))

    @with_transaction()
    def test_closed_month(self):
        "Accepted once its month is closed, a bill is posted the day after"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Period = pool.get('account.period')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(
                company, 1, 'debits', rhythm='monthly')
            factories_out.billed(company, [(member, 1000)])
            end = dt.date(2022, 3, 31)
            bill, = Bill.bill_month(company, end)
            Period.close([Period.find(company, date=end)])
            Bill.accept([Bill(bill.id)])
            bill = again(bill)
            self.assertEqual(
                (bill.date, bill.invoice.invoice_date,
                    bill.invoice.move.date),
                (end, end, dt.date(2022, 4, 1)))

    @with_transaction()
    def test_series(self):
        "Numbers follow each other, also when one was cancelled between"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            members = factories_out.workers(company, 2)
            first = factories_out.billed(
                company, [(m, 100) for m in members], state='proposed')
            Bill.cancel(first)
            for _ in range(2):
                factories_out.billed(company, [(m, 100) for m in members])
            for member in members:
                bills = Bill.search(
                    [('member', '=', member.id)], order=[('rank', 'ASC')])
                self.assertEqual(
                    [b.rank for b in bills], list(range(1, len(bills) + 1)))
                self.assertEqual(
                    [b.number for b in bills],
                    [f'AF-{member.number}-{i:04d}'
                        for i in range(1, len(bills) + 1)])

    @with_transaction()
    def test_deleted(self):
        "What was numbered is never deleted"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1)
            bills = factories_out.billed(company, [(member, 100)])
            with self.assertRaises(UserError):
                Bill.delete(bills)

    @with_transaction()
    def test_retention(self):
        "Shares are paid by the bill, which stays whole"
        pool = Pool()
        Retention = pool.get('coop.share.retention')
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
            self.assertEqual(
                (bill.total, bill.invoice.total_amount), (1000, 1000))
            self.assertEqual(
                [l.credit for l in bill.open_lines()], [900])
            self.assertEqual(again(retention).retained, 100)
            self.assertEqual(bill.invoice.cash_paid_ratio, D('.1'))

    @with_transaction()
    def test_letter(self):
        "The bill says what the law wants; it is kept and sent"
        pool = Pool()
        Bill = pool.get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            member.party.contact_mechanisms = [
                pool.get('party.contact_mechanism')(
                    type='email', value='m@example.com')]
            member.party.save()
            bill, = factories_out.billed(company, [(member, 1000)])
            Bill.deliver([bill])
            bill = again(bill)
            self.assertEqual(bill.file[:4], b'%PDF')
            text = factories_out.text(bill.file)
            for word in [
                    "Self-billing", "293 B", bill.number, member.party.name,
                    company.party.name, "1,000.00", "L441-10",
                    "Date of service"]:
                self.assertIn(word, text)
            self.assertEqual(len(self.mails_to('m@example.com')), 1)
            # Once only
            Bill.deliver([again(bill)])
            self.assertEqual(len(self.mails_to('m@example.com')), 1)
