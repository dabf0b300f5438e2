# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import csv
import unittest

from .. import communes

DATA = communes.DATA


class CommunesTestCase(unittest.TestCase):
    "Test finding communes by what people write"

    def test_every_commune(self):
        "Each commune is found by its name and its department"
        count = 0
        for code, name, latitude, longitude in communes._rows('communes'):
            department = code[:3] if code.startswith('97') else code[:2]
            place = communes.find(name, department)
            self.assertEqual(
                (place.department, communes.normal(place.name)),
                (department, communes.normal(name)))
            count += 1
        self.assertEqual(count, 35_357)

    def test_departments(self):
        "There are 101, each is found by its code and by its name"
        departments = communes.departments()
        self.assertEqual(len(departments), 101)
        for code, department in departments.items():
            self.assertEqual(communes.read(code), department)
        self.assertEqual(communes.read("Isère").code, '38')
        self.assertEqual(communes.read("val d'oise").code, '95')

    def test_spellings(self):
        "Accents, case, hyphens, articles, Saint and cedex do not matter"
        for city, postal_code, code in [
                ("GRENOBLE", '38000', '38185'),
                ("Grenoble Cedex 9", '38000', '38185'),
                ("st-etienne", '42000', '42218'),
                ("St Étienne", '42100', '42218'),
                ("Ste-Foy-lès-Lyon", '69110', '69202'),
                ("Le Havre", '76600', '76351'),
                ("l'isle d'abeau", '38080', '38193'),
                ("Crèvecœur en Brie", '77610', '77144'),
                ("Paris 12", '75012', '75056'),
                ("PARIS 12E ARRONDISSEMENT", '75012', '75056'),
                ("Lyon 3ème", '69003', '69123'),
                ("Marseille 08", '13008', '13055'),
                ]:
            with self.subTest(city):
                place = communes.address(city, postal_code)
                self.assertIsNotNone(place)
                self.assertEqual(place.code, code)

    def test_postal_codes(self):
        "The first digits tell the department, beyond the sea and in Corsica"
        for postal_code, department in [
                ('38000', '38'), ('01000', '01'), ('20000', '2A'),
                ('20190', '2A'), ('20200', '2B'), ('20600', '2B'),
                ('97200', '972'), ('97410', '974'), ('97600', '976'),
                ('99999', None), ('98000', None), ('3800', None),
                ('', None), (None, None), ('SW1A 1AA', None)]:
            with self.subTest(postal_code):
                self.assertEqual(
                    communes.department_of(postal_code), department)

    def test_long(self):
        "A text that is no place is not searched for minutes"
        self.assertIsNone(communes.read('a' + ' ' * 1_000_000 + 'b'))

    def test_read(self):
        "A search says the city, with or without its department"
        for text in [
                "Grenoble", "38000 Grenoble", "Grenoble 38000",
                "grenoble (38)", "Grenoble, 38", "Grenoble 38"]:
            with self.subTest(text):
                self.assertEqual(communes.read(text).code, '38185')
        self.assertEqual(communes.read("Saint-Denis (974)").code, '97411')
        for text in ['', None, "Nowhere", "Nowhere (38)", '00', "---"]:
            with self.subTest(text):
                self.assertIsNone(communes.read(text))

    def test_ambiguous(self):
        "A name of several communes is refused with the choice"
        with self.assertRaises(communes.Ambiguous) as caught:
            communes.read("Saint-Denis")
        self.assertIn("Saint-Denis (93)", str(caught.exception))
        self.assertGreater(len(caught.exception.places), 2)

    def test_neighbouring_postal_code(self):
        "A postal code of the next department is forgiven, a wrong city not"
        self.assertEqual(
            communes.address("Grenoble", '73000').code, '38185')
        self.assertIsNone(communes.address("Nowhere", '38000'))
        self.assertIsNone(communes.address("Saint-Denis", '38000'))

    def test_credited(self):
        "Whose data it is stands beside it"
        readme = (DATA / 'README.md').read_text(encoding='utf-8')
        for word in ["Admin Express", "IGN", "Licence Ouverte"]:
            self.assertIn(word, readme)
        with (DATA / 'communes.csv').open(encoding='utf-8') as file:
            self.assertEqual(
                next(csv.reader(file)),
                ['insee_code', 'name', 'latitude', 'longitude'])
