# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The true-up of a year: what is due by the base, less what was called.

It is computed, looked at with the reason of each amount, and then invoiced.
"""
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.modules.coop_member.company import CompanyMixin, CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import periods
from .brackets import true_up
from .calling import Call
from .exceptions import DueError
from .sale import SLICE
from .tools import typed

_draft = {'readonly': Eval('state') != 'draft'}


class TrueUp(CompanyMixin, CurrencyMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.due.true_up'
    plan = fields.Many2One(
        'coop.due.plan', "Plan", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    start_date = fields.Date("Year from", required=True, states=_draft)
    end_date = fields.Function(
        fields.Date("Year to"), 'on_change_with_end_date')
    invoice_date = fields.Date("Invoice Date", required=True, states={
            'readonly': ~Eval('state').in_(['draft', 'computed'])})
    lines = fields.One2Many(
        'coop.due.true_up.line', 'true_up', "Members", readonly=True)
    state = fields.Selection([
            ('draft', "Draft"),
            ('computed', "Computed"),
            ('invoicing', "Invoicing"),
            ('done', "Done"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.plan, Index.Equality())))
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'computed'), ('computed', 'computed'),
            ('computed', 'draft'), ('computed', 'invoicing'),
            ('invoicing', 'done')}
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'computed',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'compute': {
                    'invisible': ~Eval('state').in_(['draft', 'computed']),
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'invoice': {
                    'invisible': ~Eval('state').in_(
                        ['computed', 'invoicing']),
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def default_invoice_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @fields.depends('start_date')
    def on_change_with_end_date(self, name=None):
        return self._period().end if self.start_date else None

    def _period(self):
        "Return the year"
        return periods.period_at(self.start_date, 12, self.start_date)

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.plan.rec_name} {lang.strftime(self.start_date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('plan.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('lines')
        default.setdefault('state', 'draft')
        return super().copy(records, default=default)

    @classmethod
    def check_modification(
            cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        for record in records:
            if mode == 'delete':
                fixed = record.state in {'invoicing', 'done'}
            else:
                kept = (values or {}).keys() - {'invoice_date'}
                fixed = external and (
                    'state' in kept or record.state in {'invoicing', 'done'}
                    or bool(kept) and record.state != 'draft')
            if fixed:
                raise DueError(gettext(
                        'coop_due.msg_true_up_fixed',
                        true_up=record.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, records):
        pool = Pool()
        Line = pool.get('coop.due.true_up.line')
        Line.delete([l for r in records for l in r.lines])

    @classmethod
    @ModelView.button
    @Workflow.transition('computed')
    def compute(cls, records):
        """Compute what is due of each member for the year.

        :raises DueError: when the rate of the year has no base
        """
        Line = Pool().get('coop.due.true_up.line')
        for record in records:
            Line.delete(list(record.lines))
            Line.save(record._lines())

    def _lines(self):
        pool = Pool()
        Base = pool.get('coop.due.base')
        Line = pool.get('coop.due.true_up.line')
        Member = pool.get('coop.member')
        plan, year = self.plan, self._period()
        rate = plan.rate_at(max(year.start, plan.start_date))
        if rate.method == 'fixed':
            raise DueError(gettext(
                    'coop_due.msg_true_up_fixed_rate',
                    true_up=self.rec_name, rate=rate.rec_name))
        scale = rate.scale()
        bases = Base.amounts(
            rate.base, self.company, year.start, year.end)
        called = self._called()
        members = self._members()
        lives = Member.due_events(members)
        lines = []
        for sequence, member in enumerate(members, 1):
            present = plan.presence(lives[member.id])
            fraction = periods.fraction(year, year.start, present)
            before = called.get(member.id, Decimal(0))
            if not fraction and not before:
                continue
            due = scale.due(
                bases.get(member.id, Decimal(0)) if fraction else Decimal(0),
                fraction)
            lines.append(Line(
                    true_up=self, sequence=sequence, member=member,
                    base=due.base, months=round(fraction * 12, 2),
                    due=due.amount, called=before,
                    difference=true_up(due.amount, before),
                    explanation=self._explain(due)))
        return lines

    def _members(self):
        "Return all who ever had dues of the plan"
        pool = Pool()
        Member = pool.get('coop.member')
        Subscription = pool.get('sale.subscription')
        found = Subscription.search([('due_plan', '=', self.plan.id)])
        return Member.search([('id', 'in', [s.member.id for s in found])])

    def _called(self):
        "Return {member id: amount} of what was called for the year"
        pool = Pool()
        Due = pool.get('coop.due')
        Consumption = pool.get('sale.subscription.line.consumption')
        Line = pool.get('sale.subscription.line')
        Subscription = pool.get('sale.subscription')
        due, consumption = Due.__table__(), Consumption.__table__()
        line, subscription = Line.__table__(), Subscription.__table__()
        query = due.join(consumption,
            condition=due.id == consumption.id
            ).join(line, condition=consumption.line == line.id
            ).join(subscription,
                condition=line.subscription == subscription.id
            ).select(
                subscription.member.as_('member'),
                Sum(consumption.due_amount).as_('amount'),
                where=(subscription.due_plan == self.plan.id)
                & (due.kind != 'waiver') & (due.state != 'cancelled')
                & (consumption.due_period >= self.start_date)
                & (consumption.due_period <= self.end_date),
                group_by=[subscription.member])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        return {
            member: self.company.currency.round(amount)
            for member, amount in cursor}

    def _explain(self, due):
        "Return how what is due of a base came about"
        lang = Pool().get('ir.lang').get()

        def money(amount):
            return lang.currency(amount, self.currency, grouping=True)
        texts = [
            gettext('coop_due.msg_explain_part',
                base=money(part.base), above=money(part.bracket.above),
                rate=lang.format_number(part.bracket.rate * 100, 2),
                amount=money(part.amount))
            for part in due.parts if part.amount]
        if due.limited_by:
            texts.append(gettext(
                    f'coop_due.msg_explain_{due.limited_by}',
                    computed=money(due.computed),
                    amount=money(due.amount)))
        return '\n'.join(texts)

    @classmethod
    @ModelView.button
    def invoice(cls, records):
        "Invoice the differences: a slice at once, the others by the queue"
        cls._invoicing([r for r in records if r.state == 'computed'])
        cls.invoice_slice(records)

    @classmethod
    @Workflow.transition('invoicing')
    def _invoicing(cls, records):
        pass

    @classmethod
    @Workflow.transition('done')
    def _done(cls, records):
        pass

    @classmethod
    def invoice_slice(cls, records):
        "Invoice what is not yet, at most a slice of each, and go on"
        pool = Pool()
        Line = pool.get('coop.due.true_up.line')
        Subscription = pool.get('sale.subscription')
        cls.lock(records)
        for record in cls.browse(records):
            if record.state != 'invoicing':
                continue
            lines = Line.search([
                    ('true_up', '=', record.id),
                    ('difference', '!=', 0),
                    ('invoice', '=', None),
                    ], limit=SLICE)
            if not lines:
                cls._done([record])
                continue
            subscriptions = record._subscriptions(lines)
            calls = [
                line.call(subscriptions[line.member]) for line in lines]
            invoices = {
                i.due_member: i for i in Subscription.invoice_dues(
                    calls, record.invoice_date)}
            for line in lines:
                line.invoice = invoices[line.member]
            Line.save(lines)
            cls.__queue__.invoice_slice([record])

    def _subscriptions(self, lines):
        "Return {member: his last subscription of the plan}"
        Subscription = Pool().get('sale.subscription')
        found = Subscription.search([
                ('due_plan', '=', self.plan.id),
                ('member', 'in', [l.member.id for l in lines]),
                ], order=[('start_date', 'ASC'), ('id', 'ASC')])
        return {s.member: s for s in found}


class TrueUpLine(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.due.true_up.line'
    true_up = fields.Many2One(
        'coop.due.true_up', "True-Up", required=True, ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT')
    base = Monetary("Base", currency='currency', digits='currency')
    months = fields.Numeric("Months Present", digits=(2, 2))
    due = Monetary("Due", currency='currency', digits='currency')
    called = Monetary("Called", currency='currency', digits='currency')
    difference = Monetary(
        "Difference", currency='currency', digits='currency')
    explanation = fields.Text("Why This Amount")
    invoice = fields.Many2One(
        'account.invoice', "Invoice", ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.true_up, Index.Equality())),
                Index(t, (t.invoice, Index.Equality()),
                    where=t.invoice != Null),
                })
        cls.__access__.add('true_up')

    @fields.depends('true_up', '_parent_true_up.currency')
    def on_change_with_currency(self, name=None):
        return self.true_up.currency if self.true_up else None

    def get_rec_name(self, name):
        return self.member.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    def call(self, subscription):
        "Return the call of the difference"
        plan, year = self.true_up.plan, self.true_up._period()
        rate = plan.rate_at(max(year.start, plan.start_date))
        return Call(
            subscription, 'true_up', year, year.start, year.end,
            self.difference, rate, self.explanation)
