# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction
from trytond.transaction import Transaction

from . import EXTRAS, factories, lists, queries
from .generic import FEW, MANY


class QueriesTestCase(RouteTestCase):
    "Test that the count of the queries of a list sees what it is made for"
    module = 'coop_member'
    extras = EXTRAS

    @with_transaction()
    def test_query_per_record(self):
        "One more query for each row shows"
        pool = Pool()
        Decision = pool.get('coop.decision')
        view = pool.get('ir.model.data').get_id(
            'coop_member', 'decision_view_list')

        def get_rec_name(decision, name):
            return str(Decision.search_count([('id', '=', decision.id)]))

        def total(count):
            lists.LISTS['coop.decision'](count)
            with queries.counted() as counter:
                queries.show(Decision, view)
            return counter.total()

        with set_company(factories.cooperative()):
            self.assertEqual(total(FEW), total(MANY))
            with patch.object(Decision, 'get_rec_name', get_rec_name):
                self.assertGreater(total(MANY), MANY)

    @with_transaction()
    def test_names_of_models(self):
        "A context of its own, as a wizard has, does not read them again"
        Model = Pool().get('ir.model')

        def read(**context):
            with Transaction().set_context(context):
                return Model.get_names(), Model.get_name_items()

        with queries.counted() as counter:
            names, items = read(language='en')
            total = counter.total()
            self.assertGreater(total, 0)
            self.assertEqual(
                read(language='en', active_id=1), (names, items))
            self.assertEqual(counter.total(), total)
            other, _ = read(language='fr')
            self.assertGreater(counter.total(), total)
            self.assertEqual(other.keys(), names.keys())


del RouteTestCase
