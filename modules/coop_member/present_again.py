# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The new presentation of a direct debit that the bank returned

What is still owed of it is debited once more, on another day. It serves all
that is debited: a module that knows better what is owed extends
``amount_to_present``.
"""
from sql import Literal, Null
from sql.conditionals import Case
from sql.operators import Exists

from trytond.i18n import gettext
from trytond.model import ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.wizard import Button, StateAction, StateView, Wizard

from .event import today
from .exceptions import PresentAgainError
from .payment import PRE_NOTIFICATION
from .return_reason import REASONS, may_present_again


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'
    return_reason = fields.Function(fields.Selection(
            [(None, ""), *REASONS.items()], "Return Reason",
            states={
                'readonly': ~Eval('state').in_(
                    ['processing', 'succeeded', 'failed']),
                'invisible': (
                    (Eval('process_method') != 'sepa')
                    | Eval('state').in_(['draft', 'submitted', 'approved'])),
                },
            help="What the bank says; enter it before or after the failure."),
        None, setter='set_return_reason')
    presents_again = fields.Many2One(
        'account.payment', "Presents Again", readonly=True,
        ondelete='RESTRICT',
        states={'invisible': ~Eval('presents_again')})
    new_presentations = fields.Integer("Presented Again before", readonly=True,
        states={'invisible': ~Eval('presents_again')},
        help="How many times it was presented before, after the first.")
    presented_again = fields.Function(
        fields.Boolean("Presented Again", states={
                'invisible': Eval('state') != 'failed',
                }))

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('presents_again_unique', Unique(t, t.presents_again),
                'coop_member.msg_present_again_unique'))
        cls._buttons.update({
                'present_again': {
                    'invisible': (
                        (Eval('state') != 'failed')
                        | (Eval('kind') != 'receivable')
                        | (Eval('process_method') != 'sepa')
                        | Bool(Eval('presented_again'))),
                    'icon': 'tryton-refresh',
                    'depends': [
                        'state', 'kind', 'process_method', 'presented_again'],
                    },
                })

    @classmethod
    def column_return_reason(cls, tables):
        payment, _ = tables[None]
        return Case(
            (payment.sepa_return_reason_code.in_(list(REASONS)),
                payment.sepa_return_reason_code),
            else_=Null)

    @classmethod
    def set_return_reason(cls, payments, name, value):
        cls.write(payments, {'sepa_return_reason_code': value})

    @classmethod
    def column_presented_again(cls, tables):
        payment, _ = tables[None]
        again = cls.__table__()
        return Case(
            (Exists(again.select(Literal(1),
                        where=again.presents_again == payment.id)),
                Literal(True)),
            else_=Literal(False))

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default else {}
        for name in ['presents_again', 'new_presentations', 'sepa_info_id',
                'sepa_return_reason_code', 'sepa_return_reason_information']:
            default.setdefault(name)
        return super().copy(payments, default=default)

    @classmethod
    @ModelView.button_action('coop_member.wizard_present_again')
    def present_again(cls, payments):
        pass

    @classmethod
    def present(cls, payments, date):
        """Return new payments, in draft, of what returned ones leave open.

        :param date: when the bank of the debtor is asked
        :raises PresentAgainError: naming what may not be presented again
        """
        cls.lock(payments)
        new = []
        for payment in payments:
            payment.check_present_again(date)
            # What is saved counts for the next one of the same line
            new.append(payment._presented_at(date))
            new[-1].save()
        return new

    def check_present_again(self, date):
        "Check that it may be presented again at a date"
        Configuration = Pool().get('coop.configuration')
        most = Configuration(1).get_multivalue(
            'max_presentations', company=self.company.id)
        code = self.sepa_return_reason_code
        if (self.state != 'failed' or self.kind != 'receivable'
                or self.process_method != 'sepa'):
            self._raise_present_again('state')
        if self.presented_again:
            self._raise_present_again('already')
        if not code:
            self._raise_present_again('no_reason')
        if not may_present_again(code):
            self._raise_present_again('reason', reason=self.reason_name)
        if (self.new_presentations or 0) >= most:
            self._raise_present_again('too_often', most=most)
        if date < today(self.company.id):
            self._raise_present_again('date')
        if self.amount_to_present() <= 0:
            self._raise_present_again('nothing')

    @property
    def reason_name(self):
        "The reason of the return in the user's language, or its bare code"
        names = self.fields_get(['return_reason'])['return_reason'][
            'selection']
        return dict(names).get(
            self.sepa_return_reason_code, self.sepa_return_reason_code)

    def _raise_present_again(self, message, **values):
        raise PresentAgainError(gettext(
                f'coop_member.msg_present_again_{message}',
                payment=self.rec_name, party=self.party.rec_name, **values))

    def amount_to_present(self):
        "Return how much of it is still owed"
        Line = Pool().get('account.move.line')
        if not self.line:
            return self.amount
        line = Line(self.line.id)
        if line.reconciliation or line.payment_blocked:
            return 0
        return min(self.amount, line.payment_amount)

    def _presented_at(self, date):
        "Return the payment, not saved, that presents it again"
        Payment = self.__class__
        payment = Payment(
            company=self.company, journal=self.journal, kind=self.kind,
            party=self.party, line=self.line, origin=self.origin, date=date,
            amount=self.amount_to_present(),
            reference_type=self.reference_type, reference=self.reference,
            presents_again=self,
            new_presentations=(self.new_presentations or 0) + 1)
        # Else that which the debtor has signed since
        if self.sepa_mandate and self.sepa_mandate.is_valid:
            payment.sepa_mandate = self.sepa_mandate
        return payment


class CapitalPayment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    def present(cls, payments, date):
        # The wizard of direct debits looks at the same calls
        Pool().get('coop.share.movement').lock()
        return super().present(payments, date)

    def amount_to_present(self):
        "Of a call, never more than the member leaves open on it"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Subscription = pool.get('coop.share.subscription')
        amount = super().amount_to_present()
        call = self.line.move.origin if self.line else None
        if isinstance(call, Movement) and call.subscription:
            open_ = dict(Subscription.debit_lines([call.subscription]))
            amount = min(amount, open_.get(self.line, 0))
        return amount


class PaymentClearing(metaclass=PoolMeta):
    __name__ = 'account.payment'

    def _presented_at(self, date):
        payment = super()._presented_at(date)
        if not self.line:
            payment.account = self.account
        return payment


class PresentAgainStart(ModelView):
    __name__ = 'coop.payment.present_again.start'
    date = fields.Date("Collection Date", required=True)
    notify = fields.Boolean("Notify the Debtors",
        help="Write to each debtor by e-mail what is debited, and when.")

    @classmethod
    def default_notify(cls):
        return True


class PresentAgain(Wizard):
    __name__ = 'coop.payment.present_again'
    start = StateView(
        'coop.payment.present_again.start',
        'coop_member.present_again_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Present Again", 'present', 'tryton-ok', default=True),
            ])
    present = StateAction('account_payment.act_payment_form')

    def default_start(self, fields):
        return {'date': today(self.record.company.id) + PRE_NOTIFICATION}

    def do_present(self, action):
        Payment = Pool().get('account.payment')
        payments = Payment.present(self.records, self.start.date)
        if self.start.notify:
            Payment.notify(payments)
        return action, {'res_id': [p.id for p in payments]}
