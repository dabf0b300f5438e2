# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, ModelView, fields


class Allocation(ModelSQL, ModelView):
    __name__ = 'coop.share.allocation'
    line = fields.Many2One('account.move.line', "Line", required=True)
    movement = fields.Many2One(
        'coop.share.movement', "Movement", required=True)

    @classmethod
    def uncovered(cls, company, date):
        return {}
