# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Losses that reduce the nominal value of all shares of a class"
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from . import capital
from .exceptions import ReductionError
from .operation import DecidedMixin

_states = {'readonly': Eval('state') != 'draft'}


class Reduction(DecidedMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.share.reduction'
    _error = ReductionError
    _messages = 'coop_member.msg_reduction'
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    nominal_before = fields.Function(Monetary(
            "Nominal Value Before", currency='currency', digits='currency'),
        'on_change_with_nominal_before')
    nominal = Monetary(
        "New Nominal Value", currency='currency', digits='currency',
        required=True, domain=[('nominal', '>', 0)], states=_states)
    loss = fields.Function(Monetary(
            "Loss Borne", currency='currency', digits='currency',
            help="What all shares of the class bear together."),
        'on_change_with_loss')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.decision.help = (
            "The resolution of the meeting that reduces the capital.")
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()), (t.date, Index.Range())))
        cls._buttons['reduce'] = {
            'invisible': Eval('state') != 'draft',
            'icon': 'tryton-forward',
            'depends': ['state'],
            }

    @fields.depends('share_class', 'date')
    def on_change_with_nominal_before(self, name=None):
        "The nominal value that another decision than this one gave"
        if self.share_class and self.date:
            before = [
                n for n in self.share_class.nominals if n.date < self.date]
            if before:
                return max(before, key=lambda n: n.date).value

    @fields.depends(
        'company', 'share_class', 'date', 'nominal',
        methods=['on_change_with_nominal_before'])
    def on_change_with_loss(self, name=None):
        before = self.on_change_with_nominal_before()
        if self.company and before and self.nominal is not None:
            shares = sum(p.quantity for p in self._positions().values())
            return shares * (before - self.nominal)

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.share_class.rec_name} {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('share_class.rec_name', *clause[1:])]

    def _positions(self):
        "Return {member id: position} of those who hold shares at the date"
        Movement = Pool().get('coop.share.movement')
        return {
            member: position
            for (member, share_class), position in Movement.positions(
                self.company, self.date).items()
            if share_class == self.share_class.id and position.quantity}

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def reduce(cls, reductions):
        """Reduce the nominal of the classes, by one operation each.

        :raises ReductionError: when the value is not lower or nobody holds
            shares
        """
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Nominal = pool.get('coop.share.nominal')
        Movement.lock()
        for reduction in reductions:
            before = reduction.nominal_before
            if before is None or reduction.nominal >= before:
                reduction._raise('nominal')
            positions = reduction._positions()
            if not positions:
                reduction._raise('nothing')
            Nominal.create([{
                        'share_class': reduction.share_class.id,
                        'date': reduction.date, 'value': reduction.nominal,
                        'decision': reduction.decision.id
                        if reduction.decision else None}])
            Movement.record([reduction._operation(positions, before)])

    def _operation(self, positions, before):
        "Return the movements, one a member in the order of their numbers"
        pool = Pool()
        Member = pool.get('coop.member')
        members = Member.search(
            [('id', 'in', list(positions))],
            order=[('number', 'ASC'), ('id', 'ASC')])
        return [
            self._build(
                member, self.share_class, 'reduction',
                capital.reduction(
                    positions[member.id],
                    positions[member.id].quantity * (before - self.nominal)),
                nominal=self.nominal)
            for member in members]

    @classmethod
    @Workflow.transition('cancelled')
    def taken_back(cls, reductions):
        Nominal = Pool().get('coop.share.nominal')
        Nominal.delete(Nominal.search(['OR', *(
                        [
                            ('share_class', '=', r.share_class.id),
                            ('date', '=', r.date),
                            ]
                        for r in reductions)]))


del _states
