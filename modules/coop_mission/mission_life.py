# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A mission from the agreement of its members to the client's acceptance"
import datetime as dt
from decimal import Decimal

from trytond.model import ModelView, Workflow
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta

from .ownership import notes_own
from .performed import Performed


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    @Workflow.transition('confirmed')
    def confirm(cls, missions):
        "Called when all its members have agreed to missions"
        for mission in missions:
            mission.check()

    @classmethod
    def confirm_agreed(cls, missions):
        """Confirm those of missions to which all members have agreed.

        Members who declined are not waited for, but somebody must agree.
        """
        cls.confirm([
                m for m in cls.browse(missions) if m.state == 'planned'
                and (rows := [r for r in m.members if r.takes_part])
                and all(r.state == 'confirmed' for r in rows)])

    @classmethod
    @Workflow.transition('planned')
    def replan(cls, missions):
        "Somebody is asked to agree again"

    def check(self):
        """Check that all is known that its money is computed from.

        :raises MissionError: which names what is missing
        """
        names = (
            ['client', 'contribution_rate'] if self.kind == 'client'
            else ['budget'])
        for name in names:
            if getattr(self, name) is None:
                self._raise('missing', **self.__names__(name))
        amount = self.members_price()
        if self.kind == 'internal' and amount > self.budget:
            lang = Pool().get('ir.lang').get()
            self._raise('budget',
                amount=lang.currency(
                    amount, self.currency, grouping=True),
                budget=lang.currency(
                    self.budget, self.currency, grouping=True))

    @classmethod
    @ModelView.button
    @Workflow.transition('in_progress')
    def start(cls, missions):
        "The work begins"

    @classmethod
    def reports_submitted(cls, missions):
        """Mark reported those of missions on which all members reported.

        From then on the client has the days of the configuration to contest.
        """
        Configuration = Pool().get('coop.configuration')
        missions = cls.browse(missions)
        cls.start([m for m in missions if m.state == 'confirmed'])
        reported = [
            m for m in cls.browse(missions)
            if m.state == 'in_progress' and m.all_reported]
        for mission in reported:
            days = Configuration(1).get_multivalue(
                'tacit_days', company=mission.company.id)
            mission.accept_by = (
                today(mission.company.id) + dt.timedelta(days))
        cls.save(reported)
        cls._report(reported)

    @property
    def all_reported(self):
        "Whether each member who takes part has given a final report"
        rows = [r for r in self.members if r.reports_due]
        done = {
            r.member for r in self.reports
            if r.final and r.state in {'submitted', 'accepted'}}
        return bool(rows) and all(r.member in done for r in rows)

    @property
    def all_sent(self):
        "Whether none of its reports is a draft or contested"
        return all(r.state in {'submitted', 'accepted'} for r in self.reports)

    @classmethod
    @Workflow.transition('reported')
    def _report(cls, missions):
        pass

    @classmethod
    @Workflow.transition('in_progress')
    def reopen(cls, missions):
        "A report is to be corrected"
        cls.write(missions, {'accept_by': None})

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, missions):
        """Note that the client has accepted the work: reports with it.

        :raises MissionError: while a report is contested or a draft, and for
            who takes part
        """
        for mission in missions:
            if notes_own([
                        r.member for r in mission.members if r.takes_part]):
                mission._raise('own')
        cls._accept(missions)

    @classmethod
    def _accept(cls, missions, tacit=False):
        Report = Pool().get('coop.mission.report')
        reports = []
        for mission in missions:
            for report in mission.reports:
                if report.state not in {'submitted', 'accepted'}:
                    mission._raise('report', report=report.rec_name)
                if report.state == 'submitted':
                    report.with_mission = True
                    reports.append(report)
            mission.accepted_on = today(mission.company.id)
            mission.tacit = tacit
            mission.state = 'accepted'
        Report.accept_noted(reports)
        cls.save(missions)
        cls.accepted(missions)

    @classmethod
    @Workflow.transition('accepted')
    def accept_signed(cls, missions):
        "Note that the client has signed for the work of missions"
        cls._accept(missions)

    @classmethod
    @Workflow.transition('accepted')
    def _accept_tacitly(cls, missions):
        cls._accept(missions, tacit=True)

    @classmethod
    def accepted(cls, missions):
        "Called with the missions that the client has just accepted"

    @classmethod
    def accept_all(cls):
        "The cron's way: what no client has contested in time"
        pool = Pool()
        Company = pool.get('company.company')
        Report = pool.get('coop.mission.report')
        for company in Company.search([]):
            missions = cls.search([
                    ('company', '=', company.id),
                    ('state', '=', 'reported'),
                    ('accept_by', '<', today(company.id)),
                    ])
            # A draft of one member does not keep those of all others
            cls._accept_tacitly([m for m in missions if m.all_sent])
            Report.accept_noted(Report.search([
                        ('company', '=', company.id),
                        ('state', '=', 'submitted'),
                        ('final', '=', False),
                        ('accept_by', '<', today(company.id)),
                        ('mission.state', 'in', ['in_progress']),
                        ]))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, missions):
        """Note that nothing (more) is done; what was accepted stays owed.

        :raises MissionError: when nobody is named, or a report waits
        """
        for mission in missions:
            if not mission.cancelled_by:
                mission._raise('cancelled_by')
            for report in mission.reports:
                if report.state in {'submitted', 'contested'}:
                    mission._raise('report', report=report.rec_name)
            mission.cancelled_from = mission.state
        cls.save(missions)
        cls.cancelled(missions)

    @classmethod
    def cancelled(cls, missions):
        "Called with the missions that were just cancelled"

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, missions):
        pass

    @classmethod
    @Workflow.transition('disputed')
    def dispute(cls, missions):
        "Stop missions, which come back by undispute"
        for mission in missions:
            if mission.state != 'disputed':
                mission.disputed_from = mission.state
        cls.save(missions)

    @classmethod
    def undispute(cls, missions):
        "Let missions go on from where they were"
        by_state = {}
        for mission in missions:
            if mission.state == 'disputed':
                by_state.setdefault(
                    mission.disputed_from, []).append(mission)
        for state, disputed in by_state.items():
            for mission in disputed:
                mission.state, mission.disputed_from = state, None
            cls.save(disputed)

    @classmethod
    def performed(cls, missions):
        """Return {mission: [Performed]} of what was accepted, no more.

        Fixed prices once the mission is accepted; hours, services and costs
        of each accepted report.
        """
        result = {mission: [] for mission in missions}
        for mission in missions:
            rows = result[mission]
            reports = [r for r in mission.reports if r.state == 'accepted']
            if mission.pricing == 'fixed' and mission.accepted_on:
                rows += mission._performed_fixed(reports)
            for report in sorted(reports, key=lambda r: (r.date, r.id)):
                rows += report.performed()
        return result

    def _performed_fixed(self, reports):
        last = {
            r.member: r.date for r in sorted(reports, key=lambda r: r.date)}
        for row in self.members:
            if row.state in {'confirmed', 'handed_over'} and row.amount:
                yield Performed(
                    row.member, last.get(row.member, self.accepted_on),
                    self.title, Decimal(row.amount), 'work', row)
