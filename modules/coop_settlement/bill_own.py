# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bills that members write, matched to what is owed.

All that is owed until the date of the bill, or the work that was chosen.
"""
from decimal import Decimal

from trytond.model import Index, ModelSQL, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .bill_making import DUE
from .settlement import BILLED


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'
    chosen = fields.Many2Many(
        'coop.bill-coop.settlement.line', 'bill', 'line', "Chosen Work",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('member', '=', Eval('member', -1)),
            ('kind', 'in', BILLED),
            ('salaried', '!=', True),
            ('amount', '!=', 0),
            ('date', '<=', Eval('date', None)),
            ['OR',
                ('bill', '=', Eval('id', -1)),
                [
                    ('bill', '=', None),
                    ('settlement.state', 'in', DUE),
                    ],
                ],
            ],
        states={
            'readonly': Eval('state') != 'draft',
            'invisible': (
                (Eval('kind') != 'own') | (Eval('state') != 'draft')),
            },
        help="What the bill is about. Empty: all that is owed until its "
        "date.")

    @classmethod
    def copy(cls, bills, default=None):
        default = default.copy() if default else {}
        default.setdefault('chosen')
        return super().copy(bills, default=default)

    def take_lines(self):
        """Match an own bill with what is owed until its date.

        With the lines that were chosen, or with all of it.

        :raises BillError: when they differ, with both amounts, and for a
            chosen line that is not owed any more
        """
        Line = Pool().get('coop.settlement.line')
        lines = Line.to_bill(self.company, self.date, [self.member])
        if self.chosen:
            for line in self.chosen:
                if line not in lines:
                    self._raise('chosen', line=line.rec_name)
            lines = [l for l in lines if l in self.chosen]
        owed = sum((l.amount for l in lines), 0)
        if not lines or owed != self.own_amount:
            self._raise('differs_chosen' if self.chosen else 'differs',
                billed=self._money(self.own_amount), owed=self._money(owed))
        self.lines = lines
        self.credit = owed < 0

    def check_tax(self):
        """Take the tax that the member wrote.

        It may be a cent a line off: others round line by line.

        :raises BillError: when it is more
        """
        invoice = Pool().get('account.invoice')(self.invoice.id)
        tax = invoice.tax_amount
        off = (self.own_tax or 0) - tax
        cent = Decimal(1).scaleb(-self.currency.digits)
        if off and invoice.taxes and abs(off) <= cent * len(self.lines):
            row = invoice.taxes[0]
            row.amount += off
            row.save()
        elif off:
            self._raise('differs_tax',
                billed=self._money(self.own_tax), owed=self._money(tax))

    def _money(self, amount):
        return Pool().get('ir.lang').get().currency(
            amount or 0, self.currency)


class BillLine(ModelSQL):
    __name__ = 'coop.bill-coop.settlement.line'
    bill = fields.Many2One(
        'coop.bill', "Bill", required=True, ondelete='CASCADE')
    line = fields.Many2One(
        'coop.settlement.line', "Work", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('bill')
        t = cls.__table__()
        cls._sql_constraints.append(
            ('bill_line_unique', Unique(t, t.bill, t.line),
                'coop_settlement.msg_bill_line_chosen_once'))
        cls._sql_indexes.add(Index(t, (t.line, Index.Equality())))
