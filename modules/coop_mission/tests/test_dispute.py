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

from .. import working_days
from ..exceptions import DisputeError, MissionError
from . import factories, trust

REFUSED = (AccessError, AccessButtonError, DisputeError)


class DisputeTestCase(factories.MissionTestCase):
    "Test a disagreement about a mission"

    @with_transaction()
    def test_opened(self):
        "The mission stands still, and the other side has five working days"
        pool = Pool()
        Mission = pool.get('coop.mission')
        company = trust.cooperative()
        mailbox = factories.mailbox()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            mission = trust.mission([ann, bob], state='reported')
            with mailbox:
                dispute = trust.dispute(mission)
            for member, mail in zip([ann, bob], mailbox.sent):
                self.assertIn(member.party.email, mail['To'])
            self.assertEqual(len(mailbox.sent), 2)
            self.assertTrue(dispute.number)
            self.assertEqual(dispute.answer_by, working_days.add(
                    today(company.id), 5))
            mission = Mission(mission.id)
            self.assertEqual(mission.state, 'disputed')
            self.assertEqual(mission.disputed_from, 'reported')
            # Silence accepts nothing meanwhile
            mission.accept_by = today(company.id) - dt.timedelta(days=9)
            mission.save()
            Mission.accept_all()
            self.assertEqual(Mission(mission.id).state, 'disputed')
            with self.assertRaises(DisputeError):
                trust.dispute(mission)

    @with_transaction()
    def test_own(self):
        "Of the office, who is complained of notes nothing of what comes"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Member = pool.get('coop.member')
        User = pool.get('res.user')
        company = trust.cooperative()
        with set_company(company):
            ann, = factories.workers(company, 1)
            dispute = trust.dispute(
                trust.mission([ann], state='reported'))
            clerk = coop.user('clerk', 'administration', company=company)
            Member.write([ann], {'users': [('add', [clerk.id])]})
            Dispute.write([dispute], {
                    'outcome': 'none', 'settlement': "Nothing is wrong"})
            for act in [Dispute.settle, Dispute.withdraw]:
                with coop.as_user(User(clerk.id)), \
                        self.assertRaisesRegex(DisputeError, "your work"):
                    act([Dispute(dispute.id)])
            Dispute.settle([Dispute(dispute.id)])
            with coop.as_user(User(clerk.id)), \
                    self.assertRaisesRegex(DisputeError, "your work"):
                Dispute.execute([Dispute(dispute.id)])
            Dispute.execute([Dispute(dispute.id)])
            self.assertEqual(Dispute(dispute.id).state, 'executed')

    @with_transaction()
    def test_too_soon(self):
        "What is not reported yet is not disputed"
        company = trust.cooperative()
        with set_company(company):
            mission = trust.mission(
                factories.workers(company, 1), state='confirmed')
            with self.assertRaises(DisputeError):
                trust.dispute(mission)

    @with_transaction()
    def test_settled(self):
        "Both agree on a credit; the mission goes on from where it was"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Mission = pool.get('coop.mission')
        company = trust.cooperative()
        with set_company(company):
            mission = trust.mission(factories.workers(company, 1))
            dispute = trust.dispute(mission, 'answered')
            with self.assertRaises(DisputeError):
                Dispute.settle([dispute])
            Dispute.write([dispute], {
                    'settlement': "The page is deducted",
                    'outcome': 'credit'})
            with self.assertRaises(DisputeError):
                Dispute.settle([dispute])
            for values in [
                    {'credit_amount': mission.amount + 1},
                    {'credit_amount': D(100), 'member_amount': D(101)}]:
                with self.subTest(values), self.assertRaises(DisputeError):
                    Dispute.write([dispute], values)
            dispute = Dispute(dispute.id)
            Dispute.write([dispute], {
                    'credit_amount': D(100), 'member_amount': D(60)})
            Dispute.settle([dispute])
            # A mistake
            Dispute.reopen([Dispute(dispute.id)])
            self.assertEqual(Dispute(dispute.id).state, 'answered')
            Dispute.settle([Dispute(dispute.id)])
            Dispute.execute([Dispute(dispute.id)])
            dispute = Dispute(dispute.id)
            self.assertEqual(dispute.state, 'executed')
            self.assertEqual(dispute.executed_on, today(company.id))
            mission = Mission(mission.id)
            self.assertEqual(
                (mission.state, mission.disputed_from), ('accepted', None))

    @with_transaction()
    def test_redo(self):
        "What is done again is reported again"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Mission = pool.get('coop.mission')
        company = trust.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            for outcome, state, report in [
                    ('redo', 'in_progress', 'contested'),
                    ('cancel', 'cancelled', 'draft'),
                    ('none', 'reported', 'submitted')]:
                with self.subTest(outcome):
                    mission = trust.mission([member], state='reported')
                    dispute = trust.dispute(mission)
                    Dispute.write([dispute], {
                            'settlement': "So be it", 'outcome': outcome})
                    Dispute.settle([dispute])
                    Dispute.execute([Dispute(dispute.id)])
                    mission = Mission(mission.id)
                    self.assertEqual(mission.state, state)
                    self.assertEqual(
                        [r.state for r in mission.reports], [report])

    @with_transaction()
    def test_withdrawn(self):
        "Who complains takes it back; then it may be disputed again"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Mission = pool.get('coop.mission')
        company = trust.cooperative()
        with set_company(company):
            mission = trust.mission(factories.workers(company, 1))
            dispute = trust.dispute(mission)
            Dispute.withdraw([dispute])
            self.assertEqual(Dispute(dispute.id).state, 'withdrawn')
            self.assertEqual(Mission(mission.id).state, 'accepted')
            trust.dispute(Mission(mission.id))
            self.assertEqual(Mission(mission.id).state, 'disputed')

    @with_transaction()
    def test_panel(self):
        "Peers without a stake are drawn; who declines is replaced"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Panelist = pool.get('coop.dispute.panelist')
        company = trust.cooperative()
        with set_company(company):
            ann, bob, ref, old, *free = factories.workers(company, 9)
            client = factories.client()
            trust.mission([old], client=client)
            mission = trust.mission(
                [ann, bob], client=client, referrer=ref.id)
            dispute = trust.dispute(mission)
            with self.assertRaises(DisputeError):
                Dispute.mediate([dispute])
            dispute.answer_by -= dt.timedelta(days=30)
            dispute.save()
            Dispute.mediate([Dispute(dispute.id)])
            dispute = Dispute(dispute.id)
            self.assertEqual(dispute.mediation_by, today(company.id)
                + dt.timedelta(days=30))
            self.assertEqual(len(dispute.panel), 3)
            self.assertLessEqual(
                {p.member for p in dispute.panel}, set(free))
            self.assertEqual(
                set(dispute.draw_order.split('\n')),
                {m.number or f'#{m.id}' for m in free})
            for member in [ann, bob, ref, old]:
                self.assertIn(member.rec_name, dispute.draw_note)
            first, second, third = dispute.panel
            for _ in range(2):
                Panelist.decline([Dispute(dispute.id).panel[0]])
            dispute = Dispute(dispute.id)
            self.assertEqual(len(dispute.panel), 3)
            self.assertEqual(dispute.panel[0], third)
            # Nobody is left to replace the next ones
            Panelist.decline(dispute.panel[:1])
            self.assertEqual(len(Dispute(dispute.id).panel), 2)

    @with_transaction()
    def test_nobody(self):
        "Without anybody to draw the office is told what to do"
        Dispute = Pool().get('coop.dispute')
        company = trust.cooperative()
        with set_company(company):
            dispute = trust.dispute(
                trust.mission(factories.workers(company, 2)), 'answered')
            with self.assertRaisesRegex(DisputeError, "outside"):
                Dispute.mediate([dispute])

    @with_transaction()
    def test_decided(self):
        "It is decided when more than half of the peers have an opinion"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Panelist = pool.get('coop.dispute.panelist')
        company = trust.cooperative()
        with set_company(company):
            ann, *free = factories.workers(company, 5)
            dispute = trust.dispute(trust.mission([ann]), 'mediation')
            Dispute.write([dispute], {
                    'settlement': "It was ordered", 'outcome': 'redo'})
            for given in range(1, 3):
                with self.assertRaises(DisputeError):
                    Dispute.decide([Dispute(dispute.id)])
                Panelist.write(
                    [dispute.panel[given]], {'opinion': "It was ordered"})
            Dispute.decide([Dispute(dispute.id)])
            self.assertEqual(Dispute(dispute.id).state, 'decided')

    @with_transaction()
    def test_members(self):
        "Each sees and does what is theirs, strangers nothing"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Panelist = pool.get('coop.dispute.panelist')
        company = trust.cooperative()
        with set_company(company):
            ann, bob, *free = factories.workers(company, 6)
            mission = trust.mission([ann])
            other = trust.mission([bob])
            users = {
                m: coop.user(f'u{i}', 'member', member=m)
                for i, m in enumerate([ann, bob, *free])}
            values = {
                'company': company.id, 'subject': "Not paid",
                'claim': "Two days more were asked for",
                'opened_by': 'member'}
            with coop.as_user(users[bob]):
                for wrong in [
                        {'mission': mission.id, 'member': bob.id},
                        {'mission': mission.id, 'member': ann.id},
                        {'mission': other.id, 'member': bob.id,
                            'opened_by': 'client'}]:
                    with self.subTest(wrong), self.assertRaises(REFUSED):
                        Dispute.create([{**values, **wrong}])
            # Nor does who has declined
            declined = factories.mission(company, [ann, bob], 'planned')
            rows = {r.member: r for r in declined.members}
            Row = pool.get('coop.mission.member')
            Row.decline([Row(rows[bob].id)])
            with coop.as_user(users[bob]), self.assertRaises(DisputeError):
                Dispute.create([{
                            **values, 'mission': declined.id,
                            'member': bob.id}])
            with coop.as_user(users[ann]):
                # Nor does who complains choose the peers or the end
                for wrong in [
                        {'seed': "a", 'draw_order': "3"},
                        {'answer_by': today(company.id)},
                        {'outcome': 'none', 'settlement': "All is paid"},
                        {'number': "1"}]:
                    with self.subTest(wrong), self.assertRaises(DisputeError):
                        Dispute.create([{
                                    **values, **wrong, 'member': ann.id,
                                    'mission': mission.id}])
            for record in Dispute.search([]):
                # Not rolled back by the test
                record.__class__.delete([record])
            with coop.as_user(users[ann]):
                mine, = Dispute.create([{
                            **values, 'mission': mission.id,
                            'member': ann.id}])
                # Nor does a draft tell of a mission of others
                for wrong in [
                        {'mission': other.id}, {'member': bob.id},
                        {'opened_by': 'client'}]:
                    with self.subTest(wrong), self.assertRaises(REFUSED):
                        Dispute.write([mine], wrong)
                Dispute.write([mine], {
                        'mission': mission.id, 'member': ann.id,
                        'opened_by': 'member'})
                Dispute.open([Dispute(mine.id)])
                mine = Dispute(mine.id)
                trust.open_form('dispute_own_form', mine)
                self.assertEqual(Dispute.search([('sits', '=', True)]), [])
                with self.assertRaises(REFUSED):
                    Dispute.answer([mine])
                for button in ['mediate', 'settle', 'decide', 'execute']:
                    with self.assertRaises(REFUSED):
                        getattr(Dispute, button)([mine])
                for change in [
                        {'outcome': 'credit'}, {'claim': "More"},
                        {'answer_text': "Yes"}, {'state': 'settled'}]:
                    with self.subTest(change), self.assertRaises(REFUSED):
                        Dispute.write([mine], change)
            with coop.as_user(users[bob]):
                self.assertEqual(Dispute.search([]), [])
                for button in ['withdraw', 'open', 'answer']:
                    with self.assertRaises(REFUSED):
                        getattr(Dispute, button)([Dispute(mine.id)])
            dispute = Dispute(mine.id)
            Dispute.write([dispute], {'answer_text': "No"})
            Dispute.answer([dispute])
            Dispute.mediate([Dispute(mine.id)])
            one, two, *_ = Dispute(mine.id).panel
            with coop.as_user(users[one.member]):
                seen, = Dispute.search([])
                row, = Dispute.read([seen.id], ['title', 'member_name'])
                self.assertEqual(row['member_name'], ann.party.name)
                self.assertTrue(seen.sits)
                self.assertEqual(
                    Dispute.search([('sits', '=', False)]), [])
                trust.open_form('dispute_panel_form', seen)
                Panelist.write([Panelist(one.id)], {'opinion': "Pay her"})
                for change in [{'opinion': "x"}, {'state': 'declined'}]:
                    with self.assertRaises(REFUSED):
                        Panelist.write([Panelist(two.id)], change)
                with self.assertRaises(REFUSED):
                    Panelist.decline([Panelist(two.id)])
                Panelist.decline([Panelist(one.id)])
                self.assertEqual(Dispute.search([]), [])
            with coop.as_user(users[ann]):
                with self.assertRaises(REFUSED):
                    Panelist.write([Panelist(two.id)], {'opinion': "x"})
                with self.assertRaises(REFUSED):
                    Panelist.create([{
                                'dispute': mine.id, 'member': ann.id}])
                Dispute.withdraw([Dispute(mine.id)])

    @with_transaction()
    def test_answered_by_member(self):
        "The member complained of answers, a colleague does not"
        Dispute = Pool().get('coop.dispute')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            dispute = trust.dispute(
                trust.mission([ann, bob]), member=ann.id)
            users = [
                coop.user(f'u{i}', 'member', member=m)
                for i, m in enumerate([ann, bob])]
            with coop.as_user(users[1]), self.assertRaises(REFUSED):
                Dispute.write([Dispute(dispute.id)], {'answer_text': "x"})
            with coop.as_user(users[0]):
                Dispute.write(
                    [Dispute(dispute.id)], {'answer_text': "Not ordered"})
                Dispute.answer([Dispute(dispute.id)])
            self.assertEqual(Dispute(dispute.id).state, 'answered')

    @with_transaction()
    def test_reminded(self):
        "Who has to act is reminded before the deadline, once"
        Dispute = Pool().get('coop.dispute')
        company = trust.cooperative()
        with set_company(company):
            ann, *free = factories.workers(company, 5)
            dispute = trust.dispute(trust.mission([ann]))
            date = today(company.id)
            days = dt.timedelta(days=1)
            for values, count in [
                    ({'answer_by': date + 3 * days}, 0),
                    ({'answer_by': date + 2 * days}, 1),
                    ({'answer_by': date - days}, 0)]:
                box = factories.mailbox()
                with self.subTest(values), box:
                    for name, value in values.items():
                        setattr(dispute, name, value)
                    dispute.save()
                    Dispute.remind_all()
                    Dispute.remind_all()
                    self.assertEqual(len(box.sent), count)
            self.assertEqual(Dispute(dispute.id).reminded, 'answer_late')
            Dispute.mediate([Dispute(dispute.id)])
            dispute = Dispute(dispute.id)
            dispute.mediation_by = date + 7 * days
            dispute.save()
            box = factories.mailbox()
            with box:
                Dispute.remind_all()
                Dispute.remind_all()
            self.assertEqual(len(box.sent), 3)

    @with_transaction()
    def test_not_deleted(self):
        "What was opened stays"
        Dispute = Pool().get('coop.dispute')
        company = trust.cooperative()
        with set_company(company):
            mission = trust.mission(factories.workers(company, 1))
            Dispute.delete([trust.dispute(mission, 'draft')])
            with self.assertRaises(DisputeError):
                Dispute.delete([trust.dispute(mission)])
            with self.assertRaises(MissionError):
                mission.__class__.delete([mission])
