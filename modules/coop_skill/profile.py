# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member offers: skills, where, when, in which languages"
import datetime as dt

from sql import Literal, Null
from sql.operators import Exists

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Eval, TimeDelta

from .availability import DAYS, HALVES, needed_days
from .exceptions import PublicationError

HALF_DAYS = [f'{day}_{half}' for day in DAYS for half in HALVES]


class Profile(ModelSQL, ModelView):
    __name__ = 'coop.member.profile'
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    trade = fields.Char("Trade", translate=False,
        help="In a few words, as colleagues and clients read it.")
    presentation = fields.Text("Presentation")
    languages = fields.Many2Many(
        'coop.member.profile-ir.lang', 'profile', 'lang', "Languages")
    skills = fields.One2Many('coop.member.skill', 'profile', "Skills")
    zones = fields.One2Many('coop.member.zone', 'profile', "Zones")
    absences = fields.One2Many(
        'coop.member.absence', 'profile', "Absences")
    hours_month = fields.TimeDelta(
        "Hours a Month", converter='coop_hours',
        domain=['OR',
            ('hours_month', '=', None),
            ('hours_month', '>=', TimeDelta()),
            ],
        help="How much the member can work for the cooperative.")
    monday_am = fields.Boolean("Monday Morning")
    monday_pm = fields.Boolean("Monday Afternoon")
    tuesday_am = fields.Boolean("Tuesday Morning")
    tuesday_pm = fields.Boolean("Tuesday Afternoon")
    wednesday_am = fields.Boolean("Wednesday Morning")
    wednesday_pm = fields.Boolean("Wednesday Afternoon")
    thursday_am = fields.Boolean("Thursday Morning")
    thursday_pm = fields.Boolean("Thursday Afternoon")
    friday_am = fields.Boolean("Friday Morning")
    friday_pm = fields.Boolean("Friday Afternoon")
    saturday_am = fields.Boolean("Saturday Morning")
    saturday_pm = fields.Boolean("Saturday Afternoon")
    sunday_am = fields.Boolean("Sunday Morning")
    sunday_pm = fields.Boolean("Sunday Afternoon")
    published_at = fields.Timestamp("Consented at", readonly=True,
        help="When the member agreed to be in the public directory.")
    withdrawn_at = fields.Timestamp("Withdrawn at", readonly=True,
        states={'invisible': ~Eval('withdrawn_at')})
    published = fields.Function(fields.Boolean("In the Public Directory"))
    own = fields.Function(fields.Boolean("Own Profile"), 'get_own')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_unique', Unique(t, t.member),
                'coop_skill.msg_profile_unique'))
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))
        cls._order = [('member', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'publish': {
                    'invisible': Eval('published', False)
                    | ~Eval('own', False),
                    'icon': 'tryton-public',
                    'depends': ['published', 'own'],
                    },
                'withdraw': {
                    'invisible': ~Eval('published', False),
                    'icon': 'tryton-cancel',
                    'depends': ['published'],
                    },
                })

    @classmethod
    def default_member(cls):
        "The only member for whom a restricted user acts"
        User = Pool().get('res.user')
        if User.is_restricted():
            members, _ = User.get_coop_members()
            if len(members) == 1:
                return members[0]

    @fields.depends('member')
    def on_change_with_company(self, name=None):
        return self.member.company if self.member else None

    @classmethod
    def search_company(cls, name, clause):
        return [('member.' + clause[0], *clause[1:])]

    @classmethod
    def column_published(cls, tables):
        table, _ = tables[None]
        return cls.is_published(table)

    @classmethod
    def is_published(cls, table):
        "Return the SQL condition of who agreed to be shown to everybody"
        return (table.published_at != Null) & (table.withdrawn_at == Null)

    @classmethod
    def get_own(cls, profiles, name):
        members, _ = Pool().get('res.user').get_coop_members()
        return {p.id: p.member.id in members for p in profiles}

    def get_rec_name(self, name):
        return self.member.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('member.rec_name', *clause[1:])]

    @classmethod
    def free(cls, table, start, end, whole_days=False):
        """Return the SQL condition of who is free for the whole of a span.

        :param table: of the profiles
        :param start: the first date
        :param end: the last date, included
        :param whole_days: whether both halves of each day are asked for
        """
        Absence = Pool().get('coop.member.absence')
        absence = Absence.__table__()
        condition = ~Exists(absence.select(Literal(1),
                where=(absence.profile == table.id)
                & (absence.start_date <= end)
                & (absence.end_date >= start)))
        for day in sorted(needed_days(start, end)):
            morning, afternoon = (
                getattr(table, f'{DAYS[day]}_{half}') == Literal(True)
                for half in HALVES)
            if whole_days:
                condition &= morning & afternoon
            else:
                condition &= morning | afternoon
        return condition

    @classmethod
    def check_modification(cls, mode, profiles, values=None, external=False):
        super().check_modification(
            mode, profiles, values=values, external=external)
        if not external:
            return
        MemberSkill = Pool().get('coop.member.skill')
        consent = {'published_at', 'withdrawn_at'}
        if mode == 'write' and values.keys() & (consent | {'member'}):
            cls._raise_fixed(profiles[0])
        if mode == 'delete':
            for profile in profiles:
                if profile.published_at:
                    cls._raise_fixed(profile)
                MemberSkill.check_proofs(profile.skills)
        elif mode == 'create':
            for profile in profiles:
                if profile.published_at or profile.withdrawn_at:
                    cls._raise_fixed(profile)

    @classmethod
    def _raise_fixed(cls, profile):
        raise AccessError(gettext(
                'coop_skill.msg_profile_fixed', profile=profile.rec_name))

    @classmethod
    def copy(cls, profiles, default=None):
        if profiles:
            raise AccessError(gettext(
                    'coop_skill.msg_profile_copy',
                    profile=profiles[0].rec_name))
        return []

    @classmethod
    @ModelView.button
    def publish(cls, profiles):
        """Agree to be in the public directory: for oneself only.

        :raises PublicationError: when the user does not act for the member
        """
        profiles = cls.browse(profiles)
        for profile in profiles:
            if not profile.own:
                raise PublicationError(gettext(
                        'coop_skill.msg_publish_own',
                        profile=profile.rec_name))
        cls.write(profiles, {
                'published_at': dt.datetime.now(), 'withdrawn_at': None})

    @classmethod
    @ModelView.button
    def withdraw(cls, profiles):
        "Take the agreement back; the date of it is kept as its proof"
        cls.write(cls.browse(profiles), {'withdrawn_at': dt.datetime.now()})


for _name in HALF_DAYS:
    def _default(cls, name=_name):
        return name.partition('_')[0] in DAYS[:5]
    setattr(Profile, f'default_{_name}', classmethod(_default))


class ProfileLang(ModelSQL):
    __name__ = 'coop.member.profile-ir.lang'
    profile = fields.Many2One(
        'coop.member.profile', "Profile", required=True, ondelete='CASCADE')
    lang = fields.Many2One(
        'ir.lang', "Language", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('profile')


class Absence(ModelSQL, ModelView):
    __name__ = 'coop.member.absence'
    profile = fields.Many2One(
        'coop.member.profile', "Profile", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    start_date = fields.Date("First Day", required=True)
    end_date = fields.Date("Last Day", required=True,
        domain=[('end_date', '>=', Eval('start_date', None))])
    reason = fields.Char("Reason",
        help="Nobody but the member and the office reads it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('profile')
        cls._sql_indexes.add(
            Index(t, (t.profile, Index.Equality()),
                (t.start_date, Index.Range()), (t.end_date, Index.Range())))
        cls._order = [('start_date', 'DESC'), ('id', 'DESC')]

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return ' - '.join(
            lang.strftime(d) for d in [self.start_date, self.end_date])
