# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import HandoverError
from . import factories

REFUSED = (AccessError, AccessButtonError)


class HandoverTestCase(factories.MissionTestCase):
    "Test what a member gives to a colleague"

    @with_transaction()
    def test_part(self):
        "The taker goes on, with the client's consent; each gets a part"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Member = pool.get('coop.mission.member')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            giver, taker = factories.workers(company, 2)
            mission = factories.mission(company, [giver], 'in_progress')
            row, = mission.members
            with factories.acting(giver):
                Member.give([Member(row.id)])
                # Pressed again, it opens the same draft
                Member.give([Member(row.id)])
                handover, = Handover.search([])
                self.assertEqual(handover.amount, D(2000))
                Handover.write([handover], {
                        'taker_number': taker.number,
                        'amount': D(800), 'hours': D(14)})
                Handover.offer([Handover(handover.id)])
            with factories.acting(taker):
                handover, = Handover.search([])
                view, = pool.get('ir.ui.view').search(
                    [('name', '=', 'handover_own_form')])
                fields = Handover.fields_view_get(view.id, 'form')['fields']
                values, = Handover.read([handover.id], list(fields))
                self.assertEqual(values['client_name'], "Client")
                Handover.accept([handover])
            factories.forget()
            self.assertEqual(Handover(handover.id).state, 'accepted')
            with factories.clerk(company):
                with self.assertRaises(AccessButtonError):
                    Handover.execute([Handover(handover.id)])
                Handover.write(
                    [Handover(handover.id)], {'client_accepts': True})
                Handover.execute([Handover(handover.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(
                [(r.member, r.amount, r.hours, r.state)
                    for r in mission.members],
                [(giver, D(1200), D(21), 'handed_over'),
                    (taker, D(800), D(14), 'confirmed')])
            self.assertEqual(mission.members_amount, D(2000))
            # Both report, and both are owed their part
            factories.report(mission, taker)
            factories.forget()
            self.assertEqual(Mission(mission.id).state, 'in_progress')
            factories.report(Mission(mission.id), giver)
            factories.forget()
            Mission.accept([Mission(mission.id)])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(
                {p.member: p.amount
                    for p in Mission.performed([mission])[mission]},
                {giver: D(1200), taker: D(800)})

    @with_transaction()
    def test_whole(self):
        "Who gives all away reports nothing; internal work needs no client"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            giver, taker = factories.workers(company, 2)
            mission = factories.mission(company, [giver], kind='internal')
            handover = factories.handover(mission.members[0], taker)
            with factories.acting(taker):
                Handover.accept([Handover(handover.id)])
            factories.forget()
            self.assertEqual(Handover(handover.id).state, 'done')
            factories.report(Mission(mission.id), taker)
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'reported')
            Mission.accept([mission])
            factories.forget()
            mission = Mission(mission.id)
            self.assertEqual(
                [(p.member, p.amount)
                    for p in Mission.performed([mission])[mission]],
                [(taker, D(2000))])

    @with_transaction()
    def test_consent(self):
        "The owner does not change without the taker, nor without the giver"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Member = pool.get('coop.mission.member')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            giver, taker, stranger = factories.workers(company, 3)
            mission = factories.mission(company, [giver], kind='internal')
            handover = factories.handover(mission.members[0], taker)
            for who in [giver, stranger]:
                with factories.acting(who), self.assertRaises(REFUSED):
                    Handover.accept([Handover(handover.id)])
            with factories.acting(stranger):
                self.assertEqual(Handover.search([]), [])
                with self.assertRaises(REFUSED):
                    Member.give([Member(mission.members[0].id)])
                with self.assertRaises((HandoverError, *REFUSED)):
                    Handover.create([{
                                'row': mission.members[0].id,
                                'taker': stranger.id, 'amount': D(0)}])
            with factories.acting(taker):
                with self.assertRaises(REFUSED):
                    Handover.withdraw([Handover(handover.id)])
                with self.assertRaises(HandoverError):
                    Handover.write(
                        [Handover(handover.id)], {'amount': D(9000)})
                Handover.refuse([Handover(handover.id)])
            factories.forget()
            self.assertEqual(Handover(handover.id).state, 'refused')
            self.assertEqual(
                [r.member for r in Mission(mission.id).members], [giver])
            with factories.clerk(company, 'auditor'), \
                    self.assertRaises(AccessError):
                Handover.write([Handover(handover.id)], {'amount': D(1)})

    @with_transaction()
    def test_checks(self):
        "What can not be handed over is refused with the remedy"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Mission = pool.get('coop.mission')
        company = factories.cooperative()
        with set_company(company):
            giver, colleague, taker = factories.workers(company, 3)
            mission = factories.mission(company, [giver, colleague])
            row = mission.members[0]
            for error, who, values in [
                    ("takes part", colleague, {}),
                    ("more than the price", taker, {'amount': D(2001)}),
                    ("No member has", None, {'taker_number': "nobody"}),
                    ("to yourself", None, {'taker_number': giver.number})]:
                handover, = Handover.create([{
                            'company': company.id, 'row': row.id,
                            'taker': who.id if who else None,
                            'amount': D(100), **values}])
                with self.subTest(error), \
                        self.assertRaisesRegex(HandoverError, error):
                    Handover.offer([handover])
            factories.handover(row, taker)
            with self.assertRaisesRegex(HandoverError, "already"):
                factories.handover(row, taker)
            with factories.acting(taker):
                handover, = Handover.search([])
            factories.report(Mission(mission.id), giver)
            factories.forget()
            with self.assertRaisesRegex(HandoverError, "finished"):
                Handover.accept([Handover(handover.id)])

    @with_transaction()
    def test_own(self):
        "Of the office, who takes part does not speak for the client"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            giver, taker = factories.workers(company, 2)
            mission = factories.mission(
                company, [giver], start_date=today(company.id))
            handover = factories.handover(mission.members[0], taker)
            with factories.clerk(company):
                clerk = Transaction().user
            Member.write([Member(taker.id)], {'users': [('add', [clerk])]})
            with factories.clerk(company), \
                    self.assertRaisesRegex(HandoverError, "take part"):
                Handover.write(
                    [Handover(handover.id)], {'client_accepts': True})
            self.assertFalse(Handover(handover.id).client_accepts)

    @with_transaction()
    def test_papers(self):
        "Outdated papers stop a contract that reaches the threshold"
        pool = Pool()
        Handover = pool.get('coop.mission.handover')
        company = factories.cooperative()
        with set_company(company):
            giver, taker = factories.workers(company, 2)
            mission = factories.mission(
                company, [giver], price=6000,
                start_date=today(company.id) - dt.timedelta(3))
            for amount, state in [(5000, 'accepted'), (4999, 'done')]:
                handover = factories.handover(
                    mission.members[0], taker, amount=D(amount))
                Handover.write([handover], {'client_accepts': True})
                if state == 'accepted':
                    with self.assertRaisesRegex(HandoverError, "vigilance"):
                        Handover.accept([Handover(handover.id)])
                    Handover.withdraw([Handover(handover.id)])
                    factories.forget()
                else:
                    Handover.accept([Handover(handover.id)])
                    factories.forget()
                    self.assertEqual(Handover(handover.id).state, 'done')
