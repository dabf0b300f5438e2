# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .company import CompanyMixin, CurrencyMixin
from .configuration import ACCOUNTS, account_domain
from .exceptions import MovementError
from .tools import any_of

# A class may keep its own accounts for its capital; the accounts of the
# members' debts and claims are the company's.
OWN = ['uncalled_receivable', 'uncalled', 'called_unpaid', 'paid_up']


class ShareClass(
        CompanyMixin, CurrencyMixin, sequence_ordered(), DeactivableMixin,
        ModelSQL, ModelView):
    __name__ = 'coop.share.class'
    name = fields.Char("Name", required=True, translate=True)
    code = fields.Char("Code", required=True,
        help="The short name used in the register and in the imports.")
    nominals = fields.One2Many(
        'coop.share.nominal', 'share_class', "Nominal Values",
        order=[('date', 'DESC')])
    nominal = fields.Function(Monetary(
            "Nominal Value", currency='currency', digits='currency'),
        'get_nominal')
    holder = fields.Selection([
            ('any', "Any Member"),
            ('natural', "Natural Persons"),
            ('legal', "Legal Persons"),
            ], "Holder", required=True)
    categories = fields.Many2Many(
        'coop.share.class-coop.member.category', 'share_class', 'category',
        "Categories",
        domain=[('company', '=', Eval('company', -1))],
        help="The categories that may hold it; leave empty for all.")
    minimum = fields.Integer("Minimum per Member", required=True,
        domain=[('minimum', '>=', 0)])
    maximum = fields.Integer("Maximum per Member",
        domain=['OR',
            ('maximum', '=', None),
            ('maximum', '>=', Eval('minimum', 0)),
            ],
        help="Leave empty for no limit.")
    maximum_capital = fields.Numeric(
        "Maximum Share of the Capital", digits=(1, 6),
        domain=['OR',
            ('maximum_capital', '=', None),
            [('maximum_capital', '>', 0), ('maximum_capital', '<=', 1)],
            ],
        help="The fraction of the capital that one member may hold; "
        "leave empty for no limit.")
    voting = fields.Boolean("Voting")
    bears_interest = fields.Boolean("Bears Interest")
    called_fraction = fields.Numeric(
        "Fraction Called at Subscription", digits=(1, 6), required=True,
        domain=[('called_fraction', '>', 0), ('called_fraction', '<=', 1)])
    payment_delay = fields.TimeDelta("Payment Delay", required=True,
        help="How long a member has to pay what is called.")
    call_delay = fields.Integer("Years to Call the Rest", required=True,
        domain=[('call_delay', '>=', 0)],
        help="The number of years in which the whole subscription "
        "must be called and paid.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('company_code_unique', Unique(t, t.company, t.code),
                'coop_member.msg_share_class_code_unique'))

    @classmethod
    def default_holder(cls):
        return 'any'

    @classmethod
    def default_minimum(cls):
        return 1

    @classmethod
    def default_voting(cls):
        return True

    @classmethod
    def default_called_fraction(cls):
        return 1

    @classmethod
    def default_payment_delay(cls):
        return dt.timedelta(days=30)

    @classmethod
    def default_call_delay(cls):
        return 3

    @classmethod
    def get_nominal(cls, classes, name):
        Date = Pool().get('ir.date')
        context = Transaction().context
        date = context.get('date') or Date.today()
        return {c.id: c.nominal_at(date) for c in classes}

    def nominal_at(self, date):
        "Return the nominal value in force at the date, or None before any"
        values = [n for n in self.nominals if n.date <= date]
        return max(values, key=lambda n: n.date).value if values else None

    def get_nominal_at(self, date):
        """Return the nominal value in force at the date.

        :raises MovementError: when the class has none yet
        """
        nominal = self.nominal_at(date)
        if nominal is None:
            lang = Pool().get('ir.lang').get()
            raise MovementError(gettext(
                    'coop_member.msg_share_class_nominal_missing',
                    share_class=self.rec_name,
                    date=lang.strftime(date)))
        return nominal

    def call_limit(self, date):
        "Return by when what is subscribed at the date must be paid whole"
        return date + relativedelta(years=self.call_delay)

    def get_rec_name(self, name):
        return f"{self.code} - {self.name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'code', 'name')

    @classmethod
    def check_modification(cls, mode, classes, values=None, external=False):
        super().check_modification(
            mode, classes, values=values, external=external)
        if mode == 'write':
            for name in values.keys() & {f'account_{r}' for r in OWN}:
                for share_class in classes:
                    share_class._check_account(name, values[name])

    def _check_account(self, name, new):
        "What the register has posted for a class stays on its account"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Movement = pool.get('coop.share.movement')
        default = Configuration(1).get_multivalue(
            name, company=self.company.id)
        old = getattr(self, name) or default
        if not old or (new or (default and default.id)) == old.id:
            return
        if any(
                position for (_, share_class), position
                in Movement.positions(self.company).items()
                if share_class == self.id):
            used = Movement.search([
                    ('share_class', '=', self.id)],
                order=[('number', 'ASC')], limit=1)
            raise MovementError(gettext(
                    'coop_member.msg_share_class_account_used',
                    share_class=self.rec_name, account=old.rec_name,
                    movement=used[0].rec_name, **self.__names__(name)))

    def account(self, role):
        """Return the account of a role, the company's by default.

        :param role: a key of configuration.ACCOUNTS
        :raises MovementError: when neither names one
        """
        Configuration = Pool().get('coop.configuration')
        name = f'account_{role}'
        account = getattr(self, name, None)
        if not account:
            account = Configuration(1).get_multivalue(
                name, company=self.company.id)
        if not account:
            raise MovementError(gettext(
                    'coop_member.msg_share_class_account_missing',
                    share_class=self.rec_name,
                    account=ACCOUNTS[role][0]))
        return account


for _role in OWN:
    setattr(ShareClass, f'account_{_role}', fields.Many2One(
            'account.account', ACCOUNTS[_role][0], ondelete='RESTRICT',
            domain=account_domain(_role, Eval('company', -1)),
            help="Leave empty to use the account of the configuration."))
del _role


class ShareClassCategory(ModelSQL):
    __name__ = 'coop.share.class-coop.member.category'
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='CASCADE')
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('share_class')


class Nominal(ModelSQL, ModelView):
    __name__ = 'coop.share.nominal'
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='CASCADE')
    date = fields.Date("From", required=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    value = Monetary(
        "Nominal Value", currency='currency', digits='currency',
        required=True, domain=[('value', '>', 0)])
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('class_date_unique', Unique(t, t.share_class, t.date),
                'coop_member.msg_nominal_date_unique'))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls.__access__.add('share_class')

    @fields.depends('share_class', '_parent_share_class.company')
    def on_change_with_currency(self, name=None):
        if self.share_class and self.share_class.company:
            return self.share_class.company.currency

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.share_class.code} {lang.strftime(self.date)}"

    @classmethod
    def check_modification(cls, mode, nominals, values=None, external=False):
        "A value that the register has used stays as it is"
        super().check_modification(
            mode, nominals, values=values, external=external)
        if mode == 'write' and not values.keys() & {
                'date', 'value', 'share_class'}:
            return
        Movement = Pool().get('coop.share.movement')
        dates = defaultdict(list)
        for nominal in nominals:
            dates[nominal.share_class].append(nominal.date)
            if mode == 'write' and values.get('date'):
                dates[nominal.share_class].append(values['date'])
        for share_class, from_ in dates.items():
            # A decision may be entered after payments that followed it
            used = Movement.search([
                    ('share_class', '=', share_class.id),
                    ('date', '>=', min(from_)),
                    ('quantity', '!=', 0),
                    ('kind', '!=', 'reversal'),
                    ('reversed_by', '=', None),
                    ], limit=1)
            if used:
                raise MovementError(gettext(
                        'coop_member.msg_nominal_used',
                        share_class=share_class.rec_name,
                        movement=used[0].rec_name))
