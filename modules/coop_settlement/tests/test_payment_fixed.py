# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import SettlementError
from ..exceptions_out import (
    FundError, PaymentRunError, SeizureError, YearEndError)
from . import factories_out, lists
from .factories import again

D = Decimal


class PaymentFixedTestCase(factories_out.PayoutTestCase):
    "Test that nobody changes what others have decided on"

    def approved(self, company):
        member, = factories_out.workers(company, 1, 'franchise')
        factories_out.billed(company, [(member, 1000)])
        return factories_out.run(
            company, factories_out.journal(company), state='approved')

    def payer(self, company):
        "Return an accountant who makes and approves payments otherwise too"
        ModelData = Pool().get('ir.model.data')
        user = coop.user('books', 'accountant', company=company)
        user.__class__.write([user], {'groups': [('add', [
                            ModelData.get_id('account_payment', name)
                            for name in [
                                'group_payment', 'group_payment_approval']])
                        ]})
        return user

    @with_transaction()
    def test_payment(self):
        "A payment that was approved is neither changed, added nor taken out"
        Payment = Pool().get('account.payment')
        company = factories_out.cooperative()
        with set_company(company):
            run = self.approved(company)
            payment, = run.payments
            thief = coop.person("Thief")
            accountant = self.payer(company)
            values = {
                'company': company.id, 'journal': run.journal.id,
                'kind': 'payable', 'party': thief.id, 'amount': D(5),
                'date': run.date}
            mine, = Payment.create([values])
            with coop.as_user(accountant):
                for act in [
                        lambda: Payment.write(
                            [Payment(payment.id)], {'amount': D(5000)}),
                        lambda: Payment.write(
                            [Payment(payment.id)], {'origin': None}),
                        lambda: Payment.draft([Payment(payment.id)]),
                        lambda: Payment.process([Payment(payment.id)]),
                        lambda: Payment.create(
                            [{**values, 'origin': str(run)}]),
                        lambda: Payment.write(
                            [Payment(mine.id)], {'origin': str(run)})]:
                    with self.assertRaises(PaymentRunError):
                        act()
                with self.assertRaises(AccessError):
                    Payment.delete([Payment(payment.id)])
            # By another way than a screen: it is noticed
            Payment.write([mine], {'origin': str(run)})
            with self.assertRaisesRegex(PaymentRunError, "together"):
                run.__class__.send([again(run)])
            Payment.write([mine], {'origin': None})
            run.__class__.send([again(run)])
            self.assertEqual(
                (again(run).state, again(run).message_total), ('sent', 1000))

    @with_transaction()
    def test_noted(self):
        "Who prepared and approved is noted by the buttons, not typed"
        pool = Pool()
        Movement = pool.get('coop.fund.movement')
        company = factories_out.cooperative()
        with set_company(company):
            run = factories_out.run(
                company, factories_out.journal(company), state='draft')
            accountant = coop.user('books', 'accountant', company=company)
            draft, = Movement.create([{
                        'company': company.id, 'kind': 'set_aside',
                        'date': today(company.id), 'amount': D(1)}])
            with coop.as_user(accountant):
                Run = run.__class__
                for name, value in [
                        ('prepared_by', None), ('approved_by', accountant.id),
                        ('message_hash', 'x'), ('fund_room', D(9))]:
                    with self.subTest(name), self.assertRaises(
                            PaymentRunError):
                        Run.write([Run(run.id)], {name: value})
                with self.assertRaises(FundError):
                    Movement.write([Movement(draft.id)], {'move': None})

    @with_transaction()
    def test_lines(self):
        "What is computed for a year end and a true-up is not typed"
        pool = Pool()
        company = factories_out.cooperative()
        with set_company(company):
            lists.paid(1)
            accountant = coop.user('books', 'accountant', company=company)
            clerk = coop.user('clerk', 'administration', company=company)
            for name, user, error, field in [
                    ('coop.settlement.year_end.line', accountant,
                        YearEndError, 'amount'),
                    ('coop.contribution.true_up.line', clerk,
                        SettlementError, 'difference')]:
                Model = pool.get(name)
                line, = Model.search([], limit=1)
                values = {
                    n: f.sql_format(getattr(line, n))
                    for n, f in Model._fields.items()
                    if n in {
                        'year_end', 'true_up', 'member', 'kind', 'origin',
                        'party', 'amount', 'difference'}}
                with self.subTest(name), coop.as_user(user):
                    for act in [
                            lambda: Model.write(
                                [Model(line.id)], {field: D(1)}),
                            lambda: Model.create([values]),
                            lambda: Model.copy([Model(line.id)]),
                            lambda: Model.delete([Model(line.id)])]:
                        with self.assertRaises((error, AccessError)):
                            act()
                self.assertEqual(
                    getattr(again(line), field), getattr(line, field))

    @with_transaction()
    def test_other_company(self):
        "An error names nothing to who may not see it"
        pool = Pool()
        company = factories_out.cooperative()
        with set_company(company):
            lists.paid(1)
        other = factories_out.cooperative("Other")
        foreign = coop.user('foreign', 'accountant', company=other)
        own = coop.user('own', 'accountant', company=company)
        for name, values in [
                ('coop.seizure', {'amount': D(1)}),
                ('coop.fund.movement', {'amount': D(1)}),
                ('coop.payment.run', {'journal': None}),
                ('coop.payment.run.line', {'net': D(1)}),
                ('coop.payment.run.part', {'amount': D(1)}),
                ('coop.settlement.year_end', {'date': None}),
                ('coop.settlement.year_end.line', {'amount': D(1)})]:
            Model = pool.get(name)
            with set_company(company):
                record, = Model.search([
                        ('state', '!=', 'draft')
                        if 'state' in Model._fields else ()], limit=1)
            for act in [
                    lambda: Model.write([Model(record.id)], values),
                    lambda: Model.delete([Model(record.id)])]:
                with self.subTest(name), coop.as_user(foreign), \
                        self.assertRaises(AccessError) as raised:
                    act()
                self.assertNotIn("Member", str(raised.exception))
                with self.subTest(name), coop.as_user(own), \
                        self.assertRaises((
                                SeizureError, FundError, PaymentRunError,
                                YearEndError)):
                    act()
