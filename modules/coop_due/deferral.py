# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Revenue of later days waits on an account of its own (487).

At the end of each month the balance of this account is brought to what was
invoiced and belongs to later days; the difference is revenue of the month.
Source: PCG art. 944-48 (produits constatés d'avance).
"""
import datetime as dt
from decimal import Decimal


from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.modules.coop_member.company import CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import DueError
from .periods import Period, earned
from .tools import typed


class Deferral(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.due.deferral'
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        ondelete='RESTRICT')
    plan = fields.Many2One(
        'coop.due.plan', "Plan", required=True, readonly=True,
        ondelete='RESTRICT')
    date = fields.Date("At the End of", required=True, readonly=True)
    amount = Monetary(
        "Deferred", currency='currency', digits='currency', required=True,
        readonly=True,
        help="What was invoiced until the date for later days.")
    change = Monetary(
        "Variation", currency='currency', digits='currency', required=True,
        readonly=True)
    moves = fields.One2Many('account.move', 'origin', "Moves", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('plan_date_unique', Unique(t, t.plan, t.date),
                'coop_due.msg_deferral_date_unique'))
        cls._sql_indexes.add(
            Index(t, (t.plan, Index.Equality()), (t.date, Index.Range())))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.plan.rec_name} {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('plan.rec_name', *clause[1:])]

    @classmethod
    def check_modification(
            cls, mode, deferrals, values=None, external=False):
        super().check_modification(
            mode, deferrals, values=values, external=external)
        if mode in {'write', 'delete'} and deferrals:
            raise AccessError(gettext(
                    'coop_due.msg_deferral_fixed',
                    deferral=deferrals[0].rec_name))

    @classmethod
    def copy(cls, deferrals, default=None):
        if deferrals:
            raise AccessError(gettext(
                    'coop_due.msg_deferral_fixed',
                    deferral=deferrals[0].rec_name))
        return []

    @classmethod
    def defer_all(cls):
        "Defer at the end of last month in every company (the cron's way)"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                date = today(company.id).replace(day=1) - dt.timedelta(days=1)
                cls.defer(company, date)

    @classmethod
    def defer(cls, company, date):
        """Bring the deferred revenue of each plan to what it is at a date.

        Nothing is done for a plan that was deferred at that date or later.

        :return: the new deferrals
        """
        Plan = Pool().get('coop.due.plan')
        cls.lock()
        deferrals = []
        for plan in Plan.search([
                    ('company', '=', company.id),
                    ('deferred_account', '!=', None),
                    ]):
            last = cls.search([('plan', '=', plan.id)], limit=1)
            if last and last[0].date >= date:
                continue
            amount = cls.deferred(plan, date)
            change = amount - (last[0].amount if last else Decimal(0))
            if change:
                deferrals.append(cls(
                        company=company, plan=plan, date=date, amount=amount,
                        change=change))
        cls.save(deferrals)
        cls._post(deferrals)
        return deferrals

    @classmethod
    def deferred(cls, plan, date):
        "Return what was invoiced of a plan until a date for later days"
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        InvoiceLine = pool.get('account.invoice.line')
        Invoice = pool.get('account.invoice')
        Line = pool.get('sale.subscription.line')
        Move = pool.get('account.move')
        Subscription = pool.get('sale.subscription')
        consumption, line = Consumption.__table__(), Line.__table__()
        subscription, move = Subscription.__table__(), Move.__table__()
        invoice_line, invoice = InvoiceLine.__table__(), Invoice.__table__()
        query = consumption.join(line,
            condition=consumption.line == line.id
            ).join(subscription,
            condition=line.subscription == subscription.id
            ).join(invoice_line,
            condition=consumption.invoice_line == invoice_line.id
            ).join(invoice, condition=invoice_line.invoice == invoice.id
            ).join(move, condition=invoice.move == move.id
            ).select(
                consumption.due_from.as_('start'),
                consumption.due_to.as_('end'),
                consumption.due_amount.as_('amount'),
                where=(subscription.due_plan == plan.id)
                & (invoice.state != 'cancelled')
                & (move.date <= date) & (consumption.due_to > date))
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, ['DATE', 'DATE', 'NUMERIC']))
        unit = plan.company.currency.rounding
        return sum(
            (amount - earned(Period(start, end), amount, date, unit)
                for start, end, amount in cursor), Decimal(0))

    @classmethod
    def _post(cls, deferrals):
        pool = Pool()
        Move = pool.get('account.move')
        moves = [d._move() for d in deferrals]
        Move.save(moves)
        Move.post(moves)

    def _move(self):
        """Return the entry of the change.

        :raises DueError: when the product has no revenue account
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period_ = pool.get('account.period')
        plan, product = self.plan, self.plan.service.product
        with Transaction().set_context(date=self.date):
            revenue = product.account_revenue_used
        if not revenue:
            raise DueError(gettext(
                    'coop_due.msg_product_account',
                    product=product.rec_name, plan=plan.rec_name))
        date = Move.first_open_day(self.company, self.date)
        debit, credit = max(self.change, 0), max(-self.change, 0)
        return Move(
            company=self.company, journal=plan.deferral_journal, date=date,
            period=Period_.find(self.company, date=date), origin=self,
            description=gettext(
                'coop_due.msg_deferral_move', plan=plan.name),
            lines=[
                Line(account=revenue, debit=debit, credit=credit),
                Line(account=plan.deferred_account, debit=credit,
                    credit=debit)])


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.due.deferral']


class DeferStart(ModelView):
    __name__ = 'coop.due.defer.start'
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True)
    date = fields.Date("At the End of", required=True)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        if company:
            return today(company).replace(day=1) - dt.timedelta(days=1)


class Defer(Wizard):
    __name__ = 'coop.due.defer'
    start = StateView(
        'coop.due.defer.start', 'coop_due.due_defer_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Defer", 'defer', 'tryton-ok', default=True),
            ])
    defer = StateAction('coop_due.act_deferral_form')

    def do_defer(self, action):
        Deferral = Pool().get('coop.due.deferral')
        Deferral.defer(self.start.company, self.start.date)
        return action, {}
