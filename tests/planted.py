"""What test_suite.py runs: tests that pass, fail, hang and die.

The runner does not find them, as the name does not begin with test_.
"""
import os
import time
import unittest


class Passing(unittest.TestCase):

    def test_it(self):
        pass


class Failing(unittest.TestCase):

    def test_it(self):
        self.assertEqual("this", "that")

    def test_other(self):
        pass


class Hanging(unittest.TestCase):

    def test_it(self):
        print("I hang", flush=True)
        time.sleep(600)


class Dying(unittest.TestCase):

    def test_it(self):
        os._exit(0)


class Skipping(unittest.TestCase):

    @unittest.skip("not today")
    def test_it(self):
        pass


class Empty(unittest.TestCase):
    pass
