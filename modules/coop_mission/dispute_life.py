# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A dispute from its opening to what is executed of it"
import datetime as dt
import secrets

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

from . import dispute_panel, working_days
from .dispute import OPEN
from .matching import ASKED
from .mission import DISPUTABLE
from .ownership import notes_own

# Days before a deadline at which who has to act is reminded
SOON = {'answer': 2, 'mediation': 7}


class Dispute(metaclass=PoolMeta):
    __name__ = 'coop.dispute'

    @classmethod
    @ModelView.button
    def open(cls, disputes):
        """Complain: the mission stands still, the other side is written to.

        :raises DisputeError: before the work is reported, or when there is a
            dispute about the mission already
        """
        # Two who complain of one mission wait for each other
        cls.lock()
        disputes = cls.browse(disputes)
        with without_check_access():
            cls._open(disputes)

    @classmethod
    @Workflow.transition('opened')
    def _open(cls, disputes):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        for dispute in disputes:
            dispute._check_open()
            days = Configuration(1).get_multivalue(
                'answer_days', company=dispute.company.id)
            dispute.answer_by = working_days.add(
                today(dispute.company.id), days)
        cls.set_number(disputes)
        Mission.dispute([d.mission for d in disputes])
        for dispute in disputes:
            dispute._mail('dispute_opened', dispute._others())

    def _check_open(self):
        self._check_opener()
        if not self.claim:
            self._raise('missing', **self.__names__('claim'))
        others = self.search([
                ('mission', '=', self.mission.id),
                ('state', 'not in', ['draft', 'executed', 'withdrawn']),
                ], limit=1)
        if others:
            self._raise('twice', other=others[0].rec_name)
        if self.mission.state not in DISPUTABLE:
            self._raise('mission', mission=self.mission.rec_name)

    @classmethod
    @ModelView.button
    def answer(cls, disputes):
        "Answer what is complained of"
        disputes = cls.browse(disputes)
        with without_check_access():
            for dispute in disputes:
                if not dispute._may_answer():
                    dispute._raise('not_yours')
                if not dispute.answer_text:
                    dispute._raise(
                        'missing', **dispute.__names__('answer_text'))
                dispute.answered_on = today(dispute.company.id)
            cls.save(disputes)
            cls._answer(disputes)

    @classmethod
    @Workflow.transition('answered')
    def _answer(cls, disputes):
        for dispute in disputes:
            dispute._mail('dispute_answered', dispute._openers())

    @classmethod
    @ModelView.button
    @Workflow.transition('mediation')
    def mediate(cls, disputes):
        """Draw the peers, once for all: the seed and the order are kept.

        :raises DisputeError: as long as an answer may come, and when nobody
            without a stake is left
        """
        Configuration = Pool().get('coop.configuration')
        for dispute in disputes:
            date = today(dispute.company.id)
            if dispute.state == 'opened' and dispute.answer_by >= date:
                dispute._raise('answer', date=Pool().get(
                        'ir.lang').get().strftime(dispute.answer_by))
            if not dispute.seed:
                dispute._draw()
            days = Configuration(1).get_multivalue(
                'mediation_days', company=dispute.company.id)
            dispute.mediation_by = date + dt.timedelta(days)
        cls.save(disputes)
        cls.fill_panel(disputes)

    def _draw(self):
        peers, case = self._peers(), self._case()
        draw = dispute_panel.draw(peers.keys(), case, secrets.token_hex(16))
        if not draw.order:
            self._raise('nobody')
        self.seed = draw.seed
        self.draw_order = '\n'.join(draw.order)
        names = {p.key: m.rec_name for p, m in peers.items()}
        self.draw_note = '\n'.join(
            gettext('coop_mission.msg_dispute_excluded',
                member=names[key], reasons=', '.join(
                    gettext(f'coop_mission.msg_dispute_stake_{reason}')
                    for reason in reasons))
            for key, reasons in sorted(draw.excluded.items()))

    def _peers(self):
        "Return {dispute_panel.Peer: member} of who could sit"
        Member = Pool().get('coop.member')
        return {
            dispute_panel.Peer(
                _key(m), m.party.id, frozenset(u.id for u in m.users)): m
            for m in Member.search([
                    ('company', '=', self.company.id),
                    ('state', 'in', ASKED),
                    ])}

    def _case(self):
        "Return the dispute_panel.Case"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Row = pool.get('coop.mission.member')
        mission = self.mission
        taking = {r.member for r in mission.members} | set(self.members)
        months = Configuration(1).get_multivalue(
            'panel_months', company=self.company.id)
        rows = []
        if mission.client:
            rows = Row.search([
                    ('mission.client', '=', mission.client.id),
                    ('mission.end_date', '>', today(self.company.id)
                        - relativedelta(months=months)),
                    ('mission.state', '!=', 'cancelled'),
                    ])
        return dispute_panel.Case(
            members=frozenset(map(_key, taking)),
            referrer=_key(mission.referrer) if mission.referrer else None,
            parties=frozenset(
                [m.party.id for m in taking]
                + ([mission.client.id] if mission.client else [])),
            people=frozenset(u.id for m in taking for u in m.users),
            for_client=frozenset(_key(r.member) for r in rows))

    @classmethod
    def fill_panel(cls, disputes):
        "Seat the next of the order until the panel is full, and write to them"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Member = pool.get('coop.member')
        Panelist = pool.get('coop.dispute.panelist')
        for dispute in cls.browse(disputes):
            size = Configuration(1).get_multivalue(
                'panel_size', company=dispute.company.id)
            known = {_key(p.member) for p in dispute.panelists}
            declined = {
                _key(p.member) for p in dispute.panelists
                if p.state == 'declined'}
            draw = dispute_panel.Draw(
                dispute.seed, tuple(dispute.draw_order.split('\n')))
            members = {
                _key(m): m for m in Member.search([
                        ('company', '=', dispute.company.id),
                        ('state', 'in', ASKED)])}
            gone = set(draw.order) - members.keys()
            seats = draw.panel(declined | gone, size)
            drawn = [members[key] for key in seats if key not in known]
            Panelist.create([
                    {'dispute': dispute.id, 'member': m.id} for m in drawn])
            dispute._mail('dispute_drawn', [m.party for m in drawn])

    @property
    def panel(self):
        "The peers who sit"
        return [p for p in self.panelists if p.state == 'drawn']

    @classmethod
    @ModelView.button
    @Workflow.transition('settled')
    def settle(cls, disputes):
        "Note what both sides agreed on"
        cls._end(disputes)

    @classmethod
    @ModelView.button
    @Workflow.transition('decided')
    def decide(cls, disputes):
        """Note what is decided on the opinion of the peers.

        :raises DisputeError: before more than half of them gave theirs
        """
        for dispute in disputes:
            panel = dispute.panel
            given = [p for p in panel if p.opinion]
            if 2 * len(given) <= len(panel):
                dispute._raise('opinions', given=len(given), peers=len(panel))
        cls._end(disputes)

    @classmethod
    def _end(cls, disputes):
        for dispute in disputes:
            dispute._check_part()
            for name in ['outcome', 'settlement', *(
                        ['credit_amount'] if dispute.outcome == 'credit'
                        else [])]:
                if not getattr(dispute, name):
                    dispute._raise('missing', **dispute.__names__(name))
            dispute.settled_on = today(dispute.company.id)
        cls.save(disputes)
        for dispute in disputes:
            dispute._mail(
                'dispute_settled', dispute._openers() + dispute._others())

    def _check_part(self):
        "Check that who notes what comes of it has no part in it"
        if notes_own(self.members):
            self._raise('own')

    @classmethod
    @ModelView.button
    def reopen(cls, disputes):
        "What was settled or decided was noted by mistake"
        by_state = {}
        for dispute in cls.browse(disputes):
            state = ('mediation' if dispute.seed
                else 'answered' if dispute.answered_on else 'opened')
            by_state.setdefault(state, []).append(dispute)
        for state, some in by_state.items():
            cls._reopen(state, some)

    @classmethod
    def _reopen(cls, state, disputes):
        for dispute in disputes:
            if (dispute.state, state) in cls._transitions:
                dispute.state, dispute.settled_on = state, None
        cls.save(disputes)

    @classmethod
    @ModelView.button
    @Workflow.transition('executed')
    def execute(cls, disputes):
        "Do what was settled; the missions go on"
        Mission = Pool().get('coop.mission')
        for dispute in disputes:
            dispute._check_part()
            dispute.executed_on = today(dispute.company.id)
        cls.save(disputes)
        Mission.undispute([d.mission for d in disputes])
        for dispute in cls.browse(disputes):
            if dispute.mission.state == 'reported':
                dispute._execute_reported()
        cls.executed(cls.browse(disputes))

    @classmethod
    def executed(cls, disputes):
        """Called, without checks of access, with what was just executed.

        Extended by what does it in the accounts, which finds ``outcome``,
        ``credit_amount`` and ``member_amount``, and the mission back in the
        state that it had before.
        """

    def _execute_reported(self):
        "Let what no client has accepted yet be done again, or come to nothing"
        pool = Pool()
        Mission = pool.get('coop.mission')
        Report = pool.get('coop.mission.report')
        if self.outcome not in {'redo', 'cancel'}:
            return
        reports = [r for r in self.mission.reports if r.state == 'submitted']
        for report in reports:
            report.contest_reason = self.settlement
        Report.save(reports)
        Report.contest(reports)
        if self.outcome == 'cancel':
            Report.correct(reports)
            mission = Mission(self.mission.id)
            mission.cancelled_by = self.opened_by
            mission.save()
            Mission.cancel([mission])

    @classmethod
    @ModelView.button
    def withdraw(cls, disputes):
        "Take the complaint back: the mission goes on"
        disputes = cls.browse(disputes)
        with without_check_access():
            for dispute in disputes:
                if not dispute._may_open():
                    dispute._raise('not_yours')
                if dispute.opened_by != 'member':
                    dispute._check_part()
            open_ = [d for d in disputes if d.state in OPEN]
            cls._withdraw(open_)

    @classmethod
    @Workflow.transition('withdrawn')
    def _withdraw(cls, disputes):
        Mission = Pool().get('coop.mission')
        Mission.undispute([d.mission for d in disputes])
        for dispute in disputes:
            dispute._mail('dispute_withdrawn', dispute._others())

    def _openers(self):
        "The parties of the side that complains"
        if self.opened_by == 'client':
            return [self.mission.client] if self.mission.client else []
        elif self.opened_by == 'member':
            return [self.member.party]
        return [self.company.party]

    def _others(self):
        "The parties of the side that is complained of"
        if self.opened_by != 'member':
            return [m.party for m in self.members]
        elif self.mission.client:
            return [self.mission.client]
        return [self.company.party]

    def _mail(self, message, parties):
        for party in parties:
            lang = mail.language(party, self.company)
            mail.send(
                self.company, party, message, module='coop_mission',
                number=self.number, title=self.mission.title,
                subject=self.subject, claim=self.claim or '',
                answer=self.answer_text or '',
                settlement=self.settlement or '',
                **{name: lang.strftime(getattr(self, name))
                    if getattr(self, name) else ''
                    for name in ['answer_by', 'mediation_by']})

    @classmethod
    def remind_all(cls):
        """The cron's way: who has to act before a deadline, each once.

        Who has to answer two days before, the peers a week before; the
        cooperative when a deadline has passed.
        """
        Company = Pool().get('company.company')
        for company in Company.search([]):
            date = today(company.id)
            for dispute in cls.search([
                        ('company', '=', company.id),
                        ('state', 'in', ['opened', 'mediation']),
                        ]):
                stage, parties = dispute._reminder(date)
                if stage and stage != dispute.reminded:
                    dispute._mail(f'dispute_{stage}', parties)
                    dispute.reminded = stage
                    dispute.save()

    def _reminder(self, date):
        "Return (what is reminded of, whom)"
        if self.state == 'opened':
            kind, by, parties = 'answer', self.answer_by, self._others()
        else:
            kind, by = 'mediation', self.mediation_by
            parties = [p.member.party for p in self.panel if not p.opinion]
        if by < date:
            return f'{kind}_late', [self.company.party]
        elif by - dt.timedelta(SOON[kind]) <= date:
            return f'{kind}_soon', parties
        return None, []


def _key(member):
    "What tells a member in the draw"
    return member.number or f'#{member.id}'
