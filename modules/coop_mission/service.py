# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The price list of small jobs, that all members work by"
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields)
from trytond.modules.coop_member.company import CompanyMixin, CurrencyMixin
from trytond.modules.currency.fields import Monetary


class Service(
        DeactivableMixin, CompanyMixin, CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.service'
    name = fields.Char("Name", required=True)
    unit = fields.Selection([
            ('piece', "Piece"),
            ('hour', "Hour"),
            ('day', "Day"),
            ], "Unit", required=True, sort=False)
    price = Monetary(
        "Price", currency='currency', digits='currency', required=True,
        domain=[('price', '>=', 0)],
        help="Of a unit, for the member, without tax.")
    description = fields.Text("Description")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('name', 'ASC'), ('id', 'ASC')]
        cls._sql_indexes.add(Index(t, (t.company, Index.Equality())))

    @classmethod
    def default_unit(cls):
        return 'piece'
