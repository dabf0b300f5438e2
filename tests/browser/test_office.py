"""The office at work: from an applicant to paid shares, in the web client.

The database is that of the demonstration, which "make run" makes and serves.
"""
import base64
import csv
import datetime as dt
import signal
import time
import unittest

from playwright.sync_api import expect

from tests.browser import shared
from tests.browser.sao import Browser, Timer
from tests.browser.shared import day, rpc
from tests.support import ROOT

# What the last names of the others in the demonstration are
STRANGERS = [
    "Morel", "Haddad", "Lefèvre", "Perrin", "Atelier", "Girard", "Mairie",
    "Benali", "Nguyen", "Fontaine", "Petit"]
REPAYMENTS = ["Capital social", "Départs", "Remboursements"]
MOVEMENTS = ["Mon capital", "Mes mouvements"]
SUBSCRIPTIONS = ["Mon capital", "Mes souscriptions"]

browser = server = None


def setUpModule():
    global browser, server
    server = shared.server()
    browser = unittest.enterModuleContext(Browser(server))


def login(user):
    return shared.login(browser, user)


class OfficeTestCase(unittest.TestCase):

    def test_from_applicant_to_paid_shares(self):
        "An administrator admits, issues shares, and sees the money arrive"
        agnes = login('agnes')
        self.admit(agnes)
        self.subscribe(agnes)
        self.enter_the_bank_statement()
        agnes.tool('reload')
        agnes.shows('state', "Terminée")
        self.assertEqual(agnes.errors, [])
        bruno = login('bruno')
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

    def enter_the_bank_statement(self):
        "The bank writes what the payer wrote; the accountant posts it"
        send = rpc('karim')
        payer, = send('model.coop.member.search_read', [
                ('party.name', 'like', '%Fontaine')], 0, 1, None,
            ['payment_reference'])
        journal, = send('model.account.statement.journal.search', [])
        today = dict(zip(
                ['year', 'month', 'day'], dt.date.today().timetuple()))
        send('model.account.statement.create', [{
                    'name': "Relevé de la banque", 'journal': journal,
                    'number_of_lines': 1,
                    'origins': [['create', [{
                                    'date': {'__class__': 'date', **today},
                                    'amount': {
                                        '__class__': 'Decimal',
                                        'decimal': '100.00'},
                                    'description': payer['payment_reference'],
                                    }]]]}])
        karim = login('karim')
        with Timer(karim, "post a bank statement"):
            karim.menu("Financier", "Relevés", "Relevés")
            karim.open("Relevé de la banque")
            karim.press('apply_rules')
            karim.press('validate_statement')
            karim.press('post')
            karim.dialog_button("Valider")
        karim.shows('state', "Comptabilisé")
        self.assertEqual(karim.errors, [])

    def test_receives_in_cash(self):
        "A payment in cash pays what was called"
        agnes = login('agnes')
        agnes.menu("Coopérative", "Capital social", "Souscriptions")
        agnes.tab_of("À payer")
        agnes.open("Benali")
        with Timer(agnes, "receive a payment"):
            agnes.press('receive')
            agnes.dialog_button("Encaisser")
        agnes.shows('state', "Payée")
        self.assertEqual(agnes.errors, [])

    def test_register(self):
        "The register as of the end of 2025, and its verification"
        karim = login('karim')
        karim.menu("Coopérative", "Capital social", "Registres",
            "Registre des parts")
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
        bruno = login('bruno')
        bruno.menu("Coopérative", "Sociétaires", "Sociétaires")
        bruno.tab_of("Candidats")
        bruno.open("Zola")
        bruno.shows('wished_shares', '3')
        bruno.press('admit')
        bruno.dialog_button("Enregistrer")
        bruno.shows('state', "Admis")
        self.assertEqual(bruno.errors, [])


class ExitTestCase(unittest.TestCase):
    "A member leaves: the office, the board and the accountant at work"

    name, amount, line = "Perrin", '200,00', '-200'

    def test_from_request_to_paid(self):
        "The shares are cancelled, the board decides, the bank pays"
        agnes, bruno, karim = map(login, ['agnes', 'bruno', 'karim'])
        self.decide(bruno)
        self.depart(agnes)
        self.withdraw(agnes)
        self.ask_for_repayment(agnes)
        self.approve(bruno)
        self.pay(karim)
        self.find_paid(karim)
        self.find_left(bruno)
        for client in [agnes, bruno, karim]:
            self.assertEqual(client.errors, [])

    def decide(self, client):
        "The board repays before the delay of the statutes ends"
        client.menu("Coopérative", "Décisions")
        client.tool('new_')
        client.fill('number', "CA-12")
        client.fill('date', day(0))
        client.fill('title', "Remboursement anticipé")
        client.tool('save')

    def depart(self, client):
        client.menu("Coopérative", "Sociétaires", "Sociétaires")
        client.tab_of("Actifs")
        client.open(self.name)
        client.ask('depart')
        # The last day of membership: who left is so from the day after
        client.fill('date', day(-1))
        client.fill('cause', "Retrait")
        client.dialog_button("Enregistrer")
        client.shows('state', "Sorti")

    def withdraw(self, client):
        with Timer(client, "cancel the shares of a leaver"):
            client.menu(
                "Coopérative", "Capital social", "Départs", "Retraits")
            client.tool('new_')
            client.choose('member', self.name)
            client.shows('share_class', "A - Part sociale")
            client.fill('cause', "Retrait")
            client.press('request')
            client.shows('state', "Demandé")
            client.shows('value', self.amount)
            client.ask('process')
            client.dialog_button("Valider")
        client.shows('state', "Parts annulées")
        client.shot('withdrawal')

    def ask_for_repayment(self, client):
        with Timer(client, "ask for a repayment"):
            client.menu("Coopérative", *REPAYMENTS)
            client.tool('new_')
            client.choose('member', self.name)
            client.shows('amount', self.amount)
            client.choose('decision', "anticipé")
            client.press('compute')
        client.shows('total', self.amount)
        client.shows('state', "Brouillon")
        # Who asks does not approve
        self.assertTrue(client.disabled('approve'))

    def approve(self, client):
        client.menu("Coopérative", *REPAYMENTS)
        client.open(self.name)
        client.press('approve')
        client.shows('state', "Approuvé")
        client.shot('repayment')

    def pay(self, client):
        "The line of the bank, as somebody enters it without a file"
        client.menu("Financier", "Relevés", "Relevés")
        client.tool('new_')
        client.fill('name', "Virement au sortant")
        client.fill('journal', "Banque")
        client.fill('number_of_lines', '1')
        client.new_line()
        client.fill('date', day(0), line=True)
        client.choose('party', self.name, line=True)
        client.fill('amount', self.line, line=True)
        client.choose('account', "4567", line=True)
        client.press('validate_statement')
        client.shows('state', "Validé")
        client.ask('post')
        client.dialog_button("Valider")
        client.shows('state', "Comptabilisé")
        line = client.row("4567").inner_text()
        self.assertIn(self.name, line)

    def find_paid(self, client):
        client.menu("Coopérative", *REPAYMENTS)
        client.tab_of("Payé")
        client.open(self.name)
        client.shows('state', "Payé")
        client.shows('total', self.amount)

    def find_left(self, client):
        client.menu("Coopérative", "Sociétaires", "Sociétaires")
        client.tab_of("Sortis")
        client.open(self.name)
        client.shows('state', "Sorti")
        client.shows('shares', '0')
        client.shows('capital_claim', '0,00')
        client.shot('left')


class AuditorTestCase(unittest.TestCase):

    def test_reads_the_books(self):
        "An auditor verifies the register and reads the books, changes none"
        odile = login('odile')
        odile.start("Coopérative", "Capital social", "Registres",
            "Vérifier le registre")
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

    def setUp(self):
        self.marie = login('marie')
        self.marie.row("Durand").wait_for()

    def tearDown(self):
        self.assertEqual(self.marie.errors, [])

    def assertOwn(self, text):
        for name in STRANGERS:
            self.assertNotIn(name, text)

    def test_menu(self):
        "A member logs in to what is for members"
        self.marie.shot('member-home')
        self.assertEqual(self.marie.rows().count(), 1)
        text = self.marie.page.locator('#menu').inner_text()
        self.assertIn("Mon capital", text)
        for word in ["Tiers", "Banque", "Produits", "Configuration"]:
            self.assertNotIn(word, text)

    def test_sees_only_their_own(self):
        "Whatever a member opens is theirs"
        for path in [
                ["Mon sociétariat"], ["Mon capital", "Mes parts"],
                MOVEMENTS, SUBSCRIPTIONS]:
            with self.subTest(path):
                self.marie.menu(*path)
                self.assertGreater(self.marie.rows().count(), 0)
                self.assertOwn(self.marie.tab.inner_text())

    def test_finds_no_stranger(self):
        "Who is searched for by a member is found by staff only"
        bruno = login('bruno')
        bruno.menu("Coopérative", "Sociétaires", "Sociétaires")
        bruno.tab_of("Actifs")
        for path, query in [
                (["Mon sociétariat"], "{}"),
                (MOVEMENTS, "{}"),
                (SUBSCRIPTIONS, "Sociétaire: {}")]:
            self.marie.menu(*path)
            for stranger in ["Benali", "Morel"]:
                with self.subTest(path, stranger=stranger):
                    self.marie.search(query.format(stranger))
                    self.assertEqual(self.marie.rows().count(), 0)
                    bruno.search(stranger)
                    self.assertEqual(bruno.rows().count(), 1)
            self.marie.search(query.format("Durand"))
            self.assertGreater(self.marie.rows().count(), 0)


class LaunchTestCase(unittest.TestCase):

    def test_logins(self):
        "Each login it prints is one, and there is one for each group"
        self.assertIn(server.database, server.databases())
        users = {
            name: rpc(name)('model.res.user.get_preferences', False)
            for name in server.logins}
        found = rpc('admin')('model.res.group.search_read', [
                ('name', 'like', 'Coop %'), ('name', '!=', 'Coop Client')],
            0, None, None, ['name'], context={'language': 'en'})
        self.assertTrue(found)
        users.pop('admin')
        groups = set().union(*(user['groups'] for user in users.values()))
        for group in found:
            with self.subTest(group['name']):
                self.assertIn(group['id'], groups)

    def test_worker(self):
        "What goes to the queue is done"
        path = ROOT / 'demo' / 'data' / 'members.csv'
        lines = path.read_text('utf-8').splitlines()
        title, _, one = list(csv.reader(lines, delimiter=';'))[:3]
        # Somebody else, without the numbers that are of one only
        row = dict(zip(title, one)) | {
            'numéro': 'Q1', 'nom': 'Queue', 'prénom': 'Essai', 'siren': '',
            'iban': ''}
        file = '\n'.join(map(';'.join, [title, row.values()])).encode()
        agnes = rpc('agnes')
        import_, = agnes('model.coop.import.create', [{
                    'members_file_name': 'members.csv',
                    'members_file': {
                        '__class__': 'bytes',
                        'base64': base64.b64encode(file).decode()}}])
        agnes('model.coop.import.check_files', [import_])
        agnes('model.coop.import.process', [import_])
        end = time.monotonic() + 60
        while not agnes(
                'model.coop.member.search_count', [('number', '=', 'Q1')]):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)

    def test_stops_and_starts_again(self):
        "Nothing is left running, and nothing is lost"
        before = self.counts()
        for number in [signal.SIGTERM, signal.SIGHUP]:
            with self.subTest(number):
                self.assertLessEqual(
                    {'trytond', 'trytond-cron', 'trytond-worker'},
                    set(server.processes()))
                self.assertEqual(server.stop(number), 128 + number)
                self.assertEqual(server.processes(), [])
                start = time.monotonic()
                server.start()
                print(f'again: {time.monotonic() - start:.1f} s')
                self.assertEqual(self.counts(), before)

    def counts(self):
        admin = rpc('admin')
        return {
            name: admin(f'model.{name}.search_count', [])
            for name in [
                'coop.member', 'coop.share.movement', 'coop.member.event',
                'account.move']}
