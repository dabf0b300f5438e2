# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Losses found after shares were cancelled, on what is not yet repaid"
from dateutil.relativedelta import relativedelta

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

from . import capital, leaving
from .exceptions import ParameterError, RepaymentError
from .operation import DecidedMixin

_states = {'readonly': Eval('state') != 'draft'}


class LateLoss(DecidedMixin, Workflow, ModelSQL, ModelView):
    """What a leaver bears of losses of the years of membership

    Those of the next years that relate to them reduce what is owed (statutes
    of the Scops, art. 18.3); the parameter ``late_loss_years`` holds how many.
    """
    __name__ = 'coop.share.late_loss'
    _error = RepaymentError
    _messages = 'coop_member.msg_late_loss'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    share_class = fields.Many2One(
        'coop.share.class', "Share Class", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_states)
    valuation = fields.Many2One(
        'coop.share.valuation', "Valuation", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', '=', 'approved'),
            ], states=_states,
        help="The approved accounts that show the loss.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>', 0)], states=_states,
        help="At most what is not repaid: what relates to the years of "
        "membership.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality()),
                    (t.date, Index.Range())),
                Index(t, (t.member, Index.Equality())),
                })
        cls._buttons['process'] = {
            'invisible': Eval('state') != 'draft',
            'icon': 'tryton-ok',
            'depends': ['state'],
            }

    @fields.depends('company', 'member', 'share_class', 'valuation')
    def on_change_valuation(self):
        "Propose what the cancelled shares would have borne of the loss"
        if (not self.company or not self.member or not self.share_class
                or not self.valuation):
            return
        cancelled = -sum(m.subscribed for m in self._cancellations())
        part = leaving.part_of_loss(
            cancelled, self.valuation.loss(), self.company.currency.round)
        self.amount = min(part, self._owed()) or None

    def _cancellations(self):
        Movement = Pool().get('coop.share.movement')
        return Movement.search([
                ('member', '=', self.member.id),
                ('share_class', '=', self.share_class.id),
                ('kind', '=', 'cancellation'),
                ('reversed_by', '=', None),
                ])

    def _owed(self):
        "Return what is not yet repaid, nor approved to be"
        Repayment = Pool().get('coop.share.repayment')
        claims = sum(
            c.amount for c in Repayment.claims(self.member)
            if c.key.share_class == self.share_class)
        return min(claims, Repayment.owed(self.member))

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.member.rec_name} {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def process(cls, losses):
        """Reduce what is owed by late losses.

        :raises RepaymentError: when less is owed, or it comes too late
        """
        Movement = Pool().get('coop.share.movement')
        Movement.lock()
        for loss in losses:
            loss._check()
            Movement.record([[loss._build(
                            loss.member, loss.share_class, 'reduction',
                            capital.Deltas(claim=-loss.amount))]])

    def _check(self):
        lang = Pool().get('ir.lang').get()
        owed = self._owed()
        if self.amount > owed:
            self._raise('amount', amount=lang.currency(owed, self.currency))
        dates = [m.date for m in self._cancellations()]
        if not dates:
            self._raise('none')
        limit = max(dates) + relativedelta(months=int(self._years() * 12))
        if self.date > limit:
            self._raise('late', date=lang.strftime(limit))

    def _years(self):
        Parameter = Pool().get('coop.parameter')
        try:
            return Parameter.get('late_loss_years', self.date)
        except ParameterError:
            return 5


del _states
