# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, dualmethod
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction
from trytond.tools import grouped_slice

from .allocation import OWN_ORIGINS
from .exceptions import PostingError
from .ledger import SLICE


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + [
            'coop.member', 'coop.share.movement', 'coop.share.retention',
            'coop.share.subscription', 'coop.configuration', 'coop.import']

    @dualmethod
    @ModelView.button
    def post(cls, moves):
        Allocation = Pool().get('coop.share.allocation')
        money = cls._capital_money(moves)
        super().post(moves)
        for company, parties in money.items():
            Allocation.process(company, list(parties))

    @classmethod
    def _capital_money(cls, moves):
        """Return {company: ids of the parties whose money the moves bring}.

        The ledger is locked first, as posting takes long.
        """
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Movement = pool.get('coop.share.movement')
        result = defaultdict(set)
        accounts = {}
        for move in moves:
            if str(move.origin or '').startswith(tuple(OWN_ORIGINS)):
                continue
            if move.company not in accounts:
                accounts[move.company] = Allocation.account(move.company)
            for line in move.lines:
                if line.account == accounts[move.company] and line.party:
                    result[move.company].add(line.party.id)
        if result:
            Movement.lock()
        return result

    def _cancel_default(self, reversal=False):
        Movement = Pool().get('coop.share.movement')
        if isinstance(self.origin, Movement):
            raise PostingError(gettext(
                    'coop_member.msg_capital_move_cancel',
                    move=self.rec_name, movement=self.origin.rec_name))
        return super()._cancel_default(reversal=reversal)

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
            if movement.kind_posted == 'opening':
                if movement.kind == 'reversal':
                    raise PostingError(gettext(
                            'coop_member.msg_opening_carried',
                            movement=movement.reverses.rec_name))
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
        start = cls._history_end(operations[0][0].company)
        moves = []
        for operation in operations:
            if start and operation[0].date < start:
                continue
            if lines := cls._capital_lines(operation):
                moves.append(cls._capital_move(operation, lines))
        cls.post_slices(moves)

    @classmethod
    def post_slices(cls, moves):
        "Save, post and reconcile unsaved moves of the capital, by slices"
        Line = Pool().get('account.move.line')
        lines = []
        for i in range(0, len(moves), SLICE):
            cls.save(moves[i:i + SLICE])
            # browsed together, so that they are read together
            saved = cls.browse(moves[i:i + SLICE])
            cls.post(saved)
            lines += Line.search([
                    ('move', 'in', [m.id for m in saved]),
                    ('party', '!=', None),
                    ])
        Line.reconcile_capital(lines)

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
                # What is contributed in kind shows all its steps
                step = movement.kind_posted if movement.in_kind else None
                amounts[account, party, due_date, step] += amount
        return [
            Line(account=account, party=party, maturity_date=due_date,
                debit=max(amount, 0), credit=max(-amount, 0))
            for (account, party, due_date, _), amount in amounts.items()
            if amount]


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @classmethod
    def reconcile_capital(cls, lines):
        """Reconcile what is settled on the accounts and parties of lines.

        Debits and credits are taken from the oldest; each time that they sum
        to nothing they are reconciled together. Money that the register does
        not wholly recognise yet is left open.
        """
        Allocation = Pool().get('coop.share.allocation')
        keys = {
            (l.account.id, l.party.id) for l in lines
            if l.account.reconcile and l.party}
        groups = defaultdict(list)
        for sub in grouped_slice(list({party for _, party in keys}), SLICE):
            open_lines = cls.search([
                    ('account', 'in', list({account for account, _ in keys})),
                    ('party', 'in', list(sub)),
                    ('reconciliation', '=', None),
                    ('move_state', '=', 'posted'),
                    ])
            waiting = Allocation.waiting_lines(open_lines)
            for line in open_lines:
                key = line.account.id, line.party.id
                if key in keys and line.id not in waiting:
                    groups[key].append(line)
        to_reconcile = []
        for key in sorted(groups):
            to_reconcile.extend(_settled(groups[key]))
        if to_reconcile:
            cls.reconcile(*to_reconcile)

    @classmethod
    def offset_lines(cls, party, amount, parts, date, line=None):
        """Return the unsaved lines by which what is owed a party pays.

        :param amount: Decimal, how much of it
        :param parts: [(account, amount credited)]; they sum to amount
        :param line: the line of what is owed; what is left of it goes on a
            new line with the same maturity
        """
        assert sum(a for _, a in parts) == amount

        def new(account, balance, maturity_date):
            return cls(
                account=account, party=party, maturity_date=maturity_date,
                debit=max(balance, 0), credit=max(-balance, 0))
        owed = line.credit - line.debit if line else amount
        payable = line.account if line else party.account_payable_used
        lines = [new(payable, owed, date)]
        if owed != amount:
            lines.append(
                new(payable, amount - owed, line.maturity_date or date))
        return lines + [
            new(account, -credit, date) for account, credit in parts]

    @classmethod
    def reconcile_offset(cls, move, line):
        """Reconcile what is owed with the posted move made of offset_lines.

        Return the line of what is still owed, or None.
        """
        rest = None
        if line:
            owed = line.credit - line.debit
            settling, *_ = [
                l for l in move.lines
                if l.account == line.account and l.debit == owed]
            rests = [
                l for l in move.lines
                if l.account == line.account and l != settling]
            rest = rests[0] if rests else None
            if line.account.reconcile:
                cls.reconcile([line, settling], delegate_to=rest)
        cls.reconcile_capital([
                l for l in move.lines if l != rest and not l.reconciliation])
        return rest


class Reconciliation(metaclass=PoolMeta):
    __name__ = 'account.move.reconciliation'

    @classmethod
    def on_modification(cls, mode, reconciliations, field_names=None):
        Allocation = Pool().get('coop.share.allocation')
        super().on_modification(mode, reconciliations, field_names=field_names)
        if (mode not in {'create', 'delete'}
                or Transaction().context.get('coop_keep_payments')):
            return
        accounts = {}
        lines = []
        for reconciliation in reconciliations:
            company = reconciliation.company
            if company not in accounts:
                accounts[company] = Allocation.account(company)
            lines += [
                l for l in reconciliation.lines
                if l.account == accounts[company]]
        if lines and mode == 'create':
            Allocation.release_lines(lines)
        elif lines:
            Allocation.take_back_lines(lines)


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
