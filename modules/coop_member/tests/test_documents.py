# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import without_check_access

from . import factories, printed
from .queries import counted

END = dt.date(2021, 12, 31)
YEAR = {'start_date': dt.date(2021, 1, 1), 'date': END}


def execute(name, company, **data):
    "Return the content of a document, as the client asks for it"
    pool = Pool()
    Action = pool.get('ir.action.report')
    Report = pool.get(name, type='report')
    with without_check_access():
        action, = Action.search([('report_name', '=', name)])
    _, content, _, _ = Report.execute(
        [], {'company': company.id, 'action_id': action.id, **data})
    return content


def sheet(name, company, **data):
    return printed.rows(execute(name, company, format='xlsx', **data))


def text(name, company, **data):
    return printed.words(execute(name, company, **data))


class DocumentsTestCase(factories.CoopTestCase):
    "Compare documents with what a person computed by hand"

    @with_transaction()
    def test_capital_table(self):
        "The capital of a year, class by class, in shares and in euros"
        company = factories.cooperative()
        with set_company(company):
            printed.register(company)
            pdf = text('coop.share.capital.table', company, **YEAR)
            for line in [
                    "Capital Table",
                    "from 01/01/2021 to 12/31/2021",
                    "A - Ordinary"
                    " Opening 15 360.00 360.00 240.00 0.00"
                    " Subscriptions 2 48.00 48.00 0.00 0.00"
                    " Payments 0 0.00 0.00 48.00 0.00"
                    " Transfers in 3 72.00 72.00 72.00 0.00"
                    " Transfers out -3 -72.00 -72.00 -72.00 0.00"
                    " Reversals of mistakes -2 -48.00 -48.00 0.00 0.00"
                    " Closing 15 360.00 360.00 288.00 0.00",
                    "B - Savings"
                    " Opening 4 40.00 40.00 0.00 0.00"
                    " Closing 4 40.00 40.00 0.00 0.00",
                    "All Share Classes"
                    " Opening 19 400.00 400.00 240.00 0.00",
                    "Closing 19 400.00 400.00 288.00 0.00",
                    "Highest capital ever subscribed 400.00",
                    "Floor of the capital 100.00",
                    "Capital above the floor 300.00",
                    ]:
                self.assertIn(line, pdf)
            # The year before was whole when this one begins
            before = text('coop.share.capital.table', company,
                start_date=dt.date(2020, 1, 1), date=dt.date(2020, 12, 31))
            self.assertIn("Opening 0 0.00 0.00 0.00 0.00"
                " Subscriptions 15 360.00 360.00 0.00 0.00"
                " Payments 0 0.00 0.00 240.00 0.00"
                " Closing 15 360.00 360.00 240.00 0.00", before)

    @with_transaction()
    def test_capital_sheet(self):
        "The spreadsheet of the capital has the same numbers, as numbers"
        company = factories.cooperative()
        with set_company(company):
            printed.register(company)
            rows = sheet('coop.share.capital.table', company, **YEAR)
            self.assertIn(['Closing', 19, 400, 400, 288, 0], rows)
            self.assertIn(['Payments', 0, 0, 0, 48, 0], rows)

    @with_transaction()
    def test_known_before(self):
        "Before the mistake was reversed, it counted"
        company = factories.cooperative()
        with set_company(company):
            printed.register(company)
            rows = sheet('coop.share.capital.table', company,
                known_at=7, **YEAR)
            self.assertIn(['Closing', 21, 448, 448, 240, 0], rows)
            rows = sheet('coop.share.movement.register', company,
                known_at=7, **YEAR)
            self.assertEqual(
                [r[0] for r in rows if isinstance(r[0], int)], [5, 6, 7])

    @with_transaction()
    def test_member_register(self):
        "The register of members tells who held what at the date"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            (one, two, three), _ = printed.register(company)
            Event.record([Event(
                        company=company, member=three, kind='departure',
                        date=dt.date(2021, 6, 30), cause='resignation')])
            names = ['coop.member.register', company]
            rows = [
                r[1:2] + r[3:] for r in sheet(*names, date=END)
                if r[0] in {m.number for m in [one, two, three]}]
            admitted = dt.datetime(2020, 1, 1)
            self.assertEqual(rows, [
                    ["Member 1", "Workers", "Active", admitted, None,
                        7, 168, 168],
                    ["Member 2", "Workers", "Active", admitted, None,
                        12, 232, 120],
                    ])
            pdf = text(*names, date=END)
            self.assertIn("Total 19 400.00 288.00", pdf)
            self.assertIn("Number of members 2", pdf)
            self.assertNotIn("Member 3", pdf)
            # He was a member on his last day, and is a leaver from then on
            self.assertIn("Number of members 3",
                text(*names, date=dt.date(2021, 6, 30)))
            self.assertIn(
                "Member 3 Workers Left 01/01/2020 06/30/2021 0 0.00 0.00",
                text(*names, date=END, leavers=True))

    @with_transaction()
    def test_waiting_leaver(self):
        "Who left and whose shares wait at the floor stays on the register"
        Event = Pool().get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            (one, _, _), _ = printed.register(company)
            Event.record([Event(
                        company=company, member=one, kind='departure',
                        date=dt.date(2021, 6, 30), cause='resignation')])
            pdf = text('coop.member.register', company, date=END)
            self.assertIn(
                "Member 1 Workers Left 01/01/2020 06/30/2021 7 168.00 168.00",
                pdf)
            self.assertIn("Number of members 2", pdf)

    @with_transaction()
    def test_movement_register(self):
        "The register of movements has each row, its sums and its last hash"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            (one, two, three), _ = printed.register(company)
            last, = Movement.search([], order=[('number', 'DESC')], limit=1)
            rows = sheet('coop.share.movement.register', company, date=END)
            day = dt.datetime
            self.assertEqual([r for r in rows if isinstance(r[0], int)], [
                    [1, day(2020, 3, 1), f"{one.number} Member 1", "A",
                        "Subscription", 10, 240, 240, 0, 0, None, None],
                    [2, day(2020, 3, 10), f"{one.number} Member 1", "A",
                        "Payment", 0, 0, 0, 240, 0, None, None],
                    [3, day(2020, 6, 1), f"{two.number} Member 2", "A",
                        "Subscription", 5, 120, 120, 0, 0, None, None],
                    [4, day(2020, 6, 1), f"{two.number} Member 2", "B",
                        "Subscription", 4, 40, 40, 0, 0, None, None],
                    [5, day(2021, 2, 1), f"{one.number} Member 1", "A",
                        "Transfer out", -3, -72, -72, -72, 0, None, None],
                    [6, day(2021, 2, 1), f"{two.number} Member 2", "A",
                        "Transfer in", 3, 72, 72, 72, 0, None, None],
                    [7, day(2021, 3, 1), f"{three.number} Member 3", "A",
                        "Subscription", 2, 48, 48, 0, 0, None, None],
                    [8, day(2021, 3, 1), f"{three.number} Member 3", "A",
                        "Reversal", -2, -48, -48, 0, 0, 7, None],
                    [9, day(2021, 5, 1), f"{two.number} Member 2", "A",
                        "Payment", 0, 0, 0, 48, 0, None, None]])
            self.assertIn(
                ["Total", None, None, None, None, 19, 400, 400, 288, 0,
                    None, None], rows)
            self.assertIn(
                ["Last row of the register", f"number 9, hash {last.hash}"],
                [r[:2] for r in rows])

    @with_transaction()
    def test_voters(self):
        "Who holds a voting share is on the list, by name"
        company = factories.cooperative()
        with set_company(company):
            (one, two, _), _ = printed.register(company)
            two.party.name = "Anna"
            two.party.save()
            pdf = text('coop.member.voters', company, date=END)
            self.assertRegex(pdf, "Anna Workers 12 .*Member 1 Workers 7")
            self.assertNotIn("Member 3", pdf)
            self.assertIn("Number of voices 2", pdf)

    @with_transaction()
    def test_language(self):
        "Dates and amounts are written as the language asked for does"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Lang.write(
            Lang.search([('code', '=', 'fr')]), {'translatable': True})
        company = factories.cooperative()
        with set_company(company):
            printed.register(company)
            pdf = text('coop.share.capital.table', company,
                language='fr', **YEAR)
            self.assertIn("31.12.2021", pdf)
            self.assertIn("360,00 360,00 288,00 0,00", pdf)

    @with_transaction()
    def test_queries(self):
        "A register is made by as many queries whatever its members"
        company = factories.cooperative()
        with set_company(company):
            category = factories.category(company)
            share_class = factories.share_class(company)
            counts = []
            for _ in range(2):
                for member in factories.members(company, 10, category):
                    factories.subscribe(
                        member, share_class, 1, dt.date(2021, 1, 1))
                counts.append([])
                for name in [
                        'coop.member.register', 'coop.member.voters',
                        'coop.share.movement.register',
                        'coop.share.capital.table']:
                    with counted() as queries:
                        rows = sheet(name, company, date=END)
                    counts[-1].append(queries.total())
                    self.assertGreater(len(rows), 5)
            self.assertEqual(*counts)

    @with_transaction()
    def test_refused(self):
        "No member prints a register, and nobody that of another company"
        company = factories.cooperative()
        other = factories.cooperative("Other", years=(2021, 2021))
        with set_company(company):
            (one, _, _), _ = printed.register(company)
            member = factories.user('member', 'member', member=one)
            clerk = factories.user(
                'clerk', 'administration', company=company)
            for name in [
                    'coop.member.register', 'coop.member.voters',
                    'coop.share.movement.register',
                    'coop.share.capital.table']:
                with factories.as_user(member), \
                        self.assertRaises(AccessError):
                    execute(name, company, date=END)
                with factories.as_user(clerk):
                    self.assertTrue(execute(name, company, date=END))
                    with self.assertRaises(AccessError):
                        execute(name, other, date=END)

    @with_transaction()
    def test_floor_and_minimum(self):
        "The floor is the statutory minimum when that is higher"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            configuration = pool.get('coop.configuration')(1)
            printed.register(company)
            configuration.statutory_minimum = D(350)
            configuration.save()
            pdf = text('coop.share.capital.table', company, **YEAR)
            self.assertIn("Statutory minimum 350.00", pdf)
            self.assertIn("Floor of the capital 350.00", pdf)
            self.assertIn("Capital above the floor 50.00", pdf)
