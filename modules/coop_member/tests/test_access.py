# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a member, a stranger, an auditor reach among ALL models"""
from contextlib import contextmanager

from trytond.cache import Cache
from trytond.model import ModelSingleton, ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.res.user import DeleteError
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import (
    Transaction, inactive_records, without_check_access)

from . import EXTRAS, factories, lists
from .rights import (
    CREATE, DELETE, OTHER, OWN, OWN_WIZARDS, PUBLIC, SHARED, UNCHECKED,
    WRITE)


@contextmanager
def transaction():
    "A transaction that leaves nothing behind"
    with Transaction().start(DB_NAME, 1) as transaction_:
        try:
            yield
        finally:
            transaction_.rollback()
            Cache.drop(DB_NAME)


def stored():
    for name, Model in Pool().iterobject():
        if issubclass(Model, ModelSQL):
            yield name, Model


def everything(Model):
    "Return the ids of all records, the inactive too"
    if issubclass(Model, ModelSingleton):
        return {1}
    cursor = Transaction().connection.cursor()
    with inactive_records():
        # Tryton's browse compares each id with all the others
        cursor.execute(*Model.search([], order=[], query=True))
    return {id_ for id_, in cursor}


def two_members(company):
    "Return a member and a stranger, each with a row of all they may have"
    pool = Pool()
    Account = pool.get('bank.account')
    Identifier = pool.get('party.identifier')
    for make in dict.fromkeys(lists.LISTS.values()):
        make(2)
    members = lists.members(2)
    Account.create([{
                'owners': [('add', [member.party.id])],
                'numbers': [('create', [{'type': 'other', 'number': number}])]}
            for member, number in zip(members, ['1', '2'])])
    Identifier.create([
            {'party': member.party.id, 'code': str(member.id)}
            for member in members])
    return members


# They draw how the models are made, of no record
UNCHECKED_REPORTS = {'ir.model.graph', 'ir.model.workflow_graph'}
# Those of himself: test_member_letters.py asks for them as a stranger
OWN_REPORTS = {'coop.member.certificate', 'coop.member.statement'}
# Values without which a model makes records of another one first
VALUES = {'account.move.line': {'move': -1}}


def relations(Model):
    "Yield (field, target) of the relations by which the user may search"
    pool = Pool()
    ModelAccess = pool.get('ir.model.access')
    FieldAccess = pool.get('ir.model.field.access')
    for name, field in Model._fields.items():
        if (not hasattr(field, 'get_target')
                or not field.searchable(Model)):
            continue
        Target = field.get_target()
        if (ModelAccess.check(Target.__name__, 'read', False)
                and FieldAccess.check(Model.__name__, [name], 'read', False)):
            yield name, Target


def reached(records, name):
    "Return the ids of the records that a relation of some leads to"
    result = set()
    for record in records:
        value = getattr(record, name)
        if value is not None:
            result |= set(map(int, (
                        value if isinstance(value, (list, tuple))
                        else [value])))
    return result


class AccessTestCase(RouteTestCase):
    "Test who reaches what"
    module = 'coop_member'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        factories.commit(cls.setup_two)

    @classmethod
    def setup_two(cls):
        "Two cooperatives with a member and a stranger, and their users"
        for name in ["Coop", "Other"]:
            company = factories.cooperative(name, years=(2021, 2021))
            with set_company(company):
                two_members(company)

    def setUp(self):
        super().setUp()
        self.enterContext(transaction())
        pool = Pool()
        Company = pool.get('company.company')
        Member = pool.get('coop.member')
        self.company, self.other = Company.search([], order=[('id', 'ASC')])
        self.member, self.stranger = Member.search(
            [('company', '=', self.company.id)], order=[('id', 'ASC')])
        self.enterContext(set_company(self.company))

    def user(self, *groups, member=None):
        return factories.user(
            f'user {groups}', *groups, member=member, company=self.company)

    def test_member_reads(self):
        "A member reads what is shared and his own, in all models"
        member, stranger = self.member, self.stranger
        user = self.user('member', member=member)
        factories.user('stranger', 'member', member=stranger)
        all_ = {name: everything(Model) for name, Model in stored()}
        with factories.as_user(user):
            for name, Model in stored():
                with self.subTest(model=name):
                    if name in SHARED | OTHER | OWN.keys():
                        found = set(map(int, Model.search([])))
                    else:
                        with self.assertRaises(AccessError):
                            Model.search([])
                        found = set()
                    for id_ in sorted(all_[name] - found)[:2]:
                        with self.assertRaises(AccessError):
                            Model.read([id_], ['id'])
                        with self.assertRaises(AccessError):
                            Model.read([id_], ['rec_name'])
                    if name in OWN:
                        self.check_own(
                            name, Model.browse(found), all_[name],
                            member.party)

    def check_own(self, name, records, all_, party):
        "The records are those of the party, and there are others"
        self.assertTrue(records)
        self.assertGreater(len(all_), len(records))
        with without_check_access():
            for record in records:
                self.assertIn(party, OWN[name](record))

    def test_member_searches_own_only(self):
        """Nobody's values are found out by searching through a relation

        The rules of the records that a domain goes through are not applied:
        each must be a record that the member may read.
        """
        user = self.user('member', member=self.member)
        factories.user('stranger', 'member', member=self.stranger)
        followed = 0
        with factories.as_user(user):
            for name in SHARED | OTHER | OWN.keys():
                Model = Pool().get(name)
                records = Model.search([])
                for field, Target in relations(Model):
                    if (name, field) in PUBLIC:
                        continue
                    with self.subTest(model=name, field=field):
                        with without_check_access():
                            ids = reached(Model.browse(records), field)
                        seen = set(map(int, Target.search(
                                    [('id', 'in', list(ids))])))
                        self.assertEqual(ids - seen, set())
                        followed += len(seen)
        self.assertTrue(followed)

    def test_member_writes(self):
        "A member writes nothing but what is named here, in all models"
        member, stranger = self.member, self.stranger
        user = self.user('member', member=member)
        factories.user('stranger', 'member', member=stranger)
        all_ = {name: everything(Model) for name, Model in stored()}
        with factories.as_user(user):
            for name, Model in stored():
                with self.subTest(model=name):
                    self.check_refused(
                        Model, all_[name], name in CREATE, name in WRITE,
                        name in DELETE)

    def check_refused(self, Model, ids, create, write, delete):
        table_query = callable(getattr(Model, 'table_query', None))
        refused = AccessError
        if table_query:
            refused = (AccessError, NotImplementedError)
        elif Model.__name__ == 'res.user':
            refused = (AccessError, DeleteError)
        records = Model.browse(sorted(ids)[:1])
        if issubclass(Model, ModelSingleton):
            # It locks before it checks
            Access = Pool().get('ir.model.access')
            for mode in ['create', 'write', 'delete']:
                with self.assertRaises(AccessError):
                    Access.check(Model.__name__, mode)
            return
        if not create:
            with self.assertRaises(refused):
                Model.create([VALUES.get(Model.__name__, {})])
        if not write:
            with self.assertRaises(refused):
                Model.write(records, {'id': 1})
        if not delete:
            with self.assertRaises(refused):
                Model.delete(records)

    def test_member_writes_own_only(self):
        "A member changes his own address and e-mail, no one else's"
        pool = Pool()
        Address = pool.get('party.address')
        Mechanism = pool.get('party.contact_mechanism')
        member, stranger = self.member, self.stranger
        user = self.user('member', member=member)
        other, = Address.search(
            [('party', '=', stranger.party.id)], limit=1)
        with factories.as_user(user):
            address, = Address.create([{'city': "Lyon"}])
            self.assertEqual(address.party, member.party)
            Address.write([address], {'city': "Paris"})
            Mechanism.create([{'type': 'email', 'value': 'new@example.com'}])
            for act in [
                    lambda: Address.write([other], {'city': "Paris"}),
                    lambda: Address.write(
                        [address], {'party': stranger.party.id}),
                    lambda: Mechanism.create([{
                                'party': stranger.party.id, 'type': 'email',
                                'value': 'new@example.com'}]),
                    lambda: member.party.__class__.write(
                        [member.party], {'name': "Other"}),
                    ]:
                with self.assertRaises(AccessError):
                    act()

    def test_member_actions(self):
        "A member runs no wizard and no report of the office"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        member = self.member
        user = self.user('member', member=member)
        reports = ActionReport.search([])
        with factories.as_user(user):
            for name, Wizard in pool.iterobject(type='wizard'):
                if name in OWN_WIZARDS:
                    continue
                with self.subTest(wizard=name):
                    with self.assertRaises(AccessError):
                        Wizard.create()
                    with self.assertRaises(AccessError), \
                            Transaction().set_context(
                                active_model='coop.member',
                                active_id=member.id, active_ids=[member.id],
                                action_id=1):
                        Wizard.create()
            for action in reports:
                if action.report_name in UNCHECKED_REPORTS | OWN_REPORTS:
                    continue
                Report = pool.get(action.report_name, type='report')
                with self.subTest(report=action.report_name), \
                        self.assertRaises(AccessError):
                    Report.execute([1], {'action_id': action.id})

    def test_stranger_buttons(self):
        "No button of the cooperative works on the record of another member"
        stranger = self.stranger
        user = self.user('member', member=self.member)
        clicked = 0
        for name, Model in stored():
            if not name.startswith('coop.') or not issubclass(
                    Model, ModelView):
                continue
            records = [
                r for r in Model.search([])
                if name not in OWN or stranger.party in OWN[name](r)]
            for button in Model._buttons:
                with self.subTest(model=name, button=button):
                    self.assertTrue(records)
                    for record in records:
                        with factories.as_user(user), self.assertRaises(
                                (AccessError, AccessButtonError)):
                            getattr(Model, button)([Model(record.id)])
                        clicked += 1
        self.assertTrue(clicked)

    def test_unchecked_methods(self):
        "No method is called without check of access but those known here"
        found = {
            (name, method)
            for type_ in ['model', 'wizard', 'report']
            for name, Model in Pool().iterobject(type=type_)
            for method, rpc in getattr(Model, '__rpc__', {}).items()
            if type_ == 'model' and not rpc.check_access}
        self.assertLessEqual(found, UNCHECKED)

    def test_member_mails_nobody(self):
        "The office's addresses and its post are not those of a member"
        pool = Pool()
        Email = pool.get('ir.email')
        member = self.member
        user = self.user('member', member=member)
        clerk = self.user('administration')
        clerk.email = 'clerk@example.com'
        clerk.save()
        with factories.as_user(clerk):
            self.assertTrue(Email.complete('clerk', 10))
        with factories.as_user(user):
            self.assertEqual(Email.complete('clerk', 10), [])
            with self.assertRaises(AccessError):
                Email.send(
                    to='a@example.com', subject="Hello",
                    record=('coop.member', member.id))

    def test_preferences(self):
        "A member sets his language, not his groups, companies or menu"
        pool = Pool()
        Lang = pool.get('ir.lang')
        User = pool.get('res.user')
        # Only a language that is loaded may be chosen
        Lang.write(
            Lang.search([('code', '=', 'fr')]), {'translatable': True})
        user = self.user('member', member=self.member)
        menu, groups = user.menu, user.groups
        with factories.as_user(user), without_check_access():
            User.set_preferences({
                    'language': 'fr', 'email': 'other@example.com',
                    'groups': [('add', [factories.group('board')])],
                    'menu': None, 'actions': [('add', [1])]})
        user = User(user.id)
        self.assertEqual(user.language.code, 'fr')
        self.assertEqual(user.menu, menu)
        self.assertEqual(user.groups, groups)
        self.assertEqual(user.actions, ())
        self.assertIsNone(user.email)

    def test_companies(self):
        "The staff of a cooperative sees nothing of another one"
        user = self.user('administration', 'accountant', 'board')
        seen = 0
        for name, Model in stored():
            field = Model._fields.get('company')
            if not name.startswith('coop.') or not field:
                continue
            with self.subTest(model=name), factories.as_user(user):
                try:
                    records = Model.search([])
                except AccessError:
                    continue
                with without_check_access():
                    self.assertLessEqual(
                        {r.company for r in records}, {self.company})
                seen += len(records)
        self.assertGreater(seen, 20)

    def test_auditor(self):
        "An auditor reads all, and writes nothing"
        user = self.user('auditor')
        user.companies = [self.company, self.other]
        user.company_filter = 'all'
        user.save()
        all_ = {name: everything(Model) for name, Model in stored()}
        with factories.as_user(user), inactive_records():
            for name, Model in stored():
                if name.startswith(('ir.', 'res.')):
                    continue
                with self.subTest(model=name):
                    if not issubclass(Model, ModelSingleton):
                        # a singleton is found by an id of its own
                        self.assertEqual(
                            set(map(int, Model.search([]))), all_[name])
                    names = [
                        n for n, f in Model._fields.items()
                        if f._type != 'binary']
                    if name.startswith('coop.'):
                        Model.read(sorted(all_[name])[:2], names)
                    self.check_refused(
                        Model, all_[name], False, False, False)

    def test_menu_of_books(self):
        "An auditor finds the books, a member does not"
        pool = Pool()
        Menu = pool.get('ir.ui.menu')
        menu = pool.get('ir.model.data').get_id('account', 'menu_account')
        for group, found in [('auditor', True), ('member', False)]:
            with factories.as_user(self.user(group)):
                self.assertEqual(
                    bool(Menu.search([('id', '=', menu)])), found)

    def test_auditor_and_member(self):
        "An auditor who is a member with the same login reads his own only"
        Mechanism = Pool().get('party.contact_mechanism')
        user = self.user('auditor', 'member', member=self.member)
        with factories.as_user(user):
            self.assertEqual(
                {m.party for m in Mechanism.search([])},
                {self.member.party})

    def test_no_other_records(self):
        "Neither preferences nor exports write anything else"
        pool = Pool()
        Action = pool.get('ir.action')
        Export = pool.get('ir.export')
        Group = pool.get('res.group')
        User = pool.get('res.user')
        groups = Group.search([], count=True)
        action, = Action.search([], limit=1)
        nested = [['write', [action.id], {
                    'groups': [['create', [{'name': "Own"}]]]}]]
        with factories.as_user(self.user('administration')):
            with without_check_access():
                User.set_preferences({'actions': nested})
            for values in [
                    {'groups': [{'name': "Own"}]},
                    {'id': 1},
                    {'export_fields': [{'name': 'code', 'export': 1}]}]:
                with self.assertRaises(AccessError):
                    Export.set({
                            'name': "Export", 'resource': 'party.party',
                            **values})
            self.assertTrue(Export.set({
                        'name': "Export", 'resource': 'party.party',
                        'export_fields': [{'name': 'code'}]}))
        self.assertEqual(Group.search([], count=True), groups)

    def test_wizard_of_another_company(self):
        "What is filled in a wizard is of one's own companies"
        Verify = Pool().get('coop.share.verify', type='wizard')
        session, _, _ = Verify.create()
        wizard = Verify(session)
        with factories.as_user(self.user('accountant')):
            wizard.start.company = self.company
            self.assertEqual(wizard.transition_verify(), 'result')
            wizard.start.company = self.other
            with self.assertRaises(AccessError):
                wizard.transition_verify()

    def test_staff_and_member(self):
        "Who is of the staff and a member keeps the rights of the staff"
        Party = Pool().get('party.party')
        member, stranger = self.member, self.stranger
        user = self.user('member', 'administration', member=member)
        with factories.as_user(user):
            self.assertEqual(
                len(member.__class__.search([])), 2)
            Party.write([stranger.party], {'name': "Renamed"})
            self.assertEqual(stranger.party.name, "Renamed")

    def test_staff_without_group(self):
        "Who has no right on parties or banks renames none and reads no IBAN"
        pool = Pool()
        Party = pool.get('party.party')
        Number = pool.get('bank.account.number')
        member = self.member
        user = self.user('board')
        number, = Number.search([], limit=1)
        with factories.as_user(user):
            Party.read([member.party.id], ['name'])
            for act in [
                    lambda: Party.write([member.party], {'name': "Other"}),
                    lambda: Number.read([number.id], ['number']),
                    lambda: Number.search([])]:
                with self.assertRaises(AccessError):
                    act()
