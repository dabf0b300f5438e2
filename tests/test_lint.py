"""The style is tested like the rest: tests/lint.py says how."""
import os
import unittest

from tests import lint


class LintTestCase(unittest.TestCase):

    def test_style(self):
        module = os.environ.get('COOP_MODULE')
        for name, problems in lint.check(module and f'modules/{module}'):
            with self.subTest(name):
                self.assertFalse(problems, '\n'.join(['', *problems]))
