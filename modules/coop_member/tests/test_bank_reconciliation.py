# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..bank_reconciliation import end_of_month, reconcile
from . import factories

DATE = dt.date(2022, 1, 31)


class BankReconciliationTestCase(factories.CoopTestCase):
    "Test the bank reconciliation statement"

    def account(self, company, code):
        Account = Pool().get('account.account')
        return Account.search([
                ('code', '=', code), ('company', '=', company.id)])[0]

    def journal(self, company, validation='balance'):
        pool = Pool()
        Journal = pool.get('account.journal')
        StatementJournal = pool.get('account.statement.journal')
        journal, = Journal.search([('type', '=', 'statement')], limit=1)
        return StatementJournal.create([{
                    'name': "Bank", 'journal': journal.id,
                    'company': company.id, 'validation': validation,
                    'currency': company.currency.id,
                    'account': self.account(company, 'cash').id}])[0]

    def statement(self, journal, date, start, lines, post=True):
        "Return a statement of (date, amount) lines"
        Statement = Pool().get('account.statement')
        account = self.account(journal.company, 'loss')
        statement, = Statement.create([{
                    'name': str(date), 'journal': journal.id, 'date': date,
                    'company': journal.company.id,
                    'start_balance': Decimal(start),
                    'end_balance': Decimal(start + sum(a for _, a in lines)),
                    'number_of_lines': len(lines),
                    'lines': [('create', [{
                                    'date': day, 'amount': Decimal(amount),
                                    'number': str(amount),
                                    'account': account.id}
                                for day, amount in lines])]}])
        if post:
            Statement.validate_statement([statement])
            Statement.post([statement])
        return statement

    def own(self, company, date, amount):
        "Post a move of the books on the account of the bank"
        pool = Pool()
        Journal = pool.get('account.journal')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        journal, = Journal.search([('type', '=', 'cash')], limit=1)
        debit, credit = max(amount, 0), max(-amount, 0)
        move = Move(
            company=company, journal=journal, date=date,
            period=Period.find(company, date=date), lines=[
                Line(account=self.account(company, 'cash'),
                    description=f"Cheque {amount}",
                    debit=Decimal(debit), credit=Decimal(credit)),
                Line(account=self.account(company, 'loss'),
                    debit=Decimal(credit), credit=Decimal(debit))])
        move.save()
        Move.post([move])

    def books(self, company, validation='balance'):
        "Return a journal with an opening, statements and a cheque"
        journal = self.journal(company, validation)
        self.own(company, dt.date(2021, 12, 31), 500)
        self.statement(journal, DATE, 500, [
                (dt.date(2022, 1, 10), 120), (dt.date(2022, 1, 20), -20)])
        self.statement(journal, dt.date(2022, 2, 5), 600, [
                (DATE, 50), (dt.date(2022, 2, 3), 7)], post=False)
        self.own(company, dt.date(2022, 1, 28), -30)
        self.own(company, dt.date(2022, 2, 1), -1)
        return journal

    @with_transaction()
    def test_month(self):
        "What the books and the bank do not both know by the end of a month"
        company = factories.cooperative()
        with set_company(company):
            for validation in ['balance', 'number_of_lines']:
                journal = self.books(company, validation)
                result = reconcile(journal, DATE)
                self.assertEqual(
                    [(i.date, i.amount) for i in result.not_in_books],
                    [(DATE, 50)])
                if validation == 'balance':
                    self.assertEqual(
                        (result.books, result.bank, result.difference),
                        (570, 650, 0))
                    self.assertEqual(
                        [(i.date, i.amount) for i in result.not_at_bank],
                        [(dt.date(2022, 1, 28), -30)])
                    # The bank says on paper what is in no statement
                    result = reconcile(journal, DATE, Decimal(640))
                    self.assertEqual(result.difference, -10)
                    # The next month, all is in one statement
                    result = reconcile(journal, dt.date(2022, 2, 28))
                    self.assertEqual(
                        (result.books, result.bank, result.difference),
                        (569, 657, 0))

    @with_transaction()
    def test_report(self):
        "It is a PDF, for the accountants"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Print = pool.get('coop.bank.reconciliation.print', type='wizard')
        Report = pool.get('coop.bank.reconciliation', type='report')
        company = factories.cooperative()
        with set_company(company):
            journal = self.books(company)
            accountant = factories.user(
                'accountant', 'accountant', company=company)
            clerk = factories.user('clerk', 'administration', company=company)
            action, = ActionReport.search([
                    ('report_name', '=', 'coop.bank.reconciliation')])
            data = {'date': DATE, 'bank': None, 'action_id': action.id}
            with factories.as_user(accountant):
                extension, content, _, _ = Report.execute([journal.id], data)
                self.assertEqual(extension, 'pdf')
                self.assertTrue(content.startswith(b'%PDF'))
                html = Report.render(
                    action, Report.get_context([journal], {}, data))
            for text in ["Cheque -30", '650.00', '570.00', 'class="date"']:
                self.assertIn(text, html)
            with factories.as_user(clerk):
                with self.assertRaises(AccessError):
                    Report.execute([journal.id], data)
                with self.assertRaises(AccessError):
                    Print.create()

    def test_end_of_month(self):
        for date, end in [
                (dt.date(2022, 1, 1), DATE), (DATE, DATE),
                (dt.date(2024, 2, 10), dt.date(2024, 2, 29)),
                (dt.date(2022, 12, 31), dt.date(2022, 12, 31))]:
            self.assertEqual(end_of_month(date), end)
