# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a member tells the client to have done, and the client accepts.

A report of one's own work, not of hours at somebody's orders: the member
writes it when and how it suits, the office only notes the client's answer.
"""
import datetime as dt
from decimal import Decimal

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import NumberedMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from .exceptions import ReportError
from .mission import AT_WORK
from .ownership import acts_for, is_office

_draft = {'readonly': Eval('state') != 'draft'}
# What the client signs is not changed any more
_new = {'readonly': (Eval('state') != 'draft') | (Eval('id', -1) >= 0)}


class Report(NumberedMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.report'
    _error = ReportError
    _messages = 'coop_mission.msg_report'
    _muted = []
    _sequence = 'report_sequence'
    _file_fields = {'signature': 'signature_name'}
    mission = fields.Many2One(
        'coop.mission', "Mission", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_new)
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_new)
    title = fields.Function(
        fields.Char("Title"), 'get_mission', searcher='search_mission')
    client_name = fields.Function(
        fields.Char("Client"), 'get_mission', searcher='search_mission')
    date = fields.Date("Date", required=True, states=_draft)
    final = fields.Boolean("Work Finished", states=_draft,
        help="Nothing more is to be done by this member.")
    description = fields.Text("Summary", states=_draft)
    lines = fields.One2Many(
        'coop.mission.report.line', 'report', "Work", states=_draft)
    checks = fields.One2Many(
        'coop.mission.report.check', 'report', "Checklist", states=_draft)
    costs = fields.One2Many(
        'coop.mission.report.cost', 'report', "Costs", states=_draft)
    files = fields.One2Many(
        'coop.mission.report.file', 'report', "Photos and Files",
        states=_draft)
    hours = fields.Function(
        fields.Numeric("Hours", digits=(16, 2)), 'get_totals')
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency',
            help="Of the hours, services and costs for the member, without "
            "tax; a fixed price is not in it."), 'get_totals')
    signature = fields.Binary(
        "Client's Signature", filename='signature_name',
        file_id='signature_id', store_prefix='coop_report', states=_draft,
        help="An image of it.")
    signature_id = fields.Char("File ID", readonly=True)
    signature_name = fields.Char("File Name", states=_draft)
    signed_by = fields.Char("Signed by", states={
            **_draft, 'required': Bool(Eval('signature'))})
    signed_on = fields.Date("Signed on", states={
            **_draft, 'required': Bool(Eval('signature'))})
    submitted_at = fields.Timestamp("Submitted at", readonly=True,
        states={'invisible': ~Eval('submitted_at')})
    accept_by = fields.Date("Accepted Tacitly after", readonly=True,
        states={'invisible': ~Eval('accept_by')})
    accepted_on = fields.Date("Accepted on", readonly=True,
        states={'invisible': ~Eval('accepted_on')})
    answered_by = fields.Many2One(
        'res.user', "Answer Noted by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('answered_by')})
    contest_reason = fields.Text(
        "Contested because", states={
            'readonly': Eval('state') != 'submitted',
            'invisible': ((Eval('state') == 'draft')
                & ~Eval('contest_reason')),
            'required': Eval('state') == 'contested',
            }, help="What the client finds wrong.")
    may_write = fields.Function(
        fields.Boolean("May Write"), 'get_may_write')
    state = fields.Selection([
            ('draft', "Draft"),
            ('submitted', "Submitted"),
            ('accepted', "Accepted"),
            ('contested', "Contested"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.mission, Index.Equality())),
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions |= {
            ('draft', 'submitted'),
            ('submitted', 'accepted'),
            ('submitted', 'contested'),
            ('submitted', 'draft'),
            ('contested', 'draft'),
            }
        may = Eval('may_write', False)
        cls._buttons.update({
                'submit': {
                    'invisible': (Eval('state') != 'draft') | ~may,
                    'icon': 'tryton-forward',
                    'depends': ['state', 'may_write'],
                    },
                'correct': {
                    'invisible': ~Eval('state').in_(
                        ['submitted', 'contested']) | ~may,
                    'icon': 'tryton-back',
                    'depends': ['state', 'may_write'],
                    },
                'accept': {
                    'invisible': Eval('state') != 'submitted',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'contest': {
                    'invisible': Eval('state') != 'submitted',
                    'readonly': ~Eval('contest_reason'),
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'contest_reason'],
                    },
                })

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('//group[@id="contest"]', 'states', {
                    'invisible': ~Eval('contest_reason'),
                    }),
            ]

    @classmethod
    def default_mission(cls):
        context = Transaction().context
        if context.get('active_model') == 'coop.mission':
            return context.get('active_id')

    @classmethod
    def default_member(cls):
        members, _ = Pool().get('res.user').get_coop_members()
        if len(members) == 1:
            return members[0]

    @classmethod
    def default_may_write(cls):
        return True

    @fields.depends('mission', '_parent_mission.template', 'checks')
    def on_change_mission(self):
        "Ask what its kind of work asks"
        Check = Pool().get('coop.mission.report.check')
        if self.mission and self.mission.template and not self.checks:
            self.checks = [
                check.copied(Check) for check in self.mission.template.checks
                if check.on_report]

    @classmethod
    def get_mission(cls, reports, names):
        return {
            name: {r.id: getattr(r.mission, name) for r in reports}
            for name in names}

    @classmethod
    def search_mission(cls, name, clause):
        target = 'client.rec_name' if name == 'client_name' else name
        return [(f'mission.{target}', *clause[1:])]

    @classmethod
    def get_totals(cls, reports, names):
        result = {name: {} for name in names}
        for report in reports:
            values = {
                'hours': sum(line.hours for line in report.lines),
                'amount': sum(
                    line.amount or 0
                    for line in [*report.lines, *report.costs])}
            for name in names:
                result[name][report.id] = report._quantized(values[name])
        return result

    def _quantized(self, value):
        return Decimal(value).quantize(Decimal('.01'))

    @classmethod
    def get_may_write(cls, reports, name):
        office = is_office()
        return {r.id: office or acts_for(r.member) for r in reports}

    @property
    def row(self):
        "The coop.mission.member by which the member takes part, or None"
        return next((
                r for r in self.mission.members if r.member == self.member),
            None)

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.mission.title]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'mission.rec_name')

    @classmethod
    def copy(cls, reports, default=None):
        default = default.copy() if default else {}
        for name in ['signature', 'signature_id', 'signature_name',
                'signed_by', 'signed_on', 'submitted_at', 'accept_by',
                'accepted_on', 'answered_by', 'contest_reason']:
            default.setdefault(name)
        return super().copy(reports, default=default)

    @classmethod
    def check_modification(cls, mode, reports, values=None, external=False):
        super().check_modification(
            mode, reports, values=values, external=external)
        if external and mode == 'create':
            check_seen([r.mission for r in reports])
            for report in reports:
                report._check_row()
                # A draft would keep what all have reported from acceptance
                if report.mission.state not in {'planned', *AT_WORK}:
                    report._raise('mission', mission=report.mission.rec_name)

    def _may_write(self, values):
        if self.state == 'draft':
            return not (values.keys() & {'company', 'mission', 'member'})
        elif self.state == 'submitted':
            return (not (values.keys() - {'contest_reason'})
                and not Pool().get('res.user').is_restricted())
        return False

    def _raise_document(self, message):
        if message == 'fixed':
            self._raise('fixed')
        super()._raise_document(message)

    def _check_row(self):
        "Check that the member takes part in the mission"
        row = self.row
        if not row or row.state not in {'confirmed', 'handed_over'}:
            self._raise('member', member=self.member.rec_name,
                mission=self.mission.rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('submitted')
    def submit(cls, reports):
        """Give the report to the client, who may contest it for some days.

        :raises ReportError: when something is missing that is to be paid
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Mission = pool.get('coop.mission')
        now = dt.datetime.now()
        for report in reports:
            report.check()
            days = Configuration(1).get_multivalue(
                'tacit_days', company=report.company.id)
            report.submitted_at = now
            report.accept_by = (
                today(report.company.id) + dt.timedelta(days))
            report.contest_reason = None
            report.state = 'submitted'
        cls.set_number(reports)
        cls.freeze(reports)
        Mission.reports_submitted(list({r.mission for r in reports}))

    @classmethod
    def freeze(cls, reports):
        "Note the prices at which the lines of reports were done"
        Line = Pool().get('coop.mission.report.line')
        lines = [line for r in reports for line in r.lines]
        for line in lines:
            line.unit_price = line.current_price()
        Line.save(lines)

    def check(self):
        """Check that the client can accept it.

        :raises ReportError: which says what to do
        """
        self._check_row()
        if self.mission.state not in AT_WORK:
            self._raise('mission', mission=self.mission.rec_name)
        self._check_dates()
        if not self.lines and not self.description:
            self._raise('empty')
        for check in self.checks:
            if not check.done and not check.note:
                self._raise('check', check=check.name)
        for cost in self.costs:
            if cost.kind == 'cost' and not cost.receipt:
                self._raise('receipt', cost=cost.description)
        self._check_kilometres()

    def _check_dates(self):
        "Check the days of service, from which the VAT and the due date follow"
        mission = self.mission
        first = min(mission.date, mission.start_date)
        lang = Pool().get('ir.lang').get()
        for done in [self, *self.lines, *self.costs]:
            if done.date > today(self.company.id):
                self._raise('future')
            elif done.date < first:
                self._raise('past', date=lang.strftime(done.date),
                    first=lang.strftime(first), mission=mission.rec_name)

    def _check_kilometres(self):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        price = Configuration(1).get_multivalue(
            'kilometre_price', company=self.company.id) or 0
        for cost in self.costs:
            if cost.kind == 'kilometre' and cost.unit_price > price:
                self._raise('kilometre', cost=cost.description,
                    price=pool.get('ir.lang').get().format_number(price))

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def correct(cls, reports):
        """Write again what the client contests, or what was submitted too soon

        :raises ReportError: while the mission is disputed
        """
        Mission = Pool().get('coop.mission')
        for report in reports:
            report._check_disputed()
        cls._reopen(Mission, reports)

    @staticmethod
    def _reopen(Mission, reports):
        Mission.reopen([
                m for m in {r.mission for r in reports}
                if m.state == 'reported'])

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, reports):
        """Note that the client accepts them: what they say is owed.

        :raises ReportError: while the mission is disputed
        """
        for report in reports:
            report._check_disputed()
            report.accepted_on = today(report.company.id)
            report.answered_by = Transaction().user or None
            report.state = 'accepted'
        cls.save(reports)
        cls.accepted(reports)

    def _check_disputed(self):
        "Nothing that is disputed moves, or the mission could not go on"
        if self.mission.state == 'disputed':
            self._raise('disputed', mission=self.mission.rec_name)

    @classmethod
    def accepted(cls, reports):
        "Called with the reports that the client has just accepted"

    @classmethod
    @ModelView.button
    @Workflow.transition('contested')
    def contest(cls, reports):
        """Note what the client finds wrong; the member corrects it.

        :raises ReportError: when no reason is written
        """
        Mission = Pool().get('coop.mission')
        for report in reports:
            if not report.contest_reason:
                report._raise('reason')
        cls.write(reports, {'answered_by': Transaction().user or None})
        cls._reopen(Mission, reports)

    def performed(self):
        "Return the [Performed] of its lines and costs"
        lines = self.lines if self.mission.pricing == 'time' else []
        return [
            p for p in [*(l.performed() for l in lines),
                *(c.performed() for c in self.costs)] if p.amount]
