# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the office wrote about a person goes with him"
from trytond.modules.coop_member.erasing import ERASED
from trytond.pool import Pool, PoolMeta


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def _texts_to_erase(self, party_id):
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        Declaration = pool.get('coop.due.declaration')
        Waiver = pool.get('coop.due.waiver')
        of_member = ('member.party', '=', party_id)
        return super()._texts_to_erase(party_id) + [
            (Waiver, [of_member], True, ['reason'], [ERASED]),
            (Declaration, [of_member], True, ['description'], [None]),
            # That of a waiver is its reason
            (Consumption, [
                    ('line.subscription.member.party', '=', party_id),
                    ('due_kind', '=', 'waiver'),
                    ], True, ['due_explanation'], [None]),
            ]
