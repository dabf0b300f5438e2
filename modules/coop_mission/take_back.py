# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What was noted of a client by mistake: an acceptance, a cancellation.

The office takes it back with a reason, which stays with who and when. What
has become money since is not touched here: the module of the money refuses as
long as somebody has a paper of it.
"""
import datetime as dt

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.seen import check_seen
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .mission import AT_WORK, STATES
from .work import child_of

# The states of missions in which the acceptance of one report is taken back
REPORTED_ON = [*AT_WORK, 'reported']


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'
    taken_back = fields.One2Many(
        'coop.mission.taken_back', 'mission', "Taken Back", readonly=True,
        states={'invisible': ~Eval('taken_back')},
        help="What was noted by mistake.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'take_back': {
                    'invisible': ~Eval('state').in_(
                        ['accepted', 'cancelled']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('//page[@name="taken_back"]', 'states', {
                    'invisible': ~Eval('taken_back')}),
            ]

    @classmethod
    def copy(cls, missions, default=None):
        default = default.copy() if default else {}
        default.setdefault('taken_back')
        return super().copy(missions, default=default)

    @classmethod
    @ModelView.button_action('coop_mission.wizard_mission_take_back')
    def take_back(cls, missions):
        "Ask why the acceptance or the cancellation was a mistake"

    @classmethod
    def take_back_for(cls, missions, reason):
        """Bring missions back to before they were accepted or cancelled.

        The reports that were accepted with a mission wait for the client
        again, who has all the days of the configuration.

        :param reason: why, which is kept
        :raises MissionError: for another state, or a quotation that was
            cancelled
        """
        pool = Pool()
        Report = pool.get('coop.mission.report')
        TakenBack = pool.get('coop.mission.taken_back')
        # Two who take the same back wait for each other
        cls.lock(missions)
        missions = cls.browse([m.id for m in missions])
        for mission in missions:
            mission._check_take_back()
        TakenBack.note([(m, None, m.state) for m in missions], reason)
        reports = []
        for mission in missions:
            if mission.state == 'accepted':
                reports += [
                    r for r in mission.reports
                    if r.state == 'accepted' and r.with_mission]
                mission.state, mission.tacit = 'reported', False
                mission.accepted_on = None
                mission.accept_by = mission._contest_by()
            else:
                mission.state = mission._before_cancelled()
                mission.cancelled_from = None
                mission.cancelled_by = mission.cancel_fee = None
        Report.wait_again(reports)
        cls.save(missions)
        cls.was_taken_back(cls.browse(missions))

    def _check_take_back(self):
        if self.state not in {'accepted', 'cancelled'}:
            self._raise('take_back')
        quotation = self.quotation
        if (self.state == 'cancelled' and quotation
                and quotation.state == 'cancelled'):
            self._raise('take_back_quotation', quotation=quotation.rec_name)

    def _before_cancelled(self):
        "The state to go back to; that of the work for what is older"
        if self.cancelled_from:
            return self.cancelled_from
        elif any(r.state == 'accepted' for r in self.reports):
            return 'in_progress'
        return 'planned'

    def _contest_by(self):
        "Return the last day on which the client may contest from today"
        Configuration = Pool().get('coop.configuration')
        days = Configuration(1).get_multivalue(
            'tacit_days', company=self.company.id)
        return today(self.company.id) + dt.timedelta(days)

    @classmethod
    def was_taken_back(cls, missions):
        "Called with missions of which something was taken back"


class Report(metaclass=PoolMeta):
    __name__ = 'coop.mission.report'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'take_back': {
                    'invisible': Eval('state') != 'accepted',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_mission.wizard_report_take_back')
    def take_back(cls, reports):
        "Ask why the acceptance was a mistake"

    @classmethod
    def take_back_for(cls, reports, reason):
        """Have accepted reports wait for the client again.

        :param reason: why, which is kept
        :raises ReportError: once the mission is accepted, which is taken
            back first
        """
        pool = Pool()
        Mission = pool.get('coop.mission')
        TakenBack = pool.get('coop.mission.taken_back')
        cls.lock(reports)
        reports = cls.browse([r.id for r in reports])
        for report in reports:
            if (report.state != 'accepted'
                    or report.mission.state not in REPORTED_ON):
                report._raise('take_back', mission=report.mission.rec_name)
        TakenBack.note(
            [(r.mission, r, r.mission.state) for r in reports], reason)
        cls.wait_again(reports)
        Mission.was_taken_back(
            Mission.browse(list({r.mission for r in reports})))

    @classmethod
    def wait_again(cls, reports):
        "Have reports wait for the answer of the client"
        for report in reports:
            report.state, report.with_mission = 'submitted', False
            report.accepted_on = report.answered_by = None
            report.accept_by = report.mission._contest_by()
        cls.save(reports)


class TakenBack(ModelSQL, ModelView):
    """What was taken back of a mission, by whom and why

    It is written once, by the server.
    """
    __name__ = 'coop.mission.taken_back'
    mission = child_of('coop.mission', "Mission")
    report = fields.Many2One(
        'coop.mission.report', "Work Report", readonly=True,
        ondelete='RESTRICT',
        help="Whose acceptance was taken back; empty for the mission.")
    state = fields.Selection(
        STATES, "It was", required=True, readonly=True, sort=False)
    at = fields.Timestamp("At", required=True, readonly=True)
    user = fields.Many2One(
        'res.user', "By", readonly=True, ondelete='RESTRICT')
    reason = fields.Text("Reason", required=True, readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('mission')
        cls._order = [('at', 'DESC'), ('id', 'DESC')]
        cls._sql_indexes.add(Index(t, (t.mission, Index.Equality())))

    def get_rec_name(self, name):
        return self.mission.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('mission.rec_name', *clause[1:])]

    @classmethod
    def check_modification(cls, mode, rows, values=None, external=False):
        if external and mode != 'create':
            check_seen(rows)
        super().check_modification(
            mode, rows, values=values, external=external)
        if external or mode == 'write':
            for row in rows:
                row.mission._raise('taken_back')

    @classmethod
    def note(cls, what, reason):
        """Keep why something is taken back.

        :param what: [(coop.mission, coop.mission.report or None, state of
            the mission)]
        """
        cls.save([
                cls(mission=mission, report=report, state=state,
                    at=dt.datetime.now(), user=Transaction().user or None,
                    reason=reason)
                for mission, report, state in what])


class TakeBackStart(ModelView):
    __name__ = 'coop.mission.take_back.start'
    reason = fields.Text("Reason", required=True,
        help="Why it was a mistake; it is kept.")


class TakeBack(Wizard):
    __name__ = 'coop.mission.take_back'
    start = StateView(
        'coop.mission.take_back.start',
        'coop_mission.mission_take_back_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Take Back", 'take_back', 'tryton-ok', default=True),
            ])
    take_back = StateTransition()

    def transition_take_back(self):
        """Take back what the user looks at.

        :raises MissionError: without a reason
        """
        reason = (self.start.reason or '').strip()
        records = list(self.records)
        if not reason:
            records[0]._raise('take_back_reason')
        with without_check_access():
            self.model.take_back_for(records, reason)
        return 'end'

    def end(self):
        return 'reload'
