# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.tests.test_tryton import ModuleTestCase

from . import EXTRAS
from .generic import CoopTestMixin
from .lists import LISTS


class CoopMemberTestCase(
        CoopTestMixin, PartyCompanyCheckEraseMixin, PartyCheckReplaceMixin,
        CompanyTestMixin, ModuleTestCase):
    "Test Coop Member module"
    module = 'coop_member'
    extras = EXTRAS
    factories = LISTS
    lists_not_counted = {
        'coop.share.month': "has a row a month, by one query",
        }


del ModuleTestCase
