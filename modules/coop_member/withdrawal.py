# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Shares that are cancelled, for a leaver or for a part

It is the first of the two steps of leaving: see leaving.py and repayment.py.
"""
from collections import defaultdict

from dateutil.relativedelta import relativedelta
from sql import Null
from sql.aggregate import Sum

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import capital, leaving
from .event import CAUSES, today
from .exceptions import ParameterError, WithdrawalError
from .ledger import SLICE
from .operation import NumberedMixin, OperationMixin
from .tools import any_of

_states = {'readonly': Eval('state') != 'draft'}


class Withdrawal(
        NumberedMixin, OperationMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.withdrawal'
    _error = WithdrawalError
    _messages = 'coop_member.msg_withdrawal'
    _sequence = 'withdrawal_sequence'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    quantity = fields.Integer("Quantity", required=True,
        domain=[('quantity', '>', 0)], states=_states)
    date = fields.Date("Effective Date", required=True, states=_states,
        help="The day on which membership ended, or of the request for a "
        "part: the order in which shares are cancelled at the floor.")
    cause = fields.Selection(
        [('part', "Part of the Shares"), *CAUSES], "Cause", required=True,
        sort=False, states=_states)
    valuation = fields.Many2One(
        'coop.share.valuation', "Valuation", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', '=', 'approved'),
            ],
        states={'readonly': ~Eval('state').in_(['draft', 'requested'])},
        help="The approved accounts by which the shares are worth less than "
        "was paid; empty while none show a loss.")
    quantity_left = fields.Function(
        fields.Integer("Not yet Cancelled"), 'get_cancelled')
    value = fields.Function(Monetary(
            "Value", currency='currency', digits='currency',
            help="Owed to the member for what is cancelled, and what the rest "
            "is worth by the valuation."),
        'get_value')
    cancellation_date = fields.Date("Cancelled on",
        states={'readonly': ~Eval('state').in_(['draft', 'requested'])},
        help="When the shares cease to be capital; "
        "leave empty for the day on which they are cancelled.")
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'readonly': ~Eval('state').in_(['draft', 'requested']),
            'required': (Eval('cause') == 'part') & (Eval('state') == 'done'),
            })
    description = fields.Char("Description")
    state = fields.Selection([
            ('draft', "Draft"),
            ('requested', "Requested"),
            ('done', "Shares Cancelled"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.date, Index.Range())),
                })
        cls._transitions |= {
            ('draft', 'requested'),
            ('requested', 'draft'),
            ('requested', 'done'),
            ('done', 'requested'),
            ('draft', 'cancelled'),
            ('requested', 'cancelled'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': (Eval('state') != 'requested')
                    | (Eval('quantity_left') != Eval('quantity')),
                    'icon': 'tryton-back',
                    'depends': ['state', 'quantity', 'quantity_left'],
                    },
                'request': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'reverse': {
                    'invisible': ~Eval('state').in_(['requested', 'done'])
                    | (Eval('quantity_left') == Eval('quantity')),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'quantity', 'quantity_left'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'requested']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_cause(cls):
        return 'part'

    @classmethod
    def default_valuation(cls):
        pool = Pool()
        Company = pool.get('company.company')
        Valuation = pool.get('coop.share.valuation')
        if company := cls.default_company():
            last = Valuation.last(Company(company))
            return last.id if last else None

    @fields.depends('company', 'member', 'share_class', 'quantity')
    def on_change_member(self):
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        ShareClass = pool.get('coop.share.class')
        if not self.company or not self.member or self.share_class:
            return
        held = [
            (share_class, position.quantity) for (_, share_class), position
            in Movement.positions(
                self.company, members=[self.member]).items()
            if position.quantity]
        if len(held) == 1:
            share_class, self.quantity = held[0]
            self.share_class = ShareClass(share_class)

    @classmethod
    def get_cancelled(cls, withdrawals, name):
        cancelled = cls._cancelled(withdrawals)
        return {w.id: w.quantity - cancelled[w.id] for w in withdrawals}

    @classmethod
    def _cancelled(cls, withdrawals):
        "Return {id: shares that the register cancelled for it}"
        Movement = Pool().get('coop.share.movement')
        movement, reversal = Movement.__table__(), Movement.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(int)
        for sub in grouped_slice(withdrawals, SLICE):
            ids = {str(w): w.id for w in sub}
            cursor.execute(*movement.join(reversal, 'LEFT',
                    condition=reversal.reverses == movement.id).select(
                    movement.origin, -Sum(movement.quantity),
                    where=fields.SQL_OPERATORS['in'](
                        movement.origin, list(ids))
                    & (reversal.id == Null),
                    group_by=[movement.origin]))
            for origin, quantity in cursor:
                result[ids[origin]] = quantity
        return result

    @classmethod
    def get_value(cls, withdrawals, name):
        result = {}
        for withdrawal in withdrawals:
            value = sum(m.claim for m in withdrawal.standing)
            left = withdrawal.quantity_left
            if withdrawal.state in {'draft', 'requested'}:
                position = withdrawal._position()
                left = min(left, position.quantity)
                if left > 0:
                    value += withdrawal.worth(position, left)[1]
            result[withdrawal.id] = withdrawal.currency.round(value)
        return result

    def _position(self):
        Movement = Pool().get('coop.share.movement')
        return Movement.position(self.member, self.share_class)

    def worth(self, position, quantity):
        "Return what shares take from a position, and what is owed for them"
        round_ = self.company.currency.round
        taken = capital.share_of(position, quantity, round_)
        if not self.valuation:
            return taken, taken.paid_up
        newer = self._subscribed_after(self.valuation.date)
        old = leaving.bearing(position.quantity, newer, quantity)
        return taken, leaving.value(
            taken, old, self.valuation.loss(), round_)

    def _subscribed_after(self, date):
        "Return the shares that the member subscribed after a closing"
        Movement = Pool().get('coop.share.movement')
        return sum(m.quantity for m in Movement.search([
                    ('member', '=', self.member.id),
                    ('share_class', '=', self.share_class.id),
                    ('kind', '=', 'subscription'),
                    ('date', '>', date),
                    ('reversed_by', '=', None),
                    ]))

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [self.number, self.member.rec_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'member.rec_name')

    @classmethod
    def copy(cls, withdrawals, default=None):
        default = default.copy() if default else {}
        default.setdefault('decision')
        return super().copy(withdrawals, default=default)

    def _may_write(self, values):
        names = {'description'}
        if self.state == 'requested':
            names |= {'valuation', 'decision', 'cancellation_date'}
        return self.state == 'draft' or not (values.keys() - names)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, withdrawals):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('requested')
    def request(cls, withdrawals):
        """Put withdrawals in the queue.

        :raises WithdrawalError: when the member has not so many shares
        """
        for withdrawal in withdrawals:
            withdrawal._check_quantity()
        cls.set_number(withdrawals)

    def _check_quantity(self):
        "The shares are there, and no other withdrawal waits for them"
        held = self._position().quantity
        waiting = sum(w.quantity_left for w in self.search([
                    ('member', '=', self.member.id),
                    ('share_class', '=', self.share_class.id),
                    ('state', '=', 'requested'),
                    ('id', '!=', self.id),
                    ]))
        if self.quantity > held - waiting:
            self._raise('quantity',
                quantity=held, waiting=waiting,
                share_class=self.share_class.rec_name)
        left = held - waiting - self.quantity
        if self.cause == 'part' and left < self.share_class.minimum:
            self._raise('minimum', quantity=left,
                name=self.share_class.rec_name)

    def _cancel_shares(self, quantity):
        "Record the cancellation and return the capital that it takes"
        Movement = Pool().get('coop.share.movement')
        position = self._position()
        if position.quantity < quantity:
            self._raise('quantity', quantity=position.quantity, waiting=0,
                share_class=self.share_class.rec_name)
        taken, owed = self.worth(position, quantity)
        date = self.cancelled_on
        Movement.record([[self._build(
                        self.member, self.share_class, 'cancellation',
                        capital.cancellation(taken, owed), date=date,
                        due_date=self.due_date(date))]])
        return taken.subscribed

    @classmethod
    def due_date(cls, date):
        """Return from when the value of cancelled shares may be claimed.

        The parameter ``deferral_years`` holds the delay of the statutes.
        """
        Parameter = Pool().get('coop.parameter')
        try:
            years = Parameter.get('deferral_years', date)
        except ParameterError:
            years = 0
        return date + relativedelta(months=int(years * 12))

    @classmethod
    @Workflow.transition('done')
    def _done(cls, withdrawals):
        pass

    @classmethod
    @ModelView.button
    def reverse(cls, withdrawals):
        """Take cancellations back: the shares are capital again.

        :raises MovementError: when some of the claim was repaid
        """
        Pool().get('coop.share.movement').lock()
        cls.take_back(cls.browse(withdrawals))

    @classmethod
    @Workflow.transition('requested')
    def taken_back(cls, withdrawals):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, withdrawals):
        for withdrawal in withdrawals:
            if withdrawal.standing:
                withdrawal._raise('cancelled_shares')


del _states


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['withdraw'] = {
            'invisible': ~Eval('shares', 0) | ~(
                Bool(Eval('leaving_date')) | (Eval('state') == 'leaving')),
            'icon': 'tryton-forward',
            'depends': ['state', 'shares', 'leaving_date'],
            }

    @classmethod
    @ModelView.button_action('coop_member.act_withdrawal_member')
    def withdraw(cls, members):
        "Draft the withdrawals of all shares of leavers that wait for none"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        Withdrawal = pool.get('coop.share.withdrawal')
        withdrawals = []
        for member in members:
            covered = {w.share_class.id for w in Withdrawal.search([
                        ('member', '=', member.id),
                        ('state', 'in', ['draft', 'requested']),
                        ])}
            events = Event.search([
                    ('member', '=', member.id),
                    ('kind', 'in', ['notice', 'departure']),
                    ('reversed_by', '=', None),
                    ], order=[('number', 'DESC')], limit=1)
            for (_, share_class), position in sorted(Movement.positions(
                        member.company, members=[member]).items()):
                if position.quantity and share_class not in covered:
                    withdrawals.append(Withdrawal(
                            company=member.company, member=member,
                            share_class=share_class,
                            quantity=position.quantity,
                            date=events[0].date if events
                            else today(member.company.id),
                            cause=events[0].cause if events else 'other'))
        Withdrawal.save(withdrawals)
