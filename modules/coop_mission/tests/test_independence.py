# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import IndependenceError
from ..independence import gauge
from . import factories, trust

amounts = st.decimals(0, 10 ** 6, places=2)


class IndependenceTestCase(factories.MissionTestCase):
    "Test what shows that a member is independent"

    def test_gauge(self):
        "A quarter, half and three quarters"
        for part, whole, expected in [
                (0, 100, (D(0), 'low')), (24, 100, (D('.24'), 'low')),
                (25, 100, (D('.25'), 'quarter')),
                (50, 100, (D('.5'), 'half')), (75, 100, (D('.75'), 'high')),
                (200, 100, (D(2), 'high')), (10, 0, (None, None)),
                (10, None, (None, None))]:
            with self.subTest(part=part, whole=whole):
                self.assertEqual(gauge(part, whole), expected)

    @given(amounts, amounts, amounts)
    def test_gauge_rises(self, one, other, whole):
        "More from the cooperative is never less dependence"
        levels = ['low', 'quarter', 'half', 'high']
        shares = [gauge(part, whole) for part in sorted([one, other])]
        if whole:
            self.assertLessEqual(*(levels.index(g) for _, g in shares))
        else:
            self.assertEqual(shares, [(None, None)] * 2)

    def file(self, member, **values):
        Independence = Pool().get('coop.independence')
        return Independence.create([{
                    'company': member.company.id, 'member': member.id,
                    'year': today(member.company.id).year, **values}])[0]

    @with_transaction()
    def test_figures(self):
        "Offers, own prices, refusals and what clients accepted are counted"
        pool = Pool()
        Offer = pool.get('coop.mission.offer')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            for state in ['accepted', 'refused', 'proposed']:
                factories.offers(
                    factories.demand(company), [ann], state=state)
            own, = factories.offers(
                factories.demand(company), [ann])
            Offer.write([own], {'own_price': D(2500)})
            Offer.accept([Offer(own.id)])
            factories.offers(factories.demand(company), [bob])
            trust.mission([ann, bob], price=3000)
            trust.mission([ann], state='reported', price=500)
            file = self.file(ann, turnover=D(5000))
            self.assertEqual(
                (file.offers, file.accepted, file.refused, file.own_prices,
                    file.clients, file.coop_turnover, file.share, file.gauge),
                (4, 2, 1, 1, 1, D(3000), D('.6'), 'half'))
            self.assertEqual(file.declared_on, today(company.id))
            # Another year, and who declares nothing
            last = self.file(ann, year=today(company.id).year - 1)
            self.assertEqual(
                (last.offers, last.coop_turnover, last.gauge),
                (0, D(0), None))

    @with_transaction()
    def test_printed(self):
        "The file is printed with its offers and its work"
        Report = Pool().get('coop.independence.letter', type='report')
        company = trust.cooperative()
        with set_company(company):
            ann, = factories.workers(company, 1)
            factories.offers(
                factories.demand(company, title="Shop"), [ann],
                state='refused')
            trust.mission([ann], title="Booking")
            file = self.file(
                ann, turnover=D(8000), own_tools="A computer of mine")
            with coop.as_user(coop.user('ann', 'member', member=ann)), \
                    Transaction().set_context(language='en'):
                type_, content, _, _ = Report.execute([file.id], {})
            self.assertEqual(type_, 'pdf')
            text = ' '.join(
                page.extract_text()
                for page in PdfReader(io.BytesIO(content)).pages)
            for expected in [
                    "Shop", "refused", "Booking", "A computer of mine",
                    "25 %"]:
                self.assertIn(expected, ' '.join(text.split()))

    @with_transaction()
    def test_own(self):
        "A member writes the own file, sees no other, and nobody else writes"
        Independence = Pool().get('coop.independence')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            other = self.file(bob)
            year = today(company.id).year
            with coop.as_user(coop.user('ann', 'member', member=ann)):
                mine, = Independence.create([{
                            'company': company.id, 'member': ann.id,
                            'year': year}])
                Independence.write([mine], {'turnover': D(100)})
                self.assertEqual(Independence.search([]), [mine])
                trust.open_form('independence_own_form', mine)
                for act in [
                        lambda: Independence.write(
                            [Independence(other.id)], {'turnover': D(1)}),
                        lambda: Independence.delete([mine]),
                        lambda: Independence.create([{
                                    'company': company.id,
                                    'member': bob.id, 'year': 2020}])]:
                    with self.assertRaises((AccessError, IndependenceError)):
                        act()
            for group in ['board', 'auditor', 'accountant']:
                user = coop.user(group, group, company=company)
                with self.subTest(group), coop.as_user(user):
                    self.assertTrue(Independence.search([]))
                    with self.assertRaises(AccessError):
                        Independence.write(
                            [Independence(other.id)], {'turnover': D(1)})
