# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The reference that a member writes on the transfers.

It is stored so that no two members of a company have the same: the number
gives it, and loses its signs.
"""
from stdnum.iso7064 import mod_97_10

from trytond.i18n import gettext
from trytond.model import Unique, fields
from trytond.pool import PoolMeta
from trytond.transaction import Transaction

from .exceptions import LedgerAccessError
from .importer.checking import letters_and_figures


def creditor_reference(number):
    "Return the reference (ISO 11649), which a bank keeps whole, of a number"
    base = 'M' + letters_and_figures(number)
    return 'RF' + mod_97_10.calc_check_digits(base + 'RF') + base


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    payment_reference = fields.Char("Payment Reference", readonly=True)

    @classmethod
    def __setup__(cls):
        cls.payment_reference.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('company_reference_unique',
                Unique(t, t.company, t.payment_reference),
                'coop_member.msg_member_reference_unique'))

    @classmethod
    def __register__(cls, module):
        table_h = cls.__table_handler__(module)
        exists = table_h.column_exist('payment_reference')
        super().__register__(module)
        if not exists:
            cls._fill_references()

    @classmethod
    def _fill_references(cls):
        "Give theirs to the members who are there; the first keeps it"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, table.company, table.number, order_by=[table.id]))
        given = set()
        for id_, company, number in cursor.fetchall():
            reference = creditor_reference(number)
            if (company, reference) not in given:
                given.add((company, reference))
                cursor.execute(*table.update(
                        [table.payment_reference], [reference],
                        where=table.id == id_))

    @fields.depends('number')
    def on_change_with_payment_reference(self):
        return creditor_reference(self.number) if self.number else None

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if values.get('number'):
            values['payment_reference'] = creditor_reference(values['number'])
        return values

    @classmethod
    def check_modification(cls, mode, members, values=None, external=False):
        super().check_modification(
            mode, members, values=values, external=external)
        if mode == 'write' and external and 'payment_reference' in values:
            raise LedgerAccessError(gettext(
                    'coop_member.msg_member_by_event',
                    member=members[0].rec_name))
