# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What staff see: menus, lists and what they may open from them"
from collections import Counter

from lxml import etree

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import EXTRAS, factories

# Of a list on a screen of 1280 with the menu folded, without its check box
WIDTH = 1220
# What the web client gives a column without width, and one that expands
COLUMN, EXPANDED = 140, 280
# Nobody finds an entry among more
ENTRIES = 12


def width(tree):
    "Return the pixels that the columns shown by default take"
    result = 0
    for element in tree:
        if (element.get('optional') == '1' or element.get('tree_invisible')
                or element.get('multiple')):  # a button below the list
            continue
        if 'width' in element.attrib:
            result += int(element.get('width'))
        elif int(element.get('expand', 0)):
            result += EXPANDED
        else:
            result += COLUMN
    return result


class ScreensTestCase(factories.CoopTestCase):
    "Test the screens"
    extras = EXTRAS

    @with_transaction()
    def test_lists_fit(self):
        "A list shows its last column on a small screen"
        View = Pool().get('ir.ui.view')
        views = View.search([
                ('module', '=', 'coop_member'), ('type', '=', 'tree'),
                ('inherit', '=', None)])
        self.assertGreater(len(views), 40)
        for view in views:
            with self.subTest(view=view.name):
                self.assertLessEqual(
                    width(etree.fromstring(view.arch.encode())), WIDTH)

    @with_transaction()
    def test_menus_are_short(self):
        "No menu of the cooperative has more entries than one reads"
        pool = Pool()
        Menu = pool.get('ir.ui.menu')
        ModelData = pool.get('ir.model.data')
        below = Menu.search([('parent', 'child_of', [
                        ModelData.get_id('coop_member', name)
                        for name in ['menu_coop', 'menu_home']])])
        entries = Counter(menu.parent for menu in below)
        self.assertGreater(len(entries), 6)
        for menu, count in entries.items():
            with self.subTest(menu=menu and menu.complete_name):
                self.assertLessEqual(count, ENTRIES)
                places = [m.sequence for m in below if m.parent == menu]
                self.assertEqual(len(set(places)), len(places))

    @with_transaction()
    def test_payments(self):
        "Who debits, keeps the books or audits reads the payments"
        Payment = Pool().get('account.payment')
        company = factories.cooperative()
        with set_company(company):
            mandate = factories.mandate(factories.person("Ann"))
            payment, = factories.direct_debits(
                factories.sepa_journal(company), [mandate])
        for group in ['administration', 'accountant', 'auditor']:
            user = factories.user(group, group, company=company)
            with self.subTest(group=group), factories.as_user(user):
                found, = Payment.search([])
                self.assertEqual(found, payment)
                Payment.read([found.id], [
                        'rec_name', 'amount', 'party.rec_name',
                        'journal.rec_name', 'sepa_mandate.rec_name'])
                with self.assertRaises(AccessError):
                    Payment.write([found], {'amount': 1})
                with self.assertRaises((AccessButtonError, AccessError)):
                    Payment.submit([found])
        user = factories.user('board', 'board', company=company)
        with factories.as_user(user), self.assertRaises(AccessError):
            Payment.search([])

    @with_transaction()
    def test_forms_of_wizards(self):
        "A member and an auditor fill the forms of the wizards they start"
        Access = Pool().get('ir.model.access')
        company = factories.cooperative()
        with set_company(company):
            member = factories.applicant(
                factories.person("Ann"), factories.category(company))
        for user, name in [
                (factories.user('member', 'member', member=member),
                    'coop.member.simulate.start'),
                (factories.user('auditor', 'auditor', company=company),
                    'coop.share.verify.start')]:
            with self.subTest(user=user.login), factories.as_user(user):
                access = Access.get_access([name, 'coop.member'])
                self.assertTrue(access[name]['write'])
                self.assertFalse(access['coop.member']['write'])
