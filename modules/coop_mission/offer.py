# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What members are asked to do: one row a member, answered freely.

A refusal is written on the offer and nowhere else (C. trav. L8221-6: whom a
refusal costs something is not independent).
"""
import datetime as dt

from sql import Null

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from . import matching
from .exceptions import OfferError

# Before the member, or accepted
WAITING = ['proposed', 'seen']
LIVE = [*WAITING, 'accepted']
# The states of a demand whose offers may be proposed;
# once it is won, to amend the contract
ASKING = {'matching', 'quoted', 'won'}
_draft = {'readonly': Eval('state') != 'draft'}
_told = {'invisible': ~Eval('proposed_at')}
# What the demand says of it, and the member reads before answering
TOLD = ['title', 'start_date', 'end_date', 'hours', 'description']
# What the member answers with
ANSWER = {'own_price', 'reason'}


class Offer(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.offer'
    _error = OfferError
    _messages = 'coop_mission.msg_offer'
    _muted = ['refused', 'expired', 'withdrawn']
    demand = fields.Many2One(
        'coop.demand', "Demand", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'in', ['admitted', 'active', 'leaving']),
            ], states=_draft)
    title = fields.Char("Title", required=True, states=_draft)
    client_name = fields.Char("Client", states=_draft)
    place = fields.Char("Place", states=_draft)
    start_date = fields.Date("First Day", required=True, states=_draft)
    end_date = fields.Date("Last Day", required=True, states=_draft)
    hours = fields.Numeric(
        "Hours", digits=(16, 2), required=True, states=_draft,
        domain=[('hours', '>', 0)],
        help="Of work, as estimated; the member organises them.")
    skills = fields.Text("Skills Required", readonly=True)
    description = fields.Text("Description", states=_draft)
    price = Monetary(
        "Price", currency='currency', digits='currency',
        domain=['OR', ('price', '=', None), ('price', '>=', 0)],
        states={**_draft, 'required': Eval('state') != 'draft'},
        help="For the member, for the whole mission, without tax.")
    own_price = Monetary(
        "Own Price", currency='currency', digits='currency',
        domain=['OR', ('own_price', '=', None), ('own_price', '>=', 0)],
        states={'readonly': ~Eval('state').in_(WAITING)},
        help="That at which the member takes it, if another one.")
    agreed_price = fields.Function(Monetary(
            "Agreed Price", currency='currency', digits='currency'),
        'on_change_with_agreed_price')
    reply_by = fields.Date("Answer before",
        states={
            'readonly': ~Eval('state').in_(['draft', *WAITING]),
            'required': Eval('state') != 'draft',
            }, help="The last day; without an answer it expires.")
    reason = fields.Char("Reason",
        states={'readonly': ~Eval('state').in_(WAITING)},
        help="Of a refusal, if the member wishes to tell it. It has no "
        "effect.")
    rule = fields.Many2One(
        'coop.mission.rule', "Rule", readonly=True, ondelete='RESTRICT',
        states=_told)
    rule_text = fields.Text("By which Rule", readonly=True, states=_told)
    why = fields.Text("Why You", readonly=True)
    plan_note = fields.Text("Said by the Planner", readonly=True,
        states={'invisible': ~Eval('plan_note')})
    rank = fields.Integer("Rank", readonly=True,
        help="Among those who could be asked, by the rule.")
    candidates = fields.Integer("Candidates", readonly=True)
    distance = fields.Float("Kilometres", digits=(None, 0), readonly=True)
    share = fields.Float("Share", digits=(None, 2), readonly=True,
        help="Hours proposed over 12 months for those declared available; "
        "1 is the average.")
    points = fields.Float("Points", digits=(None, 3), readonly=True)
    proposed_on = fields.Date("Proposed on", readonly=True, states=_told)
    proposed_at = fields.Timestamp(
        "Proposed at", readonly=True, states=_told)
    proposed_by = fields.Many2One(
        'res.user', "Proposed by", readonly=True, ondelete='RESTRICT',
        states=_told)
    seen_at = fields.Timestamp(
        "Seen at", readonly=True, states={'invisible': ~Eval('seen_at')})
    answered_at = fields.Timestamp(
        "Answered at", readonly=True,
        states={'invisible': ~Eval('answered_at')})
    answered_by = fields.Many2One(
        'res.user', "Answered by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('answered_at')})
    may_answer = fields.Function(
        fields.Boolean("May Answer"), 'get_may_answer')
    state = fields.Selection([
            ('draft', "To Propose"),
            ('proposed', "Proposed"),
            ('seen', "Seen"),
            ('accepted', "Accepted"),
            ('refused', "Refused"),
            ('expired', "Expired"),
            ('withdrawn', "Withdrawn"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.demand, Index.Equality())),
                Index(t, (t.member, Index.Equality()),
                    (t.proposed_on, Index.Range())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.rule, Index.Equality()), where=t.rule != Null),
                })
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'proposed'),
            ('proposed', 'seen'),
            *((w, end) for w in WAITING for end in [
                    'accepted', 'refused', 'expired', 'withdrawn']),
            ('accepted', 'withdrawn'),
            }
        waiting = Eval('state').in_(WAITING)
        may = Eval('may_answer', False)
        depends = ['state', 'may_answer']
        cls._buttons.update({
                'propose': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-email',
                    'depends': ['state'],
                    },
                'see': {
                    'invisible': (Eval('state') != 'proposed') | ~may,
                    'icon': 'tryton-public',
                    'depends': depends,
                    },
                'accept': {
                    'invisible': ~waiting | ~may,
                    'icon': 'tryton-ok',
                    'depends': depends,
                    },
                'refuse': {
                    'invisible': ~waiting | ~may,
                    'icon': 'tryton-cancel',
                    'depends': depends,
                    },
                'withdraw': {
                    'invisible': ~Eval('state').in_(LIVE),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @fields.depends('price', 'own_price')
    def on_change_with_agreed_price(self, name=None):
        return self.own_price if self.own_price is not None else self.price

    @fields.depends('demand', methods=['_tell'])
    def on_change_demand(self):
        if self.demand:
            self._tell()

    @fields.depends('demand', *TOLD, 'client_name', 'place', 'reply_by', *(
            f'_parent_demand.{name}'
            for name in [*TOLD, 'client', 'place', 'lines']))
    def _tell(self):
        "Say what the demand says"
        demand = self.demand
        for name in TOLD:
            setattr(self, name, getattr(demand, name))
        self.client_name = demand.client.name if demand.client else None
        self.place = demand.place
        self.skills = '\n'.join(line.text for line in demand.lines)

    @classmethod
    def get_may_answer(cls, offers, name):
        "Whose member the user acts for; the office notes what it is told"
        pool = Pool()
        User = pool.get('res.user')
        group = pool.get('ir.model.data').get_id(
            'coop_member', 'group_administration')
        office = group in User.get_groups()
        members, _ = User.get_coop_members()
        return {o.id: office or o.member.id in members for o in offers}

    def get_rec_name(self, name):
        return f"{self.title} - {self.member.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(
            clause, 'title', 'client_name', 'demand.number',
            'member.rec_name')

    @classmethod
    def copy(cls, offers, default=None):
        default = default.copy() if default else {}
        for name in [
                'rule', 'rule_text', 'why', 'plan_note', 'rank', 'candidates',
                'distance',
                'share', 'points', 'proposed_on', 'proposed_at',
                'proposed_by', 'seen_at', 'answered_at', 'answered_by',
                'own_price', 'reason']:
            default.setdefault(name)
        return super().copy(offers, default=default)

    def _may_write(self, values):
        User = Pool().get('res.user')
        allowed = set()
        if self.state in WAITING and self.may_answer:
            allowed |= ANSWER
        if not User.is_restricted():
            if self.state == 'draft':
                return True
            elif self.state in WAITING:
                allowed.add('reply_by')
        return not (values.keys() - allowed)

    def _raise_document(self, message):
        # Their words for drafts are not those of an offer
        if message == 'fixed':
            self._raise('fixed')
        super()._raise_document(message)

    @classmethod
    def prepare(cls, demand, members, **values):
        """Return offers to propose of a demand, saved, to be confirmed.

        :param members: in the order in which to ask them
        :param values: of the fields, as the price
        """
        Configuration = Pool().get('coop.configuration')
        days = Configuration(1).get_multivalue(
            'offer_days', company=demand.company.id)
        offers = []
        for member in members:
            offer = cls(
                company=demand.company, demand=demand, member=member,
                state='draft')
            offer._tell()
            offer.reply_by = min(filter(None, [
                        today(demand.company.id) + dt.timedelta(days or 0),
                        demand.expires_on]))
            for name, value in values.items():
                setattr(offer, name, value)
            offers.append(offer)
        cls.save(offers)
        cls.explain(offers)
        return offers

    @classmethod
    def explain(cls, offers):
        "Note rule, rank and reasons of offers as they are now"
        demands = list(dict.fromkeys(o.demand for o in offers))
        explained = matching.explain(demands, offers)
        for offer in offers:
            for name, value in explained[offer].items():
                setattr(offer, name, value)
        cls.save(offers)

    @classmethod
    @ModelView.button
    @Workflow.transition('proposed')
    def propose(cls, offers):
        """Ask the members: the confirmation that a person gives.

        Nothing that is against a member stops it: the office reads it in the
        reasons, as the member does.

        :raises OfferError: for what would not tell the member all, or is
            asked twice
        """
        Demand = Pool().get('coop.demand')
        Demand.lock(list({o.demand for o in offers}))
        for offer in offers:
            offer._check_propose()
        cls.explain(offers)
        now = dt.datetime.now()
        for offer in offers:
            offer.proposed_on = today(offer.company.id)
            offer.proposed_at = now
            offer.proposed_by = Transaction().user or None
            offer.state = 'proposed'
        cls.save(offers)
        for offer in offers:
            offer._mail('offer')

    def _check_propose(self):
        if self.demand.state not in ASKING:
            self._raise('demand', demand=self.demand.rec_name)
        for name in ['price', 'reply_by']:
            if getattr(self, name) is None:
                self._raise('missing', **self.__names__(name))
        if self.reply_by < today(self.company.id):
            self._raise('late')
        if self.search([
                    ('demand', '=', self.demand.id),
                    ('member', '=', self.member.id),
                    ('state', 'in', LIVE),
                    ], limit=1):
            self._raise('twice', member=self.member.rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('seen')
    def see(cls, offers):
        cls.write(offers, {'seen_at': dt.datetime.now()})

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, offers):
        """Take it, at the price proposed or at one's own.

        :raises OfferError: when the last day has passed
        """
        for offer in offers:
            if offer.reply_by < today(offer.company.id):
                offer._raise('late')
        cls._answered(offers)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, offers):
        "Say no: it is written here, and nowhere else"
        cls._answered(offers)

    @classmethod
    def _answered(cls, offers):
        cls.write(offers, {
                'answered_at': dt.datetime.now(),
                'answered_by': Transaction().user or None,
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('withdrawn')
    def withdraw(cls, offers):
        """Take back what was proposed; the members are told.

        :raises OfferError: for what is on a quotation
        """
        for offer in offers:
            offer._check_withdraw()
            offer._mail('offer_withdrawn')

    def _check_withdraw(self):
        "Check that nothing was promised on it"

    @classmethod
    @Workflow.transition('expired')
    def expire(cls, offers):
        pass

    @classmethod
    def expire_all(cls):
        "The cron's way: what was not answered in time"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            cls.expire(cls.search([
                        ('company', '=', company.id),
                        ('state', 'in', WAITING),
                        ('reply_by', '<', today(company.id)),
                        ]))

    def _mail(self, message):
        "Write to the member"
        lang = mail.language(self.member.party, self.company)
        with without_check_access():
            return mail.send(
                self.company, self.member.party, message,
                module='coop_mission',
                title=self.title, client=self.client_name or '',
                place=self.place or '', why=self.why or '',
                start=lang.strftime(self.start_date),
                end=lang.strftime(self.end_date),
                reply_by=lang.strftime(self.reply_by)
                if self.reply_by else '',
                price=lang.currency(
                    self.price or 0, self.currency, grouping=True))


class Demand(metaclass=PoolMeta):
    __name__ = 'coop.demand'
    offers = fields.One2Many(
        'coop.mission.offer', 'demand', "Offers", order=[('id', 'ASC')],
        states={'readonly': ~Eval('state').in_(sorted(ASKING))})
    next_member = fields.Function(
        fields.Many2One('coop.member', "Next by the Rule",
            states={'invisible': Eval('state') != 'matching'},
            help="Nothing is sent to them before it is confirmed."),
        'get_next_member')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'next': {
                    'invisible': Eval('state') != 'matching',
                    'readonly': ~Eval('next_member'),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'next_member'],
                    },
                })

    @classmethod
    def get_next_member(cls, demands, name):
        result = dict.fromkeys(map(int, demands))
        asked = [d for d in demands if d.state == 'matching' and d.lines]
        for demand, found in matching.candidates(asked).items():
            first = next((c for c in found if c.rank), None)
            result[demand.id] = first.member if first else None
        return result

    @classmethod
    @ModelView.button
    def next(cls, demands):
        """Prepare an offer to the next member, which a person confirms.

        :raises DemandError: when nobody is left
        """
        Offer = Pool().get('coop.mission.offer')
        for demand in demands:
            if not demand.next_member:
                demand._raise('nobody')
            before = [o for o in demand.offers if o.price is not None]
            Offer.prepare(
                demand, [demand.next_member],
                price=before[-1].price if before else None)

    @property
    def has_open_offers(self):
        return super().has_open_offers or any(
            o.state in LIVE for o in self.offers)

    @classmethod
    def _closed(cls, demands):
        super()._closed(demands)
        cls._end_offers(demands)

    @classmethod
    def _end_offers(cls, demands, kept=()):
        "Withdraw what members have before them, delete what none has seen"
        Offer = Pool().get('coop.mission.offer')
        offers = [
            o for d in demands for o in d.offers if o not in kept]
        Offer.delete([o for o in offers if o.state == 'draft'])
        Offer.withdraw([o for o in offers if o.state in LIVE])
