# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories


class StatementTestCase(factories.CoopTestCase):
    "Test whom a transaction of the bank names"

    @with_transaction()
    def test_direct_debit(self):
        "What a direct debit brings is not taken for a transfer"
        pool = Pool()
        Origin = pool.get('account.statement.origin')
        Rule = pool.get('account.statement.rule.line')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            keywords = {'payment_reference': member.payment_reference}
            for information, found in [
                    (None, member),
                    ({'camt_debtor_name': "Ann"}, member),
                    ({'camt_mandate_identification': "RUM1"}, None)]:
                origin = Origin(company=company, information=information)
                self.assertEqual(
                    Rule()._get_member(origin, keywords), found)
