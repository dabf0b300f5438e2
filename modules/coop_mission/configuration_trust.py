# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The delays of evaluations, disputes and of the follow-up of clients"
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

# field: (label, help, default, least)
DAYS = {
    'evaluation_days': (
        "Days to Evaluate", "After the client has accepted the mission.",
        30, 1),
    'reply_days': (
        "Days to Reply to an Evaluation",
        "Before it may be published without a reply.", 7, 0),
    'answer_days': (
        "Working Days to Answer a Dispute", None, 5, 1),
    'mediation_days': (
        "Days of Mediation", "From the draw of the peers.", 30, 1),
    'panel_size': (
        "Peers of a Mediation", "Drawn by lot.", 3, 1),
    'panel_months': (
        "Months of Distance to the Client",
        "Who worked for the client in these months is not drawn.", 12, 0),
    'silence_days': (
        "Days of Silence of a Client",
        "After which whoever brought the client is told.", 180, 1),
    'contact_days': (
        "Days between two Contacts",
        "The least, whoever makes them.", 90, 1),
    'referrer_days': (
        "Days for Whoever Brought the Client",
        "Before the cooperative writes itself.", 10, 0),
    'reactivation_days': (
        "Days for a Demand to Count",
        "After a contact, as brought back by it.", 60, 1),
    'unproposed_days': (
        "Days without a Proposal",
        "After which a member is to be called.", 90, 1),
    }


def _integer(name):
    label, help_, _, least = DAYS[name]
    return fields.Integer(
        label, required=True, domain=[(name, '>=', least)],
        **({'help': help_} if help_ else {}))


def _sequence(company, **attributes):
    return fields.Many2One(
        'ir.sequence', "Dispute Sequence",
        domain=[
            ('company', 'in', [company, None]),
            ('sequence_type', '=', Id(
                    'coop_mission', 'sequence_type_dispute')),
            ], **attributes)


def _default_sequence():
    ModelData = Pool().get('ir.model.data')
    try:
        return ModelData.get_id('coop_mission', 'sequence_dispute')
    except KeyError:
        return None


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    dispute_sequence = fields.MultiValue(_sequence(
            Eval('context', {}).get('company', -1), required=True))
    follow_up_mail = fields.MultiValue(fields.Boolean(
            "The Cooperative Writes to Silent Clients",
            help="To those who agreed to it, when whoever brought them did "
            "not."))

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'dispute_sequence':
            return pool.get('coop.configuration.sequence')
        elif field in DAYS or field == 'follow_up_mail':
            return pool.get('coop.configuration.mission')
        return super().multivalue_model(field)

    @classmethod
    def default_dispute_sequence(cls, **pattern):
        return _default_sequence()


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'coop.configuration.sequence'
    dispute_sequence = _sequence(Eval('company', -1))

    @classmethod
    def default_dispute_sequence(cls):
        return _default_sequence()


class ConfigurationMission(metaclass=PoolMeta):
    __name__ = 'coop.configuration.mission'
    follow_up_mail = fields.Boolean(
        "The Cooperative Writes to Silent Clients")


def _default(name):
    # The values of a company that has set none are those of the code
    @classmethod
    def default(cls, **pattern):
        return DAYS[name][2]
    return default


for _name in DAYS:
    setattr(Configuration, _name, fields.MultiValue(_integer(_name)))
    setattr(ConfigurationMission, _name, fields.Integer(DAYS[_name][0]))
    for _class in [Configuration, ConfigurationMission]:
        setattr(_class, f'default_{_name}', _default(_name))
del _name, _class
