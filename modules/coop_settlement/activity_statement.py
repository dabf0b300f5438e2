# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The statement of an employee of the cooperative (CAE, SCOP): no bill.

Their work is invoiced to clients as any other, and what is left of the price
is the account of their activity, of which the salary is paid (C. trav.
L7331-2, R7331-1). The page tells what is left of the work that no statement
told before, what of it was invoiced and paid, and what clients still owe for
all of it.
"""
from collections import defaultdict
from decimal import Decimal

from trytond.model import fields
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .bill_due import month_end
from .bill_making import DUE
from .settlement import BILLED
from .statement_core import Activity

ZERO = Decimal(0)
# What is told of employees alone
AMOUNTS = [
    ('costs', "Costs Billed Again"),
    ('activity', "Left to the Activity"),
    ('invoiced', "Invoiced to Clients"),
    ('awaited', "Clients Owe in All"),
    ]
# What is told of those who write bills alone
OF_BILLS = [
    'tax', 'refund', 'capital', 'fund', 'seized', 'set_off', 'paid', 'net',
    'pay_date', 'advanced', 'charged']


class MemberStatement(metaclass=PoolMeta):
    __name__ = 'coop.settlement.statement'
    lines = fields.One2Many(
        'coop.settlement.line', 'statement', "Work", readonly=True,
        states={'invisible': ~Eval('salaried')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        for name in OF_BILLS:
            getattr(cls, name).states['invisible'] = Eval('salaried')

    @classmethod
    def make(cls, company, month):
        """Make the statements of a month that are not made yet; return them.

        :param month: its first day
        """
        return super().make(company, month) + cls._make_activity(
            company, month)

    @classmethod
    def _make_activity(cls, company, month):
        Line = Pool().get('coop.settlement.line')
        made = {
            s.member for s in cls.search([
                    ('company', '=', company.id), ('month', '=', month),
                    ('salaried', '=', True)])}
        by_member = defaultdict(list)
        for line in Line.to_tell(company, month_end(month)):
            if line.member not in made:
                by_member[line.member].append(line)
        awaited = Line.awaited(list(by_member))
        statements = []
        for member, lines in by_member.items():
            values = cls.activity_figures(lines)
            statements.append(cls(
                    company=company, member=member, month=month,
                    salaried=True, lines=lines,
                    activity=Activity(**values).left,
                    invoiced=sum((l.invoiced for l in lines), ZERO),
                    received=sum((l.received for l in lines), ZERO),
                    awaited=awaited[member], **values))
        cls.save(statements)
        return statements

    @classmethod
    def activity_figures(cls, lines):
        "Return {name: amount} of the work of an employee, by Activity"
        values = dict.fromkeys(
            ['price', 'contribution', 'referred', 'referral', 'costs'], ZERO)
        for line in lines:
            for name, amount in line.activity().items():
                values[name] += amount
        return values


for _name, _label in AMOUNTS:
    setattr(MemberStatement, _name, Monetary(
            _label, currency='currency', digits='currency', readonly=True,
            states={'invisible': ~Eval('salaried')}))
del _name, _label


class SettlementLine(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'
    statement = fields.Many2One(
        'coop.settlement.statement', "Statement", readonly=True,
        ondelete='SET NULL', states={'invisible': ~Eval('salaried')},
        help="Which told the employee of it.")

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default else {}
        default.setdefault('statement')
        return super().copy(lines, default=default)

    @classmethod
    def to_tell(cls, company, until):
        """Return the lines of employees that no statement tells yet.

        :param until: last day of work
        """
        return cls.search([
                ('company', '=', company.id),
                ('date', '<=', until),
                ('salaried', '=', True),
                ('member', '!=', None),
                ('statement', '=', None),
                ('kind', 'in', BILLED),
                ('settlement.state', 'in', DUE),
                ], order=[('date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def awaited(cls, members):
        "Return {member: what clients still owe for the work of employees}"
        result = dict.fromkeys(members, ZERO)
        for line in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('salaried', '=', True),
                    ('client_amount', '!=', 0),
                    ('settlement.state', 'in', DUE),
                    ['OR',
                        ('invoice_line', '=', None),
                        ('invoice_line.invoice.state', '!=', 'paid'),
                        ]]):
            if line.settlement.client:
                result[line.member] += line.client_amount - line.received
        return result

    def activity(self):
        "Return {name: amount} of the line, by Activity"
        if self.kind == 'referral':
            return {'referral': self.amount}
        elif self.kind == 'cost':
            return {'costs': self.amount}
        elif self.kind == 'true_up':
            return {'contribution': -self.amount}
        # Of internal work and credits the employee's part is the price
        price = self.client_amount or self.amount
        return {
            'price': price, 'referred': self.referral,
            'contribution': price - self.referral - self.amount}

    @property
    def _client_invoice(self):
        invoice = self.invoice_line and self.invoice_line.invoice
        if invoice and invoice.state in {'posted', 'paid'}:
            return invoice

    @property
    def invoiced(self):
        "Return what of the price the client is invoiced, without tax"
        return self.client_amount if self._client_invoice else ZERO

    @property
    def received(self):
        "Return what of the price the client has paid, without tax"
        invoice = self._client_invoice
        if not invoice or not self.client_amount or invoice.written_off:
            return ZERO
        elif invoice.client_paid:
            return self.client_amount
        # Credits of disputes lessen what is owed, and are no money
        total, paid = invoice.paid_by(today(self.company.id))
        return self.currency.round(
            self.client_amount * paid / total) if total else ZERO

    def check_cancel(self):
        super().check_cancel()
        if self.statement:
            self.settlement._raise(
                'stated', statement=self.statement.rec_name)


class StatementReport(metaclass=PoolMeta):
    __name__ = 'coop.settlement.statement.letter'

    @classmethod
    def letters(cls, company, statements, data):
        result = super().letters(company, statements, data)
        for statement in statements:
            values = statement.activity_figures(statement.lines)
            result[statement.id].update({
                    'activity': Activity(**values),
                    'rows': cls._rows(statement),
                    })
        return result

    @classmethod
    def _rows(cls, statement):
        "Return (title, client, date, Activity, invoiced, paid) of missions"
        by_mission = defaultdict(list)
        for line in sorted(
                statement.lines, key=lambda l: (l.date, l.id)):
            mission = line.settlement.mission
            by_mission[mission or line.settlement].append(line)
        return [(
                mission.rec_name, lines[-1].settlement.client,
                lines[-1].date,
                Activity(**statement.activity_figures(lines)),
                sum((l.invoiced for l in lines), ZERO),
                sum((l.received for l in lines), ZERO))
            for mission, lines in by_mission.items()]
