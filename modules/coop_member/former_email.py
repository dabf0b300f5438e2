# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The e-mail addresses that members had: those to tell of a change of IBAN"
import datetime as dt

from trytond.model import Index, ModelSQL, fields
from trytond.pool import Pool, PoolMeta


class FormerEmail(ModelSQL):
    __name__ = 'coop.member.former_email'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE')
    email = fields.Char("E-mail", required=True)
    changed_at = fields.Timestamp("Changed at", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.member, Index.Equality())))

    @classmethod
    def keep(cls, mechanisms):
        "Keep the addresses of members that are about to change"
        Member = Pool().get('coop.member')
        emails = [m for m in mechanisms if m.type == 'email' and m.value]
        if not emails:
            return
        members = Member.search([
                ('party', 'in', [e.party.id for e in emails])])
        cls.create([{
                    'member': m.id, 'email': e.value,
                    'changed_at': dt.datetime.now(),
                    } for m in members for e in emails
                if e.party == m.party])


class ContactMechanism(metaclass=PoolMeta):
    __name__ = 'party.contact_mechanism'

    @classmethod
    def on_write(cls, mechanisms, values):
        if values.keys() & {'value', 'type', 'party', 'active'}:
            Pool().get('coop.member.former_email').keep(mechanisms)
        return super().on_write(mechanisms, values)

    @classmethod
    def on_delete(cls, mechanisms):
        Pool().get('coop.member.former_email').keep(mechanisms)
        return super().on_delete(mechanisms)
