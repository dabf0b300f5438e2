# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Money that a member brings, or that the cooperative owes him"
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .event import today
from .exceptions import SubscriptionError


class Subscription(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'receive': {
                    'invisible': ~((Eval('state') == 'submitted')
                        | (Eval('amount_open', 0) > 0)),
                    'icon': 'tryton-add',
                    'depends': ['state', 'amount_open'],
                    },
                'offset': {
                    'invisible': ~(Eval('amount_open', 0) > 0),
                    'icon': 'tryton-switch',
                    'depends': ['amount_open'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_member.wizard_subscription_receive')
    def receive(cls, subscriptions):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_subscription_offset')
    def offset(cls, subscriptions):
        pass

    def money_account(self):
        "Where its money goes: to the advances (4563) until it is accepted"
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Configuration = pool.get('coop.configuration')
        if self.state == 'submitted':
            return Configuration(1).get_multivalue(
                'account_advance', company=self.company.id)
        return Allocation.account(self.company)

    def money_move(self, date, journal, lines, description=None):
        "Return the unsaved move of its money"
        pool = Pool()
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        return Move(
            company=self.company, date=date, journal=journal, origin=self,
            period=Period.find(self.company, date=date),
            description=description or self.rec_name, lines=lines)


class ReceiveStart(ModelView):
    __name__ = 'coop.share.subscription.receive.start'
    company = fields.Many2One('company.company', "Company")
    currency = fields.Many2One('currency.currency', "Currency")
    date = fields.Date("Date", required=True)
    amount = Monetary("Amount", currency='currency', digits='currency',
        required=True, domain=[('amount', '>', 0)])
    journal = fields.Many2One('account.journal', "Journal", required=True)
    account = fields.Many2One('account.account', "Account", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', False),
            ],
        help="Where the money is kept.")
    payer = fields.Many2One('party.party', "Payer",
        context={'company': Eval('company', -1)}, depends={'company'},
        help="Leave empty when the member pays.")


class Receive(Wizard):
    __name__ = 'coop.share.subscription.receive'
    start = StateView(
        'coop.share.subscription.receive.start',
        'coop_member.subscription_receive_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Receive", 'receive', 'tryton-ok', default=True),
            ])
    receive = StateTransition()

    def default_start(self, fields):
        Configuration = Pool().get('coop.configuration')
        company = self.record.company
        values = {
            'company': company.id,
            'currency': company.currency.id,
            'date': today(company.id),
            'amount': self.record.amount_open or self.record.amount,
            }
        for name in ['journal', 'account']:
            record = Configuration(1).get_multivalue(
                f'cash_{name}', company=company.id)
            values[name] = record.id if record else None
        return values

    def transition_receive(self):
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        subscription, start = self.record, self.start
        description = None
        if start.payer:
            description = gettext(
                'coop_member.msg_payment_by', payer=start.payer.rec_name)
        move = subscription.money_move(start.date, start.journal, [
                Line(account=start.account, debit=start.amount, credit=0),
                Line(account=subscription.money_account(),
                    party=subscription.member.party, debit=0,
                    credit=start.amount, maturity_date=start.date,
                    description=description),
                ], description)
        move.save()
        Move.post([move])
        return 'end'


class OffsetStart(ModelView):
    __name__ = 'coop.share.subscription.offset.start'
    company = fields.Many2One('company.company', "Company")
    currency = fields.Many2One('currency.currency', "Currency")
    party = fields.Many2One('party.party', "Party",
        context={'company': Eval('company', -1)}, depends={'company'})
    excluded = fields.Many2Many('account.account', None, None, "Excluded")
    date = fields.Date("Date", required=True)
    line = fields.Many2One('account.move.line', "Owed to the Member",
        required=True,
        domain=[
            ('move.company', '=', Eval('company', -1)),
            ('party', '=', Eval('party', -1)),
            ('account.type.payable', '=', True),
            ('account', 'not in', Eval('excluded', [])),
            ('credit', '>', 0),
            ('reconciliation', '=', None),
            ('move_state', '=', 'posted'),
            ])
    open = Monetary(
        "To Pay", currency='currency', digits='currency', readonly=True)
    amount = Monetary("Amount", currency='currency', digits='currency',
        required=True, domain=[('amount', '>', 0)])

    @fields.depends('line', 'open')
    def on_change_line(self):
        if self.line and self.open is not None:
            self.amount = min(self.line.credit - self.line.debit, self.open)


class Offset(Wizard):
    __name__ = 'coop.share.subscription.offset'
    start = StateView(
        'coop.share.subscription.offset.start',
        'coop_member.subscription_offset_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Offset", 'offset', 'tryton-ok', default=True),
            ])
    offset = StateTransition()

    def default_start(self, fields):
        Configuration = Pool().get('coop.configuration')
        company = self.record.company
        configuration = Configuration(1)
        # What waits for shares already pays them, and what is owed to a
        # leaver is of the register
        excluded = [
            configuration.get_multivalue(
                f'account_{role}', company=company.id)
            for role in ['advance', 'claim']]
        return {
            'company': company.id,
            'currency': company.currency.id,
            'party': self.record.member.party.id,
            'excluded': [a.id for a in excluded if a],
            'date': today(company.id),
            'open': self.record.amount_open,
            'amount': self.record.amount_open,
            }

    def transition_offset(self):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        subscription, start = self.record, self.start
        amount, line = start.amount, start.line
        owed = line.credit - line.debit
        if amount > owed:
            raise SubscriptionError(gettext(
                    'coop_member.msg_offset_amount',
                    line=line.rec_name, owed=owed))
        if amount > subscription.amount_open:
            raise SubscriptionError(gettext(
                    'coop_member.msg_payment_amount',
                    subscription=subscription.rec_name, amount=amount,
                    open=subscription.amount_open))
        party = subscription.member.party
        move = subscription.money_move(
            start.date, Configuration(1).get_multivalue(
                'share_journal', company=subscription.company.id),
            Line.offset_lines(
                party, amount, [(subscription.money_account(), amount)],
                start.date, line=line))
        move.save()
        Move.post([move])
        Line.reconcile_offset(move, line)
        return 'end'
