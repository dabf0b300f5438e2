# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The queue of those whose shares are to be cancelled, at the capital floor

Loi 47-1775, art. 13: withdrawals never bring the capital below its floor;
shares are cancelled in the strict order of their dates.
"""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from . import capital, leaving
from .event import today


class Withdrawal(metaclass=PoolMeta):
    __name__ = 'coop.share.withdrawal'
    ahead = fields.Function(fields.Many2Many(
            'coop.share.withdrawal', None, None, "Ahead"), 'get_ahead')
    room = fields.Function(Monetary(
            "Room above the Floor", currency='currency', digits='currency',
            states={'invisible': Eval('state') != 'requested'},
            help="The capital less its floor, and less what is ahead."),
        'get_ahead')
    waits_for = fields.Function(fields.Text("Waits for",
            states={'invisible': ~Eval('waits_for')}), 'get_waits_for')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['process'] = {
            'invisible': Eval('state') != 'requested',
            'icon': 'tryton-ok',
            'depends': ['state'],
            }

    @property
    def cancelled_on(self):
        "The effective date of its cancellation"
        return self.cancellation_date or today(self.company.id)

    @classmethod
    def queue(cls, company):
        "Return the withdrawals that wait, in the strict order of their dates"
        return cls.search([
                ('company', '=', company.id),
                ('state', '=', 'requested'),
                ], order=[('date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def capitals(cls, withdrawals):
        "Return {id: the capital that is not yet cancelled of each}"
        Movement = Pool().get('coop.share.movement')
        result = {}
        for company in {w.company for w in withdrawals}:
            of_company = [w for w in withdrawals if w.company == company]
            positions = Movement.positions(
                company, members=list({w.member for w in of_company}))
            for withdrawal in of_company:
                position = positions.get(
                    (withdrawal.member.id, withdrawal.share_class.id),
                    capital.NOTHING)
                left = min(withdrawal.quantity_left, position.quantity)
                result[withdrawal.id] = capital.share_of(
                    position, left, company.currency.round
                    ).subscribed if left > 0 else 0
        return result

    @classmethod
    @without_check_access
    def get_ahead(cls, withdrawals, names):
        "Return who is ahead of each, and the room that they leave"
        Capital = Pool().get('coop.share.capital')
        result = {
            'ahead': {w.id: [] for w in withdrawals},
            'room': {w.id: None for w in withdrawals},
            }
        for company in {w.company for w in withdrawals}:
            days = Capital.days(company)
            queue = cls.queue(company)
            capitals = cls.capitals(queue)
            ahead, before = [], 0
            for withdrawal in queue:
                if withdrawal.id in result['room']:
                    result['ahead'][withdrawal.id] = ahead[:]
                    result['room'][withdrawal.id] = leaving.room(
                        days, withdrawal.cancelled_on) - before
                ahead.append(withdrawal.id)
                before += capitals[withdrawal.id]
        return {name: result[name] for name in names}

    @classmethod
    @without_check_access
    def get_waits_for(cls, withdrawals, name):
        "Return in words why the shares are still capital"
        lang = Pool().get('ir.lang').get()
        result = dict.fromkeys(map(int, withdrawals))
        waiting = [w for w in withdrawals if w.state == 'requested']
        capitals = cls.capitals(waiting)
        for withdrawal in waiting:
            currency = withdrawal.currency
            if withdrawal.cancelled_on < withdrawal.date:
                result[withdrawal.id] = gettext(
                    'coop_member.msg_withdrawal_waits_date',
                    date=lang.strftime(withdrawal.date))
            elif withdrawal.room < capitals[withdrawal.id]:
                result[withdrawal.id] = gettext(
                    'coop_member.msg_withdrawal_waits_floor',
                    needed=lang.currency(capitals[withdrawal.id], currency),
                    room=lang.currency(max(withdrawal.room, 0), currency),
                    count=len(withdrawal.ahead))
        return result

    @classmethod
    @ModelView.button
    def process(cls, withdrawals):
        """Cancel the shares of withdrawals, as many as the floor allows.

        Nobody overtakes: what is ahead keeps its room.

        :raises WithdrawalError: when none can be cancelled, saying why
        """
        Pool().get('coop.share.movement').lock()
        chosen = set(map(int, withdrawals))
        for company in {w.company for w in cls.browse(withdrawals)}:
            done, refused = cls._process_queue(company, chosen)
            if refused and not done:
                refused[0]._raise_waiting()
            cls._done([w for w in cls.browse(done) if not w.quantity_left])

    @classmethod
    def _process_queue(cls, company, chosen):
        "Return the withdrawals of which shares were cancelled, and the others"
        Capital = Pool().get('coop.share.capital')
        done, refused, before = [], [], 0
        queue = cls.queue(company)
        capitals = cls.capitals(queue)
        for withdrawal in queue:
            waiting = capitals[withdrawal.id]
            if withdrawal.id in chosen:
                withdrawal._check_process()
                room = leaving.room(
                    Capital.days(company), withdrawal.cancelled_on)
                quantity = leaving.cancellable(
                    withdrawal.quantity_left, waiting, room - before)
                if quantity:
                    waiting -= withdrawal._cancel_shares(quantity)
                    done.append(withdrawal)
                else:
                    refused.append(withdrawal)
            before += waiting
        return done, refused

    def _raise_waiting(self):
        lang = Pool().get('ir.lang').get()
        ahead = [
            f"- {a.rec_name}, {lang.strftime(a.date)}" for a in self.ahead]
        self._raise('floor',
            reason=self.waits_for or '', ahead='\n'.join(ahead) or '-')

    def _check_process(self):
        if self.cancelled_on < self.date:
            self._raise('date')
        if self.cause == 'part' and not self.decision:
            self._raise('decision')
