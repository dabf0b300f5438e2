# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from math import isclose

from hypothesis import example, given
from hypothesis import strategies as st

from .. import distance

points = st.tuples(
    st.floats(-90, 90), st.floats(-180, 180))
GRENOBLE, LYON = (45.182, 5.721), (45.755, 4.836)
PARIS, REUNION = (48.857, 2.343), (-20.933, 55.447)


class DistanceTestCase(unittest.TestCase):
    "Test how far points are from each other"

    def test_known(self):
        "Distances as maps tell them, within a hundredth"
        for one, other, expected in [
                (GRENOBLE, LYON, 94), (PARIS, LYON, 393),
                (PARIS, REUNION, 9370), ((0, 0), (0, 180), 20015)]:
            self.assertTrue(isclose(
                    distance.kilometres(one, other), expected,
                    rel_tol=0.01), msg=(one, other))

    @given(points, points)
    def test_symmetric(self, one, other):
        "There and back are as far, nothing is farther than half the Earth"
        there = distance.kilometres(one, other)
        self.assertAlmostEqual(there, distance.kilometres(other, one))
        self.assertTrue(0 <= there <= distance.FARTHEST + 1e-6)
        self.assertEqual(distance.kilometres(one, one), 0)

    @given(points, points, points)
    def test_triangle(self, one, other, third):
        "No way is shorter by a third point"
        self.assertLessEqual(
            distance.kilometres(one, other),
            distance.kilometres(one, third)
            + distance.kilometres(third, other) + 1e-3)

    @given(points, points, st.integers(1, 2000))
    @example(GRENOBLE, LYON, 94)
    @example(GRENOBLE, LYON, 95)
    def test_chord(self, one, other, radius):
        "Who is within the chord is within the distance, and no one else"
        square = sum(
            (a - b) ** 2 for a, b in zip(
                distance.vector(*one), distance.vector(*other)))
        far = distance.kilometres(one, other)
        if abs(far - radius) > 1e-3:
            self.assertEqual(
                square <= distance.square_chord(radius), far <= radius)
