# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member import capital
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction
from trytond.transaction import Transaction

from . import EXTRAS, factories, fec
from .factories import pay

D = Decimal
WITH_PARTY = {'45625', '4563', '4567', '4111', '4011'}


def adjustment(fiscalyear):
    Period = Pool().get('account.period')
    return Period.create([{
                'name': f"{fiscalyear.name} closing", 'type': 'adjustment',
                'start_date': fiscalyear.end_date,
                'end_date': fiscalyear.end_date,
                'fiscalyear': fiscalyear.id}])[0]


def trial_balance(company, fiscalyear):
    "Return {account code: (balance at the start, debit, credit)}"
    Ledger = Pool().get('account.general_ledger.account')
    with Transaction().set_context(
            company=company.id, fiscalyear=fiscalyear.id, posted=True):
        return {
            ledger.account.code:
            (ledger.start_balance, ledger.debit, ledger.credit)
            for ledger in Ledger.search([('company', '=', company.id)])
            if ledger.start_balance or ledger.debit or ledger.credit}


class FECTestCase(RouteTestCase):
    "Test the FEC of two successive years with movements of the capital"
    module = 'coop_account_fr'
    extras = EXTRAS

    def first_year(self, company):
        "Return the class, the members and a retention after a first year"
        Movement = Pool().get('coop.share.movement')
        Party = Pool().get('party.party')
        share_class = coop.share_class(
            company, nominal=D(100), called_fraction=D('.5'))
        members = one, two, three, maker = coop.members(company, 4)
        coop.subscriptions([one], share_class, 4, dt.date(2021, 2, 1))
        pay(one, D(150), dt.date(2021, 2, 10))
        coop.subscribe(two, share_class, 2, dt.date(2021, 3, 1))
        pay(two, D(200), dt.date(2021, 3, 5))
        wrong = coop.subscribe(three, share_class, 9, dt.date(2021, 4, 1))
        Movement.reverse([wrong], "wrong member")
        factories.receive(three, 60, dt.date(2021, 5, 2), '4563')
        factories.in_kind(
            maker, share_class, 3, dt.date(2021, 7, 1), '2183')
        retention = factories.retention(one, dt.date(2021, 9, 1))
        self.withhold(retention, D(300), dt.date(2021, 9, 10))
        factories.leave(two, share_class, 1, 90, dt.date(2021, 12, 31))
        customer, = Party.create([{'name': "Customer"}])
        factories.post(company, dt.date(2021, 6, 1),
            ('4111', 500, customer), ('7011', -500), journal='REV',
            description="Invoice 1")
        return share_class, members, retention

    def withhold(self, retention, owed, date):
        "Withhold a tenth of what is owed"
        member = retention.member
        line = factories.owe(member, owed, date)
        self.assertEqual(
            retention.withhold(
                member.party, member.company, owed, date, line), owed / 10)

    def close(self, company, fiscalyear, period):
        pool = Pool()
        Balance = pool.get(
            'account.fiscalyear.balance_non_deferral', type='wizard')
        Journal = pool.get('account.journal')
        Move = pool.get('account.move')
        session_id, _, _ = Balance.create()
        wizard = Balance(session_id)
        wizard.start.fiscalyear = fiscalyear
        wizard.start.journal, = (
            Journal.search([('code', '=', 'CLO')])
            or Journal.create([{
                        'name': "Closing", 'code': 'CLO',
                        'type': 'situation'}]))
        wizard.start.period = period
        wizard.start.credit_account = factories.account(company, '120')
        wizard.start.debit_account = factories.account(company, '129')
        Move.post([wizard.create_move()])
        fiscalyear.close([fiscalyear])
        fiscalyear.lock_([fiscalyear])

    def second_year(self, share_class, members, retention):
        Movement = Pool().get('coop.share.movement')
        company = share_class.company
        one, two, three, maker = members
        # Decided in the year that is closed: in the books on the first day
        late = coop.subscribe(three, share_class, 1, dt.date(2021, 12, 15))
        self.assertEqual(late.accounting_date, dt.date(2022, 1, 1))
        # With what was gathered in the first year it pays what is called
        self.withhold(retention, D(200), dt.date(2022, 1, 20))
        retention.end([retention])
        factories.post(company, dt.date(2022, 2, 1),
            ('4567', 90, two.party), ('5121', -90))
        factories.record(Movement.build(
                two, share_class, 'repayment', dt.date(2022, 2, 1),
                capital.Deltas(claim=D(-90))))
        call, = factories.call(share_class, dt.date(2022, 3, 1), D(50))
        self.assertEqual((call.member, call.called), (one, D(200)))
        pay(one, D(100), dt.date(2022, 3, 20))
        factories.transfer(one, two, share_class, 1, dt.date(2022, 4, 1))
        factories.record(Movement.build(
                maker, share_class, 'reduction', dt.date(2022, 6, 30),
                capital.reduction(
                    Movement.position(maker, share_class), D(30))))
        self.assertEqual(Movement.positions(company), {
                (m.id, share_class.id): capital.Deltas(q, *map(D, amounts))
                for m, q, *amounts in [
                    (one, 3, 300, 300, 225), (two, 2, 200, 200, 175),
                    (three, 1, 100, 100, 60), (maker, 3, 270, 270, 270)]})

    def assertSound(self, rows, fiscalyear):
        self.assertEqual(
            fec.faults(rows, fiscalyear.start_date, fiscalyear.end_date), [])
        for row in rows:
            with_party = row['CompteNum'] in WITH_PARTY
            self.assertEqual(bool(row['CompAuxNum']), with_party, row)

    def assertReadable(self, rows, names):
        "The entries of the register say what they are and whose"
        rows = [row for row in rows if row['JournalCode'] == 'CAP']
        self.assertTrue(rows)
        for row in rows:
            for name in ['PieceRef', 'EcritureLib']:
                self.assertRegex(row[name], r'[A-Z][a-z]+')
                self.assertTrue(any(n in row[name] for n in names), row)
                self.assertNotIn('coop.share.movement', row[name])

    @with_transaction()
    def test_two_years(self):
        pool = Pool()
        FiscalYear = pool.get('account.fiscalyear')
        Movement = pool.get('coop.share.movement')
        # Closing locks: first, as a lock restarts the transaction
        for name in ['fiscalyear', 'period', 'journal.period', 'move']:
            pool.get(f'account.{name}').lock()
        company = factories.french_cooperative(
            years=(2021, 2022), also=['611', '7011', '2183'])
        with set_company(company):
            pool.get('party.identifier').create([{
                        'party': company.party.id, 'type': 'fr_siren',
                        'code': '820043784'}])
            first, second = FiscalYear.search(
                [('company', '=', company.id)],
                order=[('start_date', 'ASC')])
            periods = adjustment(first), adjustment(second)
            share_class, members, retention = self.first_year(company)
            names = [m.party.name for m in members]
            before = trial_balance(company, first)
            self.close(company, first, periods[0])

            content, name = factories.fec(first, periods[0])
            self.assertEqual(name, '820043784FEC20211231.csv')
            rows = fec.read(content)
            self.assertSound(rows, first)
            self.assertReadable(rows, names)
            self.assertFalse([r for r in rows if r.opening])
            with coop.as_user(coop.user('odile', 'auditor', company=company)):
                audited, _ = factories.fec(first, periods[0])
                self.assertEqual(audited, content)
            with coop.as_user(coop.user('ann', 'member', member=members[0])):
                with self.assertRaises(AccessError):
                    factories.fec(first, periods[0])
            self.assertEqual(fec.totals(rows), {
                    code: (debit, credit)
                    for code, (_, debit, credit) in before.items()})

            self.second_year(share_class, members, retention)
            trial = trial_balance(company, second)
            _, name = factories.fec(second, periods[1])
            self.assertIsNone(name)
            self.close(company, second, periods[1])
            content, name = factories.fec(second, periods[1])
            self.assertEqual(name, '820043784FEC20221231.csv')
            rows = fec.read(content)
            self.assertSound(rows, second)
            self.assertReadable(rows, names)
            for kind in ['Subscription', 'Call', 'Payment', 'Transfer out',
                    'Reduction by Losses']:
                self.assertTrue(any(kind in r['PieceRef'] for r in rows), kind)
            opening = [r for r in rows if r.opening]
            self.assertEqual(
                {code: debit - credit for code, (debit, credit)
                    in fec.totals(opening).items()},
                {code: start for code, (start, _, _) in trial.items()
                    if start})
            self.assertEqual(
                fec.totals([r for r in rows if not r.opening]),
                {code: (debit, credit)
                    for code, (_, debit, credit) in trial.items()
                    if debit or credit})
            # What each member owes and is owed opens under the member's name
            self.assertEqual(
                sorted((r['CompteNum'], r['CompAuxLib'], r.balance)
                    for r in opening if r['CompteNum'] in WITH_PARTY
                    and r['CompteNum'] != '4111'), [
                    ('4011', names[0], D(-270)),
                    ('45625', names[0], D(50)),
                    ('4563', names[0], D(-30)),
                    ('4563', names[2], D(-60)),
                    ('4567', names[1], D(-90)),
                    ])
            self.assertEqual(
                Movement.verify_register(company, dt.date(2022, 12, 31)), [])


class CheckTestCase(TestCase):
    "Test that the checks see what the administration's program does not"
    start, end = dt.date(2021, 1, 1), dt.date(2021, 12, 31)

    def setUp(self):
        self.rows = [
            fec.Row(zip(fec.HEADER, [
                        'CAP', "Capital", str(number), '20210301', code,
                        "Account", '', '', "Piece", '20210301', "Text", debit,
                        credit, '', '', '20210302', '', '']))
            for number in range(1, 4)
            for code, debit, credit in [
                ('5121', '10,00', '0,00'), ('4567', '0,00', '10,00')]]

    def faults(self):
        return fec.faults(self.rows, self.start, self.end)

    def test_sound(self):
        self.assertEqual(self.faults(), [])

    def test_each_fault(self):
        for index, column, value, fault in [
                (0, 'Debit', '10,01', "does not balance"),
                (0, 'Credit', '10,00', "not one amount"),
                (0, 'Debit', '10.00', "form 0,00"),
                (0, 'EcritureDate', '2021-03-01', "AAAAMMJJ"),
                (0, 'EcritureDate', '20210231', "AAAAMMJJ"),
                (0, 'EcritureDate', '20220301', "out of the year"),
                (0, 'CompteNum', 'x', "three digits"),
                (0, 'PieceRef', '', "empty"),
                (0, 'CompAuxNum', '7', "without CompAuxLib"),
                (2, 'EcritureNum', '1', "no order|does not balance"),
                (4, 'ValidDate', '20210301', "order of their validation"),
                (4, 'JournalCode', 'OUV', "opening lines"),
                ]:
            self.setUp()
            self.rows[index][column] = value
            with self.subTest(column=column, value=value):
                self.assertRegex(' '.join(self.faults()), fault)

    def test_gap(self):
        del self.rows[2:4]
        self.assertRegex(' '.join(self.faults()), "gap")


del RouteTestCase
