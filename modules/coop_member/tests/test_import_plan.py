# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ..capital import Deltas
from ..importer import balance, plan, reading
from ..importer.problem import Holder, ShareClass
from .importing import (
    ANN, BOB, IBAN, MEMBERS, MOVEMENTS, OTHER_IBAN, OTHER_SIREN, PATIENT,
    SIREN, SIRET, SUB, found, known, make, member, movement)


class PlanTestCase(unittest.TestCase):
    "Test the check of whole files"

    def test_members_refused(self):
        "Each thing wrong with a member, named with its line"
        holder = Holder(
            '9', 'Zoe', memberships=[(dt.date(2020, 1, 1), None)])
        database = known(
            members={'9': holder}, numbers={'99'}, mandates={'RUM9'},
            parties={'P9'},
            owners={('fr_siren', SIREN): ('P8', 'Owner')},
            ibans={IBAN: 'Owner'},
            valid_email=lambda e: not e.endswith('.invalid'),
            valid_phone=lambda p, c: p != '123')
        long = 'M' * 36
        mandate = {'iban': OTHER_IBAN, 'mandate_date': '01/02/2020'}
        for key, lines in [
                ('empty_cell', [member(name='')]),
                ('category_unknown', [member(category='X')]),
                ('country_unknown', [member(country='XX')]),
                ('country', [member(country='Nowhere')]),
                ('date_impossible', [member(birth_date='30/02/1980')]),
                ('date_impossible', [member(birth_date='01/01/1800')]),
                ('under_age', [member(birth_date='01/01/2010')]),
                ('representative_missing', [member(legal_person='oui')]),
                ('boolean', [member(legal_person='maybe')]),
                ('future', [member(admission_date='01/01/2030')]),
                ('departure_date_before', [
                        member(departure_date='01/01/2019')]),
                ('admission_missing', [
                        member(admission_date='',
                            departure_date='01/01/2021')]),
                ('email', [member(email='ann')]),
                ('email', [member(email='ann@x.invalid')]),
                ('phone', [member(phone='123')]),
                ('siren', [member(siren='123456789')]),
                ('siret', [member(siret='123')]),
                ('siret_siren', [
                        member(siren='443061841', siret=SIRET)]),
                ('identifier_known', [member(siren=SIREN)]),
                ('iban', [member(iban='FR76123')]),
                ('iban_known', [member(iban=IBAN)]),
                ('mandate_incomplete', [member(mandate='RUM1')]),
                ('mandate_incomplete', [
                        member(mandate_presented='01/02/2020')]),
                ('mandate_presented_before', [
                        member(mandate='RUM1', **mandate,
                            mandate_presented='31/01/2020')]),
                ('mandate_known', [member(mandate='RUM9', **mandate)]),
                ('mandate_long', [member(mandate=long, **mandate)]),
                ('member_differs', [member('9')]),
                ('member_unknown', [member(referrer='77')]),
                ('cells', [member().strip() + ';x\n']),
                ('double', [member(siren=OTHER_SIREN),
                        member('2', siren=OTHER_SIREN)]),
                ('double', [member(), member()]),
                ('number_alike', [member('1-2'), member('12')]),
                ('number_alike', [member('9-9')]),
                ('referrer_round', [
                        member(referrer='2'), member('2', referrer='1')]),
                ]:
            with self.subTest(key=key, lines=lines):
                plan_ = make(MEMBERS + ''.join(lines), known_=database)
                self.assertIn(
                    ('members', 1 + len(lines), key), found(plan_))
                self.assertEqual(
                    {(t, k) for t, _, k in found(plan_)}, {('members', key)})
                self.assertEqual(plan_.members, [])
                self.assertEqual(len(plan_.bad), len(lines))

    def test_movements_refused(self):
        "Each thing wrong with a movement, named with its line"
        database = known(opening_before=dt.date(2019, 1, 1))
        people = MEMBERS + member() + member(
            '2', departure_date='31/12/2021') + member(
            '3', legal_person='oui', representative='Zoe')
        for key, lines in [
                ('empty_cell', [movement('payment', date='', amount=1)]),
                ('date_impossible', [
                        movement('payment', date='30/02/2021', amount=1)]),
                ('kind', [movement('gift', shares=1)]),
                ('needed', [movement('subscription')]),
                ('needed', [SUB, movement('payment')]),
                ('needed', [SUB, movement('transfer', shares=1)]),
                ('negative', [movement('subscription', shares=-1)]),
                ('zero', [movement('subscription', shares=0)]),
                ('integer', [movement('subscription', shares='1,5')]),
                ('digits', [movement('payment', amount='10,1234')]),
                ('class_unknown', [
                        movement('subscription', shares=1, class_='X')]),
                ('class_missing', [
                        movement('subscription', shares=1, class_='')]),
                ('class_same', [SUB,
                        movement('conversion', shares=1, to_class='A')]),
                ('counterpart_same', [SUB,
                        movement('transfer', shares=1, counterpart='1')]),
                ('member_unknown', [
                        movement('subscription', '7', shares=1)]),
                ('future', [
                        movement('subscription', shares=1,
                            date='01/01/2030')]),
                ('opening', [movement('opening', shares=1)]),
                ('before_admission', [
                        movement('subscription', shares=1,
                            date='31/01/2020')]),
                ('after_departure', [
                        movement('subscription', '2', shares=1,
                            date='01/01/2022')]),
                ('holder_legal', [
                        movement('subscription', shares=1, class_='L')]),
                ('nominal_missing', [
                        movement('subscription', shares=1)]),
                ('nominal_differs', [
                        movement('subscription', shares=1, nominal=25)]),
                ('amount_differs', [
                        movement('subscription', shares=10, amount=250)]),
                ('called_over', [
                        movement('subscription', shares=1, called=25)]),
                ('held', [SUB, movement('cancellation', shares=11)]),
                ('owed_over', [
                        SUB, movement('cancellation', shares=10, amount=1)]),
                ('reduction_over', [SUB, movement('reduction', amount=241)]),
                ('conversion', [
                        SUB,
                        movement('conversion', shares=1, to_class='B')]),
                ('transfer_alone', [
                        SUB, movement('transfer_in', '3', shares=1,
                            counterpart='1')]),
                ('history_called', [SUB, movement('payment', amount=241)]),
                ('history_subscribed', [SUB, movement('call', amount=1)]),
                ('history_claim', [SUB, movement('repayment', amount=1)]),
                ('history_called', [
                        movement('payment', date='29/02/2020', amount=1),
                        movement('subscription', shares=1)]),
                ('double', [
                        movement('subscription', shares=1, reference='r'),
                        movement('subscription', shares=1, reference='r')]),
                ]:
            state = database
            if key == 'nominal_missing':
                state = known(classes={
                        'A': ShareClass('A', ((dt.date(2022, 1, 1), 24),))})
            with self.subTest(key=key, lines=lines):
                plan_ = make(people, MOVEMENTS + ''.join(lines), state)
                line = 2 if 'date' not in key and len(lines) == 1 else (
                    1 + len(lines))
                if key == 'history_called' and '29/02' in lines[0]:
                    line = 2
                self.assertEqual(found(plan_), [('movements', line, key)])

    def test_columns(self):
        "Missing and double columns are named, and hinder"
        plan_ = make('number;name;nom;colour\n1;a;b;red\n')
        self.assertEqual(
            {(p.key, p.column) for p in plan_.problems}, {
                ('column_missing', 'category'),
                ('column_missing', 'admission_date'),
                ('column_twice', 'nom')})
        self.assertEqual(
            [(p.key, p.column) for p in plan_.warnings],
            [('column_unknown', 'colour')])

    def test_negative_in_between(self):
        "A holding that is negative for one day only is found"
        plan_ = make(MEMBERS + ANN + BOB, MOVEMENTS
            + movement('subscription', shares=10)
            + movement('transfer', date='05/03/2020', shares=10,
                counterpart='2')
            + movement('transfer', '2', date='10/03/2020', shares=10,
                counterpart='1')
            + movement('cancellation', '2', date='08/03/2020', shares=1))
        self.assertIn(('movements', 4, 'held'), found(plan_))

    def test_negative_with_the_database(self):
        "A row before those of the database must leave them sound"
        database = known(
            members={'1': Holder('1', 'Name 1',
                    memberships=[(dt.date(2020, 1, 1), None)])},
            histories={('1', 'A'): [
                    (dt.date(2020, 2, 1), Deltas(5, *[Decimal(120)] * 3)),
                    (dt.date(2020, 4, 1), -Deltas(5, *[Decimal(120)] * 3)),
                    ]})
        plan_ = make(None, MOVEMENTS + movement(
                'cancellation', shares=1), database)
        self.assertEqual(
            found(plan_), [('movements', 2, 'history_quantity')])

    def test_amounts(self):
        "What each kind does to the five columns"
        operations = make(MEMBERS + ANN + BOB, MOVEMENTS
            + movement('subscription', shares=10, called=60)
            + movement('call', date='02/03/2020', amount=60)
            + movement('payment', date='03/03/2020', amount=90)
            + movement('transfer', date='04/03/2020', shares=5,
                counterpart='2')
            + movement('cancellation', date='05/03/2020', shares=-5)
            + movement('repayment', date='06/03/2020', amount='45,00')
            + movement('conversion', '2', date='07/03/2020', shares=2,
                to_class='B')
            + movement('reduction', '2', date='08/03/2020', amount=6),
            ).operations
        self.assertEqual([
                [(e.member, e.share_class, e.kind, tuple(e.deltas))
                    for e in o.entries] for o in operations], [
                [('1', 'A', 'subscription', (10, 240, 60, 0, 0))],
                [('1', 'A', 'call', (0, 0, 60, 0, 0))],
                [('1', 'A', 'payment', (0, 0, 0, 90, 0))],
                [('1', 'A', 'transfer_out', (-5, -120, -60, -45, 0)),
                    ('2', 'A', 'transfer_in', (5, 120, 60, 45, 0))],
                [('1', 'A', 'cancellation', (-5, -120, -60, -45, 45))],
                [('1', 'A', 'repayment', (0, 0, 0, 0, -45))],
                [('2', 'A', 'conversion', (-2, -48, -24, -18, 0)),
                    ('2', 'B', 'conversion', (3, 48, 24, 18, 0))],
                [('2', 'A', 'reduction', (0, -6, -6, -6, 0))],
                ])

    def test_called_fraction(self):
        "The class calls its fraction, unless the row pays the whole"
        operations = make(MEMBERS + ANN, MOVEMENTS
            + movement('subscription', shares=10, class_='Q')
            + movement('subscription', shares=10, class_='Q',
                fully_paid='oui')).operations
        self.assertEqual([tuple(o.entries[0].deltas) for o in operations], [
                (10, 240, 60, 0, 0), (10, 240, 240, 0, 0),
                (0, 0, 0, 240, 0)])

    def test_opening(self):
        "An opening is paid unless it says otherwise"
        database = known(opening_before=dt.date(2021, 1, 1))
        operations = make(MEMBERS + ANN, MOVEMENTS
            + movement('opening', shares=10)
            + movement('opening', shares=10, called=100, paid_up=20)
            + movement('opening', claim=50), database).operations
        self.assertEqual([tuple(o.entries[0].deltas) for o in operations], [
                (10, 240, 240, 240, 0), (10, 240, 100, 20, 0),
                (0, 0, 0, 0, 50)])

    def test_transfer_pairs(self):
        "The two rows of a transfer are one operation"
        plan_ = make(MEMBERS + ANN + BOB, MOVEMENTS + SUB
            + movement('transfer_in', '2', shares=4, counterpart='1')
            + movement('transfer_out', '1', shares=4, counterpart='2'))
        self.assertEqual(plan_.problems, [])
        self.assertEqual(
            [len(o.entries) for o in plan_.operations], [1, 2])

    def test_skip_bad(self):
        "A member with a bad movement is left out whole, with its partners"
        plan_ = make(MEMBERS + ''.join(
                member(str(i)) for i in range(1, 6)), MOVEMENTS
            + movement('subscription', '1', shares=10)
            + movement('payment', '1', amount=999)
            + movement('transfer', '1', date='01/04/2020', shares=1,
                counterpart='2')
            + movement('subscription', '3', shares=1)
            + movement('transfer', '2', date='01/05/2020', shares=1,
                counterpart='4')
            + movement('subscription', '5', shares=1))
        self.assertEqual([r.number for r, _ in plan_.members], ['3', '5'])
        self.assertEqual(
            [o.entries[0].member for o in plan_.operations], ['3', '5'])
        self.assertEqual(
            sorted((s.sheet, r.line) for s, r, _ in plan_.bad), [
                ('members', 2), ('members', 3), ('members', 5),
                ('movements', 2), ('movements', 3), ('movements', 4),
                ('movements', 6)])

    def test_memberships(self):
        "Who left and came back subscribes and leaves again"
        database = known(members={'1': Holder('1', 'Name 1', memberships=[
                        (dt.date(2020, 1, 1), dt.date(2020, 12, 31)),
                        (dt.date(2022, 1, 1), None)])})
        first = movement('subscription', date='01/02/2020', shares=1)
        again = movement('subscription', date='01/02/2022', shares=2)
        for dates, departures in [
                ([], []),
                (['31/12/2020'], []),
                (['31/12/2022'], [('1', dt.date(2022, 12, 31))]),
                (['31/12/2020', '31/12/2022'],
                    [('1', dt.date(2022, 12, 31))]),
                ]:
            with self.subTest(dates=dates):
                plan_ = make(None, MOVEMENTS + first + again + ''.join(
                        movement('exit', date=date) for date in dates),
                    database)
                self.assertEqual(plan_.problems, [])
                self.assertEqual(plan_.departures, departures)
        for date, key in [
                ('31/12/2019', 'before_admission'),
                ('01/06/2021', 'after_departure')]:
            plan_ = make(None, MOVEMENTS + movement(
                    'subscription', date=date, shares=1), database)
            self.assertEqual(found(plan_), [('movements', 2, key)])

    def test_known_references(self):
        "Rows that the register has are left out, others must not differ"
        database = known(
            members={'1': Holder('1', 'Name 1',
                    memberships=[(dt.date(2020, 2, 1), None)])},
            histories={('1', 'A'): [
                    (dt.date(2020, 3, 1), Deltas(10, *[Decimal(240)] * 2))]},
            references={'r1': {
                    'member': '1', 'share_class': 'A', 'quantity': 10,
                    'kind': 'subscription', 'date': dt.date(2020, 3, 1),
                    'subscribed': Decimal(240)}})
        row = {'shares': 10, 'reference': 'r1'}
        plan_ = make(MEMBERS + member(), MOVEMENTS
            + movement('subscription', **row), database)
        self.assertEqual(
            (plan_.problems, plan_.members, plan_.operations), ([], [], []))
        plan_ = make(MEMBERS + member(), MOVEMENTS
            + movement('subscription', **(row | {'shares': 11})), database)
        self.assertEqual(
            found(plan_), [('movements', 2, 'reference_differs')])

    def test_lives(self):
        "The events of a member follow from the dates of its row"
        plan_ = make(
            'number;name;category;application;admission date;notice;'
            'departure\n'
            '1;Ann;W;2020-01-01;2020-02-01;;\n'
            '2;Bob;D;;2020-02-01;2020-05-01;2020-06-30\n'
            '3;Cid;W;2020-01-01;;;\n',
            MOVEMENTS + SUB
            + movement('payment', date='05/03/2020', amount=24))
        self.assertEqual(plan_.problems, [])
        self.assertEqual([
                [(k, d.isoformat()) for k, d in events]
                for _, events in plan_.members], [
                [('application', '2020-01-01'), ('admission', '2020-02-01'),
                    ('activation', '2020-03-05')],
                [('application', '2020-02-01'), ('admission', '2020-02-01'),
                    ('activation', '2020-02-01'), ('notice', '2020-05-01'),
                    ('departure', '2020-06-30')],
                [('application', '2020-01-01')]])

    def test_referrers_first(self):
        plan_ = make(MEMBERS + member('1', referrer='2')
            + member('2', referrer='3') + member('3'))
        self.assertEqual(
            [r.number for r, _ in plan_.members], ['3', '2', '1'])

    @PATIENT
    @given(st.lists(st.tuples(
                st.integers(1, 6), st.integers(1, 6), st.integers(1, 3)),
            max_size=40))
    def test_slices(self, transfers):
        "Cut anywhere, no history is unsound at the end of a slice"
        lines = [
            movement('subscription', str(i), shares=30, fully_paid='oui')
            for i in range(1, 7)]
        lines += [
            movement('transfer', str(a), date=f'{d:02}/04/2020', shares=3,
                counterpart=str(b))
            for a, b, d in transfers if a != b]
        plan_ = make(MEMBERS + ''.join(
                member(str(i)) for i in range(1, 7)),
            MOVEMENTS + ''.join(lines))
        held = dict.fromkeys('123456', 0)
        size, plan.ROW_SLICE = plan.ROW_SLICE, 1
        try:
            slices = plan_.movement_slices()
        finally:
            plan.ROW_SLICE = size
        self.assertEqual(
            sum(len(s) for s in slices), len(plan_.operations))
        days = {}
        for number, slice_ in enumerate(slices):
            for operation in slice_:
                for entry in operation.entries:
                    held[entry.member] += entry.deltas.quantity
                    key = entry.member, operation.date
                    self.assertEqual(days.setdefault(key, number), number)
            self.assertTrue(all(q >= 0 for q in held.values()))


class BalanceTestCase(unittest.TestCase):
    "Test the trial balance"

    def check(self, text):
        books = balance.Books(
            accounts={a.code: a for a in [
                    balance.Account('512'), balance.Account('10131'),
                    balance.Account('1012'), balance.Account('101', False),
                    balance.Account('411', True, True),
                    balance.Account('45625', True, True)]},
            parties=frozenset(['P1', 'P2']),
            members={'1': 'P1', '2': 'P2'},
            capital={
                ('10131', None): Decimal(-240), ('1012', None): Decimal(-50),
                ('45625', 'P1'): Decimal(20), ('45625', 'P2'): Decimal(30)})
        return balance.check(reading.read_csv(
                'balance.csv', ('account;party;member;debit;credit\n'
                    + text).encode()), books)

    def test_spread(self):
        "What is owed is spread over the members by the register"
        balances, problems = self.check(
            '512;;;200;\n411;P2;;40;\n10131;;;;240\n1012;;;;50\n45625;;;50;\n')
        self.assertEqual(problems, [])
        self.assertEqual(balances, {
                ('512', None): 200, ('411', 'P2'): 40,
                ('10131', None): -240, ('1012', None): -50,
                ('45625', 'P1'): 20, ('45625', 'P2'): 30})

    def test_refused(self):
        good = '10131;;;;240\n1012;;;;50\n45625;;;50;\n'
        for keys, text in [
                (['unbalanced'], good + '512;;;241;\n'),
                (['account_unknown'], good + '512;;;240;\n999;;;;\n'),
                (['account_closed'], good + '512;;;240;\n101;;;;\n'),
                (['party_needed'], good + '411;;;240;\n'),
                (['party_unknown'], good + '411;P9;;240;\n'),
                (['member_unknown'], good + '411;;9;240;\n'),
                (['digits'], good + '512;;;240,0001;\n512;;;;0,0001\n'),
                (['number'], good + '512;;;x;\n512;;;240;\n'),
                (['capital_differs'],
                    '512;;;250;\n10131;;;;250\n1012;;;;50\n45625;;;50;\n'),
                (['capital_differs'] * 2,
                    '512;;;240;\n10131;;;;240\n1012;;;;50\n'
                    '45625;;1;30;\n45625;P2;;20;\n'),
                ]:
            with self.subTest(keys=keys, text=text):
                _, problems = self.check(text)
                found = sorted({(p.line, p.key) for p in problems}, key=str)
                self.assertEqual(
                    sorted({k for _, k in found}), sorted(set(keys)))
                self.assertEqual(
                    len([p for p in problems if p.key == keys[0]]),
                    2 if keys == ['digits'] else len(keys))
