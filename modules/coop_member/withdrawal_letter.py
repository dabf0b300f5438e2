# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a leaver is told of the shares that were cancelled, and how"
from trytond.i18n import gettext

from .exceptions import WithdrawalError
from .letter_report import LetterReport


class WithdrawalLetter(LetterReport):
    __name__ = 'coop.share.withdrawal.letter'

    @classmethod
    def letter_member(cls, withdrawal):
        return withdrawal.member

    @classmethod
    def letters(cls, company, withdrawals, data):
        result = {}
        for withdrawal in withdrawals:
            if withdrawal.state not in {'requested', 'done'}:
                raise WithdrawalError(gettext(
                        'coop_member.msg_withdrawal_letter',
                        withdrawal=withdrawal.rec_name))
            cancelled = [
                (m, -m.paid_up, -m.paid_up - m.claim, m.claim)
                for m in withdrawal.standing]
            result[withdrawal.id] = {
                'withdrawal': withdrawal,
                'cancelled': cancelled,
                'owed': sum(claim for _, _, _, claim in cancelled),
                'borne': any(loss for _, _, loss, _ in cancelled),
                'left': withdrawal.quantity_left,
                'waits_for': withdrawal.waits_for,
                }
        return result
