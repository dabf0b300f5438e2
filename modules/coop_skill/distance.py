# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How far two points of the Earth are from each other.

Imports no Tryton. A point is also a vector of length one from the centre of
the Earth: who is within some kilometres is then who is at no more than the
length of their chord, which a database compares without trigonometry.
"""
from math import asin, cos, pi, radians, sin, sqrt

# Mean radius of the Earth in kilometres (IUGG)
RADIUS = 6371.0088
# Nobody is farther on the Earth
FARTHEST = pi * RADIUS


def kilometres(one, other):
    """Return the distance on the ground between two points, in kilometres.

    :param one: (latitude, longitude) in degrees
    :param other: the same
    """
    (lat1, lon1), (lat2, lon2) = (map(radians, p) for p in (one, other))
    h = (sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2)
    return 2 * RADIUS * asin(min(1., sqrt(h)))


def vector(latitude, longitude):
    "Return the point, in degrees, as a vector (x, y, z) of length one"
    lat, lon = radians(latitude), radians(longitude)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def square_chord(distance):
    """Return the square of the chord of a distance between vectors.

    :param distance: kilometres on the ground
    """
    half = min(max(distance, 0), FARTHEST) / (2 * RADIUS)
    return (2 * sin(half)) ** 2
