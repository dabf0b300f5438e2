# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The bill on paper, with what the law wants it to say"
from collections import defaultdict
from decimal import Decimal

from trytond.modules.coop_member.letter_report import LetterReport
from trytond.pool import Pool

from . import identity


class BillReport(LetterReport):
    __name__ = 'coop.bill.letter'

    @classmethod
    def letter_member(cls, bill):
        return bill.member

    @classmethod
    def letters(cls, company, bills, data):
        """Tell what CGI ann. II 242 nonies A asks for.

        Seller and buyer with address and number, the date of service, the
        tax by rate, or why there is none, and that it is self-billed.
        """
        VatStatus = Pool().get('coop.vat.status')
        result = {}
        for bill in bills:
            statuses = {
                l.date: VatStatus.required(bill.member, l.date)
                for l in bill.lines}
            taxes = defaultdict(Decimal)
            if bill.invoice:
                for tax in bill.invoice.taxes:
                    taxes[tax.description or tax.tax.rec_name, tax.base] += (
                        tax.amount)
            result[bill.id] = {
                'bill': bill,
                'lines': sorted(bill.lines, key=lambda l: (l.date, l.id)),
                'taxes': [
                    (name, base, amount)
                    for (name, base), amount in taxes.items()],
                'mentions': sorted({
                        s.mention for s in statuses.values() if s.mention}),
                'seller': bill.member.party,
                'seller_address': cls.address(bill.member.party),
                'seller_numbers': identity.told(bill.member.party),
                'buyer_address': cls.address(company.party),
                'buyer_numbers': identity.told(company.party),
                }
        return result

    @classmethod
    def address(cls, party):
        address = party.address_get(type='invoice')
        return ', '.join(
            address.full_address.splitlines()) if address else ''
