# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What clients ask for, from the first call to the agreement"
from decimal import Decimal

from sql.aggregate import Sum
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import NumberedMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.coop_skill.zone import find_place
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import DemandError
from .tools import hours_day
from .work import PRIORITIES, CheckMixin, RequiredMixin, child_of

CHANNELS = [
    ('phone', "Phone"),
    ('mail', "E-mail"),
    ('visit', "Visit"),
    ('member', "A Member"),
    ('tender', "Call for Tenders"),
    ('web', "Web"),
    ('internal', "The Cooperative Itself"),
    ('other', "Other"),
    ]
LOST = [
    (None, ""),
    ('price', "Price"),
    ('delay', "Dates"),
    ('nobody', "Nobody Available"),
    ('given_up', "The Client Gave Up"),
    ('elsewhere', "Given to Somebody Else"),
    ('robot', "Not a Real Demand"),
    ('other', "Other"),
    ]
OPEN = ['draft', 'qualified', 'matching', 'quoted']
CLOSED = ['won', 'lost', 'expired']
# What members were told may change no more
_fixed = {'readonly': ~Eval('state').in_(['draft', 'qualified'])}
_closed = {'readonly': Eval('state').in_(CLOSED)}
# What may be noted as long as the demand is open
NOTED = {
    'description', 'priority', 'referrer', 'budget', 'checks', 'lost_reason',
    'lost_note', 'expires_on', 'offers', 'quotations', 'contact_name',
    'contact_email', 'contact_phone'}


class Demand(NumberedMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.demand'
    _error = DemandError
    _messages = 'coop_mission.msg_demand'
    _muted = ['lost', 'expired']
    _sequence = 'demand_sequence'
    reference = fields.Char("Reference", states=_fixed,
        help="The number that another system gave it.")
    title = fields.Char("Title", required=True, states=_fixed)
    template = fields.Many2One(
        'coop.demand.template', "Kind of Work", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_fixed,
        help="Its skills, its text and its checklist are copied.")
    client = fields.Many2One(
        'party.party', "Client", ondelete='RESTRICT',
        states={
            **_fixed,
            'required': ~Eval('state').in_(['draft', 'lost', 'expired']),
            },
        context={'company': Eval('company', -1)}, depends={'company'},
        help="The cooperative itself for a demand of its own.")
    internal = fields.Function(
        fields.Boolean("Internal",
            help="The cooperative is its own client."),
        'on_change_with_internal')
    site = fields.Many2One(
        'party.address', "Site", ondelete='RESTRICT',
        domain=[('party', '=', Eval('client', -1))], states=_fixed)
    place = fields.Char(
        "Place",
        states={
            **_fixed,
            'required': (~Eval('remote', False)
                & ~Eval('state').in_(['draft', 'lost', 'expired'])),
            },
        help="A city, as \"Grenoble (38)\", by which members are found.")
    remote = fields.Boolean("Can be Done Remotely", states=_fixed)
    referrer = fields.Many2One(
        'coop.member', "Brought by", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_closed,
        help="The member who brought it, to whom the referral is due.")
    channel = fields.Selection(
        CHANNELS, "Channel", required=True, sort=False, states=_fixed)
    priority = fields.Selection(
        PRIORITIES, "Priority", required=True, sort=False, states=_closed)
    date = fields.Date("Received on", required=True, states=_fixed)
    start_date = fields.Date(
        "First Day",
        states={
            **_fixed,
            'required': ~Eval('state').in_(['draft', 'lost', 'expired']),
            })
    end_date = fields.Date(
        "Last Day",
        domain=[If(Eval('end_date') & Eval('start_date'),
                ('end_date', '>=', Eval('start_date', None)), ())],
        states={
            **_fixed,
            'required': ~Eval('state').in_(['draft', 'lost', 'expired']),
            }, help="Included.")
    expires_on = fields.Date("Answer before", states=_closed,
        help="The last day on which an answer is of use to the client.")
    budget = Monetary(
        "Budget", currency='currency', digits='currency',
        domain=['OR', ('budget', '=', None), ('budget', '>=', 0)],
        states=_closed, help="Of the client, without tax.")
    description = fields.Text("Description")
    lines = fields.One2Many(
        'coop.demand.line', 'demand', "Skills Required", states=_fixed)
    checks = fields.One2Many(
        'coop.demand.check', 'demand', "Checklist", states=_closed)
    hours = fields.Function(
        fields.Numeric("Hours", digits=(16, 2)), 'get_hours')
    contact_name = fields.Char("Contact")
    contact_email = fields.Char("Contact's E-mail")
    contact_phone = fields.Char("Contact's Phone")
    lost_reason = fields.Selection(
        LOST, "Lost because of", sort=False, states={
            'readonly': Eval('state').in_(['won', 'expired']),
            'required': Eval('state') == 'lost',
            })
    lost_note = fields.Char("What was Learnt")
    state = fields.Selection([
            ('draft', "Draft"),
            ('qualified', "Qualified"),
            ('matching', "Matching"),
            ('quoted', "Quoted"),
            ('won', "Won"),
            ('lost', "Lost"),
            ('expired', "Expired"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('reference_unique', Unique(t, t.company, t.reference),
                'coop_mission.msg_demand_reference_unique'))
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.client, Index.Equality())),
                Index(t, (t.referrer, Index.Equality())),
                Index(t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(OPEN)),
                })
        cls._transitions |= {
            ('draft', 'qualified'),
            ('qualified', 'draft'),
            ('qualified', 'matching'),
            ('matching', 'qualified'),
            ('matching', 'quoted'),
            ('quoted', 'matching'),
            ('quoted', 'won'),
            ('won', 'quoted'),
            ('lost', 'qualified'),
            ('expired', 'qualified'),
            *((state, end) for state in OPEN for end in ['lost', 'expired'])}
        open_ = Eval('state').in_(OPEN)
        cls._buttons.update({
                'qualify': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'qualified',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'match': {
                    'invisible': Eval('state') != 'qualified',
                    'icon': 'tryton-search',
                    'depends': ['state'],
                    },
                'requalify': {
                    'invisible': ~Eval('state').in_(
                        ['matching', 'lost', 'expired']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'lose': {
                    'invisible': ~open_,
                    'readonly': ~Eval('lost_reason'),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'lost_reason'],
                    },
                'expire': {
                    'invisible': ~open_,
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_channel(cls):
        return 'phone'

    @classmethod
    def default_priority(cls):
        return 'normal'

    @fields.depends('client', 'company')
    def on_change_with_internal(self, name=None):
        return bool(self.client and self.company
            and self.client == self.company.party)

    @fields.depends('site', 'place', 'remote')
    def on_change_site(self):
        if self.site and self.site.city:
            code = (self.site.postal_code or '')[:2]
            self.place = (
                f'{self.site.city} ({code})' if code else self.site.city)

    @fields.depends('template', 'title', 'description', 'lines', 'checks',
        'priority', 'remote')
    def on_change_template(self):
        pool = Pool()
        template = self.template
        if not template:
            return
        self.title = self.title or template.name
        self.description = self.description or template.description
        self.priority, self.remote = template.priority, template.remote
        if not self.lines:
            Line = pool.get('coop.demand.line')
            self.lines = [l.copied(Line) for l in template.lines]
        if not self.checks:
            Check = pool.get('coop.demand.check')
            self.checks = [
                c.copied(Check) for c in template.checks
                if not c.on_report]

    @classmethod
    def get_hours(cls, demands, name):
        pool = Pool()
        Line = pool.get('coop.demand.line')
        result = dict.fromkeys(map(int, demands), Decimal(0))
        cursor = Transaction().connection.cursor()
        line, table = Line.__table__(), cls.__table__()
        days = {c.id: hours_day(c) for c in {d.company for d in demands}}
        query = line.join(table, condition=line.demand == table.id).select(
            line.demand, table.company,
            Sum(Case((line.unit == 'hour', line.quantity), else_=0)),
            Sum(Case((line.unit == 'day', line.quantity), else_=0)),
            where=fields.SQL_OPERATORS['in'](
                line.demand, list(map(int, demands))),
            group_by=[line.demand, table.company])
        cursor.execute(*query)
        for demand, company, hours, day in cursor:
            result[demand] = (Decimal(str(hours or 0))
                + Decimal(str(day or 0)) * days[company]).quantize(
                    Decimal('.01'))
        return result

    @staticmethod
    def order_priority(tables):
        table, _ = tables[None]
        return [Case(*[
                    (table.priority == name, i)
                    for i, (name, _) in enumerate(PRIORITIES)],
                else_=len(PRIORITIES))]

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.title]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(
            clause, 'number', 'reference', 'title', 'client.rec_name',
            'contact_name')

    def _may_write(self, values):
        if self.state == 'draft':
            return True
        elif self.state == 'qualified':
            return 'company' not in values
        elif self.state in OPEN:
            return not (values.keys() - NOTED)
        return not (values.keys() - {
                'description', 'lost_note', 'lost_reason', 'checks',
                'offers'})

    @classmethod
    def copy(cls, demands, default=None):
        default = default.copy() if default else {}
        for name in ['lost_reason', 'lost_note', 'offers', 'quotations',
                'date', 'reference']:
            if name in cls._fields:
                default.setdefault(name, cls.default_date()
                    if name == 'date' else None)
        return super().copy(demands, default=default)

    def check(self):
        """Check that members can be found for it.

        :raises DemandError: which names what is missing
        """
        for name in ['client', 'start_date', 'end_date']:
            if not getattr(self, name):
                self._raise('missing', **self.__names__(name))
        if not self.lines:
            self._raise('missing', **self.__names__('lines'))
        if not self.remote:
            if not self.place:
                self._raise('missing', **self.__names__('place'))
            find_place(self.place)

    @classmethod
    @ModelView.button
    @Workflow.transition('qualified')
    def qualify(cls, demands):
        for demand in demands:
            demand.check()
        cls.set_number(demands)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, demands):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('matching')
    def match(cls, demands):
        """Look for members; nobody is told anything by it.

        :raises DemandError: when something is left to check
        """
        for demand in demands:
            demand.check()
            for check in demand.checks:
                if not check.done:
                    demand._raise('check', check=check.name)

    @classmethod
    @ModelView.button
    @Workflow.transition('qualified')
    def requalify(cls, demands):
        """Correct what was asked for, or take up what was given up.

        :raises DemandError: while members have it before them
        """
        for demand in demands:
            if demand.has_open_offers:
                demand._raise('offers')
            demand.lost_reason, demand.state = None, 'qualified'
        cls.save(demands)

    @property
    def has_open_offers(self):
        "Whether members have it before them, or have accepted it"
        return False

    @classmethod
    @ModelView.button
    @Workflow.transition('lost')
    def lose(cls, demands):
        cls._closed(demands)

    @classmethod
    @ModelView.button
    @Workflow.transition('expired')
    def expire(cls, demands):
        cls._closed(demands)

    @classmethod
    def _closed(cls, demands):
        "Called with demands that come to nothing"
        cls.set_number(demands)

    @classmethod
    @Workflow.transition('quoted')
    def quote(cls, demands):
        pass

    @classmethod
    @Workflow.transition('matching')
    def match_again(cls, demands):
        "What was quoted came to nothing"

    @classmethod
    @Workflow.transition('won')
    def win(cls, demands):
        pass

    @classmethod
    def expire_all(cls):
        "The cron's way: what nobody waits for any more"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            cls.expire(cls.search([
                        ('company', '=', company.id),
                        ('state', 'in', ['draft', 'qualified', 'matching']),
                        ('expires_on', '<', today(company.id)),
                        ]))


class DemandLine(RequiredMixin, ModelSQL, ModelView):
    __name__ = 'coop.demand.line'
    demand = child_of('coop.demand', "Demand")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('demand')
        cls._sql_indexes.add(Index(t, (t.demand, Index.Equality())))

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        if external and mode != 'create':
            check_seen(lines)
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            for demand in {l.demand for l in lines}:
                if demand.state not in {'draft', 'qualified'}:
                    raise DemandError(gettext(
                            'coop_mission.msg_demand_lines',
                            record=demand.rec_name))


class DemandCheck(CheckMixin, ModelSQL, ModelView):
    __name__ = 'coop.demand.check'
    demand = child_of('coop.demand', "Demand")
    done = fields.Boolean("Done")
    note = fields.Char("Note")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('demand')
        cls._sql_indexes.add(Index(t, (t.demand, Index.Equality())))
