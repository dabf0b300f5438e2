# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The procedure by which a member is excluded, heard before it is decided"
from dateutil.relativedelta import relativedelta

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If

from .exceptions import ExclusionError, ParameterError
from .file import FileMixin
from .operation import DocumentMixin

# Loi 47-1775, art. 12 al. 2: three months after a registered notice
MONTHS = 3
_states = {'readonly': Eval('state') != 'draft'}


class Exclusion(DocumentMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.member.exclusion'
    _error = ExclusionError
    _messages = 'coop_member.msg_exclusion'
    _file_fields = {'proof': 'proof_name'}
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state') == 'draft',
                ('state', 'in', ['admitted', 'active', 'suspended']), ()),
            ], states=_states)
    ground = fields.Selection([
            ('non_payment', "Shares not Paid"),
            ('breach', "Breach of the Statutes"),
            ('conditions', "Conditions no longer Met"),
            ('other', "Other"),
            ], "Ground", required=True, sort=False, states=_states)
    reason = fields.Text("Reason", required=True, states=_states,
        help="What the member is told and may answer.")
    notice_date = fields.Date("Registered Notice on",
        states={
            'readonly': Eval('state') != 'draft',
            'required': Eval('state').in_(['notified', 'excluded']),
            })
    notice_number = fields.Char("Registered Letter Number",
        states={
            'readonly': Eval('state') != 'draft',
            'required': Eval('state').in_(['notified', 'excluded']),
            })
    proof = fields.Binary(
        "Proof of Delivery", filename='proof_name', file_id='proof_id',
        store_prefix='coop_exclusion',
        states={'readonly': Bool(Eval('proof_id'))
            & (Eval('state') != 'draft')})
    proof_id = fields.Char("Proof ID", readonly=True)
    proof_name = fields.Char("Proof Name",
        states={'readonly': Bool(Eval('proof_id'))
            & (Eval('state') != 'draft')})
    deadline = fields.Function(fields.Date("Not before",
            help="The end of the delay that the member has."),
        'on_change_with_deadline')
    answer = fields.Text("Answer of the Member",
        states={'readonly': ~Eval('state').in_(['draft', 'notified'])})
    date = fields.Date("Last Day of Membership",
        states={
            'readonly': ~Eval('state').in_(['draft', 'notified']),
            'required': Eval('state') == 'excluded',
            })
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'readonly': ~Eval('state').in_(['draft', 'notified']),
            'required': Eval('state') == 'excluded',
            },
        help="Of the body that the statutes give the exclusion to.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('notified', "Notified"),
            ('excluded', "Excluded"),
            ('dropped', "Dropped"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.member, Index.Equality())),
                })
        cls._order = [('notice_date', 'DESC NULLS FIRST'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'notified'),
            ('notified', 'draft'),
            ('notified', 'excluded'),
            ('draft', 'dropped'),
            ('notified', 'dropped'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'notified',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'notify': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'exclude': {
                    'invisible': Eval('state') != 'notified',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'drop': {
                    'invisible': ~Eval('state').in_(['draft', 'notified']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_date(cls):
        # Nothing is decided when the procedure begins
        return None

    @fields.depends('notice_date')
    def on_change_with_deadline(self, name=None):
        Parameter = Pool().get('coop.parameter')
        if not self.notice_date:
            return
        try:
            months = Parameter.get('exclusion_months', self.notice_date)
        except ParameterError:
            months = MONTHS
        return self.notice_date + relativedelta(months=int(months))

    def get_rec_name(self, name):
        return self.member.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    def _may_write(self, values):
        names = {'answer', 'date', 'decision'}
        if not self.proof_id:
            names |= {'proof', 'proof_id', 'proof_name'}
        return self.state == 'draft' or (
            self.state == 'notified' and not (values.keys() - names))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, exclusions):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('notified')
    def notify(cls, exclusions):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('excluded')
    def exclude(cls, exclusions):
        """Record the departure of the members.

        :raises ExclusionError: before the end of the delay
        """
        pool = Pool()
        Event = pool.get('coop.member.event')
        lang = pool.get('ir.lang').get()
        for exclusion in exclusions:
            decided = exclusion.decision and exclusion.decision.date
            if not decided or not exclusion.date:
                exclusion._raise('decision')
            if min(decided, exclusion.date) < exclusion.deadline:
                exclusion._raise('early',
                    date=lang.strftime(exclusion.deadline))
        Event.record([
                Event(
                    company=e.company, member=e.member, kind='departure',
                    date=e.date, cause='exclusion', decision=e.decision,
                    reason=e.reason)
                for e in exclusions])

    @classmethod
    @ModelView.button
    @Workflow.transition('dropped')
    def drop(cls, exclusions):
        pass


del _states
