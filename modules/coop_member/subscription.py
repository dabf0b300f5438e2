# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, ModelView, Workflow, fields


class Subscription(Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.subscription'
    company = fields.Many2One('company.company', "Company", required=True)
    member = fields.Many2One('coop.member', "Member", required=True)
    contribution_account = fields.Many2One(
        'account.account', "Contribution Account")
