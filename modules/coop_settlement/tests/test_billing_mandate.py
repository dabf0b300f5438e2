# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, factories_out


def printed(mandate):
    "Return what the mandate says on paper"
    Report = Pool().get('coop.billing.mandate.letter', type='report')
    extension, content, *_ = Report.execute([mandate.id], {})
    assert extension == 'pdf'
    return factories_out.text(content)


class BillingMandateTestCase(factories_out.PayoutTestCase):
    "Test the billing mandate to be signed"

    @with_transaction()
    def test_printed(self):
        "A draft has all that the law wants, for two signatures"
        company = factories_out.cooperative()
        with set_company(company):
            Pool().get('party.identifier').create([{
                        'party': company.party.id, 'type': 'fr_siren',
                        'code': '820043784'}])
            member, = factories.workers(company, 1, 'receipts')
            siren, = [
                i.code for i in member.party.identifiers
                if i.type == 'fr_siren']
            mandate = factories_out.mandate(
                member, active=False, agreement=None, signed_on=None,
                operations="Repairs at the clients'", contest_days=12,
                payment_days=40)
            text = printed(mandate)
            for part in [
                    "289 I-2", "BOI-TVA-DECLA-30-20-10", siren,
                    "820 043 784", "VAT number: ....",
                    member.party.name, company.party.name,
                    "Repairs at the clients'", "counts from 01/01/2020",
                    "within 12 days", "seller alone issues",
                    "keeps the whole liability", "pay the State",
                    "duplicate of a bill", "every change",
                    "revokes it at any time", f"AF-{member.number}-",
                    "within 40 days", "each time work is accepted",
                    "The seller, on ...", "The customer, on ..."]:
                self.assertIn(part, text)
            for values, part in [
                    ({'corrections': 'cooperative'},
                        "The customer issues what corrects"),
                    ({'rhythm': 'monthly'}, "work of each month"),
                    ({'prefix': 'X-'}, 'begins with "X-"'),
                    ({'payment_days': None}, "30 days of the service")]:
                self.assertNotIn(part, text)
                mandate.__class__.write([mandate], values)
                self.assertIn(part, printed(mandate))

    @with_transaction()
    def test_who(self):
        "The member of whom it is and the office print it, nobody else"
        company = factories_out.cooperative()
        with set_company(company):
            own, other = factories.workers(company, 2, 'franchise')
            mandate = factories_out.mandate(own, active=False)
            for name, member, groups in [
                    ('own', own, 'member'), ('clerk', None, 'administration')]:
                user = coop.user(
                    name, groups, member=member, company=company)
                with self.subTest(name), coop.as_user(user):
                    self.assertIn(own.party.name, printed(mandate))
            stranger = coop.user('stranger', 'member', member=other)
            with coop.as_user(stranger), self.assertRaises(UserError):
                printed(mandate)
