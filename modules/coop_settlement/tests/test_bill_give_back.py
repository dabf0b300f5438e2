# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..bill_due import month_end
from ..exceptions import SettlementError
from ..exceptions_out import BillError
from . import factories, factories_out
from .factories import again, entry
from .test_bad_debt import doubtful, lose
from .test_bill_credit import owed, process, start, take_back

D = Decimal


def lessen(line, amount):
    "Give an amount of a line back, as a dispute ends in it"
    pool = Pool()
    Settlement = pool.get('coop.settlement')
    settlement = Settlement._of_mission(
        line.settlement.mission, today(line.company.id))
    settlement.save()
    given, = pool.get('coop.settlement.line').create([
            settlement._own(
                'credit', -D(amount), line.member, date=line.date,
                reduces=line, description="Dispute")._save_values()])
    Settlement.confirm([settlement])
    return again(given)


def credits(member):
    return Pool().get('coop.bill').search([
            ('member', '=', member.id), ('credit', '=', True)])


class BillGiveBackTestCase(factories_out.PayoutTestCase):
    "Test what lessens bills that were accepted before"

    def billed(self, company, *amounts, **values):
        "Return a member and an accepted bill for each amount"
        values.setdefault('corrections', 'cooperative')
        member, = factories_out.workers(company, 1, 'debits', **values)
        return member, [
            factories_out.billed(company, [(member, amount)])[0]
            for amount in amounts]

    @with_transaction()
    def test_credit_note(self):
        "Without new work a credit note names the bill that it lessens"
        company = factories_out.cooperative()
        with set_company(company):
            member, (bill,) = self.billed(company, 1000)
            line = lessen(bill.lines[0], 100)
            credit = line.bill
            self.assertEqual(credits(member), [credit])
            self.assertEqual(
                (credit.state, credit.kind, credit.number, credit.total),
                ('accepted', 'self', f'AF-{member.number}-0002', -120))
            self.assertEqual(credit.corrected(), [bill])
            self.assertEqual(entry(credit.invoice.move), {
                    ('611', None): -100, ('44566', None): -20,
                    ('supplier', member.party.name): 120})
            Pool().get('coop.bill').deliver([credit])
            text = factories_out.text(again(credit).file)
            self.assertIn("Credit Note", text)
            self.assertIn(f"Dispute (bill {bill.number} of", text)
            # It lessens what is paid
            self.assertEqual(again(bill).settled_by(), {'set_off': 120})

    @with_transaction()
    def test_later_work(self):
        "Less than what is billed next, it stands on that bill"
        company = factories_out.cooperative()
        with set_company(company):
            member, (bill,) = self.billed(company, 1000)
            Bill = Pool().get('coop.bill')
            mandate, = Pool().get('coop.billing.mandate').search([])
            mandate.rhythm = 'monthly'
            mandate.save()
            line = lessen(bill.lines[0], 100)
            factories.settled(company, [(member, 300)])
            self.assertIsNone(again(line).bill)
            next_, = Bill.bill_month(company, today(company.id))
            self.assertEqual((next_.credit, next_.amount), (False, 200))
            self.assertIn(line, next_.lines)

    @with_transaction()
    def test_corrects_none(self):
        "What lessens several bills is not the credit note of one of them"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            member, (first, second) = self.billed(company, 1000, 1000)
            mandate, = Pool().get('coop.billing.mandate').search([])
            mandate.rhythm = 'monthly'
            mandate.save()
            Bill.take_back(first, {first.lines[0]: D(900)}, date, "Too much")
            lessen(second.lines[0], 950)
            credit, = Bill.bill_month(company, date)
            self.assertEqual(
                (credit.credit, credit.amount, credit.corrects),
                (True, -50, None))
            self.assertEqual(credit.corrected(), [second])

    @with_transaction()
    def test_series(self):
        "A credit note is not dated before the last number of the series"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            _, (first, last) = self.billed(company, 1000, 500)
            date = today(company.id)
            Bill.write([first], {'date': date - dt.timedelta(days=2)})
            with self.assertRaisesRegex(BillError, last.number):
                Bill.take_back(
                    again(first), {first.lines[0]: D(0)},
                    date - dt.timedelta(days=1), "Too late")

    @with_transaction()
    def test_mission_ends(self):
        "What a member has yet to give back keeps no mission open"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = factories_out.cooperative()
        with set_company(company):
            _, (bill,) = self.billed(company, 1000, corrections='member')
            mission = bill.lines[0].settlement.mission
            self.assertEqual(Mission._owing([mission]), {mission})
            factories_out.pay_out(bill)
            line = lessen(bill.lines[0], 100)
            self.assertIsNone(line.bill)
            self.assertEqual(Mission._owing([mission]), set())

    @with_transaction()
    def test_members_own(self):
        "Where the member issues corrections, it waits for the member's"
        Bill = Pool().get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            member, (bill,) = self.billed(
                company, 1000, corrections='member')
            line = lessen(bill.lines[0], 100)
            self.assertIsNone(line.bill)
            # Nor does later work take it along
            other, = factories_out.billed(company, [(member, 300)])
            self.assertEqual(other.amount, 300)
            own, = Bill.create([{
                        'company': company.id, 'member': member.id,
                        'kind': 'own', 'date': today(company.id),
                        'number': "AV-1", 'file': b'credit',
                        'file_name': 'credit.pdf', 'own_amount': D(-100),
                        'own_tax': D(-20)}])
            Bill.enter([own])
            own = again(own)
            self.assertEqual(
                (own.credit, own.total, list(own.lines)),
                (True, -120, [line]))
            self.assertEqual(
                [again(b).settled_by().get('set_off') for b in [bill, other]
                    ], [120, None])

    def next_bill(self, member):
        "Accept the next bill of a member; return it"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = member.company
        date = today(company.id)
        bill, = Bill.make(
            company, Line.to_bill(company, date, [member]), date)
        Bill.accept([Bill(bill.id)])
        process(member)
        return again(bill)

    @with_transaction()
    def test_taken_back_after(self):
        "What was given back of a bill is not taken back once more"
        pool = Pool()
        Correct = pool.get('coop.bill.correct', type='wizard')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            members = factories_out.workers(
                company, 3, 'debits', corrections='cooperative')
            for member, right in zip(members, [0, 900, 950]):
                with self.subTest(right=right):
                    bill, = factories_out.billed(company, [(member, 1000)])
                    line, = bill.lines
                    lessen(line, 100)
                    self.assertEqual(owed(member), 1080)
                    _, values = start(Correct, again(bill))
                    row, = values['lines']
                    self.assertEqual(
                        (row['amount'], row['lessened'], row['owed']),
                        (1000, -100, 900))
                    take_back(again(bill), right)
                    new = self.next_bill(member)
                    self.assertEqual(
                        (new.corrects, new.amount), (bill, right + 100))
                    self.assertEqual(owed(member), right * D('1.2'))
                    # Nor by the bill that is right, nor with its settlement
                    self.assertEqual(new.lines[0].lessened, -100)
                    with self.assertRaisesRegex(SettlementError, "given back"):
                        Settlement.cancel([again(line.settlement)])
                    take_back(new, 500)
                    self.next_bill(member)
                    self.assertEqual(owed(member), 600)

    @with_transaction()
    def test_clawback_after(self):
        "Members bear a loss of what stands of their work, and no more"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        Settlement = pool.get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            factories.rate(company, clawback=True)
            members = factories_out.workers(
                company, 4, corrections='cooperative')
            whole, part, less, other = members
            settlement = factories.settled(
                company, [(m, 300) for m in members])
            lines = {
                l.member: l for l in settlement.lines if l.kind == 'work'}
            invoice, = Settlement.invoice([settlement], date)
            Bill.accept([lines[m].bill for m in members])
            take_back(again(lines[whole]).bill)
            take_back(again(lines[part]).bill, 200)
            lessen(again(lines[less]), 60)
            before = Line.search([('kind', '=', 'credit')])
            lose(doubtful(again(invoice), date=date), date)
            credits = [
                l for l in Line.search([('kind', '=', 'credit')])
                if l not in before]
            self.assertEqual(
                {l.member: l.amount for l in credits},
                {part: -200, less: -240, other: -300})
            right, = Line.search([('repeats', '=', lines[part].id)])
            self.assertEqual(
                {l.member: l.reduces for l in credits},
                {part: right, less: lines[less], other: lines[other]})

    @with_transaction()
    def test_contest_days(self):
        "The days to contest run from when a member can read the bill"
        pool = Pool()
        Bill = pool.get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            day = today(company.id)
            member, = factories_out.workers(
                company, 1, 'debits', rhythm='monthly', contest_days=15)
            factories.settled(
                company, [(member, 500)], date=dt.date(2022, 3, 10))
            past = month_end(dt.date(2022, 3, 10))
            bill, = Bill.bill_month(company, past)
            self.assertEqual(
                (bill.date, bill.tacit_on),
                (past, day + dt.timedelta(days=15)))
            Bill.accept_tacit()
            self.assertEqual(again(bill).state, 'proposed')
