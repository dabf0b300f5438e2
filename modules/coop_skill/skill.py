# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Literal
from sql.aggregate import Count
from sql.conditionals import Case, Coalesce

from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, Unique, fields,
    sequence_ordered, tree)
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .tools import context_date

# A member may not sign alone for all the others of a domain
ENOUGH_MASTERS = 2


class Level(ModelSQL, ModelView):
    __name__ = 'coop.skill.level'
    name = fields.Char("Name", required=True, translate=True)
    level = fields.Integer(
        "Level", required=True,
        domain=[('level', '>', 0)],
        help="The higher, the better.")
    description = fields.Text("Meaning", required=True, translate=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('level_unique', Unique(t, t.level),
                'coop_skill.msg_level_unique'))
        cls._order = [('level', 'ASC'), ('id', 'ASC')]

    def get_rec_name(self, name):
        return f"{self.level} - {self.name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('name', *clause[1:])]


class Skill(
        DeactivableMixin, sequence_ordered(), tree(separator=' / '), ModelSQL,
        ModelView):
    __name__ = 'coop.skill'
    name = fields.Char("Name", required=True, translate=True)
    parent = fields.Many2One(
        'coop.skill', "Parent", ondelete='RESTRICT',
        help="A skill without parent is a domain.")
    children = fields.One2Many('coop.skill', 'parent', "Skills")
    description = fields.Text("Description", translate=True)
    masters = fields.One2Many(
        'coop.skill.master', 'domain', "Masters",
        states={'invisible': Bool(Eval('parent'))})
    masters_in_office = fields.Function(
        fields.Integer("Masters in Office",
            states={'invisible': Bool(Eval('parent'))},
            help="At the date, of the company."))
    short_of_masters = fields.Function(
        fields.Boolean("Short of Masters",
            states={'invisible': Bool(Eval('parent'))},
            help="The domain has fewer than two masters in office."))
    members_count = fields.Function(
        fields.Integer("Members",
            help="How many members declare the skill, or one under it."),
        'get_members_count')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.parent, Index.Equality())))

    @classmethod
    def _masters(cls, table):
        Master = Pool().get('coop.skill.master')
        master = Master.__table__()
        return master.select(
            Count(master.member, distinct=True),
            where=(master.domain == table.id)
            & (master.company == Transaction().context.get('company'))
            & Master.in_office(master, context_date()))

    @classmethod
    def column_masters_in_office(cls, tables):
        table, _ = tables[None]
        return Coalesce(cls._masters(table), 0)

    @classmethod
    def column_short_of_masters(cls, tables):
        table, _ = tables[None]
        return Case(
            ((Coalesce(table.parent, 0) == 0)
                & (Coalesce(cls._masters(table), 0) < ENOUGH_MASTERS),
                Literal(True)),
            else_=Literal(False))

    @classmethod
    def get_members_count(cls, skills, name):
        pool = Pool()
        member = pool.get('coop.member').__table__()
        profile = pool.get('coop.member.profile').__table__()
        declared = pool.get('coop.member.skill').__table__()
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.id, table.parent))
        parents = dict(cursor)
        cursor.execute(*declared
            .join(profile, condition=declared.profile == profile.id)
            .join(member, condition=profile.member == member.id)
            .select(declared.skill, profile.member,
                where=(
                    member.company == Transaction().context.get('company'))))
        members = defaultdict(set)
        for skill, member_id in cursor:
            while skill:
                members[skill].add(member_id)
                skill = parents.get(skill)
        return {s.id: len(members.get(s.id, ())) for s in skills}

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="masters_in_office"]', 'visual',
                If(Eval('short_of_masters', False), 'danger', '')),
            ]

    @property
    def domain(self):
        "The domain to which the skill belongs"
        skill = self
        while skill.parent:
            skill = skill.parent
        return skill

    @classmethod
    def within(cls, ids):
        "Return the ids of skills and of all those under them"
        if not ids:
            return []
        return [s.id for s in cls.search(
                [('parent', 'child_of', list(ids), 'parent')], order=[])]

    @classmethod
    def on_modification(cls, mode, skills, field_names=None):
        super().on_modification(mode, skills, field_names=field_names)
        Pool().get('res.user')._coop_mastered_cache.clear()
