# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.exceptions import ParameterError
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories


class ParameterTestCase(factories.FrenchCoopTestCase):
    "Test the rates and delays of French law"

    @with_transaction()
    def test_livret_a(self):
        "The rate of 31 December is the one in force that day"
        Parameter = Pool().get('coop.parameter')
        for year, rate in [
                (2011, '0.0225'), (2012, '0.0225'), (2013, '0.0125'),
                (2014, '0.01'), (2015, '0.0075'), (2019, '0.0075'),
                (2020, '0.005'), (2021, '0.005'), (2022, '0.02'),
                (2023, '0.03'), (2024, '0.03'), (2025, '0.017')]:
            with self.subTest(year=year):
                self.assertEqual(
                    Parameter.get('livret_a', dt.date(year, 12, 31)),
                    Decimal(rate))

    @with_transaction()
    def test_first_day(self):
        "A value holds from its date, included"
        Parameter = Pool().get('coop.parameter')
        self.assertEqual(
            Parameter.get('livret_a', dt.date(2020, 1, 31)),
            Decimal('0.0075'))
        self.assertEqual(
            Parameter.get('livret_a', dt.date(2020, 2, 1)), Decimal('0.005'))

    @with_transaction()
    def test_law(self):
        Parameter = Pool().get('coop.parameter')
        for key, value in [
                ('floor_fraction', Decimal('0.25')),
                ('deferral_years', Decimal(5)),
                ('late_loss_years', Decimal(5))]:
            self.assertEqual(
                Parameter.get(key, dt.date(2024, 1, 1)), value)

    @with_transaction()
    def test_missing(self):
        "What is not known is an error that names it, never a zero"
        Parameter = Pool().get('coop.parameter')
        with self.assertRaisesRegex(
                ParameterError, "Livret A Rate.*01/01/2000.*Configuration"):
            Parameter.get('livret_a', dt.date(2000, 1, 1))

    @with_transaction()
    def test_display(self):
        Parameter = Pool().get('coop.parameter')
        for key, value, display in [
                ('livret_a', '0.017', '1.7 %'), ('livret_a', '0.01', '1 %'),
                ('livret_a', '-0.0002', '-0.02 %'), ('floor_fraction', '0.25',
                    '25 %'), ('deferral_years', '5', '5'),
                ('deferral_years', '10', '10')]:
            parameter = Parameter(key=key, value=Decimal(value))
            self.assertEqual(parameter.on_change_with_display(), display)

    @with_transaction()
    def test_floor_follows(self):
        """The fraction of the floor is the law's until the company sets one

        The law's is the one in force that day.
        """
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Parameter = pool.get('coop.parameter')
        configuration = pool.get('coop.configuration')(1)
        company = factories.french_cooperative()
        with set_company(company):
            share_class = coop.share_class(company, nominal=Decimal(10))
            member, = coop.members(company, 1)
            coop.subscribe(member, share_class, 10, dt.date(2021, 3, 1))
            Parameter.create([{
                        'key': 'floor_fraction', 'date': dt.date(2022, 1, 1),
                        'value': Decimal('0.5'), 'source': "Test"}])
            # What is kept beside it sets no fraction
            configuration.statutory_minimum = Decimal(20)
            configuration.save()
            for date, floor in [
                    (dt.date(2021, 12, 31), 25), (dt.date(2022, 1, 1), 50),
                    (None, 50)]:
                self.assertEqual(
                    Capital.floor(company, date), Decimal(floor))
            configuration.floor_fraction = Decimal('0.8')
            configuration.save()
            self.assertEqual(
                Capital.floor(company, dt.date(2021, 12, 31)), Decimal(80))
