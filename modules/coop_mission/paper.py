# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The papers that a client's contract asks of the members who do it.

C. trav. L8222-1, R8222-1 and D8222-5: from 5,000 EUR without tax who gives
work to an independent has to hold a proof of registration and a certificate
of vigilance, at the signature and every six months.
"""
import datetime as dt
from collections import defaultdict

from sql import Literal, Null
from sql.operators import Exists

from trytond.model import fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_skill.tools import SLICE
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .matching import ASKED

# Days before the end at which a member is reminded, each once
REMINDED = [7, 15, 30]


class Kind(metaclass=PoolMeta):
    __name__ = 'coop.document.kind'
    mission_paper = fields.Selection([
            (None, ""),
            ('registration', "Proof of Registration"),
            ('vigilance', "Vigilance Certificate"),
            ('insurance', "Insurance"),
            ('other', "Other"),
            ], "For Missions", sort=False,
        help="Asked of members before a contract is signed.")


class Document(metaclass=PoolMeta):
    __name__ = 'coop.member.document'
    number = fields.Char("Number", states={
            'readonly': Eval('state') != 'received'},
        help="As the security code by which the certificate is checked.")
    issued_on = fields.Date("Issued on", states={
            'readonly': Eval('state') != 'received'})
    activities = fields.Text("Activities Covered", states={
            'readonly': Eval('state') != 'received'})
    reminded = fields.Integer("Reminded Days Before", readonly=True,
        states={'invisible': ~Eval('reminded')})

    @classmethod
    def copy(cls, documents, default=None):
        default = default.copy() if default else {}
        default.setdefault('reminded')
        return super().copy(documents, default=default)

    @classmethod
    def mission_lacking(cls, members, date=None):
        """Return {member id: [kinds of papers that are not valid]}.

        Those that are not verified, or out of date.

        :param date: today by default
        """
        Kind = Pool().get('coop.document.kind')
        kinds = Kind.search([('mission_paper', '!=', None)])
        result = {}
        for sub in grouped_slice(sorted(set(map(int, members))), SLICE):
            sub = list(sub)
            valid = cls._valid(sub, kinds, date)
            for member in sub:
                lacking = [
                    k for k in kinds if (member, k.id) not in valid]
                if lacking:
                    result[member] = lacking
        return result

    @classmethod
    def _valid(cls, members, kinds, date):
        if not kinds:
            return set()
        table = cls.__table__()
        date = date or today(Transaction().context.get('company'))
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.member, table.kind,
                where=fields.SQL_OPERATORS['in'](table.member, members)
                & table.kind.in_([k.id for k in kinds])
                & (table.state == 'verified')
                & ((table.expires_on == Null)
                    | (table.expires_on >= date)),
                group_by=[table.member, table.kind]))
        return set(map(tuple, cursor.fetchall()))

    @classmethod
    def remind_papers(cls):
        """Remind members of papers of missions that end soon, each once.

        The cron's way, 30, 15 and 7 days before, unless a later paper of the
        kind has arrived.
        """
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                cls._remind(company, cls.browse(cls._ending(company)))

    @classmethod
    def _ending(cls, company):
        "Return the ids of the papers that end soon"
        pool = Pool()
        member = pool.get('coop.member').__table__()
        kind = pool.get('coop.document.kind').__table__()
        table, later = cls.__table__(), cls.__table__()
        date = today(company.id)
        replaced = later.select(Literal(1),
            where=(later.member == table.member)
            & (later.kind == table.kind)
            & later.state.in_(['received', 'verified'])
            & ((later.expires_on == Null)
                | (later.expires_on > table.expires_on)))
        cursor = Transaction().connection.cursor()
        cursor.execute(*table
            .join(member, condition=table.member == member.id)
            .join(kind, condition=table.kind == kind.id)
            .select(table.id,
                where=(member.company == company.id)
                & member.state.in_(ASKED)
                & (kind.mission_paper != Null)
                & (table.state == 'verified')
                & (table.expires_on >= date)
                & (table.expires_on <= date + dt.timedelta(REMINDED[-1]))
                & ~Exists(replaced),
                order_by=[table.id]))
        return [id_ for id_, in cursor]

    @classmethod
    def _remind(cls, company, documents):
        date = today(company.id)
        sent = defaultdict(list)
        for document in documents:
            left = (document.expires_on - date).days
            days = next(d for d in REMINDED if left <= d)
            if document.reminded and document.reminded <= days:
                continue
            lang = mail.language(document.member.party, company)
            kind = document.kind
            if mail.send(
                    company, document.member.party, 'paper_ending',
                    module='coop_mission',
                    paper=lambda: kind.__class__(kind.id).name,
                    date=lang.strftime(document.expires_on)):
                sent[days].append(document)
        for days, some in sent.items():
            cls.write(some, {'reminded': days})
