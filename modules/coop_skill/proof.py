# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What proves a level: entered by one, confirmed by somebody else."""
import datetime as dt

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.tools import any_of
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import ProofError
from .tools import context_date

KINDS = [
    ('diploma', "Diploma"),
    ('certificate', "External Certificate"),
    ('missions', "Verified Missions"),
    ('sign_off', "Sign-Off by a Master"),
    ]
_states = {'readonly': Eval('state') != 'entered'}
# What is confirmed: the level and what shows it
LEVEL = {'kind', 'level', 'missions', 'date', 'expires_on'}
PAPER = {'title', 'body', 'number', 'file', 'file_name'}


def _of(kind, **states):
    return {**_states, 'invisible': Eval('kind') != kind, **states}


class Proof(Workflow, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.skill.proof'
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    member_skill = fields.Many2One(
        'coop.member.skill', "Skill of the Member", required=True,
        ondelete='CASCADE', states={'readonly': Eval('id', -1) >= 0})
    member_name = fields.Function(
        fields.Char("Member"), 'get_names', searcher='search_names')
    skill_name = fields.Function(
        fields.Char("Skill"), 'get_names', searcher='search_names')
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states)
    kind_string = kind.translated('kind')
    level = fields.Many2One(
        'coop.skill.level', "Level", required=True, ondelete='RESTRICT',
        states=_states, help="The level that it proves.")
    title = fields.Char(
        "Title", states=_states,
        help="Of the diploma or of the certificate.")
    body = fields.Char("Body", states=_of('certificate',
            required=(Eval('kind') == 'certificate')),
        help="Who issued the certificate.")
    number = fields.Char("Number", states=_of('certificate',
            required=(Eval('kind') == 'certificate')))
    missions = fields.Integer("Missions", states=_of('missions',
            required=(Eval('kind') == 'missions')),
        domain=['OR', ('missions', '=', None), ('missions', '>', 0)],
        help="How many missions were verified.")
    date = fields.Date("Date", required=True, states=_states,
        help="From which it counts.")
    expires_on = fields.Date(
        "Expires on",
        domain=['OR',
            ('expires_on', '=', None),
            ('expires_on', '>=', Eval('date', None)),
            ],
        states=_states, help="The last day on which it counts.")
    file = fields.Binary(
        "File", filename='file_name',
        file_id='file_id', store_prefix='coop_proof', states=_states)
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", states={
            **_states, 'required': Bool(Eval('file'))})
    state = fields.Selection([
            ('entered', "Entered"),
            ('confirmed', "Confirmed"),
            ('refused', "Refused"),
            ], "State", required=True, readonly=True, sort=False)
    reason = fields.Char("Reason", states=_states,
        help="Why it is refused; the member reads it.")
    confirmed_by = fields.Many2One(
        'res.user', "Confirmed by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('confirmed_by')})
    confirmed_at = fields.Timestamp("Confirmed at", readonly=True,
        states={'invisible': ~Eval('confirmed_at')})
    master = fields.Many2One(
        'coop.member', "Signed by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('master')},
        help="The master of the domain.")
    level_by = fields.Many2One(
        'res.user', "Level Written by", readonly=True, ondelete='RESTRICT')
    paper_by = fields.Many2One(
        'res.user', "Paper Added by", readonly=True, ondelete='RESTRICT')
    expired = fields.Function(fields.Boolean("Expired"), 'get_expired')
    may_confirm = fields.Function(
        fields.Boolean("May Confirm"), 'get_may_confirm')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member_skill, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'entered'),
                })
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('entered', 'confirmed'),
            ('entered', 'refused'),
            ('confirmed', 'refused'),
            ('refused', 'entered'),
            }
        depends = ['state', 'may_confirm']
        cls._buttons.update({
                'confirm': {
                    'invisible': (Eval('state') != 'entered')
                    | ~Eval('may_confirm', False),
                    'icon': 'tryton-ok',
                    'depends': depends,
                    },
                'refuse': {
                    'invisible': ~Eval('state').in_(['entered', 'confirmed'])
                    | ~Eval('may_confirm', False),
                    'icon': 'tryton-cancel',
                    'depends': depends,
                    },
                'enter': {
                    'invisible': (Eval('state') != 'refused')
                    | ~Eval('may_confirm', False),
                    'icon': 'tryton-back',
                    'depends': depends,
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'diploma'

    @classmethod
    def default_state(cls):
        return 'entered'

    @classmethod
    def default_date(cls):
        if Transaction().context.get('company'):
            return context_date()

    @fields.depends('member_skill', '_parent_member_skill.profile')
    def on_change_with_company(self, name=None):
        if self.member_skill and self.member_skill.profile:
            return self.member_skill.profile.member.company

    @classmethod
    def search_company(cls, name, clause):
        return [
            ('member_skill.profile.member.' + clause[0], *clause[1:])]

    @property
    def member(self):
        return self.member_skill.profile.member

    @classmethod
    def get_names(cls, proofs, names):
        result = {name: {} for name in names}
        for proof in proofs:
            if 'member_name' in names:
                result['member_name'][proof.id] = proof.member.rec_name
            if 'skill_name' in names:
                result['skill_name'][proof.id] = (
                    proof.member_skill.skill.rec_name)
        return result

    @classmethod
    def search_names(cls, name, clause):
        path = {
            'member_name': 'profile.member', 'skill_name': 'skill'}[name]
        return [(f'member_skill.{path}.rec_name', *clause[1:])]

    def get_expired(self, name):
        return bool(self.expires_on and self.expires_on < context_date())

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [
                    self.kind_string, self.title,
                    self.member_skill.skill.rec_name]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'title', 'number', 'member_skill.rec_name')

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If((Eval('state') == 'refused') | Eval('expired', False),
                    'muted', '')),
            ]

    @classmethod
    def counts(cls, table, date):
        "Return the SQL condition of the proofs that prove at a date"
        return (table.state == 'confirmed') & (table.date <= date) & (
            (table.expires_on == Null) | (table.expires_on >= date))

    @classmethod
    def get_may_confirm(cls, proofs, name):
        return {p.id: p._refusal() is None for p in proofs}

    def _refusal(self):
        """Return why the user may not confirm the proof, or None.

        Nobody confirms what is his own or what he entered, at first or at
        last; a master of the domain signs off, the administration confirms
        papers. The server itself may.
        """
        pool = Pool()
        User = pool.get('res.user')
        user = Transaction().user
        if not user:
            return None
        if user in {u.id for u in self.member.users}:
            return 'own'
        if user in {u.id for u in [
                    self.create_uid, self.level_by, self.paper_by] if u}:
            return 'entered'
        if self.kind == 'sign_off':
            if not self._signing_masters():
                return 'master'
        else:
            group = pool.get('ir.model.data').get_id(
                'coop_member', 'group_administration')
            if group not in User.get_groups():
                return 'administration'

    def _signing_masters(self):
        "Return the ids of the user's members who may sign, the own never"
        pool = Pool()
        Member = pool.get('coop.member')
        masters = pool.get('res.user').coop_masteries().get(
            self.member_skill.skill.domain.id, set())
        return sorted(
            m.id for m in Member.browse(masters - {self.member.id})
            if m.company == self.company)

    def _check_confirm(self):
        refusal = self._refusal()
        if refusal:
            raise ProofError(gettext(
                    f'coop_skill.msg_proof_{refusal}', proof=self.rec_name,
                    member=self.member.rec_name,
                    domain=self.member_skill.skill.domain.rec_name))

    @classmethod
    def check_modification(cls, mode, proofs, values=None, external=False):
        super().check_modification(
            mode, proofs, values=values, external=external)
        if not external:
            return
        by_button = {
            'state', 'confirmed_by', 'confirmed_at', 'master', 'level_by',
            'paper_by'}
        restricted = Pool().get('res.user').is_restricted()
        for proof in proofs:
            if (restricted and mode in {'write', 'delete'}
                    and proof.kind == 'missions'):
                raise ProofError(gettext(
                        'coop_skill.msg_proof_missions',
                        proof=proof.rec_name))
            if ((mode == 'create' and (
                            proof.state != 'entered' or proof.confirmed_by
                            or proof.confirmed_at or proof.master
                            or proof.level_by or proof.paper_by))
                    or (mode == 'write' and values.keys() & by_button)
                    or (mode != 'create' and proof.state != 'entered')):
                raise ProofError(gettext(
                        'coop_skill.msg_proof_by_button',
                        proof=proof.rec_name))

    @classmethod
    def preprocess_values(cls, mode, values):
        "Keep who wrote last what somebody else is to confirm"
        values = super().preprocess_values(mode, values)
        user = Transaction().user
        if mode == 'write' and user:
            for name, written in [('level_by', LEVEL), ('paper_by', PAPER)]:
                if values.keys() & written:
                    values[name] = user
        return values

    @classmethod
    def validate_fields(cls, proofs, field_names):
        super().validate_fields(proofs, field_names)
        if field_names and not field_names & {'kind', 'missions'}:
            return
        if not Pool().get('res.user').is_restricted():
            return
        for proof in proofs:
            if proof.kind == 'missions' and proof.state == 'entered':
                raise ProofError(gettext(
                        'coop_skill.msg_proof_missions',
                        proof=proof.rec_name))

    @classmethod
    def copy(cls, proofs, default=None):
        default = default.copy() if default else {}
        for name in ['confirmed_by', 'confirmed_at', 'master', 'reason',
                'level_by', 'paper_by']:
            default.setdefault(name)
        default.setdefault('state', 'entered')
        return super().copy(proofs, default=default)

    @classmethod
    @ModelView.button
    def confirm(cls, proofs):
        """Confirm what others entered; a master of the domain signs off.

        :raises ProofError: when the user may not
        """
        proofs = cls.browse(proofs)
        with without_check_access():
            for proof in proofs:
                proof._check_confirm()
            cls._confirm(proofs)

    @classmethod
    @Workflow.transition('confirmed')
    def _confirm(cls, proofs):
        user = Transaction().user or None
        for proof in proofs:
            proof.confirmed_by = user
            proof.confirmed_at = dt.datetime.now()
            if proof.kind == 'sign_off' and user:
                proof.master = proof._signing_masters()[0]
        cls.save(proofs)

    @classmethod
    @ModelView.button
    def refuse(cls, proofs):
        """Refuse what others entered, or take a confirmation back.

        :raises ProofError: when the user may not
        """
        proofs = cls.browse(proofs)
        with without_check_access():
            for proof in proofs:
                proof._check_confirm()
            cls._refuse(proofs)

    @classmethod
    @Workflow.transition('refused')
    def _refuse(cls, proofs):
        cls.write(proofs, {
                'confirmed_by': None, 'confirmed_at': None, 'master': None})

    @classmethod
    @ModelView.button
    def enter(cls, proofs):
        "Take a refusal back"
        proofs = cls.browse(proofs)
        with without_check_access():
            for proof in proofs:
                proof._check_confirm()
            cls._enter(proofs)

    @classmethod
    @Workflow.transition('entered')
    def _enter(cls, proofs):
        pass

    @classmethod
    def record_missions(cls, member_skill, level, missions, date):
        """Enter missions that clients accepted, for the office to confirm.

        One proof of a skill and level counts them all until it is confirmed.

        :param level: coop.skill.level that they prove
        :param missions: how many, in all
        :param date: from which they prove it
        """
        found = cls.search([
                ('member_skill', '=', member_skill.id),
                ('kind', '=', 'missions'),
                ('level', '=', level.id),
                ('state', '=', 'entered'),
                ], limit=1)
        proof = found[0] if found else cls(
            member_skill=member_skill, kind='missions', level=level)
        proof.missions, proof.date = missions, date
        proof.save()
        return proof
