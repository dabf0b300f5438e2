# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('coop.member|refresh', "Update Member States"),
                ('coop.member|chase_documents', "Ask for Missing Papers"),
                ('coop.iban.change|put_in_use', "Put new IBANs in Use"),
                ])
