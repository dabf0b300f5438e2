# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The defaults of what a member enters at home: about the own party"""
from trytond.pool import Pool, PoolMeta


def own_party():
    "Return the id of the only party of a restricted user, or None"
    User = Pool().get('res.user')
    if User.is_restricted():
        _, parties = User.get_coop_members()
        if len(parties) == 1:
            return parties[0]


class Address(metaclass=PoolMeta):
    __name__ = 'party.address'

    @classmethod
    def default_party(cls):
        return own_party()


class ContactMechanism(metaclass=PoolMeta):
    __name__ = 'party.contact_mechanism'

    @classmethod
    def default_party(cls):
        return own_party()
