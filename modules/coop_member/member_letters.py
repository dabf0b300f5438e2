# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the cooperative certifies and writes to a member, from the registers"
from collections import defaultdict
from decimal import Decimal

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import (
    Button, StateReport, StateTransition, StateView, Wizard)

from . import capital
from .event import as_of_context, today
from .letter_report import LetterReport
from .table_report import selection


def holdings(company, members, data):
    "Return {member id: [(share class, Deltas)]} at the date of the data"
    pool = Pool()
    Movement = pool.get('coop.share.movement')
    ShareClass = pool.get('coop.share.class')
    positions = Movement.positions(
        company, data['date'], data['known_at'], members)
    classes = {
        c.id: c for c in ShareClass.browse(
            list({share_class for _, share_class in positions}))}
    held = defaultdict(list)
    for (member, share_class), deltas in positions.items():
        if deltas:
            held[member].append((classes[share_class], deltas))
    return {
        m.id: sorted(
            held[m.id], key=lambda h: (h[0].sequence or 0, h[0].id))
        for m in members}


def totals(rows):
    return sum((deltas for _, deltas in rows), capital.NOTHING)


class Certificate(LetterReport):
    __name__ = 'coop.member.certificate'

    @classmethod
    def letters(cls, company, members, data):
        Movement = Pool().get('coop.share.movement')
        held = holdings(company, members, data)
        last = Movement.last_number(company, data['known_at'])
        return {
            m.id: {
                'holdings': held[m.id],
                'total': totals(held[m.id]),
                'last': last,
                } for m in members}


class Statement(LetterReport):
    __name__ = 'coop.member.statement'

    @classmethod
    def letters(cls, company, members, data):
        """Tell the shares, their movements, and what is owed both ways.

        What is owed are the open lines of the books at the date, of the
        accounts that tell debts and claims: capital called, dues, refunds.
        """
        Movement = Pool().get('coop.share.movement')
        held = holdings(company, members, data)
        movements = cls._movements(company, members, data)
        debts = cls._debts(company, members, data['date'])
        kinds = selection(Movement, 'kind')
        result = {}
        for member in members:
            rows = debts[member.party.id]
            owed = sum((d for _, d in rows), Decimal(0))
            result[member.id] = {
                'start_date': data.get('start_date'),
                'holdings': held[member.id],
                'total': totals(held[member.id]),
                'movements': movements[member.id],
                'kinds': kinds,
                'debts': rows,
                'debit': sum((max(d, 0) for _, d in rows), Decimal(0)),
                'credit': sum((max(-d, 0) for _, d in rows), Decimal(0)),
                'owed': owed,
                }
        return result

    @classmethod
    def _movements(cls, company, members, data):
        Movement = Pool().get('coop.share.movement')
        domain = [
            ('member', 'in', [m.id for m in members]),
            ('date', '<=', data['date']),
            ]
        if data.get('start_date'):
            domain.append(('date', '>=', data['start_date']))
        known_at = data['known_at']
        if known_at:
            name = 'number' if isinstance(known_at, int) else 'recorded_at'
            domain.append((name, '<=', known_at))
        result = defaultdict(list)
        for movement in Movement.search(
                domain, order=[('date', 'ASC'), ('number', 'ASC')]):
            result[movement.member.id].append(movement)
        return result

    @classmethod
    def _debts(cls, company, members, date):
        "Return {party id: [(line, what the member owes by it)]}"
        Line = Pool().get('account.move.line')
        result = defaultdict(list)
        for line in Line.search([
                    ('party', 'in', [m.party.id for m in members]),
                    ('move.company', '=', company.id),
                    ('move_state', '=', 'posted'),
                    ('move.date', '<=', date),
                    ['OR',
                        ('account.type.receivable', '=', True),
                        ('account.type.payable', '=', True),
                        ],
                    ['OR',
                        ('reconciliation', '=', None),
                        ('reconciliation.date', '>', date),
                        ],
                    ], order=[('move.date', 'ASC'), ('id', 'ASC')]):
            result[line.party.id].append((line, line.debit - line.credit))
        return result


class AdmissionLetter(LetterReport):
    __name__ = 'coop.member.admission.letter'

    @classmethod
    def letters(cls, company, members, data):
        pool = Pool()
        Allocation = pool.get('coop.share.allocation')
        Event = pool.get('coop.member.event')
        held = holdings(company, members, data)
        calls = Allocation.open_calls(members)
        admissions = {}
        for event in Event.search([
                    ('member', 'in', [m.id for m in members]),
                    ('kind', '=', 'admission'),
                    ('reversed_by', '=', None),
                    ], order=[('date', 'ASC'), ('number', 'ASC')]):
            admissions[event.member.id] = event
        return {
            m.id: {
                'admission': admissions.get(m.id),
                'holdings': held[m.id],
                'total': totals(held[m.id]),
                'calls': [
                    (c.key.due_date, c.share_class, c.amount)
                    for c in calls[m.id]],
                'ibans': _ibans(company),
                } for m in members}


def _ibans(company):
    return [
        number.number for account in company.party.bank_accounts
        for number in account.numbers if number.type == 'iban'][:1]


class PrintLetterStart(ModelView):
    __name__ = 'coop.member.print_letter.start'
    document = fields.Selection([
            ('certificate', "Share Certificate"),
            ('statement', "Account Statement"),
            ('admission', "Letter of Admission"),
            ], "Document", required=True, sort=False)
    start_date = fields.Date("From",
        domain=['OR',
            ('start_date', '=', None),
            ('start_date', '<=', Eval('date', None)),
            ],
        states={'invisible': Eval('document') != 'statement'},
        help="The first effective date; leave empty for the beginning.")
    date = fields.Date("As of", required=True,
        help="The effective date, included.")
    known_at = fields.DateTime("Known at",
        help="Leave empty for all that is known now.")
    language = fields.Many2One('ir.lang', "Language",
        domain=[('translatable', '=', True)],
        help="Leave empty for that of each member.")

    @classmethod
    def default_document(cls):
        return 'certificate'

    @classmethod
    def default_date(cls):
        date, _ = as_of_context()
        company = Transaction().context.get('company')
        return date or (today(company) if company else None)


class PrintLetter(Wizard):
    __name__ = 'coop.member.print_letter'
    start = StateView(
        'coop.member.print_letter.start',
        'coop_member.print_letter_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Print", 'choose', 'tryton-print', default=True),
            ])
    choose = StateTransition()
    certificate = StateReport('coop.member.certificate')
    statement = StateReport('coop.member.statement')
    admission = StateReport('coop.member.admission.letter')

    def transition_choose(self):
        return self.start.document

    def _do(self, action):
        start = self.start
        return action, {
            'model': 'coop.member',
            'ids': [r.id for r in self.records],
            'start_date': start.start_date,
            'date': start.date,
            'known_at': start.known_at,
            'language': start.language.code if start.language else None,
            }

    do_certificate = do_statement = do_admission = _do
