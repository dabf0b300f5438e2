# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The notice of a direct debit: the debtor knows it before the bank does

SEPA asks that he is told the amount and the date, and of which mandate and
creditor. What was told and has changed since counts as not told.
"""
from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from . import mail
from .event import today
from .exceptions import NoticeWarning
from .payment import PRE_NOTIFICATION, REFUND


class DirectDebitStart(metaclass=PoolMeta):
    __name__ = 'coop.share.direct_debit.start'
    notify = fields.Boolean("Notify the Members",
        help="Write to each member by e-mail what is debited, and when.")

    @classmethod
    def default_notify(cls):
        return True


class DirectDebit(metaclass=PoolMeta):
    __name__ = 'coop.share.direct_debit'

    def do_debit(self, action):
        Payment = Pool().get('account.payment')
        action, data = super().do_debit(action)
        if self.start.notify:
            Payment.notify([
                    p for p in Payment.browse(data['res_id'])
                    if p.process_method == 'sepa'])
        return action, data


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'
    notified_on = fields.Date("Debtor Notified on",
        states={
            'readonly': ~Eval('state').in_(['draft', 'submitted']),
            'invisible': (
                (Eval('kind') != 'receivable')
                | (Eval('process_method') != 'sepa')),
            },
        help="The day on which the debtor was told the amount and the date.\n"
        "Enter it when you told him by letter.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'notify': {
                    'invisible': (
                        ~Eval('state').in_(['draft', 'submitted'])
                        | (Eval('kind') != 'receivable')
                        | (Eval('process_method') != 'sepa')),
                    'icon': 'tryton-email',
                    'depends': ['state', 'kind', 'process_method'],
                    },
                })

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default else {}
        default.setdefault('notified_on')
        return super().copy(payments, default=default)

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if mode == 'write' and (
                values.keys() & {'date', 'amount', 'party'}
                or not values.get('sepa_mandate', True)):
            values.setdefault('notified_on', None)
        return values

    @classmethod
    @ModelView.button
    def notify(cls, payments):
        """Write to the debtors what will be debited, and when.

        :raises NoticeWarning: naming those who could not be written to
        """
        told, untold = [], []
        for payment, mandate in zip(payments, cls.get_sepa_mandates(payments)):
            if mandate and payment._send_notice(mandate):
                # It is the one that was told
                payment.sepa_mandate = mandate
                payment.notified_on = today(payment.company.id)
                told.append(payment)
            else:
                untold.append(payment)
        cls.save(told)
        if untold:
            # Payments that the wizard makes have other ids the next time
            parties = list(dict.fromkeys(p.party for p in untold))
            cls._warn('debtor_not_written_to', parties,
                'coop_member.msg_direct_debit_not_written',
                members=', '.join(p.rec_name for p in parties))

    def _send_notice(self, mandate):
        "Queue the notice; return the addresses it goes to"
        pool = Pool()
        Lang = pool.get('ir.lang')
        company = self.company

        def refund():
            if mandate.scheme != 'CORE':
                return gettext('coop_member.msg_direct_debit_no_refund')
            return gettext('coop_member.msg_direct_debit_refund',
                date=Lang.get().strftime(self.date + REFUND))
        return mail.send(
            company, self.party, 'direct_debit',
            amount=lambda: Lang.get().currency(self.amount, self.currency),
            date=lambda: Lang.get().strftime(self.date),
            purpose=self._notice_purpose,
            reference=self.reference_used or '-',
            mandate=mandate.identification,
            creditor=company.party.sepa_creditor_identifier_used or '-',
            refund=refund)

    def _notice_purpose(self):
        "Return what the debit pays, in the language of the context"
        Movement = Pool().get('coop.share.movement')
        origin = self.line.move.origin if self.line else None
        if isinstance(origin, Movement) and origin.subscription:
            return gettext('coop_member.msg_direct_debit_shares',
                quantity=origin.subscription.quantity,
                share_class=origin.share_class.name,
                subscription=origin.subscription.number)
        return self.reference_used or '-'

    @property
    def notice_needed(self):
        "Whether the debtor learns of the debit by its notice only"
        Movement = Pool().get('coop.share.movement')
        return (self.kind == 'receivable'
            and self.process_method == 'sepa'
            and self.line is not None
            and isinstance(self.line.move.origin, Movement))

    @classmethod
    @Workflow.transition('processing')
    def process(cls, payments, group=None):
        late = [
            p for p in payments if p.notice_needed
            and not (p.notified_on
                and p.notified_on <= p.date - PRE_NOTIFICATION)]
        if late:
            cls._warn('debtor_notified_late', late,
                'coop_member.msg_direct_debit_notified_late',
                payments=', '.join(
                    f'{p.rec_name} ({p.party.rec_name})' for p in late))
        return super().process(payments, group=group)

    @classmethod
    def _warn(cls, name, records, message, **values):
        Warning = Pool().get('res.user.warning')
        key = Warning.format(name, records)
        if Warning.check(key):
            raise NoticeWarning(key, gettext(message, **values))
