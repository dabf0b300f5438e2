# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The VAT status of each member, by date.

The tax of what a member sells follows from the status at the date of
service, never from a choice on the bill.
"""
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.coop_member.company import CompanyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Eval

from . import identity
from .exceptions import VatStatusError

STATUSES = [
    ('franchise', "Franchise"),
    ('receipts', "VAT on Receipts"),
    ('debits', "VAT on Debits"),
    ('reverse_charge', "Reverse Charge"),
    ('none', "Outside VAT"),
    ]
# The tax of the configuration that a status asks for
TAXED = {
    'receipts': 'receipts_tax',
    'debits': 'debits_tax',
    'reverse_charge': 'reverse_charge_tax',
    }


class VatStatus(CompanyMixin, ModelSQL, ModelView):
    __name__ = 'coop.vat.status'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0})
    date = fields.Date("From", required=True,
        help="The first day of service to which it applies.")
    status = fields.Selection(
        STATUSES, "VAT Status", required=True, sort=False)
    status_string = status.translated('status')
    reason = fields.Char("Reason",
        help="What the status follows from: an option, a threshold passed, "
        "the text of an exemption...")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_date_unique', Unique(t, t.member, t.date),
                'coop_settlement.msg_vat_status_unique'))
        cls._sql_indexes.add(
            Index(t, (t.member, Index.Equality()),
                (t.date, Index.Range(order='DESC'))))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return (
            f"{self.member.rec_name} - {self.status_string} "
            f"{lang.strftime(self.date)}")

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name', 'reason')

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        if field_names and not {'member', 'status'} & set(field_names):
            return
        for record in records:
            if record.status in TAXED and not identity.vat_number(
                    record.member.party):
                raise VatStatusError(gettext(
                        'coop_settlement.msg_vat_status_number',
                        member=record.member.rec_name,
                        status=record.status_string))

    @classmethod
    def at(cls, members, date):
        """Return {member: the record in force at a date, or None}.

        :param members: list of coop.member
        :param date: of service
        """
        found = {}
        for record in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('date', '<=', date),
                    ], order=[('date', 'ASC')]):
            found[record.member.id] = record
        return {m: found.get(m.id) for m in members}

    @classmethod
    def taxes_for(cls, member, date, kind='work'):
        """Return the purchase taxes of what a member sells.

        :param member: the coop.member
        :param date: of service
        :param kind: that of the line of the settlement
        :raises VatStatusError: when the status at the date is not known, or
            the configuration has no tax for it
        """
        status = cls.required(member, date)
        return status.taxes(kind)

    @classmethod
    def required(cls, member, date):
        """Return the record in force at a date.

        :raises VatStatusError: when there is none
        """
        status = cls.at([member], date)[member]
        if not status:
            raise VatStatusError(gettext(
                    'coop_settlement.msg_vat_status_missing',
                    member=member.rec_name,
                    date=Pool().get('ir.lang').get().strftime(date)))
        return status

    def taxes(self, kind='work'):
        "Return the purchase taxes that the status asks for"
        if self.status not in TAXED:
            return []
        Configuration = Pool().get('coop.configuration')
        tax = Configuration(1).get_multivalue(
            TAXED[self.status], company=self.company.id)
        if not tax:
            raise VatStatusError(gettext(
                    'coop_settlement.msg_vat_status_tax',
                    status=self.status_string, member=self.member.rec_name))
        return [tax]

    @property
    def on_receipts(self):
        "Whether the cooperative deducts the VAT when it has paid"
        # CGI 269-2 c and 271 I-2: the right to deduct arises when the tax
        # becomes due, for services at the payment but for the option
        return self.status == 'receipts'

    @property
    def mention(self):
        "What a bill of the member has to say, or None"
        if self.status in {'franchise', 'reverse_charge', 'debits'}:
            return gettext(
                f'coop_settlement.msg_vat_mention_{self.status}')
        elif self.status == 'none':
            return self.reason
