# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Payments of members: direct debits of shares, the first to a new IBAN"
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Literal, Null
from sql.aggregate import Max
from sql.conditionals import Case, Coalesce
from sql.operators import Concat, Exists

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .event import today
from .exceptions import NewIBANWarning, SubscriptionError

# SEPA Core Direct Debit Scheme Rulebook: the creditor notifies the debtor 14
# calendar days before, unless agreed otherwise (section 4.3.1), and the
# debtor's bank refunds without question within 8 weeks of the debit (4.3.4)
PRE_NOTIFICATION = dt.timedelta(days=14)
REFUND = dt.timedelta(weeks=8)

UNDER_WAY = ['draft', 'submitted', 'approved', 'processing']


class Subscription(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'debit': {
                    'invisible': ~(Eval('amount_open', 0) > 0),
                    'icon': 'tryton-forward',
                    'depends': ['amount_open'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_member.wizard_direct_debit')
    def debit(cls, subscriptions):
        pass

    @classmethod
    def debit_lines(cls, subscriptions):
        """Return [(line, amount)] of what may be debited for subscriptions.

        A line is debited of what is open on its call, less the payments
        under way; a member, never of more than what they leave open.
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Line = pool.get('account.move.line')
        Payment = pool.get('account.payment')
        members = list({s.member for s in subscriptions})
        open_calls = Allocation.open_calls(members)
        under_way = Payment.calls_under_way(members)
        left = {
            m: sum(c.amount for c in open_calls[m.id])
            - sum(under_way[m].values()) for m in members}
        calls = {
            call.key: call.amount for calls in open_calls.values()
            for call in calls if call.key.subscription in subscriptions}
        lines = Line.search([
                ('move.origin', 'in', [str(m) for m in calls]),
                ('account.type.receivable', '=', True),
                ('reconciliation', '=', None),
                ('move_state', '=', 'posted'),
                ('party', '!=', None),
                ], order=[('maturity_date', 'ASC'), ('id', 'ASC')])
        result = []
        for line in lines:
            call = line.move.origin
            amount = min(
                calls[call] - under_way[call.member][call],
                line.payment_amount, left[call.member])
            if amount > 0 and not line.payment_blocked:
                result.append((line, amount))
                left[call.member] -= amount
        return result


class Retention(metaclass=PoolMeta):
    __name__ = 'coop.share.retention'

    @classmethod
    def awaited(cls, member):
        Payment = Pool().get('account.payment')
        return super().awaited(member) + sum(
            Payment.calls_under_way([member])[member].values())


class DirectDebitStart(ModelView):
    __name__ = 'coop.share.direct_debit.start'
    company = fields.Many2One('company.company', "Company")
    journal = fields.Many2One('account.payment.journal', "Journal",
        required=True,
        domain=[('company', '=', Eval('company', -1))])
    date = fields.Date("Collection Date", required=True)
    notify_before = fields.Date("Notify the Member by", readonly=True,
        help="A direct debit is announced 14 days before, "
        "unless something else was agreed.")

    @fields.depends('date')
    def on_change_with_notify_before(self):
        return self.date - PRE_NOTIFICATION if self.date else None


class DirectDebit(Wizard):
    __name__ = 'coop.share.direct_debit'
    start = StateView(
        'coop.share.direct_debit.start',
        'coop_member.share_direct_debit_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Debit", 'debit', 'tryton-ok', default=True),
            ])
    debit = StateAction('account_payment.act_payment_form')

    def default_start(self, fields):
        company = self.records[0].company
        date = today(company.id) + PRE_NOTIFICATION
        journals = Pool().get('account.payment.journal').search([
                ('company', '=', company.id)], limit=2)
        return {
            'company': company.id,
            # Most have a single one
            'journal': journals[0].id if len(journals) == 1 else None,
            'date': date,
            'notify_before': date - PRE_NOTIFICATION,
            }

    def do_debit(self, action):
        pool = Pool()
        Payment = pool.get('account.payment')
        Subscription = pool.get('coop.share.subscription')
        pool.get('coop.share.movement').lock()
        records = [
            r for r in self.records if r.company == self.start.company]
        payments = [
            Payment(
                company=self.start.company, journal=self.start.journal,
                kind='receivable', party=line.party, line=line,
                date=max(self.start.date, line.maturity_date),
                amount=amount, reference_type='creditor_reference',
                reference=line.move.origin.member.payment_reference)
            for line, amount in Subscription.debit_lines(records)]
        if not payments:
            raise SubscriptionError(gettext(
                    'coop_member.msg_direct_debit_nothing',
                    record=self.records[0].rec_name))
        Payment.save(payments)
        return action, {'res_id': [p.id for p in payments]}


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'
    first_to_new_iban = fields.Function(fields.Boolean(
            "First to New IBAN",
            help="The IBAN of the member has changed "
            "and no payment has succeeded since."))

    @classmethod
    def column_first_to_new_iban(cls, tables):
        pool = Pool()
        payment, _ = tables[None]
        change = pool.get('coop.iban.change').__table__()
        group = pool.get('account.payment.group').__table__()
        member = pool.get('coop.member').__table__()
        paid = cls.__table__()
        # The group is made when the payments are sent, to the account then
        # in use, and is never written again; the other dates are entered
        sent = Coalesce(group.create_date, paid.create_date)
        since = paid.join(group, 'LEFT',
            condition=paid.group == group.id).select(Literal(1),
            where=(paid.party == payment.party)
            & (paid.company == payment.company)
            & (paid.kind == 'payable')
            & (paid.state == 'succeeded')
            & (sent > change.in_use_since))
        changed = change.join(member,
            condition=member.id == change.member).select(Literal(1),
            where=(member.party == payment.party)
            & (member.company == payment.company)
            & (change.account != Null)
            & ~Exists(since))
        return Case(
            ((payment.kind == 'payable')
                & payment.state.in_(UNDER_WAY)
                & Exists(changed), Literal(True)),
            else_=Literal(False))

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    def approve(cls, payments):
        cls._warn_new_iban(payments)
        super().approve(payments)

    @classmethod
    @Workflow.transition('processing')
    def process(cls, payments, group=None):
        # It may have changed since they were approved
        cls._warn_new_iban(payments)
        return super().process(payments, group=group)

    @classmethod
    def _warn_new_iban(cls, payments):
        Warning = Pool().get('res.user.warning')
        for payment in payments:
            if payment.first_to_new_iban:
                key = Warning.format('first_to_new_iban', [payment])
                if Warning.check(key):
                    raise NewIBANWarning(key, gettext(
                            'coop_member.msg_payment_first_to_new_iban',
                            payment=payment.rec_name,
                            party=payment.party.rec_name))

    @classmethod
    @without_check_access
    def calls_under_way(cls, members):
        """Return {member: {movement: amount}} of debits of calls under way.

        The movement is that which calls what is debited, paid since or not.
        """
        result = defaultdict(lambda: defaultdict(Decimal))
        for payment in cls.search([
                    ('kind', '=', 'receivable'),
                    ('state', 'in', UNDER_WAY),
                    ('line.move.origin.member', 'in',
                        [m.id for m in members], 'coop.share.movement'),
                    ], order=[]):
            call = payment.line.move.origin
            result[call.member][call] += payment.amount
        return result


class SubscriptionSEPA(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def get_refundable_until(cls, subscriptions, name):
        "The last direct debit of the core scheme and eight weeks"
        pool = Pool()
        Line = pool.get('account.move.line')
        Mandate = pool.get('account.payment.sepa.mandate')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        Payment = pool.get('account.payment')
        result = super().get_refundable_until(subscriptions, name)
        movement, move = Movement.__table__(), Move.__table__()
        line, payment = Line.__table__(), Payment.__table__()
        mandate = Mandate.__table__()
        query = movement.join(move,
            condition=move.origin == Concat(
                'coop.share.movement,', movement.id)
            ).join(line, condition=line.move == move.id
            ).join(payment, condition=payment.line == line.id
            ).join(mandate, condition=payment.sepa_mandate == mandate.id
            ).select(
                movement.subscription.as_('subscription'),
                Max(payment.date).as_('date'),
                where=fields.SQL_OPERATORS['in'](
                    movement.subscription, [s.id for s in subscriptions])
                & (payment.kind == 'receivable')
                & (payment.state == 'succeeded')
                & (mandate.scheme == 'CORE'),
                group_by=[movement.subscription])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None, 'DATE'])
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        for subscription, date in cursor:
            result[subscription] = date + REFUND
        return result


class PaymentClearing(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    @ModelView.button
    @Workflow.transition('failed')
    def fail(cls, payments):
        """Post at once what cancels the money of a failed payment.

        The register follows the posted lines: what the member owes is open
        again when the failure is noted, not when somebody posts the move.
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Move = pool.get('account.move')
        cleared = [
            p for p in payments
            if p.clearing_move and p.clearing_move.state == 'posted']
        moves = [p.clearing_move for p in cleared]
        if any(p.clearing_account == Allocation.account(p.company)
                for p in cleared):
            pool.get('coop.share.movement').lock()
        super().fail(payments)
        if moves:
            cancels = Move.search([
                    ('origin', 'in', [str(m) for m in moves]),
                    ('state', '=', 'draft'),
                    ])
            cls._date_failure(cancels)
            Move.post(cancels)

    @classmethod
    def _date_failure(cls, moves):
        "Until the day of the failure the bank had paid"
        pool = Pool()
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        # That of the line of the bank which takes it back, if it is known
        noted = Transaction().context.get('clearing_date')
        for move in moves:
            date = Move.first_open_day(move.company,
                max(move.date, noted or today(move.company.id)))
            period = Period.find(move.company, date=date)
            Move.write([move], {'date': date, 'period': period.id})
