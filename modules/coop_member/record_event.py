# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .event import today
from .exceptions import BirthDateWarning

WITH_CATEGORY = ['application', 'admission', 'category']


class RecordStart(ModelView):
    __name__ = 'coop.member.record_event.start'
    company = fields.Many2One('company.company', "Company")
    kind = fields.Char("Kind")
    date = fields.Date("Effective Date", required=True,
        help="The first day on which it counts; "
        "for a departure the last day of membership.")
    cause = fields.Selection('get_causes', "Cause", sort=False,
        states={
            'invisible': ~Eval('kind').in_(['notice', 'departure']),
            'required': Eval('kind').in_(['notice', 'departure']),
            })
    category = fields.Many2One('coop.member.category', "Category",
        domain=[('company', '=', Eval('company', -1))],
        states={
            'invisible': ~Eval('kind').in_(WITH_CATEGORY),
            'required': Eval('kind').in_(WITH_CATEGORY),
            })
    decision = fields.Many2One('coop.decision', "Decision",
        domain=[('company', '=', Eval('company', -1))])
    reason = fields.Text("Reason",
        states={
            'required': Bool(Eval('cause') == 'exclusion')
            | Eval('kind').in_(['refusal', 'suspension']),
            })

    @classmethod
    def get_causes(cls):
        Event = Pool().get('coop.member.event')
        return Event.fields_get(['cause'])['cause']['selection']


class RecordEvent(Wizard):
    "Record an event of the kind of the subclass for the selected members"
    start = StateView(
        'coop.member.record_event.start',
        'coop_member.member_record_event_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Record", 'record_', 'tryton-ok', default=True),
            ])
    record_ = StateTransition()
    kind = None

    def default_start(self, fields):
        company = self.record.company
        values = {
            'company': company.id,
            'kind': self.kind,
            'date': today(company.id),
            }
        if self.kind in {'application', 'admission'}:
            values['category'] = self.record.category.id
        return values

    def transition_record_(self):
        Event = Pool().get('coop.member.event')
        Event.record([self._event(member) for member in self.records])
        return 'end'

    def _event(self, member):
        Event = Pool().get('coop.member.event')
        category = None
        if self.kind in WITH_CATEGORY:
            category = self.start.category
        return Event(
            company=member.company, member=member, kind=self.kind,
            date=self.start.date, cause=self.start.cause, category=category,
            decision=self.start.decision, reason=self.start.reason)


class Admit(RecordEvent):
    __name__ = 'coop.member.admit'
    kind = 'admission'

    def transition_record_(self):
        self._check_birth_dates()
        return super().transition_record_()

    def _check_birth_dates(self):
        """Warn of members whose age is not known where it matters.

        :raises BirthDateWarning: naming the first of them
        """
        Warning = Pool().get('res.user.warning')
        category = self.start.category
        unknown = [
            m for m in self.records
            if not m.legal_person and not m.birth_date]
        if not category.minimum_age or not unknown:
            return
        key = Warning.format('birth_date_unknown', unknown)
        if Warning.check(key):
            raise BirthDateWarning(key, gettext(
                    'coop_member.msg_member_birth_date_unknown',
                    member=unknown[0].rec_name, count=len(unknown),
                    age=category.minimum_age, category=category.rec_name))


class Refuse(RecordEvent):
    __name__ = 'coop.member.refuse'
    kind = 'refusal'


class ApplyAgain(RecordEvent):
    __name__ = 'coop.member.apply_again'
    kind = 'application'


class Suspend(RecordEvent):
    __name__ = 'coop.member.suspend'
    kind = 'suspension'


class Resume(RecordEvent):
    __name__ = 'coop.member.resume'
    kind = 'resumption'


class ChangeCategory(RecordEvent):
    __name__ = 'coop.member.change_category'
    kind = 'category'


class GiveNotice(RecordEvent):
    __name__ = 'coop.member.give_notice'
    kind = 'notice'


class Depart(RecordEvent):
    __name__ = 'coop.member.depart'
    kind = 'departure'
