# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def _erase_files(self, party):
        "What a member offered and its proofs are of no use without him"
        Profile = Pool().get('coop.member.profile')
        super()._erase_files(party)
        Proof = Pool().get('coop.skill.proof')
        # By the ORM, for the file store to forget the files
        Proof.delete(Proof.search([
                    ('member_skill.profile.member.party', '=', party.id)]))
        Profile.delete(Profile.search([('member.party', '=', party.id)]))
