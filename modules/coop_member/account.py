# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta

from .exceptions import PostingError


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + [
            'coop.share.movement', 'coop.configuration']

    @classmethod
    def set_capital_accounting_dates(cls, movements):
        """Set the dates on which movements of the capital enter the books.

        :raises PostingError: when no period is open from the effective date
        """
        company = movements[0].company
        start = cls._history_end(company)
        dates = {}
        for movement in movements:
            date = movement.date
            if start and date < start:
                movement.accounting_date = start
                continue
            if 'opening' in {movement.kind, movement.kind_posted}:
                raise PostingError(gettext(
                        'coop_member.msg_opening_accounting_start',
                        member=movement.member.rec_name))
            if date not in dates:
                dates[date] = cls.first_open_day(company, date)
            movement.accounting_date = dates[date]

    @classmethod
    def _history_end(cls, company):
        """Return the date before which movements post nothing.

        None without an accounting start, and once the opening move carries
        the history: what is recorded later is posted whatever its date.
        """
        configuration = Pool().get('coop.configuration')(1)
        if configuration.get_multivalue('opening_move', company=company.id):
            return None
        return configuration.get_multivalue(
            'accounting_start', company=company.id)

    @classmethod
    def first_open_day(cls, company, date):
        "Return the first day from the date on in an open period"
        pool = Pool()
        Period = pool.get('account.period')
        Lang = pool.get('ir.lang')
        periods = Period.search([
                ('company', '=', company.id),
                ('type', '=', 'standard'),
                ('state', '=', 'open'),
                ('end_date', '>=', date),
                ], order=[('start_date', 'ASC')], limit=1)
        if not periods:
            raise PostingError(gettext(
                    'coop_member.msg_no_open_period',
                    date=Lang.get().strftime(date),
                    company=company.rec_name))
        return max(date, periods[0].start_date)

    @classmethod
    def post_capital(cls, operations):
        """Post the entries of operations of the capital just recorded.

        :param operations: list of lists of movements, of one company
        """
        Line = Pool().get('account.move.line')
        start = cls._history_end(operations[0][0].company)
        moves = []
        for operation in operations:
            if start and operation[0].date < start:
                continue
            if lines := cls._capital_lines(operation):
                moves.append(cls._capital_move(operation, lines))
        cls.save(moves)
        cls.post(moves)
        Line.reconcile_capital([
                l for m in moves for l in m.lines if l.party])

    @classmethod
    def _capital_move(cls, operation, lines):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Period = pool.get('account.period')
        movement = operation[0]
        return cls(
            company=movement.company,
            journal=Configuration(1).get_multivalue(
                'share_journal', company=movement.company.id),
            period=Period.find(
                movement.company, date=movement.accounting_date),
            date=movement.accounting_date,
            origin=movement,
            description=movement.rec_name,
            lines=lines)

    @classmethod
    def _capital_lines(cls, operation):
        "Return the lines of an operation, one an account, party and due date"
        Line = Pool().get('account.move.line')
        amounts = defaultdict(int)
        for movement in operation:
            for role, amount in movement.entry():
                account = movement.capital_account(role)
                party = None
                if account.party_required:
                    party = movement.member.party
                due_date = None
                if account.type.receivable or account.type.payable:
                    due_date = movement.due_date or movement.date
                amounts[account, party, due_date] += amount
        return [
            Line(account=account, party=party, maturity_date=due_date,
                debit=max(amount, 0), credit=max(-amount, 0))
            for (account, party, due_date), amount in amounts.items()
            if amount]


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @classmethod
    def reconcile_capital(cls, lines):
        """Reconcile what is settled on the accounts and parties of lines.

        Debits and credits are taken from the oldest; each time that they sum
        to nothing they are reconciled together.
        """
        keys = sorted({
                (l.account.id, l.party.id) for l in lines
                if l.account.reconcile and l.party})
        to_reconcile = []
        for account, party in keys:
            open_lines = cls.search([
                    ('account', '=', account),
                    ('party', '=', party),
                    ('reconciliation', '=', None),
                    ('move_state', '=', 'posted'),
                    ])
            to_reconcile.extend(_settled(open_lines))
        if to_reconcile:
            cls.reconcile(*to_reconcile)


def _settled(lines):
    "Return the groups of lines, from the oldest, that sum to nothing"

    def age(line):
        return (line.maturity_date or line.date, line.date, line.id)
    debits = sorted((l for l in lines if l.debit > l.credit), key=age)
    credits = sorted((l for l in lines if l.debit <= l.credit), key=age)
    groups, group, balance = [], [], 0
    while side := (credits if balance > 0 else debits):
        line = side.pop(0)
        group.append(line)
        balance += line.debit - line.credit
        if not balance:
            groups.append(group)
            group = []
    return groups
