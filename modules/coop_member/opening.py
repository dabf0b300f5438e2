# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The take-over of old books: one opening move for all the history.

The movements before the accounting start post nothing. The trial balance of
the old books at that date is held against what they imply; when both say the
same, one move opens the accounts and the configuration keeps it.
"""
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, inactive_records
from trytond.wizard import Button, StateAction, StateTransition, StateView
from trytond.wizard import Wizard

from . import import_bad
from .capital import NOTHING, Deltas
from .exceptions import OpeningError
from .importer import balance, reading
from .importer.plan import unreadable
from .importer.problem import Problem
from .tie_out import BY_PARTY, TIES


@inactive_records
def books_at_start(company, start, import_=None):
    """Return the importer's Books that the history before the start implies.

    :param import_: a validated import whose slices count as written; a party
        that it is still to make goes by the number of the member, in brackets
    """
    pool = Pool()
    Account = pool.get('account.account')
    Member = pool.get('coop.member')
    Party = pool.get('party.party')
    ShareClass = pool.get('coop.share.class')
    members = {
        m.number: m.party.code
        for m in Member.search([('company', '=', company.id)])}
    positions = _positions(company, start)
    if import_:
        _add_staged(import_, start, members, positions)
    classes = {
        c.code: c for c in ShareClass.search([('company', '=', company.id)])}
    capital = defaultdict(Decimal)
    # Accounts without a balance count too: the books may not hold one there
    for class_ in classes.values():
        for role in TIES:
            if role not in BY_PARTY:
                capital[class_.account(role).code, None] += 0
    for (number, code), deltas in positions.items():
        for role, tie in TIES.items():
            party = members[number] if role in BY_PARTY else None
            capital[classes[code].account(role).code, party] += tie(deltas)
    return balance.Books(
        accounts={
            a.code: balance.Account(
                a.code, bool(a.type) and not a.closed,
                bool(a.party_required))
            for a in Account.search([('company', '=', company.id)])},
        parties=frozenset(p.code for p in Party.search([])),
        members=members,
        capital=dict(capital),
        digits=company.currency.digits)


def _positions(company, start):
    "Return {(member's number, class code): Deltas} of the register"
    pool = Pool()
    Member = pool.get('coop.member')
    Movement = pool.get('coop.share.movement')
    ShareClass = pool.get('coop.share.class')
    positions = Movement.positions(company, start - relativedelta(days=1))
    numbers = {
        m.id: m.number for m in Member.browse([m for m, _ in positions])}
    codes = {
        c.id: c.code for c in ShareClass.browse([c for _, c in positions])}
    return {
        (numbers[member], codes[class_]): deltas
        for (member, class_), deltas in positions.items()}


def _add_staged(import_, start, members, positions):
    "Add what the slices of an import are still to write"
    for slice_ in import_.slices:
        if slice_.done:
            continue
        values = slice_.values()
        if slice_.kind == 'members':
            for value in values:
                members.setdefault(
                    value['number'], value['party'] or f"[{value['number']}]")
        elif slice_.kind == 'movements':
            for row in (r for operation in values for r in operation):
                if row['date'] < start:
                    key = row['member'], row['share_class']
                    positions[key] = (
                        positions.get(key, NOTHING) + Deltas(*row['deltas']))


def start_problems(company, date):
    "Return the Problems that stand against an accounting start"
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    Movement = pool.get('coop.share.movement')
    start = Configuration(1).get_multivalue(
        'accounting_start', company=company.id)
    if start == date:
        return []
    if start:
        return [Problem('opening_start', args={'value': date, 'date': start})]
    # Without a start they posted their entries
    if Movement.search([
                ('company', '=', company.id),
                ('date', '<', date),
                ], limit=1):
        return [Problem('opening_posted', args={'value': date})]
    return []


def set_start(company, date):
    """Write the accounting start to a configuration that has none.

    :raises OpeningError: when it has another, or can have none any more
    """
    Configuration = Pool().get('coop.configuration')
    if problems := start_problems(company, date):
        raise OpeningError(import_bad.explain_all(problems))
    configuration = Configuration(1)
    if not configuration.get_multivalue(
            'accounting_start', company=company.id):
        configuration.set_multivalue(
            'accounting_start', date, company=company.id)


def opening_problems(company, date):
    "Return the Problems that stand against opening the books at a date"
    pool = Pool()
    Configuration = pool.get('coop.configuration')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    if Configuration(1).get_multivalue('opening_move', company=company.id):
        return [Problem('opened')]
    if problems := start_problems(company, date):
        return problems
    if Move.search([
                ('company', '=', company.id),
                ('date', '<', date),
                ('state', '=', 'posted'),
                ], limit=1):
        return [Problem('opening_moves', args={'value': date})]
    if not Period.search([
                ('company', '=', company.id),
                ('state', '=', 'open'),
                ('type', '=', 'standard'),
                ('start_date', '<=', date),
                ('end_date', '>=', date),
                ], limit=1):
        return [Problem('no_period', args={'date': date})]
    return []


def check(company, date, name, data, import_=None):
    """Return (balances, problems) of a trial balance against the register.

    :param import_: a validated import whose slices count as written
    :return: balances are {(account code, party code or None): amount}
    """
    problems = opening_problems(company, date)
    if import_ and not problems and import_.history_end() != date:
        problems = [Problem('opening_start', args={
                    'value': date, 'date': import_.history_end()})]
    if problems:
        return {}, problems
    try:
        table, = reading.read([('balance', name, data)]).values()
    except reading.ReadError as error:
        return {}, [unreadable(error)]
    return balance.check(table, books_at_start(company, date, import_))


@inactive_records
def open_books(company, date, balances):
    "Return the opening move posted with the balances of check"
    pool = Pool()
    Account = pool.get('account.account')
    Configuration = pool.get('coop.configuration')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Party = pool.get('party.party')
    Period = pool.get('account.period')
    accounts = {
        a.code: a for a in Account.search([('company', '=', company.id)])}
    parties = {
        p.code: p for p in Party.search([
                ('code', 'in', list({p for _, p in balances if p}))])}
    configuration = Configuration(1)
    set_start(company, date)
    lines = []
    for (code, party), amount in sorted(
            balances.items(), key=lambda b: (b[0][0], b[0][1] or '')):
        account = accounts[code]
        dated = account.type.receivable or account.type.payable
        lines.append(Line(
                account=account, party=parties.get(party),
                maturity_date=date if dated else None,
                debit=max(amount, 0), credit=max(-amount, 0)))
    move = Move(
        company=company,
        journal=configuration.get_multivalue(
            'share_journal', company=company.id),
        period=Period.find(company, date=date),
        date=date,
        origin=configuration,
        description=gettext('coop_member.msg_opening_move'),
        lines=lines)
    move.save()
    Move.post([move])
    configuration.set_multivalue('opening_move', move, company=company.id)
    return move


class OpeningStart(ModelView):
    __name__ = 'coop.opening.start'
    company = fields.Many2One('company.company', "Company", required=True)
    date = fields.Date("Accounting Start", required=True,
        help="The date of the opening move.")
    file = fields.Binary("Trial Balance", filename='file_name', required=True)
    file_name = fields.Char("File Name", required=True)
    import_ = fields.Many2One('coop.import', "Counted as Written",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', '=', 'validated'),
            ],
        help="An import to check the trial balance with before it is "
        "written; the books are not opened then.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        Configuration = Pool().get('coop.configuration')
        return Configuration(1).get_multivalue(
            'accounting_start', company=cls.default_company())


class OpeningPreview(ModelView):
    __name__ = 'coop.opening.preview'
    problems = fields.Text("Problems", readonly=True, states={
            'invisible': ~Eval('problems'),
            })
    line_count = fields.Integer("Lines", readonly=True)
    trial = fields.Boolean("Trial", readonly=True, states={
            'invisible': ~Eval('trial'),
            },
        help="An import that is not written is counted.")


class Opening(Wizard):
    __name__ = 'coop.opening'
    start = StateView(
        'coop.opening.start', 'coop_member.opening_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Check", 'check', 'tryton-ok', default=True),
            ])
    check = StateTransition()
    preview = StateView(
        'coop.opening.preview', 'coop_member.opening_preview_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Open the Books", 'open_', 'tryton-ok', default=True,
                states={
                    'invisible': Bool(Eval('problems')) | Eval('trial', False),
                    }),
            ])
    open_ = StateAction('account.act_move_form')

    def transition_check(self):
        return 'preview'

    def _check(self):
        start = self.start
        Pool().get('res.user').check_company(start.company)
        if (import_ := start.import_) and (
                import_.company != start.company
                or import_.state != 'validated'):
            raise OpeningError(gettext(
                    'coop_member.msg_opening_import',
                    import_=import_.id, company=start.company.rec_name))
        return check(
            start.company, start.date, start.file_name, bytes(start.file),
            start.import_)

    def default_preview(self, fields):
        balances, problems = self._check()
        return {
            'problems': import_bad.explain_all(problems) or None,
            'line_count': 0 if problems else len(balances),
            'trial': bool(self.start.import_),
            }

    def default_start(self, fields):
        "Keep what was entered when coming back"
        return {
            name: getattr(self.start, name) for name in [
                'date', 'file', 'file_name', 'import_'] if getattr(
                self.start, name, None)}

    def do_open_(self, action):
        # First, so that the history does not grow meanwhile
        Movement = Pool().get('coop.share.movement')
        Movement.lock()
        if import_ := self.start.import_:
            raise OpeningError(gettext(
                    'coop_member.msg_opening_trial',
                    import_=import_.rec_name))
        balances, problems = self._check()
        if problems:
            raise OpeningError(import_bad.explain_all(problems))
        move = open_books(self.start.company, self.start.date, balances)
        return action, {'res_id': [move.id]}
