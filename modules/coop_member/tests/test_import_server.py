# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import os
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction
from trytond.transaction import Transaction

from . import factories

HERE = os.path.dirname(__file__)
REAL = os.path.join(
    HERE, 'real_share_register', 'real_share_register.csv')


def create_import(company, members=None, movements=None, **values):
    "Return an import of texts or bytes"
    Import = Pool().get('coop.import')
    for name, text in [('members', members), ('movements', movements)]:
        if text is not None:
            if isinstance(text, str):
                text = text.encode()
            values[f'{name}_file'] = text
            values[f'{name}_file_name'] = f'{name}.csv'
    return Import.create([{'company': company.id, **values}])[0]


def run(import_):
    "Write all slices of an import that is validated"
    Import = Pool().get('coop.import')
    count = 0
    while import_.state == 'validated':
        Import.process_slice([import_])
        count += 1
    return count


def balances(company, date=None):
    "Return {account code: debit - credit} of the posted moves"
    Line = Pool().get('account.move.line')
    domain = [
        ('move.company', '=', company.id), ('move_state', '=', 'posted')]
    if date:
        domain.append(('date', '<=', date))
    result = {}
    for line in Line.search(domain):
        code = line.account.code
        result[code] = result.get(code, 0) + line.debit - line.credit
    return {code: amount for code, amount in result.items() if amount}


class ImportTestCase(RouteTestCase):
    "Test the import in the database"
    module = 'coop_member'
    extras = [
        'account_payment', 'account_payment_clearing', 'account_payment_sepa',
        'account_statement', 'account_statement_rule']

    @with_transaction()
    def test_real_register(self):
        "The register of a real cooperative, as it publishes it"
        pool = Pool()
        Account = pool.get('account.account')
        Capital = pool.get('coop.share.capital')
        Configuration = pool.get('coop.configuration')
        Import = pool.get('coop.import')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative(years=(2015, 2023))
        with set_company(company):
            configuration = Configuration(1)
            configuration.statutory_minimum = Decimal(432)
            configuration.save()
            factories.share_class(company)
            category = factories.category(company)
            cash, = Account.search([('code', '=', 'cash')])
            with open(REAL, 'rb') as file:
                import_ = create_import(
                    company, movements=file.read(),
                    default_category=category.id, money_account=cash.id)
            Import.check_files([import_])
            self.assertEqual(import_.problems, None)
            self.assertEqual(import_.state, 'validated')
            run(import_)
            self.assertEqual(import_.state, 'done')

            for date, capital in [
                    ((2015, 3, 25), 0),
                    ((2015, 3, 26), 1728),
                    ((2019, 12, 17), 1728),
                    ((2019, 12, 18), 2880),
                    ((2021, 6, 30), 2304),
                    ((2021, 8, 31), 1728),
                    ((2021, 11, 8), 1728),
                    ((2023, 11, 29), 2304)]:
                date = dt.date(*date)
                with self.subTest(date=date):
                    self.assertEqual(
                        Capital.subscribed_at(company, date), capital)
            self.assertEqual(Capital.highest(company), Decimal(2880))
            self.assertEqual(Capital.floor(company), Decimal(720))
            held = Movement.positions(company, dt.date(2021, 11, 8))
            self.assertEqual(sum(p.quantity for p in held.values()), 72)
            with Transaction().set_context(date=dt.date(2021, 11, 8)):
                self.assertEqual(
                    {m.number: m.state_at for m in Member.search([])},
                    {'A': 'active', 'B': 'active', 'C': 'left',
                        'D': 'active', 'E': 'left', 'F': None})

            self.assertEqual(balances(company, dt.date(2020, 12, 31)), {
                    'cash': Decimal(2880), 'paid_up': Decimal(-2880)})
            self.assertEqual(balances(company, dt.date(2021, 12, 31)), {
                    'cash': Decimal(2880), 'paid_up': Decimal(-1728),
                    'claim': Decimal(-1152)})
            self.assertEqual(balances(company), {
                    'cash': Decimal(3456), 'paid_up': Decimal(-2304),
                    'claim': Decimal(-1152)})
            self.assertEqual(Movement.verify_register(company), [])
