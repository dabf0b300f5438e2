# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MovementError, PostingError
from . import factories

DAY = dt.date(2021, 3, 1)
POSTED = {
    'uncalled_receivable', 'uncalled', 'receivable', 'called_unpaid',
    'paid_up'}


class CapitalAccountsTestCase(factories.CoopTestCase):
    "Test that the accounts of the capital stay once they are used"

    def copies(self, company):
        "Return {role: copy of the account of the configuration}"
        pool = Pool()
        Account = pool.get('account.account')
        accounts = Account.search([('company', '=', company.id)])
        return {
            a.code: copy for a, copy in zip(accounts, Account.copy(
                    accounts, default={'code': lambda d: f"{d['code']}2"}))}

    def choose(self, company, role, account):
        Configuration = Pool().get('coop.configuration')
        Configuration(1).set_multivalue(
            f'account_{role}', account, company=company.id)

    def chosen(self, company, role):
        Configuration = Pool().get('coop.configuration')
        return Configuration(1).get_multivalue(
            f'account_{role}', company=company.id)

    @with_transaction()
    def test_configuration(self):
        "An account with posted lines stays, so that the tie-out sees them"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            copies = self.copies(company)
            self.choose(company, 'paid_up', copies['paid_up'])
            self.choose(company, 'paid_up', None)
            self.choose(company, 'paid_up', copies['paid_up'])
            share_class = factories.share_class(
                company, called_fraction=Decimal('.5'))
            member, = factories.members(company, 1)
            factories.subscriptions([member], share_class, 2, DAY)
            factories.receive(member, Decimal(24), DAY)
            self.choose(company, 'paid_up', copies['paid_up'])
            for role in ['in_kind', 'claim', 'advance', 'loss']:
                self.choose(company, role, copies[role])
                self.assertEqual(
                    self.chosen(company, role), copies[role])
            for role in POSTED:
                used = self.chosen(company, role)
                for account in [copies['cash'], None]:
                    with self.subTest(role=role, account=account), \
                            self.assertRaisesRegex(
                                PostingError, used.name):
                        self.choose(company, role, account)
                self.assertEqual(self.chosen(company, role), used)
            self.assertEqual(Movement.tie_out(company), [])

    @with_transaction()
    def test_advance(self):
        "Money that waits is not left behind on the former account"
        company = factories.cooperative()
        with set_company(company):
            copies = self.copies(company)
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.receive(
                member, Decimal(24), DAY, account='advance')
            factories.subscribe(
                member, share_class, 1, DAY, called=Decimal(0))
            with self.assertRaisesRegex(PostingError, "Advances"):
                self.choose(company, 'advance', copies['advance'])

    @with_transaction()
    def test_class(self):
        "A class takes or leaves an account of its own before its movements"
        company = factories.cooperative()
        with set_company(company):
            copies = self.copies(company)
            own, shared = (
                factories.share_class(company, code) for code in 'AB')
            own.account_paid_up = copies['paid_up']
            own.save()
            member, = factories.members(company, 1)
            for share_class in [own, shared]:
                factories.subscriptions([member], share_class, 1, DAY)
            for share_class, account in [
                    (own, None), (shared, copies['paid_up'])]:
                before = share_class.account('paid_up')
                with self.assertRaisesRegex(MovementError, before.name):
                    share_class.account_paid_up = account
                    share_class.save()
                self.assertEqual(
                    type(share_class)(share_class.id).account('paid_up'),
                    before)
            shared = type(shared)(shared.id)
            shared.account_paid_up = shared.account('paid_up')
            shared.save()
