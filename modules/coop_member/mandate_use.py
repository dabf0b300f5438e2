# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Until when, and for whom, a direct debit mandate may be used

It serves all that is debited of anybody, not only of members.
"""
from sql import Literal, Null
from sql.aggregate import Max
from sql.conditionals import Case, Coalesce

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from . import mandate_lapse
from .event import today
from .exceptions import MandateError

# The statuses of members and the identifiers that only businesses have
PROFESSIONAL = ['micro', 'sole_trader', 'company']
BUSINESS_IDENTIFIERS = [
    'be_vat', 'ch_vat', 'eu_vat', 'fr_siren', 'fr_siret', 'fr_tva', 'gb_vat']


class Mandate(metaclass=PoolMeta):
    __name__ = 'account.payment.sepa.mandate'
    presented_before = fields.Date("Last Presented Elsewhere",
        help="By the software used before this one: "
        "it counts for the 36 months.")
    last_presented = fields.Function(fields.Date("Last Presented",
            help="The due date of the last direct debit sent to the bank, "
            "also if it was returned."))
    lapses_on = fields.Function(fields.Date("May Be Used until",
            help="A mandate lapses 36 months after it was last presented, "
            "or after its signature if it never was."),
        'on_change_with_lapses_on')
    lapsed = fields.Function(fields.Boolean("Lapsed",
            help="It was not used for 36 months: "
            "a new mandate must be signed."))
    refund_right = fields.Function(
        fields.Text("Right to Be Refunded"), 'on_change_with_refund_right')

    @classmethod
    def column_last_presented(cls, tables):
        mandate, _ = tables[None]
        payment = Pool().get('account.payment').__table__()
        # The type of the sequence is set when the payment is sent
        return Coalesce(payment.select(Max(payment.date),
                where=(payment.sepa_mandate == mandate.id)
                & (payment.sepa_mandate_sequence_type != Null)), Null)

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('lapsed', False) & (Eval('state') == 'validated'),
                    'warning', '')),
            ]

    @classmethod
    def column_lapsed(cls, tables):
        mandate, _ = tables[None]
        since = mandate_lapse.used_since(
            today(Transaction().context.get('company')))
        used = Coalesce(
            cls.column_last_presented(tables), mandate.presented_before,
            mandate.signature_date)
        return Case(
            ((mandate.state == 'validated') & (used < since), Literal(True)),
            else_=Literal(False))

    @fields.depends('last_presented', 'presented_before', 'signature_date')
    def on_change_with_lapses_on(self, name=None):
        used = (
            self.last_presented or self.presented_before
            or self.signature_date)
        return mandate_lapse.last_day(used) if used else None

    @fields.depends('scheme')
    def on_change_with_refund_right(self, name=None):
        if self.scheme:
            return gettext(
                f'coop_member.msg_mandate_refund_{self.scheme.lower()}')

    @property
    def is_valid(self):
        return super().is_valid and not self.lapsed

    @classmethod
    def validate_fields(cls, mandates, field_names):
        super().validate_fields(mandates, field_names)
        if not field_names or field_names & {'scheme', 'party', 'state'}:
            cls._check_professional(mandates)

    @classmethod
    @without_check_access
    def _check_professional(cls, mandates):
        """Refuse the B2B scheme to debtors who may be consumers.

        SEPA B2B Direct Debit Scheme Rulebook, section 2.3: the debtors are
        businesses; who opts for it has no right to be refunded.
        """
        business = [
            m for m in mandates
            if m.scheme == 'B2B' and m.state != 'cancelled']
        if not business:
            return
        professionals = cls.professionals({m.party.id for m in business})
        for mandate in business:
            if mandate.party.id not in professionals:
                raise MandateError(gettext(
                        'coop_member.msg_mandate_b2b',
                        mandate=mandate.rec_name,
                        party=mandate.party.rec_name,
                        **cls.__names__('scheme')))

    @classmethod
    def professionals(cls, parties):
        "Return the ids of the parties that act as professionals"
        pool = Pool()
        Identifier = pool.get('party.identifier')
        Member = pool.get('coop.member')
        parties = list(parties)
        members = Member.search([
                ('party', 'in', parties),
                ['OR',
                    ('legal_person', '=', True),
                    ('professional_status', 'in', PROFESSIONAL),
                    ],
                ])
        identifiers = Identifier.search([
                ('party', 'in', parties),
                ('type', 'in', BUSINESS_IDENTIFIERS),
                ])
        return {r.party.id for r in [*members, *identifiers]}


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'
    mandate_scheme = fields.Function(
        fields.Selection('get_mandate_schemes', "Scheme", states={
                'invisible': ~Eval('mandate_scheme'),
                }),
        'on_change_with_mandate_scheme')

    @classmethod
    def get_mandate_schemes(cls):
        Mandate = Pool().get('account.payment.sepa.mandate')
        return [(None, "")] + Mandate.fields_get(
            ['scheme'])['scheme']['selection']

    @fields.depends('sepa_mandate', '_parent_sepa_mandate.scheme')
    def on_change_with_mandate_scheme(self, name=None):
        return self.sepa_mandate.scheme if self.sepa_mandate else None

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, payments):
        cls._check_lapse(payments)
        super().submit(payments)

    @classmethod
    @Workflow.transition('processing')
    def process(cls, payments, group=None):
        # A mandate may lapse, or the date move, in the meantime
        cls._check_lapse(payments)
        return super().process(payments, group=group)

    @classmethod
    def _check_lapse(cls, payments):
        "Refuse the payments by mandates that will have lapsed at their date"
        payments = [
            p for p in payments
            if p.kind == 'receivable' and p.process_method == 'sepa']
        lapsed = []
        for payment, mandate in zip(payments, cls.get_sepa_mandates(payments)):
            if not mandate:
                mandate = payment._lapsed_mandate()
            elif mandate.lapses_on >= payment.date:
                mandate = None
            if mandate:
                lapsed.append((payment, mandate))
        if lapsed:
            raise MandateError(gettext(
                    'coop_member.msg_mandate_lapsed',
                    payments=', '.join(
                        f'{p.rec_name} ({p.party.rec_name}, {m.rec_name})'
                        for p, m in lapsed)))

    def _lapsed_mandate(self):
        "Return the mandate that would have served, had it been used"
        mandates = [self.sepa_mandate] if self.sepa_mandate else (
            self.party.sepa_mandates_for(self))
        return next((m for m in mandates if m.lapsed), None)
