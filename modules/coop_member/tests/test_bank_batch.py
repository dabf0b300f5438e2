# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest.mock import patch

from lxml import etree

from trytond.modules.account_statement.exceptions import (
    StatementValidateError)
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import mandate_use
from . import factories

DATE = dt.date(2022, 3, 1)
ENTRY = '''<Stmt xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<Ntry><Amt Ccy="EUR">60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<NtryDtls><Btch><PmtInfId>P1</PmtInfId></Btch></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">20.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<NtryDtls><TxDtls>
<Refs><PmtInfId>P2</PmtInfId><EndToEndId>7</EndToEndId></Refs>
<RtrInf><Rsn><Cd>MD07</Cd></Rsn></RtrInf>
</TxDtls></NtryDtls></Ntry>
</Stmt>'''


class BankBatchTestCase(factories.CoopTestCase):
    "Test what one line of the bank pays, returns and costs"

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(
                mandate_use, 'today', return_value=DATE))

    def journals(self, company):
        "Return journals of payments and of statements"
        pool = Pool()
        Account = pool.get('account.account')
        Journal = pool.get('account.journal')
        StatementJournal = pool.get('account.statement.journal')
        cash, = Account.search([
                ('code', '=', 'cash'), ('company', '=', company.id)])
        clearing, fees = Account.create([{
                    'name': name, 'code': name, 'company': company.id,
                    'type': cash.type.id, 'reconcile': name == 'clearing'}
                for name in ['clearing', 'fees']])
        journal, = Journal.search([('type', '=', 'statement')], limit=1)
        statement_journal, = StatementJournal.create([{
                    'name': "Bank", 'journal': journal.id,
                    'company': company.id, 'validation': 'number_of_lines',
                    'currency': company.currency.id, 'account': cash.id}])
        return factories.sepa_journal(
            company, clearing_account=clearing.id,
            clearing_journal=journal.id), statement_journal

    def group(self, company, journal, *amounts, code='receivable'):
        "Return a group of direct debits that were sent"
        pool = Pool()
        Account = pool.get('account.account')
        Group = pool.get('account.payment.group')
        Payment = pool.get('account.payment')
        account, = Account.search([
                ('code', '=', code), ('company', '=', company.id)])
        members = factories.members(company, len(amounts))
        mandates = [
            factories.mandate(
                member.party, f'FR76300060000100000000{number}')
            for member, number in zip(members, ['00152', '00249', '00346'])]
        payments = []
        for mandate, amount in zip(mandates, amounts):
            payments += factories.direct_debits(
                journal, [mandate], Decimal(amount), date=DATE,
                account=account.id)
        Payment.submit(payments)
        group, = Group.create([{
                    'company': company.id, 'journal': journal.id,
                    'kind': 'receivable'}])
        Payment.process(payments, lambda: group)
        return Group(group.id), Payment.browse(payments)

    def statement(self, journal, *lines):
        "Return a posted statement of (related to, amount) lines"
        Statement = Pool().get('account.statement')
        Line = Pool().get('account.statement.line')
        payment_journal = lines[0][0].journal
        statement, = Statement.create([{
                    'name': "1", 'journal': journal.id, 'date': DATE,
                    'company': journal.company.id,
                    'number_of_lines': len(lines)}])
        Line.create([{
                    'statement': statement.id, 'date': DATE, 'number': str(i),
                    'amount': Decimal(amount), 'related_to': str(related_to),
                    'account': payment_journal.clearing_account.id}
                for i, (related_to, amount) in enumerate(lines)])
        statement = Statement(statement.id)
        Statement.validate_statement([statement])
        Statement.post([statement])
        return statement

    def clearing(self, journal):
        "Return the balance of the clearing account"
        Line = Pool().get('account.move.line')
        lines = Line.search([('account', '=', journal.clearing_account.id)])
        return sum(l.debit - l.credit for l in lines)

    def states(self, payments):
        Payment = Pool().get('account.payment')
        return [p.state for p in Payment.browse(payments)]

    @with_transaction()
    def test_one_line(self):
        "It clears all payments, and posts what it clears"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            group, payments = self.group(company, journal, 10, 20, 30)
            self.statement(bank, (group, 60))
            self.assertEqual(self.states(payments), ['succeeded'] * 3)
            self.assertEqual(
                {p.clearing_move.state for p in Payment.browse(payments)},
                {'posted'})
            self.assertEqual(self.clearing(journal), 0)

    @with_transaction()
    def test_returned_before(self):
        "What was returned is left out, whether the line holds it or not"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            group, payments = self.group(company, journal, 10, 20, 30)
            Payment.fail(payments[:1])
            self.statement(bank, (group, 60), (payments[0], -10))
            self.assertEqual(
                self.states(payments), ['failed', 'succeeded', 'succeeded'])
            self.assertEqual(self.clearing(journal), 0)

    @with_transaction()
    def test_wrong_amount(self):
        "A line of another amount is for a person to explain"
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            group, _ = self.group(company, journal, 10, 20, 30)
            with self.assertRaises(StatementValidateError) as raised:
                self.statement(bank, (group, 45))
            self.assertIn(group.number, raised.exception.message)

    @with_transaction()
    def test_returned_after(self):
        "The line that takes one back fails its payment on its day"
        pool = Pool()
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            group, payments = self.group(company, journal, 10, 20, 30)
            self.statement(bank, (group, 60))
            self.statement(bank, (payments[1], -20))
            self.assertEqual(
                self.states(payments), ['succeeded', 'failed', 'succeeded'])
            self.assertEqual(self.clearing(journal), 0)
            # What cancels the money of the failed one is in the books
            lines = Line.search([
                    ('party', '=', payments[1].party.id),
                    ('move_state', '=', 'posted')])
            self.assertEqual(sum(l.debit - l.credit for l in lines), 0)
            self.assertEqual(
                {l.move.date for l in lines}, {DATE})

    @with_transaction()
    def test_not_capital(self):
        "What cancels a failed payment of dues is posted as well"
        pool = Pool()
        Account = pool.get('account.account')
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            receivable, = Account.search([
                    ('code', '=', 'receivable'),
                    ('company', '=', company.id)])
            dues, = Account.copy([receivable], default={'code': 'dues'})
            group, (payment,) = self.group(company, journal, 10, code='dues')
            self.statement(bank, (group, 10))
            self.statement(bank, (payment, -10))
            lines = Line.search([('account', '=', dues.id)])
            self.assertEqual(
                [(l.move_state, l.debit - l.credit) for l in lines],
                [('posted', 10), ('posted', -10)])
            self.assertTrue(all(l.reconciliation for l in lines))

    @with_transaction()
    def test_file(self):
        "What a CAMT file says of a batch without details and of a return"
        Import = Pool().get('account.statement.import', type='wizard')
        session, _, _ = Import.create()
        entry = etree.fromstring(ENTRY)
        batch, returned = [
            Import(session).camt_origin(None, e) for e in entry]
        batch, = batch
        self.assertEqual((batch.amount, batch.information), (
                60, {'camt_payment_information_identification': "P1"}))
        returned, = returned
        self.assertEqual((returned.amount, returned.information), (
                -20, {
                    'camt_payment_information_identification': "P2",
                    'camt_end_to_end_identification': "7",
                    'camt_return_reason': 'MD07'}))

    def origin(self, journal, amount, **information):
        pool = Pool()
        Origin = pool.get('account.statement.origin')
        Statement = pool.get('account.statement')
        statement, = Statement.create([{
                    'name': "1", 'journal': journal.id, 'date': DATE,
                    'company': journal.company.id, 'number_of_lines': 1}])
        origin, = Origin.create([{
                    'statement': statement.id, 'date': DATE,
                    'amount': Decimal(amount),
                    'information': {
                        f'camt_{k}': v for k, v in information.items()}}])
        return origin

    def proposed(self, origin):
        "Return (related to, account, party, amount) of the lines proposed"
        Statement = Pool().get('account.statement')
        Statement.apply_rules([origin.statement])
        origin = origin.__class__(origin.id)
        return [
            (l.related_to, l.account.code, l.party, l.amount)
            for l in origin.lines]

    @with_transaction()
    def test_rules(self):
        "A file of the bank names the payment or the batch as it was sent"
        pool = Pool()
        Account = pool.get('account.account')
        Configuration = pool.get('coop.configuration')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            group, (first, second, third) = self.group(
                company, journal, 10, 20, 30)
            self.assertTrue(first.sepa_info_id)
            batch = self.origin(bank, 60,
                payment_information_identification=first.sepa_info_id)
            self.assertEqual(self.proposed(batch), [
                    (group, 'clearing', None, 60)])
            single = {
                'end_to_end_identification': str(second.id),
                'mandate_identification': 'RUM'}
            self.assertEqual(
                self.proposed(self.origin(bank, 20, **single)),
                [(second, 'clearing', None, 20)])
            # The bank takes 5 more than what it takes back
            self.assertEqual(
                self.proposed(self.origin(bank, -25, **single)),
                [(second, 'clearing', None, -20)])
            fees, = Account.search([('code', '=', 'fees')])
            configuration = Configuration(1)
            configuration.bank_fee_account = fees
            configuration.save()
            self.assertEqual(
                self.proposed(self.origin(bank, -25, **single)),
                [(second, 'clearing', None, -20),
                    (None, 'fees', None, -5)])
            receivable, = Account.search([
                    ('code', '=', 'receivable'),
                    ('company', '=', company.id)])
            second.party.account_receivable = receivable
            second.party.save()
            configuration.bank_fees_charged = True
            configuration.save()
            self.assertEqual(
                self.proposed(self.origin(bank, -25, **single)),
                [(second, 'clearing', None, -20),
                    (None, 'receivable', second.party, -5)])
            # A transfer that has a number by chance is none of ours
            self.assertEqual(
                self.proposed(self.origin(bank, 20,
                        end_to_end_identification=str(second.id))), [])

    @with_transaction()
    def test_reason(self):
        "The file of the bank says why it was returned"
        pool = Pool()
        Payment = pool.get('account.payment')
        Statement = pool.get('account.statement')
        company = factories.cooperative()
        with set_company(company):
            journal, bank = self.journals(company)
            _, (payment,) = self.group(company, journal, 10)
            origin = self.origin(bank, -10,
                end_to_end_identification=str(payment.id),
                mandate_identification='RUM', return_reason='AM04')
            self.proposed(origin)
            Statement.validate_statement([origin.statement])
            payment = Payment(payment.id)
            self.assertEqual(
                (payment.state, payment.return_reason), ('failed', 'AM04'))
