# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A client who does not pay: doubtful, depreciated, lost or paid after all.

The loss is the cooperative's, which is the principal: members keep what they
were billed for, unless the statutes say that they bear it (a setting of the
dated rate of missions). VAT that waited for the payment is never due.

The invoice stays open while it is doubtful: only 416 says so beside it, thus
dunning goes on and no VAT becomes due.
"""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .exceptions import BadDebtError
from .split import share_out

ZERO = Decimal(0)
_draft = {'readonly': Eval('state') != 'draft'}


class BadDebt(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.bad_debt'
    _error = BadDebtError
    _messages = 'coop_settlement.msg_bad_debt'
    invoice = fields.Many2One(
        'account.invoice', "Invoice", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '=', 'out'),
            ('state', 'in', ['posted', 'paid']),
            ], states=_draft)
    client = fields.Function(
        fields.Many2One(
            'party.party', "Client",
            context={'company': Eval('company', -1)}, depends={'company'}),
        'on_change_with_client')
    date = fields.Date("Doubtful since", required=True, states=_draft)
    amount = Monetary(
        "Unpaid", currency='currency', digits='currency', readonly=True,
        help="With tax, when it became doubtful.")
    depreciation = Monetary(
        "Depreciation", currency='currency', digits='currency',
        domain=['OR',
            ('depreciation', '=', None), ('depreciation', '>=', 0)],
        states=_draft, help="Without tax: what is feared to be lost.")
    reason = fields.Text("Reason", states={
            'readonly': Eval('state').in_(['lost', 'recovered', 'cancelled']),
            'required': Eval('state') == 'lost',
            }, help="What makes it doubtful, and what proves the loss: "
        "judgement, insolvency, letters without answer.")
    end_date = fields.Date("Ended on", states={
            'readonly': Eval('state') != 'doubtful',
            'invisible': Eval('state') == 'draft',
            })
    moves = fields.One2Many(
        'account.move', 'origin', "Entries", readonly=True,
        order=[('id', 'ASC')])
    state = fields.Selection([
            ('draft', "Draft"),
            ('doubtful', "Doubtful"),
            ('lost', "Lost"),
            ('recovered', "Recovered"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('invoice_unique', Unique(t, t.invoice),
                'coop_settlement.msg_bad_debt_unique'))
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.state, Index.Equality(cardinality='low'))))
        cls._transitions |= {
            ('draft', 'doubtful'),
            ('draft', 'cancelled'),
            ('doubtful', 'lost'),
            ('doubtful', 'recovered'),
            }
        doubtful = {
            'invisible': Eval('state') != 'doubtful', 'depends': ['state']}
        cls._buttons.update({
                'doubt': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'lose': {**doubtful, 'icon': 'tryton-cancel'},
                'recover': {**doubtful, 'icon': 'tryton-ok'},
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @fields.depends('invoice')
    def on_change_with_client(self, name=None):
        return self.invoice.party if self.invoice else None

    def get_rec_name(self, name):
        return self.invoice.rec_name

    @property
    def piece_reference(self):
        "What names it in the books (LPF art. A47 A-1: PieceRef)"
        return gettext(
            'coop_settlement.msg_piece_bad_debt', number=self.id,
            invoice=self.invoice.number)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('invoice.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, records, default=None):
        default = default.copy() if default else {}
        default.setdefault('moves')
        default.setdefault('amount')
        default.setdefault('end_date')
        return super().copy(records, default=default)

    def _may_write(self, values):
        return self.state == 'draft' or (
            self.state == 'doubtful'
            and not (values.keys() - {'reason', 'end_date'}))

    @classmethod
    @ModelView.button
    @Workflow.transition('doubtful')
    def doubt(cls, records):
        """Show receivables as doubtful: D 416 / C 411, D 68174 / C 491.

        :raises BadDebtError: when the invoice is paid
        """
        for record in records:
            invoice = record.invoice
            record.amount = invoice.amount_to_pay
            if invoice.state != 'posted' or record.amount <= 0:
                record._raise('paid', invoice=invoice.rec_name)
            if (record.depreciation or ZERO) > record.untaxed:
                record._raise('depreciation', amount=Pool().get(
                        'ir.lang').get().currency(
                        record.untaxed, record.currency))
            record._post(record.date, record._doubtful())
        cls.save(records)

    @property
    def untaxed(self):
        "What is doubtful without tax: 491 is without, as VAT comes back"
        invoice = self.invoice
        return self.currency.round(
            self.amount * invoice.untaxed_amount / invoice.total_amount)

    def taken_back(self):
        """Return (price, VAT) that are lost, the VAT of which was due already.

        VAT that waited for its payment was never due: it is zero.
        """
        move = self.moves[-1]
        tax = sum((
                l.debit - l.credit for l in move.lines
                if any(t.type == 'tax' and not t.on_cash_basis
                    for t in l.tax_lines)), ZERO)
        net = sum((
                l.debit - l.credit for l in move.lines
                if l.account == self._account('loss')), ZERO)
        return net, tax

    def _doubtful(self, sign=1):
        "Return [(account, party, debit - credit)] of the doubt"
        rows = [
            (self._account('doubtful'), self.client, sign * self.amount),
            (self.invoice.account, self.client, -sign * self.amount)]
        if self.depreciation:
            role = 'depreciation_expense' if sign > 0 else (
                'depreciation_revenue')
            rows += [
                (self._account(role), None, sign * self.depreciation),
                (self._account('depreciation'), None,
                    -sign * self.depreciation)]
        return rows

    def _account(self, role):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        account = Configuration(1).get_multivalue(
            f'{role}_account', company=self.company.id)
        if not account:
            pool.get('coop.settlement').raise_missing(f'{role}_account')
        return account

    def _post(self, date, rows, taxes=()):
        """Return the posted move of rows.

        :param rows: [(account, party or None, debit - credit)]
        :param taxes: [(account, debit - credit, tax lines)]
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        journal = Configuration(1).get_multivalue(
            'bad_debt_journal', company=self.company.id)
        if not journal:
            pool.get('coop.settlement').raise_missing('bad_debt_journal')
        move = Move(
            company=self.company, journal=journal, date=date, origin=self,
            period=Period.find(self.company, date=date),
            description=' - '.join([
                    self.__names__()['model'], self.invoice.rec_name,
                    self.client.rec_name]), lines=[
                Line(account=account, tax_lines=lines,
                    party=party if account.party_required else None,
                    debit=max(amount, ZERO), credit=max(-amount, ZERO))
                for account, party, amount, lines in [
                    *((*row, []) for row in rows),
                    *((account, self.client, amount, lines)
                        for account, amount, lines in taxes)]])
        move.save()
        Move.post([move])
        return Move(move.id)

    @classmethod
    @ModelView.button
    @Workflow.transition('recovered')
    def recover(cls, records):
        """Take the doubt back, as the client has paid or will.

        :raises BadDebtError: when it is not told on which day
        """
        for record in records:
            record._end()
        cls.save(records)

    def _end(self):
        "Reverse the entries of the doubt, and reconcile both"
        Line = Pool().get('account.move.line')
        if not self.end_date:
            self._raise('end')
        first = self.moves[0]
        second = self._post(self.end_date, self._doubtful(-1))
        for account in {self._account('doubtful'), self.invoice.account}:
            lines = [
                l for m in [first, second] for l in m.lines
                if l.account == account]
            Line.reconcile(lines)

    @classmethod
    @ModelView.button
    @Workflow.transition('lost')
    def lose(cls, records):
        """Give receivables up: D 654 without tax, D 44571 the VAT / C 411.

        :raises BadDebtError: without a day, a reason or something unpaid
        """
        Settlement = Pool().get('coop.settlement')
        Line = Pool().get('account.move.line')
        for record in records:
            if not record.reason:
                record._raise('reason')
            left = record.invoice.amount_to_pay
            if not left:
                record._raise('paid', invoice=record.invoice.rec_name)
            record._end()
            taxes = record.invoice.lost_taxes(left, record.end_date)
            net = left - sum((amount for _, amount, _ in taxes), ZERO)
            move = record._post(record.end_date, [
                    (record._account('loss'), None, net),
                    (record.invoice.account, record.client, -left)], taxes)
            line, = [
                l for l in move.lines if l.account == record.invoice.account]
            invoice = record.invoice
            Line.reconcile([line, *(
                        l for l in [
                            *invoice.lines_to_pay, *invoice.payment_lines]
                        if not l.reconciliation)])
            Settlement.claw_back(record, net)
        cls.save(records)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, records):
        pass


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.bad_debt']


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    def lost_taxes(self, left, date):
        """Return [(account, amount, tax lines)] of the VAT of what is lost.

        VAT that waits for its payment is taken off by as much; that which
        was due already comes back in proportion (CGI 272-1).

        :param left: Decimal, what is lost with tax
        :param date: of the loss
        """
        pool = Pool()
        Period = pool.get('account.period')
        period = Period.find(self.company, date=date)
        result = []
        for line in self.move.lines:
            if not any(t.type == 'tax' for t in line.tax_lines):
                continue
            lost = self._lost_lines(line, left, period)
            amount = sum(
                (t.amount for t in lost if t.type == 'tax'), ZERO)
            if amount:
                result.append((line.account, -amount, lost))
        return result

    def _lost_lines(self, line, left, period):
        "Return the unsaved tax lines that take those of a move line back"
        TaxLine = Pool().get('account.tax.line')
        result = []
        cash = [t for t in line.tax_lines if t.on_cash_basis]
        for tax_line in cash or line.tax_lines:
            if cash:
                amount = ZERO if tax_line.period else tax_line.amount
            else:
                amount = self.currency.round(
                    tax_line.amount * left / self.total_amount)
            if amount:
                result.append(TaxLine(
                        tax=tax_line.tax, type=tax_line.type,
                        amount=-amount, on_cash_basis=bool(cash),
                        period=period if cash else None))
        return result


class Settlement(metaclass=PoolMeta):
    __name__ = 'coop.settlement'

    @classmethod
    def claw_back(cls, bad_debt, net):
        """Have members bear their part of a loss, where the statutes say so.

        :param bad_debt: the coop.bad_debt
        :param net: Decimal, what is lost without tax
        :return: the settlement of the credits, or None
        """
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        Rate = pool.get('coop.mission.rate')
        mission = bad_debt.invoice.mission
        if not mission or not Rate.get(
                bad_debt.company, bad_debt.end_date).clawback:
            return None
        return cls.credit_members(
            mission, Line.search([
                    ('invoice_line.invoice', '=', bad_debt.invoice.id),
                    ('kind', '=', 'work')], order=[('id', 'ASC')]),
            net, bad_debt.end_date, bad_debt.rec_name)

    @classmethod
    def credit_members(cls, mission, lines, amount, date, description):
        """Have members bear their parts of an amount of the client.

        In proportion to the client's price of each line; of their part the
        cooperative bears its contribution, and what credit notes took back.
        Nobody bears more than what is left of a line.

        :param lines: coop.settlement.line of work
        :param amount: Decimal of the client, without tax
        :return: the confirmed settlement, whose lines are below zero
        """
        Line = Pool().get('coop.settlement.line')
        lines = [l for l in lines if l.client_amount > 0]
        if not lines or not amount:
            return None
        whole = sum(l.client_amount for l in lines)
        left = {
            l: rest for line in lines if (l := line.standing)
            and (rest := l.amount + l.lessened) > 0}
        if not left:
            return None
        part = min(sum(left.values()), mission.company.currency.round(
                sum(l.amount for l in left) * min(amount, whole) / whole))
        settlement = cls(
            company=mission.company, mission=mission, date=date,
            mode=lines[0].settlement.mode, state='draft',
            description=description)
        parts = share_out(part, list(left.values()), settlement._unit)
        cls.save([settlement])
        # By the VAT status of the service that is corrected
        Line.save([
                settlement._own(
                    'credit', -share, line.member, date=line.date,
                    reduces=line, description=description)
                for line, share in zip(left, parts)])
        cls.confirm([settlement])
        return settlement
