# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Why a bank returns a direct debit, without Tryton

The codes of ISO 20022 that the SEPA direct debit schemes use (EPC guidance on
reason codes for SEPA direct debit R-transactions). What may be presented again
as it is: where money was missing, or the bank gave no reason or had a failure.
The others ask for something first: another account, a mandate, the debtor.
"""
REASONS = {
    'AC01': "AC01 Account Number Incorrect",
    'AC04': "AC04 Account Closed",
    'AC06': "AC06 Account Blocked",
    'AC13': "AC13 Account of a Consumer",
    'AG01': "AG01 No Direct Debit on This Account",
    'AG02': "AG02 Operation Code Incorrect",
    'AM04': "AM04 Insufficient Funds",
    'AM05': "AM05 Debited Twice",
    'BE05': "BE05 Creditor Identifier Incorrect",
    'CNOR': "CNOR Bank of the Creditor Unknown",
    'DNOR': "DNOR Bank of the Debtor Unknown",
    'ED05': "ED05 Settlement Failed",
    'FF01': "FF01 File Format Incorrect",
    'FF05': "FF05 Direct Debit Type Incorrect",
    'MD01': "MD01 No Mandate, or Not Authorised",
    'MD02': "MD02 Mandate Data Missing or Incorrect",
    'MD06': "MD06 Refund Asked for by the Debtor",
    'MD07': "MD07 Debtor Deceased",
    'MS02': "MS02 Refused by the Debtor",
    'MS03': "MS03 Reason Not Specified",
    'RC01': "RC01 Bank Identifier Incorrect",
    'RR01': "RR01 Debtor Account or Identifier Missing",
    'RR02': "RR02 Debtor Name or Address Missing",
    'RR03': "RR03 Creditor Name or Address Missing",
    'RR04': "RR04 Regulatory Reason",
    'SL01': "SL01 Limits Set by the Debtor at the Bank",
    'TM01': "TM01 Received after the Cut-off Time",
    }
PRESENTED_AGAIN = {'AM04', 'ED05', 'MS03', 'TM01'}


def may_present_again(code):
    "Whether what was returned with a code may be presented again as it is"
    return code in PRESENTED_AGAIN
