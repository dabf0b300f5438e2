# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model import ModelSQL
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import DemandError, OfferError, RuleError
from . import factories

BUTTONS = ['propose', 'see', 'accept', 'refuse', 'withdraw']


def tables(but=()):
    "Return {table: rows} of all the database, but of some models"
    cursor = Transaction().connection.cursor()
    result = {}
    for name, Model in Pool().iterobject():
        if (issubclass(Model, ModelSQL) and name not in but
                and not callable(getattr(Model, 'table_query', None))):
            table = Model.__table__()
            cursor.execute(*table.select(order_by=[table.id]))
            result[name] = cursor.fetchall()
    return result


class OfferTestCase(factories.MissionTestCase):
    "Test what members are asked"

    @with_transaction()
    def test_propose(self):
        "Members are told all before they answer, by mail, and why"
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            demand = factories.demand(company)
            mailbox = factories.mailbox()
            with mailbox:
                offers = factories.offers(demand, [one, two], state='draft')
                self.assertEqual(mailbox.sent, [])
                Pool().get('coop.mission.offer').propose(offers)
            self.assertEqual(len(mailbox.sent), 2)
            body = mailbox.sent[0].get_content()
            for text in ["Web site", "Client", "Grenoble", "2,000", "Why"]:
                self.assertIn(text, body)
            offer = offers[0].__class__(offers[0].id)
            self.assertEqual(offer.state, 'proposed')
            self.assertEqual(offer.hours, 35)
            self.assertEqual(offer.rank, 1)
            self.assertEqual(offer.candidates, 2)
            self.assertIn("number 1 of 2", offer.why)
            self.assertIn("0 km", offer.why)
            self.assertIn("No rule was adopted", offer.rule_text)
            self.assertEqual(offer.proposed_on, today(company.id))

    @with_transaction()
    def test_rule_kept(self):
        "The rule by which a member was asked stays on the offer"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            rule = factories.rule(company, equity=Decimal(7))
            offer, = factories.offers(factories.demand(company), [member])
            factories.rule(
                company, start=today(company.id), version='2')
            self.assertEqual(Offer(offer.id).rule, rule)
            self.assertIn("7 for an average share", offer.rule_text)
            with self.assertRaises(RuleError):
                rule.__class__.cancel([rule])

    @with_transaction()
    def test_refuse(self):
        "A refusal writes nothing but on the offer"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            user = coop.user('member', 'member', member=members[0])
            demand = factories.demand(company)
            offer, other = factories.offers(demand, members)
            Log = Pool().get('ir.model.log')
            # The log of the offer itself
            its_own = ['coop.mission.offer', 'ir.model.log']
            logged = Log.search([], count=True)
            before = tables(but=its_own)
            others = Offer.read([other.id], list(Offer._fields))
            mailbox = factories.mailbox()
            with mailbox, coop.as_user(user):
                Offer.write([Offer(offer.id)], {'reason': "Too far"})
                Offer.refuse([Offer(offer.id)])
            self.assertEqual(mailbox.sent, [])
            self.assertEqual(Offer(offer.id).state, 'refused')
            self.assertEqual(Offer(offer.id).answered_by, user)
            after = tables(but=its_own)
            self.assertEqual(
                [n for n in before if before[n] != after[n]], [])
            self.assertEqual(Log.search([], count=True), logged + len(
                    Log.search([
                            ('resource', '=', str(offer)),
                            ('user', '=', user.id)])))
            self.assertEqual(
                Offer.read([other.id], list(Offer._fields)), others)

    @with_transaction()
    def test_refused_is_asked_again(self):
        "Who refused is asked for the next demand as who accepted is"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            demand = factories.demand(company)
            offers = factories.offers(demand, members)
            Offer.refuse(offers[:1])
            # Of as many hours, later, when nobody is busy
            later = factories.demand(
                company, start_date=factories.monday(company, 6))
            found = {
                o.member: o for o in factories.offers(later, members)}
            one, two = (found[m] for m in members)
            self.assertEqual(one.points, two.points)
            self.assertEqual(one.share, two.share)

    @with_transaction()
    def test_own_price(self):
        "A member answers at the price that the member sets"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            user = coop.user('member', 'member', member=member)
            offer, = factories.offers(factories.demand(company), [member])
            with coop.as_user(user):
                offer = Offer(offer.id)
                Offer.see([offer])
                Offer.write([offer], {'own_price': Decimal(2400)})
                for values in [
                        {'price': Decimal(9000)}, {'hours': Decimal(1)},
                        {'reply_by': today(company.id)},
                        {'state': 'accepted'}, {'why': "Nothing"}]:
                    with self.subTest(values), \
                            self.assertRaises((OfferError, AccessError)):
                        Offer.write([offer], values)
                Offer.accept([offer])
                with self.assertRaises((OfferError, AccessError)):
                    Offer.write([offer], {'own_price': Decimal(9000)})
            offer = Offer(offer.id)
            self.assertEqual(offer.state, 'accepted')
            self.assertEqual(offer.agreed_price, 2400)
            self.assertTrue(offer.seen_at)

    @with_transaction()
    def test_strangers(self):
        "A member sees own offers only, none unsent, and presses no other"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            user = coop.user('member', 'member', member=members[0])
            demand = factories.demand(company)
            own, other = factories.offers(demand, members)
            draft, = factories.offers(
                factories.demand(company), members[:1], state='draft')
            with coop.as_user(user):
                self.assertEqual(Offer.search([]), [own])
                for offer in [other, draft]:
                    for button in BUTTONS:
                        with self.subTest(button, offer=offer.state), \
                                self.assertRaises(
                                    (AccessError, AccessButtonError)):
                            getattr(Offer, button)([Offer(offer.id)])
                    with self.assertRaises(AccessError):
                        Offer.read([offer.id], ['title'])
                    with self.assertRaises((AccessError, OfferError)):
                        Offer.write(
                            [Offer(offer.id)], {'own_price': Decimal(1)})
                for button in ['propose', 'withdraw']:
                    with self.subTest(button), self.assertRaises(
                            (AccessError, AccessButtonError)):
                        getattr(Offer, button)([Offer(own.id)])
                with self.assertRaises(AccessError):
                    Offer.create([{
                                'company': company.id, 'demand': demand.id,
                                'member': members[0].id, 'title': "Mine",
                                'hours': Decimal(1),
                                'start_date': demand.start_date,
                                'end_date': demand.end_date}])
                with self.assertRaises(AccessError):
                    Offer.delete([Offer(own.id)])
                view = Offer.fields_view_get(view_type='form')
                self.assertTrue(view)
                Offer.see([Offer(own.id)])
            self.assertEqual(Offer(other.id).state, 'proposed')
            self.assertEqual(Offer(own.id).state, 'seen')

    @with_transaction()
    def test_late(self):
        "An offer expires without an answer; a late one is not taken"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            offers = factories.offers(factories.demand(company), members)
            late, waiting = offers
            Offer.write([late], {
                    'reply_by': today(company.id) - dt.timedelta(1)})
            with self.assertRaises(OfferError):
                Offer.accept([late])
            Offer.expire_all()
            factories.forget()
            self.assertEqual(Offer(late.id).state, 'expired')
            self.assertEqual(Offer(waiting.id).state, 'proposed')

    @with_transaction()
    def test_twice(self):
        "A member is not asked twice at once, but again after it expired"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            offer, = factories.offers(demand, [member])
            with self.assertRaises(OfferError):
                factories.offers(demand, [member])
            Offer.expire([offer])
            again, = factories.offers(demand, [member])
            self.assertEqual(again.state, 'proposed')

    @with_transaction()
    def test_price_missing(self):
        "Nobody is asked without a price"
        Offer = Pool().get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            offers = Offer.prepare(factories.demand(company), [member])
            with self.assertRaisesRegex(OfferError, "Price"):
                Offer.propose(offers)

    @with_transaction()
    def test_next(self):
        "The next is prepared for the office, and sent to nobody"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            members = factories.workers(company, 2)
            demand = factories.demand(company)
            first, = factories.offers(demand, members[:1], price=1800)
            Offer.refuse([first])
            factories.forget()
            demand = Demand(demand.id)
            self.assertEqual(demand.next_member, members[1])
            mailbox = factories.mailbox()
            with mailbox:
                Demand.next([demand])
            self.assertEqual(mailbox.sent, [])
            offer, = Offer.search([('state', '=', 'draft')])
            self.assertEqual(offer.member, members[1])
            self.assertEqual(offer.price, 1800)
            factories.forget()
            with self.assertRaises(DemandError):
                Demand.next([Demand(demand.id)])

    @with_transaction()
    def test_withdrawn(self):
        "A demand that is lost withdraws its offers, which count no more"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Equity = pool.get('coop.mission.equity')
        Offer = pool.get('coop.mission.offer')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            demand = factories.demand(company)
            factories.offers(demand, [member], state='accepted')
            row, = Equity.search([('id', '=', member.id)])
            self.assertEqual(row.proposed, 35)
            demand = Demand(demand.id)
            demand.lost_reason = 'price'
            demand.save()
            mailbox = factories.mailbox()
            with mailbox:
                Demand.lose([demand])
            self.assertEqual(len(mailbox.sent), 1)
            offer, = Offer.search([])
            self.assertEqual(offer.state, 'withdrawn')
            factories.forget()
            row, = Equity.search([('id', '=', member.id)])
            self.assertEqual(row.proposed, 0)
