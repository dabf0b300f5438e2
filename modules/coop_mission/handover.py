# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A mission that a member gives to a colleague, who agrees to take it.

The owner of the work never changes without the taker's consent, and where
there is a client without his: he accepts each subcontractor (law 75-1334,
art. 3). What the giver has done stays owed to the giver.
"""
import datetime as dt
from decimal import Decimal

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import HandoverError
from .mission import AT_WORK
from .ownership import acts_for, is_office
from .tools import year_before

WAITING = ['offered', 'accepted']
# What the giver says of it, before it is offered
GIVEN = {'row', 'taker_number', 'amount', 'hours', 'description'}
_draft = {'readonly': Eval('state') != 'draft'}


class Handover(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.handover'
    _error = HandoverError
    _messages = 'coop_mission.msg_handover'
    _muted = ['refused', 'withdrawn']
    row = fields.Many2One(
        'coop.mission.member', "Part of the Mission", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state').in_(['draft', *WAITING]),
                ('state', '=', 'confirmed'), ()),
            ], states=_draft)
    giver = fields.Many2One(
        'coop.member', "Given by", readonly=True, ondelete='RESTRICT')
    giver_name = fields.Function(fields.Char("Given by"), 'get_names')
    taker_number = fields.Char(
        "Number of the Colleague", states=_draft,
        help="As a member: by whom it is to be taken.")
    taker_name = fields.Function(fields.Char("Taken by"), 'get_names')
    taker = fields.Many2One(
        'coop.member', "Taken by", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'in', ['admitted', 'active', 'leaving']),
            ('id', '!=', Eval('giver', -1)),
            ], states={**_draft, 'required': Eval('state') != 'draft'})
    title = fields.Char("Title", readonly=True)
    client_name = fields.Char("Client", readonly=True)
    place = fields.Char("Place", readonly=True)
    start_date = fields.Date("First Day", readonly=True)
    end_date = fields.Date("Last Day", readonly=True)
    pricing = fields.Function(
        fields.Selection('get_pricings', "Pricing"),
        'on_change_with_pricing')
    amount = Monetary(
        "Price", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>=', 0)],
        states={
            **_draft,
            'invisible': Eval('pricing') == 'time',
            'required': Eval('pricing') == 'fixed',
            }, help="Of the taker, without tax; the giver keeps the rest.")
    unit_price = Monetary(
        "Price per Hour", currency='currency', digits='currency',
        readonly=True, states={'invisible': Eval('pricing') != 'time'},
        help="That of the giver.")
    hours = fields.Numeric(
        "Hours", digits=(16, 2), states=_draft,
        domain=['OR', ('hours', '=', None), ('hours', '>=', 0)],
        help="Those that are left.")
    description = fields.Text("What Is Left To Do", states=_draft)
    client_accepts = fields.Boolean(
        "Accepted by the Client",
        states={
            'readonly': ~Eval('state').in_(WAITING),
            'invisible': ~Eval('client_needed', False),
            },
        help="The client accepts the taker as subcontractor "
        "(law 75-1334, art. 3).")
    client_needed = fields.Function(
        fields.Boolean("Client Needed"), 'get_client_needed')
    answered_at = fields.Timestamp("Answered at", readonly=True,
        states={'invisible': ~Eval('answered_at')})
    answered_by = fields.Many2One(
        'res.user', "Answered by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('answered_at')})
    may_give = fields.Function(fields.Boolean("May Give"), 'get_may')
    may_answer = fields.Function(fields.Boolean("May Answer"), 'get_may')
    state = fields.Selection([
            ('draft', "Draft"),
            ('offered', "Offered"),
            ('accepted', "Accepted"),
            ('done', "Done"),
            ('refused', "Refused"),
            ('withdrawn', "Withdrawn"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('id', 'DESC')]
        cls._sql_indexes.update({
                Index(t, (t.row, Index.Equality())),
                Index(t, (t.giver, Index.Equality())),
                Index(t, (t.taker, Index.Equality())),
                })
        cls._transitions |= {
            ('draft', 'offered'),
            ('offered', 'accepted'),
            ('offered', 'refused'),
            ('accepted', 'done'),
            *((state, 'withdrawn') for state in WAITING),
            }
        gives = Eval('may_give', False)
        answers = Eval('may_answer', False)
        cls._buttons.update({
                'offer': {
                    'invisible': (Eval('state') != 'draft') | ~gives,
                    'icon': 'tryton-forward',
                    'depends': ['state', 'may_give'],
                    },
                'accept': {
                    'invisible': (Eval('state') != 'offered') | ~answers,
                    'icon': 'tryton-ok',
                    'depends': ['state', 'may_answer'],
                    },
                'refuse': {
                    'invisible': (Eval('state') != 'offered') | ~answers,
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'may_answer'],
                    },
                'withdraw': {
                    'invisible': ~Eval('state').in_(WAITING) | ~gives,
                    'icon': 'tryton-back',
                    'depends': ['state', 'may_give'],
                    },
                'execute': {
                    'invisible': Eval('state') != 'accepted',
                    'readonly': (Eval('client_needed', False)
                        & ~Eval('client_accepts', False)),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'client_needed', 'client_accepts'],
                    },
                })

    @classmethod
    def default_row(cls):
        context = Transaction().context
        if context.get('active_model') == 'coop.mission.member':
            return context.get('active_id')

    @classmethod
    def default_may_give(cls):
        return True

    @classmethod
    def get_pricings(cls):
        return Pool().get('coop.mission').pricing.selection

    @fields.depends('row')
    def on_change_with_pricing(self, name=None):
        return self.row.mission.pricing if self.row else None

    @fields.depends('row', 'amount', 'hours')
    def on_change_row(self):
        "Say what the mission says; all of it is handed over by default"
        if self.row:
            for name, value in self._told().items():
                setattr(self, name, value)
            self.amount, self.hours = self.row.amount, self.row.hours
            self.pricing = self.row.mission.pricing

    def _told(self):
        "What the taker knows before answering"
        mission = self.row.mission
        return {
            'giver': self.row.member, 'title': mission.title,
            'client_name': mission.client_name, 'place': mission.place,
            'start_date': mission.start_date, 'end_date': mission.end_date,
            'unit_price': self.row.unit_price}

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if self.state == 'draft' and (
                field_names is None or 'row' in field_names):
            for name, value in self._told().items():
                if getattr(self, name, None) != value:
                    values[name] = value.id if name == 'giver' else value
        return values

    @classmethod
    def get_names(cls, handovers, names):
        return {
            name: {
                h.id: member.party.name if (
                    member := getattr(h, name[:-len('_name')])) else None
                for h in handovers}
            for name in names}

    @classmethod
    def get_client_needed(cls, handovers, name):
        return {h.id: h.row.mission.kind == 'client' for h in handovers}

    @classmethod
    def get_may(cls, handovers, names):
        office = is_office()
        who = {
            'may_give': lambda h: h.row.member,
            'may_answer': lambda h: h.taker}
        return {
            name: {
                h.id: office or bool(
                    (member := who[name](h)) and acts_for(member))
                for h in handovers}
            for name in names}

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [self.title, self.taker_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('title', *clause[1:])]

    @classmethod
    def copy(cls, handovers, default=None):
        default = default.copy() if default else {}
        for name in ['answered_at', 'answered_by']:
            default.setdefault(name)
        default.setdefault('client_accepts', False)
        return super().copy(handovers, default=default)

    @classmethod
    def check_modification(
            cls, mode, handovers, values=None, external=False):
        super().check_modification(
            mode, handovers, values=values, external=external)
        if external and mode == 'create':
            for handover in handovers:
                if not handover.may_give:
                    handover._raise('giver')

    def _may_write(self, values):
        restricted = Pool().get('res.user').is_restricted()
        if self.state == 'draft':
            # Who takes it must be told what the mission says, and a member
            # knows a colleague by number: the name of any id would be told
            written = GIVEN if restricted else {*GIVEN, 'taker'}
            return self.may_give and not (values.keys() - written)
        return (self.state in WAITING and not restricted
            and not (values.keys() - {'client_accepts'}))

    def _raise_document(self, message):
        if message == 'fixed':
            self._raise('fixed')
        super()._raise_document(message)

    @classmethod
    @ModelView.button
    @Workflow.transition('offered')
    def offer(cls, handovers):
        """Ask the taker, who is written to.

        :raises HandoverError: when there is nothing (left) to take
        """
        for handover in handovers:
            handover._find_taker()
            handover.check()
            if cls.search([
                        ('row', '=', handover.row.id),
                        ('state', 'in', WAITING),
                        ], limit=1):
                handover._raise('twice')
            handover.save()
            handover._mail()

    def _find_taker(self):
        "A member knows a colleague by number, and reads no more of him"
        Member = Pool().get('coop.member')
        if not self.taker and self.taker_number:
            members = Member.search([
                    ('company', '=', self.company.id),
                    ('number', '=', self.taker_number),
                    ('state', 'in', ['admitted', 'active', 'leaving']),
                    ], limit=1)
            self.taker = members[0] if members else None
        if not self.taker:
            self._raise('number', number=self.taker_number or '')
        elif self.taker == self.giver:
            self._raise('self')

    def check(self):
        """Check that the part can be handed over.

        :raises HandoverError: which says what to do
        """
        row = self.row
        if row.state != 'confirmed' or row.mission.state not in AT_WORK:
            self._raise('mission', mission=row.mission.rec_name)
        if any(r.member == self.taker and r.takes_part
                for r in row.mission.members):
            self._raise('taker', taker=self.taker.rec_name)
        if any(r.member == row.member and r.final
                and r.state in {'submitted', 'accepted'}
                for r in row.mission.reports):
            self._raise('finished', giver=self.giver.rec_name)
        if row.mission.pricing == 'fixed' and self.amount > row.amount:
            self._raise('amount')

    def _mail(self):
        "Write to the taker"
        lang = mail.language(self.taker.party, self.company)
        with without_check_access():
            mail.send(
                self.company, self.taker.party, 'handover',
                module='coop_mission', title=self.title,
                client=self.client_name or '', place=self.place or '',
                giver=self.giver.party.name,
                start=lang.strftime(self.start_date),
                end=lang.strftime(self.end_date))

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, handovers):
        """Take it; it is done at once where no client is to be asked.

        :raises HandoverError: when it can not be handed over any more
        """
        for handover in handovers:
            handover.check()
            handover.state = 'accepted'
        cls._answered(handovers)
        cls.execute([
                h for h in cls.browse(handovers)
                if not h.client_needed or h.client_accepts])

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, handovers):
        "Say no: it is written here, and nowhere else"
        cls._answered(handovers)

    @classmethod
    def _answered(cls, handovers):
        for handover in handovers:
            handover.answered_at = dt.datetime.now()
            handover.answered_by = Transaction().user or None
        cls.save(handovers)

    @classmethod
    @ModelView.button
    @Workflow.transition('withdrawn')
    def withdraw(cls, handovers):
        "Keep it after all"

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def execute(cls, handovers):
        """Make the taker a member of the mission in the giver's place.

        :raises HandoverError: while the client has not accepted the taker,
            or a paper of the taker is out of date
        """
        Member = Pool().get('coop.mission.member')
        for handover in handovers:
            handover.check()
            if handover.client_needed and not handover.client_accepts:
                handover._raise('client')
            handover._check_papers()
            handover._hand_over(Member)

    def _hand_over(self, Member):
        row = self.row
        taken = next((
                r for r in row.mission.members if r.member == self.taker),
            None) or Member(mission=row.mission, member=self.taker)
        taken.role = row.role
        taken.hours = self.hours
        taken.unit_price = row.unit_price
        if row.mission.pricing == 'fixed':
            taken.amount = self.amount
            row.amount -= self.amount
        row.hours = max((row.hours or 0) - (self.hours or 0), Decimal(0))
        taken.confirmed_at = self.answered_at
        taken.confirmed_by = self.answered_by
        taken.state = 'confirmed'
        Member.hand_over([row])
        Member.save([row, taken])

    def _check_papers(self):
        "Check the papers of who takes contracts that reach the threshold"
        pool = Pool()
        Document = pool.get('coop.member.document')
        Member = pool.get('coop.mission.member')
        Parameter = pool.get('coop.parameter')
        mission = self.row.mission
        if mission.kind != 'client':
            return
        date = mission.start_date
        rows = Member.search([
                ('member', '=', self.taker.id),
                ('state', 'in', ['confirmed', 'handed_over']),
                ('mission.client', '=', mission.client.id),
                ('mission.state', '!=', 'cancelled'),
                ('mission.date', '>', year_before(self.company, date)),
                ])
        amount = sum((r.agreed for r in rows), self._price())
        if amount >= Parameter.get('vigilance_threshold', date):
            lacking = Document.mission_lacking([self.taker], date)
            if lacking:
                self._raise('papers', taker=self.taker.rec_name,
                    papers=', '.join(
                        k.name for k in lacking[self.taker.id]))

    def _price(self):
        if self.row.mission.pricing == 'fixed':
            return self.amount
        return (self.hours or 0) * (self.unit_price or 0)


class MissionMember(metaclass=PoolMeta):
    __name__ = 'coop.mission.member'
    handovers = fields.One2Many(
        'coop.mission.handover', 'row', "Hand-overs", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'give': {
                    'invisible': ((Eval('state') != 'confirmed')
                        | ~Eval('may_answer', False)),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'may_answer'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_mission.act_handover_give')
    def give(cls, rows):
        "Open the drafts by which parts are handed over, all of each at first"
        Handover = Pool().get('coop.mission.handover')
        handovers = Handover.search([
                ('row', 'in', [r.id for r in rows]),
                ('state', '=', 'draft'),
                ])
        drafted = {h.row for h in handovers}
        handovers += Handover.create([{
                    'company': row.company.id, 'row': row.id,
                    'amount': row.amount, 'hours': row.hours}
                for row in rows if row not in drafted])
        return {'res_id': [h.id for h in handovers]}

    @classmethod
    def copy(cls, rows, default=None):
        default = default.copy() if default else {}
        default.setdefault('handovers')
        return super().copy(rows, default=default)
