# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from . import brackets, periods, presence
from .exceptions import DueError, DuePlanError

# months of a period: recurrence of the subscription
RECURRENCES = {
    '1': 'recurrence_monthly',
    '3': 'recurrence_quarterly',
    '6': 'recurrence_half_yearly',
    '12': 'recurrence_yearly',
    }
# A first of January: the periods of the civil year are counted from there
CIVIL = dt.date(2000, 1, 1)
# What the periods already called were counted by
_FIXED = {'company', 'category', 'months', 'calendar', 'prorata', 'start_on'}


class Plan(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.due.plan'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT')
    name = fields.Char("Name", required=True, translate=True,
        help="Printed on the invoices.")
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="The members of this category owe the dues.")
    service = fields.Many2One(
        'sale.subscription.service', "Service", required=True,
        ondelete='RESTRICT',
        help="Its product gives the revenue account and the taxes.")
    months = fields.Selection([
            ('1', "Monthly"),
            ('3', "Quarterly"),
            ('6', "Half-yearly"),
            ('12', "Yearly"),
            ], "Called", required=True, sort=False)
    calendar = fields.Selection([
            ('civil', "Civil Year"),
            ('anniversary', "Anniversary of the Member"),
            ], "Periods Count from", required=True, sort=False)
    prorata = fields.Selection([
            ('days', "By Days"),
            ('months', "Months Begun Are Owed Whole"),
            ('none', "Periods Begun Are Owed Whole"),
            ], "At Entry and Exit", required=True, sort=False)
    start_on = fields.Selection([
            ('admission', "Admission"),
            ('activation', "Activation"),
            ], "Owed from", required=True, sort=False)
    start_date = fields.Date("First Day", required=True,
        help="Nothing is called for the days before.")
    end_date = fields.Date("Last Day",
        domain=['OR',
            ('end_date', '=', None),
            ('end_date', '>=', Eval('start_date', dt.date.min)),
            ])
    payment_term = fields.Many2One(
        'account.invoice.payment_term', "Payment Term", ondelete='RESTRICT')
    rates = fields.One2Many('coop.due.rate', 'plan', "Rates",
        order=[('date', 'DESC'), ('id', 'DESC')])
    deferred_account = fields.Many2One(
        'account.account', "Deferred Revenue Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', False),
            ],
        help="Keeps what is invoiced for later days (487). "
        "Leave empty to defer nothing.")
    deferral_journal = fields.Many2One(
        'account.journal', "Deferral Journal", ondelete='RESTRICT',
        states={
            'required': Bool(Eval('deferred_account')),
            'invisible': ~Eval('deferred_account'),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.category, Index.Equality())))
        cls._buttons.update({
                'begin': {
                    'icon': 'tryton-forward',
                    'readonly': ~Eval('rates', []),
                    'depends': ['rates'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_months(cls):
        return '1'

    @classmethod
    def default_calendar(cls):
        return 'civil'

    @classmethod
    def default_prorata(cls):
        return 'days'

    @classmethod
    def default_start_on(cls):
        return 'admission'

    @classmethod
    def check_modification(
            cls, mode, plans, values=None, external=False):
        super().check_modification(
            mode, plans, values=values, external=external)
        if mode != 'write' or not values.keys() & _FIXED:
            return
        Consumption = Pool().get('sale.subscription.line.consumption')
        called = Consumption.search([
                ('line.subscription.due_plan', 'in', [p.id for p in plans]),
                ], limit=1)
        if called:
            raise DuePlanError(gettext(
                    'coop_due.msg_plan_called',
                    plan=called[0].line.subscription.due_plan.rec_name,
                    **cls.__names__(min(values.keys() & _FIXED))))

    @classmethod
    @ModelView.button
    def begin(cls, plans):
        "Begin the dues of the members who are there already"
        Subscription = Pool().get('sale.subscription')
        for company in {p.company for p in plans}:
            Subscription.follow_missing(company)

    @property
    def period_months(self):
        return int(self.months)

    def anchor(self, start):
        "Return the day from which the periods of a member are counted"
        return CIVIL if self.calendar == 'civil' else start

    def recurrence(self):
        "Return the id of the recurrence of its subscriptions"
        ModelData = Pool().get('ir.model.data')
        return ModelData.get_id('coop_due', RECURRENCES[self.months])

    def presence(self, events):
        """Return the periods in which a life owes these dues.

        :param events: as coop_due.presence.stays takes them
        """
        return presence.of_category(
            presence.stays(events, self.start_on), self.category.id,
            self.start_date, self.end_date)

    def rate_at(self, date):
        """Return the rate in force at a date.

        :raises DueError: when there is none yet
        """
        rate = brackets.in_force(self.rates, date)
        if rate is None:
            lang = Pool().get('ir.lang').get()
            raise DueError(gettext(
                    'coop_due.msg_rate_missing',
                    plan=self.rec_name, date=lang.strftime(date)))
        return rate

    def costs(self, period, anchor, present):
        """Return (rate, months) of a period of a member.

        The rate is that of the first day of the period on which it is owed
        by anybody: a new one counts from the next period on.

        :param present: periods in which he owes the dues
        """
        rate = self.rate_at(max(period.start, self.start_date))
        return rate, periods.month_costs(
            period, anchor, present, rate.amount, self.prorata,
            self.company.currency.rounding)


class Rate(ModelSQL, ModelView):
    __name__ = 'coop.due.rate'
    plan = fields.Many2One(
        'coop.due.plan', "Plan", required=True, ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    date = fields.Date("From", required=True)
    amount = Monetary(
        "Amount a Month", currency='currency', digits='currency',
        required=True, domain=[('amount', '>=', 0)],
        help="Without tax. Where dues follow a base, what is called until it "
        "is known.")
    method = fields.Selection([
            ('fixed', "Fixed"),
            ('marginal', "By Brackets, Each on Its Part"),
            ('whole', "By Brackets, the One Reached on the Whole"),
            ], "Method", required=True, sort=False)
    base = fields.Selection('get_bases', "Base",
        states={
            'invisible': Eval('method') == 'fixed',
            'required': Eval('method') != 'fixed',
            })
    floor = Monetary(
        "Floor a Year", currency='currency', digits='currency',
        domain=['OR', ('floor', '=', None), ('floor', '>=', 0)],
        states={'invisible': Eval('method') == 'fixed'})
    cap = Monetary(
        "Cap a Year", currency='currency', digits='currency',
        domain=['OR',
            ('cap', '=', None),
            ('cap', '>=', If(Bool(Eval('floor')), Eval('floor', 0), 0)),
            ],
        states={'invisible': Eval('method') == 'fixed'})
    brackets = fields.One2Many('coop.due.bracket', 'due_rate', "Brackets",
        order=[('above', 'ASC')],
        states={
            'invisible': Eval('method') == 'fixed',
            'required': Eval('method') != 'fixed',
            })
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('plan_date_unique', Unique(t, t.plan, t.date),
                'coop_due.msg_rate_date_unique'))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls.__access__.add('plan')

    @classmethod
    def default_method(cls):
        return 'fixed'

    @classmethod
    def get_bases(cls):
        return [(None, ""), *Pool().get('coop.due.base').get_bases()]

    @fields.depends('plan', '_parent_plan.company')
    def on_change_with_currency(self, name=None):
        if self.plan and self.plan.company:
            return self.plan.company.currency

    @fields.depends('plan', '_parent_plan.company')
    def on_change_with_company(self, name=None):
        return self.plan.company if self.plan else None

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.plan.rec_name} {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('plan.rec_name', *clause[1:])]

    @classmethod
    def check_modification(
            cls, mode, rates, values=None, external=False):
        super().check_modification(
            mode, rates, values=values, external=external)
        if mode == 'create' or (mode == 'write' and values.keys() <= {
                    'decision'}):
            return
        cls.check_unused(rates)

    @classmethod
    def check_unused(cls, rates):
        """Refuse to change what was called already by these rates.

        :raises AccessError: naming the rate and the remedy
        """
        Consumption = Pool().get('sale.subscription.line.consumption')
        used = Consumption.search(
            [('due_rate', 'in', [r.id for r in rates])], limit=1)
        if used:
            raise AccessError(gettext(
                    'coop_due.msg_rate_used', rate=used[0].due_rate.rec_name))

    def scale(self):
        "Return the brackets as the pure engine takes them"
        return brackets.Scale(
            tuple(brackets.Bracket(b.above, b.rate, b.amount or 0)
                for b in self.brackets),
            self.method, self.floor, self.cap,
            self.plan.company.currency.rounding)


class Bracket(ModelSQL, ModelView):
    __name__ = 'coop.due.bracket'
    due_rate = fields.Many2One(
        'coop.due.rate', "Dues Rate", required=True, ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    above = Monetary(
        "Base above", currency='currency', digits='currency', required=True,
        domain=[('above', '>=', 0)])
    rate = fields.Numeric("Rate", digits=(2, 6), required=True,
        domain=[('rate', '>=', 0), ('rate', '<=', 1)])
    amount = Monetary(
        "Fixed Amount", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>=', 0)])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('rate_above_unique', Unique(t, t.due_rate, t.above),
                'coop_due.msg_bracket_above_unique'))
        cls._order = [('above', 'ASC'), ('id', 'ASC')]
        cls.__access__.add('due_rate')

    @classmethod
    def default_above(cls):
        return 0

    @classmethod
    def default_rate(cls):
        return 0

    @fields.depends('due_rate', '_parent_due_rate.currency')
    def on_change_with_currency(self, name=None):
        return self.due_rate.currency if self.due_rate else None

    @classmethod
    def check_modification(
            cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        Rate = Pool().get('coop.due.rate')
        if mode == 'create':
            return
        Rate.check_unused(list({b.due_rate for b in records}))
