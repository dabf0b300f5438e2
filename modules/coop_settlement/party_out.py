# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A member who is owed, or a creditor, is not erased; a creditor is replaced"
from trytond.i18n import gettext
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('coop.seizure', 'creditor'),
            ('coop.fund.advance', 'client'),
            ('coop.settlement.year_end.line', 'party'),
            ]


class ReplacePayment(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('coop.payment.run.part', 'client')]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Bill = pool.get('coop.bill')
        Fund = pool.get('coop.fund.movement')
        Seizure = pool.get('coop.seizure')
        super().check_erase_company(party, company)
        bills = Bill.search([
                ('member.party', '=', party.id),
                ('company', '=', company.id),
                ('state', 'in', ['proposed', 'accepted', 'contested']),
                ], limit=1)
        if bills:
            raise EraseError(gettext(
                    'coop_settlement.msg_erase_bill', party=party.rec_name,
                    company=company.rec_name, bill=bills[0].rec_name))
        if Fund.owed(company).get(party.id):
            raise EraseError(gettext(
                    'coop_settlement.msg_erase_fund', party=party.rec_name,
                    company=company.rec_name))
        seizures = Seizure.search([
                ('company', '=', company.id),
                ('state', '=', 'active'),
                ['OR',
                    ('member.party', '=', party.id),
                    ('creditor', '=', party.id),
                    ],
                ], limit=1)
        if seizures:
            raise EraseError(gettext(
                    'coop_settlement.msg_erase_seizure', party=party.rec_name,
                    company=company.rec_name,
                    seizure=seizures[0].rec_name))

    def to_erase(self, party_id):
        "Bills are kept as the law wants; what was written beside them goes"
        pool = Pool()
        Bill = pool.get('coop.bill')
        Block = pool.get('coop.payment.block')
        return super().to_erase(party_id) + [
            (Bill, [('member.party', '=', party_id)], True,
                ['contest_reason'], [None]),
            (Block, [('member.party', '=', party_id)], True,
                ['reason'], ['']),
            ]
