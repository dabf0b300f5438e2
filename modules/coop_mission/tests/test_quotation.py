# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D
from io import BytesIO

from pypdf import PdfReader

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import OfferError, QuotationError, RateError
from . import factories


class QuotationTestCase(factories.MissionTestCase):
    "Test quotations, signatures and what they ask for"

    def accepted(self, company, members, price=2000, **values):
        "Return a demand that members have accepted"
        demand = factories.demand(company, **values)
        factories.offers(demand, members, price=price, state='accepted')
        return demand.__class__(demand.id)

    @with_transaction()
    def test_price(self):
        "Members get theirs; contribution and referral come on top"
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two, referrer = factories.workers(company, 3)
            demand = self.accepted(
                company, [one, two], referrer=referrer.id)
            quotation = factories.quotation(demand)
            self.assertEqual(quotation.members_amount, D(4000))
            self.assertEqual(quotation.amount, D('4545.45'))
            self.assertEqual(quotation.referral, D('90.91'))
            self.assertEqual(quotation.contribution, D('454.54'))
            self.assertEqual(quotation.deposit, D('1363.64'))
            self.assertEqual(
                sum(amount for _, amount in quotation.client_lines()),
                quotation.amount)
            self.assertEqual(demand.__class__(demand.id).state, 'quoted')
            # Without anybody who brought it there is no referral
            other = factories.quotation(self.accepted(
                    company, [one], start_date=factories.monday(company, 9)))
            self.assertEqual(other.referral, 0)
            self.assertEqual(other.amount, D('2222.22'))

    @with_transaction()
    def test_own(self):
        "Of the office, who does the work does not note the signature"
        pool = Pool()
        Member = pool.get('coop.member')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            quotation = factories.quotation(self.accepted(company, [member]))
            clerk = coop.user('clerk', 'administration', company=company)
            Member.write([member], {'users': [('add', [clerk.id])]})
            with coop.as_user(clerk), \
                    self.assertRaisesRegex(QuotationError, "a part of"):
                Quotation.sign([Quotation(quotation.id)])
            Quotation.sign([Quotation(quotation.id)])
            self.assertEqual(Quotation(quotation.id).state, 'signed')

    @with_transaction()
    def test_rates_are_fixed(self):
        "A quotation keeps the rates of its date"
        Quotation = Pool().get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            demand = self.accepted(company, [member])
            quotation = factories.quotation(demand, 'draft')
            with self.assertRaises(RateError):
                Quotation.send([quotation])
            factories.rate(company)
            Quotation.send([quotation])
            factories.rate(
                company, contribution='.5', date=today(company.id))
            factories.forget()
            self.assertEqual(
                Quotation(quotation.id).amount, D('2222.22'))
            Quotation.draft([Quotation(quotation.id)])
            factories.forget()
            self.assertEqual(Quotation(quotation.id).amount, D(4000))
            self.assertEqual(demand.__class__(demand.id).state, 'matching')

    @with_transaction()
    def test_sign(self):
        "A signature wins the demand and frees who was not retained"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Offer = pool.get('coop.mission.offer')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            demand = self.accepted(company, [one])
            waiting, = factories.offers(demand, [two])
            quotation = factories.quotation(demand, signed=False)
            for values in [{}, {'signed_on': today(company.id)}, {
                        'signed_file': b'scan', 'signed_file_name': 'a.pdf'}]:
                Quotation.write([quotation], values)
                with self.subTest(values), \
                        self.assertRaises(QuotationError):
                    Quotation.sign([Quotation(quotation.id)])
            Quotation.write([quotation], {'accepts_members': True})
            Quotation.sign([Quotation(quotation.id)])
            factories.forget()
            self.assertEqual(Quotation(quotation.id).state, 'signed')
            self.assertEqual(Demand(demand.id).state, 'won')
            self.assertEqual(Offer(waiting.id).state, 'withdrawn')
            offer, = Offer.search([('state', '=', 'accepted')])
            with self.assertRaises(OfferError):
                Offer.withdraw([offer])

    @with_transaction()
    def test_taken(self):
        "A member promised to a client is not promised to another"
        Quotation = Pool().get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            first = self.accepted(company, [member])
            second = self.accepted(
                company, [member], start_date=first.end_date)
            later = self.accepted(
                company, [member],
                start_date=second.end_date + dt.timedelta(1))
            one, two, three = map(
                factories.quotation, [first, second, later])
            Quotation.sign([one])
            with self.assertRaisesRegex(QuotationError, "free no more"):
                Quotation.sign([two])
            Quotation.sign([three])
            # The first was a mistake
            Quotation.cancel([Quotation(one.id)])
            factories.forget()
            self.assertEqual(
                first.__class__(first.id).state, 'quoted')
            Quotation.sign([Quotation(two.id)])

    @with_transaction()
    def test_papers(self):
        "From 5,000 euros with a client, outdated papers stop a signature"
        Quotation = Pool().get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            client, other = factories.client(), factories.client("Other")
            quotations = [
                factories.quotation(self.accepted(
                        company, [member], price=price, client_=client_,
                        start_date=factories.monday(company, weeks)))
                for weeks, (price, client_) in enumerate([
                        (4999, client), (4999, other), (1, client)], 2)]
            # Below, then of another client: no paper is asked for
            Quotation.sign(quotations[:1])
            Quotation.sign(quotations[1:2])
            with self.assertRaisesRegex(
                    QuotationError, "Vigilance Certificate"):
                Quotation.sign(quotations[2:])
            date = today(company.id)
            papers = factories.papers(member, date - dt.timedelta(1))
            with self.assertRaises(QuotationError):
                Quotation.sign([Quotation(quotations[2].id)])
            factories.papers(member, date, state='received')
            with self.assertRaises(QuotationError):
                Quotation.sign([Quotation(quotations[2].id)])
            factories.papers(member, date)
            Quotation.sign([Quotation(quotations[2].id)])
            self.assertTrue(papers)

    @with_transaction()
    def test_reminders(self):
        "Members are reminded 30, 15 and 7 days before, each once"
        Document = Pool().get('coop.member.document')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            date = today(company.id)
            papers = factories.papers(member, date + dt.timedelta(30))
            seen = []
            for left in [31, 30, 29, 16, 15, 8, 7, 1, 0]:
                Document.write(papers, {
                        'expires_on': date + dt.timedelta(left)})
                for _ in range(2):
                    mailbox = factories.mailbox()
                    with mailbox:
                        Document.remind_papers()
                    seen.extend([left] * (len(mailbox.sent) // 3))
                    factories.forget()
            self.assertEqual(seen, [30, 15, 7])
            # The new ones have arrived
            Document.write(papers, {'reminded': None})
            factories.papers(member, state='received')
            mailbox = factories.mailbox()
            with mailbox:
                Document.remind_papers()
            self.assertEqual(mailbox.sent, [])

    @with_transaction()
    def test_amendment(self):
        "An amendment adds to a contract that is signed"
        pool = Pool()
        Demand = pool.get('coop.demand')
        Quotation = pool.get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, two = factories.workers(company, 2)
            demand = self.accepted(company, [one])
            contract = factories.quotation(demand, 'signed')
            self.assertEqual(Demand(demand.id).state, 'won')
            with self.assertRaises(QuotationError):
                # It amends nothing
                factories.quotation(Demand(demand.id))
            added, = factories.offers(
                Demand(demand.id), [two], state='accepted')
            amendment, = Quotation.create([{
                        'company': company.id, 'demand': demand.id,
                        'amends': contract.id, 'title': "More",
                        'date': today(company.id),
                        'accepts_members': True,
                        'signed_on': today(company.id),
                        'signed_file': b'scan', 'signed_file_name': 'c.pdf',
                        'lines': [('create', [{
                                        'offer': added.id,
                                        'description': "More"}])]}])
            Quotation.send([amendment])
            Quotation.sign([amendment])
            self.assertEqual(Quotation(amendment.id).state, 'signed')
            self.assertEqual(Demand(demand.id).state, 'won')
            with self.assertRaises(QuotationError):
                Quotation.cancel([Quotation(contract.id)])
            Quotation.cancel([Quotation(amendment.id)])
            self.assertEqual(Demand(demand.id).state, 'won')

    @with_transaction()
    def test_letter(self):
        "The PDF names the members as subcontractors, in both languages"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Report = pool.get('coop.mission.quotation.letter', type='report')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            quotation = factories.quotation(self.accepted(company, [member]))
            self.assertTrue(Lang.search([('code', '=', 'en')]))
            extension, content, _, name = Report.execute(
                [quotation.id], {'model': 'coop.mission.quotation'})
            self.assertEqual(extension, 'pdf')
            text = ''.join(
                page.extract_text() for page in PdfReader(
                    BytesIO(content)).pages)
            for expected in [
                    "2,222.22", "75-1334", member.party.name, "30 days",
                    "Client"]:
                with self.subTest(expected):
                    self.assertIn(expected, text)

    @with_transaction()
    def test_access(self):
        "The office quotes and signs; nobody else does"
        Quotation = Pool().get('coop.mission.quotation')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            member, = factories.workers(company, 1)
            quotation = factories.quotation(self.accepted(company, [member]))
            users = [coop.user('member', 'member', member=member)] + [
                coop.user(group, group, company=company)
                for group in ['board', 'accountant', 'auditor']]
            for user in users:
                for button in ['sign', 'draft', 'refuse', 'send', 'cancel']:
                    with self.subTest(user.name, button=button), \
                            coop.as_user(user), \
                            self.assertRaises(
                                (AccessError, AccessButtonError)):
                        getattr(Quotation, button)(
                            [Quotation(quotation.id)])
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                Quotation.sign([Quotation(quotation.id)])
            self.assertEqual(Quotation(quotation.id).signed_by, clerk)
