# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What clients and members say of each other after a mission.

Only of a mission that the client has accepted, once, in the days of the
configuration; the other side may reply; a master of the domain who has no
part in it publishes, or refuses with a reason that is public. Nobody deletes.
Shown with the date of the review and that of the experience, by date
(C. conso. L111-7-2, D111-16 to D111-19).
"""
import datetime as dt
from decimal import Decimal

from sql.aggregate import Count, Sum

from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from . import evaluation_mean
from .evaluation_mean import HIGHEST, LOWEST
from .exceptions import EvaluationError
from .ownership import acts_for, is_office

CRITERIA = ['quality', 'delay', 'communication']
GIVEN = {*CRITERIA, 'text'}
# What comes of it later: nobody asks for one that has it already, least of
# all for a link that the asker knows
LATER = [
    'given_on', 'given_by', 'reply', 'reply_until', 'replied_on', 'reason',
    'decided_on', 'decided_by', 'token_hash']
# What the client has accepted, whatever became of the money
ACCEPTED = [
    'accepted', 'invoiced', 'client_paid', 'paid_out', 'closed', 'disputed']


def _criterion(name, help):
    return fields.Integer(
        name, domain=['OR', (name.lower(), '=', None), [
                (name.lower(), '>=', LOWEST), (name.lower(), '<=', HIGHEST)]],
        states={
            'readonly': (Eval('state') != 'requested')
            | ~Eval('may_give', False),
            'required': ~Eval('state').in_(['requested', 'expired']),
            }, help=help)


class Evaluation(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.evaluation'
    _error = EvaluationError
    _messages = 'coop_mission.msg_evaluation'
    _first = 'requested'
    _muted = ['refused', 'expired']
    mission = fields.Many2One(
        'coop.mission', "Mission", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('kind', '=', 'client'),
            ], states={'readonly': Eval('id', -1) >= 0})
    author = fields.Selection([
            ('client', "The Client, of the Member"),
            ('member', "The Member, of the Client"),
            ], "By", required=True, sort=False,
        states={'readonly': Eval('id', -1) >= 0})
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0})
    domain = fields.Many2One(
        'coop.skill', "Domain", ondelete='RESTRICT',
        domain=[('parent', '=', None)],
        states={'readonly': ~Eval('state').in_(['requested', 'given'])},
        help="Whose masters publish it; the board does if there is none.")
    title = fields.Function(fields.Char("Mission"), 'get_names')
    member_name = fields.Function(fields.Char("Member"), 'get_names')
    client_name = fields.Function(fields.Char("Client"), 'get_names')
    experience_date = fields.Date("Experience of", readonly=True,
        help="When the client accepted the mission.")
    until = fields.Date("To Give until", readonly=True)
    quality = _criterion("Quality",
        "1 to 5. Of the work, or of what was asked for.")
    delay = _criterion("Delay",
        "1 to 5. Of the work, or of answers and decisions.")
    communication = _criterion("Communication", "1 to 5.")
    score = fields.Function(
        fields.Numeric("Score", digits=(16, 2)), 'on_change_with_score')
    text = fields.Text("In Words", states={
            'readonly': (Eval('state') != 'requested')
            | ~Eval('may_give', False)})
    given_on = fields.Date("Given on", readonly=True)
    given_by = fields.Many2One(
        'res.user', "Noted by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('given_by')},
        help="Empty when it came by the link.")
    reply = fields.Text("Reply", states={
            'readonly': ~Eval('may_reply', False)},
        help="Of who is evaluated; shown with it.")
    reply_until = fields.Date("Reply until", readonly=True,
        help="It may be published without a reply after that.")
    replied_on = fields.Date("Replied on", readonly=True)
    reason = fields.Char("Reason", states={
            'readonly': ~Eval('may_decide', False),
            'required': Eval('state') == 'refused',
            }, help="Why it is refused; it is public.")
    decided_on = fields.Date("Published or Refused on", readonly=True)
    decided_by = fields.Many2One(
        'res.user', "Published or Refused by", readonly=True,
        ondelete='RESTRICT', states={'invisible': ~Eval('decided_by')})
    token_hash = fields.Char("Link", readonly=True)
    may_give = fields.Function(fields.Boolean("May Give"), 'get_may')
    may_reply = fields.Function(fields.Boolean("May Reply"), 'get_may')
    may_decide = fields.Function(fields.Boolean("May Decide"), 'get_may')
    state = fields.Selection([
            ('requested', "Requested"),
            ('given', "Given"),
            ('answered', "Answered"),
            ('published', "Published"),
            ('refused', "Refused"),
            ('expired', "Expired"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [
            ('given_on', 'DESC NULLS LAST'), ('id', 'DESC')]
        cls._sql_constraints.append(
            ('once', Unique(t, t.mission, t.member, t.author),
                'coop_mission.msg_evaluation_once'))
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.token_hash, Index.Equality())),
                })
        cls._transitions |= {
            ('requested', 'given'),
            ('requested', 'expired'),
            ('given', 'answered'),
            ('given', 'published'),
            ('given', 'refused'),
            ('answered', 'published'),
            ('answered', 'refused'),
            ('published', 'refused'),
            ('refused', 'published'),
            }
        decided = ['given', 'answered', 'published', 'refused']
        cls._buttons.update({
                'give': {
                    'invisible': (Eval('state') != 'requested')
                    | ~Eval('may_give', False),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'may_give'],
                    },
                'send_link': {
                    'invisible': ~(
                        ((Eval('state') == 'requested')
                            & (Eval('author') == 'client'))
                        | ((Eval('state') == 'given')
                            & (Eval('author') == 'member'))),
                    'icon': 'tryton-email',
                    'depends': ['state', 'author'],
                    },
                'answer': {
                    'invisible': ~Eval('may_reply', False),
                    'icon': 'tryton-forward',
                    'depends': ['may_reply'],
                    },
                'publish': {
                    'invisible': ~Eval('state').in_(
                        [s for s in decided if s != 'published'])
                    | ~Eval('may_decide', False),
                    'icon': 'tryton-public',
                    'depends': ['state', 'may_decide'],
                    },
                'refuse': {
                    'invisible': ~Eval('state').in_(
                        [s for s in decided if s != 'refused'])
                    | ~Eval('may_decide', False),
                    'readonly': ~Eval('reason'),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'may_decide', 'reason'],
                    },
                })

    @classmethod
    def default_author(cls):
        return 'client'

    @classmethod
    def default_may_give(cls):
        return True

    @fields.depends(*CRITERIA)
    def on_change_with_score(self, name=None):
        values = [getattr(self, c) for c in CRITERIA]
        if None not in values:
            return evaluation_mean.round_(Decimal(sum(values)) / len(values))

    @fields.depends('mission', 'member', 'domain')
    def on_change_mission(self):
        if self.mission and not self.domain:
            self.domain = self._domain_of(self.mission)

    @classmethod
    def get_names(cls, evaluations, names):
        result = {name: {} for name in names}
        with without_check_access():
            for evaluation in cls.browse(evaluations):
                mission = evaluation.mission
                values = {
                    'title': mission.title,
                    'member_name': evaluation.member.party.name,
                    'client_name': mission.client_name,
                    }
                for name in names:
                    result[name][evaluation.id] = values[name]
        return result

    @classmethod
    def get_may(cls, evaluations, names):
        result = {name: {} for name in names}
        with without_check_access():
            for evaluation in cls.browse(evaluations):
                for name in names:
                    result[name][evaluation.id] = getattr(
                        evaluation, f'_{name}')()
        return result

    def _acts(self, author):
        """Whether the user may speak for a side.

        The office notes what it says, but nobody evaluates himself.
        """
        if not Transaction().user:
            return True
        own = acts_for(self.member)
        if author == 'member':
            return own or is_office()
        return is_office() and not own

    def _may_give(self):
        return self.state == 'requested' and self._acts(self.author)

    def _may_reply(self):
        other = 'member' if self.author == 'client' else 'client'
        return (self.state in {'given', 'published'}
            and not self.replied_on and self._acts(other))

    def _may_decide(self):
        """Whether the user is a master of the domain without a part in it.

        The board decides where no master is in office.
        """
        pool = Pool()
        User = pool.get('res.user')
        user = Transaction().user
        if not user:
            return True
        if self.state not in {'given', 'answered', 'published', 'refused'}:
            return False
        taking = {r.member.id for r in self.mission.members}
        if taking & set(User.get_coop_members()[0]):
            return False
        if self._masters():
            return bool(self.domain and User.coop_masteries().get(
                    self.domain.id))
        group = pool.get('ir.model.data').get_id(
            'coop_member', 'group_board')
        return group in User.get_groups()

    def _masters(self):
        "The masters in office of the domain who have no part in the mission"
        Master = Pool().get('coop.skill.master')
        if not self.domain:
            return []
        taking = [r.member.id for r in self.mission.members]
        # Of today, whatever the date that the user looks at
        with Transaction().set_context(
                company=self.company.id, date=None, known_at=None):
            return Master.search([
                    ('company', '=', self.company.id),
                    ('domain', '=', self.domain.id),
                    ('active_term', '=', True),
                    ('member', 'not in', taking),
                    ])

    def get_rec_name(self, name):
        return f"{self.title} - {self.member_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'mission.rec_name', 'member.rec_name')

    @classmethod
    def copy(cls, evaluations, default=None):
        for evaluation in evaluations:
            evaluation._raise('copy')
        return []

    @classmethod
    def check_modification(cls, mode, evaluations, values=None,
            external=False):
        if mode == 'delete':
            for evaluation in evaluations:
                evaluation._raise('delete')
        super().check_modification(
            mode, evaluations, values=values, external=external)
        if mode == 'create':
            for evaluation in evaluations:
                if external and any(
                        getattr(evaluation, name) for name in LATER):
                    evaluation._raise_document('fixed')
                evaluation._check_mission()

    def _check_mission(self):
        if self.mission.state not in ACCEPTED or not self.mission.accepted_on:
            self._raise('not_accepted')
        if self.member not in {
                r.member for r in self.mission.members if r.takes_part}:
            self._raise('member', member=self.member.rec_name)

    def _may_write(self, values):
        allowed = set()
        if self.may_give:
            allowed |= GIVEN
        if self.may_reply:
            allowed.add('reply')
        if self.may_decide:
            allowed.add('reason')
        if self.state in {'requested', 'given'} and is_office():
            allowed.add('domain')
        return not (values.keys() - allowed)

    @classmethod
    def _domain_of(cls, mission):
        "The domain of the first skill that was asked for"
        if mission.demand and mission.demand.lines:
            return mission.demand.lines[0].skill.domain

    @classmethod
    def on_modification(cls, mode, evaluations, field_names=None):
        super().on_modification(mode, evaluations, field_names=field_names)
        if mode == 'create':
            with without_check_access():
                cls._set_window(cls.browse(evaluations))

    @classmethod
    def _set_window(cls, evaluations):
        Configuration = Pool().get('coop.configuration')
        for evaluation in evaluations:
            days = Configuration(1).get_multivalue(
                'evaluation_days', company=evaluation.company.id)
            accepted_on = evaluation.mission.accepted_on
            evaluation.experience_date = accepted_on
            evaluation.until = accepted_on + dt.timedelta(days)
        cls.save(evaluations)

    @classmethod
    def means(cls, company):
        """Return {member id: evaluation_mean.Mean} of what is published.

        :param company: id of the company whose mean all are drawn to
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.member,
                Sum(table.quality + table.delay + table.communication),
                Count(table.id),
                where=(table.company == company)
                & (table.author == 'client')
                & (table.state == 'published'),
                group_by=[table.member]))
        return evaluation_mean.means({
                member: (Decimal(total) / len(CRITERIA), count)
                for member, total, count in cursor})
