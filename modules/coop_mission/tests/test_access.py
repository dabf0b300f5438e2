# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import lists as coop_lists
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, lists

# What a member reads: own, or of all
OPEN = {
    'coop.mission', 'coop.mission.equity', 'coop.mission.express',
    'coop.mission.express.cost', 'coop.mission.express.line',
    'coop.mission.handover',
    'coop.mission.member',
    'coop.mission.offer', 'coop.mission.report', 'coop.mission.report.check',
    'coop.mission.report.cost', 'coop.mission.report.file',
    'coop.mission.report.line', 'coop.mission.rule',
    'coop.mission.taken_back'}


class AccessTestCase(factories.MissionTestCase):
    "Test who reaches demands, offers and contracts"

    def models(self):
        for name, Model in Pool().iterobject():
            if (issubclass(Model, ModelSQL) and name != 'coop.member.document'
                    and name.startswith(('coop.mission', 'coop.demand'))):
                yield name, Model

    @with_transaction()
    def test_member(self):
        "A member reads own offers, the rules and the ledger, no more"
        pool = Pool()
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            member, other = coop_lists.members(2)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                for name, Model in self.models():
                    with self.subTest(name):
                        if name in OPEN:
                            self.assertTrue(Model.search([]))
                        else:
                            with self.assertRaises(AccessError):
                                Model.search([])
                self.assertEqual(
                    {o.member.id for o in Offer.search([])}, {member.id})
                view = pool.get('ir.ui.view').search([
                        ('name', '=', 'offer_own_form')])
                fields = Offer.fields_view_get(view[0].id, 'form')['fields']
                rows = Offer.read(
                    [o.id for o in Offer.search([])],
                    [*fields, 'rec_name', 'member.rec_name'])
                self.assertTrue(all(r['why'] for r in rows))

    @with_transaction()
    def test_member_acts(self):
        "A member presses no button of another's, and writes nothing"
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            members = coop_lists.members(2)
            user = coop.user('member', 'member', member=members[0])
            for name, Model in self.models():
                if not issubclass(Model, ModelView):
                    continue
                records = Model.search([], limit=1, order=[('id', 'DESC')])
                with self.subTest(name), coop.as_user(user):
                    for record in records:
                        for button in Model._buttons:
                            with self.assertRaises(
                                    (AccessError, AccessButtonError)):
                                getattr(Model, button)([Model(record.id)])
                        if callable(getattr(Model, 'table_query', None)):
                            continue
                        with self.assertRaises(AccessError):
                            Model.delete([Model(record.id)])
                        with self.assertRaises(AccessError):
                            Model.copy([Model(record.id)])

    @with_transaction()
    def test_wizards(self):
        "A member proposes nothing to anybody"
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            user = coop.user('member', 'member', member=member)
            for name in ['coop.demand.propose']:
                Wizard = Pool().get(name, type='wizard')
                with self.subTest(name), coop.as_user(user), \
                        self.assertRaises(AccessError):
                    Wizard.create()

    @with_transaction()
    def test_board(self):
        "The board adopts the rule; the office asks members"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Offer = pool.get('coop.mission.offer')
        Rule = pool.get('coop.mission.rule')
        company = factories.cooperative()
        with set_company(company):
            rule = factories.rule(company, adopted=False)
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            offer, = factories.offers(demand, [member], state='draft')
            board = coop.user('board', 'board', company=company)
            with coop.as_user(board):
                Rule.adopt([Rule(rule.id)])
                with self.assertRaises((AccessError, AccessButtonError)):
                    Offer.propose([Offer(offer.id)])
                with self.assertRaises(AccessError):
                    Demand.write([Demand(demand.id)], {'description': "x"})
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                Offer.propose([Offer(offer.id)])
            self.assertEqual(Offer(offer.id).state, 'proposed')
