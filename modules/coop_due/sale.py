# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The dues of a member are a subscription to the service of a plan"
import datetime as dt
from collections import defaultdict

from sql import Literal, Null
from sql.operators import Exists

from trytond.model import Index, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

# As Tryton's create grows worse than linearly with the number of records
SLICE = 200
# States of members who owe dues, or will again
OWING = ['admitted', 'active', 'suspended', 'leaving']


class Subscription(metaclass=PoolMeta):
    __name__ = 'sale.subscription'
    member = fields.Many2One(
        'coop.member', "Member", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('member')})
    due_plan = fields.Many2One(
        'coop.due.plan', "Dues Plan", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('member')})
    due_anchor = fields.Date("Periods Counted from", readonly=True,
        states={'invisible': ~Eval('member')})
    due_review = fields.Date("To Review from", readonly=True,
        states={'invisible': ~Eval('due_review')},
        help="The next call compares what was called for the periods from "
        "this day on with what is owed, and calls or credits the difference.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    where=t.member != Null),
                Index(t, (t.due_plan, Index.Equality()),
                    where=t.due_plan != Null),
                })
        cls._buttons.update({
                'review_dues': {
                    'invisible': ~Eval('due_plan') | (
                        ~Eval('state').in_(['running', 'closed'])),
                    'icon': 'tryton-refresh',
                    'depends': ['due_plan', 'state'],
                    },
                })

    @classmethod
    def copy(cls, subscriptions, default=None):
        default = default.copy() if default else {}
        for name in ['member', 'due_plan', 'due_anchor', 'due_review']:
            default.setdefault(name)
        return super().copy(subscriptions, default=default)

    def compute_next_invoice_date(self):
        # What calls the dues invoices them at once
        if self.due_plan:
            return None
        return super().compute_next_invoice_date()

    @classmethod
    @without_check_access
    def follow_lives(cls, members, since=None):
        """Begin the dues that members owe, and review those called.

        :param members: members of any companies
        :param since: {member: date} from which their lives have changed
        """
        pool = Pool()
        Member = pool.get('coop.member')
        Plan = pool.get('coop.due.plan')
        companies = defaultdict(list)
        for member in members:
            companies[member.company].append(member)
        for company, members in companies.items():
            plans = Plan.search([('company', '=', company.id)])
            if not plans:
                continue
            for sub in grouped_slice(members, SLICE):
                sub = list(sub)
                cls._follow(plans, sub, Member.due_events(sub))
                if since:
                    cls._review(sub, since)

    @classmethod
    def _follow(cls, plans, members, lives):
        known = defaultdict(list)
        for subscription in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('state', '!=', 'cancelled'),
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')]):
            known[subscription.member, subscription.due_plan].append(
                subscription)
        new = []
        for member in members:
            for plan in plans:
                subscription = cls._next_subscription(
                    member, plan, known[member, plan], lives[member.id])
                if subscription:
                    new.append(subscription)
        if not new:
            return
        cls.save(new)
        cls._complete(new)

    @classmethod
    def _complete(cls, subscriptions):
        "Run those that can be invoiced; without address they wait as drafts"
        for subscription in subscriptions:
            if not subscription.invoice_address:
                subscription.invoice_address = (
                    subscription.party.address_get(type='invoice'))
        cls.save(subscriptions)
        complete = [s for s in subscriptions if s.invoice_address]
        cls.quote(complete)
        cls.run(complete)

    @classmethod
    def _next_subscription(cls, member, plan, known, events):
        "Return the subscription that a member needs for a plan, or None"
        present = plan.presence(events)
        if not present or any(s.state != 'closed' for s in known):
            return
        start, anchor = present[0].start, plan.anchor(present[0].start)
        if known:
            # It goes on after a suspension, a mistake or a time elsewhere
            closed = max(s.end_date for s in known)
            later = [p for p in present if p.end > closed]
            if not later:
                return
            start = max(later[0].start, closed + dt.timedelta(days=1))
            anchor = known[0].due_anchor
        return cls._new_subscription(member, plan, start, anchor)

    @classmethod
    def _new_subscription(cls, member, plan, start, anchor):
        pool = Pool()
        Line = pool.get('sale.subscription.line')
        subscription = cls(
            company=member.company, member=member, party=member.party,
            currency=member.company.currency, due_plan=plan,
            due_anchor=anchor, start_date=start, state='draft',
            description=plan.name, invoice_recurrence=plan.recurrence())
        subscription.payment_term = (
            plan.payment_term or member.party.customer_payment_term)
        subscription.lines = [Line(
                service=plan.service, quantity=1, start_date=start,
                unit=plan.service.product.default_uom,
                description=plan.name)]
        return subscription

    @classmethod
    def _review(cls, members, since):
        "Have called periods compared with what is owed since a date"
        subscriptions = cls.search([
                ('member', 'in', [m.id for m in members]),
                ('state', 'in', ['running', 'closed']),
                ])
        for subscription in subscriptions:
            dates = [since[subscription.member]]
            if subscription.due_review:
                dates.append(subscription.due_review)
            subscription.due_review = min(dates)
        cls.save(subscriptions)

    @classmethod
    @ModelView.button
    def review_dues(cls, subscriptions):
        "Have all that was called compared with what is owed"
        for subscription in subscriptions:
            subscription.due_review = subscription.due_plan.start_date
        cls.save(subscriptions)

    @classmethod
    @without_check_access
    def follow_missing(cls, company):
        "Begin the dues of the members of a company who have none yet"
        pool = Pool()
        Member = pool.get('coop.member')
        Plan = pool.get('coop.due.plan')
        member, plan = Member.__table__(), Plan.__table__()
        subscription = cls.__table__()
        known = subscription.select(Literal(1),
            where=(subscription.member == member.id)
            & (subscription.due_plan == plan.id)
            & (subscription.state != 'closed')
            & (subscription.state != 'cancelled'))
        cursor = Transaction().connection.cursor()
        cursor.execute(*member.join(plan,
                condition=(plan.company == member.company)
                & (plan.category == member.category)
                ).select(member.id,
                where=(member.company == company.id)
                & member.state.in_(OWING) & ~Exists(known),
                group_by=[member.id], order_by=[member.id]))
        cls.follow_lives(Member.browse([id_ for id_, in cursor]))
        # A number tells that somebody had them run and brought them back
        cls._complete(cls.search([
                    ('company', '=', company.id),
                    ('due_plan', '!=', None),
                    ('state', '=', 'draft'),
                    ('number', '=', None),
                    ]))


class Line(metaclass=PoolMeta):
    __name__ = 'sale.subscription.line'

    def compute_next_consumption_date(self):
        if self.subscription.due_plan:
            return self.start_date
        return super().compute_next_consumption_date()


class Consumption(metaclass=PoolMeta):
    __name__ = 'sale.subscription.line.consumption'
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    due_kind = fields.Selection([
            (None, ""),
            ('call', "Call"),
            ('adjustment', "Adjustment"),
            ('true_up', "True-Up"),
            ('waiver', "Waiver"),
            ], "Kind", readonly=True, sort=False)
    due_period = fields.Date("Period from", readonly=True,
        help="The first day of the period that is called.")
    due_from = fields.Date("Owed from", readonly=True)
    due_to = fields.Date("Owed to", readonly=True)
    due_amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True)
    due_rate = fields.Many2One(
        'coop.due.rate', "Rate", readonly=True, ondelete='RESTRICT')
    due_explanation = fields.Text("Why This Amount", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.line, Index.Equality()),
                    (t.due_period, Index.Range())),
                Index(t, (t.due_rate, Index.Equality()),
                    where=t.due_rate != Null),
                Index(t, (t.invoice_line, Index.Equality())),
                })

    @fields.depends('line', '_parent_line.currency')
    def on_change_with_currency(self, name=None):
        return self.line.currency if self.line else None
