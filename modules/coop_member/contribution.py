# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pyson import Eval, TimeDelta
from trytond.transaction import Transaction

from .company import CurrencyMixin
from .event import today
from .tools import any_of


class Contribution(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.contribution'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])
    date = fields.Date("Date", required=True)
    hours = fields.TimeDelta("Hours",
        domain=['OR',
            ('hours', '=', None),
            ('hours', '>=', TimeDelta()),
            ])
    value = Monetary("Value", currency='currency', digits='currency',
        required=True, domain=[('value', '>=', 0)],
        help="What it is worth. A contribution in industry gives no capital: "
        "nothing is posted.")
    description = fields.Char("Description", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.member, Index.Equality()), (t.date, Index.Range())))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    def get_rec_name(self, name):
        return f"{self.member.rec_name} - {self.description}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name', 'description')
