# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.exceptions import UserError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import LedgerAccessError
from . import factories


class ReferenceTestCase(factories.CoopTestCase):
    "Test that a payment reference is that of one member"

    def member(self, category, number):
        return factories.applicant(
            factories.person(f"Number {number}"), category, number=number)

    @with_transaction()
    def test_found(self):
        "A bank's text leads to the member, whatever signs the number has"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            for number, base in [
                    ('1-2', 'M12'), ('123', 'M123'), ('a/é7', 'MA7')]:
                member = self.member(category, number)
                reference = member.payment_reference
                self.assertEqual(
                    (reference[:2], reference[4:]), ('RF', base))
                text = f"{reference[:4]} {reference[4:]} / shares".lower()
                self.assertEqual(
                    Member.by_payment_reference(company, text), member)
            self.assertIsNone(
                Member.by_payment_reference(company, "RF00 M12"))

    @with_transaction()
    def test_unique(self):
        "Numbers that differ by signs only are refused in one company"
        company, other = factories.cooperative(), factories.cooperative("B")
        with set_company(other):
            self.member(factories.category(other), '12')
        with set_company(company):
            category = factories.category(company)
            self.member(category, '1-2')
            self.member(category, '1-3')
            with self.assertRaisesRegex(UserError, "choose another number"):
                self.member(category, '12')

    @with_transaction()
    def test_not_written(self):
        "The reference follows the number, whatever is written"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            member = factories.applicant(
                factories.person("Ann"), factories.category(company),
                number='12', payment_reference='RF00M1')
            reference = member.payment_reference
            self.assertEqual(reference[4:], 'M12')
            staff = factories.user(
                'staff', 'administration', company=company)
            with factories.as_user(staff), \
                    self.assertRaises(LedgerAccessError):
                Member.write(
                    [Member(member.id)], {'payment_reference': 'RF00M1'})

    @with_transaction()
    def test_filled(self):
        "An older database is given the references; the first keeps his"
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            first, second, third = members = factories.members(
                company, 3, admitted=dt.date(2021, 1, 1))
            references = [m.payment_reference for m in members]
            table = Member.__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*table.update([table.payment_reference], [None]))
            cursor.execute(*table.update(
                    [table.number], [f'-{first.number}'],
                    where=table.id == second.id))
            Member._fill_references()
            Transaction().cache.clear()
            self.assertEqual(
                [Member(m.id).payment_reference for m in members],
                [references[0], None, references[2]])
        Transaction().rollback()
