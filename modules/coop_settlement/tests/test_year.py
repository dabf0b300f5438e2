# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
from decimal import Decimal

from openpyxl import load_workbook

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, factories_out
from .factories import again, entry

D = Decimal


class YearTestCase(factories_out.PayoutTestCase):
    "Test what members are told of a month, and what is declared of a year"

    @with_transaction()
    def test_statement(self):
        "From the price of the clients to the net, sent and kept once"
        pool = Pool()
        Retention = pool.get('coop.share.retention')
        Statement = pool.get('coop.settlement.statement')
        company = factories_out.cooperative()
        with set_company(company):
            member, other = factories_out.workers(
                company, 2, 'debits', payment_days=30)
            member.party.contact_mechanisms = [
                pool.get('party.contact_mechanism')(
                    type='email', value='m@example.com')]
            member.party.save()
            factories_out.subscribe(member, 100)
            retention, = Retention.create([{
                        'company': company.id, 'member': member.id,
                        'start_date': dt.date(2020, 1, 1),
                        'rate': D('.1'), 'cap': D(1000),
                        'agreement': b'x', 'agreement_name': 'x.pdf'}])
            Retention.activate([retention])
            bills = factories_out.billed(
                company, [(member, 880)], referrer=other.id)
            bill, = [b for b in bills if b.member == member]
            factories_out.pay_out(bill, 300)
            month = today(company.id).replace(day=1)
            statements = {
                s.member: s for s in Statement.make(company, month)}
            self.assertEqual(statements.keys(), {member, other})
            statement = again(statements[member])
            self.assertEqual(
                {name: getattr(statement, name) for name in [
                        'price', 'contribution', 'referred', 'referral',
                        'tax', 'capital', 'fund', 'seized', 'paid', 'net',
                        'pay_date']},
                {'price': 1000, 'contribution': 100, 'referred': 20,
                    'referral': 0, 'tax': 176, 'capital': D('105.60'),
                    'fund': 0, 'seized': 0, 'paid': 300,
                    'net': D('650.40'), 'pay_date': bill.due_date})
            self.assertEqual(statement.net, sum(
                    l.credit - l.debit for l in again(bill).open_lines())
                - 300)
            self.assertEqual(
                (statements[other].referral, statements[other].net),
                (20, 24))
            # Once only
            self.assertFalse(Statement.make(company, month))
            Statement.deliver([statement])
            statement = again(statement)
            text = factories_out.text(statement.file)
            for word in [bill.number, "1,000.00", "650.40", "105.60"]:
                self.assertIn(word, text)
            self.assertTrue(statement.sent_at)
            self.assertEqual(len(self.mails_to('m@example.com')), 1)
            Statement.deliver([statement])
            self.assertEqual(len(self.mails_to('m@example.com')), 1)

    @with_transaction()
    def test_one_transfer(self):
        "A transfer that pays two bills counts for each with its part"
        pool = Pool()
        Line = pool.get('account.move.line')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bills = [
                factories_out.billed(company, [(member, amount)])[0]
                for amount in [100, 200]]
            move = factories_out.transfer(bills[0], D(300))
            line, = [l for l in move.lines if l.party]
            Line.reconcile([line, *(
                        l for b in bills for l in b.open_lines())])
            self.assertEqual(
                [again(b).settled_by() for b in bills],
                [{'paid': 100}, {'paid': 200}])

    def sheet(self, name, company, year):
        Report = Pool().get(name, type='report')
        extension, content, _, _ = Report.execute([], {
                'company': company.id, 'year': year, 'format': 'xlsx',
                'date': dt.date(year, 12, 31)})
        self.assertEqual(extension, 'xlsx')
        rows = load_workbook(io.BytesIO(content)).active.iter_rows(
            values_only=True)
        return [r for r in rows if any(r)]

    @with_transaction()
    def test_declared(self):
        "Those paid above the threshold; by quarter for platforms"
        pool = Pool()
        Parameter = pool.get('coop.parameter')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            year = date.year
            Parameter.create([{
                        'key': 'das2_threshold', 'value': D(1000),
                        'date': dt.date(2020, 1, 1), 'source': "BOFiP"}])
            category = coop.category(company)
            # What counts is the threshold of the year
            Parameter.create([{
                        'key': 'das2_threshold', 'value': D(1),
                        'date': dt.date(year + 1, 1, 1), 'source': "None"}])
            paid, little, unpaid, tax = factories_out.workers(
                company, 4, 'debits', category=category)
            level, = factories_out.workers(
                company, 1, 'franchise', category=coop.category(company, 'F'))
            level.party.name = "Level"
            level.party.save()
            paid.birth_date = dt.date(1980, 5, 17)
            paid.save()
            pool.get('party.identifier').create([{
                        'party': paid.party.id, 'type': 'fr_nif',
                        'code': '3023217600053'}])
            for member, amount in [
                    (paid, 1000), (little, 500), (unpaid, 3000), (tax, 900),
                    (level, 1000)]:
                bill, = factories_out.billed(
                    company, [(member, amount)],
                    costs=[("Train", 50)] if member == paid else ())
                if member != unpaid:
                    factories_out.pay_out(bill)
            rows = self.sheet('coop.settlement.das2', company, year)
            found = [r for r in rows if paid.party.name in r]
            self.assertEqual(
                [tuple(r)[3:7] for r in found], [(1200, 0, 60, 1260)])
            # It is the tax that takes 900 above the threshold
            found, = [r for r in rows if tax.party.name in r]
            self.assertEqual(tuple(found)[3:7], (1080, 0, 0, 1080))
            for member in [little, unpaid, level]:
                self.assertFalse(
                    [r for r in rows if member.party.name in r])
            self.assertFalse([
                    r for r in self.sheet(
                        'coop.settlement.das2', company, year - 1)
                    if paid.party.name in r])
            rows = self.sheet('coop.settlement.dac7', company, year)
            row, = [r for r in rows if paid.party.name in r]
            quarter = (date.month + 2) // 3
            # 10 % of a price of 1,111.11 was kept
            self.assertEqual(
                (row[1], row[3], row[4].date(), *row[6:11]),
                ('30 23 217 600 053', paid.party.name, dt.date(1980, 5, 17),
                    paid.party.bank_accounts_used[0].iban, quarter, 1, 1260,
                    111.11))
            self.assertTrue([r for r in rows if little.party.name in r])

    @with_transaction()
    def test_declared_credit(self):
        "What a credit note gives back is told by kind, below zero"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        company = factories_out.cooperative()
        with set_company(company):
            date = today(company.id)
            member, = factories_out.workers(
                company, 1, corrections='cooperative')
            bill, = factories_out.billed(company, [(member, 600)])
            line, = bill.lines
            credit = Bill.take_back(bill, {line: D(0)}, date, "Wrong")
            Line.create([{
                        'settlement': line.settlement.id, 'date': date,
                        'company': company.id, 'kind': 'referral',
                        'member': member.id, 'amount': D(-300),
                        'bill': credit.id}])
            self.assertEqual({
                    p.kind: p.amount
                    for p in again(credit)._declared(date, D('-100.01'))},
                {'work': D('-66.67'), 'referral': D('-33.34')})

    @with_transaction()
    def test_year_end(self):
        "4081 and 4181 with their VAT at the year end, gone on day 1"
        pool = Pool()
        YearEnd = pool.get('coop.settlement.year_end')
        Bill = pool.get('coop.bill')
        company = factories_out.cooperative()
        with set_company(company):
            category = coop.category(company)
            members = factories_out.workers(
                company, 2, 'debits', category=category)
            client = factories.client("Bakery")
            end = dt.date(2022, 12, 31)
            # Accepted and billed to day: after the end of 2022
            factories_out.billed(
                company, [(members[0], 900)], client_=client)
            done, = factories_out.billed(
                company, [(members[1], 500)], state='proposed',
                client_=client)
            Bill.write([done], {'date': dt.date(2022, 6, 30)})
            done.invoice.invoice_date = dt.date(2022, 6, 30)
            done.invoice.save()
            Bill.accept([again(done)])
            pool.get('coop.settlement').invoice(
                [done.lines[0].settlement], dt.date(2022, 6, 30))
            year_end, = YearEnd.create([{
                        'company': company.id, 'date': end}])
            YearEnd.compute([year_end])
            year_end = again(year_end)
            self.assertEqual(
                [(l.kind, l.party.name, l.amount, l.tax_amount)
                    for l in year_end.lines],
                [('bill', "Member 1", 900, 180),
                    ('invoice', "Bakery", 1000, 200)])
            Report = pool.get('coop.settlement.year_end.list', type='report')
            extension, content, _, _ = Report.execute([year_end.id], {})
            text = factories_out.text(content)
            for word in ["Member", "Bakery", "1,080.00", "signature"]:
                if word != "1,080.00":
                    self.assertIn(word, text)
            YearEnd.post([year_end])
            year_end = again(year_end)
            self.assertEqual(
                sorted(m.date for m in year_end.moves), [end, end])
            self.assertEqual(entry(*year_end.moves), {
                    ('611', None): 900, ('44586', None): 180,
                    ('4081', "Member 1"): -1080,
                    ('4181', "Bakery"): 1200, ('706', None): -1000,
                    ('44587', None): -200})
            back = pool.get('account.move').search([
                    ('origin', 'in', [str(m) for m in year_end.moves])])
            self.assertEqual(
                {m.date for m in back}, {dt.date(2023, 1, 1)})
            self.assertFalse(entry(*year_end.moves, *back))
            for code in ['4081', '4181', '44586', '44587']:
                self.assertEqual(factories.balance(company, code), 0)

    @with_transaction()
    def test_year_end_deposit(self):
        "What was invoiced as a deposit is not to be invoiced, nor its VAT"
        pool = Pool()
        Mission = pool.get('coop.mission')
        YearEnd = pool.get('coop.settlement.year_end')
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company, deposit=D('.4'))
            mission = factories.quoted(company, 450)
            date = today(company.id)
            Mission.invoice_deposits([mission], date)
            member = mission.members[0].member
            factories.vat(member, 'franchise')
            factories.business(member)
            factories_out.mandate(member)
            Mission.start([again(mission)])
            factories.report(again(mission), member, date)
            factories.accept(mission)
            year_end, = YearEnd.create([{
                        'company': company.id,
                        'date': dt.date(date.year, 12, 31)}])
            YearEnd.compute([year_end])
            rows = {l.kind: (l.amount, l.tax_amount)
                for l in again(year_end).lines}
            self.assertEqual(rows, {
                    'bill': (450, 0),
                    'invoice': (500, 100),
                    'deposit': (-200, -40)})
            YearEnd.post([again(year_end)])
            found = entry(*again(year_end).moves)
            client = mission.client.name
            self.assertEqual(found['44587', None], -60)
            self.assertEqual(found['4181', client], 360)
            self.assertEqual(found['4191', client], 200)
            self.assertEqual(found['706', None], -500)

    @with_transaction()
    def test_year_end_contributions(self):
        "Contributions that members are not invoiced yet are accrued"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        YearEnd = pool.get('coop.settlement.year_end')
        company = factories_out.cooperative()
        with set_company(company):
            factories.rate(company, mode='invoice')
            members = factories_out.workers(company, 2, 'franchise')
            for member in members:
                factories_out.billed(company, [(member, 900)])
            # That of one was invoiced in the year
            Line.invoice_contributions(Line.search([
                        ('member', '=', members[1].id),
                        ('contribution', '!=', 0)]), factories.DATE)
            year_end, = YearEnd.create([{
                        'company': company.id,
                        'date': dt.date(2022, 12, 31)}])
            YearEnd.compute([year_end])
            rows = [
                (l.party.name, l.amount, l.tax_amount)
                for l in again(year_end).lines if l.kind == 'contribution']
            self.assertEqual(rows, [("Member 1", 100, 20)])
            YearEnd.post([again(year_end)])
            found = entry(*again(year_end).moves)
            self.assertEqual(found['7061', None], -100)
            self.assertEqual(found['4181', "Member 1"], 120)
