# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta

RATES_SEEN_BY = [
    ('everybody', "Everybody"),
    ('members', "Members"),
    ('staff', "Nobody but the Staff and the Member"),
    ]


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    directory_open = fields.MultiValue(fields.Boolean(
            "Public Directory Open",
            help="The public page shows the members who agreed."))
    rates_seen_by = fields.MultiValue(fields.Selection(
            RATES_SEEN_BY, "Rates Seen by", required=True, sort=False,
            help="Who sees the rates of members; on paper and on the public "
            "page they are for everybody or not at all."))

    home_towns_shown = fields.MultiValue(fields.Boolean(
            "Home Towns Shown",
            help="Colleagues and the public read in which town a member "
            "lives who works around the home; otherwise the department "
            "only."))

    @classmethod
    def multivalue_model(cls, field):
        if field in {'directory_open', 'rates_seen_by', 'home_towns_shown'}:
            return Pool().get('coop.configuration.skill')
        return super().multivalue_model(field)

    @classmethod
    def default_directory_open(cls, **pattern):
        return False

    @classmethod
    def default_home_towns_shown(cls, **pattern):
        return False

    @classmethod
    def default_rates_seen_by(cls, **pattern):
        return cls.multivalue_model('rates_seen_by').default_rates_seen_by()


class ConfigurationSkill(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.skill'
    directory_open = fields.Boolean("Public Directory Open")
    rates_seen_by = fields.Selection(
        RATES_SEEN_BY, "Rates Seen by", sort=False)
    home_towns_shown = fields.Boolean("Home Towns Shown")

    @classmethod
    def default_rates_seen_by(cls):
        return 'members'
