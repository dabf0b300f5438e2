# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Money that arrives on the account of called capital, recognised"
from collections import defaultdict

from sql import Null
from sql.aggregate import Max, Sum
from sql.conditionals import Case, Coalesce

from trytond import backend
from trytond.i18n import gettext
from trytond.model import (
    Check, Index, ModelSQL, ModelView, Unique, fields)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from . import capital, recognition
from .company import CurrencyMixin
from .exceptions import LedgerAccessError
from .ledger import SLICE
from .movement import exact

# The moves that the register posts itself start their origin so
OWN_ORIGINS = ['coop.share.movement,', 'coop.configuration,', 'coop.import,']


class Allocation(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.allocation'
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        ondelete='RESTRICT')
    line = fields.Many2One(
        'account.move.line', "Line", required=True, readonly=True,
        ondelete='RESTRICT')
    movement = fields.Many2One(
        'coop.share.movement', "Movement", readonly=True, ondelete='RESTRICT',
        help="The movement that recognises the line.")
    counterpart = fields.Many2One(
        'account.move.line', "Counterpart", readonly=True,
        ondelete='RESTRICT',
        help="The line that gives the money back or takes it back.")
    netted = Monetary(
        "Netted", currency='currency', digits='currency', readonly=True)
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('movement_unique', Unique(t, t.movement),
                'coop_member.msg_allocation_movement_unique'),
            ('line_counterpart_unique', Unique(t, t.line, t.counterpart),
                'coop_member.msg_allocation_counterpart_unique'),
            ('movement_or_counterpart', Check(t,
                    ((t.movement != Null) & (t.counterpart == Null)
                        & (t.netted == Null))
                    | ((t.movement == Null) & (t.counterpart != Null)
                        & (t.netted != Null))),
                'coop_member.msg_allocation_movement_or_counterpart'),
            ]
        cls._sql_indexes.add(Index(t, (t.line, Index.Equality())))
        cls._order = [('id', 'DESC')]

    @fields.depends('movement', '_parent_movement.paid_up', 'netted')
    def on_change_with_amount(self, name=None):
        return self.movement.paid_up if self.movement else self.netted

    def get_rec_name(self, name):
        return self.movement.rec_name if self.movement else self.line.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('movement.rec_name', *clause[1:])]

    @classmethod
    def check_modification(
            cls, mode, allocations, values=None, external=False):
        super().check_modification(
            mode, allocations, values=values, external=external)
        if mode in {'write', 'delete'} and allocations:
            cls._raise_append_only(allocations)

    @classmethod
    def copy(cls, allocations, default=None):
        if allocations:
            cls._raise_append_only(allocations)
        return []

    @classmethod
    def _raise_append_only(cls, allocations):
        raise LedgerAccessError(gettext(
                'coop_member.msg_ledger_append_only',
                record=allocations[0].rec_name, **cls.__names__()))

    @classmethod
    def account(cls, company):
        "Return the account of called capital (45625), or None"
        return Pool().get('coop.configuration')(1).get_multivalue(
            'account_receivable', company=company.id)

    @classmethod
    def foreign(cls, company, line, move):
        """Return the SQL condition of the lines of money.

        They are posted on the account of called capital by anything but the
        register, from the accounting start on: the opening move carries what
        comes before.
        """
        Configuration = Pool().get('coop.configuration')
        account = cls.account(company)
        where = line.account == (account.id if account else None)
        where &= move.company == company.id
        where &= move.state == 'posted'
        for origin in OWN_ORIGINS:
            where &= ~Coalesce(move.origin, '').like(origin + '%')
        start = Configuration(1).get_multivalue(
            'accounting_start', company=company.id)
        if start:
            where &= move.date >= start
        return where

    @classmethod
    def covered(cls):
        """Return the SQL query of what is recognised of each line.

        Its columns are line, amount, and the numbers of the last movement and
        of the last reversal.
        """
        Movement = Pool().get('coop.share.movement')
        allocation, movement = cls.__table__(), Movement.__table__()
        reversal = Case((movement.kind == 'reversal', movement.number))
        return allocation.join(movement, 'LEFT',
            condition=allocation.movement == movement.id).select(
            allocation.line.as_('line'),
            Sum(Coalesce(movement.paid_up, allocation.netted)).as_('amount'),
            Max(movement.number).as_('last'),
            Max(reversal).as_('last_reversal'),
            group_by=[allocation.line])

    @classmethod
    def waiting(cls, company, condition=None):
        """Return the SQL query of the lines not wholly recognised.

        Its columns are line, party, date, rest (credit - debit less what is
        recognised) and held: a credit of which a payment was taken back waits
        until somebody asks for it.

        :param condition: function (line, move) -> SQL condition
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        line, move = Line.__table__(), Move.__table__()
        covered = cls.covered()
        rest = exact(
            Coalesce(line.credit, 0) - Coalesce(line.debit, 0)
            - Coalesce(covered.amount, 0))
        where = cls.foreign(company, line, move)
        if condition:
            where &= condition(line, move)
        return line.join(move, condition=line.move == move.id).join(
            covered, 'LEFT', condition=covered.line == line.id).select(
            line.id.as_('line'), line.party.as_('party'),
            move.date.as_('date'), rest.as_('rest'),
            ((rest > 0) & (covered.last != Null)
                & (covered.last == Coalesce(covered.last_reversal, 0))
                ).as_('held'),
            where=where & (rest != 0))

    @classmethod
    def _fetch(cls, query, types):
        cursor = Transaction().connection.cursor()
        if backend.name == 'sqlite':
            sqlite_apply_types(query, types)
        cursor.execute(*query)
        return cursor.fetchall()

    @classmethod
    def process(cls, company, parties=None, release=None):
        """Recognise what is not recognised yet of the money received.

        What went back is explained first, of anybody; what is left pays the
        open calls of members.

        :param parties: ids of parties, None for all
        :param release: ids of held lines that wait no longer
        :return: the ids of the lines that it recognises
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        Member = pool.get('coop.member')
        if not cls.account(company):
            return []
        Movement.lock()
        release = release or []
        touched = []
        for ids in grouped_slice(
                list(cls._waiting_of(company, parties)), SLICE):
            ids = list(ids)
            members = {m.party.id: m for m in Member.search([
                        ('company', '=', company.id),
                        ('party', 'in', ids),
                        ], order=[])}
            # What one debit leaves of a payment may explain the next
            while taken_back := cls._take_back(
                    company, members, cls._waiting_of(company, ids)):
                touched += taken_back
            touched += cls._pay(company, {
                    members[party]: [
                        (line, date, rest) for line, date, rest, held in rows
                        if rest > 0 and (not held or line in release)]
                    for party, rows in cls._waiting_of(company, ids).items()
                    if party in members})
        Line.reconcile_capital(Line.browse(touched))
        return touched

    @classmethod
    def _waiting_of(cls, company, parties=None):
        "Return {party id: [(line id, date, rest, held)]}, the oldest first"
        in_ = fields.SQL_OPERATORS['in']

        def of_parties(line, move):
            return in_(line.party, parties)
        waiting = cls.waiting(
            company, of_parties if parties is not None else None)
        result = defaultdict(list)
        for line, party, date, rest, held in sorted(
                cls._fetch(waiting,
                    [None, None, 'DATE', 'NUMERIC', 'BOOLEAN']),
                key=lambda r: (r[2], r[0])):
            if party:
                result[party].append((line, date, rest, held))
        return result

    @classmethod
    def _take_back(cls, company, members, waiting):
        """Explain the money that went back.

        :param members: {party id: member}; others have no payment
        :param waiting: {party id: [(line id, date, rest, held)]}
        """
        waiting = {
            p: w for p, w in waiting.items() if any(r[2] < 0 for r in w)}
        if not waiting:
            return []
        debits = [r[0] for w in waiting.values() for r in w if r[2] < 0]
        sources = cls._sources(debits)
        payments = cls._payments([
                members[party] for party in waiting if party in members])
        nets, plans = [], []
        for party, rows in waiting.items():
            dates = {line: date for line, date, _, _ in rows}
            moneys = [
                recognition.Money(line, rest, sources[line])
                for line, _, rest, _ in rows]
            member = members.get(party)
            party_nets, undos = recognition.take_back(
                moneys, payments[member.id] if member else [])
            nets.extend(party_nets)
            plans.append([cls._undo(u, dates[u.debit]) for u in undos])
        cls._net(company, nets)
        netted = [line for n in nets for line in [n.debit, n.credit]]
        return netted + cls._record_plans(company, plans)

    @classmethod
    def _net(cls, company, nets):
        cls.save([
                cls(company=company, line=line, counterpart=other,
                    netted=amount)
                for net in nets
                for line, other, amount in [
                    (net.credit, net.debit, net.amount),
                    (net.debit, net.credit, -net.amount)]])

    @classmethod
    def _undo(cls, undo, date):
        """Return (line, operation): the reversal, and what stays paid.

        Until the date of the debit it was paid: the books hold the money.
        """
        Movement = Pool().get('coop.share.movement')
        payment = undo.payment.key
        date = max(payment.date, date)
        operation = [Movement.build_reversal(payment, date=date)]
        kept = undo.payment.amount - undo.amount
        if kept:
            operation.append(Movement.build(
                    payment.member, payment.share_class, 'payment',
                    date, capital.Deltas(paid_up=kept),
                    nominal=payment.nominal,
                    subscription=payment.subscription))
        return undo.debit, operation

    @classmethod
    def _pay(cls, company, waiting):
        """Pay the open calls of members.

        :param waiting: {member: [(line id, date, rest)]}
        """
        Movement = Pool().get('coop.share.movement')
        payers = [m for m, rows in waiting.items() if rows]
        open_calls = cls.open_calls(payers)
        returns = Movement.returns(payers)
        plans = []
        for member, rows in waiting.items():
            dates = {line: date for line, date, _ in rows}
            plans.append([
                    cls._payment(line, call.key, amount, max(
                            dates[line],
                            returns.get(call.key.paid_group, dates[line])))
                    for line, call, amount in recognition.pay(
                        [recognition.Money(line, rest)
                            for line, _, rest in rows],
                        open_calls[member.id])])
        return cls._record_plans(company, plans)

    @classmethod
    def _payment(cls, line, call, amount, date):
        Movement = Pool().get('coop.share.movement')
        # Nothing can be paid before it is called
        return line, [Movement.build(
                call.member, call.share_class, 'payment',
                max(date, call.date), capital.Deltas(paid_up=amount),
                nominal=call.nominal, subscription=call.subscription)]

    @classmethod
    def _record_plans(cls, company, plans):
        """Record the operations of plans, one plan a member.

        A plan that the history of the holding does not bear is left out: its
        money stays on the list for somebody to look at.

        :param plans: lists of (line id, operation)
        :return: the ids of the lines recognised
        """
        Movement = Pool().get('coop.share.movement')
        plans = [p for p in plans if p]
        bearable = Movement.bearable(
            [[m for _, o in plan for m in o] for plan in plans])
        return cls._record_kept(company, [
                part for plan, sound in zip(plans, bearable) if sound
                for part in plan])

    @classmethod
    def _record_kept(cls, company, kept):
        "Record [(line id, operation)] and return the line ids"
        Movement = Pool().get('coop.share.movement')
        for i in range(0, len(kept), SLICE):
            parts = kept[i:i + SLICE]
            Movement.record([operation for _, operation in parts])
            cls.save([
                    cls(company=company, line=line, movement=movement)
                    for line, operation in parts
                    for movement in operation])
        return [line for line, _ in kept]

    @classmethod
    def _sources(cls, debits):
        """Return {line id: ids of the lines that it takes back}.

        They are the line that it cancels (its origin, or the lines of the
        move that its move cancels) and those reconciled with it.
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        result = defaultdict(frozenset)
        for line in Line.browse(debits):
            sources = set()
            if isinstance(line.origin, Line):
                sources.add(line.origin.id)
            elif isinstance(line.move.origin, Move):
                sources.update(
                    o.id for o in line.move.origin.lines
                    if o.account == line.account and o.party == line.party)
            elif line.reconciliation:
                sources.update(
                    o.id for o in line.reconciliation.lines if o != line)
            result[line.id] = frozenset(sources)
        return result

    @classmethod
    def _payments(cls, members):
        """Return {member id: recognition.Payments not taken back}

        They are the oldest first; what an import brought names no line.
        """
        Movement = Pool().get('coop.share.movement')
        movements = Movement.search([
                ('member', 'in', [m.id for m in members]),
                ('kind', '=', 'payment'),
                ('in_kind', '=', False),
                ('reversed_by', '=', None),
                ], order=[('number', 'ASC')])
        lines = {
            a.movement: a.line.id for a in cls.search([
                    ('movement', 'in', [m.id for m in movements])])}
        result = defaultdict(list)
        for movement in movements:
            result[movement.member.id].append(recognition.Payment(
                    movement, lines.get(movement), movement.paid_up))
        return result

    @classmethod
    def open_calls(cls, members):
        """Return {member id: capital.Calls}, the oldest first.

        Their keys are the movements that call, their amounts what is open.
        """
        Movement = Pool().get('coop.share.movement')
        rows = defaultdict(list)
        for sub in grouped_slice(list(members), SLICE):
            for movement in Movement.search([
                        ('member', 'in', [m.id for m in sub]),
                        ('kind', '!=', 'reversal'),
                        ('reversed_by', '=', None),
                        ], order=[('date', 'ASC'), ('number', 'ASC')]):
                rows[movement.member.id].append((
                        movement, movement.share_class, movement.subscription,
                        movement.called, movement.paid_up))
        return defaultdict(list, {
                member: recognition.receivables(member_rows)
                for member, member_rows in rows.items()})
