# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The register against the books: what should be equal, shown where it is not"
from collections import defaultdict
from decimal import Decimal

from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .capital import Deltas
from .event import today
from .ledger import SLICE
from .movement import exact

# role: what the register says the balance (debit - credit) of its account is
TIES = {
    'uncalled_receivable': lambda d: d.uncalled,
    'uncalled': lambda d: -d.uncalled,
    'called_unpaid': lambda d: -d.unpaid,
    'paid_up': lambda d: -d.paid_up,
    'receivable': lambda d: d.unpaid,
    'claim': lambda d: -d.claim,
    }
BY_PARTY = {'receivable', 'claim'}


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def verify_register(cls, company, date=None):
        """Return the list of what is wrong with a company's register.

        The first row that breaks a chain, then every difference with the
        books at the accounting date (today by default). Empty is normal.
        """
        pool = Pool()
        Event = pool.get('coop.member.event')
        lang = pool.get('ir.lang').get()
        problems = []
        for Ledger in [cls, Event]:
            if fault := Ledger.verify_chain(company):
                number, reason = fault
                problems.append(gettext(
                        f'coop_member.msg_ledger_fault_{reason}',
                        number=number, **Ledger.__names__()))
        for account, party, register, books in cls.tie_out(company, date):
            problems.append(gettext(
                    'coop_member.msg_tie_out_difference',
                    account=account.rec_name,
                    party=party.rec_name if party else '-',
                    register=lang.currency(register, company.currency),
                    books=lang.currency(books, company.currency)))
        return problems

    @classmethod
    def tie_out(cls, company, date=None):
        """Return [(account, party or None, register, books)] that differ.

        Amounts are debit - credit. The movements taken are those whose
        accounting date is reached: see timing_differences for the others.
        """
        date = date or today(company.id)
        register = cls._register_balances(company, date)
        books = cls._books_balances(company, date, register)
        return [
            (account, party, register[account, party], books[account, party])
            for account, party in sorted(
                register.keys() | books.keys(),
                key=lambda k: (k[0].code or '', k[1].id if k[1] else 0))
            if register[account, party] != books[account, party]]

    @classmethod
    def timing_differences(cls, company, date):
        "Return the movements effective at the date and in the books later"
        return cls.search([
                ('company', '=', company.id),
                ('date', '<=', date),
                ('accounting_date', '>', date),
                ], order=[('number', 'ASC')])

    @classmethod
    def _register_balances(cls, company, date):
        "Return {(account, party or None): balance the register implies}"
        pool = Pool()
        Member = pool.get('coop.member')
        ShareClass = pool.get('coop.share.class')
        Allocation = pool.get('coop.share.allocation')
        movement = cls.__table__()
        member = Member.__table__()
        cursor = Transaction().connection.cursor()
        query = movement.join(
            member, condition=movement.member == member.id).select(
            member.party.as_('party'),
            movement.share_class.as_('share_class'),
            *cls.sums(movement),
            where=(movement.company == company.id)
            & (movement.accounting_date <= date),
            group_by=[member.party, movement.share_class])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None] * 3 + ['NUMERIC'] * 4)
        cursor.execute(*query)
        result = defaultdict(Decimal)
        for party, share_class, *sums in cursor.fetchall():
            share_class = ShareClass(share_class)
            for role, balance in TIES.items():
                key = (
                    share_class.account(role).id,
                    party if role in BY_PARTY else None)
                result[key] += balance(Deltas(*sums))
        for key, amount in Allocation.uncovered(company, date).items():
            result[key] -= amount
        in_kind = pool.get('coop.configuration')(1).get_multivalue(
            'account_in_kind', company=company.id)
        if in_kind:
            # What is contributed in kind is delivered when it is subscribed
            result[in_kind.id, None] += 0
        return cls._browse_balances(result)

    @classmethod
    def _books_balances(cls, company, date, register):
        "Return {(account, party or None): balance} of the same accounts"
        pool = Pool()
        Move = pool.get('account.move')
        Line = pool.get('account.move.line')
        move = Move.__table__()
        line = Line.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(Decimal)
        by_party = {a.id: a.party_required for a, _ in register}
        for ids in grouped_slice(list(by_party), SLICE):
            query = line.join(move, condition=line.move == move.id).select(
                line.account.as_('account'), line.party.as_('party'),
                exact(Sum(
                        Coalesce(line.debit, 0) - Coalesce(line.credit, 0))
                    ).as_('balance'),
                where=fields.SQL_OPERATORS['in'](line.account, list(ids))
                & (move.company == company.id)
                & (move.date <= date) & (move.state == 'posted'),
                group_by=[line.account, line.party])
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, None, 'NUMERIC'])
            cursor.execute(*query)
            for account, party, balance in cursor:
                result[account, party if by_party[account] else None] += (
                    balance)
        return cls._browse_balances(result)

    @classmethod
    def _browse_balances(cls, balances):
        pool = Pool()
        Account = pool.get('account.account')
        Party = pool.get('party.party')
        accounts = {a.id: a for a in Account.browse(
                list({a for a, _ in balances}))}
        parties = {p.id: p for p in Party.browse(
                list({p for _, p in balances if p}))}
        return defaultdict(Decimal, {
                (accounts[account], parties.get(party)): amount
                for (account, party), amount in balances.items()})


class Allocation(metaclass=PoolMeta):
    __name__ = 'coop.share.allocation'

    @classmethod
    def uncovered(cls, company, date):
        """Return {(account id, party id): amount} of money not recognised.

        It is what is posted at the date less the rows in the books by then.
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        line, move = Line.__table__(), Move.__table__()
        allocation, movement = cls.__table__(), Movement.__table__()
        account = cls.account(company)
        result = defaultdict(Decimal)
        if not account:
            return result
        posted = line.join(move, condition=line.move == move.id).select(
            line.party.as_('party'),
            exact(Sum(
                    Coalesce(line.credit, 0) - Coalesce(line.debit, 0))
                ).as_('amount'),
            where=cls.foreign(company, line, move) & (move.date <= date),
            group_by=[line.party])
        recognised = allocation.join(movement,
            condition=allocation.movement == movement.id).join(line,
            condition=allocation.line == line.id).select(
            line.party.as_('party'),
            exact(-Sum(movement.paid_up)).as_('amount'),
            where=(allocation.company == company.id)
            & (movement.accounting_date <= date),
            group_by=[line.party])
        for query in [posted, recognised]:
            for party, amount in cls._fetch(query, [None, 'NUMERIC']):
                result[account.id, party] += amount
        return result


class VerifyStart(ModelView):
    __name__ = 'coop.share.verify.start'
    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("Accounting Date", required=True)

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return today(cls.default_company())


class VerifyResult(ModelView):
    __name__ = 'coop.share.verify.result'
    sound = fields.Boolean("Register Sound", readonly=True)
    problems = fields.Text("Problems", readonly=True)
    currency = fields.Many2One('currency.currency', "Currency")
    capital = Monetary(
        "Capital", currency='currency', digits='currency', readonly=True)
    highest = Monetary(
        "Highest Capital Reached", currency='currency', digits='currency',
        readonly=True)
    floor = Monetary(
        "Capital Floor", currency='currency', digits='currency',
        readonly=True)
    timing = fields.Many2Many(
        'coop.share.movement', None, None, "Timing Differences",
        readonly=True,
        help="Movements effective at the date whose entry comes later.")


class Verify(Wizard):
    __name__ = 'coop.share.verify'
    start = StateView(
        'coop.share.verify.start', 'coop_member.share_verify_start_view_form',
        [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Verify", 'verify', 'tryton-ok', default=True),
            ])
    verify = StateTransition()
    result = StateView(
        'coop.share.verify.result',
        'coop_member.share_verify_result_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def transition_verify(self):
        Pool().get('res.user').check_company(self.start.company)
        return 'result'

    def default_result(self, fields):
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Capital = pool.get('coop.share.capital')
        company, date = self.start.company, self.start.date
        problems = Movement.verify_register(company, date)
        return {
            'sound': not problems,
            'problems': '\n'.join(problems),
            'currency': company.currency.id,
            'capital': Capital.subscribed_at(company, date),
            'highest': Capital.highest(company, date),
            'floor': Capital.floor(company, date),
            'timing': [
                m.id for m in Movement.timing_differences(company, date)],
            }
