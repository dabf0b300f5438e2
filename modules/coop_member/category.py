# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pyson import Eval
from trytond.transaction import Transaction


class Category(sequence_ordered(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'coop.member.category'
    company = fields.Many2One('company.company', "Company", required=True)
    name = fields.Char("Name", required=True, translate=True)
    code = fields.Char("Code", required=True)
    minimum_shares = fields.Integer("Minimum Shares", required=True,
        domain=[('minimum_shares', '>=', 0)])
    maximum_shares = fields.Integer("Maximum Shares",
        domain=['OR',
            ('maximum_shares', '=', None),
            ('maximum_shares', '>=', Eval('minimum_shares', 0)),
            ],
        help="Leave empty for no limit.")
    vote_weight = fields.Numeric("Weight of Vote", digits=(None, 4),
        required=True, domain=[('vote_weight', '>=', 0)],
        help="The weight of the college in the votes of the general meeting.")
    activation = fields.Selection([
            ('admission', "On Acceptance"),
            ('payment', "When the First Share is Paid"),
            ], "Activation", required=True,
        help="When an admitted member becomes active.")
    minimum_age = fields.Integer("Minimum Age", required=True,
        domain=[('minimum_age', '>=', 0)])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('company_code_unique', Unique(t, t.company, t.code),
                'coop_member.msg_category_code_unique'))

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_minimum_shares(cls):
        return 1

    @classmethod
    def default_vote_weight(cls):
        return 1

    @classmethod
    def default_activation(cls):
        return 'payment'

    @classmethod
    def default_minimum_age(cls):
        return 18
