# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.configuration import ACCOUNTS
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from ..configuration import TEMPLATES
from . import EXTRAS, factories

# code: type of the chart of account_fr alone
BEFORE = {
    '45625': 'capital_souscrit_appele',
    '4563': 'emprunts_dettes_financieres_diverses',
    '4567': 'emprunts_dettes_financieres_diverses',
    '457': 'dettes_fiscales_sociales',
    }


def type_(company, xml_id):
    pool = Pool()
    type_, = pool.get('account.account.type').search([
            ('company', '=', company.id),
            ('template', '=', pool.get('ir.model.data').get_id(xml_id)),
            ])
    return type_


def chart_from_before(company):
    """Bring the chart back to what account_fr alone makes of it.

    Return its root.
    """
    pool = Pool()
    Account = pool.get('account.account')
    Type = pool.get('account.account.type')
    Value = pool.get('coop.configuration.account')
    Value.delete(Value.search([]))
    Account.delete([
            factories.account(company, code) for code in ['4571', '4572']])
    for code, xml_id in BEFORE.items():
        Account.write([factories.account(company, code)], {
                'type': type_(company, f'account_fr.{xml_id}').id,
                'party_required': False,
                'reconcile': False,
                })
    Type.write([type_(company, 'account_fr.capital_souscrit_appele')], {
            'receivable': False})
    Type.delete([
            type_(company, f'coop_account_fr.{name}')
            for name in ['associes_capital', 'associes_repartition']])
    root, = Account.search([
            ('company', '=', company.id), ('parent', '=', None)])
    return root


def update(root):
    "Run the wizard; return the state it ends in and what it shows"
    UpdateChart = Pool().get('account.update_chart', type='wizard')
    session_id, _, _ = UpdateChart.create()
    wizard = UpdateChart(session_id)
    wizard.start.account = root
    state = wizard.transition_update()
    values = wizard.default_blocked([]) if state == 'blocked' else {}
    UpdateChart.delete(session_id)
    return state, values.get('obstacles', [])


class ChartTestCase(RouteTestCase):
    "Test the French chart of a cooperative"
    module = 'coop_account_fr'
    extras = EXTRAS

    def assertCooperativeChart(self, company):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        configuration = pool.get('coop.configuration')(1)
        for role, xml_id in TEMPLATES.items():
            with self.subTest(role=role):
                account = configuration.get_multivalue(
                    f'account_{role}', company=company.id)
                self.assertEqual(
                    account.template.id, ModelData.get_id(xml_id))
                self.assertEqual(account.company, company)
                self.assertEqual(account.party_required, ACCOUNTS[role][1])
        for code in ['45625', '4563', '4567', '457', '4571', '4572']:
            with self.subTest(code=code):
                account = factories.account(company, code)
                self.assertTrue(account.party_required)
                self.assertTrue(account.reconcile)
                self.assertFalse(account.closed)
                self.assertEqual(account.type.receivable, code == '45625')
                self.assertEqual(account.type.payable, code != '45625')

    @with_transaction()
    def test_create_and_update(self):
        """The chart suits the register at once, or once it is updated.

        Lines without party stop the update, whole, until they are set aside.
        """
        # The whole chart takes long: what needs it is tested on one
        company = factories.french_cooperative(
            years=(2021, 2021), whole=True)
        with set_company(company):
            self.assertEqual(set(TEMPLATES), set(ACCOUNTS))
            self.assertCooperativeChart(company)
            configuration = Pool().get('account.configuration')(1)
            self.assertEqual(
                configuration.default_account_receivable.code, '4111')
            self.assertEqual(
                configuration.default_account_payable.code, '4011')
            # The balance sheet shows these debts where it did before
            for code, xml_id in BEFORE.items():
                new = factories.account(company, code).type
                before = type_(company, f'account_fr.{xml_id}')
                self.assertIn(before, [new, new.parent])

            root = chart_from_before(company)
            self.assertBlocked(company, root)
            self.assertUpdated(company, root)

    def assertBlocked(self, company, root):
        pool = Pool()
        Account = pool.get('account.account')
        Configuration = pool.get('coop.configuration')
        moves = [
            factories.post(company, dt.date(2021, 1, day),
                ('45625', 100), ('1012', -100))
            for day in range(1, 8)]
        moves.append(factories.post(company, dt.date(2021, 2, 1),
                ('5121', 30), ('457', -30)))
        state, obstacles = update(root)
        self.assertEqual(state, 'blocked')
        blocked = {
            Account(o['account']).code:
            (o['reason'], o['lines'], o['balance'], o['examples'])
            for o in obstacles}
        self.assertEqual(blocked, {
                '45625': ('party', 7, Decimal(700),
                    ', '.join(m.rec_name for m in moves[:5])),
                '457': ('party', 1, Decimal(-30), moves[-1].rec_name),
                })
        for code in BEFORE:
            self.assertFalse(
                factories.account(company, code).party_required)
        self.assertFalse(Account.search([('code', '=', '4572')]))
        self.assertFalse(Configuration(1).get_multivalue(
                'account_receivable', company=company.id))

    def assertUpdated(self, company, root):
        "The way out that the screen tells, from assertBlocked"
        pool = Pool()
        Account = pool.get('account.account')
        for code in ['45625', '457']:
            Account.write([factories.account(company, code)], {
                    'template': None, 'code': f'{code}9'})
        self.assertEqual(update(root), ('succeed', []))
        self.assertCooperativeChart(company)
        # An account that the company chose stays chosen
        Configuration = pool.get('coop.configuration')
        paid_up = factories.account(company, '10131')
        other, = Account.create([{
                    'name': "Other", 'code': '101319', 'parent': paid_up.id,
                    'company': company.id, 'type': paid_up.type.id}])
        Configuration(1).set_multivalue(
            'account_paid_up', other, company=company.id)
        self.assertEqual(update(root), ('succeed', []))
        self.assertEqual(
            Configuration(1).get_multivalue(
                'account_paid_up', company=company.id), other)
        member, = pool.get('party.party').create([{'name': "Member"}])
        factories.post(company, dt.date(2021, 3, 1),
            ('45625', 700, member), ('456259', -700))
        self.assertEqual(factories.account(company, '456259').balance, 0)

    @with_transaction()
    def test_update_blocked_by_own_accounts(self):
        "An account of one's own that gets in the way is named, not a domain"
        pool = Pool()
        Account = pool.get('account.account')
        Configuration = pool.get('coop.configuration')
        company = factories.french_cooperative(years=(2021, 2021))
        with set_company(company):
            root = chart_from_before(company)

            def blocked():
                state, obstacles = update(root)
                self.assertEqual(state, 'blocked')
                return [
                    (Account(o['account']), o['reason'], o['examples'])
                    for o in obstacles]
            own, = Account.create([{
                        'name': "Ristournes", 'code': '4572',
                        'company': company.id,
                        'parent': factories.account(company, '457').id,
                        'type': type_(
                            company, 'account_fr.dettes_fiscales_sociales').id,
                        }])
            parent = factories.account(company, '457')
            template, = pool.get('account.account.template').search(
                [('code', '=', '4572')])
            self.assertEqual(blocked(), [
                    (own, 'type', parent.rec_name),
                    (own, 'code', template.rec_name)])
            Account.delete([own])

            # What overrides its template is left by the update as it is
            claim, paid_up, called = [
                factories.account(company, code)
                for code in ['4567', '10131', '45625']]
            Account.write([claim, paid_up], {'template_override': True})
            kept = called.type
            kept.template_override = True
            kept.save()
            self.assertEqual(blocked(), [
                    (called, 'override', kept.rec_name),
                    (claim, 'override', claim.rec_name)])
            # Either way out that the screen tells
            kept.template_override = False
            kept.save()
            other, = Account.copy([claim], default={
                    'code': '45679', 'party_required': True})
            Configuration(1).set_multivalue(
                'account_claim', other, company=company.id)
            Obstacle = pool.get('account.update_chart.obstacle')
            self.assertEqual(Obstacle.find(root), [])


del RouteTestCase
