# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who votes at a date"
from sql import Literal
from sql.aggregate import Sum
from sql.conditionals import Case
from sql.operators import Exists

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .event import as_of_context, today
from .life import MEMBER_STATES


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    may_vote = fields.Function(fields.Boolean(
            "May Vote",
            help="At the date: a member who holds a voting share, "
            "paid or not, has one voice."))

    @classmethod
    def column_may_vote(cls, tables):
        """Whether the member has a voice at the context's date.

        One voice each, whatever the shares (loi 47-1775, art. 1 and 9); the
        weight of a college counts for its result (art. 19 octies). A member
        suspended or leaving still votes: whether the statutes suspend the
        vote is for the meeting to say. Who left has none, though shares may
        wait at the capital floor.
        """
        return Case(
            (cls.column_state_at(tables).in_(list(MEMBER_STATES))
                & Exists(cls._voting_shares(tables)), Literal(True)),
            else_=Literal(False))

    @classmethod
    def _voting_shares(cls, tables):
        "Return the SQL query with a row when the member holds a voting share"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        movement = Movement.__table__()
        share_class = pool.get('coop.share.class').__table__()
        table, _ = tables[None]
        date, known_at = as_of_context()
        if date is None:
            date = today(Transaction().context.get('company'))
        return movement.join(share_class,
            condition=movement.share_class == share_class.id).select(
            movement.member,
            where=(movement.member == table.id)
            & (share_class.voting == Literal(True))
            & Movement.as_of(movement, date, known_at),
            group_by=[movement.member],
            having=Sum(movement.quantity) > 0)
