# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who takes part in a mission, at which price, and whether they agree"
import datetime as dt
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import MissionError
from .ownership import acts_for, is_office
from .performed import price, unit_of

STATES = [
    ('waiting', "To Confirm"),
    ('confirmed', "Confirmed"),
    ('declined', "Declined"),
    ('handed_over', "Handed Over"),
    ]
# What may be corrected until all have agreed
_states = {'readonly': Eval('state') != 'waiting'}


class MissionMember(Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.member'
    mission = fields.Many2One(
        'coop.mission', "Mission", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    role = fields.Selection([
            ('lead', "Lead"),
            ('specialist', "Specialist"),
            ('helper', "Helper"),
            ], "Role", required=True, sort=False, states=_states)
    pricing = fields.Function(
        fields.Selection('get_pricings', "Pricing"),
        'on_change_with_pricing')
    amount = Monetary(
        "Price", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>=', 0)],
        states={
            **_states,
            'required': Eval('pricing') == 'fixed',
            'invisible': Eval('pricing') == 'time',
            }, help="Of the member, for the whole, without tax.")
    unit_price = Monetary(
        "Price per Hour", currency='currency', digits='currency',
        domain=['OR', ('unit_price', '=', None), ('unit_price', '>=', 0)],
        states={
            **_states,
            'required': Eval('pricing') == 'time',
            'invisible': Eval('pricing') != 'time',
            }, help="Of the member, without tax.")
    hours = fields.Numeric(
        "Hours", digits=(16, 2), states=_states,
        domain=['OR', ('hours', '=', None), ('hours', '>=', 0)],
        help="Planned; the member organises them.")
    offer = fields.Many2One(
        'coop.mission.offer', "Offer", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('offer')},
        help="By which the member agreed.")
    confirmed_at = fields.Timestamp("Confirmed at", readonly=True,
        states={'invisible': ~Eval('confirmed_at')})
    confirmed_by = fields.Many2One(
        'res.user', "Confirmed by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('confirmed_by')})
    may_answer = fields.Function(
        fields.Boolean("May Answer"), 'get_may_answer')
    state = fields.Selection(
        STATES, "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('mission')
        cls._order = [('mission', 'DESC'), ('id', 'ASC')]
        cls._sql_constraints.append(
            ('member_unique', Unique(t, t.mission, t.member),
                'coop_mission.msg_mission_member_unique'))
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))
        cls._transitions |= {
            ('waiting', 'confirmed'),
            ('waiting', 'declined'),
            ('confirmed', 'waiting'),
            ('declined', 'waiting'),
            ('confirmed', 'handed_over'),
            }
        waiting = Eval('state') == 'waiting'
        may = Eval('may_answer', False)
        depends = ['state', 'may_answer']
        cls._buttons.update({
                'confirm': {
                    'invisible': ~waiting | ~may,
                    'icon': 'tryton-ok',
                    'depends': depends,
                    },
                'decline': {
                    'invisible': ~waiting | ~may,
                    'icon': 'tryton-cancel',
                    'depends': depends,
                    },
                'ask_again': {
                    'invisible': ~Eval('state').in_(
                        ['confirmed', 'declined']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_role(cls):
        return 'specialist'

    @classmethod
    def default_state(cls):
        return 'waiting'

    @classmethod
    def get_pricings(cls):
        return Pool().get('coop.mission').pricing.selection

    @fields.depends('mission', '_parent_mission.company')
    def on_change_with_company(self, name=None):
        return self.mission.company if self.mission else None

    @classmethod
    def search_company(cls, name, clause):
        return [('mission.company', *clause[1:])]

    @fields.depends('mission', '_parent_mission.company')
    def on_change_with_currency(self, name=None):
        if self.mission and self.mission.company:
            return self.mission.company.currency

    @fields.depends('mission', '_parent_mission.pricing')
    def on_change_with_pricing(self, name=None):
        return self.mission.pricing if self.mission else None

    @classmethod
    def get_may_answer(cls, rows, name):
        office = is_office()
        return {r.id: office or acts_for(r.member) for r in rows}

    @property
    def takes_part(self):
        "Whether the member does, or may still, take part"
        return self.state != 'declined'

    @property
    def reports_due(self):
        "Whether a final report of the member is waited for"
        return self.state == 'confirmed' or (
            self.state == 'handed_over' and bool(self.amount))

    @property
    def agreed(self):
        "The price agreed; that of the planned hours where it is by the hour"
        if self.mission.pricing == 'fixed':
            return self.amount or Decimal(0)
        return price(
            self.hours or 0, self.unit_price or 0,
            unit_of(self.currency))

    def get_rec_name(self, name):
        return f"{self.mission.rec_name} - {self.member.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'mission.rec_name', 'member.rec_name')

    @classmethod
    def copy(cls, rows, default=None):
        default = default.copy() if default else {}
        default.setdefault('state', 'waiting')
        for name in ['confirmed_at', 'confirmed_by', 'offer']:
            default.setdefault(name)
        return super().copy(rows, default=default)

    @classmethod
    def check_modification(cls, mode, rows, values=None, external=False):
        "What a member has agreed to stays as it is"
        if external and mode != 'create':
            check_seen(rows)
        super().check_modification(
            mode, rows, values=values, external=external)
        if not external:
            return
        for row in rows:
            if mode == 'create':
                fixed = row.state != 'waiting'
            else:
                fixed = row.state != 'waiting' or 'state' in (values or {})
            if fixed or row.mission.state not in {
                    'planned', 'confirmed', 'in_progress'}:
                raise MissionError(row._message('member_fixed'))

    def _message(self, message, **values):
        return gettext(
            f'coop_mission.msg_mission_{message}',
            record=self.rec_name, member=self.member.rec_name, **values)

    @classmethod
    def on_modification(cls, mode, rows, field_names=None):
        "Who comes later is asked, and the mission waits for the answer"
        super().on_modification(mode, rows, field_names=field_names)
        Mission = Pool().get('coop.mission')
        if mode == 'create':
            Mission.replan([
                    m for m in {
                        r.mission for r in rows if r.state == 'waiting'}
                    if m.state == 'confirmed'])

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, rows):
        """Agree to take part, at the price that is written.

        When all have agreed the mission is confirmed.
        """
        for row in rows:
            if row.mission.state not in {
                    'planned', 'confirmed', 'in_progress'}:
                raise MissionError(row._message('member_fixed'))
            row.confirmed_at = dt.datetime.now()
            row.confirmed_by = Transaction().user or None
            row.state = 'confirmed'
        cls.save(rows)
        cls._answered(rows)

    @classmethod
    @ModelView.button
    @Workflow.transition('declined')
    def decline(cls, rows):
        "Do not take part: it is written here, and nowhere else"
        cls.write(rows, {'state': 'declined'})
        cls._answered(rows)

    @classmethod
    def _answered(cls, rows):
        Mission = Pool().get('coop.mission')
        Mission.confirm_agreed(list({r.mission for r in rows}))

    @classmethod
    @ModelView.button
    @Workflow.transition('waiting')
    def ask_again(cls, rows):
        """Correct what a member has agreed to, who is asked again.

        :raises MissionError: once the work has begun
        """
        Mission = Pool().get('coop.mission')
        missions = list({r.mission for r in rows})
        for row in rows:
            if row.mission.state not in {'planned', 'confirmed'}:
                raise MissionError(row._message('member_fixed'))
        cls.write(rows, {'confirmed_at': None, 'confirmed_by': None})
        Mission.replan([m for m in missions if m.state == 'confirmed'])

    @classmethod
    @Workflow.transition('handed_over')
    def hand_over(cls, rows):
        "A colleague goes on; what was done before stays owed"
