# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member owes of dues, and how his life changes it"
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond.model import fields
from trytond.modules.coop_member.event import current_events, effect_order
from trytond.modules.coop_member.life import counts_from
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .sale import SLICE
from .tools import typed


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    dues_unpaid = fields.Function(Monetary(
            "Unpaid Dues", currency='currency', digits='currency',
            help="What is open on the invoices of dues, taxes included, "
            "due or not yet."),
        'get_dues_unpaid')
    dues_overdue = fields.Function(Monetary(
            "Overdue Dues", currency='currency', digits='currency'),
        'get_dues_unpaid')

    @classmethod
    def get_dues_unpaid(cls, members, names):
        pool = Pool()
        Date = pool.get('ir.date')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        invoice, line = Invoice.__table__(), Line.__table__()
        move = Move.__table__()
        result = {
            name: {m.id: Decimal(0) for m in members} for name in names}
        cursor = Transaction().connection.cursor()
        currencies = {m.id: m.company.currency for m in members}
        for name in names:
            for sub in grouped_slice(members, SLICE):
                where = fields.SQL_OPERATORS['in'](
                    invoice.due_member, [m.id for m in sub])
                where &= line.reconciliation == Null
                where &= move.state == 'posted'
                if name == 'dues_overdue':
                    where &= Coalesce(
                        line.maturity_date, move.date) < Date.today()
                query = invoice.join(move,
                    condition=invoice.move == move.id
                    ).join(line, condition=(line.move == move.id)
                        & (line.account == invoice.account)
                    ).select(invoice.due_member.as_('member'),
                    Sum(line.debit - line.credit).as_('amount'),
                    where=where, group_by=[invoice.due_member])
                cursor.execute(*typed(query, [None, 'NUMERIC']))
                for member, amount in cursor:
                    result[name][member] = currencies[member].round(amount)
        return result

    @classmethod
    def due_events(cls, members):
        """Return {id: [(kind, date, category id)]}, in the order of effect.

        All that is known of the lives, the future too.
        """
        result = defaultdict(list)
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(list(dict.fromkeys(members)), SLICE):
            event, where = current_events()
            where &= fields.SQL_OPERATORS['in'](
                event.member, [m.id for m in sub])
            query = event.select(
                event.member.as_('member'), event.kind.as_('kind'),
                event.date.as_('date'), event.category.as_('category'),
                where=where, order_by=effect_order(event))
            cursor.execute(*typed(query, [None, None, 'DATE', None]))
            for member, kind, date, category in reversed(cursor.fetchall()):
                result[member].append((kind, date, category))
        return result


class Event(metaclass=PoolMeta):
    __name__ = 'coop.member.event'

    @classmethod
    def record(cls, events):
        Subscription = Pool().get('sale.subscription')
        events = super().record(events)
        since = {}
        for event in events:
            date = counts_from(event.kind, event.date)
            since[event.member] = min(date, since.get(event.member, date))
        Subscription.follow_lives(list(since), since)
        return events
