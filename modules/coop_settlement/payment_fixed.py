# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What was approved of a payment run is what is sent.

The payments of a run are made of it when it is approved, by somebody else
than who prepared it above a ceiling. Between that and the file nobody changes
one, adds one, or takes one out: the run is cancelled and prepared again.
"""
from trytond.model import ModelView, Workflow
from trytond.modules.coop_member.seen import check_seen
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

# What the bank tells afterwards
_TOLD = {'sepa_return_reason_code', 'sepa_return_reason_information'}


def by_run():
    "The context in which a run handles its own payments"
    return Transaction().set_context(_coop_payment_run=True)


class PaymentRun(metaclass=PoolMeta):
    __name__ = 'coop.payment.run'

    def check_payments(self):
        """Check that the payments are those that were approved.

        :raises PaymentRunError: when there are others, or fewer
        """
        if (any(p.state != 'approved' for p in self.payments)
                or sum(p.amount for p in self.payments)
                != self.total + self.seized):
            self._raise('payments')


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    def check_modification(cls, mode, payments, values=None, external=False):
        "Who approved a run approved just its payments"
        super().check_modification(
            mode, payments, values=values, external=external)
        if not external or (mode == 'write' and values.keys() <= _TOLD):
            return
        Run = Pool().get('coop.payment.run')
        runs = [p.origin for p in payments if isinstance(p.origin, Run)]
        origin = str((values or {}).get('origin') or '')
        if origin.startswith(f'{Run.__name__},'):
            runs.append(Run(int(origin.partition(',')[2])))
        check_seen(runs)
        for run in runs:
            run._raise_document('fixed')

    @classmethod
    def _check_run(cls, payments):
        Run = Pool().get('coop.payment.run')
        if Transaction().context.get('_coop_payment_run'):
            return
        for payment in payments:
            if (isinstance(payment.origin, Run)
                    and payment.origin.state == 'approved'):
                payment.origin._raise('payments')

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, payments):
        """Take payments back.

        :raises PaymentRunError: of a run, which is cancelled as a whole
        """
        cls._check_run(payments)
        super().draft(payments)

    @classmethod
    @Workflow.transition('processing')
    def process(cls, payments, group=None):
        """Send payments.

        :raises PaymentRunError: of a run, which is sent as a whole
        """
        cls._check_run(payments)
        return super().process(payments, group=group)
