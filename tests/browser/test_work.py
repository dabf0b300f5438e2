"""Members at work: a report on a telephone, a repair on the spot.

The database is that of the demonstration, as in test_office.
"""
import datetime as dt
import re
import time
import unittest

from tests.browser import shared
from tests.browser.sao import Browser, Timer
from tests.browser.shared import rpc

# A repair is entered, signed and done in less (seconds)
EXPRESS = 120
IMAGE = b'signature'
# Not "Ajouter et nouveau"
ADD = re.compile(r'^\s*Ajouter\s*$')

browser = server = None


def setUpModule():
    global browser, server
    server = shared.server()
    browser = unittest.enterModuleContext(Browser(server))


def login(user, **size):
    return shared.login(browser, user, **size)


def number(value):
    return {'__class__': 'Decimal', 'decimal': str(value)}


def date(distance):
    day = dt.date.today() + dt.timedelta(days=distance)
    return {
        '__class__': 'date', 'year': day.year, 'month': day.month,
        'day': day.day}


def marie():
    "The member that Marie is"
    found, = rpc('agnes')('model.coop.member.search', [
            ('party.name', '=', "Marie Durand")])
    return found


class PhoneTestCase(unittest.TestCase):

    def assertNoScroll(self, page):
        "Nothing is cut off at the right"
        self.assertLessEqual(
            page.evaluate('document.documentElement.scrollWidth'), 400)


class ReportTestCase(PhoneTestCase):

    def mission(self, title):
        "A mission of Marie by the hour, confirmed"
        send = rpc('agnes')
        client, = send('model.party.party.search', [
                ('name', 'like', '%Mosaïque%')], 0, 1)
        mission, = send('model.coop.mission.create', [{
                    'title': title, 'client': client, 'pricing': 'time',
                    'contribution_rate': number('.1'),
                    'start_date': date(-1), 'end_date': date(0),
                    'members': [['create', [{
                                    'member': marie(),
                                    'unit_price': number(50)}]]]}])
        rows = send('model.coop.mission.member.search', [
                ('mission', '=', mission)])
        send('model.coop.mission.member.confirm', rows)
        return mission

    def test_reports_on_a_phone(self):
        "A member writes, signs and submits a report, 400 pixels wide"
        mission = self.mission("Caisse en panne")
        phone = login('marie', width=400, height=800)
        with Timer(phone, "file a work report on a telephone"):
            phone.menu("Mes comptes rendus")
            phone.tool('new_')
            phone.choose('mission', "Caisse en panne")
            phone.tick('final')
            phone.new_line()
            phone.fill('description', "Remplacé le disque")
            phone.fill('duration', '02:30')
            phone.dialog_button(ADD)
            self.assertNoScroll(phone.page)
            phone.shot('report-phone')
            phone.page_of("Signature")
            phone.attach('signature', 'signature.png', IMAGE)
            phone.fill('signed_by', "M. Petit")
            phone.fill('signed_on', shared.day(0))
            phone.press('submit')
        phone.shows('state', "Remis")
        phone.shot('report-phone-submitted')
        self.assertNoScroll(phone.page)
        self.assertEqual(phone.errors, [])
        report, = rpc('agnes')('model.coop.mission.report.search_read', [
                ('mission', '=', mission)], 0, None, None,
            ['state', 'amount', 'signed_by'])
        self.assertEqual(
            (report['state'], report['signed_by'],
                float(report['amount']['decimal'])),
            ('submitted', "M. Petit", 125))


class ExpressTestCase(PhoneTestCase):

    def test_repairs_on_the_spot(self):
        "Client found or made, price list, signed, done from one form"
        send = rpc('agnes')
        send('model.coop.service.create', [{
                    'name': "Virus supprimé", 'price': number(60)}])
        send('model.coop.configuration.write', [1], {
                'express_mentions': "Vous pouvez vous rétracter."})
        agnes = login('agnes')
        start = time.monotonic()
        with Timer(agnes, "an express job"):
            agnes.menu("Coopérative", "Missions", "Interventions express")
            agnes.tool('new_')
            agnes.choose('member', "Durand")
            agnes.fill('phone', "04 38 00 11 22")
            agnes.fill('name', "Mme Blanc")
            agnes.fill('street', "3 rue Neuve")
            agnes.fill('postal_code', "38000")
            agnes.fill('city', "Grenoble")
            agnes.tick('at_once')
            agnes.new_line()
            agnes.choose('service', "Virus", line=True)
            agnes.attach('signature', 'signature.png', IMAGE)
            agnes.fill('signed_by', "Mme Blanc")
            agnes.shot('express')
            agnes.press('finish')
            agnes.dialog_button("Valider")
        agnes.shows('state', "Terminée")
        agnes.shot('express-done')
        self.assertEqual(agnes.errors, [])
        self.assertLess(time.monotonic() - start, EXPRESS)
        mission, = send('model.coop.mission.search_read', [
                ('title', '=', "Virus supprimé")], 0, None, None,
            ['state', 'client_name'])
        self.assertEqual(
            (mission['state'], mission['client_name']),
            ('invoiced', "Mme Blanc"))
