"""Members and clients at work: a telephone, a robot, the planner.

The database is that of the demonstration, as in test_office.
"""
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from tests.browser import shared
from tests.browser.sao import Browser, Timer
from tests.browser.shared import day, rpc

MISSIONS = ["Coopérative", "Missions"]
ROBOTS = 1000

browser = server = None


def setUpModule():
    global browser, server
    server = shared.server()
    browser = unittest.enterModuleContext(Browser(server))


def login(user, **size):
    return shared.login(browser, user, **size)


def public(page):
    "The address of a page for strangers"
    return f'{server.address}{server.database}/coop/1/{page}'


class OfferTestCase(unittest.TestCase):

    def test_answers_on_a_phone(self):
        "A member reads an offer and takes it at an own price, 400 pixels wide"
        marie = login('marie', width=400, height=800)
        with Timer(marie, "answer an offer on a telephone"):
            marie.menu("Mes offres")
            marie.open("tablettes")
            marie.shows('state', "Proposée")
            marie.fill('own_price', '300')
            marie.press('accept')
        marie.shows('state', "Acceptée")
        marie.shot('offer-phone')
        self.assertNoScroll(marie.page)
        self.assertEqual(marie.errors, [])
        offer, = rpc('agnes')('model.coop.mission.offer.search_read', [
                ('title', 'like', 'Deux tablettes%')], 0, None, None,
            ['state', 'price', 'agreed_price'])
        self.assertEqual(offer['state'], 'accepted')
        self.assertEqual(
            [float(offer[name]['decimal'])
                for name in ['price', 'agreed_price']], [270, 300])

    def assertNoScroll(self, page):
        "Nothing is cut off at the right"
        self.assertLessEqual(
            page.evaluate('document.documentElement.scrollWidth'), 400)


class VisitorTestCase(unittest.TestCase):

    def setUp(self):
        context = browser.chromium.new_context(
            java_script_enabled=False, locale='fr-FR')
        self.addCleanup(context.close)
        self.page = context.new_page()

    def test_asks_for_a_quotation(self):
        "A client's request is a demand; those of a robot are none"
        count = self.requests()
        self.page.goto(public('quote'))
        for name, value in {
                'title': "Site de la chorale", 'place': "Grenoble",
                'description': "Dix pages et un agenda.",
                'name': "Chorale du Drac",
                'email': 'drac@example.org'}.items():
            self.page.fill(f'#{name}', value)
        self.page.click('button[type=submit]')
        self.assertIn("Merci", self.page.locator('[role=status]').inner_text())
        self.assertEqual(self.requests(), count + 1)
        self.find_request()
        start = time.monotonic()
        answers = [self.robot(website='http://spam.example') for _ in
            range(ROBOTS)]
        print(f'{ROBOTS} requests of a robot: '
            f'{time.monotonic() - start:.1f} s')
        # It is thanked until its network has asked too often
        self.assertEqual(set(answers), {200, 429})
        # Even one that leaves the hidden field empty
        self.assertEqual(self.robot(website=''), 429)
        self.assertEqual(self.requests(), count + 1)

    def requests(self):
        return rpc('agnes')(
            'model.coop.demand.search_count', [('channel', '=', 'web')])

    def find_request(self):
        "The office qualifies it once it knows the client"
        agnes = login('agnes')
        agnes.menu(*MISSIONS, "Demandes")
        agnes.open("chorale")
        agnes.shows('state', "Brouillon")
        agnes.shows('channel', "Web")
        agnes.shows('place', "Grenoble")
        self.assertEqual(agnes.errors, [])

    def robot(self, **values):
        "Send what a robot sends; return the HTTP status"
        data = urllib.parse.urlencode({
                'title': "Cheap watches", 'description': "Buy now",
                'name': "Robot", 'email': 'robot@example.com', **values})
        try:
            with urllib.request.urlopen(
                    public('quote'), data.encode(), timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_directory(self):
        "Who agreed is found by skill, in French and in English"
        for language, title, all_ in [
                ('fr', "Nos sociétaires", "Tous les sociétaires"),
                ('en', "Our members", "All members")]:
            with self.subTest(language):
                self.page.goto(public(f'directory?lang={language}'))
                self.assertEqual(
                    self.page.locator('h1').inner_text(), title)
                self.page.select_option('#department', value='38')
                self.page.click('button[type=submit]')
                names = self.page.locator('.members h2').all_inner_texts()
                self.assertIn("Durand Marie", [
                        ' '.join(sorted(name.split())) for name in names])
                # Who has not agreed
                self.assertNotIn("Lefèvre", ' '.join(names))
                self.page.locator(
                    '.members a').filter(has_text="Durand").click()
                self.assertIn(
                    "Durand", self.page.locator('h1').inner_text())
                self.assertTrue(
                    self.page.get_by_text(all_, exact=True).count())
                self.assertTrue(self.page.locator('.quotation a').count())


class MemberTestCase(unittest.TestCase):

    def test_edits_the_own_profile(self):
        "A member says where and how much to work; colleagues find it"
        marie = login('marie')
        with Timer(marie, "edit the own profile"):
            marie.menu("Mes compétences")
            marie.open("Durand")
            marie.fill('trade', "Dépannage et récupération de données")
            marie.tool('save')
        self.assertEqual(marie.errors, [])
        found = rpc('karim')('model.coop.member.directory.search_read', [
                ('rec_name', 'ilike', '%récupération de données%')],
            0, None, None, ['name'])
        self.assertEqual([row['name'] for row in found], ["Marie Durand"])


class DemandTestCase(unittest.TestCase):

    def test_from_demand_to_signed_quotation(self):
        "The office enters, proposes, notes the answer, quotes and signs"
        agnes = login('agnes')
        with Timer(agnes, "enter a demand"):
            self.enter(agnes)
        with Timer(agnes, "propose a demand to a member"):
            self.propose(agnes)
        self.accept()
        with Timer(agnes, "quote and sign"):
            self.quote(agnes)
        agnes.shows('state', "Signé")
        agnes.shot('quotation')
        self.assertEqual(agnes.errors, [])
        demand, = rpc('agnes')('model.coop.demand.search_read', [
                ('title', '=', "Site du club d'échecs")], 0, None, None,
            ['state'])
        self.assertEqual(demand['state'], 'won')

    def enter(self, client):
        client.menu(*MISSIONS, "Demandes")
        client.tool('new_')
        client.fill('title', "Site du club d'échecs")
        client.choose('template', "Site web")
        client.choose('client', "Mosaïque")
        client.fill('start_date', day(200))
        client.fill('end_date', day(210))
        client.page_of("Liste de contrôle")
        client.tick_row("Terminé", 0)
        client.tick_row("Terminé", 1)
        client.press('qualify')
        client.press('match')
        client.shows('state', "En recherche")
        client.shot('demand')

    def propose(self, client):
        client.ask('propose')
        client.fill('price', '2000')
        client.tick_row("Solliciter", 0)
        client.shot('propose')
        client.dialog_button("Proposer")

    def accept(self):
        "The member does, wherever he is"
        send = rpc('agnes')
        offer, = send('model.coop.mission.offer.search', [
                ('title', '=', "Site du club d'échecs")])
        send('model.coop.mission.offer.accept', [offer])

    def quote(self, client):
        client.menu(*MISSIONS, "Devis")
        client.tool('new_')
        client.choose('demand', "échecs")
        client.press('send')
        client.page_of("Signature")
        client.tick('accepts_members')
        client.fill('signed_on', day(0))
        client.attach('signed_file', 'accord.txt', b"Bon pour accord")
        client.press('sign')


class PlannerTestCase(unittest.TestCase):

    def test_confirms_in_part(self):
        "What the planner proposes is prepared but for what is unticked"
        count = self.drafts()
        agnes = login('agnes')
        with Timer(agnes, "plan the missions of three months"):
            agnes.start(*MISSIONS, "Planifier les missions")
            agnes.fill('start_date', day(0))
            agnes.fill('end_date', day(90))
            agnes.dialog_button("Planifier")
            ticked = agnes.ticked("Préparer")
            self.assertGreater(ticked, 3)
            agnes.shot('plan')
            agnes.tick_row("Préparer", 0)
            agnes.dialog_button("Préparer les offres")
        self.assertEqual(self.drafts(), count + ticked - 1)
        self.assertEqual(agnes.errors, [])

    def drafts(self):
        return rpc('agnes')(
            'model.coop.mission.offer.search_count',
            [('state', '=', 'draft')])
