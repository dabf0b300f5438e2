# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The quotation on paper, in the brand of the cooperative"
from trytond.modules.coop_member.letter_report import LetterReport


class QuotationReport(LetterReport):
    __name__ = 'coop.mission.quotation.letter'

    @classmethod
    def letter_member(cls, quotation):
        return quotation

    @classmethod
    def letters(cls, company, quotations, data):
        return {
            q.id: {
                'quotation': q, 'demand': q.demand,
                'lines': q.client_lines(),
                'members': list(dict.fromkeys(
                        line.offer.member for line in q.lines)),
                }
            for q in quotations}
