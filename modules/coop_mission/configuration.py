# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

SEQUENCES = {
    'demand': "Demand Sequence",
    'quotation': "Quotation Sequence",
    'mission': "Mission Sequence",
    'report': "Work Report Sequence",
    }
FIELDS = {
    'demands_open', 'hours_day', 'offer_days', 'mission_terms', 'tacit_days',
    'kilometre_price', 'colleagues_see', 'recurrence_days',
    'express_mentions', 'consumer_mediator'}
COLLEAGUES_SEE = [
    ('none', "Nothing"),
    ('mission', "Missions That They Do Together"),
    ('all', "All Missions"),
    ]


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
    mission_sequence = fields.MultiValue(_sequence(
            'mission', Eval('context', {}).get('company', -1),
            required=True))
    report_sequence = fields.MultiValue(_sequence(
            'report', Eval('context', {}).get('company', -1),
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
    tacit_days = fields.MultiValue(fields.Integer(
            "Days to Contest a Report", required=True,
            domain=[('tacit_days', '>=', 0)],
            help="After them the client has accepted the work."))
    kilometre_price = fields.MultiValue(fields.Numeric(
            "Price per Kilometre", digits=(16, 4),
            domain=['OR', ('kilometre_price', '=', None),
                ('kilometre_price', '>=', 0)],
            help="That members bill at most; empty to bill none."))
    colleagues_see = fields.MultiValue(fields.Selection(
            COLLEAGUES_SEE, "Members See of Colleagues", required=True,
            sort=False, help="What they read; they write only their own."))
    recurrence_days = fields.MultiValue(fields.Integer(
            "Days Ahead", required=True,
            domain=[('recurrence_days', '>=', 0)],
            help="So long before its first day a recurring mission is "
            "made."))

    express_mentions = fields.MultiValue(fields.Text(
            "Told to Private Clients",
            help="Before they sign an express job: withdrawal, "
            "guarantees."))
    consumer_mediator = fields.MultiValue(fields.Text(
            "Mediator for Private Clients",
            help="Name, address and web site (C. conso. L616-1)."))

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
    def default_mission_sequence(cls, **pattern):
        return _default_sequence('mission')

    @classmethod
    def default_report_sequence(cls, **pattern):
        return _default_sequence('report')

    @classmethod
    def default_tacit_days(cls, **pattern):
        return cls.multivalue_model('tacit_days').default_tacit_days()

    @classmethod
    def default_colleagues_see(cls, **pattern):
        return cls.multivalue_model(
            'colleagues_see').default_colleagues_see()

    @classmethod
    def default_recurrence_days(cls, **pattern):
        return cls.multivalue_model(
            'recurrence_days').default_recurrence_days()

    @classmethod
    def default_express_mentions(cls, **pattern):
        return cls.multivalue_model(
            'express_mentions').default_express_mentions()

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
    mission_sequence = _sequence('mission', Eval('company', -1))
    report_sequence = _sequence('report', Eval('company', -1))

    @classmethod
    def default_demand_sequence(cls):
        return _default_sequence('demand')

    @classmethod
    def default_quotation_sequence(cls):
        return _default_sequence('quotation')

    @classmethod
    def default_mission_sequence(cls):
        return _default_sequence('mission')

    @classmethod
    def default_report_sequence(cls):
        return _default_sequence('report')


class ConfigurationMission(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.mission'
    demands_open = fields.Boolean("Requests for Quotation Open")
    hours_day = fields.Numeric("Hours of a Day", digits=(16, 2))
    offer_days = fields.Integer("Days to Answer an Offer")
    mission_terms = fields.Text("Terms of Quotations")
    tacit_days = fields.Integer("Days to Contest a Report")
    kilometre_price = fields.Numeric(
        "Price per Kilometre", digits=(16, 4))
    colleagues_see = fields.Selection(
        COLLEAGUES_SEE, "Members See of Colleagues", sort=False)
    recurrence_days = fields.Integer("Days Ahead")
    express_mentions = fields.Text("Told to Private Clients")
    consumer_mediator = fields.Text("Mediator for Private Clients")

    @classmethod
    def default_express_mentions(cls):
        return gettext('coop_mission.msg_consumer_default')

    @classmethod
    def default_hours_day(cls):
        return Decimal(7)

    @classmethod
    def default_offer_days(cls):
        return 7

    @classmethod
    def default_tacit_days(cls):
        return 15

    @classmethod
    def default_colleagues_see(cls):
        return 'none'

    @classmethod
    def default_recurrence_days(cls):
        return 30

    @classmethod
    def on_modification(cls, mode, values, field_names=None):
        "What members see is kept with the rules"
        super().on_modification(mode, values, field_names=field_names)
        Pool().get('ir.rule')._domain_get_cache.clear()
