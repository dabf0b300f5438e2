# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The contribution of a year, trued up by the scale of each category.

What was kept (or invoiced) of each mission was a part in advance; at the end
of the year the scale says what is due of the whole turnover. The difference
is a line of the member's bills, below zero or above, where the margin is
kept; an invoice or a credit note to the member where members are invoiced.
"""
import datetime as dt
from decimal import Decimal

from sql.aggregate import Sum

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_due.brackets import true_up
from trytond.modules.coop_due.tools import typed
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import StatesMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import SettlementError
from .split import share_out

ZERO = Decimal(0)
_draft = {'readonly': Eval('state') != 'draft'}


class TrueUp(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.contribution.true_up'
    _error = SettlementError
    _messages = 'coop_settlement.msg_true_up'
    start_date = fields.Date("Year from", required=True, states=_draft)
    end_date = fields.Function(
        fields.Date("Year to"), 'on_change_with_end_date')
    description = fields.Char("Description")
    lines = fields.One2Many(
        'coop.contribution.true_up.line', 'true_up', "Members",
        readonly=True)
    settlement = fields.Many2One(
        'coop.settlement', "Settlement", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('settlement')})
    state = fields.Selection([
            ('draft', "Draft"),
            ('computed', "Computed"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.start_date, Index.Range(order='DESC'))))
        cls._transitions |= {
            ('draft', 'computed'),
            ('computed', 'computed'),
            ('computed', 'draft'),
            ('computed', 'done'),
            ('draft', 'cancelled'),
            ('computed', 'cancelled'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'computed',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'compute': {
                    'invisible': ~Eval('state').in_(['draft', 'computed']),
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'settle': {
                    'invisible': Eval('state') != 'computed',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'computed']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_start_date(cls):
        company = cls.default_company()
        if company:
            return dt.date(today(company).year - 1, 1, 1)

    @fields.depends('start_date')
    def on_change_with_end_date(self, name=None):
        if not self.start_date:
            return None
        try:
            following = self.start_date.replace(
                year=self.start_date.year + 1)
        except ValueError:
            # The 29th of February
            following = self.start_date.replace(
                year=self.start_date.year + 1, day=28)
        return following - dt.timedelta(1)

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{lang.strftime(self.start_date)} - {self.company.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('description', *clause[1:])]

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('lines')
        default.setdefault('settlement')
        return super().copy(records, default=default)

    def _may_write(self, values):
        return super()._may_write(values) and 'settlement' not in values

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, records):
        cls._forget(records)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, records):
        cls._forget(records)

    @classmethod
    def _forget(cls, records):
        Line = Pool().get('coop.contribution.true_up.line')
        Line.delete([l for r in records for l in r.lines])

    @classmethod
    @ModelView.button
    @Workflow.transition('computed')
    def compute(cls, records):
        """Compute the contribution of the year of each who worked.

        :raises SettlementError: when no scale is known at the end of it
        """
        Line = Pool().get('coop.contribution.true_up.line')
        cls._forget(records)
        for record in cls.browse(records):
            Line.save(record._lines())

    def _lines(self):
        pool = Pool()
        Line = pool.get('coop.contribution.true_up.line')
        Member = pool.get('coop.member')
        Rate = pool.get('coop.mission.rate')
        rate = Rate.get(self.company, self.end_date)
        if not rate.scales:
            self._raise('scale', rate=rate.rec_name)
        sums = self._sums()
        members = Member.browse(sorted(sums))
        periods = Member.memberships(members)
        lines = []
        for member in members:
            scale = rate.scale_of(member.category)
            base, taken = sums[member.id]
            if scale:
                due = scale.pure().due(
                    base, self._fraction(periods[member.id]))
                lines.append(Line(
                        true_up=self, member=member, base=base,
                        due=due.amount, taken=taken,
                        difference=true_up(due.amount, taken),
                        limited_by=due.limited_by))
        return lines

    def _fraction(self, periods):
        "Return the part of the year that a member was one"
        days = (self.end_date - self.start_date).days + 1
        present = 0
        for start, end in periods:
            if not start:
                continue
            first = max(start, self.start_date)
            last = min(end or self.end_date, self.end_date)
            present += max((last - first).days + 1, 0)
        return Decimal(min(present, days)) / days

    def _sums(self, start=None, end=None):
        """Return {member id: (turnover with clients, contribution taken)}.

        :param start: first day, that of the year if not given
        :param end: last day
        """
        pool = Pool()
        line = pool.get('coop.settlement.line').__table__()
        settlement = pool.get('coop.settlement').__table__()
        query = line.join(settlement,
            condition=line.settlement == settlement.id).select(
                line.member.as_('member'),
                Sum(line.client_amount).as_('base'),
                Sum(line.contribution).as_('taken'),
                where=(line.company == self.company.id)
                & line.kind.in_(['work', 'true_up'])
                & settlement.state.in_(['confirmed', 'invoiced'])
                & (line.date >= (start or self.start_date))
                & (line.date <= (end or self.end_date)),
                group_by=[line.member])
        cursor = Transaction().connection.cursor()
        cursor.execute(*typed(query, [None, 'NUMERIC', 'NUMERIC']))
        round_ = self.company.currency.round
        return {
            member: (round_(base), round_(taken))
            for member, base, taken in cursor}

    def _statuses(self, mode):
        """Return {member: [the first day of each VAT status of the year]}.

        Where members are invoiced their own VAT has no part in it.
        """
        VatStatus = Pool().get('coop.vat.status')
        result = {l.member: [self.start_date] for l in self.lines}
        if mode != 'margin':
            return result
        for status in VatStatus.search([
                    ('member', 'in', [m.id for m in result]),
                    ('date', '>', self.start_date),
                    ('date', '<=', self.end_date),
                    ], order=[('date', 'ASC')]):
            result[status.member].append(status.date)
        return result

    def _parts(self, line, dates, unit, known):
        """Return [(date, part of the difference)] of a line of a member.

        The part of each VAT status of the year is taxed by it: in proportion
        to the turnover of its days, dated on the last of them.

        :param dates: the first days of the statuses
        :param known: {(start, end): sums} of the times asked for already
        """
        if len(dates) == 1:
            return [(self.end_date, line.difference)]
        sums = []
        ends = [d - dt.timedelta(1) for d in dates[1:]] + [self.end_date]
        for start, end in zip(dates, ends):
            if (start, end) not in known:
                known[start, end] = self._sums(start, end)
            base, _ = known[start, end].get(line.member.id, (ZERO, ZERO))
            sums.append(max(base, ZERO))
        if not any(sums):
            return [(self.end_date, line.difference)]
        return [
            (end, part) for end, part in zip(
                ends, share_out(line.difference, sums, unit)) if part]

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def settle(cls, records):
        "Make of each difference a line of the member's next bill"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Rate = pool.get('coop.mission.rate')
        Settlement = pool.get('coop.settlement')
        for record in records:
            settlement = Settlement(
                company=record.company, mission=None, state='draft',
                date=record.end_date,
                mode=Rate.mode_at(record.company, record.end_date),
                description=gettext('coop_settlement.msg_true_up_line'))
            statuses = record._statuses(settlement.mode)
            known = {}
            lines = [
                settlement._own('true_up',
                    -part if settlement.mode == 'margin' else ZERO,
                    line.member, date=date, contribution=part,
                    description=settlement.description)
                for line in record.lines if line.difference
                for date, part in record._parts(
                    line, statuses[line.member], settlement._unit, known)]
            if settlement.mode == 'margin' and lines:
                lines.append(settlement._own(
                        'contribution', -sum(l.amount for l in lines)))
            if lines:
                Settlement.save([settlement])
                Line.save(lines)
                Settlement.confirm([Settlement(settlement.id)])
                record.settlement = settlement
        cls.save(records)


class TrueUpLine(ModelSQL, ModelView):
    __name__ = 'coop.contribution.true_up.line'
    true_up = fields.Many2One(
        'coop.contribution.true_up', "True-Up", required=True,
        ondelete='CASCADE')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT')
    base = Monetary("Turnover", currency='currency', digits='currency',
        help="What clients were asked for the work of the member.")
    due = Monetary("Contribution of the Year", currency='currency',
        digits='currency')
    taken = Monetary("Taken", currency='currency', digits='currency')
    difference = Monetary(
        "Difference", currency='currency', digits='currency',
        help="Still to take; below zero it is given back.")
    limited_by = fields.Selection([
            (None, ""),
            ('floor', "Floor"),
            ('cap', "Cap"),
            ], "Limited by", sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('true_up')
        cls._order = [('member', 'ASC'), ('id', 'ASC')]
        cls._sql_indexes.add(Index(t, (t.true_up, Index.Equality())))

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        "What each owes is computed by the scale, not typed"
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            if mode != 'create':
                check_seen(lines)
            for line in lines:
                line.true_up._raise_document('fixed')

    @fields.depends('true_up', '_parent_true_up.currency')
    def on_change_with_currency(self, name=None):
        return self.true_up.currency if self.true_up else None

    def get_rec_name(self, name):
        return self.member.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]
