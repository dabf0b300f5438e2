# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"An entry that is taken back: what it settled is owed again"
from collections import defaultdict

from trytond.pool import Pool
from trytond.transaction import Transaction


def take_back(move):
    "Cancel a move by another one, which it is reconciled with"
    pool = Pool()
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Reconciliation = pool.get('account.move.reconciliation')
    # What it is delegated to goes with the move
    with Transaction().set_context(_skip_warnings=True):
        Reconciliation.delete(list({
                    l.reconciliation for l in move.lines
                    if l.reconciliation}))
    cancel = move.cancel()
    cancel.save()
    Move.post([cancel])
    by_key = defaultdict(list)
    for line in move.lines + cancel.lines:
        if line.account.reconcile:
            by_key[line.account, line.party].append(line)
    Line.reconcile(*by_key.values())
