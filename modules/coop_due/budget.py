# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The dues that cover a budget: what it costs, what the dues bring

The plans are read when the sheet is computed, with the members of that day;
what was really spent and invoiced is read from the books at any time.
"""
import datetime as dt
from decimal import Decimal

from sql.aggregate import Count, Sum
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.modules.coop_member.company import CompanyMixin, CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import DueError
from .periods import Period, months_of
from .sale import OWING
from .tools import typed


def _amount(string, **values):
    return Monetary(string, currency='currency', digits='currency', **values)


class Budget(CompanyMixin, CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.due.budget'
    name = fields.Char("Name", required=True)
    start_date = fields.Date("From", required=True)
    end_date = fields.Date("To", required=True,
        domain=[('end_date', '>=', Eval('start_date', dt.date.min))])
    costs = fields.One2Many('coop.due.budget.cost', 'budget', "Costs")
    plans = fields.One2Many(
        'coop.due.budget.plan', 'budget', "Dues", readonly=True)
    cost = fields.Function(_amount("Budgeted"), 'get_totals')
    spent = fields.Function(
        _amount("Spent", help="Posted on the accounts of the costs."),
        'get_totals')
    expected = fields.Function(
        _amount("Dues Expected"), 'get_totals')
    invoiced = fields.Function(
        _amount("Dues Invoiced",
            help="For the periods inside the budget, less waivers."),
        'get_totals')
    missing = fields.Function(
        _amount("Dues Missing",
            help="What the expected dues do not cover of the costs."),
        'get_totals')
    needed = fields.Function(
        _amount("Needed a Member a Month",
            help="The amount a month, without tax, with which the members of "
            "today would cover the costs."),
        'get_totals')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._buttons.update({
                'compute': {'icon': 'tryton-refresh'},
                })

    @classmethod
    def default_start_date(cls):
        return today(cls.default_company()).replace(month=1, day=1)

    @classmethod
    def default_end_date(cls):
        return today(cls.default_company()).replace(month=12, day=31)

    @property
    def months(self):
        "Return how many months begin in the budget"
        period = Period(self.start_date, self.end_date)
        return len(months_of(period, self.start_date))

    @classmethod
    def get_totals(cls, budgets, names):
        result = {name: {} for name in names}
        for budget in budgets:
            totals = {
                'cost': sum((c.amount for c in budget.costs), Decimal(0)),
                'spent': sum((c.spent for c in budget.costs), Decimal(0)),
                'expected': sum(
                    (p.expected for p in budget.plans), Decimal(0)),
                'invoiced': sum(
                    (p.invoiced for p in budget.plans), Decimal(0)),
                }
            totals['missing'] = max(
                totals['cost'] - totals['expected'], Decimal(0))
            count = sum(p.members for p in budget.plans) * budget.months
            totals['needed'] = budget.currency.round(
                totals['cost'] / count) if count else None
            for name in names:
                result[name][budget.id] = totals[name]
        return result

    @classmethod
    @ModelView.button
    def compute(cls, budgets):
        """Count the members of each plan today, and what they will owe.

        :raises DueError: when a plan has no rate at the end of the budget
        """
        pool = Pool()
        Line = pool.get('coop.due.budget.plan')
        Plan = pool.get('coop.due.plan')
        lines = []
        for budget in budgets:
            Line.delete(list(budget.plans))
            plans = Plan.search([
                    ('company', '=', budget.company.id),
                    ('start_date', '<=', budget.end_date),
                    ['OR',
                        ('end_date', '=', None),
                        ('end_date', '>=', budget.start_date),
                        ],
                    ])
            if not plans:
                raise DueError(gettext(
                        'coop_due.msg_budget_no_plan',
                        budget=budget.rec_name))
            counts = cls._count_members(budget.company)
            for sequence, plan in enumerate(plans, 1):
                members = counts.get(plan.category.id, 0)
                lines.append(Line(
                        budget=budget, sequence=sequence, plan=plan,
                        members=members,
                        expected=budget._expected(plan, members)))
        Line.save(lines)

    @classmethod
    def _count_members(cls, company):
        member = Pool().get('coop.member').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*member.select(
                member.category, Count(member.id),
                where=(member.company == company.id)
                & member.state.in_([s for s in OWING if s != 'suspended']),
                group_by=[member.category]))
        return dict(cursor.fetchall())

    def _expected(self, plan, members):
        "Return what the members owe in the months of the budget"
        limits = Period(
            plan.start_date, plan.end_date or self.end_date)
        inside = Period(self.start_date, self.end_date).common(limits)
        if not inside:
            return Decimal(0)
        return sum((
                members * plan.rate_at(max(m.start, plan.start_date)).amount
                for m in months_of(inside, inside.start)), Decimal(0))


class BudgetCost(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.due.budget.cost'
    budget = fields.Many2One(
        'coop.due.budget', "Budget", required=True, ondelete='CASCADE')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    name = fields.Char("Name", required=True)
    account = fields.Many2One(
        'account.account', "Account", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Tells what was really spent, with the accounts below it.")
    amount = _amount(
        "Budgeted", required=True, domain=[('amount', '>=', 0)])
    spent = fields.Function(_amount("Spent"), 'get_spent')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('budget')

    @fields.depends('budget', '_parent_budget.company')
    def on_change_with_company(self, name=None):
        return self.budget.company if self.budget else None

    @fields.depends('budget', '_parent_budget.company')
    def on_change_with_currency(self, name=None):
        if self.budget and self.budget.company:
            return self.budget.company.currency

    @classmethod
    def get_spent(cls, costs, name):
        pool = Pool()
        Account = pool.get('account.account')
        Budget = pool.get('coop.due.budget')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        cost, budget = cls.__table__(), Budget.__table__()
        line, move = Line.__table__(), Move.__table__()
        parent, child = Account.__table__(), Account.__table__()
        query = cost.join(budget, condition=cost.budget == budget.id
            ).join(parent, condition=cost.account == parent.id
            ).join(child, condition=(child.left >= parent.left)
                & (child.right <= parent.right)
                & (child.company == parent.company)
            ).join(line, condition=line.account == child.id
            ).join(move, condition=(line.move == move.id)
                & (move.state == 'posted')
                & (move.date >= budget.start_date)
                & (move.date <= budget.end_date)
            ).select(
                cost.id.as_('id'),
                Sum(line.debit - line.credit).as_('amount'),
                where=fields.SQL_OPERATORS['in'](
                    cost.id, [c.id for c in costs]),
                group_by=[cost.id])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        result = {c.id: Decimal(0) for c in costs}
        currencies = {c.id: c.currency for c in costs}
        for id_, amount in cursor:
            result[id_] = currencies[id_].round(amount)
        return result


class BudgetPlan(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.due.budget.plan'
    budget = fields.Many2One(
        'coop.due.budget', "Budget", required=True, ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    plan = fields.Many2One(
        'coop.due.plan', "Plan", required=True, ondelete='CASCADE')
    members = fields.Integer("Members", required=True)
    expected = _amount("Dues Expected", required=True)
    invoiced = fields.Function(_amount("Dues Invoiced"), 'get_invoiced')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('budget')

    @fields.depends('budget', '_parent_budget.company')
    def on_change_with_currency(self, name=None):
        if self.budget and self.budget.company:
            return self.budget.company.currency

    def get_rec_name(self, name):
        return self.plan.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('plan.rec_name', *clause[1:])]

    @classmethod
    def get_invoiced(cls, lines, name):
        pool = Pool()
        Budget = pool.get('coop.due.budget')
        Consumption = pool.get('sale.subscription.line.consumption')
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        Line = pool.get('sale.subscription.line')
        Subscription = pool.get('sale.subscription')
        table, budget = cls.__table__(), Budget.__table__()
        consumption, line = Consumption.__table__(), Line.__table__()
        subscription = Subscription.__table__()
        invoice, invoice_line = Invoice.__table__(), InvoiceLine.__table__()
        start = Coalesce(consumption.due_from, consumption.date)
        query = table.join(budget, condition=table.budget == budget.id
            ).join(subscription,
            condition=subscription.due_plan == table.plan
            ).join(line, condition=line.subscription == subscription.id
            ).join(consumption, condition=(consumption.line == line.id)
                & (start >= budget.start_date) & (start <= budget.end_date)
            ).join(invoice_line,
            condition=consumption.invoice_line == invoice_line.id
            ).join(invoice, condition=(invoice_line.invoice == invoice.id)
                & (invoice.state != 'cancelled')
            ).select(
                table.id.as_('id'),
                Sum(consumption.due_amount).as_('amount'),
                where=fields.SQL_OPERATORS['in'](
                    table.id, [l.id for l in lines]),
                group_by=[table.id])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        result = {l.id: Decimal(0) for l in lines}
        currencies = {l.id: l.currency for l in lines}
        for id_, amount in cursor:
            result[id_] = currencies[id_].round(amount)
        return result
