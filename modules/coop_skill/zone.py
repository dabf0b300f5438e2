# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Where a member works, and who comes to a place"
import re

from sql import Literal, Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import without_check_access

from . import communes, distance
from .exceptions import PlaceError, ZoneError
from .tools import SLICE

COUNTRY = 'FR'
# As communes.Place.label writes it
_DEPARTMENT = re.compile(r'\((\w+)\)$')
# Departments that the ISO names in its own way
_ISO = {'75': ['75C'], '69': ['69M']}


def _if(kind, required=True):
    states = {'invisible': Eval('kind') != kind}
    if required:
        states['required'] = Eval('kind') == kind
    return states


class Zone(ModelSQL, ModelView):
    __name__ = 'coop.member.zone'
    profile = fields.Many2One(
        'coop.member.profile', "Profile", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    kind = fields.Selection([
            ('subdivision', "Department or Region"),
            ('country', "Whole Country"),
            ('radius', "Around a Place"),
            ('remote', "Remote"),
            ], "Kind", required=True, sort=False)
    kind_string = kind.translated('kind')
    subdivision = fields.Many2One(
        'country.subdivision', "Department or Region", ondelete='RESTRICT',
        states=_if('subdivision'))
    country = fields.Many2One(
        'country.country', "Country", ondelete='RESTRICT',
        states=_if('country'))
    radius = fields.Integer(
        "Kilometres", states=_if('radius'),
        domain=[If(Eval('kind') == 'radius', ('radius', '>', 0), ())])
    around = fields.Char(
        "Around", states=_if('radius', False),
        help="A city, as \"Grenoble (38)\"; leave empty for the address of "
        "the member.")
    found = fields.Char(
        "Place Found", readonly=True, states=_if('radius', False),
        help="Empty when the place is not known: the zone reaches nobody.")
    x = fields.Float("X", readonly=True)
    y = fields.Float("Y", readonly=True)
    z = fields.Float("Z", readonly=True)
    square_chord = fields.Float("Square of the Chord", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('profile')
        cls._sql_indexes.update({
                Index(t, (t.profile, Index.Equality())),
                Index(t, (t.kind, Index.Equality(cardinality='low')),
                    (t.subdivision, Index.Equality())),
                })
        cls._order = [('kind', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_kind(cls):
        return 'radius'

    def get_rec_name(self, name):
        return self.text

    @property
    def text(self):
        "The zone in the language of the context, as it is told to others"
        if self.kind == 'subdivision':
            return self.subdivision.name
        elif self.kind == 'country':
            return self.country.name
        elif self.kind == 'radius':
            if self.found and not self.around and not self._town_shown():
                return gettext('coop_skill.msg_zone_home',
                    radius=self.radius,
                    department=_DEPARTMENT.search(self.found)[1])
            return gettext('coop_skill.msg_zone_radius',
                radius=self.radius, place=self.found or '?')
        return self.kind_string

    def _town_shown(self):
        "Whether others may read in which town the member lives"
        with without_check_access():
            return Pool().get('coop.configuration')(1).get_multivalue(
                'home_towns_shown', company=self.profile.member.company.id)

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="found"]', 'visual',
                If((Eval('kind') == 'radius') & ~Eval('found'),
                    'danger', '')),
            ]

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if (field_names is None or field_names & {
                    'kind', 'radius', 'around', 'profile'}):
            values.update(self._located())
        return values

    def _located(self):
        "Return the values of the place that differ from those stored"
        place = None
        if self.kind == 'radius':
            if self.around:
                place = self._around()
            else:
                place = home(self.profile.member.party)
        x, y, z = distance.vector(*place.point) if place else [None] * 3
        values = {
            'found': place.label if place else None, 'x': x, 'y': y, 'z': z,
            'square_chord': distance.square_chord(self.radius)
            if place else None}
        return {
            name: value for name, value in values.items()
            if getattr(self, name) != value}

    def _around(self):
        try:
            place = communes.read(self.around)
        except communes.Ambiguous as error:
            raise ZoneError(gettext(
                    'coop_skill.msg_zone_ambiguous', place=self.around,
                    member=self.profile.rec_name, places=str(error)))
        if not place:
            raise ZoneError(gettext(
                    'coop_skill.msg_zone_unknown', place=self.around,
                    member=self.profile.rec_name))
        return place

    @classmethod
    def relocate(cls, parties):
        "Find the homes again of the zones around them"
        for sub in grouped_slice(list(parties), SLICE):
            zones = cls.search([
                    ('profile.member.party', 'in', [p.id for p in sub]),
                    ('kind', '=', 'radius'),
                    ('around', '=', None),
                    ])
            to_write = []
            for zone in zones:
                values = zone._located()
                if values:
                    to_write += [zone], values
            if to_write:
                cls.write(*to_write)

    @classmethod
    def covers(cls, table, place):
        """Return the SQL condition of the zones that reach a place on site.

        :param table: of the zones
        :param place: communes.Place
        """
        pool = Pool()
        country = pool.get('country.country').__table__()
        x, y, z = distance.vector(*place.point)
        square = (
            (table.x - x) * (table.x - x) + (table.y - y) * (table.y - y)
            + (table.z - z) * (table.z - z))
        condition = (table.kind == 'country') & table.country.in_(
            country.select(country.id, where=country.code == COUNTRY))
        condition |= ((table.kind == 'radius') & (table.x != Null)
            # rounding of the vectors: a millimetre
            & (square <= table.square_chord + Literal(1e-15)))
        subdivisions = cls._subdivisions(place.department)
        if subdivisions:
            condition |= (table.kind == 'subdivision') & (
                table.subdivision.in_(subdivisions))
        return condition

    @classmethod
    def _subdivisions(cls, department):
        "Return the ids of a department and of what it is in"
        Subdivision = Pool().get('country.subdivision')
        codes = [
            f'{COUNTRY}-{code}'
            for code in [department, *_ISO.get(department, [])]]
        ids = set()
        for subdivision in Subdivision.search([
                    ('code', 'in', codes),
                    ('country.code', '=', COUNTRY),
                    ]):
            while subdivision:
                ids.add(subdivision.id)
                subdivision = subdivision.parent
        return sorted(ids)


def home(party):
    "Return the communes.Place of the first address that is known, or None"
    for address in party.addresses:
        country = address.country
        if country and country.code != COUNTRY:
            continue
        place = communes.address(address.city, address.postal_code)
        if place:
            return place


def find_place(text):
    """Return the communes.Place that a person means.

    :raises PlaceError: when it is not known, or several have the name
    """
    try:
        place = communes.read(text)
    except communes.Ambiguous as error:
        raise PlaceError(gettext(
                'coop_skill.msg_place_ambiguous', place=text,
                places=str(error)))
    if not place:
        raise PlaceError(gettext('coop_skill.msg_place_unknown', place=text))
    return place


class Address(metaclass=PoolMeta):
    __name__ = 'party.address'

    @classmethod
    def on_modification(cls, mode, addresses, field_names=None):
        super().on_modification(mode, addresses, field_names=field_names)
        if mode != 'delete' and field_names and not field_names & {
                'active', 'city', 'country', 'party', 'postal_code',
                'sequence'}:
            return
        Zone = Pool().get('coop.member.zone')
        Zone.relocate({a.party for a in addresses if a.party})
