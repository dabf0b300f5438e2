# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The proof of the VAT of a period. No Tryton.

Model: the ledger of a tax account at the end of a period holds what earlier
periods declared less what their returns took away, what this period declares,
and the VAT that waits for its payment. Amounts are credit - debit: what is
owed to the State is above zero.

Invariant: ledger = carried + declared + awaiting + unexplained; a proof holds
when nothing is unexplained and each invoice's awaiting VAT is what its
payments leave.
"""
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
CENT = Decimal('.01')


@dataclass(frozen=True)
class Entry:
    """A line of the ledger of a tax account, with its tax lines.

    :param amount: credit - debit
    :param counted: ((amount, first day of the period that counts it or None
        for VAT that waits), ...) of its tax lines, in the sign of amount
    :param returned: whether it is the entry of a return
    """
    account: Any
    date: dt.date
    amount: Decimal
    counted: tuple = ()
    returned: bool = False
    invoice: Any = None


@dataclass
class Proof:
    "The proof of one account"
    account: Any
    ledger: Decimal = ZERO
    carried: Decimal = ZERO
    declared: Decimal = ZERO
    awaiting: Decimal = ZERO

    @property
    def unexplained(self):
        return self.ledger - self.carried - self.declared - self.awaiting


def prove(entries, start, end):
    """Return [Proof] by account and {invoice: awaiting VAT}.

    :param entries: Entry of posted moves, those after the end are left out
    :param start: first day of the period
    :param end: last day
    """
    proofs, awaiting = {}, defaultdict(Decimal)
    for entry in entries:
        if entry.date > end:
            continue
        proof = proofs.setdefault(entry.account, Proof(entry.account))
        proof.ledger += entry.amount
        if entry.returned:
            proof.carried += entry.amount
        for amount, period in entry.counted:
            if period is None or period > end:
                proof.awaiting += amount
                awaiting[entry.invoice] += amount
            elif period < start:
                proof.carried += amount
            else:
                proof.declared += amount
    return list(proofs.values()), dict(awaiting)


def left(tax, total, paid):
    """Return the VAT that waits when a part of an invoice is paid.

    :param tax: of the invoice on cash basis
    :param total: of the invoice, with tax
    :param paid: of the total, by the end of the period
    """
    if not total:
        return ZERO
    counted = (tax * paid / total).quantize(CENT, ROUND_HALF_UP)
    return tax - counted
