# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories

D = Decimal


def day(month, day=1):
    return dt.date(2021, month, day)


class VoteTestCase(factories.CoopTestCase):
    "Test who votes at a date"

    def votes(self, member, dates, known_at=None):
        Member = Pool().get('coop.member')
        result = []
        for date in dates:
            with Transaction().set_context(date=date, known_at=known_at):
                vote = Member(member.id).may_vote
                # What is searched is what is read
                self.assertEqual(Member.search([
                            ('id', '=', member.id),
                            ('may_vote', '=', True),
                            ]), [member] if vote else [])
            result.append(int(vote))
        return result

    def event(self, member, kind, date, **values):
        Event = Pool().get('coop.member.event')
        return Event.record([Event(
                    company=member.company, member=member, kind=kind,
                    date=date, **values)])[0]

    @with_transaction()
    def test_life(self):
        "The vote follows the life and the shares, not the weight of a college"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            worker = factories.category(company, 'W', vote_weight=D('.5'))
            user = factories.category(company, 'U', vote_weight=D(2))
            member, = factories.members(
                company, 1, worker, admitted=day(2))
            # Not paid, and it votes
            factories.subscribe(member, share_class, 1, day(3))
            self.event(member, 'suspension', day(4))
            self.event(member, 'category', day(5), category=user)
            self.event(member, 'notice', day(6), cause='resignation')
            departure = self.event(
                member, 'departure', day(7, 31), cause='resignation')
            dates = [
                day(1), day(2), day(3), day(4), day(5), day(6), day(7, 31)]
            self.assertEqual(self.votes(member, dates), [
                    0, 0, 1, 1, 1, 1, 1])
            # The shares wait at the capital floor: still capital, no vote
            with Transaction().set_context(date=day(8)):
                self.assertEqual(
                    type(member)(member.id).capital, D(24))
            self.assertEqual(self.votes(member, [day(8)]), [0])
            before = departure.recorded_at - dt.timedelta(microseconds=1)
            self.assertEqual(self.votes(member, [day(8)], before), [1])

    @with_transaction()
    def test_shares(self):
        "Only a voting share gives a vote, however many there are"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            voting = factories.share_class(company)
            other = factories.share_class(company, 'B', voting=False)
            member, = factories.members(company, 1, admitted=day(2))
            factories.subscribe(member, other, 10, day(3))
            self.assertEqual(self.votes(member, [day(4)]), [0])
            first = factories.subscribe(member, voting, 1, day(5))
            second = factories.subscribe(member, voting, 2, day(6))
            self.assertEqual(
                self.votes(member, [day(4), day(5), day(6)]),
                [0, 1, 1])
            Movement.reverse([first, second])
            self.assertEqual(
                self.votes(member, [day(5), day(6)]), [0, 0])
            self.assertEqual(self.votes(
                    member, [day(5), day(6)], first.number), [1, 1])

    @with_transaction()
    def test_admitted(self):
        "Who is admitted and has not become active yet does not vote"
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(
                company, 1, admitted=day(2),
                events=['application', 'admission'])
            factories.subscribe(member, share_class, 1, day(3))
            self.assertEqual(self.votes(member, [day(4)]), [0])
            factories.receive(member, D(24), day(5))
            self.assertEqual(
                self.votes(member, [day(4), day(5)]), [0, 1])
