"""The office at work: from an applicant to paid shares, in the web client.

The database is that of the demonstration, loaded as "make run" does.
"""
import datetime as dt
import unittest

from playwright.sync_api import expect

from tests.browser.demonstration import PASSWORD, Demonstration
from tests.browser.sao import Browser, Timer


browser = server = None


def setUpModule():
    global browser, server
    server = unittest.enterModuleContext(Demonstration())
    browser = unittest.enterModuleContext(Browser(server))


class OfficeTestCase(unittest.TestCase):

    def test_from_applicant_to_paid_shares(self):
        "An administrator admits, issues shares, and sees the money arrive"
        agnes = browser.login('agnes', PASSWORD)
        self.admit(agnes)
        self.subscribe(agnes)
        self.receive(agnes)
        self.assertEqual(agnes.errors, [])
        bruno = browser.login('bruno', PASSWORD)
        bruno.menu("Coopérative", "Sociétaires", "Sociétaires")
        bruno.tab_of("Actifs")
        bruno.open("Fontaine")
        bruno.shows('shares', '2')
        bruno.shows('capital', '100,00')
        bruno.shows('capital_to_pay', '0,00')
        bruno.shot('member')
        self.assertEqual(bruno.errors, [])

    def admit(self, client):
        with Timer(client, "admit a member"):
            client.menu("Coopérative", "Sociétaires", "Sociétaires")
            client.shot('members')
            client.open("Fontaine")
            client.press('admit')
            client.dialog_button("Enregistrer")
        client.shows('state', "Admis")

    def subscribe(self, client):
        with Timer(client, "issue shares"):
            client.menu("Coopérative", "Capital social", "Souscriptions")
            client.tool('new_')
            client.choose('member', "Fontaine")
            client.choose('share_class', "Part sociale")
            client.fill('quantity', '2')
            client.press('submit')
            client.press('accept')
        client.shows('state', "Acceptée")
        client.shot('subscription')

    def receive(self, client):
        with Timer(client, "receive a payment"):
            client.press('receive')
            client.dialog_button("Encaisser")
        client.shows('state', "Terminée")

    def test_register(self):
        "The register as of the end of 2025, and its verification"
        karim = browser.login('karim', PASSWORD)
        karim.menu("Coopérative", "Capital social", "Registre des parts")
        karim.context('date', dt.date(2025, 12, 31).strftime('%d.%m.%Y'))
        # Members of 2026 hold nothing yet; who left is owed what he paid
        self.assertEqual(karim.row("Benali").count(), 0)
        self.assertIn("20", karim.row("Morel").inner_text())
        self.assertIn("200,00", karim.row("Girard").inner_text())
        karim.shot('register')


class ApplicantTestCase(unittest.TestCase):

    def test_applies(self):
        "A stranger applies without JavaScript; the board finds the applicant"
        context = browser.chromium.new_context(
            java_script_enabled=False, locale='fr-FR')
        page = context.new_page()
        page.goto(f'{server.address}{server.database}/coop/1/join')
        for name, value in {
                'first_name': "Jeanne", 'last_name': "Zola",
                'birth_date': '1990-02-03', 'email': 'jeanne@example.org',
                'wished_shares': '3'}.items():
            page.fill(f'#{name}', value)
        page.select_option('#category', label="Travailleurs indépendants")
        for box in page.locator('input[type=checkbox]').all():
            box.check()
        page.click('button[type=submit]')
        self.assertIn("Merci", page.locator('[role=status]').inner_text())
        bruno = browser.login('bruno', PASSWORD)
        bruno.menu("Coopérative", "Sociétaires", "Sociétaires")
        bruno.tab_of("Candidats")
        bruno.open("Zola")
        bruno.shows('wished_shares', '3')
        bruno.press('admit')
        bruno.dialog_button("Enregistrer")
        bruno.shows('state', "Admis")
        self.assertEqual(bruno.errors, [])


class AuditorTestCase(unittest.TestCase):

    def test_reads_the_books(self):
        "An auditor verifies the register and reads the books, changes none"
        odile = browser.login('odile', PASSWORD)
        odile.start("Coopérative", "Capital social", "Vérifier le registre")
        odile.dialog_button("Vérifier")
        expect(odile.tab.locator('input[name="sound"]')).to_be_checked()
        odile.dialog_button("Fermer")
        odile.menu("Coopérative", "Sociétaires", "Sociétaires")
        odile.tab_of("Actifs")
        odile.open("Durand")
        self.assertTrue(odile.disabled('give_notice'))
        odile.start("Financier", "Rapports", "Générer FEC")
        self.assertTrue(odile.tab.locator('[name="fiscalyear"]').count())
        self.assertEqual(odile.errors, [])


class MemberTestCase(unittest.TestCase):

    def test_sees_only_their_own(self):
        "A member logs in and sees only their own"
        marie = browser.login('marie', PASSWORD)
        marie.row("Durand").wait_for()
        marie.shot('member-home')
        self.assertEqual(marie.tab.locator('table.tree tbody tr').count(), 1)
        text = marie.page.locator('#menu').inner_text()
        for word in ["Tiers", "Banque", "Produits", "Configuration"]:
            self.assertNotIn(word, text)
