# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a member is told each month, on a page that reads like a pay slip.

The bills of the month, from the price of the clients to what is transferred.
It is made once, kept as it was sent, and never counted on. That of employees
of the cooperative, who have no bills, is in activity_statement.py.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.company import CompanyMixin, CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.letter_report import LetterReport
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .bill import SLICE
from .bill_due import month_end
from .exceptions_out import StatementError
from .statement_core import Statement

ZERO = Decimal(0)
# What is on it, in the order of statement_core.Statement
AMOUNTS = [
    ('price', "Price of Clients"),
    ('contribution', "Contribution"),
    ('referred', "Referral to Others"),
    ('referral', "Own Referrals"),
    ('tax', "Tax"),
    ('refund', "Given Back by the Fund"),
    ('capital', "To Shares"),
    ('fund', "To the Fund"),
    ('seized', "To Creditors"),
    ('set_off', "Set off"),
    ('paid', "Transferred"),
    ]


class MemberStatement(
        CompanyMixin, CurrencyMixin, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.settlement.statement'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        readonly=True)
    month = fields.Date("Month", required=True, readonly=True,
        help="Its first day.")
    salaried = fields.Boolean("Employee", readonly=True,
        help="Of an employee of the cooperative: what is left to the "
        "activity, and no bill.")
    net = Monetary(
        "Net", currency='currency', digits='currency', readonly=True,
        help="What was left to transfer when it was made.")
    pay_date = fields.Date("Paid by", readonly=True)
    advanced = Monetary(
        "Advanced by the Fund", currency='currency', digits='currency',
        readonly=True)
    received = Monetary(
        "Paid by Clients of It", currency='currency', digits='currency',
        readonly=True, help="Of the price without tax, when it was made.")
    charged = Monetary(
        "Contribution Invoiced apart", currency='currency', digits='currency',
        readonly=True, help="Without tax; where it is not kept of the price.")
    file = fields.Binary(
        "File", filename='file_name', file_id='file_id',
        store_prefix='coop_settlement_statement', readonly=True)
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", readonly=True)
    sent_at = fields.Timestamp("Sent at", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_month_kind_unique',
                Unique(t, t.member, t.month, t.salaried),
                'coop_settlement.msg_statement_unique'))
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.month, Index.Range(order='DESC'))))
        cls._order = [('month', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_salaried(cls):
        return False

    def get_rec_name(self, name):
        return f"{self.member.rec_name} {self.month:%Y-%m}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    def make(cls, company, month):
        """Make the statements of a month that are not made yet; return them.

        :param month: its first day
        """
        pool = Pool()
        Bill = pool.get('coop.bill')
        Movement = pool.get('coop.fund.movement')
        cls.lock()
        in_month = [
            ('company', '=', company.id),
            ('date', '>=', month),
            ('date', '<=', month_end(month)),
            ]
        bills = Bill.search([
                *in_month, ('state', 'in', ['proposed', 'accepted', 'paid'])])
        by_member = defaultdict(lambda: ([], []))
        for bill in bills:
            by_member[bill.member][0].append(bill)
        for refund in Movement.search([
                    *in_month, ('kind', '=', 'refund'),
                    ('state', '=', 'done')]):
            by_member[refund.member][1].append(refund)
        for statement in cls.search([
                    ('company', '=', company.id), ('month', '=', month),
                    ('salaried', '=', False)]):
            by_member.pop(statement.member, None)
        advanced = cls._advanced(bills)
        statements = []
        for member, (bills, refunds) in by_member.items():
            values = cls.figures(bills, refunds)
            owing = [b.due_date for b in bills if b.state != 'paid'] + [
                r.date for r in refunds if r.open_lines()]
            statements.append(cls(
                    company=company, member=member, month=month,
                    net=_statement(values).net,
                    advanced=sum((advanced[b.id] for b in bills), ZERO),
                    received=sum((
                            l.received for b in bills for l in b.lines), ZERO),
                    charged=sum((b.charged for b in bills), ZERO),
                    pay_date=max(owing, default=None), **values))
        cls.save(statements)
        return statements

    @classmethod
    def _advanced(cls, bills):
        Advance = Pool().get('coop.fund.advance')
        result = defaultdict(Decimal)
        for sub in grouped_slice(bills, SLICE):
            for advance in Advance.search([
                        ('bill', 'in', [b.id for b in sub]),
                        ('cancelled', '!=', True)]):
                result[advance.bill.id] += advance.amount
        return result

    @classmethod
    def figures(cls, bills, refunds=()):
        "Return {name: amount} of what a member is owed, by AMOUNTS"
        values = dict.fromkeys([name for name, _ in AMOUNTS], ZERO)
        for bill in bills:
            for line in bill.lines:
                if line.kind == 'referral':
                    values['referral'] += line.amount
                    continue
                # Of internal work and credits the member's part is the price
                price, referral, _ = line.shown()
                price = price or line.amount
                values['price'] += price
                values['referred'] += referral
                values['contribution'] += price - referral - line.amount
            values['tax'] += bill.tax_amount or ZERO
        values['refund'] = sum((r.amount for r in refunds), ZERO)
        for owed in [*bills, *refunds]:
            for name, amount in owed.settled_by().items():
                values[name] += amount
        return values

    @classmethod
    def queue_delivery(cls, statements):
        "Have the queue write and send statements, by slices"
        with Transaction().set_context(queue_batch=True):
            for sub in grouped_slice(statements, SLICE):
                cls.__queue__.deliver(list(sub))

    @classmethod
    def deliver(cls, statements):
        "Keep each statement as a file and send it to its member"
        Report = Pool().get('coop.settlement.statement.letter', type='report')
        for statement in statements:
            if statement.file:
                continue
            _, content, _, _ = Report.execute([statement.id], {})
            name = f'{statement.month:%Y-%m}.pdf'
            sent = mail.send(
                statement.company, statement.member.party,
                'statement_activity' if statement.salaried else 'statement',
                module='coop_settlement', attachments=[(name, content)],
                month=f'{statement.month:%m/%Y}')
            cls.write([statement], {
                    'file': content, 'file_name': name,
                    'sent_at': dt.datetime.now() if sent else None})


for _name, _label in AMOUNTS:
    setattr(MemberStatement, _name, Monetary(
            _label, currency='currency', digits='currency', readonly=True))
del _name, _label


def _statement(values):
    "Return the statement_core.Statement of figures"
    values = dict(values)
    values['capital'] += values.pop('fund')
    return Statement(**values)


class StatementReport(LetterReport):
    __name__ = 'coop.settlement.statement.letter'

    @classmethod
    def letter_member(cls, statement):
        return statement.member

    @classmethod
    def letters(cls, company, statements, data):
        return {
            s.id: {
                'statement': s,
                'month': f'{s.month:%m/%Y}',
                'figures': _statement(
                    {name: getattr(s, name) or ZERO for name, _ in AMOUNTS}),
                'bills': cls._bills(s),
                } for s in statements}

    @classmethod
    def _bills(cls, statement):
        Bill = Pool().get('coop.bill')
        return Bill.search([
                ('member', '=', statement.member.id),
                ('date', '>=', statement.month),
                ('date', '<=', month_end(statement.month)),
                ('state', 'in', ['proposed', 'accepted', 'paid']),
                ], order=[('date', 'ASC'), ('id', 'ASC')])


class MakeStatementsStart(ModelView):
    __name__ = 'coop.settlement.statement.make.start'
    company = fields.Many2One('company.company', "Company", required=True)
    month = fields.Date("Month", required=True, help="A day of it.")


class MakeStatements(Wizard):
    __name__ = 'coop.settlement.statement.make'
    start = StateView(
        'coop.settlement.statement.make.start',
        'coop_settlement.statement_make_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Make and Send", 'make', 'tryton-ok', default=True),
            ])
    make = StateAction('coop_settlement.act_statement_form')

    def default_start(self, fields):
        company = Transaction().context['company']
        return {
            'company': company,
            'month': today(company).replace(day=1) - relativedelta(months=1),
            }

    def do_make(self, action):
        """Make and send the statements of a month.

        :raises StatementError: before the month has ended
        """
        pool = Pool()
        Statement_ = pool.get('coop.settlement.statement')
        pool.get('res.user').check_company(self.start.company)
        month = self.start.month.replace(day=1)
        if month_end(month) >= today(self.start.company.id):
            raise StatementError(
                gettext('coop_settlement.msg_statement_to_come'))
        statements = Statement_.make(self.start.company, month)
        Statement_.queue_delivery(statements)
        return action, {'res_id': [s.id for s in statements]}
