# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Null
from sql.aggregate import Max, Sum
from sql.conditionals import Coalesce
from sql.functions import Round

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from . import capital, lots
from .company import CurrencyMixin
from .exceptions import MovementError
from .ledger import LedgerMixin
from .tools import any_of

KINDS = [
    ('opening', "Opening"),
    ('subscription', "Subscription"),
    ('call', "Call"),
    ('payment', "Payment"),
    ('transfer_out', "Transfer out"),
    ('transfer_in', "Transfer in"),
    ('conversion', "Conversion"),
    ('cancellation', "Cancellation"),
    ('repayment', "Repayment"),
    ('reduction', "Reduction by Losses"),
    ('reversal', "Reversal"),
    ]
# More than any currency has
DIGITS = 6
TIED = {'transfer_out', 'transfer_in', 'conversion'}


def exact(expression):
    "SQLite sums decimals as floats: rounding brings the decimals back"
    if backend.name == 'sqlite':
        return Round(expression, DIGITS)
    return expression


class Movement(CurrencyMixin, LedgerMixin, ModelSQL, ModelView):
    __name__ = 'coop.share.movement'
    member = fields.Many2One(
        'coop.member', "Member", required=True, readonly=True,
        ondelete='RESTRICT')
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, readonly=True,
        ondelete='RESTRICT')
    kind = fields.Selection(
        KINDS, "Kind", required=True, readonly=True, sort=False)
    kind_string = kind.translated('kind')
    date = fields.Date("Effective Date", required=True, readonly=True)
    accounting_date = fields.Date(
        "Accounting Date", required=True, readonly=True,
        help="The date of the entry: the first open day "
        "when the effective date is in a closed period.")
    quantity = fields.Integer("Quantity", required=True, readonly=True)
    since = fields.Date("Held since", readonly=True,
        states={'invisible': ~Eval('since')},
        help="When the shares were acquired, if not on the effective date.")
    nominal = Monetary(
        "Nominal Value", currency='currency', digits='currency',
        required=True, readonly=True)
    subscribed = Monetary(
        "Subscribed", currency='currency', digits='currency',
        required=True, readonly=True)
    called = Monetary(
        "Called", currency='currency', digits='currency',
        required=True, readonly=True)
    paid_up = Monetary(
        "Paid-up", currency='currency', digits='currency',
        required=True, readonly=True)
    claim = Monetary(
        "Claim", currency='currency', digits='currency',
        required=True, readonly=True,
        help="Owed to the leaver.")
    operation = fields.Integer("Operation", required=True, readonly=True,
        help="The number of the first row of the operation.")
    due_date = fields.Date("Due Date", readonly=True,
        help="When what is called must be paid.")
    in_kind = fields.Boolean("In Kind", readonly=True)
    subscription = fields.Many2One(
        'coop.share.subscription', "Subscription", readonly=True,
        ondelete='RESTRICT')
    reverses = fields.Many2One(
        'coop.share.movement', "Reverses", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': Eval('kind') != 'reversal',
            'required': Eval('kind') == 'reversal',
            })
    reversed_by = fields.One2Many(
        'coop.share.movement', 'reverses', "Reversed by", readonly=True)
    decision = fields.Many2One(
        'coop.decision', "Decision", readonly=True, ondelete='RESTRICT')
    reference = fields.Char("External Reference", readonly=True)
    note = fields.Char("Note", readonly=True, loading='lazy')

    _chain_names = [
        'member.number', 'share_class.code', 'kind', 'date',
        'accounting_date', 'quantity', 'nominal', 'subscribed', 'called',
        'paid_up', 'claim', 'operation', 'due_date', 'in_kind',
        'reverses.number', 'decision.number']
    _chain_added = {2: ['since']}

    @classmethod
    def __setup__(cls):
        cls.reference.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t,
                    (t.member, Index.Equality()),
                    (t.share_class, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t,
                    (t.company, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t,
                    (t.company, Index.Equality()),
                    (t.accounting_date, Index.Range())),
                Index(t, (t.reverses, Index.Equality()),
                    where=t.reverses != Null),
                Index(t, (t.subscription, Index.Equality()),
                    where=t.subscription != Null),
                Index(t, (t.reference, Index.Equality()),
                    where=t.reference != Null),
                })

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        what = self.quantity
        if not what:
            # The column that a call, a payment or a repayment moves
            what = lang.currency(
                next(filter(None, [
                            self.claim, self.paid_up, self.called,
                            self.subscribed]), 0), self.currency)
        return gettext(
            'coop_member.msg_movement_rec_name',
            number=self.number,
            kind=self.kind_string,
            quantity=what,
            share_class=self.share_class.code,
            member=self.member.rec_name)

    @classmethod
    def search_rec_name(cls, name, clause):
        domain = any_of(clause, 'member.rec_name', 'reference')
        try:
            domain.append(('number', '=', int(clause[2].strip('%'))))
        except (AttributeError, ValueError):
            pass
        return domain

    @property
    def deltas(self):
        return capital.Deltas(
            *(getattr(self, name) for name in capital.COLUMNS))

    def set_deltas(self, deltas):
        for name in capital.COLUMNS:
            setattr(self, name, getattr(deltas, name))

    @property
    def kind_posted(self):
        "The kind whose entry it has: a reversal has that of what it reverses"
        return self.reverses.kind if self.kind == 'reversal' else self.kind

    def entry(self):
        "Return [(role, debit - credit)], see capital.entry"
        return capital.entry(self.kind_posted, self.deltas, self.in_kind)

    def capital_account(self, role):
        "Return the account of a role of its entry"
        if role == 'contribution':
            return self.subscription.contribution_account
        if role == 'receivable' and self.in_kind:
            role = 'in_kind'
        return self.share_class.account(role)

    @classmethod
    def build(cls, member, share_class, kind, date, deltas, **values):
        """Return an unsaved movement.

        :param date: effective date
        :param deltas: capital.Deltas
        :param values: other fields
        """
        movement = cls(
            company=member.company, member=member, share_class=share_class,
            kind=kind, date=date, in_kind=False, **values)
        movement.set_deltas(deltas)
        if not getattr(movement, 'nominal', None):
            movement.nominal = share_class.get_nominal_at(date)
        return movement

    @classmethod
    def record(cls, operations):
        """Append operations of one company and post their entries.

        :param operations: list of lists of unsaved movements; the movements
            of one list are one operation and one accounting entry
        :raises MovementError: when a holding would become negative at any
            moment, or a tied operation does not balance
        """
        pool = Pool()
        Move = pool.get('account.move')
        operations = [o for o in operations if o]
        if not operations:
            return []
        cls.lock()
        for operation in operations:
            cls._check_tied(operation)
        movements = [m for operation in operations for m in operation]
        Move.set_capital_accounting_dates(movements)
        cls.append(*operations)
        cls.check_histories({(m.member, m.share_class) for m in movements})
        Move.post_capital(operations)
        cls.recorded(movements)
        return movements

    @classmethod
    def recorded(cls, movements):
        """Called with the movements just recorded and posted.

        Other concepts (activation, subscriptions) follow the ledger by it.
        """

    @classmethod
    def _complete(cls, operations):
        for operation in operations:
            for movement in operation:
                movement.operation = operation[0].number

    @classmethod
    def _check_tied(cls, operation):
        if not {m.kind for m in operation} & TIED:
            return
        total = sum((m.deltas for m in operation), capital.NOTHING)
        if total.subscribed or total.called or total.paid_up or total.claim:
            raise MovementError(gettext(
                    'coop_member.msg_movement_tied_balance',
                    member=operation[0].member.rec_name))

    @classmethod
    def check_histories(cls, holders):
        """Check the whole histories of (member, class) pairs.

        :raises MovementError: naming member, class, date and column
        """
        lang = Pool().get('ir.lang').get()
        holders = {(m.id, c.id): (m, c) for m, c in holders}
        for key, changes in cls._changes(holders).items():
            fault = capital.history_fault(changes)
            if fault:
                date, position, reason = fault
                member, share_class = holders[key]
                raise MovementError(gettext(
                        f'coop_member.msg_movement_{reason}',
                        member=member.rec_name,
                        share_class=share_class.rec_name,
                        date=lang.strftime(date),
                        quantity=position.quantity))

    @classmethod
    def bearable(cls, plans):
        """Return for each list of unsaved movements whether its histories
        bear it.
        """
        holders = {(m.member.id, m.share_class.id) for p in plans for m in p}
        changes = cls._changes(holders)
        result = []
        for plan in plans:
            added = defaultdict(list)
            for movement in plan:
                added[movement.member.id, movement.share_class.id].append(
                    (movement.date, movement.deltas))
            result.append(not any(
                    capital.history_fault(changes[holder] + rows)
                    for holder, rows in added.items()))
        return result

    @classmethod
    def _changes(cls, holders):
        "Return {(member id, class id): [(date, Deltas)]}, summed by day"
        movement = cls.__table__()
        cursor = Transaction().connection.cursor()
        keys = [
            movement.member.as_('member'),
            movement.share_class.as_('share_class'),
            movement.date.as_('date')]
        result = defaultdict(list)
        for sub in grouped_slice(list({m for m, _ in holders}), 1000):
            query = movement.select(*keys, *cls.sums(movement),
                where=fields.SQL_OPERATORS['in'](movement.member, list(sub)),
                group_by=[key.expression for key in keys])
            if backend.name == 'sqlite':
                sqlite_apply_types(
                    query, [None, None, 'DATE', None] + ['NUMERIC'] * 4)
            cursor.execute(*query)
            for member, share_class, date, *sums in cursor:
                if (member, share_class) in holders:
                    result[member, share_class].append(
                        (date, capital.Deltas(*sums)))
        return result

    @classmethod
    def sums(cls, table):
        "Return the SQL sums of the columns of the ledger"
        return [
            (Sum(table.quantity) if name == 'quantity'
                else exact(Sum(getattr(table, name)))).as_(name)
            for name in capital.COLUMNS]

    @classmethod
    def as_of(cls, table, date=None, known_at=None):
        "Return the SQL condition of the rows that count at a date"
        where = cls.known(table, known_at)
        if date is not None:
            where &= table.date <= date
        return where

    @classmethod
    def positions(cls, company, date=None, known_at=None, members=None):
        """Return {(member id, class id): capital.Deltas} in one query.

        :param date: effective date, included; None for all
        :param known_at: time of recording or row number, included; None for
            all
        :param members: the members, None for all
        """
        movement = cls.__table__()
        cursor = Transaction().connection.cursor()
        where = movement.company == company.id
        where &= cls.as_of(movement, date, known_at)
        if members is not None:
            where &= fields.SQL_OPERATORS['in'](
                movement.member, [m.id for m in members])
        query = movement.select(
            movement.member.as_('member'),
            movement.share_class.as_('share_class'),
            *cls.sums(movement), where=where,
            group_by=[movement.member, movement.share_class])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] * 3 + ['NUMERIC'] * 4)
        cursor.execute(*query)
        return {
            (member, share_class): capital.Deltas(*sums)
            for member, share_class, *sums in cursor}

    @classmethod
    def position(cls, member, share_class, date=None, known_at=None):
        "Return the capital.Deltas that a member holds of a class"
        return cls.positions(
            member.company, date, known_at, [member]).get(
                (member.id, share_class.id), capital.NOTHING)

    @classmethod
    def lots_of(cls, member, share_class, date=None):
        """Return [(since, quantity)] of the shares held, the oldest first.

        :param date: effective date, included; None for all
        """
        domain = [
            ('member', '=', member.id),
            ('share_class', '=', share_class.id),
            ('quantity', '!=', 0),
            ('kind', '!=', 'reversal'),
            ('reversed_by', '=', None),
            ]
        if date is not None:
            domain.append(('date', '<=', date))
        movements = cls.search(
            domain, order=[('date', 'ASC'), ('number', 'ASC')])
        return lots.lots((m.date, m.since, m.quantity) for m in movements)

    @classmethod
    def reverse(cls, movements, note=None):
        """Append the rows that take back the whole operations of movements.

        The rows have the effective dates of those they reverse, so that the
        register as of any date is right, and as known before is unchanged.
        What was paid for a while stays called until that money went back.

        :raises MovementError: when one is already reversed or is a reversal
        """
        cls.lock()
        operations = defaultdict(list)
        for movement in cls.to_reverse(movements):
            operations[movement.operation].append(movement)
        members = {m.member for o in operations.values() for m in o}
        returns = cls.returns(members)
        reversals = []
        for operation in operations.values():
            date = max(
                max(m.date, returns.get(m.paid_group, m.date))
                if m.called > 0 else m.date for m in operation)
            reversals.append(
                [cls.build_reversal(m, note, date) for m in operation])
        return cls.record(reversals)

    @property
    def paid_group(self):
        "What is paid together: (member id, class id, subscription id or None)"
        subscription = self.subscription
        return (self.member.id, self.share_class.id,
            subscription.id if subscription else None)

    @classmethod
    def returns(cls, members):
        """Return {paid_group: date} of the last payment that went back.

        It was paid until then: nothing that it paid ends before.
        """
        result = {}
        for sub in grouped_slice(list(members), 1000):
            for reversal in cls.search([
                        ('member', 'in', [m.id for m in sub]),
                        ('kind', '=', 'reversal'),
                        ('reverses.kind', '=', 'payment'),
                        ], order=[('date', 'ASC')]):
                if reversal.date > reversal.reverses.date:
                    result[reversal.paid_group] = reversal.date
        return result

    @classmethod
    def to_reverse(cls, movements):
        "Return the movements of the whole operations of movements"
        return cls.search([
                ('company', 'in', [m.company.id for m in movements]),
                ('operation', 'in', [m.operation for m in movements]),
                ], order=[('number', 'ASC')])

    @classmethod
    def build_reversal(cls, movement, note=None, date=None):
        """Return the unsaved row that takes a movement back.

        :param date: when it counts no longer, by default it never did
        :raises MovementError: when it is already reversed or is a reversal
        """
        if movement.kind == 'reversal' or movement.reversed_by:
            raise MovementError(gettext(
                    'coop_member.msg_movement_reversed',
                    movement=movement.rec_name))
        reversal = cls.build(
            movement.member, movement.share_class, 'reversal',
            date or movement.date, -movement.deltas,
            nominal=movement.nominal, reverses=movement,
            subscription=movement.subscription, decision=movement.decision,
            due_date=movement.due_date, note=note)
        reversal.in_kind = movement.in_kind
        return reversal

    @classmethod
    def last_number(cls, company, known_at=None):
        "Return the number of the last row known, 0 when there is none"
        movement = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*movement.select(Coalesce(Max(movement.number), 0),
                where=(movement.company == company.id)
                & cls.known(movement, known_at)))
        number, = cursor.fetchone()
        return number
