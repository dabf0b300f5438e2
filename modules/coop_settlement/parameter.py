# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Parameter(metaclass=PoolMeta):
    __name__ = 'coop.parameter'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.key.selection += [
            ('franchise_threshold', "VAT Franchise, Services"),
            ('franchise_ceiling', "VAT Franchise, Services, Increased"),
            ('cash_ceiling', "Most Paid in Cash"),
            ]
