# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Why a member is not paid now: insolvency, or what somebody has noted"
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CompanyMixin
from trytond.modules.coop_member.event import today
from trytond.pyson import Eval, If


class PaymentBlock(CompanyMixin, ModelSQL, ModelView):
    __name__ = 'coop.payment.block'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE',
        domain=[('company', '=', Eval('company', -1))])
    kind = fields.Selection([
            ('insolvency', "Insolvency"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False,
        help="Insolvency: who is to be paid is asked of the administrator "
        "(C. com. L622-24, L641-9).")
    start_date = fields.Date("From", required=True)
    end_date = fields.Date("Until",
        domain=[If(Eval('end_date') & Eval('start_date'),
                ('end_date', '>=', Eval('start_date', None)), ())])
    reason = fields.Char("Reason", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_kind(cls):
        return 'insolvency'

    @classmethod
    def default_start_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    def get_rec_name(self, name):
        return f"{self.member.rec_name} - {self.reason}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR', ('member.rec_name', *clause[1:]),
            ('reason', *clause[1:])]

    @classmethod
    def reasons(cls, members, date):
        """Return {member: (why nobody is paid, why they are not paid)}.

        Individual payments stop at the insolvency of the member, those to
        creditors too (C. com. L622-21). Anything else is between the member
        and the cooperative: who has seized is paid. An IBAN that was asked
        for is not used before somebody else has confirmed it
        (coop.iban.change).
        """
        blocks = cls.at(members, date)
        result = {}
        for member in members:
            blocked, held = result[member] = [], []
            for block in blocks[member.id]:
                reasons = blocked if block.kind == 'insolvency' else held
                reasons.append(gettext(
                        f'coop_settlement.msg_run_block_{block.kind}',
                        reason=block.reason))
            if not any(
                    n.type == 'iban' for a in member.party.bank_accounts_used
                    for n in a.numbers):
                held.append(gettext('coop_settlement.msg_run_iban'))
        return result

    @classmethod
    def at(cls, members, date):
        "Return {member id: blocks} of those that count at a date"
        result = defaultdict(list)
        for block in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('start_date', '<=', date),
                    ['OR',
                        ('end_date', '=', None),
                        ('end_date', '>=', date),
                        ],
                    ]):
            result[block.member.id].append(block)
        return result
