# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Repayment(metaclass=PoolMeta):
    __name__ = 'coop.share.repayment'
    # Without a rate of the statutes, that of the Livret A: model statutes of
    # the Scops, art. 18.6
    _rate_keys = ['deferred_interest', 'livret_a']
