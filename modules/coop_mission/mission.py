# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What members do for a client, or for the cooperative itself.

From the agreement of all to the acceptance by the client; what follows is
money, that another module moves by the transitions that are listed here.
"""
from decimal import Decimal

from sql import Null

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import NumberedMixin
from trytond.modules.coop_member.rpc import is_restricted
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import check_access

from . import price
from .exceptions import MissionError
from .ownership import acts_for, is_office
from .performed import unit_of
from .quotation_tax import tax_field
from .schedule import AGREED, ENDED as GREY, OPEN, WAITING, ScheduleMixin

STATES = [
    ('planned', "Planned"),
    ('confirmed', "Confirmed"),
    ('in_progress', "In Progress"),
    ('reported', "Reported"),
    ('accepted', "Accepted"),
    ('invoiced', "Invoiced"),
    ('client_paid', "Paid by the Client"),
    ('paid_out', "Paid Out"),
    ('closed', "Closed"),
    ('disputed', "Disputed"),
    ('cancelled', "Cancelled"),
    ]
# What may still come to nothing
CANCELLABLE = ['planned', 'confirmed', 'in_progress']
# What members may still report on
AT_WORK = ['confirmed', 'in_progress']
# What nobody waits for any more
ENDED = ['closed', 'cancelled']
# What can be disputed
DISPUTABLE = ['reported', 'accepted', 'invoiced', 'client_paid', 'paid_out']
_planned = {'readonly': Eval('state') != 'planned'}
_open = {'readonly': ~Eval('state').in_(CANCELLABLE)}
_client = {
    'readonly': Eval('state') != 'planned',
    'invisible': Eval('kind') != 'client',
    }
# What may be noted once members are at work
NOTED = {
    'description', 'end_date', 'contact_name', 'contact_phone', 'reports',
    'members', 'cancelled_by', 'cancel_fee', 'payment_days', 'department'}


class Mission(
        ScheduleMixin, NumberedMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission'
    _error = MissionError
    _messages = 'coop_mission.msg_mission'
    _first = 'planned'
    _sequence = 'mission_sequence'
    _colours = {
        'planned': WAITING, 'confirmed': OPEN, 'in_progress': OPEN,
        'reported': WAITING, 'disputed': WAITING, 'cancelled': GREY,
        'accepted': AGREED, 'invoiced': AGREED, 'client_paid': AGREED,
        'paid_out': GREY, 'closed': GREY}
    title = fields.Char("Title", required=True, states=_planned)
    date = fields.Date("Agreed on", required=True, states=_planned)
    kind = fields.Selection([
            ('client', "For a Client"),
            ('internal', "Internal"),
            ], "Kind", required=True, sort=False, states=_planned,
        help="Internal: the cooperative is its own client.")
    client = fields.Many2One(
        'party.party', "Client", ondelete='RESTRICT',
        states={**_client, 'required': Eval('kind') == 'client'},
        context={'company': Eval('company', -1)}, depends={'company'})
    client_name = fields.Function(
        fields.Char("Client"), 'get_client_name',
        searcher='search_client_name')
    demand = fields.Many2One(
        'coop.demand', "Demand", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_planned)
    quotation = fields.Many2One(
        'coop.mission.quotation', "Quotation", ondelete='RESTRICT',
        domain=[('demand', '=', Eval('demand', -1))], states=_planned)
    template = fields.Many2One(
        'coop.demand.template', "Kind of Work", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_open,
        help="Its checklist is that of the work reports.")
    referrer = fields.Many2One(
        'coop.member', "Brought by", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_client,
        help="The member who brought it, to whom the referral is due.")
    place = fields.Char("Place", states=_open,
        help="A city, as \"Grenoble (38)\".")
    contact_name = fields.Char("Contact")
    contact_phone = fields.Char("Contact's Phone")
    start_date = fields.Date("First Day", required=True, states=_open)
    end_date = fields.Date(
        "Last Day", required=True, states=_open,
        domain=[If(Eval('end_date') & Eval('start_date'),
                ('end_date', '>=', Eval('start_date', None)), ())],
        help="Included.")
    pricing = fields.Selection([
            ('fixed', "Fixed Price"),
            ('time', "As Reported"),
            ], "Pricing", required=True, sort=False, states=_planned,
        help="As reported: the hours and services of accepted work "
        "reports.")
    contribution_rate = fields.Numeric(
        "Contribution Rate", digits=(16, 4),
        domain=['OR', ('contribution_rate', '=', None), [
                ('contribution_rate', '>=', 0),
                ('contribution_rate', '<', 1)]],
        states={**_client, 'required': Eval('kind') == 'client'},
        help="The fraction of the client's price, without tax, for the "
        "cooperative.")
    referral_rate = fields.Numeric(
        "Referral Rate", digits=(16, 4),
        domain=['OR', ('referral_rate', '=', None), [
                ('referral_rate', '>=', 0), ('referral_rate', '<', 1)]],
        states=_client,
        help="The fraction of the client's price, without tax, for the "
        "member who brought it.")
    tax = tax_field("Of the price of the client; empty when none is due.",
        states=_client)
    payment_days = fields.Integer(
        "Payment within Days",
        domain=['OR', ('payment_days', '=', None), [
                ('payment_days', '>=', 0), ('payment_days', '<=', 60)]],
        states={**_client, 'readonly': ~Eval('state').in_(CANCELLABLE)},
        help="From the invoice, 60 at most (C. com. L441-10).")
    budget = Monetary(
        "Budget", currency='currency', digits='currency',
        domain=['OR', ('budget', '=', None), ('budget', '>=', 0)],
        states={
            **_planned,
            'invisible': Eval('kind') != 'internal',
            'required': Eval('kind') == 'internal',
            }, help="What the cooperative pays its members at most.")
    description = fields.Text("Description")
    members = fields.One2Many(
        'coop.mission.member', 'mission', "Members", states=_open)
    reports = fields.One2Many(
        'coop.mission.report', 'mission', "Work Reports",
        states={'readonly': ~Eval('state').in_(AT_WORK)})
    members_amount = fields.Function(Monetary(
            "Members", currency='currency', digits='currency',
            help="What was agreed with them, or done by the hour, without "
            "tax."), 'get_amounts')
    amount = fields.Function(Monetary(
            "Price", currency='currency', digits='currency',
            help="Of the client, without tax."), 'get_amounts')
    team = fields.Function(fields.Char("Team"), 'get_team')
    accept_by = fields.Date("Accepted Tacitly after", readonly=True,
        states={'invisible': ~Eval('accept_by')},
        help="The last day on which the client may contest the work.")
    accepted_on = fields.Date("Accepted on", readonly=True,
        states={'invisible': ~Eval('accepted_on')})
    tacit = fields.Boolean("Accepted Tacitly", readonly=True,
        states={'invisible': ~Eval('tacit')})
    cancelled_by = fields.Selection([
            (None, ""),
            ('client', "The Client"),
            ('member', "A Member"),
            ('cooperative', "The Cooperative"),
            ], "Cancelled by", sort=False, states={
            'readonly': ~Eval('state').in_(CANCELLABLE),
            'required': Eval('state') == 'cancelled',
            })
    cancel_fee = Monetary(
        "Cancellation Fee", currency='currency', digits='currency',
        domain=['OR', ('cancel_fee', '=', None), ('cancel_fee', '>=', 0)],
        states={
            'readonly': ~Eval('state').in_(CANCELLABLE),
            'invisible': Eval('cancelled_by') != 'client',
            }, help="What the client pays for it, without tax.")
    cancelled_from = fields.Selection(
        [(None, ""), *STATES], "Cancelled from", readonly=True, sort=False,
        states={'invisible': ~Eval('cancelled_from')})
    may_act = fields.Function(fields.Boolean("May Act"), 'get_may_act')
    disputed_from = fields.Selection(
        [(None, ""), *STATES], "Disputed from", readonly=True, sort=False,
        states={'invisible': ~Eval('disputed_from')})
    state = fields.Selection(
        STATES, "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.client, Index.Equality())),
                Index(t, (t.referrer, Index.Equality()),
                    where=t.referrer != Null),
                Index(t, (t.demand, Index.Equality()),
                    where=t.demand != Null),
                Index(t, (t.quotation, Index.Equality()),
                    where=t.quotation != Null),
                Index(t, (t.accept_by, Index.Range()),
                    where=t.state == 'reported'),
                })
        cls._transitions |= {
            ('planned', 'confirmed'),
            ('confirmed', 'planned'),
            ('confirmed', 'in_progress'),
            ('in_progress', 'reported'),
            ('reported', 'in_progress'),
            ('reported', 'accepted'),
            ('accepted', 'closed'),
            # Those of the money
            ('accepted', 'invoiced'),
            ('invoiced', 'accepted'),
            ('invoiced', 'client_paid'),
            ('client_paid', 'invoiced'),
            ('client_paid', 'paid_out'),
            ('paid_out', 'client_paid'),
            ('paid_out', 'closed'),
            ('accepted', 'paid_out'),
            *((state, 'cancelled') for state in CANCELLABLE),
            # From which undispute alone leads back
            *((state, 'disputed') for state in DISPUTABLE),
            }
        cls._buttons.update({
                'start': {
                    'invisible': ((Eval('state') != 'confirmed')
                        | ~Eval('may_act', False)),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'may_act'],
                    },
                'accept': {
                    'invisible': Eval('state') != 'reported',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(CANCELLABLE),
                    'readonly': ~Eval('cancelled_by'),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'cancelled_by'],
                    },
                'close': {
                    'invisible': Eval('state') != 'accepted',
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'client'

    @classmethod
    def default_pricing(cls):
        return 'fixed'

    @classmethod
    def default_payment_days(cls):
        return 30

    @classmethod
    def _default_rate(cls):
        Rate = Pool().get('coop.mission.rate')
        company = cls.default_company()
        rates = Rate.search([
                ('company', '=', company),
                ('date', '<=', today(company)),
                ], order=[('date', 'DESC')], limit=1) if company else []
        return rates[0] if rates else None

    @classmethod
    def default_contribution_rate(cls):
        rate = cls._default_rate()
        return rate.contribution if rate else None

    @classmethod
    def default_referral_rate(cls):
        rate = cls._default_rate()
        return rate.referral if rate else None

    @classmethod
    def default_tax(cls):
        rate = cls._default_rate()
        return rate.tax.id if rate and rate.tax else None

    @fields.depends('kind')
    def on_change_kind(self):
        if self.kind == 'internal':
            self.client = self.referrer = self.tax = None
            self.contribution_rate = self.referral_rate = None
            self.payment_days = None

    @classmethod
    def get_client_name(cls, missions, name):
        return {
            m.id: m.client.name if m.client else m.company.party.name
            for m in missions}

    @classmethod
    def search_client_name(cls, name, clause):
        return [('client.rec_name', *clause[1:])]

    @classmethod
    def get_team(cls, missions, name):
        return {
            m.id: ', '.join(
                row.member.party.name for row in m.members if row.takes_part)
            for m in missions}

    @classmethod
    def get_may_act(cls, missions, name):
        "Whose member takes part; the office notes what it is told"
        if is_office():
            return dict.fromkeys(map(int, missions), True)
        return {
            m.id: any(
                acts_for(row.member) for row in m.members if row.takes_part)
            for m in missions}

    @classmethod
    def get_amounts(cls, missions, names):
        result = {name: {} for name in names}
        seen = cls._seen_whole(missions)
        for mission in missions:
            if mission.id not in seen:
                for name in names:
                    result[name][mission.id] = None
                continue
            members = mission.members_price()
            values = {
                'members_amount': members,
                'amount': mission.client_price(members).total}
            for name in names:
                result[name][mission.id] = values[name]
        return result

    @classmethod
    def _seen_whole(cls, missions):
        """Return the ids of missions whose sums tell the user nothing new.

        From the sum who knows the own part finds out that of a colleague.
        """
        Row = Pool().get('coop.mission.member')
        ids = {m.id for m in missions}
        if not is_restricted():
            return ids
        # Getters run without it
        with check_access():
            seen = {row.id for row in Row.search(
                    [('mission', 'in', list(ids))])}
        return {
            m.id for m in missions if all(r.id in seen for r in m.members)}

    def members_price(self):
        "Return what members get: as agreed, as performed once accepted"
        if self.accepted_on and self.pricing == 'time':
            amounts = [
                p.amount for p in self.performed([self])[self]]
        else:
            amounts = [row.agreed for row in self.members if row.takes_part]
        return sum(amounts, Decimal(0))

    def client_price(self, members):
        """Return the price.Split of what members get of the mission.

        :param members: Decimal, without tax
        """
        contribution = referral = 0
        if self.kind == 'client':
            contribution = self.contribution_rate or 0
            referral = self.referral_rate or 0 if self.referrer else 0
        return price.split(
            members, contribution, referral,
            unit_of(self.currency))

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.title]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'title', 'client.rec_name')

    @classmethod
    def copy(cls, missions, default=None):
        default = default.copy() if default else {}
        for name in ['reports', 'demand', 'quotation', 'accept_by',
                'accepted_on', 'cancelled_by', 'cancel_fee',
                'cancelled_from', 'disputed_from']:
            default.setdefault(name)
        default.setdefault('tacit', False)
        default.setdefault('date', cls.default_date())
        return super().copy(missions, default=default)

    @classmethod
    def on_modification(cls, mode, missions, field_names=None):
        super().on_modification(mode, missions, field_names=field_names)
        if mode == 'create':
            cls.set_number(missions)

    def _may_write(self, values):
        if self.state == 'planned':
            return 'company' not in values
        elif self.state in CANCELLABLE:
            return not (values.keys() - NOTED - {
                    'start_date', 'place', 'template'})
        return not (values.keys() - {'description', 'reports', 'members'})
