# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The billing mandate on paper, to be signed by both.

CGI 289 I-2 and BOI-TVA-DECLA-30-20-10: it is written before the first bill,
tells the parties, the operations and the time it counts for, how long a bill
may be contested and who corrects one, that the seller stays liable for what
is billed and its VAT, and what the seller undertakes.
"""
from trytond.modules.coop_member.letter_report import LetterReport
from trytond.pool import Pool

from . import identity


class BillingMandateReport(LetterReport):
    __name__ = 'coop.billing.mandate.letter'

    @classmethod
    def letter_member(cls, mandate):
        return mandate.member

    @classmethod
    def letters(cls, company, mandates, data):
        Bill = Pool().get('coop.bill.letter', type='report')
        return {
            mandate.id: {
                'mandate': mandate,
                'parties': [
                    (party, Bill.address(party),
                        cls.codes(party, identity.COMPANY),
                        cls.codes(party, identity.VAT))
                    for party in [mandate.member.party, company.party]],
                } for mandate in mandates}

    @classmethod
    def codes(cls, party, types):
        "Return the numbers of a party of some types"
        return ', '.join(i.code for i in identity.numbers(party, types))
