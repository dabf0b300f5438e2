# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import re
from decimal import Decimal as D

from trytond.model.exceptions import (
    AccessButtonError, AccessError, SQLConstraintError)
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import EvaluationError
from . import factories, trust

REFUSED = (AccessError, AccessButtonError, EvaluationError)


class EvaluationTestCase(factories.MissionTestCase):
    "Test what clients and members say of each other"

    @with_transaction()
    def test_requested(self):
        "Both sides are asked when the client accepts, and not before"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            mission = trust.mission([ann, bob], state='reported')
            self.assertEqual(Evaluation.search([]), [])
            mission.__class__.accept([mission])
            self.assertEqual(
                sorted((e.member.id, e.author, e.state, e.until)
                    for e in Evaluation.search([])),
                sorted((m.id, author, 'requested',
                        today(company.id) + dt.timedelta(days=30))
                    for m in [ann, bob] for author in ['client', 'member']))

    @with_transaction()
    def test_accepted_only(self):
        "Nothing is said of what is not accepted, or of who took no part"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            reported = trust.mission([ann], state='reported')
            accepted = trust.mission([ann])
            for mission, member in [(reported, ann), (accepted, bob)]:
                with self.subTest(member=member.id), \
                        self.assertRaises(EvaluationError):
                    Evaluation.create([{
                                'company': company.id,
                                'mission': mission.id,
                                'member': member.id, 'author': 'client'}])

    @with_transaction()
    def test_mails(self):
        "The client is written a link for each member, that is kept nowhere"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        mailbox = factories.mailbox()
        with set_company(company), mailbox:
            trust.mission(factories.workers(company, 2))
            bodies = [m.get_content() for m in mailbox.sent]
            tokens = [
                re.search(r'/coop/evaluate/(\S+)', b)[1] for b in bodies]
            self.assertEqual(len(set(tokens)), 2)
            for token in tokens:
                found = Evaluation.by_token(token)
                self.assertEqual(found.author, 'client')
                # Who reads the record can not use it
                self.assertNotIn(token, found.token_hash)
                self.assertIsNone(Evaluation.by_token(found.token_hash))
            self.assertIsNone(Evaluation.by_token('guessed'))

    @with_transaction()
    def test_own_address(self):
        "No link goes to an address of who is evaluated; the office is told"
        Party = Pool().get('party.party')
        company = trust.cooperative()
        with set_company(company):
            Party.write([company.party], {'contact_mechanisms': [('create', [
                                {'type': 'email', 'value': 'office@coop'}])]})
            ann, bob = factories.workers(company, 2)
            user = coop.user('ann', 'member', member=ann)
            user.email = 'Ann@Home.fr'
            user.save()
            for address in [f'member{bob.id}@example.com', 'ann@home.fr']:
                mailbox = factories.mailbox()
                with self.subTest(address), mailbox:
                    trust.mission(
                        [ann, bob], coop.person("Client", address))
                    self.assertEqual(
                        {m['To'] for m in mailbox.sent},
                        {'Coop <office@coop>'})
                    self.assertNotIn(
                        '/evaluate/', mailbox.sent[0].get_content())

    @with_transaction()
    def test_not_internal(self):
        "Nobody evaluates the cooperative's own missions"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            trust.mission(
                [member], kind='internal', client=factories.client(),
                budget=D(5000))
            Evaluation.search([])
            self.assertEqual(Evaluation.search([
                        ('mission.kind', '=', 'internal')]), [])

    @with_transaction()
    def test_give_once(self):
        "It is given once, whole, and changed by nobody"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            member, = factories.workers(company, 1)
            mission = trust.mission([member])
            evaluation = trust.evaluation(mission)
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk):
                mine = Evaluation(evaluation.id)
                with self.assertRaises(EvaluationError):
                    Evaluation.give([mine])
                Evaluation.write(
                    [mine], {'quality': 5, 'delay': 4, 'communication': 3})
                Evaluation.give([mine])
                self.assertEqual(Evaluation(mine.id).score, D(4))
                for values in [
                        {'quality': 1}, {'text': "x"}, {'given_on': None},
                        {'reason': "x"}, {'state': 'published'},
                        {'token_hash': Evaluation.hash('mine')}]:
                    with self.subTest(values), self.assertRaises(REFUSED):
                        Evaluation.write([mine], values)
                with self.assertRaises(REFUSED):
                    Evaluation.delete([mine])
            for refused in ['delete', 'copy']:
                with self.assertRaises(EvaluationError):
                    getattr(Evaluation, refused)([evaluation])
        with set_company(company), self.assertRaises(SQLConstraintError):
            Evaluation.create([{
                        'company': company.id, 'mission': mission.id,
                        'member': member.id, 'author': 'client'}])

    @with_transaction()
    def test_own(self):
        "Nobody of the office evaluates himself for the client"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            own = trust.evaluation(trust.mission([one]))
            other = trust.evaluation(trust.mission([two]))
            clerk = coop.user(
                'clerk', 'administration', company=company, member=one)
            values = {'quality': 5, 'delay': 5, 'communication': 5}
            with coop.as_user(clerk):
                Evaluation.write([Evaluation(other.id)], values)
                Evaluation.give([Evaluation(other.id)])
                with self.assertRaises(EvaluationError):
                    Evaluation.write([Evaluation(own.id)], values)
                with self.assertRaises(AccessButtonError):
                    Evaluation.give([Evaluation(own.id)])

    @with_transaction()
    def test_marks(self):
        "A mark is 1 to 5"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            evaluation = trust.evaluation(
                trust.mission(factories.workers(company, 1)))
            for mark in [0, 6]:
                with self.subTest(mark), self.assertRaises(Exception) as e:
                    Evaluation.write([evaluation], {'quality': mark})
                self.assertIn('Domain', type(e.exception).__name__)

    @with_transaction()
    def test_window(self):
        "After the days nothing is given, and the cron closes the request"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            evaluation = trust.evaluation(
                trust.mission(factories.workers(company, 1)))
            Evaluation.expire_all()
            self.assertEqual(Evaluation(evaluation.id).state, 'requested')
            evaluation.until = today(company.id) - dt.timedelta(days=1)
            for name in ['quality', 'delay', 'communication']:
                setattr(evaluation, name, 5)
            evaluation.save()
            with self.assertRaises(EvaluationError):
                Evaluation.give([evaluation])
            Evaluation.expire_all()
            evaluation = Evaluation(evaluation.id)
            self.assertEqual(evaluation.state, 'expired')
            self.assertIsNone(evaluation.token_hash)

    @with_transaction()
    def test_member(self):
        "A member evaluates the client of an own mission, once"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            own = trust.evaluation(trust.mission([ann]), 'member')
            of_client = trust.evaluation(own.mission)
            others = trust.evaluation(trust.mission([bob]), 'member')
            marks = {'quality': 1, 'delay': 1, 'communication': 1}
            with coop.as_user(coop.user('ann', 'member', member=ann)):
                self.assertEqual(
                    [e.id for e in Evaluation.search([])], [own.id])
                trust.open_form('evaluation_own_form', Evaluation(own.id))
                Evaluation.write([Evaluation(own.id)], marks)
                Evaluation.give([Evaluation(own.id)])
                with self.assertRaises(REFUSED):
                    Evaluation.give([Evaluation(own.id)])
                # Not the client's own words, nor a colleague's client
                for id_ in [of_client.id, others.id]:
                    with self.assertRaises(REFUSED):
                        Evaluation.write([Evaluation(id_)], marks)
                    with self.assertRaises(REFUSED):
                        Evaluation.give([Evaluation(id_)])
                with self.assertRaises(AccessError):
                    Evaluation.create([{
                                'company': company.id,
                                'mission': own.mission.id,
                                'member': ann.id, 'author': 'client'}])
                row, = Evaluation.read(
                    [own.id], ['title', 'client_name', 'rec_name'])
                self.assertEqual(row['title'], "Web site")
            self.assertEqual(Evaluation(own.id).state, 'given')
            self.assertEqual(Evaluation(others.id).state, 'requested')

    @with_transaction()
    def test_reply(self):
        "Who is evaluated replies, once, also after it is published"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            given = trust.evaluation(trust.mission([ann]), state='given')
            users = {
                m: coop.user(n, 'member', member=m)
                for n, m in [('ann', ann), ('bob', bob)]}
            with coop.as_user(users[bob]), self.assertRaises(REFUSED):
                Evaluation.write([Evaluation(given.id)], {'reply': "Ha"})
            with coop.as_user(users[ann]):
                mine = Evaluation(given.id)
                with self.assertRaises(EvaluationError):
                    Evaluation.answer([mine])
                Evaluation.write([mine], {'reply': "Thank you"})
                Evaluation.answer([mine])
                self.assertEqual(Evaluation(given.id).state, 'answered')
                with self.assertRaises(REFUSED):
                    Evaluation.write([mine], {'reply': "Or not"})
            late = trust.evaluation(trust.mission([bob]), state='given')
            late.reply_until -= dt.timedelta(days=8)
            late.save()
            Evaluation.publish([late])
            with coop.as_user(users[bob]):
                Evaluation.write([Evaluation(late.id)], {'reply': "Thanks"})
                Evaluation.answer([Evaluation(late.id)])
            late = Evaluation(late.id)
            self.assertEqual((late.state, late.reply), ('published', "Thanks"))

    @with_transaction()
    def test_decide(self):
        "A master without a part in it publishes, or refuses with a reason"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob, cleo, dan = factories.workers(company, 4)
            for member in [ann, bob]:
                trust.master(member)
            mission = trust.mission([ann])
            given = trust.evaluation(
                mission, state='given')
            given.domain = trust.domain()
            given.save()
            users = {
                name: coop.user(name, 'member', member=m)
                for name, m in [('ann', ann), ('bob', bob), ('cleo', cleo)]}
            self._masters(users, ['ann', 'bob'])
            users['board'] = coop.user('board', 'board', company=company)
            for name in ['ann', 'cleo', 'board']:
                with self.subTest(name), coop.as_user(users[name]), \
                        self.assertRaises(REFUSED):
                    Evaluation.refuse([Evaluation(given.id)])
            with coop.as_user(users['bob']):
                mine = Evaluation(given.id)
                trust.open_form('evaluation_own_form', mine)
                # The member may still reply
                with self.assertRaises(EvaluationError):
                    Evaluation.publish([mine])
                with self.assertRaises(REFUSED):
                    Evaluation.refuse([mine])
                with self.assertRaises(REFUSED):
                    Evaluation.write([mine], {'quality': 1})
                Evaluation.write([mine], {'reason': "It insults"})
                Evaluation.refuse([mine])
                self.assertEqual(Evaluation(given.id).state, 'refused')
                # A mistake, once the days to reply have passed
                Evaluation.publish([Evaluation(given.id)])
            self.assertIsNone(Evaluation(given.id).reason)

    def _masters(self, users, names):
        pool = Pool()
        User = pool.get('res.user')
        group = pool.get('ir.model.data').get_id('coop_skill', 'group_master')
        User.write([users[n] for n in names], {'groups': [('add', [group])]})

    @with_transaction()
    def test_board(self):
        "The board decides where no master is in office"
        Evaluation = Pool().get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            given = trust.evaluation(
                trust.mission(factories.workers(company, 1)),
                state='answered')
            clerk = coop.user('clerk', 'administration', company=company)
            board = coop.user('board', 'board', company=company)
            with coop.as_user(clerk), self.assertRaises(REFUSED):
                Evaluation.publish([Evaluation(given.id)])
            with coop.as_user(board):
                Evaluation.publish([Evaluation(given.id)])
            self.assertEqual(Evaluation(given.id).state, 'published')

    @with_transaction()
    def test_directory(self):
        "The directory shows mean, number, dates, reply and reasons"
        pool = Pool()
        Directory = pool.get('coop.member.directory')
        Evaluation = pool.get('coop.evaluation')
        company = trust.cooperative()
        with set_company(company):
            ann, bob = factories.workers(company, 2)
            trust.evaluation(trust.mission([ann]), state='published')
            refused = trust.evaluation(trust.mission([ann]), state='given')
            refused.reason = "It insults"
            refused.save()
            Evaluation.refuse([refused])
            trust.evaluation(trust.mission([bob]), state='given')
            with coop.as_user(coop.user('bob', 'member', member=bob)):
                rows = {
                    r['id']: r for r in Directory.read(
                        [ann.id, bob.id], [
                            'evaluation_mean', 'evaluation_count',
                            'evaluations'])}
            self.assertEqual(rows[ann.id]['evaluation_mean'], D(4))
            self.assertEqual(rows[ann.id]['evaluation_count'], 1)
            told = rows[ann.id]['evaluations']
            for text in ["Well done", "Thank you", "It insults"]:
                self.assertIn(text, told)
            self.assertEqual(told.count("mission accepted on"), 2)
            self.assertEqual(told.count("Well done"), 1)
            self.assertFalse(rows[bob.id]['evaluations'])
            self.assertEqual(rows[bob.id]['evaluation_count'], 0)
