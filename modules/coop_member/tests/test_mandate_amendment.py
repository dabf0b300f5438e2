# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from unittest.mock import patch

from lxml import etree

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from .. import mandate_use
from ..mandate_amendment import amend
from . import factories

TODAY = dt.date(2022, 3, 15)
OLD = 'FR7630006000010000000000152'
SAME_BANK = 'FR7630006000010000000000249'
NEW = 'DE89370400440532013000'
MESSAGE = '''<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02">
<DrctDbtTxInf><PmtId><EndToEndId>1</EndToEndId></PmtId>
<DrctDbtTx><MndtRltdInf><MndtId>R1</MndtId></MndtRltdInf></DrctDbtTx>
</DrctDbtTxInf>
<DrctDbtTxInf><PmtId><EndToEndId>2</EndToEndId></PmtId>
<DrctDbtTx><MndtRltdInf><MndtId>R2</MndtId></MndtRltdInf></DrctDbtTx>
</DrctDbtTxInf>
</Document>'''


def told(message):
    "Return {mandate: what the message tells of its former account}"
    root = etree.fromstring(message)
    return {
        m.findtext('./{*}MndtId'): (
            m.findtext('./{*}AmdmntInd'),
            m.findtext('./{*}AmdmntInfDtls/{*}OrgnlDbtrAcct/{*}Id/{*}IBAN')
            or m.findtext('./{*}AmdmntInfDtls/{*}OrgnlDbtrAcct/{*}Id'
                '/{*}Othr/{*}Id'))
        for m in root.iter('{*}MndtRltdInf')}


class AmendMessageTestCase(unittest.TestCase):
    "Test what is written in the message"

    def test_amend(self):
        for former in [OLD, 'SMNDA']:
            message = amend(MESSAGE, {'2': former})
            self.assertEqual(told(message.encode()), {
                    'R1': (None, None), 'R2': ('true', former)})


class MandateAmendmentTestCase(factories.CoopTestCase):
    "Test the mandate of a debtor who changes banks"

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(
                mandate_use, 'today', return_value=TODAY))

    def send(self, journal, mandate):
        "Return the group of a direct debit that was sent"
        pool = Pool()
        Group = pool.get('account.payment.group')
        Payment = pool.get('account.payment')
        payments = factories.direct_debits(journal, [mandate], date=TODAY)
        Payment.submit(payments)
        group, = Group.create([{
                    'company': journal.company.id, 'journal': journal.id,
                    'kind': 'receivable'}])
        Payment.process(payments, lambda: group)
        return Group(group.id)

    def told(self, group):
        return list(told(group.sepa_messages[-1].message).values())

    @with_transaction()
    def test_told_once(self):
        "The first collection after it tells the bank, not the next"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Payment = pool.get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            journal = factories.sepa_journal(company)
            for name, number, former in [
                    ("Ann", NEW, 'SMNDA'),
                    ("Bob", SAME_BANK, OLD)]:
                party = factories.person(name)
                mandate = factories.mandate(party, OLD) if (
                    name == "Ann") else factories.mandate(
                        party, account_number=self.other(party))
                new = factories.iban(
                    party, number,
                    'AGRIFRPPXXX' if number == SAME_BANK else 'COBADEFFXXX')
                self.assertEqual(
                    self.told(self.send(journal, mandate)), [(None, None)])
                Mandate.amend([mandate], new)
                mandate = Mandate(mandate.id)
                self.assertEqual(
                    (mandate.state, mandate.account_number),
                    ('validated', new))
                group = self.send(journal, mandate)
                (flag, account), = self.told(group)
                self.assertEqual(flag, 'true')
                self.assertEqual(account, former)
                mandate = Mandate(mandate.id)
                self.assertIsNone(mandate.former_account)
                # Rejected before the bank of the debtor knew of it
                Payment.write(list(group.payments), {
                        'state': 'failed', 'sepa_return_reason_code': 'AM04',
                        'sepa_return_reason_information': '/RTYP/RJCT'})
                self.assertEqual(
                    self.told(self.send(journal, mandate)),
                    [('true', former)])
                self.assertEqual(
                    self.told(self.send(journal, Mandate(mandate.id))),
                    [(None, None)])

    def other(self, party):
        "An account of the same bank: an IBAN is there only once"
        Number = Pool().get('bank.account.number')
        number, = Number.search([('number_compact', '=', OLD)])
        account = number.account
        account.owners = [*account.owners, party]
        account.save()
        return number.id

    @with_transaction()
    def test_never_presented(self):
        "The bank knows no former account of a mandate that was not presented"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        company = factories.cooperative()
        with set_company(company):
            party = factories.person("Ann")
            mandate = factories.mandate(party, OLD)
            Mandate.amend(
                [mandate], factories.iban(party, NEW, 'COBADEFFXXX'))
            self.assertIsNone(Mandate(mandate.id).former_account)

    @with_transaction()
    def test_change_of_iban(self):
        "The member chooses: the mandate goes on, or another is signed"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Mandate = pool.get('account.payment.sepa.mandate')
        company = factories.cooperative()
        with set_company(company):
            journal = factories.sepa_journal(company)
            member, = factories.members(company, 1)
            mandate = factories.mandate(member.party, OLD)
            self.send(journal, mandate)
            confirms = factories.user(
                'confirms', 'accountant', company=company)
            change, = Change.create([{
                        'member': member.id, 'iban': NEW,
                        'amends_mandates': True}])
            Change.request([change])
            with factories.as_user(confirms):
                Change.confirm([Change(change.id)])
            mandate, = Mandate.search([])
            self.assertEqual(
                (mandate.state, mandate.account_number.number_compact,
                    mandate.former_account.number_compact),
                ('validated', NEW, OLD))
