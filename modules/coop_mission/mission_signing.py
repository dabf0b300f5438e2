# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The mission that a signed quotation makes.

Its members accepted an offer at that price for those days: they agree by it.
An amendment adds to the mission of what it amends.
"""
from trytond.model import ModelView
from trytond.pool import Pool, PoolMeta

from .mission import CANCELLABLE


class Quotation(metaclass=PoolMeta):
    __name__ = 'coop.mission.quotation'

    @classmethod
    @ModelView.button
    def sign(cls, quotations):
        # What another one signs meanwhile makes its mission once
        cls.lock()
        quotations = cls.browse(quotations)
        signed = [q.id for q in quotations if q.state == 'sent']
        super().sign(quotations)
        for quotation in cls.browse(signed):
            if quotation.state == 'signed':
                quotation.make_mission()

    def make_mission(self):
        """Return the mission that the quotation makes or adds to.

        What is amended once its work is reported gets a mission of its own.
        """
        Mission = Pool().get('coop.mission')
        mission = None
        if self.amends:
            found = Mission.search([
                    ('quotation', '=', self.amends.id),
                    ('state', 'in', CANCELLABLE),
                    ], limit=1)
            mission = found[0] if found else None
        if not mission:
            mission = self._mission()
            mission.save()
        self._add_members(mission)
        mission = Mission(mission.id)
        Mission.confirm_agreed([mission])
        return mission

    def _mission(self):
        "Return the unsaved mission of the quotation"
        Mission = Pool().get('coop.mission')
        demand = self.demand
        offers = [line.offer for line in self.lines]
        mission = Mission(
            company=self.company, title=self.title, date=self.signed_on,
            demand=demand,
            quotation=self, pricing='fixed', place=demand.place,
            template=demand.template, contact_name=demand.contact_name,
            contact_phone=demand.contact_phone,
            description=demand.description,
            start_date=min(o.start_date for o in offers),
            end_date=max(o.end_date for o in offers))
        if demand.internal:
            mission.kind, mission.budget = 'internal', self.members_amount
            mission.tax = mission.payment_days = None
            mission.contribution_rate = mission.referral_rate = None
        else:
            mission.kind, mission.client = 'client', demand.client
            mission.referrer = demand.referrer
            mission.contribution_rate = self.contribution_rate
            mission.referral_rate = self.referral_rate
            mission.tax, mission.payment_days = self.tax, self.payment_days
        return mission

    def _add_members(self, mission):
        Member = Pool().get('coop.mission.member')
        rows = {row.member: row for row in mission.members}
        for line in self.lines:
            offer = line.offer
            row = rows.get(offer.member)
            if row and row.state != 'declined':
                row.amount = (row.amount or 0) + line.amount
                row.hours = (row.hours or 0) + offer.hours
            else:
                row = row or Member(
                    mission=mission, member=offer.member,
                    role='specialist' if rows else 'lead')
                row.amount, row.hours = line.amount, offer.hours
                rows[offer.member] = row
            row.offer, row.state = offer, 'confirmed'
            row.confirmed_at = offer.answered_at
            row.confirmed_by = offer.answered_by
        Member.save(list(rows.values()))
        if mission.kind == 'internal':
            mission.budget = max(
                mission.budget, sum(r.amount for r in rows.values()))
        mission.end_date = max(
            mission.end_date, *(line.offer.end_date for line in self.lines))
        mission.save()

    @classmethod
    @ModelView.button
    def cancel(cls, quotations):
        Mission = Pool().get('coop.mission')
        super().cancel(quotations)
        missions = Mission.search([
                ('quotation', 'in', [q.id for q in quotations]),
                ('state', '!=', 'cancelled'),
                ])
        for mission in missions:
            if mission.state not in CANCELLABLE or mission.reports:
                mission._raise('quotation')
            mission.cancelled_by = 'cooperative'
        Mission.cancel(missions)
