# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from ..exceptions import ContributionError, SettlementError
from . import factories
from .factories import DATE, again, balance, entry

END = dt.date(2022, 12, 31)


def scaled(company, mode, *scales):
    "Return a rate of missions with scales of the year"
    return factories.rate(company, mode, scales=[('create', [{
                        'brackets': [('create', [
                                    {'above': D(a), 'rate': D(r)}
                                    for a, r in brackets])],
                        **values} for brackets, values in scales])])


def trued_up(company):
    TrueUp = Pool().get('coop.contribution.true_up')
    record, = TrueUp.create([{
                'company': company.id, 'start_date': dt.date(2022, 1, 1)}])
    TrueUp.compute([record])
    return TrueUp(record.id)


def settle(record):
    record.settle([record])
    return again(record).settlement


class TrueUpTestCase(factories.SettlementTestCase):
    "Test the contribution of a year"

    @with_transaction()
    def test_margin(self):
        "Too much is given back by a complementary line, too little credited"
        company = factories.cooperative()
        with set_company(company):
            category = coop.category(company, 'X')
            scaled(company, 'margin',
                ([(0, '.1'), (1000, '.05')], {}),
                ([(0, '.2')], {'category': category.id, 'cap': D(180)}))
            one, = factories.workers(company, 1)
            two, = factories.workers(company, 1, category=category)
            for member in [one, two]:
                factories.settled(company, [(member, 900)])
                factories.settled(company, [(member, 900)])
            record = trued_up(company)
            self.assertEqual(
                {l.member: (l.base, l.due, l.taken, l.difference,
                        l.limited_by) for l in record.lines}, {
                    one: (2000, 150, 200, -50, None),
                    two: (2000, 180, 200, -20, 'cap')})
            settlement = settle(record)
            self.assertEqual(settlement.state, 'confirmed')
            self.assertEqual(
                {(l.kind, l.member): l.amount for l in settlement.lines}, {
                    ('true_up', one): 50, ('true_up', two): 20,
                    ('contribution', None): -70})
            self.assertEqual(settlement.client_amount, 0)
            # Once more: nothing is left
            self.assertEqual(
                {l.difference for l in trued_up(company).lines}, {0})

    @with_transaction()
    def test_floor_of_a_part_of_the_year(self):
        "The floor is that of the time as a member"
        company = factories.cooperative()
        with set_company(company):
            scaled(company, 'margin', ([(0, '.1')], {'floor': D(365)}))
            one, = factories.workers(company, 1)
            late, = coop.members(
                company, 1, coop.category(company, 'L'),
                admitted=END - dt.timedelta(days=199))
            factories.settled(company, [(one, 900), (late, 900)])
            record = trued_up(company)
            self.assertEqual(
                {l.member: (l.due, l.difference) for l in record.lines},
                {one: (365, 265), late: (200, 100)})
            settlement = settle(record)
            self.assertEqual(
                {l.member: l.amount for l in settlement.lines if l.member},
                {one: -265, late: -100})

    @with_transaction()
    def test_invoice(self):
        "Members are invoiced with VAT, each service once, and trued up"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        company = factories.cooperative()
        with set_company(company):
            scaled(company, 'invoice', ([(0, '.08')], {}))
            one, = factories.workers(company, 1)
            factories.settled(company, [(one, 900)])
            lines = Line.contributions_to_invoice(company, END)
            invoice, = Line.invoice_contributions(lines, END)
            self.assertEqual(entry(invoice.move), {
                    ('customer', "Member 1"): 120, ('7061', None): -100,
                    ('44571', None): -20})
            self.assertEqual(
                Line.contributions_to_invoice(company, END), [])
            settlement = settle(trued_up(company))
            line, = settlement.lines
            self.assertEqual((line.amount, line.contribution), (0, -20))
            lines = Line.contributions_to_invoice(company, END)
            self.assertEqual(lines, [line])
            credit, = Line.invoice_contributions(lines, END)
            self.assertEqual(credit.total_amount, -24)
            self.assertEqual(balance(company, '7061'), -80)
            with self.assertRaises(SettlementError):
                again(line).check_cancel()

    @with_transaction()
    def test_never_both(self):
        "Where the margin is kept nobody is invoiced; the mode stays"
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Rate = pool.get('coop.mission.rate')
        company = factories.cooperative()
        with set_company(company):
            rate = factories.rate(company)
            later = factories.rate(
                company, 'invoice', DATE + dt.timedelta(days=1))
            one, = factories.workers(company, 1)
            margin = factories.settled(company, [(one, 900)])
            self.assertEqual(
                Line.contributions_to_invoice(company, END), [])
            with self.assertRaises(ContributionError):
                Rate.write([rate], {'mode': 'invoice'})
            with self.assertRaises(ContributionError):
                Rate.delete([rate])
            Rate.write([later], {'mode': 'margin'})
            Rate.write([later], {'mode': 'invoice'})
            mission = factories.mission(
                company, [(one, 900)], date=later.date)
            factories.report(mission, one, later.date)
            factories.accept(mission)
            line, = Line.contributions_to_invoice(company, END)
            self.assertEqual(line.amount, 1000)
            self.assertEqual(
                {l.amount for l in margin.lines}, {900, 100})

    @with_transaction()
    def test_status_changed(self):
        "Each VAT status of the year has its part, by the turnover of its days"
        company = factories.cooperative()
        with set_company(company):
            scaled(company, 'margin', ([(0, '.05')], {}))
            one, two = factories.workers(company, 2, 'franchise')
            factories.vat(one, 'receipts', dt.date(2022, 7, 1))
            for date, amount in [
                    (DATE, 900), (dt.date(2022, 8, 1), 1800)]:
                factories.settled(company, [(one, amount)], date=date)
            factories.settled(company, [(two, 900)])
            settlement = settle(trued_up(company))
            self.assertEqual(sorted(
                    (l.member.id, l.date, l.amount)
                    for l in settlement.lines if l.member), [
                    (one.id, dt.date(2022, 6, 30), 50),
                    (one.id, END, 100), (two.id, END, 50)])
