# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta


class Category(metaclass=PoolMeta):
    __name__ = 'coop.member.category'
    salaried = fields.Boolean("Employees of the Cooperative",
        help="Who are paid by a salary (CAE, SCOP): their missions are shown "
        "in an analytic statement and never billed.")
