# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How the cooperative takes its contribution, by date.

The rate of a date says whether the margin is kept or the member invoiced,
never both, and by which scales the contribution of a year is trued up: those
of the dues, on what the clients were invoiced for the work of each member.
"""
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.coop_due import brackets
from trytond.modules.coop_mission.price import CENT
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import ContributionError
from .settlement import MODES


class Rate(metaclass=PoolMeta):
    __name__ = 'coop.mission.rate'
    mode = fields.Selection(MODES, "Contribution Taken by", required=True,
        sort=False,
        help="The margin kept is no invoice and has no VAT of its own; the "
        "invoice to the member has.")
    clawback = fields.Boolean("Members Bear Lost Receivables",
        help="Only where the statutes say so: by default the cooperative "
        "bears them.")
    scales = fields.One2Many(
        'coop.contribution.scale', 'mission_rate', "Scales of the Year",
        help="Without one, what was kept of each mission is the "
        "contribution of the year.")

    @classmethod
    def default_mode(cls):
        return 'margin'

    @classmethod
    def mode_at(cls, company, date):
        "Return the mode in force at a date"
        return cls.get(company, date).mode

    @classmethod
    def check_modification(cls, mode, rates, values=None, external=False):
        "What was settled by it stays as it is"
        super().check_modification(
            mode, rates, values=values, external=external)
        if mode == 'write' and 'mode' in values:
            changed = [r for r in rates if r.mode != values['mode']]
        else:
            changed = rates if mode == 'delete' else []
        for rate in changed:
            rate._check_unsettled()

    def _check_unsettled(self):
        Settlement = Pool().get('coop.settlement')
        later = self.search([
                ('company', '=', self.company.id),
                ('date', '>', self.date),
                ], order=[('date', 'ASC')], limit=1)
        settled = Settlement.search([
                ('company', '=', self.company.id),
                ('date', '>=', self.date),
                ('mission', '!=', None),
                ('state', '!=', 'cancelled'),
                *([('date', '<', later[0].date)] if later else []),
                ], limit=1)
        if settled:
            self._raise_settled(settled[0])

    def _raise_settled(self, settlement):
        raise ContributionError(gettext(
                'coop_settlement.msg_rate_settled',
                rate=self.rec_name, settlement=settlement.rec_name))

    def scale_of(self, category):
        "Return the coop.contribution.scale of a category, or None"
        found = {s.category: s for s in self.scales}
        return found.get(category) or found.get(None)


class Scale(ModelSQL, ModelView):
    __name__ = 'coop.contribution.scale'
    mission_rate = fields.Many2One(
        'coop.mission.rate', "Contributions of Missions", required=True,
        ondelete='CASCADE')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    category = fields.Many2One(
        'coop.member.category', "Category", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Empty for all that have none of their own.")
    method = fields.Selection([
            ('marginal', "By Brackets"),
            ('whole', "On the Whole"),
            ], "Method", required=True, sort=False,
        help="By brackets: each rate applies to its part of the turnover.")
    floor = Monetary(
        "Floor", currency='currency', digits='currency',
        domain=['OR', ('floor', '=', None), ('floor', '>=', 0)],
        help="Of a whole year.")
    cap = Monetary(
        "Cap", currency='currency', digits='currency',
        domain=['OR', ('cap', '=', None), ('cap', '>=', 0)],
        help="Of a whole year.")
    brackets = fields.One2Many(
        'coop.contribution.bracket', 'scale', "Brackets")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('mission_rate')
        cls._sql_constraints.append(
            ('rate_category_unique', Unique(t, t.mission_rate, t.category),
                'coop_settlement.msg_scale_unique'))
        cls._sql_indexes.add(Index(t, (t.mission_rate, Index.Equality()),
                where=t.mission_rate != Null))

    @classmethod
    def default_method(cls):
        return 'marginal'

    @fields.depends('mission_rate', '_parent_mission_rate.company')
    def on_change_with_company(self, name=None):
        return self.mission_rate.company if self.mission_rate else None

    @fields.depends('mission_rate', '_parent_mission_rate.company')
    def on_change_with_currency(self, name=None):
        if self.mission_rate and self.mission_rate.company:
            return self.mission_rate.company.currency

    def get_rec_name(self, name):
        category = self.category.rec_name if self.category else ''
        return f"{self.mission_rate.rec_name} {category}".strip()

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('category.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, scales, field_names):
        super().validate_fields(scales, field_names)
        for scale in scales:
            if None not in {scale.floor, scale.cap} and (
                    scale.floor > scale.cap):
                scale._raise_floor()

    def _raise_floor(self):
        raise ContributionError(gettext(
                'coop_settlement.msg_scale_floor', scale=self.rec_name))

    def pure(self):
        "Return the brackets.Scale that computes"
        return brackets.Scale(
            tuple(brackets.Bracket(
                    Decimal(b.above), Decimal(b.rate),
                    Decimal(b.amount or 0)) for b in self.brackets),
            method=self.method, floor=self.floor, cap=self.cap, unit=CENT)


class Bracket(ModelSQL, ModelView):
    __name__ = 'coop.contribution.bracket'
    scale = fields.Many2One(
        'coop.contribution.scale', "Scale", required=True,
        ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    above = Monetary(
        "Turnover above", currency='currency', digits='currency',
        required=True, domain=[('above', '>=', 0)])
    rate = fields.Numeric("Rate", digits=(2, 6), required=True,
        domain=[('rate', '>=', 0), ('rate', '<=', 1)])
    amount = Monetary(
        "Fixed Amount", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>=', 0)])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('scale')
        cls._sql_constraints.append(
            ('scale_above_unique', Unique(t, t.scale, t.above),
                'coop_settlement.msg_contribution_bracket_unique'))
        cls._order = [('above', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_above(cls):
        return 0

    @classmethod
    def default_rate(cls):
        return 0

    @fields.depends('scale', '_parent_scale.currency')
    def on_change_with_currency(self, name=None):
        return self.scale.currency if self.scale else None

    def get_rec_name(self, name):
        return f"{self.scale.rec_name} {self.above}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('scale.rec_name', *clause[1:])]
