# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The invoices of contributions, where members sell at the client's price."""
from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import SettlementError


class Line(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'
    contribution_line = fields.Many2One(
        'account.invoice.line', "Contribution Invoiced", readonly=True,
        ondelete='SET NULL', states={'invisible': ~Eval('contribution_line')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.contribution_line, Index.Equality()),
                where=t.contribution_line != Null))

    def check_cancel(self):
        super().check_cancel()
        line = self.contribution_line
        if line and line.invoice.state not in {'draft', 'cancelled'}:
            self.settlement._raise(
                'invoiced', invoice=line.invoice.rec_name)

    @classmethod
    def contributions_to_invoice(cls, company, date):
        """Return the lines of which the contribution is to be invoiced.

        Of those alone for which the mode was the invoice: where the margin
        is kept there is none.

        :param date: the last day of service
        """
        return cls.search([
                ('company', '=', company.id),
                ('date', '<=', date),
                ('settlement.mode', '=', 'invoice'),
                ('settlement.state', 'in', ['confirmed', 'invoiced']),
                ('kind', 'in', ['work', 'true_up']),
                ('contribution', '!=', 0),
                ('contribution_line', '=', None),
                ('salaried', '=', False),
                ], order=[('date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def invoice_contributions(cls, lines, date):
        """Invoice members their contributions, and post the invoices.

        One invoice a member; what is below zero in all is a credit note.

        :param lines: coop.settlement.line of one company
        :param date: of the invoices
        :return: the posted account.invoice
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        by_member = defaultdict(list)
        for line in lines:
            by_member[line.member].append(line)
        invoices, pairs = [], []
        for member, mine in by_member.items():
            with Transaction().set_context(company=member.company.id):
                invoice = cls._contribution_invoice(member, date)
                invoices.append(invoice)
                pairs += [
                    (line._contribution_line(invoice), line)
                    for line in mine]
        Invoice.save(invoices)
        InvoiceLine.save([new for new, _ in pairs])
        for new, line in pairs:
            line.contribution_line = new
        cls.save([line for _, line in pairs])
        Invoice.post_missions(invoices)
        return Invoice.browse(invoices)

    @classmethod
    def _contribution_invoice(cls, member, date):
        "Return an unsaved invoice to a member"
        Invoice = Pool().get('account.invoice')
        party = member.party
        invoice = Invoice(
            company=member.company, type='out', party=party,
            currency=member.company.currency, invoice_date=date,
            payment_term_date=date,
            description=gettext('coop_settlement.msg_contribution'))
        invoice.invoice_address = party.address_get(type='invoice')
        if not invoice.invoice_address:
            raise SettlementError(gettext(
                    'coop_settlement.msg_mission_address',
                    record=invoice.description, client=party.rec_name))
        invoice.set_journal()
        invoice.account = party.account_receivable_used
        invoice.payment_term = None
        return invoice

    def _contribution_line(self, invoice):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        InvoiceLine = pool.get('account.invoice.line')
        Settlement = pool.get('coop.settlement')
        configuration = Configuration(1)
        account = configuration.get_multivalue(
            'contribution_account', company=self.company.id)
        if not account:
            Settlement.raise_missing('contribution_account')
        tax = configuration.get_multivalue(
            'contribution_tax', company=self.company.id)
        amount = Decimal(self.contribution)
        return InvoiceLine(
            invoice=invoice, company=self.company, type='line',
            quantity=1 if amount > 0 else -1, unit_price=abs(amount),
            account=account, currency=self.company.currency,
            description=gettext(
                'coop_settlement.msg_contribution_of',
                settlement=self.settlement.rec_name),
            origin=self.settlement, taxes=[tax] if tax else [])


class InvoiceStart(ModelView):
    __name__ = 'coop.contribution.invoice.start'
    date = fields.Date("Services until", required=True)
    invoice_date = fields.Date("Invoice Date", required=True)

    @classmethod
    def default_date(cls):
        company = Transaction().context.get('company')
        return today(company) if company else None

    default_invoice_date = default_date


class InvoiceContributions(Wizard):
    __name__ = 'coop.contribution.invoice'
    start = StateView(
        'coop.contribution.invoice.start',
        'coop_settlement.contribution_invoice_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Invoice", 'open_', 'tryton-ok', default=True),
            ])
    open_ = StateAction('account_invoice.act_invoice_out_form')

    def do_open_(self, action):
        pool = Pool()
        Company = pool.get('company.company')
        Line = pool.get('coop.settlement.line')
        User = pool.get('res.user')
        company = Company(Transaction().context['company'])
        User.check_company(company)
        invoices = Line.invoice_contributions(
            Line.contributions_to_invoice(company, self.start.date),
            self.start.invoice_date)
        return action, {'res_id': [i.id for i in invoices]}
