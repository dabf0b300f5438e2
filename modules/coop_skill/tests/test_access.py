# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who reaches skills, profiles and the directory, in all models of the module"
import datetime as dt
from decimal import Decimal

from trytond.model import ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import lists as coop_lists
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, without_check_access

from ..exceptions import DirectoryError
from . import factories, lists

SHARED = {'coop.skill', 'coop.skill.level'}
# What is the same for all members, and what they see of each other
PUBLIC = {'coop.member.directory'}
OWN = {
    'coop.member.profile': lambda r: r.member,
    'coop.member.profile-ir.lang': lambda r: r.profile.member,
    'coop.member.absence': lambda r: r.profile.member,
    'coop.member.skill': lambda r: r.profile.member,
    'coop.member.skill.rate': lambda r: r.member_skill.profile.member,
    'coop.member.zone': lambda r: r.profile.member,
    'coop.skill.proof': lambda r: r.member,
    }


def models():
    for name, Model in Pool().iterobject():
        if (issubclass(Model, ModelSQL)
                and Model.__module__.startswith(
                    'trytond.modules.coop_skill.')
                or name in SHARED | PUBLIC | OWN.keys()):
            if issubclass(Model, ModelSQL):
                yield name, Model


def two():
    "Return a member with all there is and a stranger with as much"
    lists.everything(2)
    return coop_lists.members(2)


class AccessTestCase(factories.SkillTestCase):
    "Test the wrong person"

    @with_transaction()
    def test_member_reads(self):
        "A member reads what is shared and his own, nothing else"
        company = coop.cooperative()
        with set_company(company):
            member, stranger = two()
            user = coop.user('member', 'member', member=member)
            for name, Model in models():
                every = {r.id: r for r in Model.search([])}
                with self.subTest(name), coop.as_user(user):
                    if name in SHARED | PUBLIC:
                        self.assertEqual(
                            {r.id for r in Model.search([])}, every.keys())
                        continue
                    if name not in OWN:
                        with self.assertRaises(AccessError):
                            Model.search([])
                        continue
                    found = {r.id for r in Model.search([])}
                    self.assertTrue(found)
                    self.assertTrue(every.keys() - found)
                    for id_, record in every.items():
                        own = OWN[name](record) == member
                        self.assertEqual(id_ in found, own)
                        if not own:
                            with self.assertRaises(AccessError):
                                Model.read([id_], ['id'])

    @with_transaction()
    def test_member_writes(self):
        "A member changes his own profile and nobody else's"
        company = coop.cooperative()
        with set_company(company):
            member, stranger = two()
            user = coop.user('member', 'member', member=member)
            for name, Model in models():
                records = Model.search([])
                if name in OWN:
                    records = [
                        r for r in records if OWN[name](r) == stranger]
                if not records:
                    continue
                with self.subTest(name), coop.as_user(user):
                    for act in [
                            lambda: Model.write(
                                [Model(records[0].id)], {'id': 1}),
                            lambda: Model.delete([Model(records[0].id)])]:
                        with self.assertRaises(
                                (AccessError, NotImplementedError)):
                            act()
                    if issubclass(Model, ModelView):
                        for button in Model._buttons:
                            with self.assertRaises(
                                    (AccessError, AccessButtonError)):
                                getattr(Model, button)(
                                    [Model(records[0].id)])

    @with_transaction()
    def test_rows_for_a_stranger(self):
        "Nobody adds a skill, a zone or a proof to another's profile"
        pool = Pool()
        company = coop.cooperative()
        with set_company(company):
            member, stranger = two()
            user = coop.user('member', 'member', member=member)
            Profile = pool.get('coop.member.profile')
            other, = Profile.search([('member', '=', stranger.id)])
            other_skill = other.skills[0]
            without, = coop.members(company, 1, coop.category(company, 'X'))
            level = factories.level(4)
            for name, values in [
                    ('coop.member.skill', {
                            'profile': other.id, 'declared': level.id,
                            'skill': factories.skill().id}),
                    ('coop.member.zone', {
                            'profile': other.id, 'kind': 'remote'}),
                    ('coop.member.absence', {
                            'profile': other.id,
                            'start_date': lists.DATE,
                            'end_date': lists.DATE}),
                    ('coop.member.skill.rate', {
                            'member_skill': other_skill.id, 'unit': 'hour',
                            'amount': Decimal(1),
                            'currency': company.currency.id}),
                    ('coop.skill.proof', {
                            'member_skill': other_skill.id,
                            'kind': 'diploma', 'level': level.id,
                            'date': lists.DATE}),
                    ('coop.member.profile', {'member': without.id}),
                    ]:
                Model = pool.get(name)
                with self.subTest(name), coop.as_user(user), \
                        self.assertRaises(AccessError):
                    Model.create([values])

    @with_transaction()
    def test_own_profile(self):
        "A member enters his profile, skills, zones and absences alone"
        pool = Pool()
        Profile = pool.get('coop.member.profile')
        company = coop.cooperative()
        with set_company(company):
            member, _ = coop.members(company, 2)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                profile, = Profile.create([{
                            'trade': "Developer",
                            'hours_month': dt.timedelta(hours=70),
                            'skills': [('create', [{
                                            'skill': factories.skill().id,
                                            'declared':
                                            factories.level(3).id,
                                            'rates': [('create', [{
                                                            'amount':
                                                            Decimal(300),
                                                            'unit': 'day',
                                                            }])],
                                            }])],
                            'zones': [('create', [{'kind': 'remote'}])],
                            'absences': [('create', [{
                                            'start_date': lists.DATE,
                                            'end_date': lists.DATE}])],
                            }])
                self.assertEqual(profile.member, member)
                self.assertTrue(profile.monday_am)
                self.assertFalse(profile.sunday_am)
                Profile.write([profile], {'trade': "Python Developer"})
                view = Profile.fields_view_get(view_type='form')
                Profile.read([profile.id], list(view['fields']))
                for values in [
                        {'published_at': dt.datetime.now()},
                        {'member': member.id}]:
                    with self.assertRaises(AccessError):
                        Profile.write([profile], values)

    @with_transaction()
    def test_consent(self):
        "Who acts for the member agrees, and only he; the office withdraws"
        Profile = Pool().get('coop.member.profile')
        company = coop.cooperative()
        with set_company(company):
            member, stranger = coop.members(company, 2)
            profile = factories.profile(member)
            user = coop.user('member', 'member', member=member)
            other = coop.user('other', 'member', member=stranger)
            clerk = coop.user('clerk', 'administration', company=company)
            for user_ in [other, clerk]:
                with coop.as_user(user_), self.assertRaises(
                        (AccessError, AccessButtonError)):
                    Profile.publish([Profile(profile.id)])
            with coop.as_user(user):
                Profile.publish([Profile(profile.id)])
                record = Profile(profile.id)
                self.assertTrue(record.published)
                self.assertTrue(record.published_at)
                Profile.withdraw([record])
                record = Profile(profile.id)
                self.assertFalse(record.published)
                # the proof that it was given
                self.assertTrue(record.published_at)
                Profile.publish([record])
            with coop.as_user(clerk):
                Profile.withdraw([Profile(profile.id)])
            self.assertFalse(Profile(profile.id).published)

    @with_transaction()
    def test_directory_is_no_way_around(self):
        "Members see what colleagues offer, not their private data"
        Directory = Pool().get('coop.member.directory')
        company = coop.cooperative()
        with set_company(company):
            member, stranger = two()
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                view = Directory.fields_view_get(view_type='form')
                row, = Directory.read(
                    [stranger.id], [*view['fields'], 'rec_name'])
                self.assertIn("Domain",
                    row['skills'])
                self.assertFalse(
                    {f.get_target().__name__
                        for f in Directory._fields.values()
                        if hasattr(f, 'get_target')}
                    - {'company.company', 'res.user'})

    @with_transaction()
    def test_no_question_about_others(self):
        "A domain through a relation tells nothing of another member"
        pool = Pool()
        Absence = pool.get('coop.member.absence')
        company = coop.cooperative()
        with set_company(company):
            member, stranger = two()
            stranger.birth_date = dt.date(1980, 1, 1)
            stranger.save()
            Absence.write(Absence.search([]), {'reason': "Illness"})
            user = coop.user('member', 'member', member=member)
            for name, path in [
                    ('coop.member.zone', 'profile.'),
                    ('coop.skill.proof', 'member_skill.profile.')]:
                Model = pool.get(name)
                with self.subTest(name), coop.as_user(user):
                    for clause in [
                            ('member.birth_date', '!=', None),
                            ('absences.reason', '=', "Illness")]:
                        with self.assertRaises(AccessError):
                            Model.search([(path + clause[0], *clause[1:])])

    @with_transaction()
    def test_rates(self):
        "Rates are seen by whom the setting says, and by the member"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Directory = pool.get('coop.member.directory')
        company = coop.cooperative()
        with set_company(company):
            member, stranger = coop.members(company, 2)
            for record in [member, stranger]:
                factories.member_skill(
                    factories.profile(record), rate='300')
            users = {
                'member': coop.user('member', 'member', member=member),
                'staff': coop.user(
                    'clerk', 'administration', company=company),
                }

            def seen(user, **context):
                with coop.as_user(users[user]), \
                        Transaction().set_context(context):
                    return {
                        r['id'] for r in Directory.read(
                            [member.id, stranger.id], ['rates'])
                        if r['rates']}
            both, own = {member.id, stranger.id}, {member.id}
            for setting, member_sees, public in [
                    ('everybody', both, both), ('members', both, set()),
                    ('staff', own, set())]:
                configuration = Configuration(1)
                configuration.rates_seen_by = setting
                configuration.save()
                with self.subTest(setting):
                    self.assertEqual(seen('staff'), both)
                    self.assertEqual(seen('member'), member_sees)
                    self.assertEqual({
                            r.id for r in Directory.search([])
                            if r.id in self.public_rates(
                                Directory, [member, stranger])}, public)
                    context = {'rate': Decimal(1000)}
                    if setting == 'staff':
                        with self.assertRaises(DirectoryError):
                            seen('member', **context)
                    else:
                        self.assertEqual(
                            seen('member', **context), both)

    def public_rates(self, Directory, members):
        with Transaction().set_user(0), Transaction().set_context(
                public_directory=True):
            return Directory.rates_seen(members)

    @with_transaction()
    def test_other_company(self):
        "The directory ends at the cooperative"
        Directory = Pool().get('coop.member.directory')
        company = coop.cooperative()
        other = coop.cooperative("Other", years=(2021, 2021))
        for company_ in [other, company]:
            with set_company(company_):
                member, = coop.members(
                    company_, 1, admitted=dt.date(2021, 1, 1))
                factories.profile(member)
        user = coop.user('member', 'member', member=member)
        with set_company(company), coop.as_user(user):
            self.assertEqual(
                [r.id for r in Directory.search([])], [member.id])

    @with_transaction()
    def test_print_profile(self):
        "A profile is printed of the member whose it is"
        pool = Pool()
        ActionWizard = pool.get('ir.action.wizard')
        Print = pool.get('coop.member.profile.print', type='wizard')
        company = coop.cooperative()
        with set_company(company):
            # The ids of profiles are no longer those of members
            _, member = coop.members(company, 2)
            profile = factories.profile(member)
            self.assertNotEqual(profile.id, member.id)
            action, = ActionWizard.search([
                    ('wiz_name', '=', 'coop.member.profile.print')])
            user = coop.user('member', 'member', member=member)
            for model, id_ in [
                    ('coop.member.profile', profile.id),
                    ('coop.member.directory', member.id)]:
                with self.subTest(model), coop.as_user(user), \
                        Transaction().set_context(
                            active_model=model, active_id=id_,
                            active_ids=[id_], action_id=action.id), \
                        without_check_access():  # as a wizard is called
                    session, _, _ = Print.create()
                    result = Print.execute(
                        session, {'start': {'language': 'en'}}, 'print_')
                    (_, data), = result['actions']
                    self.assertEqual(
                        (data['model'], data['ids']),
                        ('coop.member.directory', [member.id]))

    @with_transaction()
    def test_print(self):
        "A member prints colleagues; rates only when everybody sees them"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Configuration = pool.get('coop.configuration')
        Report = pool.get('coop.member.profile.report', type='report')
        company = coop.cooperative()
        with set_company(company):
            member, stranger = coop.members(company, 2)
            skill = factories.member_skill(
                factories.profile(stranger, trade="Développeuse"),
                rate='345')
            factories.proof(skill, 3, confirmed=True)
            user = coop.user('member', 'member', member=member)
            nobody = coop.user('nobody')
            action, = ActionReport.search([
                    ('report_name', '=', 'coop.member.profile.report')])
            data = {
                'model': 'coop.member.directory', 'action_id': action.id,
                'ids': [stranger.id]}
            for setting, shown in [('members', False), ('everybody', True)]:
                configuration = Configuration(1)
                configuration.rates_seen_by = setting
                configuration.save()
                Directory = pool.get('coop.member.directory')
                with coop.as_user(user), Transaction().set_user(0):
                    html, = Report.pages(
                        Directory.browse([stranger.id]),
                        {'language': 'en', 'date': None, 'known_at': None},
                        action)
                self.assertIn("Développeuse", html)
                self.assertIn("Confirmed", html)
                self.assertEqual("345" in html, shown)
            with coop.as_user(user):
                extension, content, _, _ = Report.execute(
                    [stranger.id], data)
            self.assertEqual(extension, 'pdf')
            self.assertTrue(content.startswith(b'%PDF'))
            with coop.as_user(nobody), self.assertRaises(AccessError):
                Report.execute([stranger.id], data)
