# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool

from .exceptions import ParameterError


def format_number(value):
    "Return a Decimal with all its digits, in the user's language"
    lang = Pool().get('ir.lang').get()
    digits = max(0, -value.normalize().as_tuple().exponent)
    return lang.format_number(value, digits)


def percent(value):
    "Return a fraction as a percentage, as the forms show it"
    return format_number(value * 100) + ' %'


class Parameter(ModelSQL, ModelView):
    __name__ = 'coop.parameter'
    key = fields.Selection([
            ('floor_fraction', "Capital Floor, Fraction of the Highest"),
            ('deferral_years', "Deferral of Repayments, Years"),
            ('late_loss_years', "Late Losses Borne by a Leaver, Years"),
            ('exclusion_months', "Delay before an Exclusion, Months"),
            ('deferred_interest', "Interest on Deferred Repayments"),
            ('income_tax_advance', "Income Tax Withheld on Interest"),
            ('social_levies', "Social Levies Withheld on Interest"),
            ], "Parameter", required=True)
    key_string = key.translated('key')
    date = fields.Date("From", required=True)
    value = fields.Numeric("Value", digits=(16, 6), required=True,
        help="Rates are fractions: 0.017 is 1.7 %.")
    display = fields.Function(
        fields.Char("Value"), 'on_change_with_display')
    source = fields.Char("Source", required=True,
        help="The text or the publication that sets the value.")

    # The keys whose value is shown as a percentage
    _rates = {
        'floor_fraction', 'deferred_interest', 'income_tax_advance',
        'social_levies'}

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('key_date_unique', Unique(t, t.key, t.date),
                'coop_member.msg_parameter_date_unique'))
        cls._order = [('key', 'ASC'), ('date', 'DESC'), ('id', 'ASC')]

    @fields.depends('key', 'value')
    def on_change_with_display(self, name=None):
        if self.value is None:
            return ''
        if self.key in self._rates:
            return percent(self.value)
        return format_number(self.value)

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.key_string} {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('source', *clause[1:])]

    @classmethod
    def get(cls, key, date):
        """Return the Decimal in force at a date.

        :param key: a value of the selection ``key``
        :raises ParameterError: when no value is known yet at the date
        """
        lang = Pool().get('ir.lang').get()
        parameters = cls.search([
                ('key', '=', key),
                ('date', '<=', date),
                ], order=[('date', 'DESC')], limit=1)
        if not parameters:
            raise ParameterError(gettext(
                    'coop_member.msg_parameter_missing',
                    key=dict(cls.key.selection).get(key, key),
                    date=lang.strftime(date)))
        return Decimal(parameters[0].value)

    @classmethod
    def history(cls, key):
        "Return [(date, Decimal)] of the values of a key, in order"
        return [(p.date, Decimal(p.value)) for p in cls.search(
                [('key', '=', key)], order=[('date', 'ASC')])]
