# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What demands, their templates, reports and express jobs have in common"
from decimal import Decimal

from trytond.model import Index, fields, sequence_ordered
from trytond.modules.coop_member.seen import check_seen
from trytond.pool import Pool
from trytond.pyson import Eval

UNITS = [
    ('hour', "Hour"),
    ('day', "Day"),
    ]


class RequiredMixin(sequence_ordered()):
    "A skill that is asked for, at a level, for a time"
    __slots__ = ()
    skill = fields.Many2One(
        'coop.skill', "Skill", required=True, ondelete='RESTRICT')
    level = fields.Many2One(
        'coop.skill.level', "Proven Level at Least", required=True,
        ondelete='RESTRICT')
    quantity = fields.Numeric(
        "Quantity", digits=(16, 2), required=True,
        domain=[('quantity', '>', 0)])
    unit = fields.Selection(UNITS, "Unit", required=True, sort=False)
    unit_string = unit.translated('unit')

    @classmethod
    def default_quantity(cls):
        return Decimal(1)

    @classmethod
    def default_unit(cls):
        return 'day'

    def get_rec_name(self, name):
        return f"{self.skill.rec_name} ({self.level.level})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('skill.rec_name', *clause[1:])]

    @property
    def text(self):
        "The line in the language of the context"
        lang = Pool().get('ir.lang').get()
        quantity = lang.format_number(
            self.quantity.normalize(), digits=None)
        return (
            f"{self.skill.name}, {self.level.name}: "
            f"{quantity} {self.unit_string.lower()}")

    def copied(self, Model):
        "Return the same line, unsaved, of another model"
        return Model(
            sequence=self.sequence, skill=self.skill, level=self.level,
            quantity=self.quantity, unit=self.unit)


class CheckMixin(sequence_ordered()):
    "A thing to be found out before somebody is asked"
    __slots__ = ()
    name = fields.Char("To Check", required=True)

    def copied(self, Model):
        "Return the same thing, unsaved, of another model"
        return Model(sequence=self.sequence, name=self.name)


PRIORITIES = [
    ('low', "Low"),
    ('normal', "Normal"),
    ('high', "High"),
    ('urgent', "Urgent"),
    ]


def child_of(model, name):
    "Return the field of what belongs to a record of a model"
    return fields.Many2One(
        model, name, required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})


class DraftPartMixin:
    """A part of a record, that is changed as long as the record is a draft

    A model names in ``_whole`` the field of the record that it is part of.
    """
    __slots__ = ()
    _whole = None

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add(cls._whole)
        cls._sql_indexes.add(
            Index(t, (getattr(t, cls._whole), Index.Equality())))

    @classmethod
    def check_modification(cls, mode, parts, values=None, external=False):
        if external and mode != 'create':
            check_seen(parts)
        super().check_modification(
            mode, parts, values=values, external=external)
        if external:
            # One that is moved would come to a record that was accepted
            moved = mode == 'write' and cls._whole in values
            for whole in {getattr(p, cls._whole) for p in parts}:
                if whole.state != 'draft' or moved:
                    cls._refuse(whole)

    @classmethod
    def _refuse(cls, whole):
        "Say that the parts of the record are not changed any more"
        whole._raise_document('fixed')
