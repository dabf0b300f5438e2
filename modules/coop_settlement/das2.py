# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is declared of what members were paid in a year: DAS2 and DAC7.

By the dates of the payments. A bill that was paid in part counts in part, in
the proportion of its kinds.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.table import Column, Table
from trytond.modules.coop_member.table_report import FORMATS, TableReport
from trytond.modules.coop_mission.price import shares
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction
from trytond.wizard import Button, StateReport, StateTransition, StateView
from trytond.wizard import Wizard

from . import das2_core
from .identity import business_number, numbers, vat_number

ZERO = Decimal(0)
KINDS = {'work': 'work', 'cost': 'cost', 'referral': 'referral'}


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'

    @classmethod
    def declared(cls, company, year):
        "Return the das2_core.Paid of a year"
        end = dt.date(year, 12, 31)
        result = []
        bills = cls.search([
                ('company', '=', company.id),
                ('state', 'in', ['accepted', 'paid']),
                ('date', '<=', end),
                ], order=[('member', 'ASC'), ('id', 'ASC')])
        for bill in bills:
            for move, amount in bill.settlements():
                if move.date.year == year:
                    result += bill._declared(move.date, amount)
        return result

    def _declared(self, date, amount):
        "Yield the parts, by kind, of what was paid at a date"
        weights, kept, services = defaultdict(Decimal), ZERO, set()
        for line in self.lines:
            weights[KINDS.get(line.kind, 'work')] += line.amount
            kept += line.shown()[2] or ZERO
            mission = line.settlement.mission
            # The cooperative is no client of its platform
            if mission and mission.kind == 'client':
                services.add(mission.id)
        kinds = sorted(weights)
        sign = -1 if self.credit else 1
        # Shares are of what is above zero
        back = -1 if amount < 0 else 1
        parts = [
            back * p for p in shares(back * amount, [
                    max(sign * weights[k], ZERO) for k in kinds])]
        part_kept = ZERO
        if self.total:
            part_kept = self.currency.round(kept * amount / self.total)
        for i, (kind, part) in enumerate(zip(kinds, parts)):
            yield das2_core.Paid(
                self.member.id, date, kind, part,
                ZERO if i else part_kept,
                tuple(sorted(services)))


class Das2(TableReport):
    __name__ = 'coop.settlement.das2'

    @classmethod
    def table(cls, company, data):
        pool = Pool()
        Bill = pool.get('coop.bill')
        Member = pool.get('coop.member')
        Parameter = pool.get('coop.parameter')
        year = data['year']
        threshold = Parameter.get('das2_threshold', data['date'])
        rows = das2_core.das2(
            Bill.declared(company, year), year, threshold)
        table = Table(
            gettext('coop_settlement.msg_das2_title', year=year),
            company.party.name, [
                Column(gettext(f'coop_settlement.msg_das2_{name}'),
                    kind, width, total)
                for name, kind, width, total in [
                    ('siren', 'text', 14, False), ('name', 'text', 26, False),
                    ('address', 'text', 34, False),
                    ('fees', 'amount', 12, True),
                    ('commissions', 'amount', 12, True),
                    ('costs', 'amount', 12, True),
                    ('total', 'amount', 12, True)]])
        table.facts.append((
                gettext('coop_settlement.msg_das2_threshold'),
                Pool().get('ir.lang').get().currency(
                    threshold, company.currency)))
        members = {
            m.id: m for m in Member.browse([r.member for r in rows])}
        for row in rows:
            party = members[row.member].party
            table.add(
                business_number(party), party.full_name, address(party),
                row.fees, row.commissions, row.costs, row.total)
        table.sum_up(gettext('coop_settlement.msg_das2_sum'))
        return table


class Dac7(TableReport):
    __name__ = 'coop.settlement.dac7'

    @classmethod
    def table(cls, company, data):
        pool = Pool()
        Bill = pool.get('coop.bill')
        Member = pool.get('coop.member')
        year = data['year']
        rows = das2_core.dac7(Bill.declared(company, year), year)
        table = Table(
            gettext('coop_settlement.msg_dac7_title', year=year),
            company.party.name, [
                Column(gettext(f'coop_settlement.msg_dac7_{name}'),
                    kind, width, total)
                for name, kind, width, total in [
                    ('siren', 'text', 14, False), ('tin', 'text', 14, False),
                    ('vat', 'text', 14, False), ('name', 'text', 26, False),
                    ('birth', 'date', 10, False),
                    ('address', 'text', 30, False),
                    ('iban', 'text', 28, False),
                    ('quarter', 'number', 6, False),
                    ('count', 'number', 8, True),
                    ('amount', 'amount', 12, True),
                    ('withheld', 'amount', 12, True)]])
        members = {m.id: m for m in Member.browse(list(rows))}
        for member, quarters in rows.items():
            party = members[member].party
            accounts = party.bank_accounts_used
            iban = accounts[0].iban if accounts else ''
            seller = (
                business_number(party), tax_number(party),
                vat_number(party), party.full_name,
                members[member].birth_date, address(party), iban or '')
            for name, quarter in quarters.items():
                if quarter.amount or quarter.count:
                    table.add(
                        *seller, name, quarter.count, quarter.amount,
                        quarter.withheld)
        table.sum_up(gettext('coop_settlement.msg_das2_sum'))
        return table


def tax_number(party):
    """Return the number by which the tax office knows a seller.

    The tax number of a person, the business number of a company (CGI 1649
    ter A; directive 2011/16, annex V, TIN).
    """
    return next((
            i.code for i in numbers(
                party, ['fr_nif', 'fr_siren', 'fr_siret'])), '')


def address(party):
    found = party.address_get(type='invoice')
    return ', '.join(found.full_address.splitlines()) if found else ''


class DeclareStart(ModelView):
    __name__ = 'coop.settlement.declare.start'
    company = fields.Many2One('company.company', "Company", required=True)
    year = fields.Integer("Year", required=True)
    document = fields.Selection([
            ('das2', "Fees and Commissions (DAS2)"),
            ('dac7', "Platform Operators (DAC7)"),
            ], "Document", required=True, sort=False)
    format = fields.Selection(FORMATS, "Format", required=True, sort=False)


class Declare(Wizard):
    __name__ = 'coop.settlement.declare'
    start = StateView(
        'coop.settlement.declare.start',
        'coop_settlement.declare_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Print", 'choice', 'tryton-ok', default=True),
            ])
    choice = StateTransition()
    das2 = StateReport('coop.settlement.das2')
    dac7 = StateReport('coop.settlement.dac7')

    def default_start(self, fields):
        company = Transaction().context['company']
        return {
            'company': company, 'year': today(company).year - 1,
            'document': 'das2', 'format': 'xlsx'}

    def transition_choice(self):
        return self.start.document

    def do_das2(self, action):
        return action, {
            'company': self.start.company.id, 'year': self.start.year,
            'date': dt.date(self.start.year, 12, 31),
            'format': self.start.format}

    do_dac7 = do_das2
