# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What every module of the suite is held to, beside Tryton's own tests.

tests/test_suite.py refuses a module without it, test_generic.py shows each
test refusing what it is made for.

The test of a module inherits CoopTestMixin before ModuleTestCase and declares
its ``factories``: the name of each model that has a list, also a list of
another module to which it adds a column, and a function that makes a number
of rows of it inside the company of the context. Tests that only need a
database inherit the RouteTestCase of trytond, as ModuleTestCase would run all
of Tryton's own tests again.
"""
from collections import defaultdict

import polib
from lxml import etree

from trytond import backend
from trytond.model import ModelSQL, ModelView, modelview
from trytond.modules.company.tests import set_company
from trytond.pool import Pool, isregisteredby
from trytond.pyson import Eval, PYSONEncoder
from trytond.tests.test_tryton import with_transaction
from trytond.tools import file_open
from trytond.transaction import check_access

from . import factories as coop
from . import queries

FEW, MANY = 3, 30


def translation_problems(po, exported):
    """Yield (problem, its entries) of a French file

    :param exported: {(context, msgid)} of what the module says
    """
    entries = {(e.msgctxt, e.msgid): e for e in po if not e.obsolete}
    yield "not in the French file", exported - entries.keys()
    yield "no longer in the module", entries.keys() - exported
    yield "fuzzy", {
        k for k, e in entries.items() if 'fuzzy' in e.flags}
    yield "not translated", {
        k for k, e in entries.items()
        if not (all(e.msgstr_plural.values())
            if e.msgid_plural else e.msgstr)}


def _is_button(function):
    "Whether ModelView.button, or what makes one of it, wraps a method"
    # That of a class, or a dualmethod
    function = getattr(function, '__func__', None) or function.func
    while wrapped := getattr(function, '__wrapped__', None):
        if function.__code__.co_filename == modelview.__file__:
            return True
        function = wrapped
    return False


class CoopTestMixin:
    module = None
    # model name: function(count) that makes rows
    factories = {}
    # model name: why its lists are not counted
    lists_not_counted = {}
    # Rows of each model, where those of a few are not enough
    many = MANY
    # wizards and reports of which nobody opens the action
    actions_without_groups = ()

    def _registered(self, type_='model'):
        "Yield the classes that the module defines, not those it extends"
        for name, klass in Pool().iterobject(type=type_):
            first = [
                k for k in klass.__mro__
                if k.__dict__.get('__name__') == name][-1]
            if first.__module__.startswith(f'trytond.modules.{self.module}.'):
                yield name, klass

    def _stored(self):
        for name, Model in self._registered():
            if issubclass(Model, ModelSQL):
                yield name, Model

    @with_transaction()
    def test_access_records(self):
        "Every model says who reaches it, and nobody does by default"
        Access = Pool().get('ir.model.access')
        for name, Model in self._stored():
            if Model.__access__:
                continue
            with self.subTest(model=name):
                default = Access.search([
                        ('model', '=', name), ('group', '=', None)])
                self.assertTrue(default, msg="no access without group")
                self.assertFalse(
                    any(a.perm_read or a.perm_write or a.perm_create
                        or a.perm_delete for a in default),
                    msg="open to all by default")

    @with_transaction()
    def test_company_rules(self):
        "Every model with a company has the company rule, reports too"
        Rule = Pool().get('ir.rule')
        expected = PYSONEncoder(sort_keys=True).encode(
            [('company', 'in', Eval('companies', []))])
        for name, Model in self._stored():
            field = Model._fields.get('company')
            if (Model.__access__ or not field or field._type != 'many2one'
                    or field.model_name != 'company.company'):
                continue
            with self.subTest(model=name):
                rules = Rule.search([
                        ('rule_group.model', '=', name),
                        ('rule_group.global_p', '=', True),
                        ])
                self.assertIn(expected, [r.domain for r in rules])
                for rule in rules:
                    if rule.domain == expected:
                        self.assertEqual(len(rule.rule_group.rules), 1)
                        for mode in ['read', 'write', 'create', 'delete']:
                            self.assertTrue(
                                getattr(rule.rule_group, f'perm_{mode}'))

    @with_transaction()
    def test_buttons_guarded(self):
        "Every button has its record, and groups or a state that closes it"
        pool = Pool()
        Button = pool.get('ir.model.button')
        # Those of models that it extends too
        for name, Model in pool.iterobject():
            if not (issubclass(Model, ModelView)
                    and isregisteredby(Model, self.module)):
                continue
            for button, definition in Model._buttons.items():
                with self.subTest(model=name, button=button):
                    records = Button.search([
                            ('model', '=', name), ('name', '=', button)])
                    self.assertEqual(len(records), 1, msg="no record")
                    self.assertTrue(
                        records[0].groups
                        or definition.keys() & {'invisible', 'readonly'},
                        msg="neither group nor state")

    @with_transaction()
    def test_buttons_extended(self):
        "What extends a button is one: it runs without checks of access"
        for name, Model in Pool().iterobject():
            if not (issubclass(Model, ModelView)
                    and isregisteredby(Model, self.module)):
                continue
            for button in Model._buttons:
                for klass in Model.__mro__:
                    function = klass.__dict__.get(button)
                    if function and klass.__module__.startswith(
                            f'trytond.modules.{self.module}.'):
                        with self.subTest(model=name, button=button):
                            self.assertTrue(
                                _is_button(function), klass)

    @with_transaction()
    def test_times_shown(self):
        "The web client shows a time only by the widgets date and time"
        View = Pool().get('ir.ui.view')
        for view in View.search([('module', '=', self.module)]):
            if not view.model:
                continue
            fields = Pool().get(view.model)._fields
            for node in etree.fromstring(view.arch.encode()).iter('field'):
                field = fields.get(node.get('name'))
                if field and field._type in {'timestamp', 'datetime'}:
                    with self.subTest(view=view.name, field=field.name):
                        self.assertIn(node.get('widget'), {'date', 'time'})

    @with_transaction()
    def test_actions_guarded(self):
        "Every wizard and report names the groups that may run it"
        pool = Pool()
        for type_, model, field in [
                ('wizard', 'ir.action.wizard', 'wiz_name'),
                ('report', 'ir.action.report', 'report_name')]:
            Action = pool.get(model)
            for name, _ in self._registered(type_):
                if name in self.actions_without_groups:
                    continue
                with self.subTest(action=name):
                    actions = Action.search([(field, '=', name)])
                    self.assertTrue(actions, msg="no action")
                    for action in actions:
                        self.assertTrue(action.groups, msg="no group")

    def _exported(self):
        "Return {(context, msgid)} of what the module has to be translated"
        pool = Pool()
        Translation = pool.get('ir.translation')
        Set = pool.get('ir.translation.set', type='wizard')
        session, _, _ = Set.create()
        Set.execute(session, {}, 'set_')
        Set.delete(session)
        exported = Translation.translation_export('en', self.module)
        return {
            (e.msgctxt, e.msgid)
            for e in polib.pofile(exported.decode('utf-8')) if e.msgid}

    @with_transaction()
    def test_french(self):
        "The French translation is there, whole and of today"
        path = f'{self.module}/locale/fr.po'
        with file_open(path, mode='rb') as file:
            po = polib.pofile(file.read().decode('utf-8'))
        for problem, found in translation_problems(po, self._exported()):
            with self.subTest(problem=problem):
                self.assertFalse(found, msg=problem)

    @with_transaction()
    def _count(self, lists, count):
        """Return {(model, list or tab): Counter of its queries}

        :param lists: {model: ids of list views}
        :param count: number of rows made of each model
        """
        pool = Pool()
        result = {}
        with set_company(coop.cooperative(years=(2021, 2021))):
            for make in dict.fromkeys(self.factories.values()):
                make(count)
            for name, views in lists.items():
                Model = pool.get(name)
                with check_access():
                    for view in views:
                        with queries.counted() as counter:
                            rows = queries.show(Model, view)
                        self.assertGreaterEqual(len(rows), count, msg=name)
                        self.assertTrue(counter)
                        result[name, f'view {view}'] = counter
                    for action, tab, domain in queries.tabs(name):
                        with queries.counted() as counter:
                            Model.search_count(domain)
                        result[name, f'{action}: {tab}'] = counter
        return result

    @with_transaction()
    def _lists(self):
        "Return {model: ids of the lists that the module brings or extends}"
        View = Pool().get('ir.ui.view')
        result = defaultdict(set)
        for view in View.search([('module', '=', self.module)]):
            shown = view.inherit or view
            if (shown.type == 'tree'
                    and issubclass(Pool().get(shown.model), ModelSQL)):
                result[shown.model].add(shown.id)
        return result

    def test_queries(self):
        "The queries of lists and tab counts do not grow with the rows"
        lists = {
            name: views for name, views in self._lists().items()
            if name not in self.lists_not_counted}
        self.assertFalse(
            lists.keys() - self.factories.keys(), msg="without factory")
        few = self._count(lists, FEW)
        if backend.name == 'sqlite':
            # It reads the lists; how often, PostgreSQL tells for both
            return
        many = self._count(lists, self.many)
        for key, counter in many.items():
            with self.subTest(list=key):
                self.assertLessEqual(
                    counter.total(), few[key].total(),
                    msg=queries.growth(few[key], counter))
