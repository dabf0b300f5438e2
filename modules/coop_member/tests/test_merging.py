# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..merging import merge, unknown


class MergingTestCase(unittest.TestCase):
    "Test texts with places"

    def test_merge(self):
        self.assertEqual(
            merge("Dear {name}, { number }: {{name}}", {
                    'name': "Ann", 'number': 3}),
            "Dear Ann, 3: {Ann}")

    def test_once(self):
        "What is filled in is not looked at again"
        self.assertEqual(
            merge("{name}", {'name': "{number}", 'number': 3}), "{number}")

    def test_nothing_reached(self):
        "No attribute, item or format is looked at"
        for place in ['name.__class__', 'name[0]', 'name!r', 'name:>9', '']:
            text = "{%s}" % place
            self.assertEqual(unknown(text, ['name']), [place])
            with self.assertRaises(KeyError):
                merge(text, {'name': "Ann"})

    @given(st.text())
    def test_any_text(self, text):
        "A text is merged if and only if all its places are known"
        names = ['name', 'number']
        if unknown(text, names):
            with self.assertRaises(KeyError):
                merge(text, dict.fromkeys(names, 'x'))
        else:
            merge(text, dict.fromkeys(names, 'x'))
