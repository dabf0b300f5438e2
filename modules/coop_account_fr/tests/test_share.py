# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.exceptions import MovementError
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories


def create_accounts(*classes):
    Wizard = Pool().get('coop.share.class.create_account', type='wizard')
    session_id, _, _ = Wizard.create()
    with Transaction().set_context(
            active_model='coop.share.class', active_id=classes[0].id,
            active_ids=[c.id for c in classes]):
        Wizard.execute(session_id, {}, 'create_')
    Wizard.delete(session_id)


class ShareTestCase(factories.FrenchCoopTestCase):
    "Test the accounts of the share classes"

    @with_transaction()
    def test_account_by_class(self):
        "Each class may have its own account below 10131"
        pool = Pool()
        company = factories.french_cooperative()
        with set_company(company):
            a = coop.share_class(company, 'A', Decimal(20))
            b = coop.share_class(company, 'B', Decimal(50))
            create_accounts(a, b)
            create_accounts(a, b)
            a, b = a.__class__.browse([a, b])
            self.assertEqual(
                [c.account_paid_up.code for c in [a, b]],
                ['101311', '101312'])
            member, = coop.members(company, 1)
            date = dt.date(2021, 3, 1)
            for share_class, amount in [(a, 20), (b, 100)]:
                coop.subscribe(
                    member, share_class, amount // share_class.nominal, date)
                factories.receive(member, amount, date)
            self.assertEqual(
                factories.account(company, '101311').balance, -20)
            self.assertEqual(
                factories.account(company, '101312').balance, -100)
            self.assertFalse(pool.get('account.move.line').search([
                        ('account.code', '=', '10131')]))

    @with_transaction()
    def test_account_too_late(self):
        "A class of which the register has movements keeps its account"
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company)
            member, = coop.members(company, 1)
            coop.subscribe(member, share_class, 1, dt.date(2021, 3, 1))
            with self.assertRaisesRegex(
                    MovementError, "Class A.*10131 - Capital"):
                create_accounts(share_class)
            self.assertFalse(
                type(share_class)(share_class.id).account_paid_up)
