# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from lxml import etree

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, inactive_records

from . import factories, lists
from .smtp import deliver, smtp_server

DATE = dt.date(2021, 3, 1)


class LoginTestCase(factories.CoopTestCase):
    "Test the login of a member, from the admission to the exit"

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(smtp_server())

    def applicant(self, company, email='ann@example.com', name="Ann"):
        pool = Pool()
        Category = pool.get('coop.member.category')
        category, = Category.search(
            [('company', '=', company.id)], limit=1) or [
            factories.category(company)]
        party = factories.person(name, email)
        with Transaction().set_context(
                coop_application=False, _skip_warnings=True):
            return factories.applicant(party, category)

    def record(self, member, *kinds, date=DATE):
        Event = Pool().get('coop.member.event')
        Event.record([
                Event(company=member.company, member=member, kind=kind,
                    date=date, category=(
                        member.category if kind == 'admission' else None))
                for kind in kinds])

    @with_transaction()
    def test_admission(self):
        "An admitted member gets a login, a password and the welcome pack"
        pool = Pool()
        Document = pool.get('coop.welcome.document')
        User = pool.get('res.user')
        company = factories.cooperative()
        with set_company(company):
            member = self.applicant(company, 'Ann@Example.com')
            other = factories.category(company, 'other')
            Document.create([{
                        'company': company.id, 'name': name,
                        'category': category, 'file': content,
                        'file_name': f'{name}.txt'}
                    for name, category, content in [
                        ('all', None, b'for all'),
                        ('own', member.category.id, b'for you'),
                        ('other', other.id, b'for others')]])
            self.record(member, 'application')
            self.assertEqual(member.users, ())
            self.record(member, 'admission')
            user, = member.users
            self.assertEqual(user.login, 'ann@example.com')
            self.assertEqual(user.company, company)
            self.assertEqual(user.language.code, 'en')
            self.assertEqual(
                [g.id for g in user.groups], [factories.group('member')])
            self.assertEqual(user.menu.name, "My Cooperative")
            self.assertEqual(
                [a.name for a in user.actions], ["My Membership"])
            self.assertTrue(user.password_reset)
            self.assertEqual(self.smtp.messages, [])
            deliver()
            (to, welcome), (to_, password) = self.smtp.messages
            self.assertEqual(to, ['Ann@Example.com'])
            self.assertEqual(to_, ['ann@example.com'])
            self.assertEqual(welcome['Subject'], "Welcome to Coop")
            self.assertIn(
                member.number, welcome.get_body().get_content())
            self.assertEqual(
                {a.get_filename(): a.get_content().strip()
                    for a in welcome.iter_attachments()},
                {'all.txt': 'for all', 'own.txt': 'for you'})
            self.assertIn(
                User(user.id).password_reset,
                password.get_body(('plain', 'html')).get_content())
            self.record(member, 'activation')
            self.assertEqual(len(member.users), 1)

    @with_transaction()
    def test_no_login(self):
        "No login without e-mail, when switched off, or for an import"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        GiveLogin = pool.get('coop.member.give_login', type='wizard')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            without = self.applicant(company, None)
            self.record(without, 'application', 'admission')
            imported = self.applicant(company, 'import@example.com')
            with Transaction().set_context(coop_welcome=False):
                self.record(imported, 'application', 'admission')
            configuration = Configuration(1)
            configuration.create_logins = False
            configuration.save()
            off = self.applicant(company, 'off@example.com')
            self.record(off, 'application', 'admission')
            for member in [without, imported, off]:
                self.assertEqual(member.users, ())
            deliver()
            # It is welcomed all the same
            (to, _), = self.smtp.messages
            self.assertEqual(to, ['off@example.com'])
            clerk = factories.user('clerk', 'administration', company=company)
            members = [without, imported, off]
            with factories.as_user(clerk), Transaction().set_context(
                    active_model='coop.member', active_id=without.id,
                    active_ids=[m.id for m in members]):
                session, _, _ = GiveLogin.create()
                GiveLogin.execute(session, {}, 'give')
            self.assertEqual(
                [[u.login for u in Member(m.id).users] for m in members],
                [[], ['import@example.com'], ['off@example.com']])

    @with_transaction()
    def test_exit(self):
        "At the exit the access is closed, and opened again when readmitted"
        pool = Pool()
        Application = pool.get('res.user.application')
        Member = pool.get('coop.member')
        User = pool.get('res.user')
        company = factories.cooperative()
        with set_company(company):
            member = self.applicant(company)
            self.record(member, 'application', 'admission', 'activation')
            user, = member.users
            Application.create([{
                        'user': user.id, 'application': 'rest',
                        'key': 'key', 'state': 'validated'}])
            with factories.as_user(user):
                self.assertEqual(Member.search([]), [member])
            self.record(member, 'departure', date=dt.date(2021, 12, 31))
            self.assertFalse(User(user.id).active)
            self.assertEqual(Application.search([]), [])
            with factories.as_user(user):
                self.assertEqual(Member.search([]), [])
                with self.assertRaises(AccessError):
                    Member.read([member.id], ['number'])
            self.record(
                member, 'application', 'admission', date=dt.date(2022, 1, 2))
            self.assertTrue(User(user.id).active)
            with factories.as_user(user):
                self.assertEqual(Member.search([]), [member])

    @with_transaction()
    def test_exit_of_one(self):
        "Who acts for another member, or is of the staff, keeps the login"
        pool = Pool()
        Member = pool.get('coop.member')
        User = pool.get('res.user')
        company = factories.cooperative()
        with set_company(company):
            first = self.applicant(company)
            second = self.applicant(company, name="Ann Ltd")
            staff = self.applicant(company, 'staff@example.com', "Staff")
            clerk = factories.user(
                'staff@example.com', 'administration', company=company)
            for member in [first, second, staff]:
                self.record(member, 'application', 'admission')
            self.assertEqual(first.users, second.users)
            self.assertEqual(list(staff.users), [clerk])
            for member in [first, staff]:
                self.record(member, 'departure', date=dt.date(2021, 12, 31))
            user, = first.users
            self.assertTrue(User(user.id).active)
            self.assertTrue(User(clerk.id).active)
            with factories.as_user(user):
                self.assertEqual(Member.search([]), [second])
            self.record(second, 'departure', date=dt.date(2021, 12, 31))
            with inactive_records():
                self.assertFalse(User(user.id).active)

    @with_transaction()
    def test_staff_elsewhere(self):
        "Joining with the login of staff of another company gives no right"
        company = factories.cooperative()
        other = factories.cooperative("Other", years=(2021, 2021))
        clerk = factories.user(
            'staff@example.com', 'administration', company=other)
        with set_company(company):
            member = self.applicant(company, 'staff@example.com', "Staff")
            self.record(member, 'application', 'admission')
            self.assertEqual(member.users, ())
            self.assertEqual(list(clerk.companies), [other])

    @with_transaction()
    def test_home(self):
        "A member sees his home only, and each of its screens opens"
        pool = Pool()
        ActWindow = pool.get('ir.action.act_window')
        Keyword = pool.get('ir.action.keyword')
        Menu = pool.get('ir.ui.menu')
        User = pool.get('res.user')
        company = factories.cooperative()
        with set_company(company):
            for make in dict.fromkeys(lists.LISTS.values()):
                make(2)
            member, _ = lists.members(2)
            user = factories.user('member', 'member', member=member)
            user.menu = ActWindow.search(
                [('name', '=', "My Cooperative")])[0].action
            user.save()
        with factories.as_user(user):
            with Transaction().set_context(_check_access=False):
                preferences = User.get_preferences()
            home = PYSONDecoder().decode(preferences['pyson_menu'])
            root, = Menu.search([('parent', '=', None)])
            menus = Menu.search(
                PYSONDecoder().decode(home['pyson_domain']))
            below = [m for menu in menus for m in menu.childs]
            below += [m for menu in below for m in menu.childs]
            self.assertEqual(set(Menu.search([])), {root, *menus, *below})
            screens = [m for m in [*menus, *below] if not m.childs]
            self.assertGreater(len(screens), 8)
            for menu in screens:
                with self.subTest(menu=menu.name):
                    action, = Keyword.get_keyword(
                        'tree_open', ('ir.ui.menu', menu.id))
                    Model = pool.get(action['res_model'])
                    self.assertTrue(self.opened(Model, action['views']))
            # where a link to the member leads
            Member = pool.get('coop.member')
            self.assertTrue(self.opened(Member, [(None, 'form')]))

    def opened(self, Model, views):
        "Return the rows read as the client does for the views of an action"
        Model.view_toolbar_get()
        rows = Model.search([])
        for view_id, view_type in views:
            view = Model.fields_view_get(view_id, view_type)
            names = set()
            for element in etree.fromstring(view['arch']).iter('field'):
                name = element.get('name')
                names.add(name)
                if view['fields'][name]['type'] == 'many2one':
                    names.add(f'{name}.rec_name')
            Model.read([r.id for r in rows], sorted(names | {'rec_name'}))
        if rows:
            rows[0].resources()
        return rows
