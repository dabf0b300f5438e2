# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The member that a change of legal form leaves behind.

What is open at it does not follow by itself: it was agreed with another
person. The wizard tells all of it, each with its remedy.
"""
from decimal import Decimal

from sql import Null
from sql.aggregate import Max
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import without_check_access


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    successor = fields.Function(fields.Many2One(
            'coop.member', "Successor",
            states={'invisible': ~Eval('successor')},
            help="The membership that continues this one "
            "after a change of legal form."))

    @classmethod
    def column_successor(cls, tables):
        table, _ = tables[None]
        successor = cls.__table__()
        # As an expression: PostgreSQL wants brackets before IS NULL
        return Coalesce(successor.select(Max(successor.id),
                where=(successor.predecessor == table.id)
                & (successor.state != 'refused')), Null)


class Start(metaclass=PoolMeta):
    __name__ = 'coop.member.change_legal_form.start'
    stays = fields.Function(fields.Text(
            "What Stays with the Former Member",
            states={'invisible': ~Bool(Eval('stays'))}),
        'on_change_with_stays')

    @fields.depends('member', 'shares')
    def on_change_with_stays(self, name=None):
        if not self.member:
            return ''
        # What is open is told to who may read the member
        self.member.read([self.member.id], ['id'])
        with without_check_access():
            return '\n'.join(self.staying(self.member, self.shares))

    @classmethod
    def staying(cls, member, shares):
        """Return a line for each thing that does not follow a member.

        :param shares: what becomes of its shares, transfer or keep
        """
        return [
            *cls._calls_staying(member, shares),
            *cls._money_staying(member),
            *cls._retentions_staying(member),
            *cls._subscriptions_staying(member)]

    @classmethod
    def _calls_staying(cls, member, shares):
        Allocation = Pool().get('coop.share.allocation')
        calls = Allocation.open_calls([member])[member.id]
        if shares == 'keep' and calls:
            yield gettext('coop_member.msg_legal_form_calls',
                amount=_currency(member, sum(
                        (c.amount for c in calls), Decimal(0))))

    @classmethod
    def _money_staying(cls, member):
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        lang = pool.get('ir.lang').get()
        for rows in Allocation._waiting_of(
                member.company, [member.party.id]).values():
            for _, date, rest, _ in rows:
                if rest > 0:
                    yield gettext('coop_member.msg_legal_form_money',
                        amount=_currency(member, rest),
                        date=lang.strftime(date))
        for amount, _ in Allocation.advances(
                member.company, [member]).values():
            yield gettext('coop_member.msg_legal_form_advance',
                amount=_currency(member, amount))

    @classmethod
    def _retentions_staying(cls, member):
        pool = Pool()
        Retention = pool.get('coop.share.retention')
        lang = pool.get('ir.lang').get()
        for retention in Retention.search([
                    ('member', '=', member.id), ('state', '=', 'active')]):
            yield gettext('coop_member.msg_legal_form_retention',
                date=lang.strftime(retention.start_date),
                cap=_currency(member, retention.cap))

    @classmethod
    def _subscriptions_staying(cls, member):
        Subscription = Pool().get('coop.share.subscription')
        for subscription in Subscription.search([
                    ('member', '=', member.id),
                    ('state', 'in', ['draft', 'submitted'])]):
            yield gettext('coop_member.msg_legal_form_subscription',
                subscription=subscription.rec_name,
                quantity=subscription.quantity, state=_state(subscription))


class StartPayment(metaclass=PoolMeta):
    __name__ = 'coop.member.change_legal_form.start'

    @classmethod
    def staying(cls, member, shares):
        Payment = Pool().get('account.payment')
        return super().staying(member, shares) + [
            gettext('coop_member.msg_legal_form_payment',
                payment=payment.rec_name, state=_state(payment),
                amount=_currency(member, payment.amount))
            for payment in Payment.search([
                    ('party', '=', member.party.id),
                    ('company', '=', member.company.id),
                    ('kind', '=', 'receivable'),
                    ('state', 'in', [
                            'draft', 'submitted', 'approved', 'processing']),
                    ])]


def _currency(member, amount):
    lang = Pool().get('ir.lang').get()
    return lang.currency(amount, member.company.currency)


def _state(record):
    return dict(record.__class__.fields_get(
            ['state'])['state']['selection'])[record.state]
