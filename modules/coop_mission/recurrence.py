# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Missions that come again: each is planned ahead, and agreed to each time.

The series counts from its first day, so that a month's 31st stays at the end
of the month. No member is bound by it: each new mission is to confirm.
"""
from dateutil.relativedelta import relativedelta

import datetime as dt

from sql import Null

from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import StatesMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import RecurrenceError

_draft = {'readonly': Eval('state') != 'draft'}


class Recurrence(StatesMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.recurrence'
    _error = RecurrenceError
    _messages = 'coop_mission.msg_recurrence'
    _muted = ['ended']
    mission = fields.Many2One(
        'coop.mission', "Mission", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft,
        help="That is made again: its title, client, members and prices.")
    interval_number = fields.Integer(
        "Every", required=True, states=_draft,
        # More would lead past the last day that there is
        domain=[('interval_number', '>', 0), ('interval_number', '<=', 100)])
    interval = fields.Selection([
            ('weeks', "Weeks"),
            ('months', "Months"),
            ('years', "Years"),
            ], "Interval", required=True, sort=False, states=_draft)
    first_date = fields.Date("First Day", required=True, states=_draft,
        help="Of the first mission to make.")
    end_date = fields.Date(
        "Until",
        domain=[If(Eval('end_date') & Eval('first_date'),
                ('end_date', '>=', Eval('first_date', None)), ())],
        states={'readonly': Eval('state') == 'ended'},
        help="No mission begins after it; empty for no end.")
    rank = fields.Integer("Rank", readonly=True, required=True,
        help="How many days of the series are behind.")
    next_date = fields.Function(
        fields.Date("Next One"), 'on_change_with_next_date')
    missions = fields.One2Many(
        'coop.mission', 'recurrence', "Missions Made", readonly=True)
    state = fields.Selection([
            ('draft', "Draft"),
            ('active', "Active"),
            ('suspended', "Suspended"),
            ('ended', "Ended"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('id', 'DESC')]
        cls._sql_indexes.update({
                Index(t, (t.mission, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions |= {
            ('draft', 'active'),
            ('active', 'suspended'),
            ('suspended', 'active'),
            ('active', 'ended'),
            ('suspended', 'ended'),
            }
        for name, states, icon in [
                ('start', ['draft'], 'tryton-forward'),
                ('suspend', ['active'], 'tryton-pause'),
                ('resume', ['suspended'], 'tryton-forward'),
                ('end', ['active', 'suspended'], 'tryton-cancel')]:
            cls._buttons[name] = {
                'invisible': ~Eval('state').in_(states),
                'icon': icon,
                'depends': ['state'],
                }

    @classmethod
    def default_mission(cls):
        context = Transaction().context
        if context.get('active_model') == 'coop.mission':
            return context.get('active_id')

    @classmethod
    def default_interval_number(cls):
        return 1

    @classmethod
    def default_interval(cls):
        return 'months'

    @classmethod
    def default_rank(cls):
        return 0

    def date_at(self, rank):
        "Return the day of the series that has a rank, 0 for the first"
        return self.first_date + relativedelta(
            **{self.interval: self.interval_number * rank})

    @fields.depends(
        'first_date', 'interval', 'interval_number', 'rank', 'end_date',
        'state')
    def on_change_with_next_date(self, name=None):
        if (self.first_date and self.interval and self.interval_number
                and self.state != 'ended'):
            date = self.date_at(self.rank or 0)
            if not self.end_date or date <= self.end_date:
                return date

    def get_rec_name(self, name):
        return self.mission.title

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('mission.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, recurrences, default=None):
        default = default.copy() if default else {}
        default.setdefault('rank', 0)
        default.setdefault('missions')
        return super().copy(recurrences, default=default)

    def _may_write(self, values):
        if self.state == 'draft':
            return 'rank' not in values
        return self.state != 'ended' and not (values.keys() - {'end_date'})

    def _raise_document(self, message):
        if message == 'fixed':
            self._raise('fixed')
        super()._raise_document(message)

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def start(cls, recurrences):
        "Make its missions from now on"
        for recurrence in recurrences:
            if recurrence.mission.state == 'cancelled':
                recurrence._raise(
                    'cancelled', mission=recurrence.mission.rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('suspended')
    def suspend(cls, recurrences):
        "Make none for a time; those that are made stay"

    @classmethod
    @ModelView.button
    @Workflow.transition('active')
    def resume(cls, recurrences):
        "Go on from today; the days that have passed are not made up for"
        for recurrence in recurrences:
            while recurrence.date_at(recurrence.rank) < today(
                    recurrence.company.id):
                recurrence.rank += 1
        cls.save(recurrences)

    @classmethod
    @ModelView.button
    @Workflow.transition('ended')
    def end(cls, recurrences):
        "Make none any more"

    @classmethod
    def make_all(cls):
        "The cron's way: plan what begins within the days of each company"
        # Two who make the same one wait for each other
        cls.lock()
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('coop.configuration')
        for company in Company.search([]):
            days = Configuration(1).get_multivalue(
                'recurrence_days', company=company.id)
            until = today(company.id) + dt.timedelta(days)
            for recurrence in cls.search([
                        ('company', '=', company.id),
                        ('state', '=', 'active'),
                        ]):
                recurrence.make(until)

    def make(self, until):
        """Return the missions made that begin until a date.

        Their members are asked, by mail; the series ends with its last day.
        """
        made = []
        while (date := self.on_change_with_next_date()) and date <= until:
            made.append(self._make(date))
            self.rank += 1
        if not date:
            self.end([self])
        self.save()
        return made

    def _make(self, date):
        pool = Pool()
        Mission = pool.get('coop.mission')
        Member = pool.get('coop.mission.member')
        pattern = self.mission
        mission, = Mission.copy([pattern], default={
                'start_date': date,
                'end_date': date + (pattern.end_date - pattern.start_date),
                'recurrence': self.id, 'recurrence_date': date,
                'members': None})
        rows = [r for r in pattern.members if r.state == 'confirmed'] or [
            r for r in pattern.members if r.state == 'waiting']
        Member.copy(rows, default={'mission': mission.id})
        mission = Mission(mission.id)
        mission._mail_asked()
        return mission


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'
    recurrence = fields.Many2One(
        'coop.mission.recurrence', "Recurrence", readonly=True,
        ondelete='RESTRICT', states={'invisible': ~Eval('recurrence')})
    recurrence_date = fields.Date("Day of the Series", readonly=True,
        states={'invisible': ~Eval('recurrence')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('recurrence_unique',
                Unique(t, t.recurrence, t.recurrence_date),
                'coop_mission.msg_mission_recurrence_unique'))
        cls._sql_indexes.add(
            Index(t, (t.recurrence, Index.Equality()),
                where=t.recurrence != Null))

    @classmethod
    def copy(cls, missions, default=None):
        default = default.copy() if default else {}
        for name in ['recurrence', 'recurrence_date']:
            default.setdefault(name)
        return super().copy(missions, default=default)

    def _mail_asked(self):
        "Write to the members who are asked to confirm"
        for row in self.members:
            if row.state == 'waiting':
                party = row.member.party
                lang = mail.language(party, self.company)
                with without_check_access():
                    mail.send(
                        self.company, party, 'mission_asked',
                        module='coop_mission', title=self.title,
                        client=self.client_name or '',
                        place=self.place or '',
                        start=lang.strftime(self.start_date),
                        end=lang.strftime(self.end_date))
