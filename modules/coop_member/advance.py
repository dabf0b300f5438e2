# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Money that waits on the account of advances (4563) until shares are called"
from decimal import Decimal

from sql.aggregate import Max, Sum
from sql.conditionals import Coalesce

from trytond.model import fields
from trytond.pool import Pool, PoolMeta

from .movement import exact


class Allocation(metaclass=PoolMeta):
    __name__ = 'coop.share.allocation'

    @classmethod
    def advances(cls, company, members):
        "Return {member: (amount that waits, date of the last line)}"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        account = Configuration(1).get_multivalue(
            'account_advance', company=company.id)
        if not account or not members:
            return {}
        line, move = Line.__table__(), Move.__table__()
        in_ = fields.SQL_OPERATORS['in']
        query = line.join(move, condition=line.move == move.id).select(
            line.party.as_('party'),
            exact(Sum(
                    Coalesce(line.credit, 0) - Coalesce(line.debit, 0))
                ).as_('amount'),
            Max(move.date).as_('date'),
            where=(line.account == account.id) & (move.state == 'posted')
            & in_(line.party, [m.party.id for m in members]),
            group_by=[line.party])
        by_party = {m.party.id: m for m in members}
        return {
            by_party[party]: (amount, date)
            for party, amount, date in cls._fetch(
                query, [None, 'NUMERIC', 'DATE'])
            if amount > 0}

    @classmethod
    def release_advances(cls, company, members):
        """Post what waits as an advance to what is called and not paid.

        It is recognised as any other money. What a member gathers by
        retention is released in whole called shares only.
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Retention = pool.get('coop.share.retention')
        advances = cls.advances(company, members)
        open_calls = cls.open_calls(advances)
        gathering = Retention.gathering(advances)
        moves = []
        for member, (waiting, date) in advances.items():
            calls = open_calls[member.id]
            amount = min(waiting, sum((c.amount for c in calls), Decimal(0)))
            if member in gathering:
                amount = whole_shares(waiting, calls)
            if amount:
                date = max(date, calls[0].key.date)
                moves.append(cls._advance_move(member, amount, date))
        Move.save(moves)
        Move.post(moves)
        Line.reconcile_capital([l for m in moves for l in m.lines])

    @classmethod
    def _advance_move(cls, member, amount, date):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        configuration = Configuration(1)
        company = member.company
        date = Move.first_open_day(company, date)
        return Move(
            company=company, date=date, origin=member,
            journal=configuration.get_multivalue(
                'share_journal', company=company.id),
            period=Period.find(company, date=date),
            description=member.rec_name,
            lines=[
                Line(account=configuration.get_multivalue(
                        'account_advance', company=company.id),
                    party=member.party, debit=amount, credit=0,
                    maturity_date=date),
                Line(account=cls.account(company), party=member.party,
                    debit=0, credit=amount, maturity_date=date),
                ])


def whole_shares(amount, calls):
    """Return how much of an amount pays whole called shares.

    A share of a call is what it calls for each share held; all that is open
    is paid whatever is left of it.

    :param calls: open capital.Calls, the oldest first
    """
    paid = Decimal(0)
    for call in calls:
        if amount >= call.amount:
            amount -= call.amount
            paid += call.amount
            continue
        movement = call.key
        subscription = movement.subscription
        quantity = (movement.quantity
            or (subscription.quantity if subscription else 1))
        unit = movement.company.currency.round(movement.called / quantity)
        if unit:
            paid += amount // unit * unit
        break
    return paid
