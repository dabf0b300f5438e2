# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The change of legal form: a member goes on as another legal person.

The law knows no such change from a sole trader to a company: a new person
joins, with its own number, party, mandates and papers, and takes the shares
over, or the former membership keeps them until they are repaid.
"""
import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

from .event import today
from .exceptions import MemberValidationError, TransferError


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'change_legal_form': {
                    'invisible': ~Eval('state').in_(['active', 'suspended']),
                    'icon': 'tryton-switch',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('coop_member.wizard_member_change_legal_form')
    def change_legal_form(cls, members):
        pass


class Start(ModelView):
    __name__ = 'coop.member.change_legal_form.start'
    member = fields.Many2One('coop.member', "Member", readonly=True)
    company = fields.Many2One('company.company', "Company", readonly=True)
    date = fields.Date("Date", required=True,
        help="The first day of the new membership.")
    decision = fields.Many2One('coop.decision', "Decision",
        domain=[('company', '=', Eval('company', -1))])
    party = fields.Many2One('party.party', "Existing Party",
        context={'company': Eval('company', -1)}, depends={'company'},
        help="Leave empty to create a new one.")
    name = fields.Char("Name", states={
            'invisible': Bool(Eval('party')),
            'required': ~Eval('party'),
            })
    siren = fields.Char("SIREN", states={'invisible': Bool(Eval('party'))})
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        domain=[('company', '=', Eval('company', -1))])
    professional_status = fields.Selection(
        'get_statuses', "Professional Status", sort=False)
    legal_person = fields.Boolean("Legal Person")
    representative = fields.Many2One('party.party', "Representative",
        states={
            'invisible': ~Eval('legal_person', False),
            'required': Eval('legal_person', False),
            },
        context={'company': Eval('company', -1)}, depends={'company'})
    shares = fields.Selection([
            ('transfer', "Transferred to the New Member"),
            ('keep', "Kept by the Former Member"),
            ], "Shares", required=True, sort=False,
        help="The membership that keeps shares stays until they are repaid.")
    keeps_seniority = fields.Boolean("Keeps Seniority")
    cancel_mandates = fields.Boolean("Cancel Mandates",
        states={'invisible': ~Bool(Eval('mandates'))},
        help="The new party signs its own direct debit mandate.")
    mandates = fields.Text("Open Mandates", readonly=True,
        states={'invisible': ~Bool(Eval('mandates'))})

    @classmethod
    def get_statuses(cls):
        Member = Pool().get('coop.member')
        return Member.fields_get(
            ['professional_status'])['professional_status']['selection']

    @classmethod
    def open_mandates(cls, member):
        "Return the open direct debit mandates of a member"
        return []


class ChangeLegalForm(Wizard):
    __name__ = 'coop.member.change_legal_form'
    start = StateView(
        'coop.member.change_legal_form.start',
        'coop_member.legal_form_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Change", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()
    open_ = StateAction('coop_member.act_member_form')

    def default_start(self, fields):
        Start = Pool().get('coop.member.change_legal_form.start')
        member = self.record
        mandates = Start.open_mandates(member)
        return {
            'member': member.id,
            'company': member.company.id,
            'date': today(member.company.id),
            'category': member.category.id,
            'professional_status': 'company',
            'legal_person': True,
            'representative': (member.representative.id
                if member.legal_person and member.representative
                else None if member.legal_person else member.party.id),
            'shares': 'transfer',
            'keeps_seniority': True,
            'cancel_mandates': bool(mandates),
            'mandates': '\n'.join(map(describe_mandate, mandates)),
            }

    def transition_change(self):
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        # first, as a lock restarts the transaction
        Event.lock()
        Movement.lock()
        start = self.start
        # The one whose access was checked
        start.member = self.record
        self._check(start)
        member = self._new_member(start)
        self._record_events(start, member)
        if start.shares == 'transfer':
            self._transfer(start, member)
        if start.cancel_mandates:
            self._cancel_mandates(start.member)
        self.start.party = member.party
        return 'open_'

    def _check(self, start):
        former = start.member
        if start.party and start.party == former.party:
            raise MemberValidationError(gettext(
                    'coop_member.msg_legal_form_party',
                    party=start.party.rec_name))
        if not former.admission_date or start.date <= former.admission_date:
            raise MemberValidationError(gettext(
                    'coop_member.msg_legal_form_date',
                    member=former.rec_name))
        if former.successor:
            raise MemberValidationError(gettext(
                    'coop_member.msg_legal_form_successor',
                    member=former.rec_name,
                    successor=former.successor.rec_name))

    def _new_member(self, start):
        pool = Pool()
        Identifier = pool.get('party.identifier')
        Member = pool.get('coop.member')
        Party = pool.get('party.party')
        party, former = start.party, start.member
        if not party:
            party = Party(name=start.name, lang=former.party.lang)
            if start.siren:
                party.identifiers = [
                    Identifier(type='fr_siren', code=start.siren)]
            party.save()
        # its application has the date of the change
        with Transaction().set_context(coop_application=False):
            member = Member(
                company=former.company, party=party, category=start.category,
                legal_person=start.legal_person,
                representative=(
                    start.representative if start.legal_person else None),
                birth_date=None if start.legal_person else former.birth_date,
                professional_status=start.professional_status,
                shares_professional=former.shares_professional,
                predecessor=former, keeps_seniority=start.keeps_seniority,
                users=former.users)
            member.save()
        return member

    def _record_events(self, start, member):
        Event = Pool().get('coop.member.event')
        kinds = ['application', 'admission', 'activation']
        reason = None
        if start.member.state == 'suspended':
            # It is the same person who was suspended
            kinds.append('suspension')
            reason = next((
                    e.reason for e in start.member.events
                    if e.kind == 'suspension' and not e.reversed_by), None)
        events = [
            Event(company=member.company, member=member, kind=kind,
                date=start.date, decision=start.decision,
                category=start.category
                if kind in {'application', 'admission'} else None,
                reason=reason if kind == 'suspension' else None)
            for kind in kinds]
        if start.shares == 'transfer':
            events.append(Event(
                    company=member.company, member=start.member,
                    kind='departure', cause='legal_form',
                    date=start.date - dt.timedelta(days=1),
                    decision=start.decision))
        Event.record(events)

    def _transfer(self, start, member):
        "Give all shares of the former member to the new one, class by class"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        ShareClass = pool.get('coop.share.class')
        Transfer = pool.get('coop.share.transfer')
        former = start.member
        positions = Movement.positions(former.company, members=[former])
        # Agreed to with the change: no document of their own
        transfers = [
            Transfer(
                number=None, company=former.company, transferor=former,
                transferee=member, share_class=ShareClass(class_id),
                quantity=position.quantity, amount=position.subscribed,
                date=start.date, keeps_seniority=start.keeps_seniority,
                decision=start.decision)
            for (_, class_id), position in sorted(positions.items())
            if position.quantity]
        if not transfers:
            return
        try:
            for transfer in transfers:
                transfer.check_holder()
            Transfer.check_limits(transfers)
        except TransferError as error:
            raise MemberValidationError(gettext(
                    'coop_member.msg_legal_form_shares',
                    error=error.message)) from None
        Movement.record([t.operation() for t in transfers])

    def _cancel_mandates(self, member):
        pass

    def do_open_(self, action):
        Member = Pool().get('coop.member')
        member, = Member.search([
                ('company', '=', self.start.company.id),
                ('party', '=', self.start.party.id),
                ])
        action['views'].reverse()
        return action, {'res_id': [member.id]}


def describe_mandate(mandate):
    "Return a line that tells a direct debit mandate"
    lang = Pool().get('ir.lang').get()
    return gettext('coop_member.msg_legal_form_mandate',
        mandate=mandate.rec_name,
        date=lang.strftime(mandate.signature_date)
        if mandate.signature_date else '-',
        state=dict(mandate.__class__.fields_get(
                ['state'])['state']['selection'])[mandate.state])
