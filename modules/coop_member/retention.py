# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the cooperative owes a member pays the shares that he subscribed"
from decimal import Decimal

from sql.aggregate import Sum
from sql.conditionals import Coalesce
from sql.operators import Concat

from trytond import backend
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

from .advance import whole_shares
from .event import today
from .exceptions import RetentionError
from .file import FileMixin
from .movement import exact
from .operation import StatesMixin

_states = {'readonly': Eval('state') != 'draft'}


class Retention(StatesMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.retention'
    _error = RetentionError
    _messages = 'coop_member.msg_retention'
    _file_fields = {'agreement': 'agreement_name'}
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    start_date = fields.Date("Start Date", required=True, states=_states)
    end_date = fields.Date("End Date",
        domain=['OR',
            ('end_date', '=', None),
            ('end_date', '>=', Eval('start_date', None)),
            ],
        states=_states)
    method = fields.Selection([
            ('rate', "Rate"),
            ('fixed', "Fixed Amount"),
            ], "Method", required=True, states=_states)
    rate = fields.Numeric("Rate", digits=(1, 6),
        domain=['OR',
            ('rate', '=', None),
            [('rate', '>', 0), ('rate', '<=', 1)],
            ],
        states={
            'invisible': Eval('method') != 'rate',
            'required': Eval('method') == 'rate',
            **_states},
        help="The part of what the cooperative owes.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        domain=['OR', ('amount', '=', None), ('amount', '>', 0)],
        states={
            'invisible': Eval('method') != 'fixed',
            'required': Eval('method') == 'fixed',
            **_states},
        help="Withheld each time that the cooperative owes something.")
    cap = Monetary(
        "Cap", currency='currency', digits='currency', required=True,
        domain=[('cap', '>', 0)], states=_states,
        help="The most that may be withheld in all.")
    retained = fields.Function(Monetary(
            "Retained", currency='currency', digits='currency'),
        'get_retained')
    agreement = fields.Binary(
        "Signed Agreement", filename='agreement_name',
        file_id='agreement_id', store_prefix='coop_retention',
        states=_states)
    agreement_id = fields.Char("Agreement ID", readonly=True)
    agreement_name = fields.Char("Agreement Name", states=_states)
    state = fields.Selection([
            ('draft', "Draft"),
            ('active', "Active"),
            ('ended', "Ended"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'active'),
            ('active', 'draft'),
            ('active', 'ended'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': (Eval('state') != 'active')
                    | (Eval('retained', 0) != 0),
                    'icon': 'tryton-back',
                    'depends': ['state', 'retained'],
                    },
                'activate': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'end': {
                    'invisible': Eval('state') != 'active',
                    'icon': 'tryton-stop',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_start_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_method(cls):
        return 'rate'

    def get_rec_name(self, name):
        return self.member.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, retentions, default=None):
        default = default.copy() if default else {}
        for name in ['agreement', 'agreement_id', 'agreement_name']:
            default.setdefault(name)
        return super().copy(retentions, default=default)

    def _raise_document(self, message):
        self._raise('state')

    @classmethod
    def get_retained(cls, retentions, name):
        """Return what was withheld, {retention id: amount}.

        The moves of a retention credit the called capital or the advances;
        one that was cancelled counts no more.
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        cursor = Transaction().connection.cursor()
        result = {r.id: Decimal(0) for r in retentions}
        in_ = fields.SQL_OPERATORS['in']
        for company in {r.company for r in retentions}:
            accounts = [
                a.id for a in [
                    Allocation.account(company),
                    Configuration(1).get_multivalue(
                        'account_advance', company=company.id)] if a]
            line, move = Line.__table__(), Move.__table__()
            cancel = Move.__table__()
            query = line.join(move, condition=line.move == move.id).join(
                cancel, 'LEFT',
                condition=cancel.origin == Concat('account.move,', move.id)
                ).select(
                move.origin.as_('origin'),
                exact(Sum(
                    Coalesce(line.credit, 0) - Coalesce(line.debit, 0))
                ).as_('amount'),
                where=in_(move.origin, [str(r) for r in retentions])
                & in_(line.account, accounts)
                & (move.state == 'posted')
                & (cancel.id == None),  # noqa: E711
                group_by=[move.origin])
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, 'NUMERIC'])
            cursor.execute(*query)
            for origin, amount in cursor:
                result[int(origin.partition(',')[2])] += (
                    company.currency.round(amount))
        return result

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, retentions):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def activate(cls, retentions):
        """Let retentions withhold.

        :raises RetentionError: when one has no signed agreement
        """
        for retention in retentions:
            if not retention.agreement:
                retention._raise('agreement')

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, retentions):
        pass

    @classmethod
    def gathering(cls, members):
        "Return those of the members who have an active retention"
        return {
            r.member for r in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('state', '=', 'active'),
                    ], order=[])}

    @classmethod
    def find(cls, party, company, date):
        "Return the retentions that apply to a party at a date, oldest first"
        return cls.search([
                ('company', '=', company.id),
                ('member.party', '=', party.id),
                ('state', '=', 'active'),
                ('start_date', '<=', date),
                ['OR',
                    ('end_date', '=', None),
                    ('end_date', '>=', date),
                    ],
                ], order=[('start_date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def withhold(cls, party, company, amount_due, date, line=None):
        """Withhold from what the cooperative owes a party, for his shares.

        It pays what is called and unpaid of his shares; while it is less
        than a whole called share it is gathered as an advance (4563). Never
        more than what is owed, than the cap of the agreement, nor than what
        is called and unpaid, less what is about to be paid otherwise.

        :param amount_due: Decimal, what is owed
        :param date: date of the entry
        :param line: the posted line of what is owed, on a payable account;
            it is then reconciled, what is left of it on a new line
        :return: the amount withheld
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        total = Decimal(0)
        for retention in cls.find(party, company, date):
            member = retention.member
            calls = Allocation.open_calls([member])[member.id]
            waiting, _ = Allocation.advances(company, [member]).get(
                member, (Decimal(0), None))
            due = sum((c.amount for c in calls), Decimal(0))
            due -= cls.awaited(member)
            amount = min(
                retention._wanted(amount_due), amount_due - total,
                retention.cap - retention.retained, due - waiting)
            if amount > 0:
                paid = whole_shares(waiting + amount, calls)
                line = retention._post(amount, paid, date, line)
                total += amount
        return total

    @classmethod
    def awaited(cls, member):
        "Return what is about to be paid otherwise of the calls of a member"
        return Decimal(0)

    def _wanted(self, amount_due):
        if self.method == 'fixed':
            return self.amount
        return self.company.currency.round(amount_due * self.rate)

    def _post(self, amount, paid, date, line):
        """Post what is withheld and return the line of what is still owed.

        :param paid: what of it, and of the advances, pays called shares
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Allocation = pool.get('coop.share.allocation')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        configuration = Configuration(1)
        party = self.member.party
        date = Move.first_open_day(self.company, date)
        parts = []
        if paid:
            parts.append((Allocation.account(self.company), paid))
        if amount != paid:
            parts.append((configuration.get_multivalue(
                        'account_advance', company=self.company.id),
                    amount - paid))
        move = Move(
            company=self.company, date=date, origin=self,
            lines=Line.offset_lines(
                party, amount, parts, date, line=line),
            journal=configuration.get_multivalue(
                'share_journal', company=self.company.id),
            period=Period.find(self.company, date=date),
            description=self.rec_name)
        move.save()
        Move.post([move])
        return Line.reconcile_offset(move, line)


del _states
