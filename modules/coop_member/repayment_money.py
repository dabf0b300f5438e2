# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Money that leaves by the account of capital to repay (4567), recognised

A debit of exactly what an approved repayment is to pay pays it; a credit of
what was paid brings it back. Anything else is left to the tie-out.
"""
from collections import defaultdict

from trytond.model import ModelView, dualmethod
from trytond.pool import Pool, PoolMeta

from .allocation import OWN_ORIGINS

ORIGIN = 'coop.share.repayment,'


class Repayment(metaclass=PoolMeta):
    __name__ = 'coop.share.repayment'

    @classmethod
    def account(cls, company):
        "Return the account of capital to repay (4567), or None"
        return Pool().get('coop.configuration')(1).get_multivalue(
            'account_claim', company=company.id)

    @classmethod
    def money(cls, company, parties):
        "Return the posted lines that nothing recognises yet, oldest first"
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Line = pool.get('account.move.line')
        lines = Line.search([
                ('account', '=', cls.account(company).id),
                ('party', 'in', parties),
                ('move_state', '=', 'posted'),
                ], order=[('date', 'ASC'), ('id', 'ASC')])
        known = {
            a.line for a in Allocation.search([
                    ('line', 'in', [l.id for l in lines])])}
        unknown = [l for l in lines if l not in known and not own(l.move)]
        return [l for l in unknown if not _undone(l, unknown)]

    @classmethod
    def recognise(cls, company, parties):
        """Recognise what was paid to parties and what came back.

        :param parties: ids of parties
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        Movement.lock()
        touched = []
        for line in cls.money(company, parties):
            paid = line.debit > line.credit
            repayment = cls._of(line, 'approved' if paid else 'paid')
            if not repayment:
                continue
            if paid:
                movements = repayment.operation(line.date)
            else:
                movements = [
                    Movement.build_reversal(m, date=line.date)
                    for m in repayment.standing]
            if not all(Movement.bearable([movements])):
                # Somebody has to look at it: the tie-out names it
                continue
            Movement.record([movements])
            if paid:
                cls.paid([repayment], line.date)
            cls._link(company, line, movements)
            touched.append(line)
        Line.reconcile_capital(touched)

    @classmethod
    def _of(cls, line, state):
        "Return the repayment in a state that a line pays or brings back"
        amount = abs(line.debit - line.credit)
        order = 'ASC' if state == 'approved' else 'DESC'
        for repayment in cls.search([
                    ('company', '=', line.move.company.id),
                    ('payee', '=', line.party.id),
                    ('state', '=', state),
                    ], order=[('date', order), ('id', order)]):
            if repayment.total == amount:
                return repayment

    @classmethod
    def _link(cls, company, line, movements):
        Allocation = Pool().get('coop.share.allocation')
        Allocation.save([
                Allocation(company=company, line=line, movement=movement)
                for movement in movements])

    @classmethod
    def outstanding(cls, company, date):
        """Return {(account id, party id): amount} that the register lacks.

        It is the interest that is approved and not yet paid, and what of a
        member's claim an heir is to get, debit - credit at the date.
        """
        pool = Pool()
        Line = pool.get('account.move.line')
        Movement = pool.get('coop.share.movement')
        account = cls.account(company)
        result = defaultdict(int)
        if not account:
            return result
        for line in Line.search([
                    ('account', '=', account.id),
                    ('move.origin', 'like', ORIGIN + '%'),
                    ('move_state', '=', 'posted'),
                    ('date', '<=', date),
                    ]):
            result[account.id, line.party.id] += line.debit - line.credit
        for movement in Movement.search([
                    ('company', '=', company.id),
                    ('accounting_date', '<=', date),
                    ['OR',
                        ('origin', 'like', ORIGIN + '%'),
                        ('reverses.origin', 'like', ORIGIN + '%'),
                        ]]):
            repayment = (movement.reverses or movement).origin
            payee = repayment.payee.id
            result[account.id, payee] -= movement.claim
            result[account.id, movement.member.party.id] += movement.claim
            if movement.number == movement.operation:
                result[account.id, payee] += (
                    repayment.net if movement.claim < 0 else -repayment.net)
        return result


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def _register_balances(cls, company, date):
        Repayment = Pool().get('coop.share.repayment')
        Account = Pool().get('account.account')
        Party = Pool().get('party.party')
        result = super()._register_balances(company, date)
        for (account, party), amount in Repayment.outstanding(
                company, date).items():
            result[Account(account), Party(party)] += amount
        return result


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.share.repayment']

    @dualmethod
    @ModelView.button
    def post(cls, moves):
        Repayment = Pool().get('coop.share.repayment')
        money = cls._repaid(moves)
        super().post(moves)
        for company, parties in money.items():
            Repayment.recognise(company, list(parties))

    @classmethod
    def _repaid(cls, moves):
        "Return {company: ids of the parties whose claims the moves pay}"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        result = defaultdict(set)
        accounts = {}
        for move in moves:
            if own(move):
                continue
            if move.company not in accounts:
                accounts[move.company] = Repayment.account(move.company)
            for line in move.lines:
                if line.account == accounts[move.company] and line.party:
                    result[move.company].add(line.party.id)
        if result:
            Movement.lock()
        return result


def _undone(line, unknown):
    "Whether a line is reconciled with one that is not recognised either"
    return line.reconciliation and any(
        o in unknown and (o.debit > o.credit) != (line.debit > line.credit)
        for o in line.reconciliation.lines)


def own(move):
    "Whether the register posted a move itself"
    return str(move.origin or '').startswith((*OWN_ORIGINS, ORIGIN))
