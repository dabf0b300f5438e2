# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoices of missions: deposits recalled by mission, states that follow."""
from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, Workflow, fields
from trytond.modules.account_deposit.exceptions import DepositError
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import SettlementError

ZERO = Decimal(0)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'
    mission = fields.Many2One(
        'coop.mission', "Mission", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('client', '=', Eval('party', -1)),
            ],
        states={
            'readonly': Eval('state') != 'draft',
            'invisible': (Eval('type') != 'out')
            | ((Eval('state') != 'draft') & ~Eval('mission')),
            },
        help="Whose deposits it recalls, and whose state follows it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.mission, Index.Equality()),
                where=t.mission != Null))

    def _credit(self, **values):
        credit = super()._credit(**values)
        credit.mission = self.mission
        return credit

    @classmethod
    def post_missions(cls, invoices):
        "Post invoices of missions; nobody answers a warning in a batch"
        with Transaction().set_context(_skip_warnings=True):
            cls.post(invoices)

    @classmethod
    def _post(cls, invoices):
        cls.check_mission_deposits(invoices)
        super()._post(invoices)
        cls._missions_follow(invoices)

    @classmethod
    @ModelView.button
    def process(cls, invoices):
        super().process(invoices)
        cls._missions_follow(invoices)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, invoices):
        "What a credit note cancels is to be invoiced again"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Settlement = pool.get('coop.settlement')
        super().cancel(invoices)
        lines = Line.search([
                ('invoice_line.invoice', 'in', [i.id for i in invoices])])
        Settlement.invoice_again(list({l.settlement for l in lines}))
        cls._missions_follow(invoices)

    @classmethod
    def _missions_follow(cls, invoices):
        Mission = Pool().get('coop.mission')
        missions = {i.mission for i in invoices if i.mission}
        if missions:
            Mission.follow_payment(list(missions))

    @classmethod
    def recall_deposits(cls, invoices):
        """Recall on draft invoices what their missions were asked for.

        Each rate of VAT by itself, the oldest deposit first, never more than
        the invoice has at that rate: it is never below zero.
        """
        InvoiceLine = pool_line()
        lines = []
        for invoice in invoices:
            lines += invoice._deposit_recalls()
        if lines:
            InvoiceLine.save(lines)

    def _deposit_recalls(self):
        left = self.mission.deposit_balances()
        priced = defaultdict(Decimal)
        for line in self.lines:
            if line.type == 'line':
                priced[tax_key(line.taxes)] += line.amount
        result = []
        for (account, taxes), balance in left.items():
            amount = min(balance, max(priced[taxes], ZERO))
            if amount <= 0:
                continue
            priced[taxes] -= amount
            line = self.mission.client_line(
                self, account, -amount, gettext(
                    'coop_settlement.msg_deposit_recalled',
                    mission=self.mission.rec_name), origin=self.mission)
            line.taxes = list(taxes)
            result.append(line)
        return result

    def call_deposit(self, account, description, maximum=None):
        """Recall the deposit of the invoice's mission alone.

        Without mission it is recalled by party, as account_deposit does.
        """
        InvoiceLine = pool_line()
        if not self.mission:
            return super().call_deposit(
                account, description, maximum=maximum)
        InvoiceLine.delete([
                l for l in self.lines
                if l.type == 'line' and l.account == account
                and l.amount < 0])
        invoice = self.__class__(self.id)
        lines = invoice._deposit_recalls()
        for line in lines:
            line.description = description
        InvoiceLine.save(lines)
        return -sum((abs(l.unit_price) for l in lines), ZERO)

    @classmethod
    def check_mission_deposits(cls, invoices):
        """Check that no deposit is recalled beyond what its mission has.

        :raises DepositError: which names the mission
        """
        for invoice in invoices:
            if not invoice.mission or invoice.state in {'posted', 'paid'}:
                continue
            recalled = defaultdict(Decimal)
            for line in invoice.lines:
                if (line.type == 'line' and line.account.type.deposit
                        and line.amount < 0):
                    key = line.account, tax_key(line.taxes)
                    recalled[key] -= line.amount
            if not recalled:
                continue
            left = invoice.mission.deposit_balances()
            for key, amount in recalled.items():
                if amount > left.get(key, ZERO):
                    raise DepositError(gettext(
                            'coop_settlement.msg_deposit_mission',
                            mission=invoice.mission.rec_name,
                            invoice=invoice.rec_name))


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.settlement', 'coop.mission']


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ask_deposit': {
                    'invisible': ~Eval('state').in_(
                        ['planned', 'confirmed', 'in_progress'])
                    | ~Eval('quotation'),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'quotation'],
                    },
                })

    @classmethod
    @ModelView.button
    def ask_deposit(cls, missions):
        """Invoice the deposit that was signed.

        :raises SettlementError: when there is none to ask for
        """
        for mission in missions:
            if not mission.deposit_due:
                raise SettlementError(gettext(
                        'coop_settlement.msg_deposit_none',
                        record=mission.rec_name))
        cls.invoice_deposits(missions)

    def deposit_balances(self, until=None):
        """Return {(account, taxes): amount} still to recall, without tax.

        What posted invoices asked for, less what was recalled or credited.

        :param until: the last day of the invoices that count, all if None
        """
        InvoiceLine = pool_line()
        dated = [('invoice.invoice_date', '<=', until)] if until else []
        result = {}
        for line in InvoiceLine.search([
                    ('invoice.mission', '=', self.id),
                    ('type', '=', 'line'),
                    ('account.type.deposit', '=', True),
                    ('invoice.state', 'in', ['posted', 'paid', 'cancelled']),
                    *dated,
                    ], order=[('id', 'ASC')]):
            invoice = line.invoice
            if invoice.state == 'cancelled' and (
                    not invoice.cancelled_by_credit):
                continue
            key = line.account, tax_key(line.taxes)
            result[key] = result.get(key, ZERO) + line.amount
        return {k: v for k, v in result.items() if v > 0}

    @classmethod
    def invoice_deposits(cls, missions, date=None):
        """Invoice the deposits of quotations that have none yet.

        They carry the VAT of the mission, due when they are paid.

        :return: the posted account.invoice
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool_line()
        invoices, lines = [], []
        for mission in missions:
            amount = mission.deposit_due
            if not amount:
                continue
            with Transaction().set_context(company=mission.company.id):
                invoice = mission.client_invoice(
                    date or today(mission.company.id))
                invoice.payment_term_date = invoice.invoice_date
                invoices.append(invoice)
                lines.append(mission.client_line(
                        invoice, mission.settlement_account(
                            'deposit_account'),
                        amount, gettext('coop_settlement.msg_deposit',
                            mission=mission.rec_name), origin=mission))
        Invoice.save(invoices)
        InvoiceLine.save(lines)
        if invoices:
            Invoice.post_missions(invoices)
        return invoices

    @property
    def deposit_due(self):
        "The deposit of the quotation, if none was asked for yet"
        InvoiceLine = pool_line()
        if not self.quotation or self.kind != 'client':
            return ZERO
        asked = InvoiceLine.search([
                ('invoice.mission', '=', self.id),
                ('account.type.deposit', '=', True),
                ('invoice.state', '!=', 'cancelled'),
                ], limit=1)
        return ZERO if asked else self.quotation.deposit


def pool_line():
    return Pool().get('account.invoice.line')


def tax_key(taxes):
    "Return the taxes as what deposits are told apart by"
    return tuple(sorted(taxes, key=lambda t: t.id))
