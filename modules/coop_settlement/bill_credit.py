# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Credit notes: what corrects a bill that was accepted.

An accepted bill is never changed (CGI 289 I-5). A credit note takes lines of
it back by mirror lines below zero, and names it; what is rightly owed of them
goes on a new line, which the next bill asks for. Whoever the mandate says
issues it (CGI 289 I-2, BOI-TVA-DECLA-30-20-10): the cooperative, by the next
number of the member's series, or the member.

Invariant: a line is taken back once; line + mirror = 0, in money and in VAT.
"""
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, Unique, Workflow, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .bill_making import ACCEPTED, DUE

ZERO = Decimal(0)


class Bill(metaclass=PoolMeta):
    __name__ = 'coop.bill'
    credit = fields.Boolean("Credit Note", readonly=True,
        states={'invisible': ~Eval('credit', False)},
        help="It takes back what another bill asked for.")
    credit_reason = fields.Char("Why Corrected", readonly=True,
        states={'invisible': ~Eval('credit', False)})
    credits = fields.One2Many(
        'coop.bill', 'corrects', "Credit Notes", readonly=True,
        filter=[('credit', '=', True)],
        states={'invisible': ~Eval('credits', [0])})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.corrects, Index.Equality()),
                    where=t.corrects != Null),
                Index(t, (t.member, Index.Equality()),
                    where=(t.credit == True)  # noqa: E712
                    & (t.state == 'accepted')),
                })
        cls._buttons['correct'] = {
            'invisible': (~Eval('state').in_(ACCEPTED)
                | Eval('credit', False)),
            'icon': 'tryton-undo',
            'depends': ['state', 'credit'],
            }
        cls._buttons['bill_again'] = {
            'invisible': (~Eval('state').in_(ACCEPTED)
                | ~Eval('credit', False) | ~Eval('corrects')),
            'icon': 'tryton-refresh',
            'depends': ['state', 'credit', 'corrects'],
            }

    @classmethod
    def default_credit(cls):
        return False

    @classmethod
    def copy(cls, bills, default=None):
        default = default.copy() if default else {}
        default.setdefault('credit', False)
        default.setdefault('credit_reason')
        default.setdefault('credits')
        return super().copy(bills, default=default)

    @classmethod
    def check_modification(cls, mode, bills, values=None, external=False):
        "The wizard alone makes a credit note"
        super().check_modification(
            mode, bills, values=values, external=external)
        if external and mode == 'create':
            for bill in bills:
                if bill.credit:
                    bill._raise('credit_wizard')

    @classmethod
    @ModelView.button_action('coop_settlement.wizard_bill_correct')
    def correct(cls, bills):
        pass

    @classmethod
    @ModelView.button
    def bill_again(cls, credits):
        """Let what credit notes took back for good be owed again.

        A credit note is not corrected: the next bill asks for it.

        :raises BillError: when all of it is billed again already
        """
        Line = Pool().get('coop.settlement.line')
        cls.lock()
        for credit in cls.browse(credits):
            taken = [
                l.credits for l in credit.lines
                if l.credits and l.settlement.state in DUE and not Line.search(
                    [('repeats', '=', l.credits.id)], limit=1)]
            if not taken:
                credit._raise('billed_again')
            Line.save([
                    l._again(credit.corrects, l.amount) for l in taken])

    def correcting(self, date):
        """Return who issues a credit note of the bill and by which mandate.

        :param date: of the credit note
        :return: 'self' and the mandate, or 'own' and None
        """
        Mandate = Pool().get('coop.billing.mandate')
        mandate = None
        if self.kind == 'self':
            mandate = Mandate.at([self.member], date).get(self.member.id)
        if mandate and mandate.corrections == 'cooperative':
            return 'self', mandate
        return 'own', None

    @classmethod
    def take_back(cls, bill, owed, date, reason, **own):
        """Issue the credit note of lines of an accepted bill; return it.

        It is posted, and set off against what is owed of the bill, then of
        other bills of the member; what is left is set off against those to
        come.

        :param owed: {coop.settlement.line of the bill: Decimal that is
            rightly owed of it in all}; what was given back of it before
            stays given back, and is billed again besides
        :param date: of the credit note
        :param own: number, file and file_name of one that the member wrote
        :raises BillError: for a bill that is not accepted, a line that was
            taken back before, or while a payment is under way
        """
        pool = Pool()
        Line = pool.get('coop.settlement.line')
        cls.lock()
        bill = cls(bill.id)
        lines = Line.browse([l.id for l in owed])
        bill._check_correct(lines, date, reason)
        kind, mandate = bill.correcting(date)
        if kind == 'self':
            bill._check_series(date)
            own = {}
        elif not own.get('number') or not own.get('file'):
            bill._raise('own_missing')
        credit = cls(
            company=bill.company, member=bill.member, kind=kind, date=date,
            mandate=mandate, periodic=False, state='draft', credit=True,
            credit_reason=reason, corrects=bill, due_date=date,
            performed_on=max(l.date for l in lines), **own)
        credit.save()
        Line.save([l._mirror(credit) for l in lines])
        again = {l: owed[l] - l.lessened for l in lines}
        Line.save([l._again(bill, a) for l, a in again.items() if a])
        credit = cls(credit.id)
        if kind == 'self':
            cls.set_numbers([credit])
        cls.make_invoices([credit])
        credit._exact_tax()
        if kind == 'own':
            credit = cls(credit.id)
            credit.own_amount = credit.amount
            credit.own_tax = credit.tax_amount
            credit.save()
        cls.book_credit([credit])
        return cls(credit.id)

    @classmethod
    @Workflow.transition('accepted')
    def book_credit(cls, credits):
        "Post credit notes: nobody has to accept them"
        cls.post(credits)
        cls.queue_delivery(credits)

    def _check_correct(self, lines, date, reason):
        if self.state not in ACCEPTED or self.credit:
            self._raise('correct_state')
        if sum(l.amount for l in lines) <= 0 or not (reason or '').strip():
            self._raise('correct_empty')
        if not self.date <= date <= today(self.company.id):
            self._raise('correct_date', date=Pool().get(
                    'ir.lang').get().strftime(self.date))
        for line in lines:
            if line.bill != self or line.credited_by:
                self._raise('correct_line', line=line.rec_name)
        if self.under_way([self]):
            self._raise('under_way')

    def _check_series(self, date):
        "The numbers of a member follow their dates (CGI ann. II 242 nonies A)"
        last = self.search([
                ('member', '=', self.member.id), ('rank', '!=', None),
                ], order=[('rank', 'DESC')], limit=1)
        if last and last[0].date > date:
            self._raise('correct_series', bill=last[0].number,
                date=Pool().get('ir.lang').get().strftime(last[0].date))

    @classmethod
    def under_way(cls, bills):
        "Return those of the bills that payments are under way for"
        return set()

    def _invoice(self, statuses):
        invoice = super()._invoice(statuses)
        if self.credit and self.corrects:
            invoice.tax_group_on_cash_basis = list(
                self.corrects.invoice.tax_group_on_cash_basis)
            invoice.description = gettext(
                'coop_settlement.msg_bill_credit_description',
                number=self.number, bill=self.corrects.number,
                member=self.member.rec_name)
        return invoice

    def _invoice_line(self, line, statuses):
        "What was invoiced is taken back, whatever the status is now"
        new = super()._invoice_line(line, statuses)
        if line.credits:
            for asked in self.corrects.invoice.lines:
                if asked.origin == line.credits:
                    new.account = asked.account
                    new.taxes = list(asked.taxes)
        return new

    def _exact_tax(self):
        """Give the cents of rounding back with the last lines of a bill.

        A tax is rounded on each invoice: those of several credit notes may
        sum to a cent more than that of the bill.
        """
        if not all(l.credited_by for l in self.corrects.lines):
            return
        Tax = Pool().get('account.invoice.tax')
        left = {}
        for bill in [self.corrects, *self.corrects.credits]:
            for tax in bill.invoice.taxes:
                key = tax.tax, tax.account
                left[key] = left.get(key, ZERO) + tax.amount
        to_save = []
        for tax in self.invoice.taxes:
            if cents := left.pop((tax.tax, tax.account), None):
                tax.amount -= cents
                to_save.append(tax)
        Tax.save(to_save)

    @classmethod
    def set_off(cls, bills):
        """Set credit notes off against what their members are owed.

        The bill that a credit note corrects comes first, then the one that
        is due first. Nothing that a payment is under way for is touched: the
        next time, what it leaves.

        :param bills: those of the members; their other ones join
        """
        bills = cls._posted(bills)
        credits = cls._posted([b for b in bills if b.credit] + cls.search([
                    ('member', 'in', list({b.member.id for b in bills})),
                    ('credit', '=', True),
                    ('state', '=', 'accepted'),
                    ]))
        if not credits:
            return
        members = {c.member for c in credits}
        owed = cls._posted([
                b for b in bills if not b.credit and b.member in members
                ] + cls.search([
                    ('member', 'in', [m.id for m in members]),
                    ('credit', '!=', True),
                    ('state', '=', 'accepted'),
                    ]))
        under_way = cls.under_way(owed)
        touched = set()
        for credit in credits:
            for bill in sorted(owed, key=lambda b: (
                        b != credit.corrects, b.due_date, b.id)):
                if (bill.member == credit.member and bill not in under_way
                        and credit._set_off(bill)):
                    touched.add(bill)
        cls.reconcile_paid([*touched, *credits])

    @classmethod
    def _posted(cls, bills):
        return cls.browse(sorted({
                    b.id for b in bills
                    if b.invoice and b.invoice.state == 'posted'}))

    def _mail(self, lang):
        if self.credit:
            return {
                'message': 'bill_credit', 'reason': self.credit_reason,
                'bill': ', '.join(dict.fromkeys(
                        b.number for b in self.corrected()))
                or str(self.performed_on.year)}
        return super()._mail(lang)

    @property
    def charged(self):
        "The contributions to its work that are invoiced to the member"
        return sum((l.charged for l in self.lines), ZERO)

    def corrected(self):
        "Return the bills that it lessens"
        bills = [self.corrects] if self.corrects else []
        return bills + [
            l.reduces.bill for l in self.lines
            if l.reduces and l.reduces.bill and l.reduces.bill != self]

    def open_balance(self):
        "Return credit less debit of what nothing settles or pays yet"
        return sum((l.credit - l.debit for l in self.open_lines()), ZERO) - (
            sum((l.debit - l.credit for l in self.invoice.payment_lines
                    if not l.reconciliation), ZERO))

    def _set_off(self, bill):
        "Set the credit note off against a bill; return the amount"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        amount = min(-self.open_balance(), bill.open_balance())
        if amount <= 0:
            return ZERO
        date = Move.first_open_day(self.company, max(
                self.invoice.move.date, bill.invoice.move.date))
        move = Move(
            company=self.company, date=date, origin=self,
            journal=self._set_off_journal(),
            period=Period.find(self.company, date=date),
            description=gettext(
                'coop_settlement.msg_bill_set_off', credit=self.number,
                bill=bill.number, member=self.member.rec_name))
        move.save()
        settled = [
            *_parts(move, bill.open_lines(), amount),
            *_parts(move, self.open_lines(), -amount)]
        Line.save([l for _, *new in settled for l in new])
        Move.post([Move(move.id)])
        for line, settling, *rest in settled:
            Line.reconcile(
                Line.browse([line.id, settling.id]),
                delegate_to=rest[0] if rest else None)
        return amount

    def _set_off_journal(self):
        Configuration = Pool().get('coop.configuration')
        return Configuration(1).get_multivalue(
            'payout_journal', company=self.company.id
            ) or self.invoice.journal


def _parts(move, lines, amount):
    """Yield (line, what settles it[, what is left of it]) up to an amount.

    :param lines: open account.move.line
    :param amount: credit less debit
    """
    Line = Pool().get('account.move.line')

    def new(line, balance):
        return Line(
            move=move, account=line.account, party=line.party,
            maturity_date=line.maturity_date,
            debit=max(balance, ZERO), credit=max(-balance, ZERO))
    for line in lines:
        balance = line.credit - line.debit
        if not amount or (balance > 0) != (amount > 0):
            continue
        part = min(amount, balance, key=abs)
        amount -= part
        yield (line, new(line, balance), *(
                [new(line, part - balance)] if part != balance else []))


class SettlementLine(metaclass=PoolMeta):
    __name__ = 'coop.settlement.line'
    credits = fields.Many2One(
        'coop.settlement.line', "Takes Back", readonly=True,
        ondelete='RESTRICT', help="What a credit note takes back by it.")
    credited_by = fields.One2Many(
        'coop.settlement.line', 'credits', "Taken Back by", readonly=True)
    reduces = fields.Many2One(
        'coop.settlement.line', "Lessens", readonly=True,
        ondelete='RESTRICT', help="What is given back of it in part.")
    repeats = fields.Many2One(
        'coop.settlement.line', "Instead of", readonly=True,
        ondelete='RESTRICT',
        help="What a credit note took back and is billed again.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('credits_unique', Unique(t, t.credits),
                'coop_settlement.msg_bill_line_once'))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default else {}
        default.setdefault('credited_by')
        return super().copy(lines, default=default)

    def told(self, bill):
        """Return what a bill says of it.

        Of what lessens another bill, which one (CGI 289 I-5).
        """
        text = self.description or self.kind_string
        before = self.reduces.bill if self.reduces else None
        if not before or before == bill:
            return text
        lang = mail.language(bill.member.party, bill.company)
        return gettext(
            'coop_settlement.msg_bill_lessens', lang.code, work=text,
            bill=before.number, date=lang.strftime(before.date))

    def _mirror(self, credit):
        "Return the unsaved line of a credit note that takes it back"
        return self._like(
            amount=-self.amount, bill=credit, credits=self)

    def _again(self, bill, amount):
        "Return the unsaved line of what is rightly owed of it"
        return self._like(
            amount=self.currency.round(amount), billed_before=bill,
            repeats=self)

    def _like(self, **values):
        # What the client was asked and the contribution stay on the first
        # line: between the cooperative and the client nothing changes
        return self.__class__(
            settlement=self.settlement, company=self.company, kind=self.kind,
            member=self.member, date=self.date, description=self.description,
            salaried=self.salaried, third_party=self.third_party,
            client_amount=ZERO, contribution=ZERO, referral=ZERO, **values)

    def shown(self):
        """Return (client's price, referral, contribution) to tell of it.

        Those of the line that it takes back, below zero, or stands for.
        """
        sign, line = 1, self
        if line.credits:
            sign, line = -1, line.credits
        first = line
        while first.repeats:
            first = first.repeats
        contribution = first.contribution
        if first.client_amount and first.settlement.mode == 'margin':
            contribution += first.amount - line.amount
        return tuple(
            sign * a for a in [
                first.client_amount, first.referral, contribution])

    @property
    def charged(self):
        "The contribution of it that the member is invoiced apart"
        return self.shown()[2] if self.settlement.mode == 'invoice' else ZERO


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['coop.bill']
