# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What shares are worth by the approved accounts"
from sql.aggregate import Sum
from sql.operators import Exists

from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields, sequence_ordered)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access

from . import leaving
from .exceptions import ValuationError
from .operation import DocumentMixin
from .parameter import percent

_states = {'readonly': Eval('state') != 'draft'}


class Valuation(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.valuation'
    _error = ValuationError
    _messages = 'coop_member.msg_valuation'
    date = fields.Date("Closing Date", required=True, states=_states,
        help="The last day of the fiscal year whose accounts they are.")
    losses = Monetary(
        "Losses", currency='currency', digits='currency', required=True,
        domain=[('losses', '>=', 0)], states=_states,
        help="Of the year and carried forward, as the balance sheet shows "
        "them.")
    reserves = fields.One2Many(
        'coop.share.valuation.reserve', 'valuation', "Absorbing Reserves",
        states=_states,
        help="In the order of the statutes; those that may not absorb losses "
        "are left out.")
    capital = fields.Function(Monetary(
            "Capital", currency='currency', digits='currency',
            help="The capital subscribed at the closing, by the register."),
        'on_change_with_capital')
    loss_borne = fields.Function(Monetary(
            "Borne by the Capital", currency='currency', digits='currency'),
        'on_change_with_loss_borne')
    display = fields.Function(fields.Char("Reduction of the Value",
            help="The part of their nominal value that shares lose."),
        'on_change_with_display')
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'readonly': Eval('state') != 'draft',
            'required': Eval('state') == 'approved',
            },
        help="The resolution of the meeting that approves the accounts.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('approved', "Approved"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()), (t.date, Index.Range())))
        cls._transitions |= {
            ('draft', 'approved'),
            ('approved', 'draft'),
            ('draft', 'cancelled'),
            }
        cls._buttons.update({
                'fill': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'approve': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'approved',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_losses(cls):
        return 0

    @fields.depends('company', 'date')
    def on_change_with_capital(self, name=None):
        Capital = Pool().get('coop.share.capital')
        if self.company and self.date:
            return Capital.subscribed_at(self.company, self.date)

    @fields.depends('losses', 'reserves')
    def on_change_with_loss_borne(self, name=None):
        return leaving.loss_borne(self.losses or 0, [
                (r, r.amount or 0) for r in self.reserves or []])[0]

    @fields.depends(
        methods=['on_change_with_capital', 'on_change_with_loss_borne'])
    def on_change_with_display(self, name=None):
        borne = self.on_change_with_loss_borne()
        capital = self.on_change_with_capital()
        return percent(round(
                min(borne / capital, 1), 6)) if capital else ''

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.date)

    @classmethod
    def last(cls, company):
        "Return the valuation by the last approved accounts, or None"
        valuations = cls.search([
                ('company', '=', company.id),
                ('state', '=', 'approved'),
                ], order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
        return valuations[0] if valuations else None

    @classmethod
    @ModelView.button
    def fill(cls, valuations):
        """Propose the losses and the reserves that the books show.

        The reserves are those of the valuation before, in their order.
        """
        Configuration = Pool().get('coop.configuration')
        for valuation in valuations:
            company = valuation.company
            account = Configuration(1).get_multivalue(
                'account_loss', company=company.id)
            if account:
                valuation.losses = max(0, valuation._balance(account))
            if not valuation.reserves and (before := cls.last(company)):
                valuation.reserves = [
                    {'account': r.account, 'sequence': r.sequence}
                    for r in before.reserves]
            for reserve in valuation.reserves:
                reserve.amount = max(
                    0, -valuation._balance(reserve.account))
            valuation.reserves = valuation.reserves
        cls.save(valuations)

    def _balance(self, account):
        "Return the balance (debit - credit) of an account at the closing"
        Account = Pool().get('account.account')
        with Transaction().set_context(date=self.date, posted=True):
            return Account(account.id).balance

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    def approve(cls, valuations):
        for valuation in valuations:
            if valuation.loss_borne and not valuation.capital:
                valuation._raise('capital')

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, valuations):
        """Take the approval back.

        :raises ValuationError: when shares were cancelled by it
        """
        for valuation in valuations:
            used = valuation._used()
            if used:
                valuation._raise('used', used=used[0].rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, valuations):
        pass

    @without_check_access
    def loss(self):
        """Return the leaving.Loss that the capital bears, or None.

        What a reduction of the nominal value took since is borne already.
        """
        reduced = self._reduced()
        amount = max(self.loss_borne - reduced, 0)
        if not amount:
            return None
        return leaving.Loss(
            amount, self.capital - reduced, amount - self._charged())

    def _reduced(self):
        "Return what reductions after the closing took from the capital"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Movement = pool.get('coop.share.movement')
        movement, reversal = Movement.__table__(), Movement.__table__()
        reversed_ = Exists(reversal.select(
                reversal.id, where=reversal.reverses == movement.id))
        return -Capital.total(movement.select(
                Sum(movement.subscribed).as_('amount'),
                where=(movement.company == self.company.id)
                & (movement.kind == 'reduction')
                & (movement.date > self.date) & ~reversed_), self.company)

    def _charged(self):
        "Return what leavers bore of it"
        return sum(
            -m.paid_up - m.claim
            for used in self._used() for m in used.standing)

    def _used(self):
        "Return the documents that the register bears and that apply it"
        pool = Pool()
        return [
            used for name in ['coop.share.withdrawal', 'coop.share.late_loss']
            for used in pool.get(name).search([('valuation', '=', self.id)])
            if used.standing]


del _states


class Reserve(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.share.valuation.reserve'
    valuation = fields.Many2One(
        'coop.share.valuation', "Valuation", required=True,
        ondelete='CASCADE',
        states={'readonly': Bool(Eval('valuation'))})
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    account = fields.Many2One(
        'account.account', "Account", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('closed', '!=', True),
            ('type', '!=', None),
            ])
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>=', 0)],
        help="At the closing, before it absorbs anything.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('account_unique', Unique(t, t.valuation, t.account),
                'coop_member.msg_valuation_reserve_unique'))
        cls.__access__.add('valuation')

    @classmethod
    def default_amount(cls):
        return 0

    @fields.depends('valuation', '_parent_valuation.company')
    def on_change_with_company(self, name=None):
        return self.valuation.company if self.valuation else None

    @fields.depends(methods=['on_change_with_company'])
    def on_change_with_currency(self, name=None):
        company = self.on_change_with_company()
        return company.currency if company else None

    def get_rec_name(self, name):
        return self.account.rec_name
