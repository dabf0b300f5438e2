# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Settling what was performed: once, when the client has accepted it."""
from decimal import Decimal

from trytond.model import ModelView
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .split import share_out, split_invoice

ZERO = Decimal(0)


def oldest_first(row):
    "The key by which the cents of a split go to the oldest member number"
    number = row.member.number or ''
    return len(number), number


class Settlement(metaclass=PoolMeta):
    __name__ = 'coop.settlement'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'without_referral': {
                    'invisible': (Eval('state') != 'draft')
                    | ~Eval('problem'),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'problem'],
                    },
                })

    @classmethod
    def record(cls, missions):
        """Settle what was performed of missions and is not settled yet.

        What nothing blocks is confirmed.

        :param missions: coop.mission; nothing is done for those of which
            all is settled
        :return: the new settlements
        """
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Mission = pool.get('coop.mission')
        performed = Mission.performed(missions)
        settled = Line.settled(
            [row.origin for rows in performed.values() for row in rows])
        settlements, lines = [], []
        for mission, rows in performed.items():
            rows = [r for r in rows if str(r.origin) not in settled]
            if rows:
                settlement = cls._of_mission(
                    mission, max(r.date for r in rows))
                settlements.append(settlement)
                lines += settlement._split(rows)
        cls.save(settlements)
        cls._save_lines(lines)
        settlements = cls.browse([s.id for s in settlements])
        cls.confirm([s for s in settlements if not s.problem])
        return settlements

    @classmethod
    def _of_mission(cls, mission, date):
        Rate = Pool().get('coop.mission.rate')
        mode = 'margin'
        if mission.kind == 'client':
            mode = Rate.mode_at(mission.company, date)
        return cls(
            company=mission.company, mission=mission, date=date, mode=mode,
            state='draft')

    def _split(self, rows):
        "Return the unsaved lines of what was performed"
        work = sorted(
            (r for r in rows if r.kind == 'work'), key=oldest_first)
        costs = [r for r in rows if r.kind == 'cost']
        if self.mission.kind == 'internal':
            return [self._line(r.kind, r, r.amount) for r in work + costs]
        referral = ZERO
        if self.mission.referrer:
            referral = self.mission.referral_rate or ZERO
        made = split_invoice(
            [r.amount for r in work], self.mission.contribution_rate or ZERO,
            referral, self._unit)
        lines = []
        for row, part in zip(work, made.rows):
            amount = part.amount
            if self.mode == 'invoice':
                # The member sells at the price and pays the contribution
                amount += part.contribution
            lines.append(self._line(
                    'work', row, amount, client_amount=part.price,
                    contribution=part.contribution,
                    referral=part.referral))
        # Costs are billed again as they are
        lines += [
            self._line('cost', r, r.amount, client_amount=r.amount)
            for r in costs]
        if made.contribution and self.mode == 'margin':
            lines.append(self._own('contribution', made.contribution))
        if made.referral:
            lines.append(self._own(
                    'referral', made.referral, self.mission.referrer))
        return lines

    @property
    def _unit(self):
        return Decimal(1).scaleb(-self.company.currency.digits)

    def _line(self, kind, row, amount, **values):
        return self._own(
            kind, amount, row.member, date=row.date,
            description=row.description, origin=row.origin, **values)

    def _own(self, kind, amount, member=None, **values):
        "Return an unsaved line of the settlement"
        Line = Pool().get('coop.settlement.line')
        values.setdefault('date', self.date)
        values.setdefault(
            'description', self.mission.title if self.mission else None)
        return Line(
            settlement=self, company=self.company, kind=kind, member=member,
            amount=amount, **{
                'client_amount': ZERO, 'contribution': ZERO,
                'referral': ZERO, **values,
                'salaried': bool(member) and member.category.salaried})

    @classmethod
    def _save_lines(cls, lines):
        "Save lines, with a mark on the work of those who were no members"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Member = pool.get('coop.member')
        periods = Member.memberships({l.member for l in lines if l.member})
        for line in lines:
            line.third_party = bool(line.member) and not any(
                start and start <= line.date
                and (not end or line.date <= end)
                for start, end in periods[line.member.id])
        Line.save(lines)

    @classmethod
    @ModelView.button
    def without_referral(cls, settlements):
        """Leave the referral to the cooperative: nobody can bill it.

        :param settlements: drafts
        """
        Line = Pool().get('coop.settlement.line')
        to_delete, to_save = [], []
        for settlement in settlements:
            if settlement.state != 'draft':
                settlement._raise_document('fixed')
            referrals = [
                l for l in settlement.lines if l.kind == 'referral']
            amount = sum((l.amount for l in referrals), ZERO)
            to_delete += referrals
            for line in settlement.lines:
                if line.kind == 'work':
                    line.contribution += line.referral
                    if settlement.mode == 'invoice':
                        line.amount += line.referral
                    line.referral = ZERO
                    to_save.append(line)
            if settlement.mode == 'margin' and amount:
                kept = next((l for l in settlement.lines
                        if l.kind == 'contribution'), None)
                kept = kept or settlement._own('contribution', ZERO)
                kept.amount += amount
                to_save.append(kept)
        Line.save(to_save)
        Line.delete(to_delete)

    @classmethod
    def record_fee(cls, mission):
        """Settle the fee of a cancelled mission, shared as it was agreed.

        :param mission: a coop.mission that the client has cancelled
        """
        date = today(mission.company.id)
        rows = sorted((
                r for r in mission.members if r.state == 'confirmed'),
            key=oldest_first)
        settlement = cls._of_mission(mission, date)
        made = share_out(
            mission.cancel_fee, [r.agreed for r in rows], settlement._unit)
        rate = mission.contribution_rate or ZERO
        kept = share_out(
            mission.company.currency.round(mission.cancel_fee * rate),
            [r.agreed for r in rows], settlement._unit)
        lines = []
        for row, price, contribution in zip(rows, made, kept):
            amount = price - contribution
            if settlement.mode == 'invoice':
                amount = price
            lines.append(settlement._own(
                    'work', amount, row.member, client_amount=price,
                    contribution=contribution, origin=row))
        if settlement.mode == 'margin' and sum(kept):
            lines.append(settlement._own('contribution', sum(kept)))
        cls.save([settlement])
        cls._save_lines(lines)
        cls.confirm([settlement])
        return settlement


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def accepted(cls, missions):
        Settlement = Pool().get('coop.settlement')
        super().accepted(missions)
        Settlement.record(missions)

    @classmethod
    def cancelled(cls, missions):
        Settlement = Pool().get('coop.settlement')
        super().cancelled(missions)
        # What was accepted before stays owed
        Settlement.record(missions)
        for mission in missions:
            if mission.cancelled_by == 'client' and mission.cancel_fee:
                Settlement.record_fee(mission)


class Report(metaclass=PoolMeta):
    __name__ = 'coop.mission.report'

    @classmethod
    def accepted(cls, reports):
        Settlement = Pool().get('coop.settlement')
        super().accepted(reports)
        # Final ones are settled with their mission
        missions = {r.mission for r in reports}
        Settlement.record([
                m for m in missions
                if m.state in {'confirmed', 'in_progress', 'cancelled'}])
