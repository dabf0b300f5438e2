# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Records that a user must see before anything of them is told or taken

Tryton copies what is read without any check: whoever creates records of a
model, or writes what has rows, could copy those of anybody into the own ones.
It checks what is written or deleted after the model has said what is wrong
with it, in a message that names the record.
"""
from trytond.model import ModelStorage
from trytond.transaction import Transaction, check_access

_copy = ModelStorage.copy.__func__


def check_seen(records):
    """Check that the user may read records before they are talked about.

    :raises AccessError: which says nothing of them
    """
    if records:
        with check_access():
            records[0].__class__.read([r.id for r in records], ['id'])


@classmethod
def copy(cls, records, default=None):
    transaction = Transaction()
    if transaction.user and transaction.check_access:
        check_seen(cls.browse(records))
    return _copy(cls, records, default=default)


ModelStorage.copy = copy
