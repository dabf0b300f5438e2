# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The capital of a period, class by class, with its floor"
import datetime as dt
from collections import defaultdict

from sql.conditionals import Case

from trytond import backend
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

from .capital import COLUMNS, NOTHING, Deltas
from .table import PART, SUM, Column
from .table_report import TableReport, amount_text, column
from .variation import CLOSING, OPENING, step, variation


class CapitalTable(TableReport):
    __name__ = 'coop.share.capital.table'

    @classmethod
    def table(cls, company, data):
        """Return the variation of the capital over a period.

        For each class and for all of them: what there was before the period,
        what came in and went out by kind of movement, and what is left.
        """
        Holding = Pool().get('coop.share.holding')
        ShareClass = Pool().get('coop.share.class')
        start_date = data.get('start_date')
        openings, changes = cls.changes(
            company, start_date, data['date'], data.get('known_at'))
        table = cls.start(
            company, gettext('coop_member.msg_capital_title'), [
                Column(gettext('coop_member.msg_capital_step'), width=34),
                column(Holding, 'quantity', 'number', 12),
                *(column(Holding, name, 'amount', 16)
                    for name in COLUMNS[1:]),
                ], data, portrait=True)
        classes = ShareClass.browse(list(openings.keys() | changes.keys()))
        for share_class in sorted(
                classes, key=lambda c: (c.sequence or 0, c.id)):
            cls._add(table, share_class.rec_name,
                openings[share_class.id], changes[share_class.id])
        if len(classes) != 1:
            cls._add(table, gettext('coop_member.msg_capital_all'),
                sum(openings.values(), NOTHING),
                [c for steps in changes.values() for c in steps])
        table.closing += cls._limits(
            company, data['date'], data.get('known_at'))
        return table

    @classmethod
    def _add(cls, table, title, opening, changes):
        table.add(title, *[None] * len(COLUMNS), style=PART)
        for name, deltas in variation(opening, changes):
            table.add(
                gettext(f'coop_member.msg_capital_{name}'), *deltas,
                style=SUM if name in {OPENING, CLOSING} else '')

    @classmethod
    def changes(cls, company, start_date, date, known_at=None):
        """Return ({class id: Deltas before}, {class id: [(step, Deltas)]}).

        :param start_date: first effective day of the period, None for the
            beginning of the register
        :param date: its last day
        """
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        openings = defaultdict(lambda: NOTHING)
        changes = defaultdict(list)
        if start_date:
            for (_, share_class), deltas in Movement.positions(
                    company, start_date - dt.timedelta(days=1),
                    known_at).items():
                openings[share_class] += deltas
        movement = Movement.__table__()
        # Grouped by its name: PostgreSQL takes its parameters for others
        out = Case((movement.quantity < 0, -1), else_=1).as_('out')
        where = movement.company == company.id
        where &= Movement.as_of(movement, date, known_at)
        if start_date:
            where &= movement.date >= start_date
        query = movement.select(
            movement.share_class.as_('share_class'),
            movement.kind.as_('kind'), out,
            *Movement.sums(movement), where=where,
            group_by=[movement.share_class, movement.kind, out])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] * 4 + ['NUMERIC'] * 4)
        cursor = Transaction().connection.cursor()
        cursor.execute(*query)
        for share_class, kind, sign, *sums in cursor:
            changes[share_class].append((step(kind, sign), Deltas(*sums)))
        return openings, changes

    @classmethod
    def _limits(cls, company, date, known_at):
        "Return the facts of the floor: loi 47-1775, art. 13"
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        lang = pool.get('ir.lang').get()
        configuration = pool.get('coop.configuration')(1)
        minimum = configuration.get_multivalue(
            'statutory_minimum', company=company.id) or 0
        floor = Capital.floor(company, date, known_at)
        capital = Capital.subscribed_at(company, date, known_at)
        return [
            (gettext(f'coop_member.msg_capital_{name}'),
                amount_text(amount, lang, company.currency.digits))
            for name, amount in [
                ('highest', Capital.highest(company, date, known_at)),
                ('minimum', minimum),
                ('floor', floor),
                ('above', capital - floor),
                ]]
