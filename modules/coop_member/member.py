# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from dateutil.relativedelta import relativedelta
from sql import Literal, Null
from sql.conditionals import Case, Coalesce
from sql.functions import CharLength

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from .company import CompanyMixin
from .event import (
    STATES, as_of_context, current_events, effect_order, state_expression,
    today)
from .exceptions import LedgerAccessError, MemberValidationError
from .ledger import SLICE
from .tools import any_of


class Member(CompanyMixin, ModelSQL, ModelView):
    __name__ = 'coop.member'
    _rec_name = 'number'
    number = fields.Char("Number", required=True, readonly=True)
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='RESTRICT',
        states={'readonly': Eval('id', -1) >= 0},
        context={'company': Eval('company', -1)}, depends={'company'})
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0},
        help="The category of today.")
    state = fields.Selection(
        STATES, "State", required=True, readonly=True, sort=False,
        help="The state of today, kept by the events.")
    legal_person = fields.Boolean("Legal Person")
    representative = fields.Many2One(
        'party.party', "Representative", ondelete='RESTRICT',
        states={
            'invisible': ~Eval('legal_person', False),
            'required': (Eval('legal_person', False)
                & ~Eval('state').in_(['applied', 'refused'])),
            },
        context={'company': Eval('company', -1)}, depends={'company'},
        help="The natural person who acts for the legal person.")
    birth_date = fields.Date(
        "Birth Date", states={'invisible': Eval('legal_person', False)})
    professional_status = fields.Selection([
            (None, ""),
            ('micro', "Micro-enterprise"),
            ('sole_trader', "Sole Trader"),
            ('company', "Company"),
            ('employee', "Employee"),
            ('private', "Private Person"),
            ], "Professional Status", sort=False)
    shares_professional = fields.Boolean(
        "Shares Held Professionally",
        help="The shares belong to the professional assets of the member.")
    referrer = fields.Many2One(
        'coop.member', "Referrer", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('id', -1)),
            ])
    predecessor = fields.Many2One(
        'coop.member', "Predecessor", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('predecessor')},
        help="The membership that this one continues "
        "after a change of legal form.")
    keeps_seniority = fields.Boolean("Keeps Seniority", readonly=True,
        states={'invisible': ~Eval('predecessor')})
    users = fields.Many2Many(
        'coop.member-res.user', 'member', 'user', "Users",
        help="The users who act for the member.")
    events = fields.One2Many(
        'coop.member.event', 'member', "Events", readonly=True,
        order=[('date', 'DESC'), ('number', 'DESC')])
    admission_date = fields.Function(
        fields.Date("Admission Date"), 'get_dates')
    leaving_date = fields.Function(
        fields.Date("Last Day of Membership"), 'get_dates')
    seniority_date = fields.Function(
        fields.Date("Member since"), 'get_seniority_date')
    state_at = fields.Function(
        fields.Selection([(None, "")] + STATES, "State at Date", sort=False))
    category_at = fields.Function(
        fields.Many2One('coop.member.category', "Category at Date"))
    suspended_at = fields.Function(fields.Boolean("Suspended at Date"))

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('company_party_unique', Unique(t, t.company, t.party),
                'coop_member.msg_member_party_unique'),
            ('company_number_unique', Unique(t, t.company, t.number),
                'coop_member.msg_member_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (CharLength(t.number), Index.Range()),
                    (t.number, Index.Range())),
                Index(t, (t.party, Index.Equality())),
                Index(t, (t.referrer, Index.Equality()),
                    where=t.referrer != Null),
                })
        cls._order = [('number', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'admit': {
                    'invisible': Eval('state') != 'applied',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'refuse': {
                    'invisible': Eval('state') != 'applied',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'apply_again': {
                    'invisible': ~Eval('state').in_(['left', 'refused']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'activate': {
                    'invisible': Eval('state') != 'admitted',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'suspend': {
                    'invisible': Eval('state') != 'active',
                    'icon': 'tryton-pause',
                    'depends': ['state'],
                    },
                'resume': {
                    'invisible': Eval('state') != 'suspended',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'change_category': {
                    'invisible': ~Eval('state').in_(
                        ['admitted', 'active', 'suspended', 'leaving']),
                    'icon': 'tryton-switch',
                    'depends': ['state'],
                    },
                'give_notice': {
                    'invisible': ~Eval('state').in_(
                        ['admitted', 'active', 'suspended']),
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'depart': {
                    'invisible': ~Eval('state').in_(
                        ['admitted', 'active', 'suspended', 'leaving']),
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                })

    @staticmethod
    def order_number(tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def default_state(cls):
        return 'applied'

    def get_rec_name(self, name):
        return f"{self.party.rec_name} ({self.number})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'party.rec_name')

    @classmethod
    def get_dates(cls, members, names):
        result = {name: {} for name in names}
        for member, periods in cls.memberships(members).items():
            dates = dict(zip(
                    ['admission_date', 'leaving_date'],
                    periods[-1] if periods else [None, None]))
            for name in names:
                result[name][member] = dates[name]
        return result

    @classmethod
    def memberships(cls, members):
        """Return {id: [(admission, departure)]} of the members, in order.

        Who came back has several; a departure not recorded is None.
        """
        result = {int(member): [] for member in members}
        _, known_at = as_of_context()
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(members, SLICE):
            event, where = current_events(known_at=known_at)
            where &= fields.SQL_OPERATORS['in'](event.member, list(map(
                        int, sub)))
            where &= event.kind.in_(['admission', 'departure'])
            query = event.select(
                event.member.as_('member'), event.kind.as_('kind'),
                event.date.as_('date'),
                where=where, order_by=effect_order(event))
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, None, 'DATE'])
            cursor.execute(*query)
            for member, kind, date in reversed(cursor.fetchall()):
                periods = result[member]
                if kind == 'admission':
                    periods.append((date, None))
                else:
                    admission, _ = periods.pop() if periods else (None, None)
                    periods.append((admission, date))
        return result

    def get_seniority_date(self, name):
        if self.predecessor and self.keeps_seniority:
            return self.predecessor.seniority_date
        return self.admission_date

    @classmethod
    def column_state_at(cls, tables):
        return cls._last_event(tables, state_expression,
            lambda e: state_expression(e) != Null)

    @classmethod
    def column_category_at(cls, tables):
        return cls._last_event(tables, lambda e: e.category,
            lambda e: e.category != Null)

    @classmethod
    def column_suspended_at(cls, tables):
        kinds = ['admission', 'suspension', 'resumption', 'departure']
        return cls._last_event(tables,
            lambda e: Case(
                (e.kind == 'suspension', Literal(True)), else_=Literal(False)),
            lambda e: e.kind.in_(kinds))

    @classmethod
    def _last_event(cls, tables, column, condition):
        "The column of the last event that counts at the context's date"
        table, _ = tables[None]
        date, known_at = as_of_context()
        if date is None:
            date = today(Transaction().context.get('company'))
        event, where = current_events(date, known_at)
        return Coalesce(event.select(column(event),
                where=where & condition(event) & (event.member == table.id),
                order_by=effect_order(event), limit=1), Null)

    @classmethod
    def refresh(cls, members=None):
        """Bring the cached state and category up to the company's today.

        :param members: the members, or None for all (the cron's way)
        """
        if members is None:
            members = cls.search([])
        companies = defaultdict(list)
        for member in members:
            companies[member.company].append(member)
        for company, members in companies.items():
            with Transaction().set_context(
                    company=company.id, date=today(company.id),
                    known_at=None):
                for sub in grouped_slice(members, SLICE):
                    cls._refresh(cls.browse(list(sub)))

    @classmethod
    def _refresh(cls, members):
        changed = []
        for member in members:
            state, category = member.state_at, member.category_at
            if (state and state != member.state) or (
                    category and category != member.category):
                changed.append((member, member.state))
                member.state = state or member.state
                member.category = category or member.category
        with Transaction().set_context(_coop_refresh=True):
            cls.save([m for m, _ in changed])
        cls.state_changed(changed)

    @classmethod
    def state_changed(cls, changed):
        """Called with [(member, state before)] when today's state has changed.

        Other concepts (login, reminders) act on it.
        """

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('number'):
            company_id = values.get('company', cls.default_company())
            if company_id is not None:
                sequence = Configuration(1).get_multivalue(
                    'member_sequence', company=company_id)
                if sequence:
                    values['number'] = sequence.get()
        return values

    @classmethod
    def check_modification(cls, mode, members, values=None, external=False):
        super().check_modification(
            mode, members, values=values, external=external)
        if mode == 'write' and external and values.keys() & {
                'state', 'category', 'company', 'party', 'number'}:
            raise LedgerAccessError(gettext(
                    'coop_member.msg_member_by_event',
                    member=members[0].rec_name))
        if mode == 'delete':
            for member in members:
                if member.events:
                    raise LedgerAccessError(gettext(
                            'coop_member.msg_member_delete',
                            member=member.rec_name))

    @classmethod
    def on_modification(cls, mode, members, field_names=None):
        super().on_modification(mode, members, field_names=field_names)
        if (mode == 'create'
                and Transaction().context.get('coop_application', True)):
            cls.apply(members)

    @classmethod
    def copy(cls, members, default=None):
        if members:
            raise LedgerAccessError(gettext('coop_member.msg_member_copy'))
        return []

    @classmethod
    def validate_fields(cls, members, field_names):
        super().validate_fields(members, field_names)
        cls.check_age(members, field_names)

    @classmethod
    def check_age(cls, members, field_names=None):
        "Refuse a natural person younger than the category's minimum age"
        if field_names and not field_names & {
                'birth_date', 'category', 'legal_person'}:
            return
        for member in members:
            if member.legal_person or not member.birth_date:
                continue
            minimum = member.category.minimum_age
            limit = today(member.company.id) - relativedelta(years=minimum)
            if member.birth_date > limit:
                raise MemberValidationError(gettext(
                        'coop_member.msg_member_under_age',
                        member=member.party.rec_name,
                        age=minimum,
                        category=member.category.rec_name))

    @classmethod
    def apply(cls, members, date=None):
        """Record the application of members just created.

        :param date: date of the application, today by default
        """
        Event = Pool().get('coop.member.event')
        Event.record([
                Event(company=m.company, member=m, kind='application',
                    date=date or today(m.company.id), category=m.category)
                for m in members])

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_admit')
    def admit(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_refuse')
    def refuse(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_apply_again')
    def apply_again(cls, members):
        pass

    @classmethod
    @ModelView.button
    def activate(cls, members):
        "Activate members admitted, whatever the rule of their category"
        Event = Pool().get('coop.member.event')
        Event.record([
                Event(company=m.company, member=m, kind='activation',
                    date=max(m.admission_date, today(m.company.id)))
                for m in members])

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_suspend')
    def suspend(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_resume')
    def resume(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_change_category')
    def change_category(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_give_notice')
    def give_notice(cls, members):
        pass

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_depart')
    def depart(cls, members):
        pass


class MemberUser(ModelSQL):
    __name__ = 'coop.member-res.user'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE')
    user = fields.Many2One(
        'res.user', "User", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_user_unique', Unique(t, t.member, t.user),
                'coop_member.msg_member_user_unique'))
        cls.__access__.add('member')
