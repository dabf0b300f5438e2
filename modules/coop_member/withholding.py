# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is withheld on the interest that members get, and who is dispensed"
import datetime as dt

from sql import Union
from sql.aggregate import Min, Sum
from sql.functions import DateTrunc, Extract

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from . import withhold
from .company import CurrencyMixin
from .exceptions import ParameterError, RepaymentError
from .file import FileMixin

KINDS = [
    ('fixed', "Fixed Income"),
    ('distribution', "Distributed Income"),
    ]
# CGI art. 242 quater: the statement is given by 30 November of the year
# before the payment
STATEMENT = (11, 30)


class Dispense(FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.member.dispense'
    _file_fields = {'file': 'file_name'}
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT')
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    year = fields.Integer("Year of Payment", required=True,
        domain=[('year', '>=', 2000), ('year', '<=', 2999)])
    kind = fields.Selection(KINDS, "Kind of Income", required=True,
        help="The income of reference below which a member is dispensed "
        "is not the same for each.")
    date = fields.Date("Signed on", required=True,
        help="By 30 November of the year before the payment.")
    file = fields.Binary(
        "Sworn Statement", filename='file_name', file_id='file_id',
        store_prefix='coop_dispense')
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_year_unique', Unique(t, t.member, t.year, t.kind),
                'coop_member.msg_dispense_unique'))
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))
        cls._order = [('year', 'DESC'), ('id', 'DESC')]
        cls.__access__.add('member')

    @classmethod
    def default_kind(cls):
        return 'fixed'

    @fields.depends('member')
    def on_change_with_company(self, name=None):
        return self.member.company if self.member else None

    @classmethod
    def search_company(cls, name, clause):
        return [('member.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return f"{self.member.rec_name} {self.year}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, dispenses, field_names):
        super().validate_fields(dispenses, field_names)
        lang = Pool().get('ir.lang').get()
        for dispense in dispenses:
            limit = dt.date(dispense.year - 1, *STATEMENT)
            if dispense.date > limit:
                raise RepaymentError(gettext(
                        'coop_member.msg_dispense_late',
                        record=dispense.rec_name,
                        date=lang.strftime(limit)))

    @classmethod
    def given(cls, member, date, kind):
        "Return whether a member is dispensed for a payment at a date"
        return bool(cls.search([
                    ('member', '=', member.id),
                    ('year', '=', date.year),
                    ('kind', '=', kind),
                    ], limit=1, order=[]))


class AmountsMixin(CurrencyMixin):
    __slots__ = ()
    company = fields.Many2One('company.company', "Company")
    kind = fields.Selection(KINDS, "Kind of Income")
    gross = Monetary("Gross", currency='currency', digits='currency')
    income_tax = Monetary(
        "Income Tax", currency='currency', digits='currency')
    social = Monetary("Social Levies", currency='currency', digits='currency')
    net = Monetary("Net", currency='currency', digits='currency')


class Withholding(AmountsMixin, ModelSQL, ModelView):
    "What was withheld on each payment, of whatever origin"
    __name__ = 'coop.withholding'
    member = fields.Many2One('coop.member', "Member")
    payee = fields.Many2One('party.party', "Payee",
        context={'company': Eval('company', -1)}, depends={'company'})
    date = fields.Date("Paid on")
    month = fields.Date("Month")
    year = fields.Integer("Year")
    origin = fields.Reference("Origin", selection='get_origins')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def get_origins(cls):
        IrModel = Pool().get('ir.model')
        return [(None, '')] + [
            (m, IrModel.get_name(m)) for m in cls._sources()]

    @classmethod
    def _sources(cls):
        "Return the names of the models that have ``withheld_query``"
        return ['coop.share.repayment']

    @classmethod
    def table_query(cls):
        queries = [
            Pool().get(name).withheld_query() for name in cls._sources()]
        paid = queries[0] if len(queries) == 1 else Union(*queries, all_=True)
        return paid.select(
            paid.id, paid.company, paid.member, paid.payee, paid.date,
            cls.month.sql_cast(DateTrunc('month', paid.date)).as_('month'),
            Extract('YEAR', paid.date).as_('year'),
            paid.kind, paid.gross, paid.income_tax, paid.social,
            (paid.gross - paid.income_tax - paid.social).as_('net'),
            paid.origin)

    @classmethod
    def sums(cls, *keys):
        "Return the query of the amounts by some of the columns"
        paid = cls.table_query()
        columns = [getattr(paid, key) for key in keys]
        return paid.select(
            Min(paid.id).as_('id'), *columns,
            *(Sum(getattr(paid, name)).as_(name)
                for name in ['gross', 'income_tax', 'social', 'net']),
            group_by=columns)

    @classmethod
    def withhold(cls, gross, member, date, kind, payee=None):
        """Return the withhold.Withheld of what is paid to a member.

        :param gross: Decimal
        :param date: of the payment, that of the rates
        :param kind: of the income, a value of KINDS
        :param payee: the party paid, when it is not the member
        """
        pool = Pool()
        Dispense = pool.get('coop.member.dispense')
        person = withhold.Payee()
        if payee is None or payee == member.party:
            person = withhold.Payee(
                member.legal_person, member.shares_professional,
                Dispense.given(member, date, kind))
        return withhold.withhold(
            gross, person, cls._rate('income_tax_advance', date),
            cls._rate('social_levies', date), member.company.currency.round)

    @classmethod
    def _rate(cls, key, date):
        Parameter = Pool().get('coop.parameter')
        try:
            return Parameter.get(key, date)
        except ParameterError:
            return 0


class WithholdingMonth(AmountsMixin, ModelSQL, ModelView):
    """What the payer declares and pays for a month

    By the 15th of the month after the payment: form 2777, CGI art. 1671 C.
    """
    __name__ = 'coop.withholding.month'
    month = fields.Date("Month")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'DESC'), ('kind', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        return Pool().get('coop.withholding').sums('company', 'month', 'kind')


class WithholdingYear(AmountsMixin, ModelSQL, ModelView):
    """What each person got in a year

    For the yearly declaration 2561, CGI art. 242 ter.
    """
    __name__ = 'coop.withholding.year'
    year = fields.Integer("Year")
    payee = fields.Many2One('party.party', "Payee",
        context={'company': Eval('company', -1)}, depends={'company'})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('year', 'DESC'), ('payee', 'ASC'), ('id', 'ASC')]

    @classmethod
    def table_query(cls):
        return Pool().get('coop.withholding').sums(
            'company', 'year', 'payee', 'kind')
