# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import MissionError
from . import factories


class MissionTestCase(factories.MissionTestCase):
    "Test missions, from the agreement of members to that of the client"

    @with_transaction()
    def test_signature(self):
        "A signed quotation makes a mission, agreed by accepted offers"
        Mission = Pool().get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two, referrer = factories.workers(company, 3)
            demand = factories.demand(company, referrer=referrer.id)
            factories.offers(demand, [one, two], state='accepted')
            demand = demand.__class__(demand.id)
            quotation = factories.quotation(demand, 'signed')
            mission, = Mission.search([])
            self.assertEqual(mission.quotation, quotation)
            self.assertEqual(mission.client, demand.client)
            self.assertEqual(mission.referrer, referrer)
            self.assertEqual(mission.state, 'confirmed')
            self.assertTrue(mission.number)
            self.assertEqual(mission.department, "38 Isère")
            self.assertEqual(mission.amount, quotation.amount)
            self.assertEqual(mission.members_amount, D(4000))
            self.assertEqual(
                [(r.member, r.amount) for r in mission.members],
                [(one, D(2000)), (two, D(2000))])
