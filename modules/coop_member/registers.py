# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The registers on paper: of the members, of the movements, of the voters.

They come from the ledgers by a query each, whatever the number of members.
"""
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sql import Literal
from sql.functions import CharLength

from trytond import backend
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

from . import capital
from .life import MEMBER_STATES
from .table import Column
from .table_report import TableReport, column, selection


@dataclass(frozen=True)
class Person:
    "A member at a date, as the registers tell it"
    id: int
    number: str
    name: str
    representative: str
    city: str
    category: str
    state: str
    may_vote: bool
    admission: dt.date
    leaving: dt.date
    holding: capital.Deltas


def people(company, date, known_at=None):
    """Return the Persons of all who ever applied, in the order of numbers.

    :param date: effective date, included
    :param known_at: time of recording or row number, None for all
    """
    pool = Pool()
    Member = pool.get('coop.member')
    Category = pool.get('coop.member.category')
    Movement = pool.get('coop.share.movement')
    holdings = defaultdict(capital.Deltas)
    for (member, _), deltas in Movement.positions(
            company, date, known_at).items():
        holdings[member] += deltas
    with Transaction().set_context(
            company=company.id, date=date, known_at=known_at):
        rows = _member_rows(company)
        periods = Member.memberships([row[0] for row in rows])
    cities = _cities(company)
    categories = {
        c.id: c.name for c in Category.search(
            [('company', '=', company.id)])}
    result = []
    for (id_, number, party, name, representative, state, category,
            may_vote) in rows:
        admission, leaving = _period(periods[id_], date)
        result.append(Person(
                id_, number, name or '', representative or '',
                cities.get(party, ''), categories.get(category, ''),
                state, bool(may_vote), admission, leaving, holdings[id_]))
    return result


def _period(periods, date):
    "Return the last membership that began by the date"
    begun = [(a, d) for a, d in periods if a and a <= date]
    admission, leaving = begun[-1] if begun else (None, None)
    if leaving and leaving > date:
        leaving = None
    return admission, leaving


def _member_rows(company):
    "The members with their state at the context's date, in one query"
    pool = Pool()
    Member = pool.get('coop.member')
    party = pool.get('party.party').__table__()
    representative = pool.get('party.party').__table__()
    member = Member.__table__()
    tables = {None: (member, None)}
    query = (member
        .join(party, condition=member.party == party.id)
        .join(representative, 'LEFT',
            condition=member.representative == representative.id)
        .select(
            member.id.as_('id'), member.number.as_('number'),
            member.party.as_('party'), party.name.as_('name'),
            representative.name.as_('representative'),
            Member.column_state_at(tables).as_('state'),
            Member.column_category_at(tables).as_('category'),
            Member.column_may_vote(tables).as_('may_vote'),
            where=member.company == company.id,
            order_by=[CharLength(member.number), member.number]))
    cursor = Transaction().connection.cursor()
    cursor.execute(*query)
    return cursor.fetchall()


def _cities(company):
    "Return {party: postal code and city} of the members' first addresses"
    pool = Pool()
    address = pool.get('party.address').__table__()
    member = pool.get('coop.member').__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*address.join(member,
            condition=address.party == member.party).select(
            address.party, address.postal_code, address.city,
            where=(member.company == company.id)
            & (address.active == Literal(True)),
            order_by=[
                address.sequence.nulls_first, address.id]))
    cities = {}
    for party, postal_code, city in cursor:
        cities.setdefault(party, ' '.join(filter(None, [postal_code, city])))
    return cities


class MemberRegister(TableReport):
    __name__ = 'coop.member.register'

    @classmethod
    def table(cls, company, data):
        """Return the register of the members at a date.

        Who left stays on it while shares wait at the capital floor; with
        ``leavers`` in the data, all who left are.
        """
        pool = Pool()
        Address = pool.get('party.address')
        Holding = pool.get('coop.share.holding')
        Member = pool.get('coop.member')
        Party = pool.get('party.party')
        states = selection(Member, 'state_at')
        leavers = data.get('leavers')
        table = cls.start(
            company, gettext('coop_member.msg_register_members'), [
                column(Member, 'number', width=9),
                column(Party, 'name', width=24),
                column(Address, 'city', width=18),
                column(Member, 'category', width=14),
                column(Member, 'state', width=10),
                column(Member, 'admission_date', 'date', 12),
                column(Member, 'leaving_date', 'date', 14),
                column(Member, 'shares', 'number', 8, total=True),
                column(Holding, 'subscribed', 'amount', 12, total=True),
                column(Holding, 'paid_up', 'amount', 12, total=True),
                ], data)
        count = 0
        for person in people(company, data['date'], data.get('known_at')):
            member = person.state in MEMBER_STATES
            if not (member or person.holding.quantity
                    or (leavers and person.state == 'left')):
                continue
            count += member
            table.add(
                person.number, _name(person), person.city, person.category,
                states.get(person.state, ''), person.admission,
                person.leaving, person.holding.quantity,
                person.holding.subscribed, person.holding.paid_up)
        table.sum_up(gettext('coop_member.msg_table_total'))
        table.closing.append(
            (gettext('coop_member.msg_register_count'), count))
        return table


class VoterList(TableReport):
    __name__ = 'coop.member.voters'

    @classmethod
    def table(cls, company, data):
        "Return who has a voice at a date, by name, to be signed at a meeting"
        pool = Pool()
        Member = pool.get('coop.member')
        Party = pool.get('party.party')
        voters = sorted((
                p for p in people(
                    company, data['date'], data.get('known_at'))
                if p.may_vote),
            key=lambda p: (p.name.casefold(), p.id))
        table = cls.start(
            company, gettext('coop_member.msg_register_voters'), [
                column(Member, 'number', width=9),
                column(Party, 'name', width=24),
                column(Member, 'category', width=13),
                column(Member, 'shares', 'number', 7, total=True),
                Column(gettext('coop_member.msg_register_proxy'), 'blank',
                    22),
                Column(gettext('coop_member.msg_register_signature'),
                    'blank', 22),
                ], data)
        for person in voters:
            table.add(
                person.number, _name(person), person.category,
                person.holding.quantity, None, None)
        table.sum_up(gettext('coop_member.msg_table_total'))
        table.closing.append(
            (gettext('coop_member.msg_register_voices'), len(voters)))
        return table


def _name(person):
    if not person.representative:
        return person.name
    return gettext('coop_member.msg_register_represented',
        member=person.name, representative=person.representative)


class MovementRegister(TableReport):
    __name__ = 'coop.share.movement.register'

    @classmethod
    def table(cls, company, data):
        """Return the movements effective in a period, by number.

        The last one known is told with its hash: who keeps the paper can
        later prove that nothing before it was changed.
        """
        Movement = Pool().get('coop.share.movement')
        kinds = selection(Movement, 'kind')
        table = cls.start(
            company, gettext('coop_member.msg_register_movements'), [
                column(Movement, 'number', 'number', 9),
                column(Movement, 'date', 'date', 12),
                column(Movement, 'member', width=20),
                column(Movement, 'share_class', width=10),
                column(Movement, 'kind', width=15),
                column(Movement, 'quantity', 'number', 10, total=True),
                *(column(Movement, name, 'amount', 12, total=True)
                    for name in ['subscribed', 'called', 'paid_up', 'claim']),
                column(Movement, 'reverses', 'number', 15),
                column(Movement, 'decision', width=11),
                ], data)
        rows = cls._rows(
            company, data.get('start_date'), data['date'],
            data.get('known_at'))
        names = {}
        for (number, date, member, name, share_class, kind, quantity,
                subscribed, called, paid_up, claim, reverses,
                decision) in rows:
            holder = names.setdefault(
                member, f"{member} {name}" if name else member)
            table.add(
                number, date, holder, share_class, kinds[kind], quantity,
                subscribed, called, paid_up, claim, reverses, decision)
        table.sum_up(gettext('coop_member.msg_table_total'))
        table.closing.append(
            (gettext('coop_member.msg_register_rows'), len(rows)))
        table.closing += cls._head(company, data.get('known_at'))
        return table

    @classmethod
    def _rows(cls, company, start_date, date, known_at):
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        decision = pool.get('coop.decision').__table__()
        member = pool.get('coop.member').__table__()
        party = pool.get('party.party').__table__()
        share_class = pool.get('coop.share.class').__table__()
        movement = Movement.__table__()
        reversed_ = Movement.__table__()
        where = movement.company == company.id
        where &= Movement.as_of(movement, date, known_at)
        if start_date:
            where &= movement.date >= start_date
        query = (movement
            .join(member, condition=movement.member == member.id)
            .join(party, condition=member.party == party.id)
            .join(share_class,
                condition=movement.share_class == share_class.id)
            .join(reversed_, 'LEFT',
                condition=movement.reverses == reversed_.id)
            .join(decision, 'LEFT',
                condition=movement.decision == decision.id)
            .select(
                movement.number.as_('number'), movement.date.as_('date'),
                member.number.as_('member'), party.name.as_('name'),
                share_class.code.as_('share_class'),
                movement.kind.as_('kind'),
                movement.quantity.as_('quantity'),
                *(getattr(movement, name).as_(name)
                    for name in ['subscribed', 'called', 'paid_up', 'claim']),
                reversed_.number.as_('reverses'),
                decision.number.as_('decision'),
                where=where, order_by=[movement.number]))
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [
                    None, 'DATE', *[None] * 5, *['NUMERIC'] * 4, None, None])
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        return cursor.fetchall()

    @classmethod
    def _head(cls, company, known_at):
        "Return the facts of the last row known"
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*movement.select(
                movement.number, movement.hash,
                where=(movement.company == company.id)
                & Movement.known(movement, known_at),
                order_by=[movement.number.desc], limit=1))
        head = cursor.fetchone()
        if not head:
            return []
        number, hash_ = head
        return [(gettext('coop_member.msg_register_last'), gettext(
                    'coop_member.msg_register_hash',
                    number=number, hash=hash_))]
