# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What of bills is to be paid, when it was promised, and what is in the way"
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.modules.coop_mission.price import shares
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice

from . import payment_plan, seizure_core
from .bill import SLICE

ZERO = Decimal(0)


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def to_pay(cls, company):
        "Return the bills that are owed, and those that are contested"
        return cls.search([
                ('company', '=', company.id),
                ('state', 'in', ['accepted', 'contested']),
                ], order=[('due_date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def planned(cls, bills, date):
        """Return {payment_plan.Bill: bill} of bills on a day.

        What is not owed any more, as payments are under way, is left out.
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Seizure = pool.get('coop.seizure')
        owing = cls.owing(bills)
        blocked = cls.blocked(bills, date)
        clients = cls._client_parts(bills)
        seized = Seizure.seized({b.member for b in bills})
        result = {}
        for bill in bills:
            open_ = owing[bill]
            # What credit notes took back is not asked for any more
            total = bill.total + sum(c.total for c in bill.credits)
            if open_ <= 0 or bill.credit:
                continue
            days = Configuration(1).get_multivalue(
                'guarantee_days', company=bill.company.id)
            promised = None
            if days is not None:
                promised = bill.date + dt.timedelta(days=days)
            rows = clients[bill]
            parts = tuple(
                payment_plan.Part(
                    client, amount, paid, promised if client else None)
                for (client, paid), amount in zip(
                    rows, shares(total, list(rows.values()))))
            caught = bill.member in seized
            reasons, held = blocked[bill]
            planned = payment_plan.Bill(
                (bill.due_date, 0, bill.id), bill.member.id, open_,
                bill.due_date, parts, total - open_,
                tuple(reasons), tuple(held),
                bill.earned() if caught else (),
                bill.taken() if caught else ())
            result[planned] = bill
        return result

    def earned(self):
        """Return ((day of service, amount), ...) of what is billed, with tax.

        What credit notes took back is not asked for any more.
        """
        Tax = Pool().get('account.tax')
        rows = []
        for line in self.invoice.lines:
            if line.type != 'line' or getattr(
                    line.origin, 'credited_by', None):
                continue
            # What no work is told for counts as the last of it
            day = getattr(line.origin, 'date', None) or self.performed_on
            rows.append((day, line.amount + sum(
                        t['amount'] for t in Tax.compute(
                            line.taxes, line.unit_price, line.quantity,
                            line.tax_date))))
        return seizure_core.earned(
            self.total + sum(c.total for c in self.credits), rows)

    @classmethod
    def _client_parts(cls, bills):
        """Return {bill: {(client id, whether it has paid): amount}}.

        What is to give back lessens what the client is told for.
        """
        result = defaultdict(lambda: defaultdict(Decimal))
        paid = {}
        for bill in bills:
            for line in bill.lines:
                if line.credited_by:
                    continue
                settlement = line.settlement
                client = settlement.client
                if settlement not in paid:
                    paid[settlement] = bool(client) and all(
                        l.invoice_line
                        and l.invoice_line.invoice.client_paid
                        for l in settlement.lines if l.client_amount)
                key = client.id if client else None, paid[settlement]
                result[bill][key] += line.amount
            for key, amount in result[bill].items():
                result[bill][key] = max(amount, ZERO)
        return result

    @classmethod
    def owing(cls, bills):
        """Return {bill: what nothing pays yet}.

        Neither what is settled, nor the payments that are under way.
        """
        Payment = Pool().get('account.payment')
        open_lines = {
            b: b.open_lines() if b.state == 'accepted' else [] for b in bills}
        under_way = defaultdict(Decimal)
        ids = [l.id for lines in open_lines.values() for l in lines] + [
            l.id for b in bills if b.state == 'accepted'
            for l in b.invoice.lines_to_pay]
        for sub in grouped_slice(sorted(set(ids)), SLICE):
            for payment in Payment.search([
                        ('line', 'in', list(sub)),
                        ('kind', '=', 'payable'),
                        ('state', '!=', 'failed'),
                        ]):
                if not payment.booked:
                    under_way[payment.line] += payment.amount
        result = {}
        for bill in bills:
            if bill.state != 'accepted':
                result[bill] = bill.total
                continue
            lines = set(open_lines[bill]) | set(bill.invoice.lines_to_pay)
            result[bill] = (
                sum((l.credit - l.debit for l in open_lines[bill]), ZERO)
                - sum((l.debit - l.credit for l in bill.invoice.payment_lines
                        if not l.reconciliation), ZERO)
                - sum((under_way[l] for l in lines), ZERO))
        return result

    @classmethod
    def under_way(cls, bills):
        "Return those of the bills that payments are under way for"
        Payment = Pool().get('account.payment')
        of_line = {
            l.id: b for b in cls._posted(bills)
            for l in [*b.open_lines(), *b.invoice.lines_to_pay]}
        result = super().under_way(bills)
        for sub in grouped_slice(sorted(of_line), SLICE):
            result |= {
                of_line[p.line.id] for p in Payment.search([
                        ('line', 'in', list(sub)),
                        ('kind', '=', 'payable'),
                        ('state', '!=', 'failed'),
                        ])
                if not p.booked and not (
                    p.state == 'succeeded' and p.line.reconciliation)}
        return result

    @classmethod
    def blocked(cls, bills, date):
        "Return {bill: ([why nobody is paid], [why the member is not])}"
        pool = Pool()
        Block = pool.get('coop.payment.block')
        Document = pool.get('coop.member.document')
        members = list({b.member for b in bills})
        lacking = Document.mission_lacking([m.id for m in members], date)
        blocks = Block.reasons(members, date)
        result = {}
        for bill in bills:
            reasons, held = map(list, blocks[bill.member])
            if bill.state == 'contested':
                reasons.append(gettext('coop_settlement.msg_run_contested'))
            if bill.member.id in lacking:
                held.append(gettext('coop_settlement.msg_run_papers',
                        papers=', '.join(
                            k.rec_name for k in lacking[bill.member.id])))
            if bill.state == 'accepted' and any(
                    l.blocked_by_hand for l in bill.open_lines()):
                reasons.append(gettext('coop_settlement.msg_run_line'))
            result[bill] = reasons, held
        return result
