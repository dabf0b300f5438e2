# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a client or a member wrote, when the party is replaced or erased.

Their own words go; the marks that they gave stay, and what others wrote.
"""
from trytond.modules.coop_member.erasing import ERASED
from trytond.pool import Pool, PoolMeta


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('coop.client.consent', 'client'),
            ('coop.client.contact', 'client'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def to_erase(self, party_id):
        pool = Pool()
        Contact = pool.get('coop.client.contact')
        Dispute = pool.get('coop.dispute')
        Evaluation = pool.get('coop.evaluation')
        Independence = pool.get('coop.independence')
        Panelist = pool.get('coop.dispute.panelist')
        result = super().to_erase(party_id) + [
            (Contact, [('client', '=', party_id)], True,
                ['note'], [None]),
            (Independence, [('member.party', '=', party_id)], True,
                ['own_tools', 'note'], [None, None]),
            (Panelist, [('member.party', '=', party_id)], True,
                ['opinion'], [ERASED]),
            ]
        for path, own, other in [
                ('mission.client', 'client', 'member'),
                ('member.party', 'member', 'client')]:
            for author, name in [(own, 'text'), (other, 'reply')]:
                result.append((Evaluation, [
                            (path, '=', party_id), ('author', '=', author),
                            (name, '!=', None)], True, [name], [ERASED]))
            for side, name in [(own, 'claim'), (other, 'answer_text')]:
                result.append((Dispute, [
                            (path, '=', party_id), ('opened_by', '=', side),
                            (name, '!=', None)], True, [name], [ERASED]))
        return result
