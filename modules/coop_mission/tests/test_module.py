# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin)
from trytond.modules.coop_member.tests.generic import CoopTestMixin
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.tests.test_tryton import ModuleTestCase

from . import EXTRAS
from .lists import LISTS
from .lists_trust import LISTS as TRUST_LISTS


class CoopMissionTestCase(
        CoopTestMixin, PartyCompanyCheckEraseMixin, PartyCheckReplaceMixin,
        CompanyTestMixin, ModuleTestCase):
    "Test Coop Mission module"
    module = 'coop_mission'
    extras = EXTRAS
    factories = {**LISTS, **TRUST_LISTS}
    lists_not_counted = {
        'coop.demand.pipeline': "a row for each state, seven at most"}


del ModuleTestCase
