# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the cooperative keeps of the price of a client, by date"
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.coop_member.company import CompanyMixin
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.pyson import Eval

from .exceptions import RateError


def _fraction(name, help):
    return fields.Numeric(name, digits=(16, 4), required=True, help=help)


class Rate(CompanyMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.rate'
    date = fields.Date("From", required=True)
    contribution = _fraction("Contribution",
        "Of the price of the client, for the cooperative.")
    referral = _fraction("Referral Share",
        "Of the price of the client, for the member who brought it.")
    deposit = _fraction("Deposit",
        "Of the price, paid at the signature.")
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        for name in ['contribution', 'referral', 'deposit']:
            getattr(cls, name).domain = [(name, '>=', 0), (name, '<', 1)]
        cls._sql_constraints.append(
            ('company_date_unique', Unique(t, t.company, t.date),
                'coop_mission.msg_mission_rate_unique'))
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.date, Index.Range(order='DESC'))))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_contribution(cls):
        return Decimal('.1')

    @classmethod
    def default_referral(cls):
        return Decimal(0)

    @classmethod
    def default_deposit(cls):
        return Decimal('.3')

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.date)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('decision.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, rates, field_names):
        super().validate_fields(rates, field_names)
        for rate in rates:
            if rate.contribution + rate.referral >= 1:
                raise RateError(gettext(
                        'coop_mission.msg_mission_rate_whole',
                        rate=rate.rec_name))

    @classmethod
    def get(cls, company, date):
        """Return the rate in force at a date.

        :raises RateError: when there is none yet
        """
        rates = cls.search([
                ('company', '=', company.id),
                ('date', '<=', date),
                ], order=[('date', 'DESC')], limit=1)
        if not rates:
            raise RateError(gettext(
                    'coop_mission.msg_mission_rate_missing',
                    company=company.rec_name,
                    date=Pool().get('ir.lang').get().strftime(date)))
        return rates[0]
