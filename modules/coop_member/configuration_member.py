# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    chase_interval = fields.MultiValue(fields.TimeDelta(
            "Ask for Missing Papers Every",
            help="Leave empty to never ask automatically."))
    applications_open = fields.MultiValue(fields.Boolean(
            "Applications Open",
            help="The public page takes applications for membership."))
    retention_years = fields.MultiValue(fields.Integer(
            "Retention in Years", required=True,
            domain=[('retention_years', '>=', 0)],
            help="How long name and number of a leaver are kept."))

    @classmethod
    def multivalue_model(cls, field):
        if field in {
                'chase_interval', 'applications_open', 'retention_years'}:
            return Pool().get('coop.configuration.member')
        return super().multivalue_model(field)

    @classmethod
    def default_applications_open(cls, **pattern):
        return False

    @classmethod
    def default_retention_years(cls, **pattern):
        return cls.multivalue_model(
            'retention_years').default_retention_years()


class ConfigurationMember(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.member'
    chase_interval = fields.TimeDelta("Ask for Missing Papers Every")
    applications_open = fields.Boolean("Applications Open")
    retention_years = fields.Integer("Retention in Years")

    @classmethod
    def default_retention_years(cls):
        "A leaver is held for five years: Code de commerce, art. L231-6"
        return 5
