# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of each model that has a list, for the count of its queries"
from trytond.modules.coop_member.tests import lists as coop

from . import factories


@coop.shared
def everything(count):
    "Members with a VAT status, each with a mission settled"
    company = coop.company()
    factories.books(company)
    members = coop.members(count)
    for member in members:
        factories.vat(member, 'franchise')
        factories.settled(company, [(member, 1000)])


LISTS = dict.fromkeys([
        'coop.settlement', 'coop.settlement.line', 'coop.vat.status'],
    everything)
