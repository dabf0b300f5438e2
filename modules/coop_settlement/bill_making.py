# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Which bills the cooperative writes for members, and when"
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .bill import SLICE
from .bill_due import month_end
from .exceptions_out import BillError

# What settlements are due
DUE = ['confirmed', 'invoiced']
# The bills that are corrected by a credit note
ACCEPTED = ['accepted', 'paid']


class SettlementLine(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'

    @classmethod
    def to_bill(cls, company, until, members=None):
        """Return the lines that members are owed and no bill is for.

        :param until: last day of work
        :param members: all by default
        """
        domain = [
            ('company', '=', company.id),
            ('date', '<=', until),
            ('bill', '=', None),
            ('member', '!=', None),
            ('salaried', '!=', True),
            ('amount', '!=', 0),
            ('settlement.state', 'in', DUE),
            ]
        if members is not None:
            domain.append(('member', 'in', [m.id for m in members]))
        return [l for l in cls.search(
                domain, order=[('date', 'ASC'), ('id', 'ASC')]) if l.billable]

    @property
    def corrective(self):
        "Whether it lessens what an accepted bill asked for"
        return self.amount < 0 and (
            self.kind == 'true_up'
            or bool(self.reduces and self.reduces.bill
                and self.reduces.bill.state in ACCEPTED))

    def check_cancel(self):
        super().check_cancel()
        # What a credit note took back can be settled anew
        if self.bill and not (self.credits or self.credited_by):
            self.settlement._raise('billed', bill=self.bill.rec_name)


class Settlement(metaclass=PoolMeta):
    __name__ = 'coop.settlement'

    @classmethod
    def confirmed(cls, settlements):
        super().confirmed(settlements)
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        # With what waited: what is to give back lessens the next bill
        for company in {s.company for s in settlements}:
            members = {
                l.member for s in cls.browse(settlements)
                if s.company == company for l in s.lines
                if l.billable and l.amount}
            date = today(company.id)
            Bill.make(
                company, Line.to_bill(company, date, list(members)), date)


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def make(cls, company, lines, date, rhythm='report'):
        """Write bills for lines, a bill a member, and propose them.

        Those of members without a mandate of the rhythm wait: for the end of
        the month, or for the member's own bill.

        :param date: of the bills
        :param rhythm: that of the mandate
        """
        cls.lock()
        Mandate = Pool().get('coop.billing.mandate')
        Line = Pool().get('coop.settlement.line')
        owed = defaultdict(list)
        for line in lines:
            owed[line.member].append(line)
        mandates = {}
        for sub in grouped_slice(list(owed), SLICE):
            mandates.update(Mandate.at(list(sub), date))
        owed = {
            m: lines for m, lines in owed.items()
            if m.id in mandates and mandates[m.id].rhythm == rhythm}
        owed = {
            m: asked for m, lines in owed.items()
            if (asked := mandates[m.id].billed(lines))
            and sum(l.amount for l in asked)}
        bills = []
        for member, lines in owed.items():
            credit = sum(l.amount for l in lines) < 0
            before = [l.billed_before for l in lines if l.billed_before]
            bills.append(cls(
                    company=company, member=member, kind='self', date=date,
                    periodic=rhythm == 'monthly', state='draft',
                    credit=credit,
                    # What lessens several bills corrects none of them whole
                    corrects=before[0] if before and not credit else None))
        cls.save(bills)
        to_write = []
        for bill in bills:
            to_write += [owed[bill.member], {'bill': bill.id}]
        if to_write:
            Line.write(*to_write)
        cls.give_back([b for b in bills if b.credit], mandates)
        for sub in grouped_slice([b for b in bills if not b.credit], SLICE):
            cls.propose(cls.browse(list(sub)))
        return cls.browse(bills)

    @classmethod
    def give_back(cls, credits, mandates):
        """Issue credit notes of what lessens several bills.

        :param mandates: {member id: mandate}
        """
        credits = cls.browse(credits)
        for credit in credits:
            credit.mandate = mandates[credit.member.id]
            credit.performed_on = max(l.date for l in credit.lines)
            credit.due_date = credit.date
            credit.credit_reason = '; '.join(dict.fromkeys(
                    l.description or l.kind_string for l in credit.lines))
        cls.set_numbers(credits)
        cls.make_invoices(credits)
        cls.book_credit(credits)

    @classmethod
    def bill_month(cls, company, date):
        """Write the bills of a month, for all who are billed monthly.

        :param date: last day of the month, that of the bills
        """
        cls.lock()
        Line = Pool().get('coop.settlement.line')
        return cls.make(company, Line.to_bill(company, date), date, 'monthly')

    @classmethod
    def bill_months(cls):
        "The cron's way: on the first days of a month, that which has ended"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                cls.bill_month(company, _last_month(company))


def _last_month(company):
    return month_end(today(company.id) - relativedelta(months=1))


class BillingMandate(metaclass=PoolMeta):
    __name__ = 'coop.billing.mandate'

    def billed(self, lines):
        """Return those of the lines that the cooperative may bill.

        What corrects an accepted bill waits for the member's own credit note
        where the mandate leaves corrections to the member (CGI 289 I-2).
        """
        if self.corrections == 'cooperative':
            return lines
        return [l for l in lines if not l.corrective]


class BillMonthStart(ModelView):
    __name__ = 'coop.bill.month.start'
    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("End of the Month", required=True,
        help="The date of the bills.")


class BillMonth(Wizard):
    __name__ = 'coop.bill.month'
    start = StateView(
        'coop.bill.month.start',
        'coop_settlement.bill_month_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Bill", 'bill', 'tryton-ok', default=True),
            ])
    bill = StateAction('coop_settlement.act_bill_form')

    def default_start(self, fields):
        Company = Pool().get('company.company')
        company = Company(Transaction().context['company'])
        return {'company': company.id, 'date': _last_month(company)}

    def do_bill(self, action):
        """Bill the month.

        :raises BillError: for a day to come
        """
        pool = Pool()
        Bill = pool.get('coop.bill')
        pool.get('res.user').check_company(self.start.company)
        if self.start.date > today(self.start.company.id):
            raise BillError(gettext(
                    'coop_settlement.msg_bill_month_to_come'))
        bills = Bill.bill_month(self.start.company, self.start.date)
        return action, {'res_id': [b.id for b in bills]}
