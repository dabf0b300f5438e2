# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member says to master, and what is proven of it"
from sql import Null
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import ProofError
from .tools import context_date

UNITS = [
    ('hour', "Hour"),
    ('day', "Day"),
    ('fixed', "Fixed Price"),
    ]


class MemberSkill(ModelSQL, ModelView):
    __name__ = 'coop.member.skill'
    profile = fields.Many2One(
        'coop.member.profile', "Profile", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    skill = fields.Many2One(
        'coop.skill', "Skill", required=True, ondelete='RESTRICT',
        states={'readonly': Eval('id', -1) >= 0})
    declared = fields.Many2One(
        'coop.skill.level', "Declared Level", required=True,
        ondelete='RESTRICT', help="What the member says.")
    proven = fields.Function(
        fields.Many2One('coop.skill.level', "Proven Level",
            help="The best level of the proofs that are confirmed and "
            "valid at the date."))
    proofs = fields.One2Many('coop.skill.proof', 'member_skill', "Proofs")
    rates = fields.One2Many(
        'coop.member.skill.rate', 'member_skill', "Member Rates")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('profile')
        cls._sql_constraints.append(
            ('profile_skill_unique', Unique(t, t.profile, t.skill),
                'coop_skill.msg_member_skill_unique'))
        cls._sql_indexes.add(Index(t, (t.skill, Index.Equality())))
        cls._order = [('skill', 'ASC'), ('id', 'ASC')]

    @classmethod
    def column_proven(cls, tables):
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        level = pool.get('coop.skill.level').__table__()
        proof = Proof.__table__()
        table, _ = tables[None]
        return Coalesce(proof
            .join(level, condition=proof.level == level.id)
            .select(level.id,
                where=(proof.member_skill == table.id)
                & Proof.counts(proof, context_date()),
                order_by=[level.level.desc], limit=1), Null)

    def get_rec_name(self, name):
        return f"{self.skill.rec_name} ({self.declared.level})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('skill.rec_name', *clause[1:])]

    @classmethod
    def check_modification(cls, mode, skills, values=None, external=False):
        super().check_modification(
            mode, skills, values=values, external=external)
        # What is proven is proven of this skill of this member
        if mode == 'write' and external and values.keys() & {
                'skill', 'profile'}:
            raise ProofError(gettext(
                    'coop_skill.msg_member_skill_fixed',
                    skill=skills[0].rec_name))
        if mode == 'delete' and external:
            cls.check_proofs(skills)

    @classmethod
    def check_proofs(cls, skills):
        """Refuse to lose with a skill what somebody else decided

        :raises ProofError: for a proof that was confirmed or refused
        """
        for skill in skills:
            for proof in skill.proofs:
                if proof.state != 'entered':
                    raise ProofError(gettext(
                            'coop_skill.msg_member_skill_proved',
                            skill=skill.rec_name, proof=proof.rec_name))

    @classmethod
    def copy(cls, skills, default=None):
        default = default.copy() if default else {}
        default.setdefault('proofs', None)
        return super().copy(skills, default=default)


class Rate(ModelSQL, ModelView):
    __name__ = 'coop.member.skill.rate'
    member_skill = fields.Many2One(
        'coop.member.skill', "Skill", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        domain=[('amount', '>=', 0)],
        help="Without tax, set by the member.")
    unit = fields.Selection(UNITS, "Unit", required=True, sort=False)
    unit_string = unit.translated('unit')
    currency = fields.Many2One(
        'currency.currency', "Currency", required=True, ondelete='RESTRICT')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('member_skill')
        cls._sql_constraints.append(
            ('unit_unique', Unique(t, t.member_skill, t.unit, t.currency),
                'coop_skill.msg_rate_unique'))
        cls._order = [('unit', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_unit(cls):
        return 'day'

    @classmethod
    def default_currency(cls):
        Company = Pool().get('company.company')
        company = Transaction().context.get('company')
        return Company(company).currency.id if company else None

    def get_rec_name(self, name):
        return self.text

    @property
    def text(self):
        "The rate in the language of the context"
        Lang = Pool().get('ir.lang')
        amount = Lang.get().currency(self.amount, self.currency)
        return f"{amount} / {self.unit_string}"
