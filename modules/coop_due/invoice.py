# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Null

from trytond.model import Index, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'
    due_member = fields.Many2One(
        'coop.member', "Dues of", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('due_member')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.due_member, Index.Equality()),
                where=t.due_member != Null))

    def _credit(self, **values):
        credit = super()._credit(**values)
        credit.due_member = self.due_member
        return credit

    @classmethod
    def open_due_lines(cls, members):
        """Return {member: lines} that nothing settles yet, the oldest first.

        Those of credit notes are among them.
        """
        result = defaultdict(list)
        invoices = cls.search([
                ('due_member', 'in', [m.id for m in members]),
                ('state', '=', 'posted'),
                ], order=[('invoice_date', 'ASC'), ('id', 'ASC')])
        for invoice in invoices:
            result[invoice.due_member].extend(
                line for line in invoice.lines_to_pay
                if not line.reconciliation)
        return result

    @classmethod
    def settle_dues(cls, credits):
        """Settle the lines of credit notes against what they give back.

        All that is open of a member, when it makes nothing; else the line of
        the same amount. What is left stays open and lessens what is unpaid.
        """
        Line = Pool().get('account.move.line')
        members = list({i.due_member for i in credits})
        for member, lines in cls.open_due_lines(members).items():
            if not sum(l.debit - l.credit for l in lines):
                Line.reconcile(lines)
                continue
            for credit in [l for l in lines if l.debit < l.credit]:
                for line in lines:
                    if (line.debit - line.credit
                            == credit.credit - credit.debit):
                        Line.reconcile([line, credit])
                        lines.remove(line)
                        break
