# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The slices of an import, written in batches: no query per row"
import re
from collections import defaultdict

from sql.aggregate import Count, Sum
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from .capital import Deltas
from .exceptions import ImportFileError
from .import_party import Parties
from .importer.plan import membership
from .importer.problem import Problem

MONEY = {'payment', 'repayment'}


def posting_problems(import_, plan):
    "Return the Problems of what the movements post in the books"
    pool = Pool()
    Period = pool.get('account.period')
    start = import_.history_end()
    posted = [
        o for o in plan.operations if not start or o.date >= start]
    problems = []
    if not posted:
        return problems
    last = max(o.date for o in posted)
    if not Period.search([
                ('company', '=', import_.company.id),
                ('type', '=', 'standard'),
                ('state', '=', 'open'),
                ('end_date', '>=', last),
                ], limit=1):
        problems.append(Problem('no_period', args={'date': last}))
    if not import_.money_account and any(
            e.kind in MONEY for o in posted for e in o.entries):
        problems.append(Problem('money_account'))
    return problems


def count_done(slice_, imports):
    "Return the query of (import, slices written, slices)"
    return slice_.select(
        slice_.import_,
        Sum(Case((slice_.done, 1), else_=0)),
        Count(slice_.id),
        where=fields.SQL_OPERATORS['in'](
            slice_.import_, [i.id for i in imports]),
        group_by=[slice_.import_])


def _members(company, numbers):
    Member = Pool().get('coop.member')
    return {
        m.number: m for m in Member.search([
                ('company', '=', company.id),
                ('number', 'in', list(numbers)),
                ], order=[])}


def write_members(import_, values):
    """Create the members that the database has not yet, with their lives.

    :param values: list of what importer.plan.member_values returns
    """
    pool = Pool()
    Category = pool.get('coop.member.category')
    Event = pool.get('coop.member.event')
    Member = pool.get('coop.member')
    company = import_.company
    existing = _members(company, [v['number'] for v in values])
    values = [v for v in values if v['number'] not in existing]
    if not values:
        return
    categories = {
        c.code: c for c in Category.search([
                ('company', '=', company.id)])}
    parties = Parties(company, values)
    parties.create()
    with Transaction().set_context(coop_application=False):
        members = Member.create([
                _member(v, company, categories, parties) for v in values])
    by_number = {m.number: m for m in members}
    _set_referrers(company, values, by_number)
    Event.record([
            Event(
                company=company, member=by_number[v['number']], kind=kind,
                date=date,
                category=(categories[v['category']]
                    if kind in {'application', 'admission'} else None),
                cause=((v['departure_cause'] or 'other')
                    if kind in {'notice', 'departure'} else None))
            for v in values for kind, date in v['events']])


def _member(value, company, categories, parties):
    legal = bool(value['legal_person'])
    return {
        'company': company.id,
        'number': value['number'],
        'party': parties.party(value).id,
        'category': categories[value['category']].id,
        'legal_person': legal,
        'representative': parties.representative(value),
        'birth_date': None if legal else value['birth_date'],
        'professional_status': value['professional_status'],
        'shares_professional': bool(value['shares_professional']),
        'possible_duplicate': value.get('alike', False),
        }


def _set_referrers(company, values, by_number):
    Member = Pool().get('coop.member')
    referrers = {v['number']: v['referrer'] for v in values if v['referrer']}
    if not referrers:
        return
    known = by_number | _members(
        company, set(referrers.values()) - by_number.keys())
    to_save = []
    for number, referrer in referrers.items():
        by_number[number].referrer = known[referrer]
        to_save.append(by_number[number])
    Member.save(to_save)


def write_departures(import_, values):
    "Record the departures of members who were in the database already"
    pool = Pool()
    Event = pool.get('coop.member.event')
    Member = pool.get('coop.member')
    members = _members(import_.company, [number for number, _ in values])
    memberships = Member.memberships(members.values())
    Event.record([
            Event(
                company=import_.company, member=members[number],
                kind='departure', date=date, cause='other')
            for number, date in values
            if not membership(memberships[members[number].id], date)[1]])


def write_movements(import_, operations):
    """Record the operations that the register has not yet.

    :param operations: list of what importer.plan.operation_values returns
    """
    pool = Pool()
    Class = pool.get('coop.share.class')
    Movement = pool.get('coop.share.movement')
    company = import_.company
    references = [row['reference'] for o in operations for row in o]
    recorded = {
        m.reference for m in Movement.search([
                ('company', '=', company.id),
                ('reference', 'in', references),
                ], order=[])}
    operations = [
        o for o in operations if o[0]['reference'] not in recorded]
    members = _members(
        company, {row['member'] for o in operations for row in o})
    classes = {
        c.code: c for c in Class.search([('company', '=', company.id)])}
    movements = Movement.record([
            [_movement(row, members, classes) for row in o]
            for o in operations])
    post_money(import_, movements)


def _movement(row, members, classes):
    Movement = Pool().get('coop.share.movement')
    return Movement.build(
        members[row['member']], classes[row['share_class']], row['kind'],
        row['date'], Deltas(*row['deltas']), nominal=row['nominal'],
        due_date=row['due_date'], reference=row['reference'],
        note=row['note'])


def post_money(import_, movements):
    """Post the money of payments and repayments that the books hold.

    The register leaves it to the line of the bank; for an import that line is
    on the account it names.

    :raises ImportFileError: when it names none
    """
    Move = Pool().get('account.move')
    start = Move._history_end(import_.company)
    movements = [
        m for m in movements
        if m.kind in MONEY and (not start or m.date >= start)]
    if not movements:
        return
    if not import_.money_account:
        raise ImportFileError(gettext('coop_member.msg_import_money_account'))
    by_date = defaultdict(list)
    for movement in movements:
        by_date[movement.accounting_date].append(movement)
    Move.post_slices([
            _money_move(import_, date, rows)
            for date, rows in sorted(by_date.items())])


def _money_move(import_, date, movements):
    "Return the unsaved move of the money of one day"
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    lines, total = [], 0
    for movement in movements:
        amount = movement.paid_up or movement.claim
        account = movement.share_class.account(
            'receivable' if movement.kind == 'payment' else 'claim')
        lines.append(Line(
                account=account,
                party=movement.member.party
                if account.party_required else None,
                maturity_date=movement.due_date or movement.date,
                description=movement.reference,
                debit=max(-amount, 0), credit=max(amount, 0)))
        total += amount
    if total:
        lines.append(Line(
                account=import_.money_account, party=None,
                debit=max(total, 0), credit=max(-total, 0)))
    return Move(
        company=import_.company,
        journal=Configuration(1).get_multivalue(
            'share_journal', company=import_.company.id),
        period=Period.find(import_.company, date=date),
        date=date,
        origin=import_,
        description=import_.rec_name,
        lines=lines)


def follow_numbers(import_):
    "Let the sequence of members go on after the highest number imported"
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    Member = pool.get('coop.member')
    sequence = Configuration(1).get_multivalue(
        'member_sequence', company=import_.company.id)
    if not sequence or sequence.type != 'incremental':
        return
    prefix = sequence._process(sequence.prefix)
    suffix = sequence._process(sequence.suffix)
    pattern = re.compile(
        re.escape(prefix) + r'(\d{1,15})' + re.escape(suffix))
    member = Member.__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*member.select(member.number,
            where=(member.company == import_.company.id)
            & member.number.like(f'{prefix}%{suffix}')))
    numbers = [
        int(found[1]) for number, in cursor
        if (found := pattern.fullmatch(number))]
    highest = max(numbers, default=0)
    if highest >= sequence.number_next:
        sequence.number_next = highest + 1
        sequence.save()
