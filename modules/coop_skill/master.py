# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who may sign the skills of others, by decision and for a term"
from sql import Null

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .tools import context_date


class Master(ModelSQL, ModelView):
    __name__ = 'coop.skill.master'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT',
        states={'readonly': Eval('id', -1) >= 0})
    domain = fields.Many2One(
        'coop.skill', "Domain", required=True, ondelete='RESTRICT',
        domain=[('parent', '=', None)],
        help="The master signs the skills of the domain.")
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])
    start_date = fields.Date("Start", required=True)
    end_date = fields.Date(
        "End",
        domain=['OR',
            ('end_date', '=', None),
            ('end_date', '>=', Eval('start_date', None)),
            ],
        help="The last day of the term, included.")
    decision = fields.Many2One(
        'coop.decision', "Decision", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Which named the master.")
    active_term = fields.Function(
        fields.Boolean("In Office"), 'get_active_term',
        searcher='search_active_term')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.domain, Index.Equality()),
                    (t.start_date, Index.Range())),
                Index(t, (t.member, Index.Equality())),
                })
        cls._order = [
            ('domain', 'ASC'), ('start_date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_date(cls):
        if cls.default_company():
            return context_date()

    def get_active_term(self, name):
        date = context_date()
        return self.start_date <= date and (
            not self.end_date or self.end_date >= date)

    @classmethod
    def search_active_term(cls, name, clause):
        date = context_date()
        _, operator, value = clause
        if (operator in {'=', 'in'}) == bool(
                value if operator in {'=', '!='} else True in value):
            return [
                ('start_date', '<=', date),
                ['OR', ('end_date', '=', None), ('end_date', '>=', date)],
                ]
        return ['OR', ('start_date', '>', date), ('end_date', '<', date)]

    def get_rec_name(self, name):
        return f"{self.domain.rec_name} - {self.member.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'domain.rec_name', 'member.rec_name')

    @classmethod
    def in_office(cls, table, date):
        "Return the SQL condition of the terms that run at a date"
        return (table.start_date <= date) & (
            (table.end_date == Null) | (table.end_date >= date))

    @classmethod
    def on_modification(cls, mode, masters, field_names=None):
        pool = Pool()
        User = pool.get('res.user')
        super().on_modification(mode, masters, field_names=field_names)
        User._coop_mastered_cache.clear()
        if mode != 'delete':
            group = pool.get('ir.model.data').get_id(
                'coop_skill', 'group_master')
            users = {u for m in masters for u in m.member.users}
            # The term is looked at each time: the group only shows the menu
            User.write(
                [u for u in users if group not in map(int, u.groups)],
                {'groups': [('add', [group])]})
