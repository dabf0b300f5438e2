# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from trytond.modules.coop_member.life import fault

DAY = dt.date(2026, 1, 1)


def days(*kinds):
    return [(kind, DAY + dt.timedelta(days=i)) for i, kind in enumerate(kinds)]


class LifeTestCase(unittest.TestCase):
    "The life of a member"

    def test_sound(self):
        for kinds in [
                [],
                ['application', 'refusal', 'application', 'admission'],
                ['application', 'admission', 'activation', 'suspension',
                    'resumption', 'category', 'notice', 'departure'],
                ['application', 'admission', 'departure', 'application'],
                ]:
            self.assertIsNone(fault(days(*kinds)), msg=kinds)

    def test_out_of_place(self):
        for kinds, expected in [
                (['admission'], (0, 'admission', None)),
                (['application', 'activation'], (1, 'activation', 'applied')),
                (['application', 'admission', 'activation', 'departure',
                        'suspension'], (4, 'suspension', 'left')),
                ]:
            self.assertEqual(fault(days(*kinds)), expected)

    def test_back_dated(self):
        "The order of recording does not matter, that of the dates does"
        events = days('application', 'admission', 'activation')
        self.assertIsNone(fault(events[::-1]))

    def test_leaver_is_a_member_on_the_last_day(self):
        events = [
            ('application', DAY), ('admission', DAY), ('activation', DAY),
            ('departure', DAY), ('suspension', DAY)]
        self.assertIsNone(fault(events))
        self.assertIsNotNone(fault(
                events[:-1] + [('suspension', DAY + dt.timedelta(days=1))]))
