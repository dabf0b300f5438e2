# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What shows that a member is independent: the file of a year.

Prices that the member proposed, offers refused without any effect, own
clients and tools (C. trav. L8221-6 and L8221-6-1; Cass. soc. 4 March 2020,
no. 19-13.316). The gauge of dependence is an information for the member: no
text sets a percentage (Com. 3 March 2004, no. 02-14.529), INSEE speaks of
dependence from 75 %. Nothing is filtered or ranked by it.
"""
import datetime as dt
from collections import Counter
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.coop_member.company import CompanyMixin, CurrencyMixin
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.letter_report import LetterReport
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .exceptions import IndependenceError
from .ownership import acts_for, is_office

# (least fraction of the turnover, gauge), the highest first
GAUGE = [
    (Decimal('.75'), 'high'), (Decimal('.5'), 'half'),
    (Decimal('.25'), 'quarter'), (Decimal(0), 'low')]
DECLARED = {'turnover', 'own_clients', 'own_tools', 'note'}
# What makes a declaration that of a day, a year and a member
FIXED = {'company', 'member', 'year', 'declared_on'}


def gauge(part, whole):
    """Return (share, gauge) of a part of a turnover; None when unknown.

    :param part: what comes from the cooperative
    :param whole: the whole turnover that the member declares
    """
    if not whole:
        return None, None
    share = (Decimal(part) / Decimal(whole)).quantize(Decimal('.0001'))
    return share, next(name for least, name in GAUGE if share >= least)


def _count(name, help=None):
    return fields.Function(
        fields.Integer(name, **({'help': help} if help else {})),
        'get_figures')


class Independence(CompanyMixin, CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.independence'
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0})
    year = fields.Integer(
        "Year", required=True,
        domain=[('year', '>=', 2000), ('year', '<=', 2200)],
        states={'readonly': Eval('id', -1) >= 0})
    member_name = fields.Function(fields.Char("Member"), 'get_member_name')
    turnover = Monetary(
        "Whole Turnover", currency='currency', digits='currency',
        domain=['OR', ('turnover', '=', None), ('turnover', '>=', 0)],
        help="Of the member in the year, without tax, wherever it comes "
        "from. The member declares it, or not.")
    own_clients = fields.Integer(
        "Own Clients",
        domain=['OR', ('own_clients', '=', None), ('own_clients', '>=', 0)],
        help="Whom the member works for without the cooperative.")
    own_tools = fields.Text(
        "Own Tools", help="Equipment, software, premises, insurance.")
    note = fields.Text("What Else Shows It")
    declared_on = fields.Date("Declared on", readonly=True)
    coop_turnover = fields.Function(Monetary(
            "Through the Cooperative", currency='currency',
            digits='currency',
            help="What clients have accepted, without tax."), 'get_figures')
    share = fields.Function(
        fields.Numeric("Share of the Cooperative", digits=(16, 4)),
        'get_figures')
    gauge = fields.Function(fields.Selection([
                (None, ""),
                ('low', "Less than a Quarter"),
                ('quarter', "A Quarter or More"),
                ('half', "Half or More"),
                ('high', "Three Quarters or More"),
                ], "Dependence", sort=False,
            help="An information for the member: nothing depends on it."),
        'get_figures')
    offers = _count("Offers")
    accepted = _count("Accepted")
    refused = _count("Refused", "Without any effect.")
    own_prices = _count(
        "Own Prices", "Offers answered with another price than proposed.")
    clients = _count("Clients", "Through the cooperative.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('year', 'DESC'), ('member', 'ASC'), ('id', 'ASC')]
        cls._sql_constraints.append(
            ('year_unique', Unique(t, t.member, t.year),
                'coop_mission.msg_independence_unique'))
        cls._sql_indexes.add(Index(t, (t.year, Index.Range())))

    @classmethod
    def default_year(cls):
        company = cls.default_company()
        return today(company).year - 1 if company else None

    @classmethod
    def default_member(cls):
        members, _ = Pool().get('res.user').get_coop_members()
        if len(members) == 1 and not is_office():
            return members[0]

    @classmethod
    def get_member_name(cls, records, name):
        with without_check_access():
            return {r.id: r.member.party.name for r in cls.browse(records)}

    def get_rec_name(self, name):
        return f"{self.member_name} {self.year}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name')

    @classmethod
    def get_figures(cls, records, names):
        result = {name: {} for name in names}
        with without_check_access():
            records = cls.browse(records)
            offers = cls._offers(records)
            performed = cls._performed(records)
            for record in records:
                key = record.member.id, record.year
                made = performed.get(key, [])
                asked = offers.get(key, [])
                states = Counter(o.state for o in asked)
                turnover = sum((p.amount for _, p in made), Decimal(0))
                share, level = gauge(turnover, record.turnover)
                values = {
                    'coop_turnover': record.currency.round(turnover),
                    'share': share, 'gauge': level,
                    'offers': len(asked),
                    'accepted': states['accepted'],
                    'refused': states['refused'],
                    'own_prices': sum(
                        o.own_price is not None and o.own_price != o.price
                        for o in asked),
                    'clients': len({m.client for m, _ in made if m.client}),
                    }
                for name in names:
                    result[name][record.id] = values[name]
        return result

    @classmethod
    def _span(cls, records):
        years = [r.year for r in records]
        return dt.date(min(years), 1, 1), dt.date(max(years), 12, 31)

    @classmethod
    def _offers(cls, records):
        "Return {(member id, year): [offers that were proposed in it]}"
        Offer = Pool().get('coop.mission.offer')
        result = {}
        first, last = cls._span(records)
        for offer in Offer.search([
                    ('member', 'in', list({r.member.id for r in records})),
                    ('proposed_on', '>=', first),
                    ('proposed_on', '<=', last),
                    ], order=[('proposed_on', 'ASC'), ('id', 'ASC')]):
            result.setdefault(
                (offer.member.id, offer.proposed_on.year), []).append(offer)
        return result

    @classmethod
    def _performed(cls, records):
        "Return {(member id, year): [(mission, Performed)]}"
        Mission = Pool().get('coop.mission')
        members = {r.member.id for r in records}
        first, last = cls._span(records)
        missions = Mission.search([
                ('members.member', 'in', list(members)),
                ('start_date', '<=', last),
                ['OR',
                    ('accepted_on', '=', None),
                    ('accepted_on', '>=', first),
                    ],
                ('state', '!=', 'planned'),
                ])
        result = {}
        for mission, rows in Mission.performed(missions).items():
            for row in rows:
                if row.member.id in members:
                    result.setdefault(
                        (row.member.id, row.date.year), []).append(
                        (mission, row))
        return result

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        "What a member declares the member alone writes, or the office for him"
        if external and mode != 'create':
            check_seen(records)
        super().check_modification(
            mode, records, values=values, external=external)
        if external:
            with without_check_access():
                for record in cls.browse(records):
                    if mode == 'write' and values.keys() & FIXED:
                        record._raise_fixed()
                    if not (is_office() or acts_for(record.member)):
                        record._raise_own()

    def _raise_fixed(self):
        raise IndependenceError(gettext(
                'coop_mission.msg_independence_fixed', record=self.rec_name))

    def _raise_own(self):
        raise IndependenceError(gettext(
                'coop_mission.msg_independence_own', record=self.rec_name))

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        super().on_modification(mode, records, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and DECLARED & set(field_names or [])):
            with without_check_access():
                records = cls.browse(records)
                for record in records:
                    record.declared_on = today(record.company.id)
                cls.save(records)


class IndependenceReport(LetterReport):
    __name__ = 'coop.independence.letter'

    @classmethod
    def letter_member(cls, record):
        return record.member

    @classmethod
    def letters(cls, company, records, data):
        offers = records[0]._offers(records)
        performed = records[0]._performed(records)
        result = {}
        for record in records:
            key = record.member.id, record.year
            result[record.id] = {
                'offers': offers.get(key, []),
                'performed': sorted(
                    performed.get(key, []), key=lambda row: row[1].date),
                }
        return result
