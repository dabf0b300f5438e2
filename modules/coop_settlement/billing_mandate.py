# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The written mandate by which a member lets the cooperative bill for them.

CGI 289 I-2: whom the client bills for must have given a mandate, before the
first bill and in writing. It says what it is about, how long the member may
contest a bill, and who issues what corrects one; the member stays liable for
what is billed and its VAT.
"""
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import identity
from .exceptions_out import MandateError
from .own import may_act

_states = {'readonly': Eval('state') != 'draft'}


class BillingMandate(StatesMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.billing.mandate'
    _error = MandateError
    _messages = 'coop_settlement.msg_billing_mandate'
    _muted = ['revoked']
    _file_fields = {'agreement': 'agreement_name'}
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    start_date = fields.Date("From", required=True, states=_states,
        help="Bills of this day and later are made by the cooperative.")
    end_date = fields.Date("Until", readonly=True,
        states={'invisible': Eval('state') != 'revoked'},
        help="The last day on which the cooperative billed.")
    operations = fields.Char("Operations", required=True, states=_states,
        help="What the cooperative may bill for.")
    rhythm = fields.Selection([
            ('report', "When the Work is Accepted"),
            ('monthly', "Once a Month"),
            ], "Billed", required=True, sort=False, states=_states)
    contest_days = fields.Integer(
        "Days to Contest", required=True,
        domain=[('contest_days', '>', 0)], states=_states,
        help="A bill that was not contested is accepted after that.")
    corrections = fields.Selection([
            ('member', "The Member"),
            ('cooperative', "The Cooperative"),
            ], "Corrections by", required=True, sort=False, states=_states,
        help="Who issues what corrects an accepted bill.")
    payment_days = fields.Integer(
        "Payment within Days",
        domain=['OR', ('payment_days', '=', None), [
                ('payment_days', '>=', 0), ('payment_days', '<=', 60)]],
        states=_states,
        help="From the bill; 60 at most, 45 for bills of a month (C. com. "
        "L441-10). Empty: 30 days from the service.")
    end_of_month = fields.Boolean("End of Month", states=_states,
        help="The days run to the end of the month; 45 at most.")
    prefix = fields.Char("Prefix of Numbers", states={
            **_states,
            'required': Eval('state') != 'draft',
            },
        help="Of the member's own series; filled in when left empty.")
    signed_on = fields.Date("Signed on", states={
            **_states,
            'required': Eval('state') != 'draft',
            })
    agreement = fields.Binary(
        "Signed Mandate", filename='agreement_name',
        file_id='agreement_id', store_prefix='coop_billing_mandate',
        states=_states)
    agreement_id = fields.Char("Signed Mandate ID", readonly=True)
    agreement_name = fields.Char("Signed Mandate Name", states=_states)
    revoked_by = fields.Many2One(
        'res.user', "Revoked by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('revoked_by')})
    may_revoke = fields.Function(
        fields.Boolean("May Revoke"), 'get_may_revoke')
    state = fields.Selection([
            ('draft', "Draft"),
            ('active', "Active"),
            ('revoked', "Revoked"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    (t.start_date, Index.Range())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'active'),
            ('active', 'revoked'),
            }
        cls._buttons.update({
                'activate': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'revoke': {
                    'invisible': ((Eval('state') != 'active')
                        | ~Eval('may_revoke', False)),
                    'icon': 'tryton-stop',
                    'depends': ['state', 'may_revoke'],
                    },
                })

    @classmethod
    def default_start_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_rhythm(cls):
        return 'report'

    @classmethod
    def default_contest_days(cls):
        return 15

    @classmethod
    def default_corrections(cls):
        return 'member'

    @classmethod
    def default_end_of_month(cls):
        return False

    @classmethod
    def get_may_revoke(cls, mandates, name):
        return may_act(mandates)

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.member.rec_name} {lang.strftime(self.start_date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'prefix', 'member.rec_name')

    @classmethod
    def copy(cls, mandates, default=None):
        default = default.copy() if default else {}
        for name in [
                'agreement', 'agreement_id', 'agreement_name', 'signed_on',
                'end_date', 'revoked_by']:
            default.setdefault(name)
        return super().copy(mandates, default=default)

    def _may_write(self, values):
        return self.state == 'draft'

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, mandates):
        """Let mandates count.

        :raises MandateError: for one that is not signed, was signed after
            its first day, comes while another one of the member counts, or
            whose member has no business number
        """
        cls.lock()
        mandates = cls.browse(mandates)
        for mandate in mandates:
            if not mandate.agreement or not mandate.signed_on:
                mandate._raise('unsigned')
            # CGI 289 I-2: before the first bill
            if mandate.signed_on > mandate.start_date:
                mandate._raise('late')
            if cls.search([
                        ('member', '=', mandate.member.id),
                        ('state', '=', 'active'),
                        ], limit=1):
                mandate._raise('twice', member=mandate.member.rec_name)
            if not identity.business_number(mandate.member.party):
                mandate._raise(
                    'business_number', member=mandate.member.rec_name)
            if not mandate.prefix:
                mandate.prefix = f'AF-{mandate.member.number}-'
            mandate._check_prefix()
        cls.save(mandates)

    def _check_prefix(self):
        "A series is one member's alone"
        if self.search([
                    ('company', '=', self.company.id),
                    ('prefix', '=', self.prefix),
                    ('member', '!=', self.member.id),
                    ('state', '!=', 'draft'),
                    ], limit=1):
            self._raise('prefix', prefix=self.prefix)

    @classmethod
    @ModelView.button
    @Workflow.transition('revoked')
    def revoke(cls, mandates):
        "End mandates: from tomorrow on the members bill themselves"
        for mandate in mandates:
            mandate.end_date = today(mandate.company.id)
            mandate.revoked_by = Transaction().user or None
        cls.save(mandates)

    @classmethod
    def at(cls, members, date):
        "Return {member id: mandate} of those that count at a date"
        result = {}
        for mandate in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('state', 'in', ['active', 'revoked']),
                    ('start_date', '<=', date),
                    ['OR',
                        ('end_date', '=', None),
                        ('end_date', '>=', date),
                        ],
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')]):
            result[mandate.member.id] = mandate
        return result


del _states
