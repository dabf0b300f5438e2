# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Demands and offers by zone and by state, in lists and in calendars.

The zone is the department of the place, found as that of the members is.
"""
from trytond.model import fields
from trytond.modules.coop_skill import communes
from trytond.pool import PoolMeta

# Each state its colour: what waits, what is agreed, what came to nothing
WAITING, OPEN, AGREED, ENDED = '#f0ad4e', '#5bc0de', '#5cb85c', '#b0b0b0'


def department_of(place):
    "Return the department of a place as \"38 Isère\", or None"
    try:
        found = communes.read(place)
    except communes.Ambiguous:
        found = None
    if found:
        department = communes.departments()[found.department]
        return f"{department.department} {department.name}"


class ScheduleMixin:
    "A record with a place and a state that calendars show"
    __slots__ = ()
    _colours = {}
    department = fields.Char("Department", readonly=True,
        help="Of the place.")
    calendar_background_color = fields.Function(
        fields.Char("Colour"), 'get_calendar_background_color')

    def get_calendar_background_color(self, name):
        return self._colours.get(self.state, ENDED)

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if field_names is None or 'place' in field_names:
            department = department_of(self.place)
            if getattr(self, 'department', None) != department:
                values['department'] = department
        return values


class Demand(ScheduleMixin, metaclass=PoolMeta):
    __name__ = 'coop.demand'
    _colours = {
        'draft': WAITING, 'qualified': WAITING, 'matching': OPEN,
        'quoted': OPEN, 'won': AGREED}


class Offer(ScheduleMixin, metaclass=PoolMeta):
    __name__ = 'coop.mission.offer'
    _colours = {
        'draft': WAITING, 'proposed': OPEN, 'seen': OPEN,
        'accepted': AGREED}
