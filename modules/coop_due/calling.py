# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Calling the dues: what is owed for a period less what was called for it

Whatever changes in the life of a member, the next call finds the difference,
so that it never matters in which order things were entered. Calling twice
calls nothing the second time.
"""
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import DueError
from .periods import DAY, period_at, periods_until
from .tools import typed
from .sale import SLICE


@dataclass
class Call:
    "What is to be called of a member for a period"
    subscription: object
    kind: str
    period: object
    start: object
    end: object
    amount: Decimal
    rate: object
    explanation: str
    # The number of what it corrects
    number: str = ''


class Subscription(metaclass=PoolMeta):
    __name__ = 'sale.subscription'

    @classmethod
    def dues_to_call(cls, company, date):
        "Return the ids of the subscriptions that a call at a date looks at"
        return [s.id for s in cls.search([
                    ('company', '=', company.id),
                    ('due_plan', '!=', None),
                    ['OR',
                        [
                            ('state', '=', 'running'),
                            ('lines.next_consumption_date', '<=', date),
                            ],
                        [
                            ('state', 'in', ['running', 'closed']),
                            ('due_review', '!=', None),
                            ],
                        ],
                    ], order=[('member.number', 'ASC'), ('id', 'ASC')])]

    @classmethod
    def call_all_dues(cls):
        "Call what is owed today in every company (the cron's way)"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                cls.follow_missing(company)
                date = today(company.id)
                cls.queue_dues(cls.dues_to_call(company, date), date)

    @classmethod
    def queue_dues(cls, ids, date):
        for sub in grouped_slice(ids, SLICE):
            cls.__queue__.call_dues(cls.browse(list(sub)), date)

    @classmethod
    @without_check_access
    def call_dues(cls, subscriptions, date, invoice_date=None):
        """Call and invoice what is owed for the periods begun at a date.

        :param subscriptions: a slice of those of one company
        :param invoice_date: today if not given
        :return: the posted invoices
        :raises DueError: when a plan has no rate yet
        """
        subscriptions = list(subscriptions)
        if not subscriptions:
            return []
        cls.lock(subscriptions)
        subscriptions = cls.browse([s.id for s in subscriptions])
        company = subscriptions[0].company
        with Transaction().set_context(company=company.id):
            lives = Pool().get('coop.member').due_events(
                [s.member for s in subscriptions])
            called = cls._called([s.member for s in subscriptions])
            calls = []
            for subscription in subscriptions:
                calls += subscription._dues_calls(
                    lives[subscription.member.id],
                    called[subscription.member.id,
                        subscription.due_plan.id], date)
            cls._save_called(subscriptions)
            return cls.invoice_dues(calls, invoice_date)

    @classmethod
    def _called(cls, members):
        """Return {(member id, plan id): {start of period: amount}}

        A period whose invoice was cancelled is there with nothing.
        """
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        Line = pool.get('sale.subscription.line')
        InvoiceLine = pool.get('account.invoice.line')
        Invoice = pool.get('account.invoice')
        consumption, line = Consumption.__table__(), Line.__table__()
        subscription = cls.__table__()
        invoice_line, invoice = InvoiceLine.__table__(), Invoice.__table__()
        result = defaultdict(lambda: defaultdict(Decimal))
        cursor = Transaction().connection.cursor()
        query = consumption.join(line,
            condition=consumption.line == line.id
            ).join(subscription,
            condition=line.subscription == subscription.id
            ).join(invoice_line,
            condition=consumption.invoice_line == invoice_line.id
            ).join(invoice,
            condition=invoice_line.invoice == invoice.id)
        query = query.select(
            subscription.member.as_('member'),
            subscription.due_plan.as_('plan'),
            consumption.due_period.as_('period'),
            Case((invoice.state == 'cancelled', 0),
                else_=consumption.due_amount).as_('amount'),
            where=fields.SQL_OPERATORS['in'](
                subscription.member, [m.id for m in members])
            & consumption.due_kind.in_(['call', 'adjustment']))
        typed(query, [None, None, 'DATE', 'NUMERIC'])
        cursor.execute(*query)
        for member, plan, period, amount in cursor:
            result[member, plan][period] += amount
        return result

    def _dues_calls(self, events, called, date):
        "Return the calls that make of what was called what is owed"
        plan, (line, *_) = self.due_plan, self.lines
        present = plan.presence(events)
        last = present[-1].end if present else None
        months, anchor = plan.period_months, self.due_anchor
        result = []
        if self.due_review:
            for start in sorted(called):
                period = period_at(start, months, anchor)
                if period.end >= self.due_review:
                    result.append(
                        self._dues_call(period, present, called))
            self.due_review = None
        start = line.next_consumption_date
        if self.state == 'running' and start and start <= date:
            for period in periods_until(start, date, months, anchor):
                if last is None or period.start > last:
                    break
                result.append(self._dues_call(period, present, called))
                line.next_consumption_date = period.end + DAY
        if self.state == 'running' and start and (
                last is None or line.next_consumption_date > last):
            line.next_consumption_date = None
            self.end_date = max(self.start_date, last or self.start_date)
        return [c for c in result if c]

    def _dues_call(self, period, present, called):
        "Return what is to be called for a period, None for nothing"
        rate, months = self.due_plan.costs(period, self.due_anchor, present)
        due = sum((m.amount for m in months), Decimal(0))
        before = called.get(period.start, Decimal(0))
        if due == before:
            return
        called[period.start] = due
        owed = list(filter(None, (p.common(period) for p in present)))
        start, end = period.start, period.end
        adjusted = bool(before) or due < before
        if adjusted and self.due_review:
            start = max(start, self.due_review)
        elif owed:
            start, end = owed[0].start, owed[-1].end
        return Call(
            self, 'adjustment' if adjusted else 'call', period, start, end,
            due - before, rate, explain(months, rate, due, before))

    @classmethod
    def _save_called(cls, subscriptions):
        Line = Pool().get('sale.subscription.line')
        Line.save([line for s in subscriptions for line in s.lines])
        cls.save(subscriptions)
        cls.close([
                s for s in subscriptions if s.state == 'running'
                and s.lines[0].next_consumption_date is None])

    @classmethod
    @without_check_access
    def invoice_dues(cls, calls, invoice_date=None):
        """Invoice calls, one invoice a subscription, and post them.

        :param calls: Call of one company
        :param invoice_date: today if not given
        :return: the posted invoices
        """
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        if not calls:
            return []
        company = calls[0].subscription.company
        date = invoice_date or today(company.id)
        with Transaction().set_context(company=company.id):
            invoices, lines, consumptions = cls._dues_records(calls, date)
            Invoice.save(invoices)
            InvoiceLine.save(lines)
            for consumption, line in zip(consumptions, lines):
                consumption.invoice_line = line
            Consumption.save(consumptions)
            Invoice.update_taxes(invoices)
            # Nobody answers a warning in the queue
            with Transaction().set_context(_skip_warnings=True):
                Invoice.post(invoices)
            Invoice.settle_dues(
                [i for i in invoices if i.untaxed_amount <= 0])
        return invoices

    @classmethod
    def _dues_records(cls, calls, date):
        "Return invoices, their lines and their consumptions, not saved"
        Consumption = Pool().get('sale.subscription.line.consumption')
        invoices, lines, consumptions = {}, [], []
        for call in calls:
            subscription = call.subscription
            if subscription not in invoices:
                invoices[subscription] = subscription._dues_invoice(date)
            line = subscription._dues_line(call, invoices[subscription])
            lines.append(line)
            consumptions.append(Consumption(
                    line=subscription.lines[0], quantity=line.quantity,
                    date=date, due_kind=call.kind,
                    due_period=call.period.start, due_from=call.start,
                    due_to=call.end, due_amount=call.amount,
                    due_rate=call.rate, due_explanation=call.explanation))
        return list(invoices.values()), lines, consumptions

    def _dues_invoice(self, date):
        "Return the invoice of what is called at a date, without lines"
        invoice = self._get_invoice()
        invoice.invoice_date = invoice.payment_term_date = date
        invoice.due_member = self.member
        # What statements of account say that is owed for
        invoice.description = self.description
        return invoice

    def _dues_line(self, call, invoice):
        """Return the line of a call.

        :raises DueError: when the product has no revenue account
        """
        InvoiceLine = Pool().get('account.invoice.line')
        subscription_line = self.lines[0]
        product = subscription_line.service.product
        line = InvoiceLine(
            invoice=invoice, type='line', product=product,
            unit=subscription_line.unit, origin=subscription_line,
            company=self.company, currency=self.currency)
        line.on_change_invoice()
        line.quantity = 1 if call.amount > 0 else -1
        line.unit_price = abs(call.amount)
        line.description = self._dues_description(call)
        line.on_change_product()
        if not line.account:
            raise DueError(gettext(
                    'coop_due.msg_product_account',
                    product=product.rec_name, plan=self.due_plan.rec_name))
        return line

    def _dues_description(self, call):
        Lang = Pool().get('ir.lang')
        lang = Lang.get()
        if self.party.lang:
            lang = self.party.lang
        with Transaction().set_context(language=lang.code):
            return gettext(
                f'coop_due.msg_line_{call.kind}', plan=self.description,
                start=lang.strftime(call.start), end=lang.strftime(call.end),
                number=call.number)


def explain(months, rate, due, before):
    "Return how the amount of a call came about"
    lang = Pool().get('ir.lang').get()
    currency = rate.plan.company.currency

    def money(amount):
        return lang.currency(amount, currency, grouping=True)
    whole = [m for m in months if m.amount == rate.amount]
    texts = []
    if whole:
        texts.append(gettext(
                'coop_due.msg_explain_months', count=len(whole),
                amount=money(rate.amount)))
    for month in months:
        if month.amount != rate.amount and month.days:
            texts.append(gettext(
                    'coop_due.msg_explain_days',
                    start=lang.strftime(month.period.start),
                    end=lang.strftime(month.period.end), days=month.days,
                    total=month.period.days, monthly=money(rate.amount),
                    amount=money(month.amount)))
    if before:
        texts.append(gettext(
                'coop_due.msg_explain_called', due=money(due),
                called=money(before), amount=money(due - before)))
    return '\n'.join(texts)


class CallStart(ModelView):
    __name__ = 'coop.due.call.start'
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    date = fields.Date("Periods Begun by", required=True,
        help="The periods that begin until this day are called.")
    invoice_date = fields.Date("Invoice Date", required=True)
    count = fields.Function(
        fields.Integer("Members to Look at"), 'on_change_with_count')

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_invoice_date(cls):
        return cls.default_date()

    @fields.depends('company', 'date')
    def on_change_with_count(self, name=None):
        Subscription = Pool().get('sale.subscription')
        if self.company and self.date:
            return len(Subscription.dues_to_call(self.company, self.date))


class CallDues(Wizard):
    __name__ = 'coop.due.call'
    start = StateView(
        'coop.due.call.start', 'coop_due.due_call_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Invoice", 'call', 'tryton-ok', default=True),
            ])
    call = StateAction('coop_due.act_due_form')

    def do_call(self, action):
        """Call the first slice at once, and the others by the queue.

        What hinders the first one is told to who presses the button.
        """
        Subscription = Pool().get('sale.subscription')
        company = self.start.company
        Subscription.follow_missing(company)
        ids = Subscription.dues_to_call(company, self.start.date)
        first, *others = [list(s) for s in grouped_slice(ids, SLICE)] or [[]]
        Subscription.call_dues(
            Subscription.browse(first), self.start.date,
            self.start.invoice_date)
        for sub in others:
            Subscription.__queue__.call_dues(
                Subscription.browse(sub), self.start.date,
                self.start.invoice_date)
        return action, {}
