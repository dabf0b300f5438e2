# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is owed for cancelled shares, repaid with interest

It is the second of the two steps of leaving: see leaving.py, withdrawal.py.
"""
from collections import defaultdict
from decimal import Decimal

from sql import Literal
from sql.operators import Concat

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from . import capital, leaving
from .exceptions import ParameterError, RepaymentError
from .operation import NumberedMixin, OperationMixin
from .parameter import percent
from .tools import any_of

_states = {'readonly': Eval('state') != 'draft'}


class Repayment(
        NumberedMixin, OperationMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.repayment'
    _error = RepaymentError
    _messages = 'coop_member.msg_repayment'
    _sequence = 'repayment_sequence'
    # The parameters that may hold the rate of the interest, the first first
    _rate_keys = ['deferred_interest']
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    payee = fields.Many2One(
        'party.party', "Payee", required=True, ondelete='RESTRICT',
        context={'company': Eval('company', -1)}, depends={'company'},
        states=_states,
        help="The member, or an heir.")
    date = fields.Date("Payment Date", required=True, states=_states,
        help="The day until which interest runs.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>', 0)], states=_states,
        help="Of what is owed for shares, without interest.")
    interest = Monetary(
        "Interest", currency='currency', digits='currency', readonly=True)
    income_tax = Monetary(
        "Income Tax Withheld", currency='currency', digits='currency',
        readonly=True)
    social = Monetary(
        "Social Levies Withheld", currency='currency', digits='currency',
        readonly=True)
    total = fields.Function(Monetary(
            "To Pay", currency='currency', digits='currency',
            help="The amount, and the interest less what is withheld."),
        'on_change_with_total')
    computation = fields.Text("Computation", readonly=True)
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states,
        help="Needed to repay before the delay of the statutes ends.")
    paid_on = fields.Date("Paid on", readonly=True)
    description = fields.Char("Description")
    state = fields.Selection([
            ('draft', "Draft"),
            ('approved', "Approved"),
            ('paid', "Paid"),
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
            ('draft', 'approved'),
            ('approved', 'paid'),
            ('paid', 'approved'),
            ('approved', 'draft'),
            ('draft', 'cancelled'),
            }
        cls._buttons.update({
                'compute': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'approve': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'approved',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @fields.depends('company', 'member', 'amount')
    def on_change_member(self):
        if self.company and self.member:
            self.payee = self.member.party
            self.amount = self.owed(self.member)

    @fields.depends('amount', 'interest', 'income_tax', 'social')
    def on_change_with_total(self, name=None):
        return (self.amount or 0) + self.net

    @property
    def net(self):
        "The interest less what is withheld"
        return (
            (self.interest or 0) - (self.income_tax or 0)
            - (self.social or 0))

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [self.number, self.member.rec_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'member.rec_name', 'payee.rec_name')

    @classmethod
    def copy(cls, repayments, default=None):
        default = default.copy() if default else {}
        for name in [
                'interest', 'income_tax', 'social', 'computation', 'decision',
                'paid_on']:
            default.setdefault(name)
        return super().copy(repayments, default=default)

    @classmethod
    def claims(cls, member):
        """Return the capital.Calls of what a member is owed, oldest first.

        Their keys are the movements that owe it.
        """
        return cls.claims_of([member])

    @classmethod
    def claims_of(cls, members):
        "Return the capital.Calls of what members are owed, oldest first"
        Movement = Pool().get('coop.share.movement')
        claims, paid = [], defaultdict(Decimal)
        for movement in Movement.search([
                    ('member', 'in', [m.id for m in members]),
                    ('claim', '!=', 0),
                    ('kind', '!=', 'reversal'),
                    ('reversed_by', '=', None),
                    ], order=[('date', 'ASC'), ('number', 'ASC')]):
            holder = movement.member, movement.share_class
            if movement.claim > 0:
                claims.append(capital.Call(movement, holder, movement.claim))
            else:
                paid[holder] -= movement.claim
        return capital.open_calls(claims, paid)

    @classmethod
    def owed(cls, member):
        "Return what a member is owed for shares and nobody approved to pay"
        owed = sum(c.amount for c in cls.claims(member))
        approved = sum(r.amount for r in cls.search([
                    ('member', '=', member.id),
                    ('state', '=', 'approved'),
                    ]))
        return member.company.currency.round(Decimal(owed - approved))

    def _parts(self):
        """Return [(capital.Call, amount)] of what it repays, oldest first.

        What was approved before it comes first: all of it for a draft,
        whichever was entered first.

        :raises RepaymentError: when less is owed
        """
        before = [r.amount for r in self.search([
                    ('member', '=', self.member.id),
                    ('state', '=', 'approved'),
                    ('id', '!=', self.id),
                    ])
            if self.state == 'draft' or r._approval < self._approval]
        claims = self.claims(self.member)
        for amount in [sum(before, Decimal(0)), self.amount]:
            parts, rest = capital.allocate(amount, claims)
            taken = {c: part for c, part in parts}
            claims = [
                capital.Call(c.key, c.share_class, left) for c in claims
                if (left := c.amount - taken.get(c, 0))]
        if rest:
            lang = Pool().get('ir.lang').get()
            self._raise('amount', amount=lang.currency(
                    self.owed(self.member), self.currency))
        return parts

    @property
    def _approval(self):
        "What sorts those that are approved as they were numbered"
        return len(self.number), self.number

    @classmethod
    @ModelView.button
    def compute(cls, repayments):
        "Compute the interest until the payment and what is withheld on it"
        for repayment in repayments:
            repayment._compute()
        cls.save(repayments)

    def _compute(self):
        Withholding = Pool().get('coop.withholding')
        lang = Pool().get('ir.lang').get()
        total, words = Decimal(0), []
        for claim, amount in self._parts():
            for part in leaving.interest(
                    amount, claim.key.date, self.date, self.rate_at):
                total += part.amount
                words.append(gettext('coop_member.msg_repayment_interest',
                        amount=lang.currency(amount, self.currency),
                        start=lang.strftime(part.start),
                        end=lang.strftime(part.end), days=part.days,
                        rate=percent(part.rate), interest=lang.currency(
                            part.amount, self.currency, digits=4)))
        withheld = Withholding.withhold(
            self.currency.round(total), self.member, self.date, 'fixed',
            self.payee)
        self.interest = withheld.gross
        self.income_tax = withheld.income_tax
        self.social = withheld.social
        self.computation = '\n'.join(words)

    @classmethod
    def rate_at(cls, date):
        "Return the rate of the interest on what is owed, at a date"
        Parameter = Pool().get('coop.parameter')
        for key in cls._rate_keys:
            try:
                return Parameter.get(key, date)
            except ParameterError:
                continue
        return Decimal(0)

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    def approve(cls, repayments):
        """Approve repayments and post their interest.

        :raises RepaymentError: when less is owed, or not yet
        """
        pool = Pool()
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        for repayment in repayments:
            repayment._check_due()
            repayment._compute()
            repayment.state = 'approved'
            # Saved before the next, which counts it
            cls.set_number([repayment])
            repayment.save()
        moves = [m for r in repayments if (m := r._move())]
        Move.save(moves)
        Move.post(moves)

    def _check_due(self):
        lang = Pool().get('ir.lang').get()
        due = max(
            c.key.due_date or c.key.date for c, _ in self._parts())
        if due > self.date and not self.decision:
            self._raise('early', date=lang.strftime(due))

    def _move(self, sign=1):
        "Return the entry of the interest, and of the claim of an heir"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        Configuration = pool.get('coop.configuration')
        share_class = self._parts()[0][0].key.share_class
        claim = share_class.account('claim')
        amounts = []
        if self.payee != self.member.party:
            amounts.append((claim, self.member.party, self.amount))
            amounts.append((claim, self.payee, -self.amount))
        if self.interest:
            amounts.append((
                    share_class.account('interest'), None, self.interest))
            amounts.append((claim, self.payee, -self.net))
        if withheld := (self.income_tax + self.social):
            amounts.append((
                    share_class.account('withheld'), None, -withheld))
        if not amounts:
            return
        date = Move.first_open_day(self.company, self.date)
        return Move(
            company=self.company, date=date, origin=self,
            journal=Configuration(1).get_multivalue(
                'share_journal', company=self.company.id),
            period=Period.find(self.company, date=date),
            description=self.rec_name,
            lines=[
                Line(account=account, party=party,
                    maturity_date=self.date if party else None,
                    debit=max(sign * balance, 0),
                    credit=max(-sign * balance, 0))
                for account, party, balance in amounts])

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, repayments):
        """Take the approval of repayments back, with their entry."""
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        moves = [m for m in (r._move(-1) for r in repayments) if m]
        Move.save(moves)
        Move.post(moves)
        Line.reconcile_capital(Line.search([
                    ('move.origin', 'in', [str(r) for r in repayments]),
                    ('party', '!=', None),
                    ]))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, repayments):
        pass

    def operation(self, date):
        "Return the movements of its payment at a date, one a class"
        amounts = defaultdict(Decimal)
        for claim, amount in self._parts():
            amounts[claim.key.share_class] += amount
        return [
            self._build(
                self.member, share_class, 'repayment',
                capital.Deltas(claim=-amount), date=date)
            for share_class, amount in amounts.items()]

    @classmethod
    @Workflow.transition('paid')
    def paid(cls, repayments, date):
        cls.write(repayments, {'paid_on': date})

    @classmethod
    @Workflow.transition('approved')
    def taken_back(cls, repayments):
        cls.write(repayments, {'paid_on': None})

    @classmethod
    def withheld_query(cls):
        "Return the query of what was withheld, see coop.withholding"
        t = cls.__table__()
        return t.select(
            t.id, t.company, t.member, t.payee, t.paid_on.as_('date'),
            Literal('fixed').as_('kind'), t.interest.as_('gross'),
            t.income_tax, t.social,
            Concat('coop.share.repayment,', t.id).as_('origin'),
            where=(t.state == 'paid') & (t.interest != 0))


del _states
