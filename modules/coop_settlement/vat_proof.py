# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The proof of VAT: tax accounts = return + VAT awaiting payment."""
from decimal import Decimal

from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateView, Wizard

from . import vat

ZERO = Decimal(0)


def _money(name, help=""):
    return Monetary(
        name, currency='currency', digits='currency', readonly=True,
        help=help)


class VatProofStart(ModelView):
    __name__ = 'coop.vat.proof.start'
    company = fields.Many2One('company.company', "Company", required=True)
    start_period = fields.Many2One(
        'account.period', "From Period", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '=', 'standard'),
            ])
    end_period = fields.Many2One(
        'account.period', "To Period", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '=', 'standard'),
            ], help="The same for a month, the third for a quarter.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_start_period(cls):
        "The last period that has ended"
        Period = Pool().get('account.period')
        company = cls.default_company()
        if company:
            periods = Period.search([
                    ('company', '=', company),
                    ('end_date', '<', today(company)),
                    ('type', '=', 'standard'),
                    ], order=[('end_date', 'DESC')], limit=1)
            return periods[0].id if periods else None

    default_end_period = default_start_period


class VatProofResult(ModelView):
    __name__ = 'coop.vat.proof.result'
    start_date = fields.Date("From", readonly=True)
    end_date = fields.Date("To", readonly=True)
    currency = fields.Many2One('currency.currency', "Currency")
    declared = _money("To Declare", "Collected less deductible.")
    awaiting = _money("Awaiting Payment")
    holds = fields.Boolean("The Proof Holds", readonly=True)
    accounts = fields.One2Many(
        'coop.vat.proof.account', None, "Tax Accounts", readonly=True)
    invoices = fields.One2Many(
        'coop.vat.proof.invoice', None, "VAT Awaiting Payment",
        readonly=True)


class VatProofAccount(ModelView):
    __name__ = 'coop.vat.proof.account'
    currency = fields.Many2One('currency.currency', "Currency")
    account = fields.Many2One('account.account', "Account", readonly=True)
    ledger = _money("Balance", "Credit less debit, at the end.")
    carried = _money("Earlier Periods",
        "What they declared and no return has taken away yet.")
    declared = _money("This Period")
    awaiting = _money("Awaiting Payment")
    unexplained = _money("Difference",
        "Entries that no tax line explains: correct them, or put the "
        "returns in their journal.")


class VatProofInvoice(ModelView):
    __name__ = 'coop.vat.proof.invoice'
    currency = fields.Many2One('currency.currency', "Currency")
    invoice = fields.Many2One('account.invoice', "Invoice", readonly=True)
    party = fields.Many2One('party.party', "Party", readonly=True)
    awaiting = _money("Awaiting Payment")
    expected = _money("By Payments",
        "What the payments received by then leave of its VAT.")
    difference = _money("Difference")


class VatProof(Wizard):
    __name__ = 'coop.vat.proof'
    start = StateView(
        'coop.vat.proof.start', 'coop_settlement.vat_proof_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Prove", 'result', 'tryton-ok', default=True),
            ])
    result = StateView(
        'coop.vat.proof.result',
        'coop_settlement.vat_proof_result_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def default_result(self, fields):
        company = self.start.company
        Pool().get('res.user').check_company(company)
        with without_check_access():
            return self.prove(
                company, self.start.start_period.start_date,
                self.start.end_period.end_date)

    @classmethod
    def prove(cls, company, start, end):
        """Return the values of the proof of a company.

        :param start: first day of the first period
        :param end: last day of the last one
        """
        proofs, awaiting = vat.prove(cls.entries(company, end), start, end)
        invoices = cls._invoices(company, awaiting, end)
        currency = company.currency.id
        return {
            'start_date': start, 'end_date': end, 'currency': currency,
            'declared': sum((p.declared for p in proofs), ZERO),
            'awaiting': sum((p.awaiting for p in proofs), ZERO),
            'holds': not any(p.unexplained for p in proofs)
            and not any(i['difference'] for i in invoices),
            'accounts': [{
                    'currency': currency, 'account': p.account.id,
                    'ledger': p.ledger, 'carried': p.carried,
                    'declared': p.declared, 'awaiting': p.awaiting,
                    'unexplained': p.unexplained,
                    } for p in sorted(
                        proofs, key=lambda p: p.account.code or '')],
            'invoices': invoices,
            }

    @classmethod
    def entries(cls, company, end):
        "Return the vat.Entry of the tax accounts until a date"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Invoice = pool.get('account.invoice')
        Move = pool.get('account.move')
        journal = Configuration(1).get_multivalue(
            'vat_journal', company=company.id)
        lines = Line.search([
                ('account', 'in', [a.id for a in cls._accounts(company)]),
                ('move.date', '<=', end),
                ('move_state', '=', 'posted'),
                ], order=[('id', 'ASC')])
        for line in lines:
            origin = line.move.origin
            if isinstance(origin, Move):
                origin = origin.origin
            yield vat.Entry(
                line.account, line.date, line.credit - line.debit,
                tuple(cls._counted(line)),
                returned=not line.tax_lines and journal is not None
                and line.move.journal == journal,
                invoice=origin if isinstance(origin, Invoice) else None)

    @staticmethod
    def _accounts(company):
        Tax = Pool().get('account.tax')
        taxes = Tax.search([('company', '=', company.id)])
        return {
            a for t in taxes
            for a in [t.invoice_account, t.credit_note_account] if a}

    @staticmethod
    def _counted(line):
        "Yield (amount, start of the period that counts it) of its tax lines"
        taxes = [t for t in line.tax_lines if t.type == 'tax']
        total = sum(t.amount for t in taxes)
        amount = line.credit - line.debit
        sign = -1 if total * amount < 0 else 1
        for tax in taxes:
            period = tax.period if tax.on_cash_basis else line.period
            yield sign * tax.amount, period.start_date if period else None

    @classmethod
    def _invoices(cls, company, awaiting, end):
        "Return the values of each invoice of which VAT waits, or should"
        result = []
        for invoice in cls._cash_invoices(company, end):
            expected = sum((
                    vat.left(tax, *invoice.paid_by(end))
                    for tax in invoice.cash_taxes()), ZERO)
            found = awaiting.pop(invoice, ZERO)
            if found or expected:
                result.append(cls._invoice(
                        company, invoice, found, expected))
        for invoice, amount in awaiting.items():
            if amount:
                result.append(cls._invoice(company, invoice, amount, ZERO))
        return result

    @staticmethod
    def _invoice(company, invoice, awaiting, expected):
        return {
            'currency': company.currency.id,
            'invoice': invoice.id if invoice else None,
            'party': invoice.party.id if invoice else None,
            'awaiting': awaiting, 'expected': expected,
            'difference': awaiting - expected}

    @staticmethod
    def _cash_invoices(company, end):
        "Return the invoices whose VAT is due when it is paid"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        TaxLine = pool.get('account.tax.line')
        lines = TaxLine.search([
                ('on_cash_basis', '=', True),
                ('type', '=', 'tax'),
                ('tax.company', '=', company.id),
                ('move_line.move.date', '<=', end),
                ('move_line.move.state', '=', 'posted'),
                ])
        moves = {t.move_line.move.id for t in lines}
        return Invoice.search([
                ('move', 'in', list(moves)),
                ], order=[('invoice_date', 'ASC'), ('id', 'ASC')])
