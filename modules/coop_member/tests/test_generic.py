# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from unittest import TestCase
from unittest.mock import patch

import polib

from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from .. import decision
from . import EXTRAS
from .generic import CoopTestMixin, translation_problems

FRENCH = '''
msgctxt "field:coop.member,name:"
msgid "Name"
msgstr "Nom"

msgctxt "field:coop.member,number:"
msgid "Number"
msgstr ""

#, fuzzy
msgctxt "field:coop.member,state:"
msgid "State"
msgstr "Etat"

#~ msgctxt "field:coop.member,old:"
#~ msgid "Old"
#~ msgstr ""
'''


class GenericTestCase(RouteTestCase):
    "Test that each generic test refuses what it is made for"
    module = 'coop_member'
    extras = EXTRAS

    class Checked(CoopTestMixin, TestCase):
        "The generic tests, run inside the transaction of another"
        module = 'coop_member'

    def check(self, name):
        getattr(self.Checked, name).__wrapped__(self.Checked(name))

    def refuses(self, name, reason):
        with self.assertRaisesRegex(AssertionError, reason):
            self.check(name)

    @with_transaction(user=0)
    def test_no_access(self):
        "A model without access record"
        Access = Pool().get('ir.model.access')
        Access.delete(Access.search([
                    ('model', '=', 'coop.decision'), ('group', '=', None)]))
        self.refuses('test_access_records', "no access without group")

    @with_transaction(user=0)
    def test_open_access(self):
        "A model that whoever logs in may read"
        Access = Pool().get('ir.model.access')
        Access.write(Access.search([
                    ('model', '=', 'coop.decision'), ('group', '=', None)]),
            {'perm_read': True})
        self.refuses('test_access_records', "open to all by default")

    def rule(self):
        rule, = Pool().get('ir.rule').search([
                ('rule_group.model', '=', 'coop.decision'),
                ('rule_group.global_p', '=', True)])
        return rule

    @with_transaction(user=0)
    def test_no_company_rule(self):
        "A model with a company and no company rule"
        rule = self.rule()
        rule.__class__.delete([rule])
        self.refuses('test_company_rules', "not found in")

    @with_transaction(user=0)
    def test_company_rule_of_writing(self):
        "A company rule that does not hold for reading"
        group = self.rule().rule_group
        group.__class__.write([group], {'perm_read': False})
        self.refuses('test_company_rules', "is not true")

    @with_transaction(user=0)
    def test_company_rule_with_another(self):
        "A company rule beside which another rule lets in"
        rule = self.rule()
        rule.__class__.copy([rule], {'domain': '[]'})
        self.refuses('test_company_rules', "2 != 1")

    def plant_button(self, model, **definition):
        "Add a button without group, until the test ends"
        Button = Pool().get('ir.model.button')
        buttons = Pool().get(model)._buttons
        self.addCleanup(buttons.pop, 'planted')
        buttons['planted'] = definition
        Button.create([{
                    'model': model, 'name': 'planted', 'string': "Planted"}])

    @with_transaction(user=0)
    def test_button(self):
        "A button with neither group nor state, with a state, without record"
        Button = Pool().get('ir.model.button')
        self.plant_button('coop.decision', icon='tryton-ok')
        self.refuses('test_buttons_guarded', "neither group nor state")
        Pool().get('coop.decision')._buttons['planted']['invisible'] = Bool(
            Eval('number'))
        self.check('test_buttons_guarded')
        Button.delete(Button.search([('name', '=', 'planted')]))
        self.refuses('test_buttons_guarded', "no record")

    @with_transaction(user=0)
    def test_button_of_other_module(self):
        "A button that the module adds to a model it extends"
        self.plant_button('account.payment')
        self.refuses('test_buttons_guarded', "neither group nor state")

    @with_transaction(user=0)
    def test_button_extended(self):
        "A method that extends a button and is none"
        extends = patch.object(
            decision.Decision, 'planted', classmethod(lambda cls, _: None),
            create=True)
        self.plant_button('coop.decision', icon='tryton-ok')
        self.check('test_buttons_extended')
        with extends:
            self.refuses('test_buttons_extended', "False is not true")

    @with_transaction(user=0)
    def test_time(self):
        "A time without widget, which the web client shows as a date"
        pool = Pool()
        View = pool.get('ir.ui.view')
        view, = View.create([{
                    'model': 'coop.share.movement', 'type': 'form',
                    'module': 'coop_member',
                    'data': '<form><field name="recorded_at"/></form>'}])
        self.refuses('test_times_shown', "None not found in")

    @with_transaction(user=0)
    def test_action(self):
        "A wizard that anybody may run, a report that has no action"
        pool = Pool()
        Wizard = pool.get('ir.action.wizard')
        wizards = Wizard.search([('wiz_name', '=', 'coop.share.verify')])
        groups = wizards[0].groups
        self.check('test_actions_guarded')
        Wizard.write(wizards, {'groups': [
                    ('remove', [g.id for g in groups])]})
        self.refuses('test_actions_guarded', "no group")
        Wizard.delete(wizards)
        self.refuses('test_actions_guarded', "no action")

    @with_transaction(user=0)
    def test_untranslated(self):
        "A string of the module that the French file does not have"
        Pool().get('ir.translation').create([{
                    'type': 'field', 'name': 'coop.member,planted',
                    'lang': 'en', 'src': "Planted",
                    'module': 'coop_member'}])
        self.refuses('test_french', "field:coop.member,planted:")

    def test_french_file(self):
        "A French file that lacks, keeps, guesses or leaves open a string"
        name, number, state = [
            (f'field:coop.member,{n.lower()}:', n)
            for n in ["Name", "Number", "State"]]
        new = 'field:coop.member,email:', "E-Mail"
        self.assertEqual(
            dict(translation_problems(
                    polib.pofile(FRENCH), {new, number, state})), {
                "not in the French file": {new},
                "no longer in the module": {name},
                "fuzzy": {state},
                "not translated": {number},
                })

    @with_transaction(user=0)
    def test_lists(self):
        "Lists that the module brings and those to which it adds a column"
        pool = Pool()
        get_id = pool.get('ir.model.data').get_id
        lists = self.Checked._lists.__wrapped__(self.Checked())
        self.assertIn(
            get_id('coop_member', 'decision_view_list'),
            lists['coop.decision'])
        self.assertEqual(
            lists['account.payment'],
            {get_id('account_payment', 'payment_view_list')})

    def test_list_without_factory(self):
        "A list of which nobody said how its rows are made"
        with self.assertRaisesRegex(AssertionError, "without factory"):
            self.Checked().test_queries()


del RouteTestCase
