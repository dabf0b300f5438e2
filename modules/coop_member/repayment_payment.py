# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What leavers are repaid by transfer, as SEPA does"
from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.wizard import Button, StateAction, StateView, Wizard

from .event import today
from .exceptions import RepaymentError


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.share.repayment']


class Repayment(metaclass=PoolMeta):
    __name__ = 'coop.share.repayment'
    payments = fields.One2Many(
        'account.payment', 'origin', "Payments", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['transfer'] = {
            'invisible': Eval('state') != 'approved',
            'icon': 'tryton-forward',
            'depends': ['state'],
            }

    @classmethod
    def copy(cls, repayments, default=None):
        default = default.copy() if default else {}
        default.setdefault('payments')
        return super().copy(repayments, default=default)

    @classmethod
    @ModelView.button_action('coop_member.wizard_repayment_transfer')
    def transfer(cls, repayments):
        pass

    @property
    def under_way(self):
        "The payments that may still pay it"
        return [p for p in self.payments if p.state != 'failed']

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, repayments):
        for repayment in cls.browse(repayments):
            if repayment.state == 'approved' and repayment.under_way:
                repayment._raise('under_way')
        super().draft(repayments)


class RepaymentTransferStart(ModelView):
    __name__ = 'coop.share.repayment.transfer.start'
    company = fields.Many2One('company.company', "Company")
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True,
        domain=[('company', '=', Eval('company', -1))])
    date = fields.Date("Date", required=True)


class RepaymentTransfer(Wizard):
    __name__ = 'coop.share.repayment.transfer'
    start = StateView(
        'coop.share.repayment.transfer.start',
        'coop_member.repayment_transfer_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Pay", 'transfer', 'tryton-ok', default=True),
            ])
    transfer = StateAction('account_payment.act_payment_form')

    def default_start(self, fields):
        company = self.record.company
        return {'company': company.id, 'date': today(company.id)}

    def do_transfer(self, action):
        """Make the payments of approved repayments.

        :raises RepaymentError: when one is not approved, or is under way
        """
        pool = Pool()
        Payment = pool.get('account.payment')
        pool.get('coop.share.movement').lock()
        payments = []
        for repayment in self.records:
            if repayment.state != 'approved' or repayment.under_way:
                raise RepaymentError(gettext(
                        'coop_member.msg_repayment_transfer',
                        record=repayment.rec_name))
            payments.append(self._payment(repayment))
        Payment.save(payments)
        return action, {'res_id': [p.id for p in payments]}

    def _payment(self, repayment):
        Payment = Pool().get('account.payment')
        payment = Payment(
            company=repayment.company, journal=self.start.journal,
            kind='payable', party=repayment.payee, amount=repayment.total,
            date=self.start.date, origin=repayment,
            reference=repayment.number)
        if hasattr(Payment, 'account'):
            # The account that clearing debits
            payment.account = repayment.account(repayment.company)
        return payment
