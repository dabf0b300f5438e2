# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import test_import_server as importing
from trytond.modules.coop_member.tests.year_ends import REAL
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from . import EXTRAS, factories


class ImportTestCase(RouteTestCase):
    "Test what a real register makes of the French accounts"
    module = 'coop_account_fr'
    extras = EXTRAS

    @with_transaction()
    def test_real_register(self):
        "Each year's end of a real cooperative, with nothing left to pay in"
        pool = Pool()
        Import = pool.get('coop.import')
        Movement = pool.get('coop.share.movement')
        company = factories.french_cooperative(years=(2015, 2023))
        with set_company(company):
            coop.share_class(company)
            with open(REAL, 'rb') as file:
                import_ = importing.create_import(
                    company, movements=file.read(),
                    default_category=coop.category(company).id,
                    money_account=factories.account(company, '5121').id)
            Import.check_files([import_])
            importing.run(import_)
            self.assertEqual(import_.state, 'done')
            for year, bank, capital, owed in [
                    (2015, 1728, -1728, 0),
                    (2018, 1728, -1728, 0),
                    (2019, 2880, -2880, 0),
                    (2020, 2880, -2880, 0),
                    (2021, 2880, -1728, -1152),
                    (2022, 2880, -1728, -1152),
                    (2023, 3456, -2304, -1152)]:
                end = dt.date(year, 12, 31)
                with self.subTest(year=year):
                    self.assertEqual(
                        importing.balances(company, end), {
                            code: Decimal(amount) for code, amount in [
                                ('5121', bank), ('10131', capital),
                                ('4567', owed)] if amount})
                    self.assertEqual(
                        Movement.verify_register(company, end), [])


del RouteTestCase
