# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The rule that the cooperative chose to order those who may be asked"
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.parameter import format_number
from trytond.pool import Pool
from trytond.pyson import Eval

from . import plan
from .exceptions import RuleError

_draft = {'readonly': Eval('state') != 'draft'}


def _weight(name, help):
    return fields.Numeric(
        name, digits=(16, 3), required=True, states=_draft, help=help)


class Rule(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.rule'
    _rec_name = 'version'
    _error = RuleError
    _messages = 'coop_mission.msg_rule'
    version = fields.Char("Version", required=True, states=_draft)
    start_date = fields.Date(
        "In Force from", required=True, states=_draft,
        help="Until a later version is in force.")
    distance = _weight("Points for a Kilometre",
        "One way, from the home of the member.")
    equity = _weight("Points for an Average Share",
        "Of who was proposed as many hours, for those declared available, as "
        "the average of all: the higher, the more evenly work is proposed.")
    skill = _weight("Points for a Level above",
        "Less than zero prefers who has proven most; more than zero keeps "
        "them for what only they can do.")
    unplaced = _weight("Kilometres without an Address",
        "Counted for a member whose home is not known.")
    description = fields.Text("In Plain Words", required=True,
        help="As the meeting voted it: members read it with each offer.")
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={**_draft, 'required': Eval('state') == 'adopted'})
    state = fields.Selection([
            ('draft', "Draft"),
            ('adopted', "Adopted"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        for name in ['distance', 'equity', 'unplaced']:
            getattr(cls, name).domain = [(name, '>=', 0)]
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.start_date, Index.Range(order='DESC'))))
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {('draft', 'adopted'), ('adopted', 'cancelled')}
        cls._buttons.update({
                'adopt': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('decision'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'decision'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'adopted',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_start_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_distance(cls):
        return Decimal(1)

    @classmethod
    def default_equity(cls):
        return Decimal(2)

    @classmethod
    def default_skill(cls):
        return Decimal(0)

    @classmethod
    def default_unplaced(cls):
        return Decimal(50)

    def _may_write(self, values):
        return self.state == 'draft'

    @classmethod
    @ModelView.button
    @Workflow.transition('adopted')
    def adopt(cls, rules):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, rules):
        """Take back what was adopted by mistake.

        :raises RuleError: when members were asked by it
        """
        Offer = Pool().get('coop.mission.offer')
        for rule in rules:
            if Offer.search([('rule', '=', rule.id)], limit=1):
                rule._raise('used')

    @classmethod
    def in_force(cls, company, date=None):
        """Return the rule in force at a date.

        Before the first was adopted it is one, unsaved, of default weights.
        """
        rules = cls.search([
                ('company', '=', company.id),
                ('state', '=', 'adopted'),
                ('start_date', '<=', date or today(company.id)),
                ], order=[('start_date', 'DESC'), ('id', 'DESC')], limit=1)
        if rules:
            return rules[0]
        return cls(
            company=company, version='0', distance=cls.default_distance(),
            equity=cls.default_equity(), skill=cls.default_skill(),
            unplaced=cls.default_unplaced())

    @property
    def weights(self):
        "The rule as the planner takes it"
        return plan.Rule(
            version=self.version, distance=float(self.distance),
            equity=float(self.equity), skill=float(self.skill),
            unplaced=float(self.unplaced))

    @property
    def text(self):
        "The rule and its weights in the language of the context"
        values = {
            name: format_number(getattr(self, name))
            for name in ['distance', 'equity', 'skill']}
        if not self.id or self.id < 0:
            return gettext('coop_mission.msg_rule_default', **values)
        lang = Pool().get('ir.lang').get()
        return gettext('coop_mission.msg_rule_text',
            version=self.version, date=lang.strftime(self.start_date),
            **values)
