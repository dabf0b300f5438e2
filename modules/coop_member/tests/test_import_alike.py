# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from ..importer import plan
from ..importer.problem import Holder
from .importing import MEMBERS, MOVEMENTS, known, make, member, movement


class AlikeTestCase(unittest.TestCase):
    "Test the warnings of members and movements that may be there twice"

    def test_warnings(self):
        "Two members alike are told, and hinder nothing"
        plan_ = make(MEMBERS
            + member('1', name='Zoé', birth_date='01/01/1980',
                email='a@x.fr')
            + member('2', name='ZOE', birth_date='01/01/1980')
            + member('3', email='A@x.fr'))
        self.assertEqual(plan_.problems, [])
        self.assertEqual(
            [(p.line, p.key) for p in plan_.warnings],
            [(3, 'alike'), (4, 'alike')])
        self.assertEqual(
            [plan.member_values(*m)['alike'] for m in plan_.members],
            [True] * 3)

    def test_known_people(self):
        "A new member who is like one of the database is told, that one not"
        birth = {'name': 'Zoé', 'birth_date': '01/01/1980'}
        plan_ = make(MEMBERS + member('1', **birth)
            + member('2', name='Zoé', birth_date='02/01/1980')
            + member('3', **birth)
            + member('4', name='zoe martin', birth_date='03/01/1980'),
            known_=known(
                members={'4': Holder('4', 'Zoé Martin')},
                people={
                    ('zoe', dt.date(1980, 1, 1)): 'Zoé (9)',
                    ('zoe martin', dt.date(1980, 1, 3)): 'Zoé Martin (4)'}))
        self.assertEqual(plan_.problems, [])
        self.assertEqual(
            [(p.line, p.key, p.column, p.args) for p in plan_.warnings], [
                (2, 'birth_date_known', 'birth date', {'party': 'Zoé (9)'}),
                (4, 'alike', 'birth date', {'line': 2})])
        self.assertEqual([
                (r.number, plan.member_values(r, e)['alike'])
                for r, e in plan_.members],
            [('1', True), ('2', False), ('3', True)])

    def test_movements_alike(self):
        "Two rows that say the same are told, unless references tell them"
        sub = movement('subscription', shares=1, note='x')
        plan_ = make(MEMBERS + member() + member('2') + member('3'),
            MOVEMENTS + sub + sub
            + movement('subscription', shares=1, note='y')
            + movement('subscription', shares=1, reference='a')
            + movement('subscription', shares=1, reference='b')
            + movement('subscription', '2', shares=1)
            + movement('transfer', date='02/03/2020', shares=1,
                counterpart='2')
            + movement('transfer', date='02/03/2020', shares=1,
                counterpart='3')
            + sub)
        self.assertEqual(plan_.problems, [])
        self.assertEqual(
            [(p.line, p.key, p.args) for p in plan_.warnings], [
                (3, 'movement_alike', {'line': 2}),
                (10, 'movement_alike', {'line': 2})])
        self.assertEqual(len(plan_.operations), 9)
