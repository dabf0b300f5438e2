# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Calls of what was subscribed and not called yet"
from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice

from . import capital
from .exceptions import CallError, CallWarning
from .ledger import SLICE
from .operation import NumberedMixin

_states = {'readonly': Eval('state') != 'draft'}


class Call(NumberedMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.call'
    _error = CallError
    _messages = 'coop_member.msg_call'
    _sequence = 'call_sequence'
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    date = fields.Date("Date", required=True, states=_states)
    due_date = fields.Date("Due Date", required=True,
        domain=[('due_date', '>=', Eval('date', None))], states=_states,
        help="When what is called must be paid.")
    scope = fields.Selection([
            ('all', "All Members"),
            ('category', "One Category"),
            ('member', "One Member"),
            ], "Scope", required=True, states=_states, sort=False)
    category = fields.Many2One(
        'coop.member.category', "Category", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'invisible': Eval('scope') != 'category',
            'required': Eval('scope') == 'category',
            **_states})
    member = fields.Many2One(
        'coop.member', "Member", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'invisible': Eval('scope') != 'member',
            'required': Eval('scope') == 'member',
            **_states})
    method = fields.Selection([
            ('fraction', "Fraction of the Nominal Value"),
            ('amount', "Amount per Share"),
            ], "Method", required=True, states=_states)
    fraction = fields.Numeric("Fraction", digits=(1, 6),
        domain=['OR',
            ('fraction', '=', None),
            [('fraction', '>', 0), ('fraction', '<=', 1)],
            ],
        states={
            'invisible': Eval('method') != 'fraction',
            'required': Eval('method') == 'fraction',
            **_states})
    amount = Monetary(
        "Amount per Share", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>', 0)],
        states={
            'invisible': Eval('method') != 'amount',
            'required': Eval('method') == 'amount',
            **_states})
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    called = fields.Function(Monetary(
            "Called", currency='currency', digits='currency'), 'get_called')
    state = fields.Selection([
            ('draft', "Draft"),
            ('calling', "Calling"),
            ('done', "Done"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()), (t.date, Index.Range())))
        cls._transitions |= {('draft', 'calling'), ('calling', 'done')}
        cls._buttons.update({
                'call': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'process': {
                    'invisible': Eval('state') != 'calling',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_scope(cls):
        return 'all'

    @classmethod
    def default_method(cls):
        return 'fraction'

    @fields.depends('share_class', 'date', 'due_date')
    def on_change_share_class(self):
        if self.share_class and self.date and not self.due_date:
            self.due_date = self.date + self.share_class.payment_delay

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [
                    self.number, self.share_class.rec_name]))

    @classmethod
    def get_called(cls, calls, name):
        Movement = Pool().get('coop.share.movement')
        result = {c.id: Decimal(0) for c in calls}
        for movement in Movement.search([
                    ('call', 'in', [c.id for c in calls]),
                    ('reversed_by', '=', None),
                    ], order=[]):
            result[movement.call.id] += movement.called
        return result

    def _raise_document(self, message):
        self._raise('state')

    @classmethod
    @ModelView.button
    def call(cls, calls):
        """Call what the documents say, by slices in the queue.

        :raises CallError: when nothing of the class is left to call
        :raises CallWarning: when less is left to call than asked for
        """
        pool = Pool()
        Warning = pool.get('res.user.warning')
        calls = [c for c in cls.browse(calls) if c.state == 'draft']
        for call in calls:
            amounts = call._amounts()
            if not any(amount for amount, _ in amounts.values()):
                call._raise(
                    'nothing', share_class=call.share_class.rec_name)
            if short := [m for m, (a, asked) in amounts.items() if a < asked]:
                key = Warning.format('call_short', [call])
                if Warning.check(key):
                    raise CallWarning(key, gettext(
                            'coop_member.msg_call_short', call=call.rec_name,
                            count=len(short), member=short[0].rec_name))
            call.state = 'calling'
        cls.set_number(calls)
        for call in calls:
            cls.__queue__.process([call])

    @classmethod
    @ModelView.button
    def process(cls, calls):
        """Call the next members of each document, until all are.

        It may be done again at any time: a member is called once.
        """
        Movement = Pool().get('coop.share.movement')
        Movement.lock()
        for call in cls.browse(calls):
            if call.state != 'calling':
                continue
            members = call._members()
            slice_, rest = members[:SLICE], members[SLICE:]
            operations = [
                [movement]
                for movements in call._movements(slice_)
                for movement in movements]
            Movement.record(operations)
            if rest:
                cls.__queue__.process([call])
            else:
                call.state = 'done'
                call.save()

    def _members(self):
        "Return the members still to be called, in the order of their numbers"
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        called = {
            m.member.id for m in Movement.search([
                    ('call', '=', self.id)], order=[])}
        positions = Movement.positions(self.company)
        ids = {
            member for (member, share_class), position in positions.items()
            if share_class == self.share_class.id and position.uncalled > 0}
        domain = [('id', 'in', list(ids - called))]
        if self.scope == 'category':
            domain.append(('category', '=', self.category.id))
        elif self.scope == 'member':
            domain.append(('id', '=', self.member.id))
        return Member.search(domain, order=[('number', 'ASC'), ('id', 'ASC')])

    def _amounts(self, members=None):
        "Return {member: (amount to call, amount asked for)}"
        Movement = Pool().get('coop.share.movement')
        if members is None:
            members = self._members()
        positions = Movement.positions(self.company, members=members)
        result = {}
        for member in members:
            position = positions[member.id, self.share_class.id]
            if self.method == 'amount':
                asked = self.amount * position.quantity
            else:
                asked = self.company.currency.round(
                    position.subscribed * self.fraction)
            result[member] = (min(asked, position.uncalled), asked)
        return result

    def _movements(self, members):
        """Yield the movements of each member, one a subscription.

        The oldest subscription is called first; what no subscription names
        (an opening, a transfer) comes last.
        """
        Movement = Pool().get('coop.share.movement')
        amounts = self._amounts(members)
        uncalled = self._uncalled(members)
        for member in members:
            amount, _ = amounts[member]
            movements = []
            for subscription, part in [
                    *uncalled[member.id], (None, amount)]:
                part = min(part, amount)
                if part <= 0:
                    continue
                amount -= part
                movements.append(Movement.build(
                        member, self.share_class, 'call', self.date,
                        capital.Deltas(called=part),
                        subscription=subscription, decision=self.decision,
                        due_date=self.due_date, call=self))
            yield movements

    def _uncalled(self, members):
        "Return {member id: [(subscription, amount not called)]}"
        Subscription = Pool().get('coop.share.subscription')
        result = defaultdict(list)
        for sub in grouped_slice(members, SLICE):
            subscriptions = Subscription.search([
                    ('member', 'in', [m.id for m in sub]),
                    ('share_class', '=', self.share_class.id),
                    ('state', 'in', ['accepted', 'paid', 'done']),
                    ], order=[('date', 'ASC'), ('id', 'ASC')])
            deltas = Subscription.ledger(subscriptions)
            for subscription in subscriptions:
                result[subscription.member.id].append(
                    (subscription, deltas[subscription.id].uncalled))
        return result


del _states


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'
    call = fields.Many2One(
        'coop.share.call', "Call", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('call')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.call, Index.Equality()), where=t.call != Null))
