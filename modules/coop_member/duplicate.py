# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who is perhaps already a member.

The same party or identifier in a company is refused; the same name and birth
date, or the same e-mail, is a warning for a person who can judge it, and a
flag where nobody is there to be warned.
"""
from collections import defaultdict

from sql import Literal
from sql.functions import Lower

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import DuplicateMemberWarning, MemberValidationError
from .ledger import SLICE


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    possible_duplicate = fields.Boolean("Possible Duplicate",
        help="Perhaps the same person as another member: "
        "compare, then untick.")
    similar = fields.Function(
        fields.Many2Many('coop.member', None, None, "Similar Members",
            states={'invisible': ~Eval('possible_duplicate', False)},
            help="Members with the same name and birth date, or e-mail."),
        'get_similar')

    @classmethod
    def default_possible_duplicate(cls):
        return False

    @classmethod
    def get_similar(cls, members, name):
        similar = cls.similar_members(members)
        return {m.id: similar.get(m.id, []) for m in members}

    @classmethod
    def similar_members(cls, members):
        """Return {member id: [ids]} of others of the company alike.

        They have the same name and birth date, or an e-mail in common.
        """
        cursor = Transaction().connection.cursor()
        similar = defaultdict(set)
        for sub in grouped_slice(members, SLICE):
            ids = [m.id for m in sub]
            for query in [cls._same_name(ids), cls._same_email(ids)]:
                cursor.execute(*query)
                for member, other in cursor:
                    similar[member].add(other)
        return {m: sorted(others) for m, others in similar.items()}

    @classmethod
    def _pairs(cls, ids):
        "Return (member, other, condition) of the pairs in one company"
        member, other = cls.__table__(), cls.__table__()
        return member, other, (
            fields.SQL_OPERATORS['in'](member.id, ids)
            & (member.company == other.company)
            & (member.id != other.id))

    @classmethod
    def _same_name(cls, ids):
        Party = Pool().get('party.party')
        member, other, where = cls._pairs(ids)
        party, other_party = Party.__table__(), Party.__table__()
        return (member
            .join(party, condition=party.id == member.party)
            .join(other, condition=other.birth_date == member.birth_date)
            .join(other_party, condition=other_party.id == other.party)
            .select(member.id, other.id,
                where=where
                & (Lower(party.name) == Lower(other_party.name))))

    @classmethod
    def _same_email(cls, ids):
        Mechanism = Pool().get('party.contact_mechanism')
        member, other, where = cls._pairs(ids)
        email, other_email = Mechanism.__table__(), Mechanism.__table__()
        return (member
            .join(email, condition=(email.party == member.party)
                & (email.type == 'email'))
            .join(other_email,
                condition=(Lower(other_email.value) == Lower(email.value))
                & (other_email.type == 'email'))
            .join(other, condition=other.party == other_email.party)
            .select(member.id, other.id,
                where=where
                & (email.active == Literal(True))
                & (other_email.active == Literal(True))))

    @classmethod
    def validate_fields(cls, members, field_names):
        super().validate_fields(members, field_names)
        if not field_names or field_names & {'party', 'company'}:
            cls.check_identifiers(members)
        if not field_names or field_names & {
                'party', 'company', 'birth_date'}:
            cls.warn_similar(members)

    @classmethod
    def check_identifiers(cls, members):
        """Refuse an identifier that another member of the company has.

        :raises MemberValidationError: naming both and the identifier
        """
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(members, SLICE):
            cursor.execute(*cls._same_identifier([m.id for m in sub]))
            for member, other, identifier in cursor.fetchall():
                identifier = Pool().get('party.identifier')(identifier)
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_identifier_unique',
                        member=cls(member).rec_name,
                        other=cls(other).rec_name,
                        type=identifier.type_string,
                        code=identifier.code))

    @classmethod
    def _same_identifier(cls, ids):
        Identifier = Pool().get('party.identifier')
        member, other, where = cls._pairs(ids)
        code, other_code = Identifier.__table__(), Identifier.__table__()
        return (member
            .join(code, condition=code.party == member.party)
            .join(other_code,
                condition=(other_code.code_compact == code.code_compact)
                & (other_code.type == code.type))
            .join(other, condition=other.party == other_code.party)
            .select(member.id, other.id, code.id,
                where=where
                & (code.active == Literal(True))
                & (other_code.active == Literal(True)),
                limit=1))

    @classmethod
    def warn_similar(cls, members):
        """Warn of members who look alike, for a person to compare them.

        A change of legal form makes a new member of the same name.
        """
        Warning = Pool().get('res.user.warning')
        members = [m for m in members if not m.predecessor]
        similar = cls.similar_members(members)
        for member in members:
            if member.id not in similar or member.possible_duplicate:
                continue
            key = Warning.format('member_similar', [member])
            if Warning.check(key):
                raise DuplicateMemberWarning(key, gettext(
                        'coop_member.msg_member_similar',
                        member=member.rec_name,
                        others=', '.join(
                            m.rec_name for m in cls.browse(
                                similar[member.id][:5]))))


class Identifier(metaclass=PoolMeta):
    __name__ = 'party.identifier'

    @classmethod
    def validate_fields(cls, identifiers, field_names):
        Member = Pool().get('coop.member')
        super().validate_fields(identifiers, field_names)
        if not field_names or field_names & {
                'type', 'code', 'party', 'active'}:
            Member.check_identifiers(Member.search([
                        ('party', 'in', [i.party.id for i in identifiers]),
                        ]))
