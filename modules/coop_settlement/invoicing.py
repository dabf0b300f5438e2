# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The client's invoice: of each mission, in full, on the cooperative's name.

Its lines come from settlements and from what the mission asked for before
(deposits), which it recalls; its state moves that of the mission.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import SettlementError


class Settlement(metaclass=PoolMeta):
    __name__ = 'coop.settlement'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'invoice': {
                    'invisible': Eval('state') != 'confirmed',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button
    def invoice(cls, settlements, date=None, comment=None):
        """Invoice clients, one invoice a mission, and post them.

        What asks the client for nothing (internal work, the true-up) is left
        as it is.

        :param settlements: those that are confirmed are invoiced
        :param date: of the invoices, today if not given
        :param comment: what the invoices say besides
        :return: the posted account.invoice
        :raises SettlementError: when an account or an address is missing
        """
        # Two who invoice the same ones wait for each other
        cls.lock(settlements)
        by_company = defaultdict(lambda: defaultdict(list))
        for settlement in cls.browse(settlements):
            if settlement.state == 'confirmed' and any(
                    l.client_amount for l in settlement.lines):
                by_company[settlement.company][settlement.mission].append(
                    settlement)
        invoices = []
        for company, by_mission in by_company.items():
            with Transaction().set_context(company=company.id):
                invoices += cls._invoice_missions(
                    by_mission, date or today(company.id), comment)
        return invoices

    @classmethod
    def _invoice_missions(cls, by_mission, date, comment):
        """Return the posted invoices of missions of one company.

        :param by_mission: {coop.mission: [coop.settlement]}
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        Line = pool.get('coop.settlement.line')
        invoices, pairs = [], []
        for mission, rows in by_mission.items():
            invoice = mission.client_invoice(date)
            invoice.comment = comment
            invoices.append(invoice)
            pairs += cls._client_lines(invoice, mission, rows)
        Invoice.save(invoices)
        InvoiceLine.save([new for new, _ in pairs])
        for new, line in pairs:
            line.invoice_line = new
        Line.save([line for _, line in pairs])
        Invoice.recall_deposits(invoices)
        cls._invoiced([s for rows in by_mission.values() for s in rows])
        Invoice.post_missions(invoices)
        return invoices

    @classmethod
    def _client_lines(cls, invoice, mission, settlements):
        "Return [(unsaved line of an invoice, line of a settlement)]"
        account = mission.settlement_account('revenue_account')
        return [
            (mission.client_line(
                    invoice, account, line.client_amount,
                    line.client_description, origin=settlement), line)
            for settlement in settlements
            for line in sorted(
                settlement.lines, key=lambda l: (l.date, l.id))
            if line.client_amount]

    @classmethod
    def _invoiced(cls, settlements):
        cls.write(settlements, {'state': 'invoiced'})

    @classmethod
    def invoice_again(cls, settlements):
        "Take those whose invoices came to nothing as confirmed"
        Line = Pool().get('coop.settlement.line')
        Line.write(
            [l for s in settlements for l in s.lines],
            {'invoice_line': None})
        cls.write(
            [s for s in settlements if s.state == 'invoiced'],
            {'state': 'confirmed'})


class Line(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'

    @property
    def client_description(self):
        "What the client reads: the work, who did it and when"
        lang = Pool().get('ir.lang').get()
        name = self.member.party.name if self.member else None
        # The date of service (CGI ann. II 242 nonies A, I-10)
        return ' - '.join(filter(None, [
                    self.description, name, lang.strftime(self.date)]))


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['close'] = {
            **cls._buttons['close'],
            'invisible': ~Eval('state').in_(['accepted', 'paid_out']),
            }

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, missions):
        """File missions of which nothing is left to invoice or to pay.

        :raises SettlementError: which names the one of which something is
        """
        Line = Pool().get('coop.settlement.line')
        lines = Line.search([
                ('settlement.mission', 'in', [
                        m.id for m in missions if m.state == 'accepted']),
                ('settlement.state', '!=', 'cancelled'),
                ['OR', ('amount', '!=', 0), ('client_amount', '!=', 0)],
                ], limit=1)
        if lines:
            raise SettlementError(gettext(
                    'coop_settlement.msg_mission_close',
                    mission=lines[0].settlement.mission.rec_name))
        super().close(missions)

    def settlement_account(self, name):
        """Return an account of the configuration.

        :param name: of the field
        :raises SettlementError: when it is not chosen
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        account = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not account:
            Settlement = pool.get('coop.settlement')
            Settlement.raise_missing(name)
        return account

    def client_invoice(self, date):
        """Return an unsaved invoice to the client, without lines.

        :param date: of the invoice; it is due the days of the mission later
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Journal = pool.get('account.journal')
        journal, = Journal.search([('type', '=', 'revenue')], limit=1)
        invoice = Invoice(
            company=self.company, type='out', party=self.client,
            currency=self.company.currency, journal=journal,
            invoice_date=date, mission=self,
            description=self.rec_name,
            payment_term_date=date + dt.timedelta(self.payment_days or 0))
        invoice.invoice_address = self.client.address_get(type='invoice')
        if not invoice.invoice_address:
            raise SettlementError(gettext(
                    'coop_settlement.msg_mission_address',
                    record=self.rec_name, client=self.client.rec_name))
        invoice.set_journal()
        invoice.account = self.client.account_receivable_used
        invoice.payment_term = None
        return invoice

    def client_line(self, invoice, account, amount, description, origin):
        "Return an unsaved line of an invoice to the client"
        InvoiceLine = Pool().get('account.invoice.line')
        return InvoiceLine(
            invoice=invoice, company=self.company, type='line', quantity=1,
            unit_price=Decimal(amount), account=account,
            description=description, origin=origin,
            currency=self.company.currency,
            taxes=[self.tax] if self.tax else [])

    @classmethod
    def follow_payment(cls, missions):
        """Move missions by the state of their clients' invoices.

        Invoiced once all that was accepted is; paid by the client once all
        its invoices are, by the client; back when one is not any more.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('coop.settlement.line')
        missions = cls.browse(missions)
        open_, known = set(), set()
        for invoice in Invoice.search([
                    ('mission', 'in', [m.id for m in missions]),
                    ('state', 'in', ['posted', 'paid']),
                    ]):
            if invoice.untaxed_amount <= 0:
                # A credit note, whose invoice has lines to pay as well
                continue
            known.add(invoice.mission.id)
            if not invoice.client_paid:
                open_.add(invoice.mission.id)
        waiting = {l.settlement.mission.id for l in Line.search([
                    ('settlement.mission', 'in', [m.id for m in missions]),
                    ('settlement.state', 'in', ['draft', 'confirmed']),
                    ('client_amount', '!=', 0)])}
        moves = defaultdict(list)
        for mission in missions:
            state = mission.state
            if mission.kind != 'client' or state not in {
                    'accepted', 'invoiced', 'client_paid'}:
                continue
            if mission.id in waiting or mission.id not in known:
                wanted = 'accepted'
            elif mission.id in open_:
                wanted = 'invoiced'
            else:
                wanted = 'client_paid'
            if wanted != state:
                moves[wanted].append(mission)
        for wanted, moved in moves.items():
            cls.write(moved, {'state': wanted})
