# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict

from sql import Null
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import life
from .exceptions import EventError
from .ledger import LedgerMixin

STATES = [
    ('applied', "Applied"),
    ('admitted', "Admitted"),
    ('active', "Active"),
    ('suspended', "Suspended"),
    ('leaving', "Leaving"),
    ('left', "Left"),
    ('refused', "Refused"),
    ]
CAUSES = [
    ('resignation', "Resignation"),
    ('exclusion', "Exclusion"),
    ('death', "Death"),
    ('dissolution', "Dissolution"),
    ('legal_form', "Change of Legal Form"),
    ('other', "Other"),
    ]


def today(company_id):
    "Return today's date of the company"
    Date = Pool().get('ir.date')
    with Transaction().set_context(company=company_id):
        return Date.today()


class Event(LedgerMixin, ModelSQL, ModelView):
    __name__ = 'coop.member.event'
    member = fields.Many2One(
        'coop.member', "Member", required=True, readonly=True,
        ondelete='RESTRICT')
    kind = fields.Selection([
            ('application', "Application"),
            ('refusal', "Refusal"),
            ('admission', "Admission"),
            ('activation', "Activation"),
            ('suspension', "Suspension"),
            ('resumption', "Resumption"),
            ('category', "Change of Category"),
            ('notice', "Notice of Departure"),
            ('departure', "Departure"),
            ('reversal', "Reversal"),
            ], "Kind", required=True, readonly=True, sort=False)
    kind_string = kind.translated('kind')
    date = fields.Date("Effective Date", required=True, readonly=True,
        help="The first day on which it counts; "
        "for a departure the last day of membership.")
    cause = fields.Selection(
        [(None, ""), *CAUSES], "Cause", readonly=True, sort=False)
    reason = fields.Text("Reason", readonly=True)
    category = fields.Many2One('coop.member.category', "Category",
        readonly=True, ondelete='RESTRICT',
        help="The category from this event on.")
    decision = fields.Many2One('coop.decision', "Decision", readonly=True,
        ondelete='RESTRICT')
    reverses = fields.Many2One('coop.member.event', "Reverses",
        readonly=True, ondelete='RESTRICT',
        states={
            'invisible': Eval('kind') != 'reversal',
            'required': Eval('kind') == 'reversal',
            })
    reversed_by = fields.One2Many(
        'coop.member.event', 'reverses', "Reversed by", readonly=True)
    recorded_by = fields.Function(fields.Many2One(
            'res.user', "Recorded by"), 'get_recorded_by')

    _chain_names = [
        'member.number', 'kind', 'date', 'cause', 'category.code',
        'decision.number', 'reverses.number']

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t, (t.reverses, Index.Equality()),
                    where=t.reverses != Null),
                })

    def get_recorded_by(self, name):
        return self.create_uid.id if self.create_uid else None

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.kind_string} {lang.strftime(self.date)}"

    @classmethod
    def known(cls, table, known_at):
        """Return the SQL condition of the events that were known.

        One context serves both ledgers: a row number is always one of the
        register of shares, and stands for the time when it was recorded.
        """
        if isinstance(known_at, int):
            movement = Pool().get('coop.share.movement').__table__()
            known_at = movement.select(movement.recorded_at,
                where=(movement.company == table.company)
                & (movement.number <= known_at),
                order_by=[movement.number.desc], limit=1)
        return super().known(table, known_at)

    @classmethod
    def record(cls, events):
        """Append events of one company and refresh the members' state.

        :raises EventError: when an event does not fit the life of its member
        """
        Member = Pool().get('coop.member')
        cls.lock()
        members = Member.browse(list({e.member.id for e in events}))
        cls.append(events)
        cls._check_lives(members)
        Member.refresh(members)
        return events

    @classmethod
    def reverse(cls, event, reason):
        "Append the event that takes a wrong one back"
        reversal = cls(
            company=event.company, member=event.member, kind='reversal',
            date=event.date, reason=reason, reverses=event)
        return cls.record([reversal])[0]

    @classmethod
    def _check_lives(cls, members):
        lives = defaultdict(list)
        for event in cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('kind', '!=', 'reversal'),
                    ('reversed_by', '=', None),
                    ], order=[('number', 'ASC')]):
            lives[event.member].append(event)
        for member in members:
            events = lives[member]
            fault = life.fault([(e.kind, e.date) for e in events])
            if fault:
                position, kind, state = fault
                event = events[position]
                raise EventError(gettext(
                        'coop_member.msg_event_out_of_place',
                        member=member.rec_name,
                        event=event.rec_name,
                        state=dict(STATES).get(state, '-')))


def current_events(date=None, known_at=None):
    """Return (event table, where) of the events that count at a date.

    :param date: effective date, included; None for no limit
    :param known_at: time of recording or row number of the register of
        shares, included; None for all that is known
    """
    Event = Pool().get('coop.member.event')
    event = Event.__table__()
    reversal = Event.__table__()
    reversed_ = reversal.select(reversal.reverses,
        where=(reversal.kind == 'reversal')
        & Event.known(reversal, known_at))
    where = (event.kind != 'reversal') & ~event.id.in_(reversed_)
    where &= Event.known(event, known_at)
    if date:
        # A departure counts from the day after (see life.py)
        where &= (event.date < date) | (
            (event.date == date) & (event.kind != 'departure'))
    return event, where


def state_expression(event):
    "Return the SQL expression of the state to which an event leads"
    return Case(
        *((event.kind == kind, state)
            for kind, (_, state) in life.EVENTS.items() if state),
        else_=Null)


def effect_order(event):
    "Return the SQL ordering of events, the last that counts first"
    return [
        event.date.desc,
        # on one day a departure comes after, as it counts from the next day
        Case((event.kind == 'departure', 1), else_=0).desc,
        event.number.desc,
        ]


def as_of_context():
    "Return the (date, known_at) asked for by the context"
    context = Transaction().context
    date, known_at = context.get('date'), context.get('known_at')
    if isinstance(date, str):
        date = dt.date.fromisoformat(date)
    return date, known_at
