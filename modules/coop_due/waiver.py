# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A waiver gives back dues by a credit note, and keeps the reason"
from decimal import Decimal

from sql import Null

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from .calling import Call
from .exceptions import DueError
from .periods import Period

_draft = {'readonly': Eval('state') != 'draft'}


class Waiver(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.due.waiver'
    _error = DueError
    _messages = 'coop_due.msg_waiver'
    _muted = ['revoked']
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    invoice = fields.Many2One(
        'account.invoice', "Invoice", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('due_member', '=', Eval('member', -1)),
            ('state', 'in', ['posted', 'paid']),
            ], states=_draft)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>', 0)], states=_draft,
        help="Without tax.")
    date = fields.Date("Date", required=True, states=_draft)
    reason = fields.Text("Reason", required=True, states=_draft,
        help="Kept here, and not printed on the credit note.")
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    credit_note = fields.Many2One(
        'account.invoice', "Credit Note", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('credit_note')})
    state = fields.Selection([
            ('draft', "Draft"),
            ('granted', "Granted"),
            ('revoked', "Revoked"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.invoice, Index.Equality())),
                Index(t, (t.credit_note, Index.Equality()),
                    where=t.credit_note != Null),
                })
        cls._transitions |= {('draft', 'granted'), ('granted', 'revoked')}
        cls._buttons.update({
                'grant': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'revoke': {
                    'invisible': Eval('state') != 'granted',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @fields.depends('invoice', 'amount')
    def on_change_invoice(self):
        if self.invoice and not self.amount:
            self.amount = self.invoice.untaxed_amount

    def get_rec_name(self, name):
        return f"{self.member.rec_name} - {self.invoice.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, waivers, default=None):
        default = default.copy() if default else {}
        default.setdefault('credit_note')
        return super().copy(waivers, default=default)

    def _raise_document(self, message):
        self._raise('fixed')

    @classmethod
    @ModelView.button
    @Workflow.transition('granted')
    def grant(cls, waivers):
        """Give back the amounts by posted credit notes.

        :raises DueError: when more would be given back than was invoiced
        """
        cls.lock(waivers)
        for waiver in waivers:
            waiver._check_amount()
            waiver.credit_note, = waiver._invoice(-waiver.amount)
            waiver.state = 'granted'
            waiver.save()

    @classmethod
    @ModelView.button
    @Workflow.transition('revoked')
    def revoke(cls, waivers):
        "Call again what was given back by mistake"
        cls.lock(waivers)
        for waiver in waivers:
            waiver._invoice(waiver.amount)

    def _check_amount(self):
        others = self.search([
                ('invoice', '=', self.invoice.id),
                ('state', '=', 'granted'),
                ])
        left = self.invoice.untaxed_amount - sum(
            (w.amount for w in others), Decimal(0))
        if self.amount > left:
            lang = Pool().get('ir.lang').get()
            self._raise('amount',
                amount=lang.currency(self.amount, self.currency),
                left=lang.currency(left, self.currency))

    def _invoice(self, amount):
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        Subscription = pool.get('sale.subscription')
        called = Consumption.search([
                ('invoice_line.invoice', '=', self.invoice.id),
                ('due_kind', '!=', None),
                ])
        start = min(c.due_from for c in called)
        end = max(c.due_to for c in called)
        return Subscription.invoice_dues([Call(
                    called[0].line.subscription, 'waiver',
                    Period(called[0].due_period, end), start, end, amount,
                    None, self.reason, self.invoice.number)], self.date)
