# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.modules.account_statement.exceptions import (
    StatementValidateError)
from trytond.modules.company.tests import set_company
from trytond.modules.coop_due.tests import factories as due
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, factories_out
from .factories import again

D = Decimal
IBAN = 'FR7630006000011234567890189'
CAMT = '''<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>{date}T21:30:05</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><CreDtTm>{date}T21:30:05</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="{currency}">10000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>{date}</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="{currency}">{left}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>{date}</Dt></Dt></Bal>
<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt>
<CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>{date}</Dt></BookgDt><ValDt><Dt>{date}</Dt></ValDt>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd>
</Fmly></Domn></BkTxCd>
<NtryDtls><Btch><PmtInfId>{batch}</PmtInfId><NbOfTxs>3</NbOfTxs></Btch>
</NtryDtls><AddtlNtryInf>VIREMENTS SEPA EMIS</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>'''


class PaymentBankTestCase(factories_out.PayoutTestCase):
    "Test the one line of the bank that pays a payment run"

    def run_of_three(self, company):
        "Return (bills, run) of three members, sent to the bank"
        members = factories_out.workers(company, 3, 'debits')
        bills = [
            factories_out.billed(company, [(member, amount)])[0]
            for member, amount in zip(members, [1000, 200, 30])]
        journal = factories_out.journal(company, sepa=True)
        return bills, factories_out.run(company, journal, state='sent')

    def bank(self, company):
        pool = Pool()
        journal, = pool.get('account.journal').search(
            [('type', '=', 'statement')], limit=1)
        account, = pool.get('bank.account').search(
            [('numbers.number_compact', '=', IBAN)])
        return pool.get('account.statement.journal').create([{
                    'name': "Bank", 'journal': journal.id,
                    'company': company.id, 'validation': 'balance',
                    'currency': company.currency.id,
                    'bank_account': account.id,
                    'account': due.account(company, 'cash').id}])[0]

    def import_(self, company, run, amount):
        "Return the statement of a file in which the bank paid the batch"
        pool = Pool()
        Import = pool.get('account.statement.import', type='wizard')
        Statement = pool.get('account.statement')
        batch, = {p.sepa_info_id for p in run.payments}
        session, start, _ = Import.create()
        result = Import.execute(session, {
                start: {
                    'company': company.id, 'file_format': 'camt_053_001',
                    'file_': CAMT.format(
                        date=today(company.id), iban=IBAN, batch=batch,
                        currency=company.currency.code,
                        amount=amount, left=10000 - amount).encode()},
                }, 'import_')
        (_, data), = result['actions']
        statement = Statement(data['res_id'][0])
        Statement.apply_rules([statement])
        return Statement(statement.id)

    def process(self, statement):
        Statement = Pool().get('account.statement')
        Statement.validate_statement([statement])
        Statement.post([Statement(statement.id)])

    def queue(self, bills):
        "What the queue does once it is committed"
        Invoice = Pool().get('account.invoice')
        Invoice.process(Invoice.browse([b.invoice.id for b in bills]))

    @with_transaction()
    def test_one_line(self):
        "A file of the bank with one line pays all, and clears the account"
        Payment = Pool().get('account.payment')
        Settlement = Pool().get('coop.settlement')
        company = factories_out.cooperative()
        with set_company(company):
            bills, run = self.run_of_three(company)
            missions = [b.lines[0].settlement.mission for b in bills]
            for bill in bills:
                invoice, = Settlement.invoice(
                    [bill.lines[0].settlement], today(company.id))
                factories.pay(invoice, today(company.id))
            self.assertEqual(
                [again(m).state for m in missions], ['client_paid'] * 3)
            self.bank(company)
            cash = factories.balance(company, 'cash')
            statement = self.import_(company, run, run.message_total)
            origin, = statement.origins
            line, = origin.lines
            self.assertEqual(
                (line.related_to, line.account.code, line.amount),
                (run.group, '580', -1476))
            self.process(statement)
            payments = Payment.browse([p.id for p in run.payments])
            self.assertEqual(
                {(p.state, p.clearing_move.state, p.clearing_reconciled)
                    for p in payments},
                {('succeeded', 'posted', True)})
            self.assertEqual(factories.balance(company, '580'), 0)
            self.assertEqual(factories.balance(company, 'cash'), cash - 1476)
            self.queue(bills)
            self.assertEqual([again(b).state for b in bills], ['paid'] * 3)
            self.assertEqual(
                [again(m).state for m in missions], ['paid_out'] * 3)
            other = factories_out.run(company, run.journal)
            self.assertFalse(other.lines)

    @with_transaction()
    def test_wrong_amount(self):
        "A line of another amount pays nothing"
        company = factories_out.cooperative()
        with set_company(company):
            bills, run = self.run_of_three(company)
            self.bank(company)
            statement = self.import_(company, run, 1400)
            with self.assertRaises(StatementValidateError):
                self.process(statement)

    @with_transaction()
    def test_one_refused(self):
        "What the bank refused is owed again; the line pays the others"
        Payment = Pool().get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            bills, run = self.run_of_three(company)
            self.bank(company)
            refused, = [p for p in run.payments if p.amount == 240]
            Payment.fail([Payment(refused.id)])
            self.process(self.import_(company, run, 1236))
            self.queue(bills)
            self.assertEqual(
                [again(b).state for b in bills], ['paid', 'accepted', 'paid'])
            self.assertEqual(factories.balance(company, '580'), 0)
            other = factories_out.run(company, run.journal)
            self.assertEqual(
                [(l.owed, l.net) for l in other.lines], [(bills[1], 240)])

    @with_transaction()
    def test_creditor(self):
        "The line pays the creditor of a member with the rest"
        pool = Pool()
        Seizure = pool.get('coop.seizure')
        company = factories_out.cooperative()
        with set_company(company):
            member, = factories_out.workers(company, 1, 'franchise')
            bill, = factories_out.billed(company, [(member, 1000)])
            creditor = coop.person("Bailiff")
            coop.iban(creditor, 'DE89370400440532013000', 'COBADEFFXXX')
            seizure, = Seizure.create([{
                        'company': company.id, 'member': member.id,
                        'creditor': creditor.id, 'date': today(company.id),
                        'amount': D(300), 'rank': 1, 'file': b'notice',
                        'file_name': 'notice.pdf', 'kind': 'attachment',
                        'payable_from': today(company.id)}])
            Seizure.activate([seizure])
            run = factories_out.run(
                company, factories_out.journal(company, sepa=True),
                state='sent')
            self.bank(company)
            self.process(self.import_(company, run, 1000))
            self.queue([bill])
            self.assertEqual(again(bill).state, 'paid')
            for code in ['580', '467', 'supplier']:
                with self.subTest(code):
                    self.assertEqual(factories.balance(company, code), 0)
