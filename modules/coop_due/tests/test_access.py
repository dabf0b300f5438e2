# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model import ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import lists as coop_lists
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, lists

OPEN = {'coop.due'}


class AccessTestCase(factories.DueTestCase):
    "Test who reaches the dues"

    def models(self):
        for name, Model in Pool().iterobject():
            if (issubclass(Model, ModelSQL)
                    and (name.startswith('coop.due')
                        or name.startswith('sale.')
                        or name in {'account.invoice',
                            'account.invoice.line',
                            'coop.configuration.due'})):
                yield name, Model

    @with_transaction()
    def test_member(self):
        "A member reads what was called of him, and nothing else of dues"
        Due = Pool().get('coop.due')
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            member, other = coop_lists.members(2)
            user = coop.user('member', 'member', member=member)
            ids = {
                m: [d.id for d in Due.search([('member', '=', m.id)])]
                for m in [member, other]}
            with coop.as_user(user):
                found = Due.search([])
                self.assertEqual(sorted(map(int, found)), sorted(ids[member]))
                view = Due.fields_view_get(view_type='tree')
                rows = Due.read(ids[member], [
                        *view['fields'], 'rec_name', 'member.rec_name'])
                self.assertTrue(all(r['amount'] for r in rows))
                with self.assertRaises(AccessError):
                    Due.read(ids[other], ['amount'])
                self.assertEqual(
                    member.__class__(member.id).dues_unpaid,
                    self.unpaid(member))
                for name, Model in self.models():
                    if name in OPEN:
                        continue
                    with self.subTest(name), self.assertRaises(AccessError):
                        Model.search([])

    def unpaid(self, member):
        from trytond.transaction import without_check_access
        with without_check_access():
            return member.__class__(member.id).dues_unpaid

    @with_transaction()
    def test_member_acts(self):
        "A member writes nothing and presses no button"
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            member, _ = coop_lists.members(2)
            user = coop.user('member', 'member', member=member)
            for name, Model in self.models():
                if not (name.startswith('coop.due')
                        and issubclass(Model, ModelView)):
                    continue
                record, = Model.search([], limit=1)
                with self.subTest(name), coop.as_user(user):
                    for button in Model._buttons:
                        with self.assertRaises(
                                (AccessError, AccessButtonError)):
                            getattr(Model, button)([Model(record.id)])
                    if callable(getattr(Model, 'table_query', None)):
                        continue
                    with self.assertRaises(AccessError):
                        Model.delete([Model(record.id)])

    @with_transaction()
    def test_wizards(self):
        "Wizards of dues are for the office"
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            member, = factories.members(company, 1, category)
            member_user = coop.user('member', 'member', member=member)
            clerk = coop.user('clerk', 'administration', company=company)
            for name in [
                    'coop.due.call', 'coop.due.defer',
                    'coop.due.direct_debit']:
                Wizard = Pool().get(name, type='wizard')
                with self.subTest(name), coop.as_user(member_user), \
                        self.assertRaises(AccessError):
                    Wizard.create()
            with coop.as_user(clerk):
                Pool().get('coop.due.call', type='wizard').create()

    @with_transaction()
    def test_staff(self):
        "The board reads, the auditor too, and neither changes a plan"
        Plan = Pool().get('coop.due.plan')
        company = factories.cooperative()
        with set_company(company):
            plan = factories.plan(coop.category(company))
            for group in ['board', 'auditor']:
                user = coop.user(group, group, company=company)
                with self.subTest(group), coop.as_user(user):
                    self.assertEqual(Plan.search([]), [plan])
                    with self.assertRaises(AccessError):
                        Plan.write([plan], {'name': "Other"})
                    with self.assertRaises(
                            (AccessError, AccessButtonError)):
                        Plan.begin([plan])
            for group in ['administration', 'accountant']:
                user = coop.user(group, group, company=company)
                with self.subTest(group), coop.as_user(user):
                    Plan.write([plan], {'name': group})
                    Plan.begin([plan])

    @with_transaction()
    def test_office(self):
        "The office admits a member, calls, waives, without other groups"
        pool = Pool()
        Subscription = pool.get('sale.subscription')
        Waiver = pool.get('coop.due.waiver')
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company)
            factories.plan(category)
            clerk = coop.user('clerk', 'administration', company=company)
            member, = factories.members(company, 1, category)
            with coop.as_user(clerk):
                factories.event(
                    member, 'departure', dt.date(2021, 1, 31))
                subscription, = Subscription.search([])
                self.assertEqual(subscription.state, 'running')
                invoice, = factories.call(company, dt.date(2021, 1, 1))
                waiver, = Waiver.create([{
                            'company': company.id,
                            'member': invoice.due_member.id,
                            'invoice': invoice.id, 'amount': Decimal(1),
                            'date': dt.date(2021, 1, 1),
                            'reason': "Illness"}])
                Waiver.grant([waiver])
