# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('coop.evaluation|expire_all', "Expire Evaluations"),
                ('coop.dispute|remind_all', "Remind of Disputes"),
                ('coop.client.contact|follow_up_all',
                    "Follow up Silent Clients"),
                ])
