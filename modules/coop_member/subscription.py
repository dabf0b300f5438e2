# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict
from decimal import Decimal

from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Date, Eval, Id, If
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from . import capital
from .exceptions import SubscriptionError
from .file import FileMixin
from .ledger import SLICE
from .movement import exact
from .operation import NumberedMixin
from .tools import any_of

STATES = [
    ('draft', "Draft"),
    ('submitted', "Submitted"),
    ('accepted', "Accepted"),
    ('paid', "Paid"),
    ('done', "Done"),
    ('refused', "Refused"),
    ('cancelled', "Cancelled"),
    ]
RECORDED = ['accepted', 'paid', 'done']
# What the ledger says of a subscription, by the name of the field
AMOUNTS = {
    'subscribed': lambda d: d.subscribed,
    'called': lambda d: d.called,
    'paid': lambda d: d.paid_up,
    'open': lambda d: d.unpaid,
    'uncalled': lambda d: d.uncalled,
    }
_states = {'readonly': Eval('state') != 'draft'}
_in_kind = Eval('nature') == 'in_kind'
_office = Id('coop_member', 'group_administration').in_(
    Eval('context', {}).get('groups', []))


class Subscription(NumberedMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.subscription'
    _error = SubscriptionError
    _messages = 'coop_member.msg_subscription'
    _muted = ['cancelled', 'refused']
    _sequence = 'subscription_sequence'
    _file_fields = {'form': 'form_name', 'appraisal': 'appraisal_name'}
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    date = fields.Date("Date", required=True, states=_states,
        help="The day on which the member signed.")
    quantity = fields.Integer("Quantity", required=True,
        domain=[('quantity', '>', 0)], states=_states)
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')
    nature = fields.Selection([
            ('cash', "In Cash"),
            ('in_kind', "In Kind"),
            ], "Nature", required=True, states=_states)
    called_fraction = fields.Numeric(
        "Fraction Called at Once", digits=(1, 6), required=True,
        domain=[
            ('called_fraction', '>', 0),
            ('called_fraction', '<=', 1),
            If(_in_kind, ('called_fraction', '=', 1), ()),
            ],
        states=_states)
    due_date = fields.Function(
        fields.Date("Due Date", help="When what is called must be paid."),
        'on_change_with_due_date')
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': ~Eval('state').in_(['draft', 'submitted'])})
    description = fields.Char("Description")
    form = fields.Binary(
        "Signed Form", filename='form_name',
        file_id='form_id', store_prefix='coop_subscription',
        states={
            'readonly': Eval('state').in_(RECORDED) & Bool(Eval('form_id')),
            })
    form_id = fields.Char("Form ID", readonly=True)
    form_name = fields.Char("Form Name")
    appraisal = fields.Binary(
        "Appraisal", filename='appraisal_name',
        file_id='appraisal_id', store_prefix='coop_subscription',
        states={
            'invisible': ~_in_kind,
            'readonly': ~Eval('state').in_(['draft', 'submitted']),
            },
        help="The document that gives the value of what is contributed.")
    appraisal_id = fields.Char("Appraisal ID", readonly=True)
    appraisal_name = fields.Char("Appraisal Name",
        states={'invisible': ~_in_kind})
    appraisal_value = Monetary(
        "Appraisal Value", currency='currency', digits='currency',
        domain=[If(_in_kind & Eval('state').in_(RECORDED),
                ('appraisal_value', '>', 0), ())],
        states={
            'invisible': ~_in_kind,
            'readonly': ~Eval('state').in_(['draft', 'submitted']),
            })
    contribution_account = fields.Many2One(
        'account.account', "Contribution Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('closed', '!=', True),
            ('type', '!=', None),
            ('party_required', '=', False),
            ],
        states={
            'invisible': ~_in_kind,
            'readonly': ~Eval('state').in_(['draft', 'submitted']),
            },
        help="The account of the asset that is contributed.")
    movements = fields.One2Many(
        'coop.share.movement', 'subscription', "Movements", readonly=True,
        order=[('number', 'ASC')])
    refundable_until = fields.Function(
        fields.Date("Still Refundable until",
            states={'invisible': ~Eval('refundable_until')},
            help="Until then the bank of the member may take back "
            "a direct debit without giving a reason."),
        'get_refundable_until')
    call_before = fields.Function(
        fields.Date("To Call before",
            help="The day by which the whole subscription "
            "must be called and paid."),
        'on_change_with_call_before')
    own = fields.Function(fields.Boolean("Own"), 'get_own')
    state = fields.Selection(STATES, "State", required=True, readonly=True,
        sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.date, Index.Range())),
                })
        cls._transitions |= {
            ('draft', 'submitted'),
            ('draft', 'cancelled'),
            ('submitted', 'draft'),
            ('submitted', 'accepted'),
            ('submitted', 'refused'),
            ('submitted', 'cancelled'),
            ('accepted', 'paid'),
            ('accepted', 'done'),
            ('paid', 'done'),
            ('paid', 'accepted'),
            ('done', 'paid'),
            ('done', 'accepted'),
            ('accepted', 'cancelled'),
            ('paid', 'cancelled'),
            ('done', 'cancelled'),
            ('refused', 'draft'),
            ('cancelled', 'draft'),
            }
        others = ~(Eval('own', False) | _office)
        cls._buttons.update({
                'draft': {
                    'invisible': ~Eval('state').in_(
                        ['submitted', 'refused', 'cancelled'])
                    | Bool(Eval('movements', [])),
                    'icon': 'tryton-back',
                    'depends': ['state', 'movements'],
                    },
                'submit': {
                    'invisible': (Eval('state') != 'draft') | others,
                    'icon': 'tryton-forward',
                    'depends': ['state', 'own'],
                    },
                'accept': {
                    'invisible': Eval('state') != 'submitted',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'refuse': {
                    'invisible': Eval('state') != 'submitted',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(
                        ['draft', 'submitted'] + RECORDED),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_nature(cls):
        return 'cash'

    @classmethod
    def default_called_fraction(cls):
        return Decimal(1)

    @classmethod
    def default_own(cls):
        return True

    @fields.depends('share_class', 'nature')
    def on_change_share_class(self):
        if self.share_class and self.nature == 'cash':
            self.called_fraction = self.share_class.called_fraction

    @fields.depends('nature', methods=['on_change_share_class'])
    def on_change_nature(self):
        if self.nature == 'in_kind':
            self.called_fraction = Decimal(1)
        else:
            self.on_change_share_class()

    @fields.depends('share_class', 'quantity', 'date')
    def on_change_with_amount(self, name=None):
        if self.share_class and self.quantity and self.date:
            nominal = self.share_class.nominal_at(self.date)
            return self.quantity * nominal if nominal else None

    @fields.depends('share_class', 'date')
    def on_change_with_due_date(self, name=None):
        if self.share_class and self.date:
            return self.date + self.share_class.payment_delay

    @fields.depends('share_class', 'date')
    def on_change_with_call_before(self, name=None):
        "Loi 47-1775, art. 12: the whole is paid within a few years"
        if self.share_class and self.date:
            return self.share_class.call_limit(self.date)

    @classmethod
    def domain_amount_uncalled(cls, domain, tables):
        "Search by what the register says is left to call"
        Movement = Pool().get('coop.share.movement')
        table, _ = tables[None]
        movement = Movement.__table__()
        _, operator, value = domain
        Operator = fields.SQL_OPERATORS[operator]
        uncalled = movement.select(
            Coalesce(exact(
                    Sum(movement.subscribed - movement.called)), 0),
            where=movement.subscription == table.id)
        # A bare query may not stand before IS NULL
        return Operator(Coalesce(uncalled, 0), value)

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [self.number, self.member.rec_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'member.rec_name')

    @classmethod
    def get_own(cls, subscriptions, name):
        members, _ = Pool().get('res.user').get_coop_members()
        return {s.id: s.member.id in members for s in subscriptions}

    @classmethod
    def ledger(cls, subscriptions):
        "Return {subscription id: capital.Deltas} of its movements"
        Movement = Pool().get('coop.share.movement')
        movement = Movement.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(lambda: capital.NOTHING)
        for sub in grouped_slice(subscriptions, SLICE):
            query = movement.select(
                movement.subscription.as_('subscription'),
                *Movement.sums(movement),
                where=fields.SQL_OPERATORS['in'](
                    movement.subscription, [s.id for s in sub]),
                group_by=[movement.subscription])
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, None] + ['NUMERIC'] * 4)
            cursor.execute(*query)
            for subscription, *sums in cursor:
                result[subscription] = capital.Deltas(*sums)
        return result

    @classmethod
    def get_amounts(cls, subscriptions, names):
        deltas = cls.ledger(subscriptions)
        return {
            name: {
                s.id: s.company.currency.round(
                    AMOUNTS[name.removeprefix('amount_')](deltas[s.id]))
                for s in subscriptions}
            for name in names}

    @classmethod
    def get_refundable_until(cls, subscriptions, name):
        "Nothing that arrived may be asked back, but for what others add"
        return dict.fromkeys(map(int, subscriptions))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/form/notebook/page[@id="in_kind"]', 'states',
                {'invisible': ~_in_kind}),
            ('/tree/field[@name="call_before"]', 'visual',
                If((Eval('amount_uncalled', 0) > 0)
                    & (Eval('call_before', Date())
                        < Date(delta_months=6)), 'warning', '')),
            ]

    @classmethod
    def copy(cls, subscriptions, default=None):
        default = default.copy() if default else {}
        for name in ['movements', 'decision', 'form', 'form_id', 'form_name',
                'appraisal', 'appraisal_id', 'appraisal_name']:
            default.setdefault(name)
        return super().copy(subscriptions, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, subscriptions):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, subscriptions):
        cls.set_number(subscriptions)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, subscriptions):
        pass

    @classmethod
    @ModelView.button
    def accept(cls, subscriptions):
        """Record the subscriptions in the register.

        :raises SubscriptionError: when one is not allowed, see
            subscription_rules.py
        """
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        subscriptions = [
            s for s in cls.browse(subscriptions) if s.state == 'submitted']
        for company in {s.company for s in subscriptions}:
            records = [s for s in subscriptions if s.company == company]
            cls.check_acceptance(records)
            cls._set_state(records, 'accepted')
            Movement.record([s._operation() for s in records])

    def _operation(self):
        "Return the movements of its acceptance"
        Movement = Pool().get('coop.share.movement')
        # Nobody holds shares before being admitted
        date = max(self.date, self.member.admission_date)
        nominal = self.share_class.get_nominal_at(date)
        called = self.company.currency.round(
            self.quantity * nominal * self.called_fraction)
        subscription = Movement.build(
            self.member, self.share_class, 'subscription', date,
            capital.subscription(self.quantity, nominal, called),
            nominal=nominal, subscription=self, decision=self.decision,
            due_date=date + self.share_class.payment_delay)
        if self.nature == 'cash':
            return [subscription]
        payment = Movement.build(
            self.member, self.share_class, 'payment', date,
            capital.Deltas(paid_up=called), nominal=nominal,
            subscription=self, decision=self.decision)
        subscription.in_kind = payment.in_kind = True
        return [subscription, payment]

    @classmethod
    @ModelView.button
    def cancel(cls, subscriptions):
        """Cancel subscriptions, taking back what the register has of them.

        Payments are taken back first: their money waits to be allocated.

        :raises MovementError: when shares were transferred or cancelled since
        """
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Allocation = pool.get('coop.share.allocation')
        Movement.lock()
        subscriptions = [
            s for s in cls.browse(subscriptions)
            if s.state in {'draft', 'submitted', *RECORDED}]
        recorded = [s for s in subscriptions if s.state in RECORDED]
        cls._set_state(subscriptions, 'cancelled')
        Allocation.take_back_subscriptions(recorded)
        for subscription in recorded:
            if movements := [
                    m for m in cls(subscription.id).movements
                    if m.kind != 'reversal' and not m.reversed_by]:
                Movement.reverse(movements, gettext(
                        'coop_member.msg_subscription_cancelled',
                        subscription=subscription.number))

    @classmethod
    def _set_state(cls, subscriptions, state):
        to_save = []
        for subscription in subscriptions:
            if subscription.state != state:
                assert (subscription.state, state) in cls._transitions
                subscription.state = state
                to_save.append(subscription)
        cls.save(to_save)


for _name, _string in [
        ('subscribed', "Subscribed"), ('called', "Called"), ('paid', "Paid"),
        ('open', "To Pay"), ('uncalled', "To Call")]:
    setattr(Subscription, f'amount_{_name}', fields.Function(
            Monetary(_string, currency='currency', digits='currency'),
            'get_amounts'))
del _name, _string, _states
