# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..forecast import Rules, forecast
from . import factories
from .test_repayment import parameter
from .test_withdrawal import PAID, depart, withdrawals

D = Decimal


def round_(amount):
    return amount.quantize(D('0.01'))


class ForecastTestCase(unittest.TestCase):
    "Test how much cash the capital will ask for"

    def test_example(self):
        "200 leave above the floor, one quarter late; what is owed comes too"
        rules = Rules(D(700), D('0.25'), 1, D(0), D(0))
        quarters = forecast(
            3, D(1000), D(1000), D(400), {0: D(50)}, rules, round_)
        self.assertEqual(
            [(q.cash, q.capital, q.distance, q.waiting, q.owed)
                for q in quarters], [
                (D(50), D(700), D(0), D(100), D(300)),
                (D(300), D(700), D(0), D(100), D(0)),
                (D(0), D(700), D(0), D(100), D(0))])

    def test_exits(self):
        "A fifth leaves in a year, new capital comes in"
        rules = Rules(D(0), D('0.25'), 8, D('0.2'), D(100))
        first, second = forecast(
            2, D(1000), D(1000), D(0), {}, rules, round_)
        self.assertEqual(
            (first.capital, first.owed), (D(1045), D(55)))
        self.assertEqual(
            (second.capital, second.owed), (D('1087.75'), D('112.25')))

    @given(st.integers(1, 30), st.integers(0, 10_000), st.integers(0, 5_000),
        st.dictionaries(st.integers(0, 8), st.integers(0, 500)),
        st.integers(0, 8_000), st.integers(0, 12),
        st.decimals(0, 1, places=3), st.integers(0, 500))
    def test_conserved(self, number, capital, waiting, due, minimum,
            deferral, exit_rate, new):
        "Capital, debt and what was paid are what came in; the floor holds"
        waiting = min(waiting, capital)
        due = {n: D(amount) for n, amount in due.items()}
        rules = Rules(
            D(minimum), D('0.25'), deferral, exit_rate, D(new))
        quarters = forecast(
            number, D(capital), D(capital), D(waiting), due, rules, round_)
        paid = D(0)
        before = D(capital)
        for n, quarter in enumerate(quarters, 1):
            paid += quarter.cash
            self.assertEqual(quarter.capital + quarter.owed + paid,
                capital + sum(due.values(), D(0)) + n * new)
            if quarter.capital < before + new:
                self.assertGreaterEqual(quarter.capital, quarter.floor)
            self.assertGreaterEqual(quarter.waiting, 0)
            before = quarter.capital


class LiquidityTestCase(factories.CoopTestCase):
    "Test the forecast and the simulation on the register"

    def setup_members(self, company):
        "Two leave of four who paid 1 000 each; one is owed, one waits"
        parameter('deferral_years', D(1))
        share_class = factories.share_class(company, nominal=D(100))
        members = factories.members(company, 4)
        for member in members:
            factories.subscribe(member, share_class, 10, PAID)
            factories.receive(member, D(1000), PAID)
        depart(members[:2])
        owed, waiting = withdrawals(members[:2], share_class, 10)
        Pool().get('coop.share.withdrawal').process([owed])
        return share_class, members

    @with_transaction()
    def test_liquidity(self):
        pool = Pool()
        Liquidity = pool.get('coop.share.liquidity')
        company = factories.cooperative()
        with set_company(company):
            self.setup_members(company)
            record, = Liquidity.create([{
                        'company': company.id, 'name': "Base",
                        'date': dt.date(2022, 2, 15), 'quarters': 6,
                        'exit_rate': D(0), 'new_capital': D(0)}])
            for _ in range(2):
                Liquidity.compute([record])
                record = Liquidity(record.id)
                # Owed since 30 June 2021, for a year; the other is cancelled
                # now, and may be claimed a year later
                self.assertEqual([
                        (l.date, l.cash, l.capital, l.floor, l.owed)
                        for l in record.lines], [
                        (dt.date(2022, 3, 31), D(0), D(2000), D(1000),
                            D(2000)),
                        (dt.date(2022, 6, 30), D(1000), D(2000), D(1000),
                            D(1000)),
                        (dt.date(2022, 9, 30), D(0), D(2000), D(1000),
                            D(1000)),
                        (dt.date(2022, 12, 31), D(0), D(2000), D(1000),
                            D(1000)),
                        (dt.date(2023, 3, 31), D(1000), D(2000), D(1000),
                            D(0)),
                        (dt.date(2023, 6, 30), D(0), D(2000), D(1000), D(0)),
                        ])

    @with_transaction()
    def test_simulate(self):
        "A member asks what leaving gives, and what more shares cost"
        pool = Pool()
        Simulate = pool.get('coop.member.simulate', type='wizard')
        Start = pool.get('coop.member.simulate.start')
        company = factories.cooperative()
        with set_company(company):
            share_class, members = self.setup_members(company)
            member = members[2]
            user = factories.user('member', 'member', member=member)
            with factories.as_user(user):
                result = self.simulate(Simulate, Start, member, share_class)
                # Of nobody else
                with self.assertRaises(AccessError):
                    self.simulate(Simulate, Start, members[3], share_class)
            self.assertEqual({
                    name: result[name] for name in [
                        'shares', 'value', 'payable_on', 'interest', 'added',
                        'price', 'called', 'after', 'waits_for']}, {
                    'shares': 10, 'value': D(1000),
                    'payable_on': dt.date(2023, 12, 31), 'interest': D(0),
                    'added': 5, 'price': D(500), 'called': D(500),
                    'after': 15, 'waits_for': None})
            self.assertIn("10 shares", result['computation'])

    def simulate(self, Simulate, Start, member, share_class):
        with Transaction().set_context(
                active_model='coop.member', active_id=member.id,
                active_ids=[member.id]):
            session_id, _, _ = Simulate.create()
            wizard = Simulate(session_id)
            wizard.start = Start(
                leaving_date=dt.date(2022, 12, 31),
                share_class=share_class, quantity=5)
            self.assertEqual(wizard.transition_simulate(), 'result')
            return wizard.default_result(None)
