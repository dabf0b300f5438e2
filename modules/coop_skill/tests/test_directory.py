# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import queries
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import distance
from ..availability import DAYS, HALVES, is_free
from ..exceptions import DirectoryError, PlaceError, ZoneError
from ..zone import find_place
from . import factories, lists
from .factories import find

MONDAY = dt.date(2021, 3, 1)
IT = 'information_technology'


def people(count):
    company = coop.cooperative()
    with set_company(company):
        members = coop.members(company, count)
        return company, [(m, factories.profile(m)) for m in members]


class DirectoryTestCase(factories.SkillTestCase):
    "Test whom the directory finds"

    @with_transaction()
    def test_listed(self):
        "Members with a profile are listed until they leave"
        company, ((member, _), (other, _)) = people(2)
        with set_company(company):
            without, applicant = coop.members(
                company, 2, coop.category(company, 'X'), admitted=None)
            factories.profile(applicant)
            self.assertEqual(find(), {member.id, other.id})
            Event = Pool().get('coop.member.event')
            Event.record([Event(
                        company=company, member=other, kind='departure',
                        date=dt.date(2021, 1, 1), cause='resignation')])
            self.assertEqual(find(), {member.id})

    @with_transaction()
    def test_skill_and_level(self):
        "By a skill or its domain, declared or proven"
        company, ((one, p1), (two, p2), (three, p3)) = people(3)
        with set_company(company):
            python, law = factories.skill(), factories.skill('legal')
            it = factories.skill(IT)
            factories.proof(
                factories.member_skill(p1, python, 4), 2, confirmed=True)
            factories.proof(
                factories.member_skill(p2, python, 2), 3, confirmed=True)
            factories.member_skill(p3, law, 4)
            levels = {i: factories.level(i).id for i in range(1, 5)}
            for context, expected in [
                    ({'skill': python.id}, {one, two}),
                    ({'skill': it.id}, {one, two}),
                    ({'skill': law.id}, {three}),
                    ({'skill': it.id, 'level': levels[2]}, {one, two}),
                    ({'skill': it.id, 'level': levels[3]}, {two}),
                    ({'skill': it.id, 'level': levels[3],
                        'level_kind': 'declared'}, {one}),
                    ({'level': levels[4], 'level_kind': 'declared'},
                        {one, three}),
                    ({'skill': law.id, 'level': levels[1]}, set()),
                    ({'skill': it.id, 'level': levels[2],
                        'date': dt.date(2020, 12, 31)}, set()),
                    ({'skill': -1}, set()),
                    ]:
                with self.subTest(context):
                    self.assertEqual(
                        find(**context), {m.id for m in expected})

    @with_transaction()
    def test_place(self):
        "By department, region, country and radius; remote is apart"
        company, people_ = people(6)
        with set_company(company):
            codes = factories.france()
            (isere, p1), (region, p2), (all_, p3), (near, p4), (far, p5), (
                remote, p6) = people_
            factories.zone(
                p1, 'subdivision', subdivision=codes['FR-38'].id)
            factories.zone(
                p2, 'subdivision', subdivision=codes['FR-ARA'].id)
            factories.zone(
                p3, 'country', country=codes['FR-38'].country.id)
            factories.address(near, "Lyon 3e", '69003')
            factories.zone(p4, 'radius', radius=95)
            factories.zone(p5, 'radius', radius=20, around="Lyon")
            factories.zone(p6, 'remote')
            for near_, expected in [
                    ("Grenoble", {isere, region, all_, near}),
                    ("38", {isere, region, all_, near}),
                    ("69100 Villeurbanne", {region, all_, near, far}),
                    ("Brest (29)", {all_}),
                    ("Saint-Denis (974)", {all_}),
                    ]:
                with self.subTest(near_):
                    self.assertEqual(
                        find(near=near_), {m.id for m in expected})
                    self.assertEqual(
                        Pool().get('coop.member').reaching(
                            [m for m, _ in people_], find_place(near_)),
                        {m.id for m in expected})
            self.assertEqual(find(remote=True), {remote.id})
            for text in ["Nowhere", "Saint-Denis"]:
                with self.assertRaises(PlaceError):
                    find(near=text)

    @with_transaction()
    def test_home_moves(self):
        "A radius around the home follows the address"
        company, ((member, profile),) = people(1)
        with set_company(company):
            zone = factories.zone(profile, 'radius', radius=30)
            self.assertIsNone(zone.found)
            self.assertEqual(find(near="Grenoble"), set())
            address = factories.address(member, "Echirolles", '38130')
            self.assertEqual(find(near="Grenoble"), {member.id})
            self.assertEqual(
                zone.__class__(zone.id).found, "Échirolles (38)")
            address.city, address.postal_code = "Paris 12", '75012'
            address.save()
            self.assertEqual(find(near="Grenoble"), set())
            self.assertEqual(find(near="Montreuil (93)"), {member.id})
            zone = zone.__class__(zone.id)
            zone.radius = 3
            zone.save()
            self.assertEqual(find(near="Montreuil (93)"), set())
            with self.assertRaises(ZoneError):
                factories.zone(
                    profile, 'radius', radius=1, around="Saint-Denis")

    @with_transaction()
    def test_radius_as_distance(self):
        "The database finds who the distance says, near the limit too"
        company, ((member, profile),) = people(1)
        with set_company(company):
            grenoble, lyon = find_place("Grenoble"), find_place("Lyon")
            far = distance.kilometres(grenoble.point, lyon.point)
            zone = factories.zone(
                profile, 'radius', radius=int(far), around="Lyon")
            self.assertEqual(find(near="Grenoble"), set())
            zone.radius = int(far) + 1
            zone.save()
            self.assertEqual(find(near="Grenoble"), {member.id})
            factories.address(member, "Lyon", '69001')
            self.assertAlmostEqual(
                Pool().get('coop.member').distances(
                    [member], grenoble)[member.id], far)

    @with_transaction()
    def test_free(self):
        "The database finds who the pure core says is free"
        pool = Pool()
        Absence = pool.get('coop.member.absence')
        Member = pool.get('coop.member')
        company, people_ = people(4)
        with set_company(company):
            (full, p1), (mornings, p2), (away, p3), (weekend, p4) = people_
            for day in DAYS[:5]:
                setattr(p2, f'{day}_pm', False)
                for half in HALVES:
                    setattr(p4, f'{day}_{half}', False)
            p4.saturday_am = True
            p2.save()
            p4.save()
            Absence.create([{
                        'profile': p3.id,
                        'start_date': MONDAY + dt.timedelta(days=2),
                        'end_date': MONDAY + dt.timedelta(days=3)}])
            members = [m for m, _ in people_]
            for start in range(7):
                for length in [0, 1, 3, 7]:
                    for whole in [False, True]:
                        first = MONDAY + dt.timedelta(days=start)
                        last = first + dt.timedelta(days=length)
                        expected = {
                            m.id for m, p in people_ if is_free(
                                {(d, h) for d, day in enumerate(DAYS)
                                    for h in HALVES
                                    if getattr(p, f'{day}_{h}')},
                                [(a.start_date, a.end_date)
                                    for a in p.absences],
                                first, last, whole)}
                        with self.subTest(first=first, last=last):
                            self.assertEqual(
                                Member.free(members, first, last, whole),
                                expected)
                            if not whole:
                                self.assertEqual(find(
                                        free_from=first, free_to=last),
                                    expected)
            self.assertEqual(find(free_from=MONDAY.isoformat()),
                {full.id, mornings.id, away.id})
            with self.assertRaises(DirectoryError):
                find(free_from=MONDAY,
                    free_to=MONDAY - dt.timedelta(days=1))

    @with_transaction()
    def test_language_hours_and_rate(self):
        company, ((one, p1), (two, p2), (three, _)) = people(3)
        with set_company(company):
            french, english = factories.lang('fr'), factories.lang('en')
            p1.languages, p2.languages = [french], [french, english]
            p1.hours_month = dt.timedelta(hours=20)
            p2.hours_month = dt.timedelta(hours=80)
            p1.save()
            p2.save()
            python, law = factories.skill(), factories.skill('legal')
            factories.member_skill(p1, python, rate='300')
            factories.member_skill(p2, python, rate='450.50')
            factories.member_skill(p2, law, rate='200')
            for context, expected in [
                    ({'lang': french.id}, {one, two}),
                    ({'lang': english.id}, {two}),
                    ({'hours_month': dt.timedelta(hours=20)}, {one, two}),
                    ({'hours_month': dt.timedelta(hours=21)}, {two}),
                    ({'rate': Decimal(300)}, {one, two}),
                    ({'rate': Decimal(200)}, {two}),
                    ({'rate': Decimal(300), 'skill': python.id}, {one}),
                    ({'rate': Decimal('450.50'), 'skill': python.id},
                        {one, two}),
                    ({'rate': Decimal(1000)}, {one, two}),
                    ({'rate': Decimal(300), 'rate_unit': 'hour'}, set()),
                    ]:
                with self.subTest(context):
                    self.assertEqual(
                        find(**context), {m.id for m in expected})

    @with_transaction()
    def test_all_together(self):
        "Each criterion takes away who lacks one thing only"
        company, people_ = people(8)
        with set_company(company):
            french = factories.lang('fr')
            for i, (member, profile) in enumerate(people_):
                skill = factories.member_skill(
                    profile, declared=3, rate='900' if i == 1 else '300')
                factories.proof(skill, 1 if i == 2 else 3, confirmed=True)
                factories.zone(
                    profile, 'radius', radius=30,
                    around="Brest (29)" if i == 3 else "Grenoble")
                if i != 4:
                    profile.languages = [french]
                profile.monday_am = profile.monday_pm = i != 5
                profile.hours_month = dt.timedelta(hours=9 if i == 6 else 70)
                if i != 7:
                    factories.zone(profile, 'remote')
                profile.save()
            found = find(
                skill=factories.skill(IT).id,
                level=factories.level(3).id, level_kind='proven',
                near="38000 Grenoble", remote=True, lang=french.id,
                free_from=MONDAY, hours_month=dt.timedelta(hours=10),
                rate=Decimal(300), rate_unit='day')
            self.assertEqual(found, {people_[0][0].id})

    @with_transaction()
    def test_bad_context(self):
        "What the client sends wrong is refused, not sent to the database"
        company, _ = people(1)
        with set_company(company):
            for context in [
                    {'skill': "x'; --"}, {'lang': [1]}, {'rate': "much"},
                    {'hours_month': "long"}, {'free_from': "soon"}]:
                with self.subTest(context), self.assertRaises(
                        DirectoryError):
                    find(**context)

    @with_transaction()
    def test_texts(self):
        "A row tells skills, zones, languages, rates and the distance"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Directory = pool.get('coop.member.directory')
        company, ((member, profile),) = people(1)
        with set_company(company):
            factories.address(member, "Grenoble", '38000')
            skill = factories.member_skill(profile, declared=4, rate='300')
            factories.proof(skill, 2, confirmed=True)
            factories.zone(profile, 'radius', radius=30)
            profile.languages = [factories.lang('fr')]
            profile.save()
            with Transaction().set_context(near="Grenoble"):
                row, = Directory.search([])
                self.assertEqual(
                    row.skills, "Python: Expert, proven Autonomous")
                self.assertEqual(
                    row.zones, "30 km around home (department 38)")
                self.assertEqual(row.languages, "French")
                self.assertIn("300", row.rates)
                self.assertEqual(row.distance, 0)
            # The town of what is no home is told, and of a home if allowed
            factories.zone(profile, 'radius', radius=9, around="Lyon")
            for shown, place in [
                    (False, "home (department 38)"), (True, "Grenoble (38)")]:
                Configuration(1).set_multivalue(
                    'home_towns_shown', shown, company=company.id)
                Transaction().cache.clear()
                row, = Directory.search([])
                self.assertEqual(
                    set(row.zones.split('\n')), {
                        f"30 km around {place}", "9 km around Lyon (69)"})

    @with_transaction()
    def _count(self, count):
        "Return how many queries a search by everything takes"
        pool = Pool()
        Directory = pool.get('coop.member.directory')
        view = pool.get('ir.model.data').get_id(
            'coop_skill', 'directory_view_list')
        with set_company(coop.cooperative(years=(2021, 2021))):
            lists.everything(count)
            with Transaction().set_context(
                    level=factories.level(1).id, near="Grenoble",
                    lang=factories.lang('fr').id,
                    free_from=dt.date(2021, 4, 1), rate=Decimal(1000),
                    hours_month=dt.timedelta(hours=10)), \
                    queries.counted() as counter:
                rows = queries.show(Directory, view)
        self.assertEqual(len(rows), count)
        return counter.total()

    def test_queries(self):
        "It costs the same for any number of members"
        self.assertEqual(self._count(3), self._count(30))
