# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The amounts on which dues by brackets are computed.

A module offers a base by extending ``coop.due.base``: a name in
``get_bases`` and a method ``get_<name>``.
"""
from sql.aggregate import Sum

from trytond.i18n import gettext
from trytond.model import Index, Model, ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .tools import typed


class Base(Model):
    __name__ = 'coop.due.base'

    @classmethod
    def get_bases(cls):
        "Return [(name, label)] of what is offered"
        return [('declared', gettext('coop_due.msg_base_declared'))]

    @classmethod
    def amounts(cls, name, company, start, end):
        """Return {member id: Decimal} of a base in a period.

        :param name: one of get_bases
        :param start, end: days of the period, included
        """
        return getattr(cls, f'get_{name}')(company, start, end)

    @classmethod
    def get_declared(cls, company, start, end):
        Declaration = Pool().get('coop.due.declaration')
        table = Declaration.__table__()
        cursor = Transaction().connection.cursor()
        query = table.select(
            table.member.as_('member'), Sum(table.amount).as_('amount'),
            where=(table.company == company.id)
            & (table.date >= start) & (table.date <= end),
            group_by=[table.member])
        cursor.execute(*typed(query, [None, 'NUMERIC']))
        # SQLite sums as floating point numbers
        return {
            member: company.currency.round(amount)
            for member, amount in cursor}


class Declaration(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.due.declaration'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])
    date = fields.Date("Date", required=True,
        help="A day of the period to which the amount belongs, "
        "such as its last.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True)
    description = fields.Char("Description")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t, (t.member, Index.Equality())),
                })
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.member.rec_name} - {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]
