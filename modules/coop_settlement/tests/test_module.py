# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin)
from trytond.modules.coop_member.tests.generic import CoopTestMixin
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.tests.test_tryton import ModuleTestCase

from . import EXTRAS
from .lists import LISTS


class CoopSettlementTestCase(
        CoopTestMixin, PartyCompanyCheckEraseMixin, PartyCheckReplaceMixin,
        CompanyTestMixin, ModuleTestCase):
    "Test Coop Settlement module"
    module = 'coop_settlement'
    extras = EXTRAS
    factories = LISTS
    # Each row takes a mission from its start to its payment
    many = 10


del ModuleTestCase
