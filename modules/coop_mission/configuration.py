# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

SEQUENCES = {
    'demand': "Demand Sequence",
    'quotation': "Quotation Sequence",
    }
FIELDS = {'demands_open', 'hours_day', 'offer_days', 'mission_terms'}


def _sequence(name, company, **attributes):
    return fields.Many2One(
        'ir.sequence', SEQUENCES[name],
        domain=[
            ('company', 'in', [company, None]),
            ('sequence_type', '=', Id(
                    'coop_mission', f'sequence_type_{name}')),
            ], **attributes)


def _default_sequence(name):
    ModelData = Pool().get('ir.model.data')
    try:
        return ModelData.get_id('coop_mission', f'sequence_{name}')
    except KeyError:
        return None


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    demand_sequence = fields.MultiValue(_sequence(
            'demand', Eval('context', {}).get('company', -1), required=True))
    quotation_sequence = fields.MultiValue(_sequence(
            'quotation', Eval('context', {}).get('company', -1),
            required=True))
    demands_open = fields.MultiValue(fields.Boolean(
            "Requests for Quotation Open",
            help="The public page takes requests of clients."))
    hours_day = fields.MultiValue(fields.Numeric(
            "Hours of a Day", digits=(16, 2), required=True,
            domain=[('hours_day', '>', 0)],
            help="For what clients ask for by the day."))
    offer_days = fields.MultiValue(fields.Integer(
            "Days to Answer an Offer", required=True,
            domain=[('offer_days', '>=', 0)]))
    mission_terms = fields.MultiValue(fields.Text(
            "Terms of Quotations",
            help="Those that new quotations start with."))

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in {f'{name}_sequence' for name in SEQUENCES}:
            return pool.get('coop.configuration.sequence')
        elif field in FIELDS:
            return pool.get('coop.configuration.mission')
        return super().multivalue_model(field)

    @classmethod
    def default_demand_sequence(cls, **pattern):
        return _default_sequence('demand')

    @classmethod
    def default_quotation_sequence(cls, **pattern):
        return _default_sequence('quotation')

    @classmethod
    def default_hours_day(cls, **pattern):
        return cls.multivalue_model('hours_day').default_hours_day()

    @classmethod
    def default_offer_days(cls, **pattern):
        return cls.multivalue_model('offer_days').default_offer_days()


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'coop.configuration.sequence'
    demand_sequence = _sequence('demand', Eval('company', -1))
    quotation_sequence = _sequence('quotation', Eval('company', -1))

    @classmethod
    def default_demand_sequence(cls):
        return _default_sequence('demand')

    @classmethod
    def default_quotation_sequence(cls):
        return _default_sequence('quotation')


class ConfigurationMission(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.mission'
    demands_open = fields.Boolean("Requests for Quotation Open")
    hours_day = fields.Numeric("Hours of a Day", digits=(16, 2))
    offer_days = fields.Integer("Days to Answer an Offer")
    mission_terms = fields.Text("Terms of Quotations")

    @classmethod
    def default_hours_day(cls):
        return Decimal(7)

    @classmethod
    def default_offer_days(cls):
        return 7
