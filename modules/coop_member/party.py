# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Parties that are members: who may stand for them, replacing and erasing."""
from dateutil.relativedelta import relativedelta
from sql.aggregate import Max

from trytond import backend
from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction, inactive_records

from .application import REFERRING
from .event import today
from .exceptions import MemberValidationError


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def validate_fields(cls, members, field_names):
        super().validate_fields(members, field_names)
        if not field_names or field_names & {'party', 'representative'}:
            cls.check_representative([m for m in members if m.representative])
        if not field_names or 'referrer' in field_names:
            cls.check_referrer([m for m in members if m.referrer])

    @classmethod
    def check_representative(cls, members):
        """Refuse a representative who is the member or a legal person.

        :raises MemberValidationError: naming both
        """
        Company = Pool().get('company.company')
        if not members:
            return
        ids = [m.representative.id for m in members]
        legal = {m.party for m in cls.search([
                    ('party', 'in', ids), ('legal_person', '=', True)])}
        legal |= {c.party for c in Company.search([('party', 'in', ids)])}
        for member in members:
            if member.representative == member.party:
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_representative_party',
                        member=member.rec_name))
            if member.representative in legal:
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_representative_natural',
                        member=member.rec_name,
                        representative=member.representative.rec_name))

    @classmethod
    def check_modification(cls, mode, members, values=None, external=False):
        super().check_modification(
            mode, members, values=values, external=external)
        if not external:
            # an import has referrers who have left since
            return
        if mode == 'create':
            cls.check_referrer_state([
                    (m, m.referrer) for m in members if m.referrer])
        elif mode == 'write' and values.get('referrer'):
            referrer = cls(values['referrer'])
            cls.check_referrer_state([(m, referrer) for m in members])

    @classmethod
    def check_referrer_state(cls, pairs):
        """Refuse a referrer who is not a member now.

        :param pairs: list of (member, referrer)
        :raises MemberValidationError: naming both
        """
        for member, referrer in pairs:
            if referrer.state not in REFERRING:
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_referrer_state',
                        member=member.rec_name, referrer=referrer.rec_name))

    @classmethod
    def check_referrer(cls, members):
        """Refuse two members who refer each other.

        :raises MemberValidationError: naming both
        """
        for member in members:
            if member.referrer.referrer == member:
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_referrer_circle',
                        member=member.rec_name,
                        referrer=member.referrer.rec_name))

    @property
    def retention_end(self):
        """The last day on which name and number are kept, None for no day.

        Counted from the last day of membership or the last movement of the
        capital: a leaver is held for what was due (Code de commerce,
        art. L231-6). Who was never a member is not kept.
        """
        Configuration = Pool().get('coop.configuration')
        dates = [d for d in [self.leaving_date, self._last_movement()] if d]
        if not dates:
            return None
        years = Configuration(1).get_multivalue(
            'retention_years', company=self.company.id)
        return max(dates) + relativedelta(years=years or 0)

    def _last_movement(self):
        movement = Pool().get('coop.share.movement').__table__()
        cursor = Transaction().connection.cursor()
        query = movement.select(Max(movement.date).as_('date'),
            where=movement.member == self.id)
        if backend.name == 'sqlite':
            sqlite_apply_types(query, ['DATE'])
        cursor.execute(*query)
        date, = cursor.fetchone()
        return date


def kept(party_id):
    "Return the member whose name is kept the longest from today, or None"
    members = Pool().get('coop.member').search([('party', '=', party_id)])
    members = [
        (m.retention_end, m) for m in members
        if m.retention_end and m.retention_end >= today(m.company.id)]
    if members:
        return max(members, key=lambda i: i[0])[1]


def undeclared(date):
    """Return the first day of the income that may still be to declare.

    Form 2561 is sent by 15 February of the next year (CGI ann. III,
    art. 49 F).
    """
    year = date.year - 1 if (date.month, date.day) <= (2, 15) else date.year
    return date.replace(year=year, month=1, day=1)


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    def transition_replace(self):
        self.check_members()
        return super().transition_replace()

    def check_members(self):
        """Refuse to make one party of two members of a company.

        :raises MemberValidationError: naming both and the remedy
        """
        Member = Pool().get('coop.member')
        source, destination = self.ask.source, self.ask.destination
        members = {
            m.company: m for m in Member.search([
                    ('party', '=', source.id)])}
        for other in Member.search([('party', '=', destination.id)]):
            if other.company in members:
                raise MemberValidationError(gettext(
                        'coop_member.msg_party_replace_members',
                        source=source.rec_name,
                        destination=destination.rec_name,
                        source_number=members[other.company].number,
                        destination_number=other.number,
                        company=other.company.rec_name))

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('coop.member', 'party'),
            ('coop.member', 'representative'),
            ('coop.share.repayment', 'payee'),
            ]


class EraseAsk(metaclass=PoolMeta):
    __name__ = 'party.erase.ask'
    retention = fields.Function(fields.Text(
            "Kept",
            states={'invisible': ~Bool(Eval('retention'))}),
        'on_change_with_retention')

    @fields.depends('party')
    def on_change_with_retention(self, name=None):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Lang = pool.get('ir.lang')
        member = kept(self.party.id) if self.party else None
        if not member:
            return ''
        return gettext(
            'coop_member.msg_party_erase_retention',
            date=Lang.get().strftime(member.retention_end),
            years=Configuration(1).get_multivalue(
                'retention_years', company=member.company.id),
            company=member.company.rec_name)


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        self._check_repayments(party, company)
        super().check_erase_company(party, company)
        members = Member.search([
                ('party', '=', party.id), ('company', '=', company.id)])
        for member in members:
            values = {
                'party': party.rec_name, 'number': member.number,
                'company': company.rec_name}
            if member.state not in {'left', 'refused'}:
                raise EraseError(gettext(
                        'coop_member.msg_party_erase_state', **values))
            positions = Movement.positions(company, members=[member])
            if any(positions.values()):
                raise EraseError(gettext(
                        'coop_member.msg_party_erase_holding', **values))

    def _check_repayments(self, party, company):
        "An heir to be paid, or declared, is no member but must be known"
        Repayment = Pool().get('coop.share.repayment')
        for message, domain in [
                ('repayment', [('state', 'in', ['draft', 'approved'])]),
                ('interest', [
                        ('state', '=', 'paid'),
                        ('interest', '!=', 0),
                        ('paid_on', '>=', undeclared(today(company.id))),
                        ]),
                ]:
            repayments = Repayment.search([
                    ('company', '=', company.id),
                    ('payee', '=', party.id),
                    domain], limit=1)
            for repayment in repayments:
                raise EraseError(gettext(
                        f'coop_member.msg_party_erase_{message}',
                        party=party.rec_name, company=company.rec_name,
                        repayment=repayment.rec_name))

    def to_erase(self, party_id):
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Event = pool.get('coop.member.event')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        Number = pool.get('bank.account.number')
        Party = pool.get('party.party')
        to_erase = super().to_erase(party_id)
        of_member = [('member.party', '=', party_id)]
        to_erase += [
            (Member, [('party', '=', party_id)], True,
                ['birth_date', 'application_note'], [None, None]),
            (Change, of_member, True,
                ['iban', 'bic', 'reason'], ['****', None, None]),
            (Number, [('id', 'in', self._numbers(party_id))], True,
                ['type', 'number', 'number_compact'],
                ['other', '****', None]),
            ]
        if kept(party_id):
            # the name only stays, its notes and attachments go
            to_erase = [
                (Model, domain, resource, [], []) if Model == Party
                else (Model, domain, resource, columns, values)
                for Model, domain, resource, columns, values in to_erase]
        else:
            to_erase += [
                (Event, of_member, True, ['reason'], [None]),
                (Movement, of_member, True, ['note'], [None]),
                ]
        return to_erase

    def _numbers(self, party_id):
        "Return the ids of bank account numbers that nobody else owns"
        Account = Pool().get('bank.account')
        with inactive_records():
            accounts = Account.search([('owners', '=', party_id)])
            return [
                n.id for a in accounts for n in a.numbers
                if {o.id for o in a.owners} == {party_id}]
