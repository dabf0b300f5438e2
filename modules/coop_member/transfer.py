# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Shares that pass from one member to another"
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If

from . import capital, lots
from .exceptions import TransferError
from .file import FileMixin
from .holder import HolderMixin
from .operation import NumberedMixin, OperationMixin
from .tools import any_of

# Members to whom shares may pass, once they are admitted
HOLDERS = ['admitted', 'active', 'suspended']
_states = {'readonly': Eval('state') != 'draft'}
_undecided = Eval('state').in_(['draft', 'submitted'])


class Transfer(
        NumberedMixin, OperationMixin, HolderMixin, FileMixin, Workflow,
        ModelSQL, ModelView):
    __name__ = 'coop.share.transfer'
    _error = TransferError
    _messages = 'coop_member.msg_transfer'
    _muted = ['cancelled', 'refused']
    _sequence = 'transfer_sequence'
    _file_fields = {'deed': 'deed_name'}
    _holder = 'transferee'
    _adds_capital = False
    transferor = fields.Many2One(
        'coop.member', "Transferor", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states,
        help="Who gives the shares.")
    transferee = fields.Many2One(
        'coop.member', "Transferee", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('transferor', -1)),
            If(_undecided, ('state', 'in', ['applied', *HOLDERS]), ()),
            ],
        states=_states,
        help="Who gets the shares: an applicant gets them once admitted.")
    transferor_name = fields.Function(
        fields.Char("Transferor"), 'get_names')
    transferee_name = fields.Function(
        fields.Char("Transferee"), 'get_names')
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    date = fields.Date("Effective Date", required=True, states=_states)
    quantity = fields.Integer("Quantity", required=True,
        domain=[('quantity', '>', 0)], states=_states)
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency',
            help="The nominal value of the shares."),
        'on_change_with_amount')
    price = Monetary("Price", currency='currency', digits='currency',
        domain=['OR', ('price', '=', None), ('price', '>=', 0)],
        states=_states,
        help="Agreed between the two members: nothing of it is posted.")
    keeps_seniority = fields.Boolean("Keeps Seniority", states=_states,
        help="The transferee holds the shares since "
        "the transferor acquired them.")
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'readonly': ~_undecided,
            'required': Eval('state').in_(['agreed', 'done']),
            },
        help="The agreement of the board or of the meeting.")
    description = fields.Char("Description")
    deed = fields.Binary(
        "Signed Deed", filename='deed_name',
        file_id='deed_id', store_prefix='coop_transfer',
        states={'readonly': ~_undecided & Bool(Eval('deed_id'))})
    deed_id = fields.Char("Deed ID", readonly=True)
    deed_name = fields.Char("Deed Name",
        states={'readonly': ~_undecided & Bool(Eval('deed_id'))})
    state = fields.Selection([
            ('draft', "Draft"),
            ('submitted', "Submitted"),
            ('agreed', "Agreed"),
            ('done', "Done"),
            ('refused', "Refused"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.transferor, Index.Equality())),
                Index(t, (t.transferee, Index.Equality())),
                Index(t, (t.date, Index.Range())),
                })
        cls._transitions |= {
            ('draft', 'submitted'),
            ('submitted', 'draft'),
            ('submitted', 'agreed'),
            ('submitted', 'refused'),
            ('agreed', 'done'),
            ('draft', 'cancelled'),
            ('submitted', 'cancelled'),
            ('agreed', 'cancelled'),
            ('done', 'cancelled'),
            ('refused', 'draft'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': ~Eval('state').in_(
                        ['submitted', 'refused', 'cancelled'])
                    | Bool(Eval('movements', [])),
                    'icon': 'tryton-back',
                    'depends': ['state', 'movements'],
                    },
                'submit': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'agree': {
                    'invisible': Eval('state') != 'submitted',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'process': {
                    'invisible': Eval('state') != 'agreed',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'refuse': {
                    'invisible': Eval('state') != 'submitted',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(
                        ['draft', 'submitted', 'agreed', 'done']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_keeps_seniority(cls):
        Configuration = Pool().get('coop.configuration')
        return Configuration(1).get_multivalue(
            'transfer_keeps_seniority', company=cls.default_company())

    @fields.depends('company', 'transferor', 'share_class')
    def on_change_transferor(self):
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        ShareClass = pool.get('coop.share.class')
        if not self.company or not self.transferor or self.share_class:
            return
        held = [
            share_class for (_, share_class), position in Movement.positions(
                self.company, members=[self.transferor]).items()
            if position.quantity]
        if len(held) == 1:
            self.share_class = ShareClass(held[0])

    @fields.depends('share_class', 'quantity', 'date')
    def on_change_with_amount(self, name=None):
        if self.share_class and self.quantity and self.date:
            nominal = self.share_class.nominal_at(self.date)
            return self.quantity * nominal if nominal else None

    @classmethod
    def get_names(cls, transfers, names):
        return {
            name: {
                t.id: getattr(t, name.removesuffix('_name')).rec_name
                for t in transfers}
            for name in names}

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [
                    self.number, self.transferor.rec_name,
                    self.transferee.rec_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(
            clause, 'number', 'transferor.rec_name', 'transferee.rec_name')

    @classmethod
    def copy(cls, transfers, default=None):
        default = default.copy() if default else {}
        for name in ['decision', 'deed', 'deed_id', 'deed_name']:
            default.setdefault(name)
        return super().copy(transfers, default=default)

    def _check_write(self, values):
        "What was decided on, and its proof, stay as they are"
        if self.state in {'draft', 'submitted'}:
            return
        kept = values.keys() - {'description'}
        if not self.deed_id:
            kept -= {'deed', 'deed_id', 'deed_name'}
        if kept:
            self._raise('fixed', **self.__names__(min(kept)))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, transfers):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, transfers):
        cls.set_number(transfers)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, transfers):
        pass

    @classmethod
    @ModelView.button
    def agree(cls, transfers):
        """Agree to transfers; those to a member are recorded at once.

        :raises TransferError: when one is not allowed
        """
        Pool().get('coop.share.movement').lock()
        cls._agree(transfers)
        cls.process([
                t for t in cls.browse(transfers)
                if t.transferee.state in HOLDERS])

    @classmethod
    @Workflow.transition('agreed')
    def _agree(cls, transfers):
        pass

    @classmethod
    @ModelView.button
    def process(cls, transfers):
        """Record agreed transfers in the register.

        :raises TransferError: when one is not allowed
        """
        Movement = Pool().get('coop.share.movement')
        Movement.lock()
        for transfer in cls.browse(transfers):
            if transfer.state != 'agreed':
                continue
            transfer.check()
            transfer.state = 'done'
            transfer.save()
            Movement.record([transfer.operation()])

    def check(self):
        """Check that the register can record the transfer.

        :raises TransferError: naming the transfer and the remedy
        """
        if self.transferee.state not in HOLDERS:
            self._raise('not_admitted', member=self.transferee.rec_name)
        self._check_transferor()
        self.check_holder()
        self.check_limits([self])

    def _check_transferor(self):
        Movement = Pool().get('coop.share.movement')
        positions = Movement.positions(
            self.company, members=[self.transferor])
        held = positions.get(
            (self.transferor.id, self.share_class.id),
            capital.NOTHING).quantity
        values = {
            'member': self.transferor.rec_name, 'quantity': held,
            'share_class': self.share_class.rec_name}
        left = held - self.quantity
        if left < 0:
            self._raise('quantity', **values)
        if self.transferor.state not in HOLDERS:
            return
        # Who stays keeps what is asked of a member
        category = self.transferor.category
        total = sum(p.quantity for p in positions.values()) - self.quantity
        for minimum, name, kept in [
                (self.share_class.minimum if left else 0,
                    self.share_class.rec_name, left),
                (category.minimum_shares, category.rec_name, total)]:
            if kept < minimum:
                self._raise('minimum', **{
                        **values, 'quantity': kept, 'minimum': minimum,
                        'name': name})

    def operation(self):
        "Return the movements: a pair, or one for each lot that stays one"
        Movement = Pool().get('coop.share.movement')
        # Nobody holds shares before being admitted
        date = max(self.date, self.transferee.admission_date)
        parts = [(None, self.quantity)]
        if self.keeps_seniority:
            parts = lots.take(Movement.lots_of(
                    self.transferor, self.share_class), self.quantity)
        position = Movement.position(self.transferor, self.share_class)
        operation = []
        for since, quantity in parts:
            taken = capital.share_of(
                position, quantity, self.company.currency.round)
            position -= taken
            for member, kind, deltas in [
                    (self.transferor, 'transfer_out', -taken),
                    (self.transferee, 'transfer_in', taken)]:
                operation.append(self._build(
                        member, self.share_class, kind, deltas, date=date,
                        since=since))
        return operation

    @classmethod
    @ModelView.button
    def cancel(cls, transfers):
        """Cancel transfers, taking back what the register has of them.

        :raises MovementError: when the shares are no longer with the
            transferee
        """
        Pool().get('coop.share.movement').lock()
        transfers = cls.browse(transfers)
        for transfer in transfers:
            if transfer.state == 'done':
                cls.take_back([transfer], gettext(
                        'coop_member.msg_transfer_cancelled',
                        transfer=transfer.number))
        cls._cancel([t for t in transfers if t.state != 'done'])

    @classmethod
    def taken_back(cls, transfers):
        cls._cancel(transfers)

    @classmethod
    @Workflow.transition('cancelled')
    def _cancel(cls, transfers):
        pass


del _states, _undecided


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def state_changed(cls, changed):
        "Who is admitted gets the shares of the transfers agreed to"
        Transfer = Pool().get('coop.share.transfer')
        super().state_changed(changed)
        admitted = [
            m.id for m, before in changed
            if before == 'applied' and m.state in HOLDERS]
        if not admitted:
            return
        for transfer in Transfer.search([
                    ('transferee', 'in', admitted),
                    ('state', '=', 'agreed'),
                    ], order=[('date', 'ASC'), ('id', 'ASC')]):
            try:
                transfer.check()
            except TransferError:
                # It goes on waiting: its button tells why
                continue
            Transfer.process([transfer])
