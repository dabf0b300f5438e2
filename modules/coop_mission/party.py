# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A client or a member who is replaced by another party, or erased"
from trytond.i18n import gettext
from trytond.modules.coop_member.erasing import ERASED
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta

from .demand import OPEN
from .mission import ENDED

# What a job tells of its client besides the name and the number
_EXPRESS = [
    'street', 'postal_code', 'city', 'email', 'signature', 'signature_id',
    'signature_name', 'signed_by']


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('coop.demand', 'client'),
            ('coop.mission', 'client'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        Demand = Pool().get('coop.demand')
        super().check_erase_company(party, company)
        demands = Demand.search([
                ('client', '=', party.id),
                ('company', '=', company.id),
                ('state', 'in', OPEN),
                ], limit=1)
        if demands:
            raise EraseError(gettext(
                    'coop_mission.msg_erase_demand', party=party.rec_name,
                    company=company.rec_name, demand=demands[0].rec_name))

        self._check_missions(party, company)

    @staticmethod
    def _check_missions(party, company):
        "Work that is not paid keeps whoever asked for it or does it"
        Mission = Pool().get('coop.mission')
        missions = Mission.search([
                ('company', '=', company.id),
                ('state', 'not in', ENDED),
                ['OR',
                    ('client', '=', party.id),
                    ('members.member.party', '=', party.id),
                    ],
                ], limit=1)
        if missions:
            raise EraseError(gettext(
                    'coop_mission.msg_erase_mission', party=party.rec_name,
                    company=company.rec_name, mission=missions[0].rec_name))

    def to_erase(self, party_id):
        "Whom to reach at a client goes at once, and what members were told"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Handover = pool.get('coop.mission.handover')
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        TakenBack = pool.get('coop.mission.taken_back')
        Demand = pool.get('coop.demand')
        Offer = pool.get('coop.mission.offer')
        return super().to_erase(party_id) + [
            (Demand, [('client', '=', party_id)], True,
                ['contact_name', 'contact_email', 'contact_phone'],
                [None, None, None]),
            (Mission, [('client', '=', party_id)], True,
                ['contact_name', 'contact_phone'], [None, None]),
            (TakenBack, [('mission.client', '=', party_id)], True,
                ['reason'], [ERASED]),
            (Report, [('mission.client', '=', party_id)], True,
                ['signature', 'signature_id', 'signature_name', 'signed_by',
                    'contest_reason'],
                [None, None, None, None, None]),
            (Express, [('mission.client', '=', party_id)], True,
                ['name', 'phone', *_EXPRESS],
                [ERASED, ERASED, *[None] * len(_EXPRESS)]),
            (Handover, [('row.mission.client', '=', party_id)], True,
                ['client_name'], [ERASED]),
            (Offer, [('demand.client', '=', party_id)], True,
                ['client_name'], [ERASED]),
            (Offer, [('member.party', '=', party_id)], True,
                ['reason'], [None]),
            ]

    def _forget_imports(self, party):
        super()._forget_imports(party)
        Import = Pool().get('coop.import')
        Import.forget_client(party)
