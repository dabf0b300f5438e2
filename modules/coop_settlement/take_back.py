# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What becomes of the money of what was noted by mistake.

Nothing, as long as nobody has a paper of it: the settlement is cancelled with
the acceptance, or with the fee of the cancellation. Otherwise the paper comes
first, by its own way out.
"""
from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta

from .exceptions import SettlementError


class Settlement(metaclass=PoolMeta):
    __name__ = 'coop.settlement'

    @classmethod
    def take_back(cls, missions):
        """Cancel what settles work of missions that is not accepted any more.

        What is still accepted and was settled with it is settled again.

        :param missions: coop.mission
        :raises SettlementError: when a client was invoiced, or a member
            billed; it says what comes first
        """
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Mission = pool.get('coop.mission')
        owed = {
            str(row.origin) for rows in Mission.performed(missions).values()
            for row in rows}
        stale = {
            l.settlement for l in Line.search([
                    ('settlement.mission', 'in', [m.id for m in missions]),
                    ('settlement.state', '!=', 'cancelled'),
                    ('origin', '!=', None),
                    ]) if str(l.origin) not in owed}
        stale = cls.browse(sorted(stale, key=lambda s: s.id))
        for settlement in stale:
            settlement._check_take_back()
        cls.cancel(stale)
        cls.record(cls._missions_of(stale))

    def _check_take_back(self):
        for line in self.lines:
            if line.invoice_line:
                raise SettlementError(gettext(
                        'coop_settlement.msg_take_back_invoiced',
                        mission=self.mission.rec_name,
                        invoice=line.invoice_line.invoice.rec_name))
            if line.bill and not (line.credits or line.credited_by):
                raise SettlementError(gettext(
                        'coop_settlement.msg_take_back_billed',
                        mission=self.mission.rec_name,
                        bill=line.bill.rec_name,
                        member=line.member.rec_name))

    @staticmethod
    def _missions_of(settlements):
        Mission = Pool().get('coop.mission')
        return Mission.browse(sorted({s.mission.id for s in settlements}))


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def was_taken_back(cls, missions):
        Settlement = Pool().get('coop.settlement')
        super().was_taken_back(missions)
        Settlement.take_back(missions)
