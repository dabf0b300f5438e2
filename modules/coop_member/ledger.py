# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, Unique, fields

from . import chain
from .exceptions import LedgerAccessError

# Tryton's create grows worse than linearly with the number of records
SLICE = 200


class LedgerMixin:
    """Append-only, numbered and chained rows, one ledger a company.

    Rows enter by ``append`` only. A model names in ``_chain_names`` the values
    its canonical form covers, and in ``_chain_added`` by chain.VERSION what
    later versions add at its end; the lists of past versions never change.
    """
    __slots__ = ()

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        ondelete='RESTRICT')
    number = fields.Integer("Number", required=True, readonly=True)
    recorded_at = fields.Timestamp("Recorded at", required=True, readonly=True)
    # Lazy, as lists do not show them
    previous_hash = fields.Char(
        "Previous Hash", required=True, readonly=True, loading='lazy')
    hash = fields.Char("Hash", required=True, readonly=True, loading='lazy')
    hash_version = fields.Integer(
        "Hash Version", required=True, readonly=True, loading='lazy')

    _chain_names = []
    _chain_added = {}

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('company_number_unique', Unique(t, t.company, t.number),
                'coop_member.msg_ledger_number_unique'),
            ('company_previous_hash_unique',
                Unique(t, t.company, t.previous_hash),
                'coop_member.msg_ledger_previous_unique'),
            ]
        # The last row of a company comes by the unique index; this one is for
        # the lists, whose company rule is no equality
        cls._sql_indexes.add(Index(t, (t.number, Index.Range())))
        cls._order.insert(0, ('number', 'DESC'))

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode in {'write', 'delete'} and records:
            raise LedgerAccessError(gettext(
                    'coop_member.msg_ledger_append_only',
                    record=records[0].rec_name,
                    **cls.__names__()))

    @classmethod
    def copy(cls, records, default=None):
        if records:
            raise LedgerAccessError(gettext(
                    'coop_member.msg_ledger_append_only',
                    record=records[0].rec_name,
                    **cls.__names__()))
        return []

    @classmethod
    def append(cls, *groups):
        """Number, chain and save unsaved rows of one company, in their order.

        The lock is taken first: call it before anything else is read, so that
        no snapshot is older than the lock (the transaction restarts once).

        :param groups: lists of rows that belong together
        """
        records = [record for group in groups for record in group]
        if not records:
            return
        cls.lock()
        company, = {r.company for r in records}
        number, recorded_at, previous = cls._head(company)
        recorded_at = max(cls._now(), recorded_at or dt.datetime.min)
        for number, record in enumerate(records, number + 1):
            record.number = number
            record.recorded_at = recorded_at
        cls._complete(groups)
        for record in records:
            record.previous_hash = previous
            record.hash_version = chain.VERSION
            record.hash = previous = chain.digest(
                previous, record._chain_values())
        for i in range(0, len(records), SLICE):
            cls.save(records[i:i + SLICE])

    @classmethod
    def _now(cls):
        return dt.datetime.now()

    @classmethod
    def _complete(cls, groups):
        "Set the values that need the numbers"

    @classmethod
    def _head(cls, company):
        "Return number, time of recording and hash of the last row"
        heads = cls.search([
                ('company', '=', company.id),
                ], order=[('number', 'DESC')], limit=1)
        if not heads:
            return 0, None, chain.GENESIS
        head, = heads
        return head.number, head.recorded_at, head.hash

    def _chain_values(self):
        values = [
            ('number', self.number),
            ('recorded_at', self.recorded_at),
            ]
        names = self._chain_names[:]
        for version, added in sorted(self._chain_added.items()):
            if version <= self.hash_version:
                names += added
        for path in names:
            value = self
            for name in path.split('.'):
                value = getattr(value, name, None)
            values.append((path, value))
        return tuple(values)

    @classmethod
    def known(cls, table, known_at):
        """Return the SQL condition of the rows that were known.

        :param known_at: time of recording or row number, included; None for
            all that is known
        """
        if known_at is None:
            return table.id != Null
        if isinstance(known_at, int):
            return table.number <= known_at
        return table.recorded_at <= known_at

    @classmethod
    def verify_chain(cls, company):
        "Return (number, reason) of the first row that is wrong, or None"
        return chain.first_fault(cls._chain_rows(company))

    @classmethod
    def _chain_rows(cls, company):
        "Yield the chain.Row of a company's ledger, in order, by slices"
        last = 0
        while True:
            records = cls.search([
                    ('company', '=', company.id),
                    ('number', '>', last),
                    ], order=[('number', 'ASC')], limit=1000)
            if not records:
                break
            for record in records:
                yield chain.Row(
                    record.number, record.recorded_at, record.previous_hash,
                    record.hash, record.hash_version, record._chain_values())
            if last == record.number:  # the same number twice on one company
                break
            last = record.number
