# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The year end: accepted work not billed yet, and not invoiced yet.

PCG art. 944-40 and 944-41: what members did and have not billed is owed on
4081, what clients are to be invoiced on 4181, each with the VAT that waits
(44586, 44587). What clients were asked for before (4191) lessens what is to
be invoiced; the contributions that members are invoiced are on 4181 as well.
A list to sign goes with it, and all is taken back on the first day of the new
year.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.account.exceptions import AccountMissing
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.table import Column, Table
from trytond.modules.coop_member.table_report import TableReport
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .bill_making import DUE
from .exceptions_out import YearEndError

ZERO = Decimal(0)
_states = {'readonly': Eval('state') != 'draft'}
# kind: (account of the party, account of the VAT)
ACCOUNTS = {
    'bill': ('accrued_account', 'accrued_tax_account'),
    'invoice': ('unbilled_account', 'unbilled_tax_account'),
    'deposit': ('unbilled_account', 'unbilled_tax_account'),
    'contribution': ('unbilled_account', 'unbilled_tax_account'),
    }


class YearEnd(DocumentMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.settlement.year_end'
    _error = YearEndError
    _messages = 'coop_settlement.msg_year_end'
    date = fields.Date("Year End", required=True, states=_states)
    lines = fields.One2Many(
        'coop.settlement.year_end.line', 'year_end', "Accruals",
        readonly=True)
    file = fields.Binary(
        "Signed List", filename='file_name', file_id='file_id',
        store_prefix='coop_year_end')
    file_id = fields.Char("Signed List ID", readonly=True)
    file_name = fields.Char("Signed List Name")
    moves = fields.One2Many(
        'account.move', 'origin', "Entries", readonly=True)
    state = fields.Selection([
            ('draft', "Draft"),
            ('computed', "Computed"),
            ('posted', "Posted"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints = [
            ('date_unique', Unique(t, t.company, t.date),
                'coop_settlement.msg_year_end_unique')]
        cls._transitions |= {
            ('draft', 'computed'),
            ('computed', 'draft'),
            ('computed', 'posted'),
            }
        state = Eval('state')
        cls._buttons.update({
                'compute': {
                    'invisible': state != 'draft',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': state != 'computed',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'post': {
                    'invisible': state != 'computed',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        if company:
            return dt.date(today(company).year - 1, 12, 31)

    def get_rec_name(self, name):
        return Pool().get('ir.lang').get().strftime(self.date)

    @property
    def piece_reference(self):
        "What names it in the books (LPF art. A47 A-1: PieceRef)"
        return gettext(
            'coop_settlement.msg_piece_year_end', date=self.date.isoformat())

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        for name in ['lines', 'file', 'file_id', 'file_name', 'moves']:
            default.setdefault(name)
        return super().copy(records, default=default)

    def _may_write(self, values):
        return self.state == 'draft' or values.keys() <= {
            'file', 'file_name'}

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, records):
        cls._forget(records)

    @classmethod
    def _forget(cls, records):
        Line = Pool().get('coop.settlement.year_end.line')
        Line.delete([l for r in records for l in r.lines])

    @classmethod
    @ModelView.button
    @Workflow.transition('computed')
    def compute(cls, records):
        "List what is not billed and not invoiced at the year end"
        Line = Pool().get('coop.settlement.year_end.line')
        cls._forget(records)
        for record in records:
            lines = record._to_invoice()
            Line.save(
                record._to_bill() + lines + record._deposits(lines)
                + record._contributions())

    def _settled(self, *domain):
        Line = Pool().get('coop.settlement.line')
        return Line.search([
                ('company', '=', self.company.id),
                ('date', '<=', self.date),
                ('settlement.state', 'in', DUE),
                *domain,
                ], order=[('date', 'ASC'), ('id', 'ASC')])

    def _to_bill(self):
        "Return the unsaved lines of what members have not billed"
        VatStatus = Pool().get('coop.vat.status')
        statuses = {}
        result = []
        for line in self._settled(
                ('member', '!=', None), ('amount', '!=', 0)):
            bill = line.bill
            if not line.billable or (
                    bill and bill.state in {'accepted', 'paid'}
                    and bill.date <= self.date):
                continue
            key = line.member, line.date
            if key not in statuses:
                statuses[key] = VatStatus.required(*key)
            result.append(self._line(
                    'bill', line, line.member.party, line.amount,
                    statuses[key].taxes(line.kind)))
        return result

    def _to_invoice(self):
        "Return the unsaved lines of what clients are not invoiced"
        result = []
        for line in self._settled(('client_amount', '!=', 0)):
            invoice = line.invoice_line and line.invoice_line.invoice
            mission = line.settlement.mission
            if (not mission or not mission.client
                    or invoice and invoice.state in {'posted', 'paid'}
                    and invoice.invoice_date <= self.date):
                continue
            result.append(self._line(
                    'invoice', line, mission.client, line.client_amount,
                    [mission.tax] if mission.tax else []))
        return result

    def _deposits(self, lines):
        """Return the unsaved lines of deposits that are to be recalled.

        What was invoiced as a deposit is not to be invoiced again, nor its
        VAT: never more of a mission than is to be invoiced of it.

        :param lines: what is to be invoiced
        """
        amounts, origins = defaultdict(Decimal), {}
        for line in lines:
            mission = line.origin.settlement.mission
            amounts[mission] += line.amount
            origins.setdefault(mission, line.origin)
        result = []
        for mission, left in amounts.items():
            for (_, taxes), balance in mission.deposit_balances(
                    self.date).items():
                amount = min(balance, left)
                if amount <= 0:
                    continue
                left -= amount
                line = self._line(
                    'deposit', origins[mission], mission.client, -amount,
                    list(taxes))
                line.description = gettext(
                    'coop_settlement.msg_deposit_recalled',
                    mission=mission.rec_name)
                result.append(line)
        return result

    def _contributions(self):
        "Return the unsaved lines of contributions not invoiced to members"
        Configuration = Pool().get('coop.configuration')
        tax = Configuration(1).get_multivalue(
            'contribution_tax', company=self.company.id)
        result = []
        for line in self._settled(
                ('settlement.mode', '=', 'invoice'),
                ('kind', 'in', ['work', 'true_up']),
                ('contribution', '!=', 0),
                ('salaried', '=', False)):
            invoice = line.contribution_line and line.contribution_line.invoice
            if (invoice and invoice.state in {'posted', 'paid'}
                    and invoice.invoice_date <= self.date):
                continue
            result.append(self._line(
                    'contribution', line, line.member.party,
                    line.contribution, [tax] if tax else []))
        return result

    def _line(self, kind, origin, party, amount, taxes):
        pool = Pool()
        Line = pool.get('coop.settlement.year_end.line')
        Tax = pool.get('account.tax')
        tax = sum((
                self.currency.round(t['amount'])
                for t in Tax.compute(taxes, amount, 1, origin.date)), ZERO)
        return Line(
            year_end=self, kind=kind, origin=origin, party=party,
            date=origin.date, description=origin.description,
            amount=amount, tax_amount=tax)

    @classmethod
    @ModelView.button
    @Workflow.transition('posted')
    def post(cls, records):
        """Post what is listed, and take it back on the first day after.

        :raises YearEndError: when there is nothing
        """
        Move = Pool().get('account.move')
        for record in records:
            if not record.lines:
                record._raise('nothing')
            moves = [
                move for kind in ACCOUNTS
                if (move := record._move(kind))]
            Move.save(moves)
            Move.post(moves)
            record._reverse(moves)

    def _account(self, name):
        Configuration = Pool().get('coop.configuration')
        account = Configuration(1).get_multivalue(
            name, company=self.company.id)
        if not account:
            raise AccountMissing(gettext(
                    'coop_settlement.msg_bill_account_missing',
                    **Configuration.__names__(name)))
        return account

    def _move(self, kind):
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        party_account, tax_account = map(self._account, ACCOUNTS[kind])
        # What is spent is debited, what is earned credited
        sign = 1 if kind == 'bill' else -1
        amounts = defaultdict(Decimal)
        for line in self.lines:
            if line.kind != kind:
                continue
            account = line.account(self)
            amounts[account, line.party if account.party_required
                else None] += sign * line.amount
            amounts[tax_account, None] += sign * line.tax_amount
            amounts[party_account, line.party] -= sign * (
                line.amount + line.tax_amount)
        if not any(amounts.values()):
            return None
        return Move(
            company=self.company, date=self.date, origin=self,
            journal=self._account('year_end_journal'),
            period=Period.find(self.company, date=self.date),
            description=gettext(
                'coop_settlement.msg_year_end_title', date=self.rec_name),
            lines=[
                Line(account=account, party=party,
                    debit=max(amount, ZERO), credit=max(-amount, ZERO),
                    maturity_date=self.date
                    if account == party_account else None)
                for (account, party), amount in amounts.items() if amount])

    def _reverse(self, moves):
        pool = Pool()
        Move = pool.get('account.move')
        Line = pool.get('account.move.line')
        Period = pool.get('account.period')
        date = Move.first_open_day(
            self.company, self.date + dt.timedelta(days=1))
        period = Period.find(self.company, date=date)
        for move in moves:
            with Transaction().set_context(_skip_warnings=True):
                back = move.cancel(reversal=True)
            Move.write([back], {'date': date, 'period': period.id})
            Move.post([back])
            groups = defaultdict(list)
            for line in [*move.lines, *Move(back.id).lines]:
                if line.account.reconcile:
                    groups[line.account, line.party].append(line)
            if groups:
                Line.reconcile(*groups.values())


class YearEndLine(ModelSQL, ModelView):
    __name__ = 'coop.settlement.year_end.line'
    year_end = fields.Many2One(
        'coop.settlement.year_end', "Year End", required=True,
        ondelete='CASCADE', readonly=True)
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    kind = fields.Selection([
            ('bill', "Bill to Receive (4081)"),
            ('invoice', "Invoice to Issue (4181)"),
            ('deposit', "Deposit to Recall (4191)"),
            ('contribution', "Contribution to Invoice (4181)"),
            ], "Kind", required=True, readonly=True, sort=False)
    origin = fields.Many2One(
        'coop.settlement.line', "Work", required=True, ondelete='RESTRICT',
        readonly=True)
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='RESTRICT',
        readonly=True)
    date = fields.Date("Date of Service", readonly=True)
    description = fields.Char("Description", readonly=True)
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True)
    tax_amount = Monetary(
        "Tax", currency='currency', digits='currency', readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('year_end')
        cls._order = [
            ('year_end', 'DESC'), ('kind', 'ASC'), ('date', 'ASC'),
            ('id', 'ASC')]

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        "What is listed is what is posted and signed: nobody types it"
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            if mode != 'create':
                check_seen(lines)
            for line in lines:
                line.year_end._raise_document('fixed')

    @fields.depends('year_end', '_parent_year_end.company')
    def on_change_with_currency(self, name=None):
        return self.year_end.company.currency if self.year_end else None

    def account(self, year_end):
        "Return the account of expense or revenue"
        if self.kind == 'invoice':
            return year_end._account('revenue_account')
        elif self.kind == 'deposit':
            return year_end._account('deposit_account')
        elif self.kind == 'contribution':
            return year_end._account('contribution_account')
        elif self.origin.kind == 'referral':
            return year_end._account('referral_account')
        return year_end._account('work_account')


del _states


class YearEndList(TableReport):
    __name__ = 'coop.settlement.year_end.list'

    @classmethod
    def _execute(cls, records, header, data, action):
        YearEnd = Pool().get('coop.settlement.year_end')
        year_end = YearEnd(records[0].id)
        return super()._execute(records, header, {
                **data, 'company': year_end.company.id,
                'date': year_end.date, 'year_end': year_end.id}, action)

    @classmethod
    def table(cls, company, data):
        pool = Pool()
        YearEnd = pool.get('coop.settlement.year_end')
        Line = pool.get('coop.settlement.year_end.line')
        year_end = YearEnd(data['year_end'])
        table = Table(
            gettext('coop_settlement.msg_year_end_title',
                date=year_end.rec_name),
            company.party.name, [
                Column(gettext(f'coop_settlement.msg_year_end_{name}'),
                    kind, width, total)
                for name, kind, width, total in [
                    ('date', 'date', 10, False), ('party', 'text', 26, False),
                    ('work', 'text', 34, False),
                    ('amount', 'amount', 12, True),
                    ('tax', 'amount', 12, True)]])
        labels = dict(Line.fields_get(['kind'])['kind']['selection'])
        for kind in ACCOUNTS:
            table.add(None, labels[kind], '', None, None, style='part')
            for line in year_end.lines:
                if line.kind == kind:
                    table.add(
                        line.date, line.party.full_name,
                        line.description or '', line.amount, line.tax_amount)
        table.closing.append(
            (gettext('coop_settlement.msg_year_end_signature'), ''))
        return table


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.settlement.year_end']
