# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Whom the e-mails of a step go to: what the notifications are sent by.

They are records of notification_email, shipped with inactive triggers; texts
and templates are edited as those of any notification.
"""
from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval


class _PartyMixin:
    __slots__ = ()
    party = fields.Function(
        fields.Many2One('party.party', "Party",
            context={'company': Eval('company', -1)}, depends={'company'}),
        'get_party', searcher='search_party')

    @classmethod
    def get_party(cls, records, name):
        return {r.id: r.member.party.id for r in records}

    @classmethod
    def search_party(cls, name, clause):
        return [(f'member.{clause[0]}', *clause[1:])]


class Event(_PartyMixin, metaclass=PoolMeta):
    __name__ = 'coop.member.event'


class Movement(_PartyMixin, metaclass=PoolMeta):
    __name__ = 'coop.share.movement'
