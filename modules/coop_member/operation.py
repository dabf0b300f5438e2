# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the documents have in common whose rows the register bears"
from collections import defaultdict

from sql import Null
from sql.operators import Concat

from trytond import backend
from trytond.i18n import gettext
from trytond.model import Index, ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .company import CompanyMixin, CurrencyMixin
from .event import today
from .seen import check_seen


class StatesMixin(CompanyMixin, CurrencyMixin):
    """A record with states of one company.

    A model names in ``_error`` its error, in ``_messages`` the prefix of its
    messages, in ``_first`` the state in which it starts and in ``_muted``
    the states of what came to nothing.
    """
    __slots__ = ()
    _error = None
    _messages = None
    _first = 'draft'
    _muted = ['cancelled']

    @classmethod
    def default_state(cls):
        return cls._first

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(cls._muted), 'muted', '')),
            ]

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('state', cls._first)
        return super().copy(records, default=default)

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        "Its buttons alone change the state; what was decided stays"
        if external and mode != 'create':
            check_seen(records)
        super().check_modification(
            mode, records, values=values, external=external)
        for record in records:
            first = record.state == cls._first
            if mode == 'delete' and not first:
                record._raise_document('delete')
            elif mode == 'create' and external and not first:
                record._raise_document('state')
            elif mode == 'write' and external:
                if 'state' in values:
                    record._raise_document('state')
                record._check_write(values)

    def _check_write(self, values):
        "Check that somebody may change these values now"
        if not self._may_write(values):
            self._raise_document('fixed')

    def _may_write(self, values):
        "Whether somebody may change these values now"
        return self.state == self._first or not (
            values.keys() - {'description'})

    def _raise_document(self, message):
        raise self._error(gettext(
                f'coop_member.msg_document_{message}',
                record=self.rec_name, **self.__names__()))

    def _raise(self, message, **values):
        raise self._error(gettext(
                f'{self._messages}_{message}',
                record=self.rec_name, **values))


class DocumentMixin(StatesMixin):
    "A document of a date, by default today"
    __slots__ = ()

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None


class NumberedMixin(DocumentMixin):
    """A document that gets a number when it is no draft any more.

    A model names in ``_sequence`` the field of the configuration.
    """
    __slots__ = ()
    _rec_name = 'number'
    _sequence = None
    number = fields.Char("Number", readonly=True)

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('number')
        return super().copy(records, default=default)

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        "A member gives no number"
        super().check_modification(
            mode, records, values=values, external=external)
        if external and Pool().get('res.user').is_restricted():
            for record in records:
                if mode == 'write' and 'number' in values or (
                        mode == 'create' and record.number):
                    record._raise_document('fixed')

    @classmethod
    def set_number(cls, records):
        "Number those of the records that have no number, and save all"
        Configuration = Pool().get('coop.configuration')
        missing = defaultdict(list)
        for record in records:
            if not record.number:
                missing[record.company].append(record)
        for company, numbered in missing.items():
            sequence = Configuration(1).get_multivalue(
                cls._sequence, company=company.id)
            for record, number in zip(
                    numbered, sequence.get_many(len(numbered))):
                record.number = number
        cls.save(records)


class OperationMixin(DocumentMixin):
    """A document that the register records.

    A model says in ``taken_back`` what becomes of records whose rows were
    reversed.
    """
    __slots__ = ()
    movements = fields.One2Many(
        'coop.share.movement', 'origin', "Movements", readonly=True,
        order=[('number', 'ASC')])

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('movements')
        return super().copy(records, default=default)

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if mode == 'delete':
            for record in records:
                if record.movements:
                    record._raise_document('recorded')

    @property
    def standing(self):
        "Its movements that were not reversed"
        return [m for m in self.movements if not m.reversed_by]

    def _build(self, member, share_class, kind, deltas, **values):
        "Return an unsaved movement of the document"
        Movement = Pool().get('coop.share.movement')
        values.setdefault('decision', getattr(self, 'decision', None))
        return Movement.build(
            member, share_class, kind, values.pop('date', self.date), deltas,
            origin=self if self.id else None, **values)

    @classmethod
    def take_back(cls, records, note=None):
        """Reverse what the register has of records.

        The register tells the records by ``taken_back``.

        :raises MovementError: when what came later does not bear it
        """
        Movement = Pool().get('coop.share.movement')
        if movements := [m for r in records for m in r.standing]:
            Movement.reverse(movements, note)

    @classmethod
    def taken_back(cls, records):
        "Called with the records of which rows were just reversed"
        raise NotImplementedError


class DecidedMixin(OperationMixin):
    "An operation done at once by a decision: draft, done or cancelled"
    __slots__ = ()
    date = fields.Date("Effective Date", required=True,
        states={'readonly': Eval('state') != 'draft'})
    decision = fields.Many2One(
        'coop.decision', "Decision", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={
            'readonly': Eval('state') != 'draft',
            'required': Eval('state') == 'done',
            })
    description = fields.Char("Description")
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._transitions |= {
            ('draft', 'done'),
            ('done', 'cancelled'),
            }
        cls._buttons['cancel'] = {
            'invisible': Eval('state') != 'done',
            'icon': 'tryton-cancel',
            'depends': ['state'],
            }

    @classmethod
    @ModelView.button
    def cancel(cls, records):
        """Take what was done back.

        :raises MovementError: when what came later does not bear it
        """
        Pool().get('coop.share.movement').lock()
        cls.take_back([r for r in cls.browse(records) if r.state == 'done'])

    @classmethod
    @Workflow.transition('cancelled')
    def taken_back(cls, records):
        pass


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'
    origin = fields.Reference(
        "Origin", 'get_origins', readonly=True,
        states={'invisible': ~Eval('origin')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.origin, Index.Equality())))

    @classmethod
    def __register__(cls, module):
        super().__register__(module)
        # The origin replaces a column of its own for the transfer
        table_h = cls.__table_handler__(module)
        if table_h.column_exist('transfer'):
            table = cls.__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*table.update(
                    [table.origin],
                    [Concat('coop.share.transfer,', table.transfer)],
                    where=(table.transfer != Null)
                    & (table.origin == Null)))
            if backend.name == 'sqlite':
                # It drops no column that has an index;
                # the update sets those that are left again
                table_h.set_indexes([])
            table_h.drop_column('transfer')

    @classmethod
    def _origins(cls):
        "Return the names of the models whose records the rows come from"
        return [
            'coop.share.transfer',
            'coop.share.conversion',
            'coop.share.reduction',
            'coop.share.withdrawal',
            'coop.share.repayment',
            'coop.share.late_loss',
            ]

    @classmethod
    def get_origins(cls):
        IrModel = Pool().get('ir.model')
        names = cls._origins()
        return [(None, '')] + [
            (name, IrModel.get_name(name)) for name in names]

    @classmethod
    def recorded(cls, movements):
        super().recorded(movements)
        origins = {
            m.reverses.origin for m in movements
            if m.kind == 'reversal' and m.reverses.origin}
        for Model in {o.__class__ for o in origins}:
            Model.taken_back([o for o in origins if o.__class__ == Model])
