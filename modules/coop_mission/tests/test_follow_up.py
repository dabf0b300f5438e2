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

from ..exceptions import FollowUpError
from . import factories, trust

DAYS = dt.timedelta(days=1)


class FollowUpTestCase(factories.MissionTestCase):
    "Test clients of whom nothing is heard, and who speaks to them"

    def client(self, name, days, referrer=None):
        "Return a client whose last demand was some days ago"
        pool = Pool()
        company = pool.get('company.company').search([
                ('party.name', '=', "Coop")], limit=1)[0]
        client = coop.person(name, f'{name.lower()}@example.com')
        factories.demand(
            company, 'draft', client, date=today(company.id) - days * DAYS,
            referrer=referrer.id if referrer else None)
        return client

    def consent(self, client, agrees, date=None):
        Consent = Pool().get('coop.client.consent')
        return Consent.create([{
                    'company': self.company.id, 'client': client.id,
                    'agrees': agrees, 'source': "on the phone",
                    'date': date or today(self.company.id)}])[0]

    def follow_up(self):
        "Return [(client, who is told)] of what the cron prepares, and mails"
        Contact = Pool().get('coop.client.contact')
        before = set(Contact.search([]))
        box = factories.mailbox()
        with box:
            Contact.follow_up_all()
        new = [c for c in Contact.search([]) if c not in before]
        return sorted(
            (c.client.name, c.referrer.party.name if c.referrer else None)
            for c in new), box.sent

    @with_transaction()
    def test_activity(self):
        "The last demand, mission and contact of each client"
        pool = Pool()
        Activity = pool.get('coop.client.activity')
        Contact = pool.get('coop.client.contact')
        company = self.company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            ann, = factories.workers(company, 1)
            bakery = self.client("Bakery", 300, ann)
            self.client("Florist", 20)
            trust.mission([ann], client=bakery)
            cancelled = trust.mission(
                [ann], client=bakery, state='confirmed')
            cancelled.cancelled_by = 'client'
            cancelled.save()
            cancelled.__class__.cancel([cancelled])
            Contact.create([{
                        'company': company.id, 'client': bakery.id,
                        'date': date - 9 * DAYS}])
            # That of the cooperative itself is no client
            factories.demand(company, 'draft', company.party)
            rows = {r.client.name: r for r in Activity.search([])}
            self.assertEqual(set(rows), {"Bakery", "Florist"})
            row = rows["Bakery"]
            self.assertEqual(
                (row.last_demand, row.last_mission, row.last_contact,
                    row.last_activity, row.demands, row.missions,
                    row.referrer, row.days),
                (date - 300 * DAYS, date, None, date, 1, 1, ann, 0))
            row = rows["Florist"]
            self.assertEqual(
                (row.last_mission, row.missions, row.days, row.referrer),
                (None, 0, 20, None))

    @with_transaction()
    def test_silent(self):
        "After the days whoever brought the client is told first, once"
        company = self.company = trust.cooperative()
        with set_company(company):
            ann, = factories.workers(company, 1)
            self.client("Bakery", 200, ann)
            self.client("Florist", 200)
            self.client("Recent", 170, ann)
            alone = self.client("Alone", 400, ann)
            self.consent(alone, 'yes', today(company.id) - 9 * DAYS)
            self.consent(alone, 'no')
            found, sent = self.follow_up()
            self.assertEqual(found, [
                    ("Bakery", ann.party.name), ("Florist", None)])
            self.assertEqual(len(sent), 1)
            self.assertIn(ann.party.email, sent[0]['To'])
            # One message, however many clients
            self.client("Grocer", 190, ann)
            self.client("Tailor", 195, ann)
            found, sent = self.follow_up()
            self.assertEqual(len(found), 2)
            message, = sent
            for name in ["Grocer", "Tailor"]:
                self.assertIn(name, message.get_content())
            self.assertEqual(self.follow_up(), ([], []))

    @with_transaction()
    def test_cap(self):
        "Nobody is spoken to again within the days, nor after \"not now\""
        Contact = Pool().get('coop.client.contact')
        company = self.company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            for name in ["Called", "Before", "Later"]:
                self.client(name, 900)
            self.follow_up()
            for contact in Contact.search([]):
                contact.date = date - 400 * DAYS
                contact.done_on = {
                    "Called": date - 100 * DAYS,
                    "Before": date - 300 * DAYS}.get(contact.client.name)
                contact.save()
                if contact.done_on:
                    Contact.do([contact])
                else:
                    contact.date = date - 10 * DAYS
                    contact.save()
                    Contact.cancel([contact])
            # Heard of 100 days ago; 300 days ago; not now, 10 days ago
            self.assertEqual(self.follow_up()[0], [("Before", None)])

    @with_transaction()
    def test_mail(self):
        "The cooperative writes after the member's days, to who agreed"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Contact = pool.get('coop.client.contact')
        company = self.company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            ann, = factories.workers(company, 1)
            agreed = self.client("Agreed", 200, ann)
            self.consent(agreed, 'yes')
            self.client("Silent", 200, ann)
            self.follow_up()

            def written():
                _, sent = self.follow_up()
                return [m['To'] for m in sent]
            configuration = Configuration(1)
            configuration.follow_up_mail = True
            configuration.save()
            self.assertEqual(written(), [])
            for contact in Contact.search([]):
                contact.date = date - 10 * DAYS
                contact.save()
            to, = written()
            self.assertIn('agreed@example.com', to)
            self.assertEqual(written(), [])
            self.assertEqual(
                {c.client.name: (c.state, c.kind)
                    for c in Contact.search([])},
                {"Agreed": ('done', 'mail'), "Silent": ('to_do', 'call')})

    @with_transaction()
    def test_reactivated(self):
        "A demand within the days counts for the last contact"
        pool = Pool()
        Contact = pool.get('coop.client.contact')
        Reactivation = pool.get('coop.client.reactivation')
        company = self.company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            clients = [self.client(n, 900) for n in ["Back", "Late", "No"]]
            for client, days in zip(clients, [60, 61, 10]):
                contact, = Contact.create([{
                            'company': company.id, 'client': client.id,
                            'date': date - 99 * DAYS,
                            'done_on': date - days * DAYS}])
                Contact.do([contact])
            demand, other = [
                factories.demand(company, 'draft', c) for c in clients[:2]]
            self.assertEqual(
                {c.client.name: c.demand for c in Contact.search([])},
                {"Back": demand, "Late": None, "No": None})
            # A demand of the web page whose client is known later
            Demand = demand.__class__
            unknown, = Demand.create([{
                        'company': company.id, 'title': "Page",
                        'date': date}])
            Demand.write([unknown], {'client': clients[2].id})
            self.assertEqual(
                [c.demand for c in Contact.search([
                            ('client', '=', clients[2].id)])], [unknown])
            rows = Reactivation.search([])
            self.assertEqual(sum(r.contacts for r in rows), 3)
            self.assertEqual(sum(r.demands for r in rows), 2)
            for row in rows:
                self.assertEqual(row.month.day, 1)
                self.assertEqual(row.share, (
                        D(row.demands) / row.contacts).quantize(D('.0001')))

    @with_transaction()
    def test_member(self):
        "A member speaks to the clients brought, and to no other"
        pool = Pool()
        Contact = pool.get('coop.client.contact')
        company = self.company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            self.client("Bakery", 200, ann)
            self.client("Florist", 200, bob)
            self.follow_up()
            mine, = Contact.search([('referrer', '=', ann.id)])
            other, = Contact.search([('referrer', '=', bob.id)])
            with coop.as_user(coop.user('ann', 'member', member=ann)):
                self.assertEqual(Contact.search([]), [mine])
                trust.open_form('client_contact_own_form', mine)
                row, = Contact.read(
                    [mine.id], ['client_name', 'client_email'])
                self.assertEqual(row['client_email'], 'bakery@example.com')
                with self.assertRaises((AccessError, FollowUpError)):
                    Contact.write([Contact(mine.id)], {'referrer': None})
                with self.assertRaises((AccessError, AccessButtonError)):
                    Contact.do([Contact(other.id)])
                Contact.write([Contact(mine.id)], {'note': "They are well"})
                Contact.do([Contact(mine.id)])
                self.assertEqual(Contact(mine.id).state, 'done')
                # A mistake
                Contact.undo([Contact(mine.id)])
                Contact.cancel([Contact(mine.id)])
                for name in ['coop.client.activity', 'coop.client.consent',
                        'coop.member.unproposed', 'coop.mission.month',
                        'coop.demand.pipeline', 'coop.mission.delay']:
                    with self.subTest(name), self.assertRaises(AccessError):
                        pool.get(name).search([])

    @with_transaction()
    def test_consent(self):
        "What a client said stays; the last one counts"
        Consent = Pool().get('coop.client.consent')
        company = self.company = trust.cooperative()
        with set_company(company):
            client = factories.client()
            self.consent(client, 'no')
            said = self.consent(client, 'yes')
            self.assertEqual(
                Consent.latest(company.id, [client.id]), {client.id: 'yes'})
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                for act in [
                        lambda: Consent.write(
                            [Consent(said.id)], {'agrees': 'no'}),
                        lambda: Consent.delete([Consent(said.id)])]:
                    with self.assertRaises((AccessError, FollowUpError)):
                        act()

    @with_transaction()
    def test_unproposed(self):
        "Members to whom nothing was proposed for 90 days are to be called"
        pool = Pool()
        Offer = pool.get('coop.mission.offer')
        Unproposed = pool.get('coop.member.unproposed')
        company = self.company = trust.cooperative()
        date = today(company.id)
        with set_company(company):
            never, recent, long_ago, withdrawn = factories.workers(company, 4)
            for member, days in [(recent, 90), (long_ago, 91), (withdrawn, 1)]:
                offer, = factories.offers(
                    factories.demand(company), [member])
                Offer.write([offer], {'proposed_on': date - days * DAYS})
                if member == withdrawn:
                    Offer.withdraw([Offer(offer.id)])
            rows = Unproposed.search([('company', '=', company.id)])
            self.assertEqual(
                {r.id: r.last_proposed for r in rows}, {
                    never.id: None, withdrawn.id: None,
                    long_ago.id: date - 91 * DAYS})
            self.assertEqual(rows[-1].id, long_ago.id)
            self.assertEqual(
                {r.email for r in rows},
                {f'member{m.id}@example.com'
                    for m in [never, withdrawn, long_ago]})
