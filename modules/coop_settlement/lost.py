# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoices that are settled, but which the client has not paid.

A receivable that is lost, or that a credit note settles whole, is no money:
what the mutual fund has advanced for it does not come back. The room of the
fund stays taken until the members decide to let the advance go, and the
mission was never paid by its client.
"""
from sql import Literal
from sql.operators import Exists

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'
    written_off = fields.Boolean(
        "Not Paid by the Client", readonly=True,
        states={'invisible': ~Eval('written_off')},
        help="It is settled, but by no money of the client: lost, or "
        "credited.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude = (
            cls._check_modify_exclude | {'written_off'})

    @classmethod
    def default_written_off(cls):
        return False

    @classmethod
    def copy(cls, invoices, default=None):
        default = default.copy() if default else {}
        default.setdefault('written_off', False)
        return super().copy(invoices, default=default)

    @property
    def client_paid(self):
        "Whether the client's money has settled it"
        return self.state == 'paid' and not self.written_off

    @classmethod
    def offset(cls, invoice, credit):
        super().offset(invoice, credit)
        invoice = cls(invoice.id)
        credits = invoice.credits_offset
        if not invoice.amount_to_pay and all(
                l in credits for l in invoice.payment_lines):
            cls.write([invoice], {'written_off': True})


class BadDebt(metaclass=PoolMeta):
    __name__ = 'coop.bad_debt'

    @classmethod
    @ModelView.button
    @Workflow.transition('lost')
    def lose(cls, records):
        Invoice = Pool().get('account.invoice')
        super().lose(records)
        invoices = [r.invoice for r in records]
        Invoice.write(invoices, {'written_off': True})
        Invoice._missions_follow(Invoice.browse([i.id for i in invoices]))


class FundMovement(metaclass=PoolMeta):
    __name__ = 'coop.fund.movement'
    advance = fields.Many2One(
        'coop.fund.advance', "Advance Lost", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('cancelled', '=', False),
            ],
        states={
            'readonly': Eval('state') != 'draft',
            'invisible': Eval('kind') != 'release',
            },
        help="That the client will never pay: letting it go frees what it "
        "takes of the fund.")

    @fields.depends('advance')
    def on_change_advance(self):
        if self.advance:
            self.amount = self.advance.amount

    @classmethod
    def copy(cls, movements, default=None):
        default = default.copy() if default else {}
        default.setdefault('advance')
        return super().copy(movements, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, movements):
        """Let movements count, and the advances that are lost go with them.

        :raises FundError: for another amount than that of the advance, or
            for one that is not out any more
        """
        cls.lock()
        Advance = Pool().get('coop.fund.advance')
        movements = cls.browse(movements)
        for movement in movements:
            advance = movement.advance
            if movement.kind != 'release' or not advance:
                continue
            if not advance.is_out or advance.amount != movement.amount:
                movement._raise(
                    'advance', amount=movement._money(advance.amount))
            Advance.write([advance], {'release': movement.id})
        super().do(movements)


class FundAdvance(metaclass=PoolMeta):
    __name__ = 'coop.fund.advance'
    release = fields.Many2One(
        'coop.fund.movement', "Let Go by", readonly=True,
        ondelete='SET NULL', states={'invisible': ~Eval('release')},
        help="The decision by which it does not take room of the fund.")

    @classmethod
    def _out(cls, table):
        movement = Pool().get('coop.fund.movement').__table__()
        released = movement.select(
            Literal(1), where=(movement.id == table.release)
            & movement.state.in_(['draft', 'done']))
        return super()._out(table) & ~Exists(released)


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def follow_bills(cls, missions):
        """Take those whose client never pays as paid out by members' bills.

        They are never paid by the client; they can be filed all the same.
        """
        super().follow_bills(missions)
        lost = cls._written_off(missions)
        owing = cls._owing(lost)
        cls.write([
                m for m in lost if m.state == 'invoiced' and m not in owing],
            {'state': 'paid_out'})
        # Back, as a member is owed again
        cls.write(
            [m for m in lost if m.state == 'client_paid'],
            {'state': 'invoiced'})

    @classmethod
    def _written_off(cls, missions):
        "Return missions of which all is settled, and not all by the client"
        Invoice = Pool().get('account.invoice')
        settled, lost = {}, set()
        for invoice in Invoice.search([
                    ('mission', 'in', [m.id for m in missions]),
                    ('state', 'in', ['posted', 'paid']),
                    ]):
            if invoice.untaxed_amount <= 0:
                continue
            mission = invoice.mission
            settled[mission] = (
                settled.get(mission, True) and invoice.state == 'paid')
            if invoice.written_off:
                lost.add(mission)
        return cls.browse([
                m.id for m in lost if settled[m]
                and m.kind == 'client'
                and m.state in {'invoiced', 'client_paid', 'paid_out'}])
