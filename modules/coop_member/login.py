# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def on_modification(cls, mode, members, field_names=None):
        User = Pool().get('res.user')
        super().on_modification(mode, members, field_names=field_names)
        if mode == 'write' and (not field_names or 'state' in field_names):
            User._coop_members_cache.clear()


class MemberUser(metaclass=PoolMeta):
    __name__ = 'coop.member-res.user'

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        User = Pool().get('res.user')
        super().on_modification(mode, records, field_names=field_names)
        User._coop_members_cache.clear()
