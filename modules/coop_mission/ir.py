# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('coop.demand|expire_all', "Expire Demands of Clients"),
                ('coop.mission.offer|expire_all', "Expire Offers"),
                ('coop.member.document|remind_papers',
                    "Remind of Papers for Missions"),
                ])
