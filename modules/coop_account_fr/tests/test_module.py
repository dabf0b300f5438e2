# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin)
from trytond.modules.coop_member.tests.generic import CoopTestMixin
from trytond.tests.test_tryton import ModuleTestCase

from . import EXTRAS


class CoopAccountFrTestCase(
        CoopTestMixin, PartyCompanyCheckEraseMixin, CompanyTestMixin,
        ModuleTestCase):
    "Test Coop Account Fr module"
    module = 'coop_account_fr'
    extras = EXTRAS


del ModuleTestCase
