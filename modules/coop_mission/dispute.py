# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A disagreement about a mission, from the complaint to what comes of it.

Opened by either side; answered within working days; settled by both, or
decided after a mediation by peers who were drawn by lot. Meanwhile the mission
stands still: nothing of it is invoiced, paid or accepted by silence.
"""
from sql import Null

from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.coop_member.operation import NumberedMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from .exceptions import DisputeError
from .ownership import acts_for, is_office

OPEN = ['opened', 'answered', 'mediation']
ENDED = ['settled', 'decided']
_draft = {'readonly': Eval('state') != 'draft'}
_outcome = {'readonly': ~Eval('state').in_(OPEN)}
# What is agreed on while it is open
OUTCOME = {'outcome', 'credit_amount', 'member_amount', 'settlement'}
# What comes of it after it was opened, never with it
LATER = OUTCOME | {
    'answer_by', 'answer_text', 'answered_on', 'mediation_by', 'seed',
    'draw_order', 'draw_note', 'settled_on', 'executed_on', 'reminded'}
# What tells whose it is
OPENER = {'mission', 'member', 'opened_by'}
CLAIM = {
    'mission', 'member', 'opened_by', 'subject', 'claim', 'date', 'company'}


class Dispute(NumberedMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.dispute'
    _error = DisputeError
    _messages = 'coop_mission.msg_dispute'
    _muted = ['withdrawn']
    _sequence = 'dispute_sequence'
    mission = fields.Many2One(
        'coop.mission', "Mission", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    member = fields.Many2One(
        'coop.member', "Member", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            **_draft,
            'required': Eval('opened_by') == 'member',
            }, help="Leave empty when it is about all who take part.")
    title = fields.Function(fields.Char("Mission"), 'get_names')
    member_name = fields.Function(fields.Char("Member"), 'get_names')
    client_name = fields.Function(fields.Char("Client"), 'get_names')
    opened_by = fields.Selection([
            ('client', "The Client"),
            ('member', "The Member"),
            ('cooperative', "The Cooperative"),
            ], "Opened by", required=True, sort=False, states=_draft)
    date = fields.Date("Date", required=True, states=_draft)
    subject = fields.Char("Subject", required=True, states=_draft)
    claim = fields.Text("What is Wrong", states={
            **_draft, 'required': Eval('state') != 'draft'})
    answer_by = fields.Date("Answer until", readonly=True,
        states={'invisible': ~Eval('answer_by')},
        help="Working days after it was opened.")
    answer_text = fields.Text("Answer", states={
            'readonly': ~Eval('may_answer', False),
            'invisible': Eval('state') == 'draft',
            })
    answered_on = fields.Date("Answered on", readonly=True,
        states={'invisible': ~Eval('answered_on')})
    mediation_by = fields.Date("Mediation until", readonly=True,
        states={'invisible': ~Eval('mediation_by')})
    seed = fields.Char("Seed of the Draw", readonly=True,
        states={'invisible': ~Eval('seed')},
        help="The order is that of the SHA-256 of the seed, a colon and the "
        "number of the member: anybody can find it again.")
    draw_order = fields.Text("Order of the Draw", readonly=True,
        states={'invisible': ~Eval('seed')},
        help="Numbers of members.")
    draw_note = fields.Text("Not Drawn", readonly=True,
        states={'invisible': ~Eval('draw_note')})
    panelists = fields.One2Many(
        'coop.dispute.panelist', 'dispute', "Peers", order=[('id', 'ASC')],
        states={
            'readonly': Eval('state') != 'mediation',
            'invisible': ~Eval('seed'),
            })
    settlement = fields.Text("Settlement", states={
            **_outcome, 'required': Eval('state').in_([*ENDED, 'executed']),
            'invisible': Eval('state') == 'draft',
            }, help="What was agreed on or decided, and why.")
    outcome = fields.Selection([
            (None, ""),
            ('none', "Nothing Changes"),
            ('credit', "Credit Note to the Client"),
            ('redo', "The Work is Done Again"),
            ('cancel', "The Mission is Cancelled"),
            ], "Outcome", sort=False, states={
            **_outcome, 'required': Eval('state').in_([*ENDED, 'executed']),
            'invisible': Eval('state') == 'draft',
            })
    credit_amount = Monetary(
        "Credited to the Client", currency='currency', digits='currency',
        domain=['OR',
            ('credit_amount', '=', None), ('credit_amount', '>', 0)],
        states={
            **_outcome,
            'required': (Eval('outcome') == 'credit')
            & Eval('state').in_([*ENDED, 'executed']),
            'invisible': Eval('outcome') != 'credit',
            }, help="Without tax.")
    member_amount = Monetary(
        "Borne by the Members", currency='currency', digits='currency',
        domain=['OR',
            ('member_amount', '=', None), ('member_amount', '>=', 0)],
        states={**_outcome, 'invisible': Eval('outcome') != 'credit'},
        help="Of what is credited, without tax; the cooperative bears the "
        "rest.")
    settled_on = fields.Date("Settled on", readonly=True,
        states={'invisible': ~Eval('settled_on')})
    executed_on = fields.Date("Executed on", readonly=True,
        states={'invisible': ~Eval('executed_on')})
    reminded = fields.Char("Reminded", readonly=True)
    sits = fields.Function(
        fields.Boolean("Drawn to Mediate",
            help="Whether the user was drawn."),
        'get_sits', searcher='search_sits')
    may_open = fields.Function(fields.Boolean("May Open"), 'get_may')
    may_answer = fields.Function(fields.Boolean("May Answer"), 'get_may')
    state = fields.Selection([
            ('draft', "Draft"),
            ('opened', "Opened"),
            ('answered', "Answered"),
            ('mediation', "Mediation"),
            ('settled', "Settled"),
            ('decided', "Decided"),
            ('executed', "Executed"),
            ('withdrawn', "Withdrawn"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.mission, Index.Equality())),
                Index(t, (t.member, Index.Equality()),
                    where=t.member != Null),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions |= {
            ('draft', 'opened'),
            ('opened', 'answered'),
            ('opened', 'mediation'),
            ('answered', 'mediation'),
            *((state, end) for state in OPEN
                for end in ['settled', 'withdrawn']),
            ('mediation', 'decided'),
            *((end, state) for state in OPEN for end in ENDED),
            *((state, 'executed') for state in ENDED),
            }
        open_ = Eval('state').in_(OPEN)
        cls._buttons.update({
                'open': {
                    'invisible': (Eval('state') != 'draft')
                    | ~Eval('may_open', False),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'may_open'],
                    },
                'answer': {
                    'invisible': ~Eval('may_answer', False),
                    'icon': 'tryton-forward',
                    'depends': ['may_answer'],
                    },
                'mediate': {
                    'invisible': ~Eval('state').in_(['opened', 'answered']),
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'settle': {
                    'invisible': ~open_,
                    'readonly': ~Eval('outcome') | ~Eval('settlement'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'outcome', 'settlement'],
                    },
                'decide': {
                    'invisible': Eval('state') != 'mediation',
                    'readonly': ~Eval('outcome') | ~Eval('settlement'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'outcome', 'settlement'],
                    },
                'reopen': {
                    'invisible': ~Eval('state').in_(ENDED),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'execute': {
                    'invisible': ~Eval('state').in_(ENDED),
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'withdraw': {
                    'invisible': ~open_ | ~Eval('may_open', False),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'may_open'],
                    },
                })

    @classmethod
    def default_opened_by(cls):
        return 'client' if is_office() else 'member'

    @classmethod
    def default_mission(cls):
        context = Transaction().context
        if context.get('active_model') == 'coop.mission':
            return context.get('active_id')

    @classmethod
    def default_member(cls):
        members, _ = Pool().get('res.user').get_coop_members()
        if len(members) == 1 and not is_office():
            return members[0]

    @classmethod
    def default_may_open(cls):
        return True

    @classmethod
    def get_names(cls, disputes, names):
        result = {name: {} for name in names}
        with without_check_access():
            for dispute in cls.browse(disputes):
                mission = dispute.mission
                values = {
                    'title': mission.rec_name,
                    'member_name': ', '.join(
                        m.party.name for m in dispute.members),
                    'client_name': mission.client_name,
                    }
                for name in names:
                    result[name][dispute.id] = values[name]
        return result

    @classmethod
    def get_sits(cls, disputes, name):
        members = set(Pool().get('res.user').get_coop_members()[0])
        with without_check_access():
            return {
                d.id: any(
                    p.state == 'drawn' and p.member.id in members
                    for p in d.panelists)
                for d in cls.browse(disputes)}

    @classmethod
    def search_sits(cls, name, clause):
        _, operator, value = clause
        members, _ = Pool().get('res.user').get_coop_members()
        with without_check_access():
            seats = Pool().get('coop.dispute.panelist').search([
                    ('member', 'in', members), ('state', '=', 'drawn')])
        positive = (operator in {'=', 'in'}) == bool(
            True in value if isinstance(value, (list, tuple)) else value)
        return [('id', 'in' if positive else 'not in', [
                    p.dispute.id for p in seats])]

    @property
    def members(self):
        "Whom it is about"
        if self.member:
            return [self.member]
        return [r.member for r in self.mission.members if r.takes_part]

    @classmethod
    def get_may(cls, disputes, names):
        result = {name: {} for name in names}
        with without_check_access():
            for dispute in cls.browse(disputes):
                for name in names:
                    result[name][dispute.id] = getattr(
                        dispute, f'_{name}')()
        return result

    def _may_open(self):
        "Whether the user is who complains; the office notes what it is told"
        return self._opens(self.opened_by, self.member)

    @staticmethod
    def _opens(opened_by, member):
        if is_office() or not Transaction().user:
            return True
        return opened_by == 'member' and bool(member) and acts_for(member)

    def _may_answer(self):
        "Whether the user is who is complained of"
        if self.state != 'opened':
            return False
        elif is_office() or not Transaction().user:
            return True
        return self.opened_by != 'member' and any(
            map(acts_for, self.members))

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.subject]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'subject')

    @classmethod
    def copy(cls, disputes, default=None):
        default = default.copy() if default else {}
        for name in ['panelists', *LATER]:
            default.setdefault(name)
        return super().copy(disputes, default=default)

    @classmethod
    def check_modification(cls, mode, disputes, values=None, external=False):
        super().check_modification(
            mode, disputes, values=values, external=external)
        if external:
            with without_check_access():
                for dispute in cls.browse(disputes):
                    if mode != 'write':
                        dispute._check_opener()
                        if mode == 'create' and any(
                                getattr(dispute, name) for name in LATER):
                            dispute._raise_document('fixed')
                    elif values.keys() & OPENER:
                        dispute._check_opener(**values)

    def _check_opener(self, **values):
        """Check that a member complains of an own mission.

        :param values: those that are about to be written
        """
        pool = Pool()
        Member, Mission = map(pool.get, ['coop.member', 'coop.mission'])
        mission, member = self.mission, self.member
        if 'mission' in values:
            mission = Mission(values['mission'])
        if 'member' in values:
            member = Member(values['member']) if values['member'] else None
        if not self._opens(
                values.get('opened_by', self.opened_by), member):
            self._raise('not_yours')
        if member and member not in {
                r.member for r in mission.members if r.takes_part}:
            self._raise('member', member=member.rec_name)

    def _may_write(self, values):
        allowed = set()
        if self.state == 'draft' and self.may_open:
            allowed |= CLAIM
        if self.may_answer:
            allowed.add('answer_text')
        if self.state in OPEN and is_office():
            allowed |= OUTCOME
        if self.state == 'mediation':
            # Each row says who may write it
            allowed.add('panelists')
        return not (values.keys() - allowed)

    @classmethod
    def validate_fields(cls, disputes, field_names):
        super().validate_fields(disputes, field_names)
        if field_names and not field_names & {'mission', *OUTCOME}:
            return
        with without_check_access():
            for dispute in cls.browse(disputes):
                if dispute.outcome == 'credit':
                    dispute._check_amounts()

    def _check_amounts(self):
        "Check that no more is given back than was paid, nor borne than given"
        lang = Pool().get('ir.lang').get()
        credit = self.credit_amount or 0
        for amount, most, message in [
                (credit, self.mission.amount
                    if self.mission.pricing == 'fixed' else None, 'credit'),
                (self.member_amount or 0, credit, 'borne')]:
            if most is not None and amount > most:
                self._raise(
                    message, amount=lang.currency(
                        amount, self.currency, grouping=True),
                    most=lang.currency(most, self.currency, grouping=True))


class Panelist(Workflow, ModelSQL, ModelView):
    "A peer who was drawn, and what he thinks of it"
    __name__ = 'coop.dispute.panelist'
    dispute = fields.Many2One(
        'coop.dispute', "Dispute", required=True, ondelete='CASCADE',
        readonly=True)
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        readonly=True)
    member_name = fields.Function(fields.Char("Member"), 'get_member_name')
    opinion = fields.Text("Opinion", states={
            'readonly': ~Eval('may_act', False)})
    may_act = fields.Function(fields.Boolean("May Act"), 'get_may_act')
    state = fields.Selection([
            ('drawn', "Drawn"),
            ('declined', "Declined"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('dispute')
        cls._sql_constraints.append(
            ('once', Unique(t, t.dispute, t.member),
                'coop_mission.msg_panelist_once'))
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))
        cls._transitions |= {('drawn', 'declined')}
        cls._buttons.update({
                'decline': {
                    'invisible': (Eval('state') != 'drawn')
                    | ~Eval('may_act', False),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'may_act'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'drawn'

    @classmethod
    def get_member_name(cls, panelists, name):
        with without_check_access():
            return {
                p.id: p.member.party.name for p in cls.browse(panelists)}

    @classmethod
    def get_may_act(cls, panelists, name):
        with without_check_access():
            return {p.id: p._may_act() for p in cls.browse(panelists)}

    def _may_act(self):
        return (self.dispute.state == 'mediation'
            and self.state == 'drawn'
            and (is_office() or not Transaction().user
                or acts_for(self.member)))

    def get_rec_name(self, name):
        return f"{self.dispute.rec_name} - {self.member_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('dispute.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, panelists, default=None):
        # Peers are drawn, and not chosen
        return []

    @classmethod
    def check_modification(
            cls, mode, panelists, values=None, external=False):
        if external and mode != 'create':
            check_seen(panelists)
        super().check_modification(
            mode, panelists, values=values, external=external)
        if not external:
            return
        for panelist in panelists:
            if (mode != 'write' or values.keys() - {'opinion'}
                    or not panelist.may_act):
                with without_check_access():
                    cls(panelist.id).dispute._raise('drawn')

    @classmethod
    @ModelView.button
    def decline(cls, panelists):
        "Do not sit: the next of the order does"
        Dispute = Pool().get('coop.dispute')
        panelists = cls.browse(panelists)
        with without_check_access():
            cls._decline(panelists)
            Dispute.fill_panel([p.dispute for p in panelists])

    @classmethod
    @Workflow.transition('declined')
    def _decline(cls, panelists):
        pass
