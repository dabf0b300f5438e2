# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The duplicate of an invoice whose VAT is taken back, as it is lost.

CGI 272-1: the VAT of what is lost for good comes back once the client has
been sent a duplicate of the invoice which says what of it is unpaid, so that
they do not deduct it.
"""
from types import SimpleNamespace

from trytond.i18n import gettext
from trytond.modules.coop_member.letter_report import LetterReport
from trytond.pool import Pool

from . import identity


class BadDebtDuplicate(LetterReport):
    __name__ = 'coop.bad_debt.duplicate'

    @classmethod
    def letter_member(cls, record):
        # It goes to a client, who needs not be a member
        return SimpleNamespace(party=record.client, company=record.company)

    @classmethod
    def letters(cls, company, records, data):
        """Tell what the invoice said, and what of it is unpaid.

        :raises BadDebtError: when it is not lost, or no VAT is taken back
        """
        Lang = Pool().get('ir.lang')
        result = {}
        for record in records:
            invoice = record.invoice
            net, tax = (0, 0)
            if record.state == 'lost':
                net, tax = record.taken_back()
            if not tax:
                record._raise('duplicate')
            money = Lang.get().currency
            result[record.id] = {
                'bad_debt': record,
                'invoice': invoice,
                'unpaid': gettext(
                    'coop_settlement.msg_bad_debt_unpaid',
                    net=money(net, invoice.currency),
                    tax=money(tax, invoice.currency)),
                'seller_numbers': identity.told(company.party),
                'buyer_numbers': identity.told(invoice.party),
                'buyer_address': ', '.join(
                    invoice.invoice_address.full_address.splitlines()),
                'comments': (invoice.comment or '').splitlines(),
                }
        return result
