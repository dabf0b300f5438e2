# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model.exceptions import AccessError, RequiredValidationError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import ExclusionError
from . import factories

NOTICE = dt.date(2021, 3, 1)


class ExclusionTestCase(factories.CoopTestCase):
    "Test that nobody is excluded unheard"

    def exclusion(self, member, **values):
        Exclusion = Pool().get('coop.member.exclusion')
        return Exclusion.create([{
                    'company': member.company.id, 'member': member.id,
                    'ground': 'breach', 'reason': "The reason",
                    'notice_date': NOTICE, 'notice_number': "1A",
                    **values}])[0]

    @with_transaction()
    def test_excluded(self):
        "After the delay a decision excludes, and the departure tells why"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Exclusion = pool.get('coop.member.exclusion')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            record = self.exclusion(member)
            Exclusion.notify([record])
            self.assertEqual(record.deadline, dt.date(2021, 6, 1))
            with self.assertRaisesRegex(ExclusionError, "needs a decision"):
                Exclusion.exclude([record])
            for decided, last in [
                    (dt.date(2021, 5, 31), dt.date(2021, 6, 30)),
                    (dt.date(2021, 6, 1), dt.date(2021, 5, 31))]:
                record.decision = factories.decision(company, decided)
                record.date = last
                record.save()
                with self.assertRaisesRegex(ExclusionError, "06/01/2021"):
                    Exclusion.exclude([record])
            record.date = dt.date(2021, 6, 30)
            record.save()
            Exclusion.exclude([record])
            event, = Event.search([
                    ('member', '=', member.id), ('kind', '=', 'departure')])
            self.assertEqual(
                (event.cause, event.date, event.decision, event.reason),
                ('exclusion', record.date, record.decision, "The reason"))
            self.assertEqual(member.__class__(member.id).state, 'left')

    @with_transaction()
    def test_notice(self):
        "Without its registered letter nobody is notified"
        Exclusion = Pool().get('coop.member.exclusion')
        company = factories.cooperative()
        with set_company(company):
            member, = factories.members(company, 1)
            for name in ['notice_date', 'notice_number']:
                record = self.exclusion(member, **{name: None})
                with self.assertRaises(RequiredValidationError):
                    Exclusion.notify([record])

    @with_transaction()
    def test_access(self):
        "The member reads it, the office prepares, the board excludes"
        Exclusion = Pool().get('coop.member.exclusion')
        company = factories.cooperative()
        with set_company(company):
            member, other = factories.members(company, 2)
            record = self.exclusion(member)
            for owner, found in [(member, [record]), (other, [])]:
                user = factories.user(
                    f'user {owner.number}', 'member', member=owner)
                with factories.as_user(user):
                    self.assertEqual(Exclusion.search([]), found)
                    with self.assertRaises(AccessError):
                        Exclusion.write([record], {'reason': "None"})
            office = factories.user(
                'office', 'administration', company=company)
            with factories.as_user(office):
                Exclusion.notify([record])
                with self.assertRaises(AccessButtonError):
                    Exclusion.exclude([record])
                with self.assertRaises(ExclusionError):
                    Exclusion.write([record], {'reason': "Another"})
                with self.assertRaises(ExclusionError):
                    Exclusion.delete([record])
