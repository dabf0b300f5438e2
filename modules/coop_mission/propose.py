# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Whom to propose a demand: all candidates with their reasons, one chooses"
import datetime as dt

from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import matching
from .offer import ASKING

# Those that are shown: the first by the rule, and those with something
# against them
FIRST, OTHERS = 200, 50


class Demand(metaclass=PoolMeta):
    __name__ = 'coop.demand'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'propose': {
                    'invisible': Eval('state') != 'matching',
                    'icon': 'tryton-email',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_mission.wizard_demand_propose')
    def propose(cls, demands):
        "Choose whom to ask"


class ProposeStart(ModelView):
    __name__ = 'coop.demand.propose.start'
    demand = fields.Many2One('coop.demand', "Demand", readonly=True)
    rule_text = fields.Text("By which Rule", readonly=True)
    price = Monetary(
        "Price", currency='currency', digits='currency', required=True,
        help="For each of the members, without tax; each may answer with "
        "an own one.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    reply_by = fields.Date("Answer before", required=True)
    candidates = fields.One2Many(
        'coop.demand.propose.candidate', None, "Candidates")
    asked = fields.Function(
        fields.Integer("Members Chosen"), 'on_change_with_asked')

    @fields.depends('candidates')
    def on_change_with_asked(self, name=None):
        return sum(1 for c in self.candidates or [] if c.chosen)


class ProposeCandidate(ModelView):
    __name__ = 'coop.demand.propose.candidate'
    chosen = fields.Boolean("Ask",
        states={'readonly': ~Eval('rank')})
    rank = fields.Integer("Rank", readonly=True)
    member = fields.Many2One('coop.member', "Member", readonly=True)
    distance = fields.Float("Kilometres", digits=(None, 0), readonly=True)
    share = fields.Float("Share", digits=(None, 2), readonly=True,
        help="Hours proposed over 12 months for those declared available; "
        "1 is the average.")
    points = fields.Float("Points", digits=(None, 1), readonly=True)
    why = fields.Text("Reasons", readonly=True)


class Propose(Wizard):
    __name__ = 'coop.demand.propose'
    start_state = 'start'
    start = StateView(
        'coop.demand.propose.start',
        'coop_mission.demand_propose_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Prepare", 'prepare', 'tryton-ok'),
            Button("Propose", 'propose', 'tryton-email', default=True),
            ])
    prepare = StateTransition()
    propose = StateTransition()

    def default_start(self, fields):
        demand = self.record
        if demand.state not in ASKING:
            demand._raise('not_matching')
        found = matching.candidates([demand])[demand]
        ranked = [c for c in found if c.rank]
        count = len(ranked)
        ranked = ranked[:FIRST]
        others = [c for c in found if not c.rank][:OTHERS]
        papers = matching.lacking_papers(
            [c.member for c in ranked + others])
        return {
            'demand': demand.id,
            'rule_text': matching.rule_of(demand).text,
            'currency': demand.currency.id,
            'reply_by': self._reply_by(demand),
            'candidates': [
                self._candidate(demand, c, count, papers)
                for c in ranked + others],
            }

    def _reply_by(self, demand):
        Configuration = Pool().get('coop.configuration')
        days = Configuration(1).get_multivalue(
            'offer_days', company=demand.company.id)
        date = today(demand.company.id) + dt.timedelta(days or 0)
        return min(filter(None, [date, demand.expires_on]))

    def _candidate(self, demand, candidate, count, papers):
        values = matching.values_of(candidate, count)
        return {
            'chosen': False,
            'member': candidate.member,
            'rank': values.get('rank'),
            'distance': values.get('distance'),
            'share': values.get('share'),
            'points': values.get('points'),
            'why': '\n'.join(matching.reasons(
                    demand, candidate, count, papers.get(candidate.member))),
            }

    def _prepare(self):
        Offer = Pool().get('coop.mission.offer')
        members = [c.member for c in self.start.candidates if c.chosen]
        if not members:
            self.record._raise('none_chosen')
        return Offer.prepare(
            self.record, members, price=self.start.price,
            reply_by=self.start.reply_by)

    def transition_prepare(self):
        "Keep offers to propose, of which nobody is told yet"
        self._prepare()
        return 'end'

    def transition_propose(self):
        Offer = Pool().get('coop.mission.offer')
        Offer.propose(self._prepare())
        return 'end'

    def end(self):
        return 'reload'
