# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Shares of one class that become shares of another"
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from . import capital, lots
from .exceptions import ConversionError
from .holder import HolderMixin
from .operation import DecidedMixin

_states = {'readonly': Eval('state') != 'draft'}


class Conversion(
        DecidedMixin, HolderMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.conversion'
    _error = ConversionError
    _messages = 'coop_member.msg_conversion'
    _adds_capital = False
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    from_class = fields.Many2One(
        'coop.share.class', "From Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    from_quantity = fields.Integer("From Quantity", required=True,
        domain=[('from_quantity', '>', 0)], states=_states)
    share_class = fields.Many2One(
        'coop.share.class', "To Class", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('from_class', -1)),
            ], states=_states)
    quantity = fields.Function(fields.Integer("To Quantity",
            help="The shares of the same nominal value in all."),
        'on_change_with_quantity')
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')

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
        cls._buttons['convert'] = {
            'invisible': Eval('state') != 'draft',
            'icon': 'tryton-forward',
            'depends': ['state'],
            }

    @fields.depends('from_class', 'from_quantity', 'date')
    def on_change_with_amount(self, name=None):
        if self.from_class and self.from_quantity and self.date:
            nominal = self.from_class.nominal_at(self.date)
            return self.from_quantity * nominal if nominal else None

    @fields.depends(
        'share_class', 'date', methods=['on_change_with_amount'])
    def on_change_with_quantity(self, name=None):
        amount = self.on_change_with_amount()
        if amount and self.share_class:
            nominal = self.share_class.nominal_at(self.date)
            return int(amount // nominal) if nominal else None

    def get_rec_name(self, name):
        return (
            f"{self.member.rec_name} {self.from_quantity} "
            f"{self.from_class.code} → {self.share_class.code}")

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @property
    def replaced(self):
        return self.from_quantity

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def convert(cls, conversions):
        """Record conversions in the register.

        :raises ConversionError: naming the conversion and the remedy
        """
        Movement = Pool().get('coop.share.movement')
        Movement.lock()
        for conversion in conversions:
            conversion.check()
            Movement.record([conversion.operation()])

    def check(self):
        "Check that the register can record the conversion"
        Movement = Pool().get('coop.share.movement')
        held = Movement.position(self.member, self.from_class).quantity
        left = held - self.from_quantity
        values = {
            'member': self.member.rec_name, 'quantity': held,
            'share_class': self.from_class.rec_name}
        if left < 0:
            self._raise('quantity', **values)
        if left and left < self.from_class.minimum:
            self._raise('minimum', **{
                    **values, 'quantity': left,
                    'minimum': self.from_class.minimum})
        nominal = self.share_class.get_nominal_at(self.date)
        if self.amount is None or self.quantity * nominal != self.amount:
            before = self.from_class.get_nominal_at(self.date)
            self._raise('remainder',
                before=before, after=nominal, **values)
        self.check_holder()
        self.check_limits([self])

    def operation(self):
        "Return the movements, a pair for each lot that stays one"
        Movement = Pool().get('coop.share.movement')
        position = Movement.position(self.member, self.from_class)
        before = self.from_class.get_nominal_at(self.date)
        after = self.share_class.get_nominal_at(self.date)
        taken_lots = lots.take(Movement.lots_of(
                self.member, self.from_class), self.from_quantity)
        operation = []
        for since, quantity, converted in lots.convert(
                taken_lots, before, after):
            taken = capital.share_of(
                position, quantity, self.company.currency.round)
            position -= taken
            given = capital.Deltas(converted, *list(taken)[1:])
            for share_class, deltas, nominal in [
                    (self.from_class, -taken, before),
                    (self.share_class, given, after)]:
                if deltas:
                    operation.append(self._build(
                            self.member, share_class, 'conversion', deltas,
                            since=since, nominal=nominal))
        return operation


del _states
