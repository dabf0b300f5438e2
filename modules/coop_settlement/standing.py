# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What of a line stands, once credit notes and disputes have done their part.

A credit note takes a line back whole; what is rightly owed of it is another
line that repeats it. What is given back in part is a line below zero that
lessens it, and lives on when it is taken back: whoever corrects or charges
the line counts with it, or it would be taken back twice.
"""
from decimal import Decimal

from sql import Null

from trytond.model import Index
from trytond.pool import PoolMeta

from .bill_making import DUE


class SettlementLine(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.reduces, Index.Equality()),
                    where=t.reduces != Null),
                Index(t, (t.repeats, Index.Equality()),
                    where=t.repeats != Null),
                })

    @property
    def standing(self):
        "The line that is owed by now: it, what repeats it, or None"
        line = self
        while line and line.credited_by:
            line = next(
                iter(self.search([('repeats', '=', line.id)], limit=1)), None)
        return line

    @property
    def lessened(self):
        "What was given back of it, or of what it repeats: zero or below"
        lines, line = [], self
        while line:
            lines.append(line.id)
            line = line.repeats
        given = self.search([
                ('reduces', 'in', lines),
                ('settlement.state', 'in', DUE),
                ])
        return sum(
            (l.amount for g in given if (l := g.standing)), Decimal(0))

    def check_cancel(self):
        # What was given back of it would be owed by the member for good
        if self.lessened:
            self.settlement._raise('lessened', line=self.rec_name)
        super().check_cancel()
