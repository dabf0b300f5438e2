# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who votes, and with which weight, at a date"
from sql import Literal
from sql.aggregate import Sum
from sql.conditionals import Case, Coalesce
from sql.operators import Exists

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .event import as_of_context, today
from .life import MEMBER_STATES


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    vote_weight = fields.Function(fields.Numeric(
            "Weight of Vote", digits=(None, 4),
            help="The weight of the category at the date, "
            "for a member who holds a voting share, paid or not."))

    @classmethod
    def column_vote_weight(cls, tables):
        """The weight at the context's date.

        A member suspended or leaving still votes: whether the statutes suspend
        the vote is for the meeting to say. Who left has none, though shares
        may wait at the capital floor.
        """
        Category = Pool().get('coop.member.category')
        category = Category.__table__()
        weight = category.select(category.vote_weight,
            where=category.id == cls.column_category_at(tables))
        return Case(
            (cls.column_state_at(tables).in_(list(MEMBER_STATES))
                & Exists(cls._voting_shares(tables)),
                Coalesce(weight, Literal(0))),
            else_=Literal(0))

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
