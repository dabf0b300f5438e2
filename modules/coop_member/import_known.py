# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the database knows of what the files of an import name"
from sql import Null

from trytond import backend
from trytond.model import fields
from trytond.pool import Pool
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.tools.email_ import EmailNotValidError, validate_email
from trytond.transaction import Transaction

from . import capital
from .event import today
from .importer.layout import normalize
from .importer.problem import Category, Holder, Known, ShareClass
from .reference import creditor_reference

MANY = 1000
_IDENTIFIERS = {'siren': 'fr_siren', 'siret': 'fr_siret', 'vat': 'eu_vat'}


def _search(Model, field, values, *domain):
    "Return the records of any number of values"
    result = []
    for sub in grouped_slice(sorted(values), MANY):
        result += Model.search([(field, 'in', list(sub)), *domain], order=[])
    return result


def known(company, named, start):
    """Return the importer's Known of a company.

    :param named: what importer.plan.named returns
    :param start: date before which nothing is posted, or None
    """
    result = Known(
        today=today(company.id), opening_before=start,
        digits=company.currency.digits,
        valid_email=_valid_email, valid_phone=_valid_phone)
    _set_codes(result, company)
    members = _set_members(result, company, named['member'])
    _set_people(result, company, named['birth_date'])
    _set_parties(result, named)
    _set_mandates(result, company, named['mandate'])
    _set_movements(result, company, members, named['reference'])
    return result


def _set_codes(result, company):
    pool = Pool()
    Category_ = pool.get('coop.member.category')
    Class = pool.get('coop.share.class')
    Country = pool.get('country.country')
    Lang = pool.get('ir.lang')
    result.categories = {
        c.code: Category(c.code, c.minimum_age, c.activation)
        for c in Category_.search([('company', '=', company.id)])}
    result.classes = {
        c.code: ShareClass(
            c.code, tuple((n.date, n.value) for n in c.nominals),
            c.called_fraction, c.holder)
        for c in Class.search([('company', '=', company.id)])}
    result.countries = {c.code for c in Country.search([])}
    result.languages = {
        l.code for l in Lang.search([('translatable', '=', True)])}


def _set_members(result, company, numbers):
    "Set the members named and return their ids"
    Member = Pool().get('coop.member')
    members = _search(
        Member, 'number', numbers, ('company', '=', company.id))
    memberships = Member.memberships(members)
    for member in members:
        result.members[member.number] = Holder(
            member.number, member.party.name, bool(member.legal_person),
            tuple(memberships[member.id]))
    result.numbers = {
        m.number for m in _search(
            Member, 'payment_reference', map(creditor_reference, numbers),
            ('company', '=', company.id))}
    return [m.id for m in members]


def _set_people(result, company, birth_dates):
    Member = Pool().get('coop.member')
    for member in _search(
            Member, 'birth_date', birth_dates, ('company', '=', company.id)):
        name = normalize(member.party.name or '')
        result.people[name, member.birth_date] = member.rec_name


def _set_parties(result, named):
    pool = Pool()
    Party = pool.get('party.party')
    Identifier = pool.get('party.identifier')
    Number = pool.get('bank.account.number')
    Mechanism = pool.get('party.contact_mechanism')
    result.parties = {
        p.code for p in _search(Party, 'code', named['party'])}
    for column, type_ in _IDENTIFIERS.items():
        for identifier in _search(
                Identifier, 'code_compact', named[column],
                ('type', '=', type_)):
            party = identifier.party
            result.owners[type_, identifier.code_compact] = (
                party.code, party.name)
    for number in _search(
            Number, 'number_compact', named['iban'], ('type', '=', 'iban')):
        result.ibans[number.number_compact] = ', '.join(
            o.rec_name for o in number.account.owners)
    for mechanism in _search(
            Mechanism, 'value', named['email'], ('type', '=', 'email')):
        result.emails[mechanism.value.lower()] = mechanism.party.rec_name


def _set_mandates(result, company, references):
    try:
        Mandate = Pool().get('account.payment.sepa.mandate')
    except KeyError:  # the module is not activated
        return
    result.sepa = True
    result.mandates = {
        m.identification for m in _search(
            Mandate, 'identification', references,
            ('company', '=', company.id))}


def _set_movements(result, company, members, references):
    "Set the histories of the members and the references of their movements"
    pool = Pool()
    Member = pool.get('coop.member')
    Class = pool.get('coop.share.class')
    Movement = pool.get('coop.share.movement')
    numbers = {m.id: m.number for m in Member.browse(members)}
    codes = {
        c.id: c.code for c in Class.search([('company', '=', company.id)])}
    changes = Movement._changes([(m, c) for m in members for c in codes])
    result.histories = {
        (numbers[m], codes[c]): list(days)
        for (m, c), days in changes.items()}
    in_ = fields.SQL_OPERATORS['in']
    movement = Movement.__table__()
    for column, values in [
            (movement.member, members), (movement.reference, references)]:
        for sub in grouped_slice(list(values), MANY):
            _set_references(
                result, company, movement, in_(column, list(sub)))


def _set_references(result, company, movement, where):
    Member = Pool().get('coop.member')
    Class = Pool().get('coop.share.class')
    member, class_ = Member.__table__(), Class.__table__()
    cursor = Transaction().connection.cursor()
    names = ['reference', 'kind', 'date', *capital.COLUMNS]
    query = movement.join(
        member, condition=movement.member == member.id).join(
        class_, condition=movement.share_class == class_.id).select(
        member.number.as_('member'), class_.code.as_('share_class'),
        *(getattr(movement, name).as_(name) for name in names),
        where=where & (movement.company == company.id)
        & (movement.reference != Null))
    if backend.name == 'sqlite':
        sqlite_apply_types(
            query, [None] * 4 + ['DATE', None] + ['NUMERIC'] * 4)
    cursor.execute(*query)
    for row in cursor:
        values = dict(zip(['member', 'share_class', *names], row))
        result.references[values['reference']] = values


def _valid_email(email):
    try:
        validate_email(email)
    except EmailNotValidError:
        return False
    return True


def _valid_phone(phone, country):
    try:
        import phonenumbers
    except ImportError:  # without the library Tryton takes any
        return True
    try:
        number = phonenumbers.parse(phone, country or None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)
