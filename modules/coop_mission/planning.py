# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The planner over a batch of demands, and the replay of a period.

It proposes: a person chooses what is prepared, then what is sent.
"""
from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import matching, plan_flow, planner
from .exceptions import PlannerError
from .offer import LIVE


def _company():
    pool = Pool()
    company = pool.get('company.company')(Transaction().context['company'])
    pool.get('res.user').check_company(company)
    return company


def _number(value, digits=2):
    return Pool().get('ir.lang').get().format('%.*f', (digits, value))


def _told(name, made):
    "Return what a plan comes to in one line"
    measures = made.measures
    return gettext('coop_mission.msg_plan_measures', name=name,
        assigned=measures.assigned, demands=measures.demands,
        travel=_number(measures.travel_each, 0),
        gini=_number(measures.gini), min_mean=_number(measures.min_mean))


def _solved(function, *args):
    "Return what the planner returns"
    try:
        return function(*args)
    except plan_flow.PlannerMissing as exception:
        raise PlannerError(
            gettext('coop_mission.msg_plan_missing')) from exception


class _Period:
    __slots__ = ()
    start_date = fields.Date("Demands that Start from", required=True)
    end_date = fields.Date("To", required=True,
        domain=[('end_date', '>=', Eval('start_date', None))])


class PlanStart(_Period, ModelView):
    __name__ = 'coop.mission.plan.start'

    @classmethod
    def default_start_date(cls):
        return today(Transaction().context.get('company'))

    @classmethod
    def default_end_date(cls):
        return cls.default_start_date() + relativedelta(months=1)


class PlanResult(ModelView):
    __name__ = 'coop.mission.plan.result'
    rule_text = fields.Text("By which Rule", readonly=True)
    measures = fields.Text("What it Comes to", readonly=True)
    lines = fields.One2Many(
        'coop.mission.plan.line', None, "Proposals")


class PlanLine(ModelView):
    __name__ = 'coop.mission.plan.line'
    chosen = fields.Boolean("Prepare", states={'readonly': ~Eval('member')})
    demand = fields.Many2One('coop.demand', "Demand", readonly=True)
    member = fields.Many2One('coop.member', "Member", readonly=True)
    nearest = fields.Many2One(
        'coop.member', "Nearest", readonly=True,
        help="Whom the rule \"nearest first\" would take.")
    least_loaded = fields.Many2One(
        'coop.member', "Least Share", readonly=True,
        help="Whom the rule \"least share first\" would take.")
    price = Monetary("Price", currency='currency', digits='currency')
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True)
    why = fields.Text("Reasons", readonly=True)


class Plan(Wizard):
    __name__ = 'coop.mission.plan'
    start_state = 'start'
    start = StateView(
        'coop.mission.plan.start', 'coop_mission.plan_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Plan", 'result', 'tryton-forward', default=True),
            ])
    result = StateView(
        'coop.mission.plan.result', 'coop_mission.plan_result_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Prepare the Offers", 'prepare', 'tryton-ok',
                default=True),
            ])
    prepare = StateTransition()

    def demands(self):
        "Return the demands of the period that nobody has before them"
        Demand = Pool().get('coop.demand')
        return [
            d for d in Demand.search([
                    ('company', '=', _company().id),
                    ('state', '=', 'matching'),
                    ('start_date', '>=', self.start.start_date),
                    ('start_date', '<=', self.start.end_date),
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')])
            if not any(o.state in {'draft', *LIVE} for o in d.offers)]

    def default_result(self, fields):
        demands = self.demands()
        if not demands:
            lang = Pool().get('ir.lang').get()
            raise PlannerError(gettext('coop_mission.msg_plan_nothing',
                    start=lang.strftime(self.start.start_date),
                    end=lang.strftime(self.start.end_date)))
        rule = matching.rule_of(demands[0])
        plans = _solved(
            planner.compare, matching.load(demands), rule.weights)
        by_id = {d.id: d for d in demands}
        proposals = list(planner.proposals(plans['planner']))
        papers = matching.lacking_papers([
                p.candidate.member for p in proposals if p.candidate])
        return {
            'rule_text': rule.text,
            'measures': '\n'.join(
                _told(gettext(f'coop_mission.msg_plan_name_{name}'), made)
                for name, made in plans.items()),
            'lines': [
                self._line(by_id[p.demand], p, plans, papers)
                for p in proposals],
            }

    @staticmethod
    def _line(demand, proposal, plans, papers):
        candidate = proposal.candidate
        if candidate:
            why = list(matching.reasons(
                    demand, candidate, proposal.candidates,
                    papers.get(candidate.member)))
            if proposal.ahead:
                why.append(gettext('coop_mission.msg_plan_ahead',
                        count=len(proposal.ahead)))
        else:
            why = [gettext('coop_mission.msg_plan_nobody')]
        return {
            'chosen': bool(candidate),
            'demand': demand.id,
            'member': candidate.member if candidate else None,
            'nearest': _id(plans['nearest'].member(demand.id)),
            'least_loaded': _id(plans['least_loaded'].member(demand.id)),
            'currency': demand.currency.id,
            'why': '\n'.join(why),
            }

    def transition_prepare(self):
        "Keep offers to propose, of which nobody is told yet"
        Offer = Pool().get('coop.mission.offer')
        chosen = [
            line for line in self.result.lines
            if line.chosen and line.member]
        if not chosen:
            raise PlannerError(
                gettext('coop_mission.msg_plan_none_chosen'))
        for line in chosen:
            Offer.prepare(
                line.demand, [line.member], price=line.price,
                plan_note=line.why)
        return 'end'


def _id(number):
    return int(number) if number is not None else None


class SimulateStart(_Period, ModelView):
    __name__ = 'coop.mission.simulate.start'
    rules = fields.Many2Many(
        'coop.mission.rule', None, None, "Rules", required=True,
        domain=[('state', '!=', 'cancelled')],
        help="Also drafts, before they are voted.")

    @classmethod
    def default_start_date(cls):
        return cls.default_end_date() - relativedelta(months=3)

    @classmethod
    def default_end_date(cls):
        return today(Transaction().context.get('company'))


class SimulateResult(ModelView):
    __name__ = 'coop.mission.simulate.result'
    measures = fields.Text("What it Comes to", readonly=True)


class Simulate(Wizard):
    __name__ = 'coop.mission.simulate'
    start_state = 'start'
    start = StateView(
        'coop.mission.simulate.start',
        'coop_mission.simulate_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Simulate", 'result', 'tryton-forward', default=True),
            ])
    result = StateView(
        'coop.mission.simulate.result',
        'coop_mission.simulate_result_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def default_start(self, fields):
        rules = [self.record.id] if self.record else []
        return {'rules': rules}

    def default_result(self, fields):
        "Replay what was accepted in the period, as of its first day"
        Offer = Pool().get('coop.mission.offer')
        offers = Offer.search([
                ('company', '=', _company().id),
                ('state', '=', 'accepted'),
                ('start_date', '>=', self.start.start_date),
                ('start_date', '<=', self.start.end_date),
                ], order=[('id', 'DESC')])
        demands = sorted(
            {o.demand for o in offers}, key=lambda d: (d.start_date, d.id))
        if not demands:
            lang = Pool().get('ir.lang').get()
            raise PlannerError(gettext('coop_mission.msg_plan_nothing',
                    start=lang.strftime(self.start.start_date),
                    end=lang.strftime(self.start.end_date)))
        problem = matching.load(
            demands, self.start.start_date, replay=True)
        known = set(problem.members.number.tolist())
        done = {
            o.demand.id: o.member.id for o in offers
            if o.member.id in known}
        rules = list(self.start.rules)
        made = _solved(
            planner.simulate, problem, [r.weights for r in rules], done)
        names = [gettext('coop_mission.msg_plan_name_done')] + [
            r.rec_name for r in rules]
        return {
            'measures': '\n'.join(
                _told(name, plan) for name, (_, plan) in zip(names, made)),
            }
