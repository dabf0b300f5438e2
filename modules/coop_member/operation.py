# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the documents have in common whose rows the register bears"
from trytond.i18n import gettext
from trytond.model import Index, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .event import today


class DocumentMixin:
    """A document with states, from 'draft' on, of one company.

    A model names in ``_error`` its error and in ``_messages`` the prefix of
    its messages.
    """
    __slots__ = ()
    _error = None
    _messages = None
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT',
        states={'readonly': (Eval('id', -1) >= 0)})
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('state', 'draft')
        return super().copy(records, default=default)

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        "Its buttons alone change the state; what was decided stays"
        super().check_modification(
            mode, records, values=values, external=external)
        for record in records:
            if mode == 'delete' and record.state != 'draft':
                record._raise_document('delete')
            elif mode == 'create' and external and record.state != 'draft':
                record._raise_document('fixed')
            elif mode == 'write' and external and (
                    'state' in values or not record._may_write(values)):
                record._raise_document('fixed')

    def _may_write(self, values):
        "Whether somebody may change these values now"
        return self.state == 'draft' or not (values.keys() - {'description'})

    def _raise_document(self, message):
        raise self._error(gettext(
                f'coop_member.msg_document_{message}',
                record=self.rec_name, **self.__names__()))

    def _raise(self, message, **values):
        raise self._error(gettext(
                f'coop_member.msg_{self._messages}_{message}',
                record=self.rec_name, **values))


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
    def _origins(cls):
        "Return the names of the models whose records the rows come from"
        return [
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
