# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import tie_out
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)


class VerifyTestCase(factories.CoopTestCase):
    "Test that verifying the register finds what is wrong"

    def verify(self, company, date=DAY):
        "Return what the wizard shows"
        Verify = Pool().get('coop.share.verify', type='wizard')
        session, _, _ = Verify.create()
        wizard = Verify(session)
        wizard.start.company = company
        wizard.start.date = date
        self.assertEqual(wizard.transition_verify(), 'result')
        result = wizard.default_result([])
        Verify.delete(session)
        self.assertEqual(result['sound'], not result['problems'])
        return result

    def problems(self, company, date=DAY):
        return self.verify(company, date)['problems'].splitlines()

    def tamper(self, model, at, **values):
        "Change a row of a ledger behind the server, return how to undo it"
        row = Pool().get(model).__table__()
        cursor = Transaction().connection.cursor()
        columns = [getattr(row, name) for name in values]
        cursor.execute(*row.select(
                row.id, *columns, where=row.number == at))
        (id_, *before), = cursor.fetchall()

        def write(values):
            cursor.execute(*row.update(
                    columns, list(values), where=row.id == id_))
            Transaction().counter += 1
            Transaction().cache.clear()
        write(values.values())
        return lambda: write(before)

    def stray(self, company, role, party=None, origin=None):
        "Post a debit of 7 on an account of the capital, return its move"
        pool = Pool()
        Account = pool.get('account.account')
        Journal = pool.get('account.journal')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        journal, = Journal.search([('type', '=', 'cash')], limit=1)
        cash, = Account.search([('code', '=', 'cash')])
        account, = Account.search([('code', '=', role)])
        move = Move(
            company=company, journal=journal, date=DAY, origin=origin,
            period=Period.find(company, date=DAY), lines=[
                Line(account=cash, debit=0, credit=D(7)),
                Line(account=account, party=party, debit=D(7), credit=0)])
        move.save()
        Move.post([move])
        return move

    @with_transaction()
    def test_stray_lines(self):
        "A line that the register does not know, on each account it ties to"
        Move = Pool().get('account.move')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, other = factories.members(company, 2)
            movement = factories.subscribe(
                member, share_class, 10, DAY, D(60))
            factories.receive(member, D(24), DAY)
            self.assertEqual(self.problems(company), [])
            register = {
                'uncalled_receivable': D(180), 'uncalled': D(-180),
                'called_unpaid': D(-36), 'paid_up': D(-24),
                'receivable': D(36), 'claim': D(0), 'in_kind': D(0)}
            self.assertEqual(register.keys(), tie_out.TIES.keys() | {
                    'in_kind'})
            for role, amount in register.items():
                party = member.party if role in tie_out.BY_PARTY else None
                with self.subTest(role=role):
                    # Only the register posts there with itself as origin:
                    # any other line is money that waits to be recognised
                    move = self.stray(
                        company, role, party,
                        movement if role == 'receivable' else None)
                    problem, = self.problems(company)
                    self.assertEqual(problem, self.difference(
                            company, role, party, amount, amount + D(7)))
                    # The day before it was not there yet
                    self.assertEqual(self.problems(
                            company, DAY - dt.timedelta(days=1)), [])
                    self.post_again(move)
                    self.assertEqual(self.problems(company), [])
            # Of somebody who has nothing in the register
            self.stray(company, 'claim', other.party)
            problem, = self.problems(company)
            self.assertEqual(problem, self.difference(
                    company, 'claim', other.party, D(0), D(7)))
            # A draft is not in the books
            stray, = Move.search([], order=[('id', 'DESC')], limit=1)
            self.post_again(stray, post=False)
            self.assertEqual(self.problems(company), [problem])

    def difference(self, company, role, party, register, books):
        "Return how a difference is told"
        pool = Pool()
        Account = pool.get('account.account')
        lang = pool.get('ir.lang').get()
        account, = Account.search([('code', '=', role)])
        register, books = (
            lang.currency(a, company.currency) for a in [register, books])
        return (
            f'Account "{account.rec_name}", '
            f'party "{party.rec_name if party else "-"}": '
            f'the register says {register}, the books {books}.')

    def post_again(self, move, post=True):
        "Take a move back by another of the same origin"
        Move = Pool().get('account.move')
        back, = Move.copy([move], {'origin': str(move.origin or '') or None})
        Line = Pool().get('account.move.line')
        for line in back.lines:
            Line.write([line], {'debit': line.credit, 'credit': line.debit})
        if post:
            Move.post([back])
        return back

    @with_transaction()
    def test_tampered(self):
        "The first row that was changed behind the server, of each ledger"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            for _ in range(4):
                factories.subscribe(member, share_class, 1, DAY)
            self.assertEqual(self.problems(company), [])
            share, event = (
                L.__names__()['model'] for L in [Movement, Event])
            later = dt.datetime.now() + dt.timedelta(days=1)
            content = "the content of row {} is not what was recorded."
            for model, number, values, expected in [
                    ('coop.share.movement', 2, {'quantity': 3},
                        [f"{share}: {content.format(2)}"]),
                    ('coop.share.movement', 3, {'date': dt.date(2021, 2, 1)},
                        [f"{share}: {content.format(3)}"]),
                    ('coop.share.movement', 3, {'hash': '0'},
                        [f"{share}: {content.format(3)}"]),
                    ('coop.share.movement', 3, {'previous_hash': '1'},
                        [f"{share}: row 3 does not follow the row before "
                            "it."]),
                    ('coop.share.movement', 2, {'number': 9},
                        [f"{share}: row 2 is missing."]),
                    ('coop.share.movement', 2, {'hash_version': 9},
                        [f"{share}: row 2 has a version that is not known."]),
                    ('coop.share.movement', 4, {'recorded_at': later},
                        [f"{share}: {content.format(4)}"]),
                    ('coop.member.event', 2, {'kind': 'suspension'},
                        [f"{event}: {content.format(2)}"]),
                    ('coop.member.event', 3, {'date': dt.date(2019, 1, 1)},
                        [f"{event}: {content.format(3)}"])]:
                with self.subTest(model=model, row=number, values=values):
                    undo = self.tamper(model, number, **values)
                    self.assertEqual(self.problems(company), expected)
                    undo()
                    self.assertEqual(self.problems(company), [])
            # Both ledgers, and an amount that the books do not say
            self.tamper('coop.member.event', 1, cause='other')
            self.tamper('coop.share.movement', 4, paid_up=D(5))
            first, second, *differences = self.problems(company)
            self.assertEqual(first, f"{share}: {content.format(4)}")
            self.assertEqual(second, f"{event}: {content.format(1)}")
            self.assertEqual(differences, [
                    self.difference(company, *difference)
                    for difference in [
                        ('called_unpaid', None, D(-91), D(-96)),
                        ('paid_up', None, D(-5), D(0)),
                        ('receivable', member.party, D(91), D(96))]])

    @with_transaction()
    def test_timing(self):
        "What takes effect in a closed period is a matter of time, no fault"
        pool = Pool()
        Period = pool.get('account.period')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            member, = factories.members(company, 1)
            factories.subscribe(member, share_class, 1, DAY)
            period, = Period.search([
                    ('start_date', '<=', DAY), ('end_date', '>=', DAY)])
            Period.close([period])
            late = factories.subscribe(member, share_class, 2, DAY)
            self.assertEqual(late.accounting_date, dt.date(2021, 4, 1))
            for date, timing, capital in [
                    (dt.date(2021, 2, 28), [], 0),
                    (DAY, [late.id], 72),
                    (dt.date(2021, 3, 31), [late.id], 72),
                    (dt.date(2021, 4, 1), [], 72)]:
                with self.subTest(date=date):
                    result = self.verify(company, date)
                    self.assertTrue(result['sound'], result['problems'])
                    self.assertEqual(result['timing'], timing)
                    self.assertEqual(result['capital'], D(capital))
