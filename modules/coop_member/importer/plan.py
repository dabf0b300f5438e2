# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What an import will write, or everything that stands against it.

Model: a plan holds the members and the operations that the database has not
yet, in the order in which to write them, cut into slices that each leave every
history sound. A member with a bad row is bad as a whole, and so is whoever
exchanged shares with it, as a history without the exchange says nothing.

Invariant: the good rows and the bad ones are together all rows of the files.
"""
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby

from . import checking, history
from .problem import Problem

MEMBER_SLICE = 200
ROW_SLICE = 200


@dataclass
class Plan:
    """``members`` are (row, [(event, date)]), ``operations`` Operations.

    ``problems`` hinder, ``warnings`` do not, ``bad`` are the rows left out;
    ``departures`` are (number, date) of members whom the database has,
    ``others`` are (kind, [values]), the slices of which other modules know
    how to write them.
    """
    sheets: dict
    members: list = field(default_factory=list)
    operations: list = field(default_factory=list)
    departures: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    bad: list = field(default_factory=list)
    unchanged: int = 0
    others: list = field(default_factory=list)

    def movement_slices(self):
        "Return lists of Operations, cut only where no history is half done"
        slices, slice_, rows = [], [], 0
        for _, day in groupby(self.operations, key=lambda o: o.date):
            for group in together(list(day)):
                slice_ += group
                rows += sum(len(o.entries) for o in group)
                if rows >= ROW_SLICE:
                    slices.append(slice_)
                    slice_, rows = [], 0
        return slices + ([slice_] if slice_ else [])

    def member_slices(self):
        return [
            self.members[i:i + MEMBER_SLICE]
            for i in range(0, len(self.members), MEMBER_SLICE)]


def together(operations):
    "Return the operations grouped by the members that they tie together"
    parents = {}

    def root(member):
        while parents.setdefault(member, member) != member:
            parents[member] = member = parents[parents[member]]
        return member
    for operation in operations:
        first, *others = operation.members
        for other in others:
            parents[root(other)] = root(first)
    groups = defaultdict(list)
    for operation in operations:
        groups[root(operation.entries[0].member)].append(operation)
    return list(groups.values())


def read_sheets(tables):
    "Return {name: Sheet} of {'members': Table, 'movements': Table}"
    return {
        name: checking.read_sheet(name, table)
        for name, table in tables.items()}


def named(sheets):
    """Return {what: set} of what the sheets name, to be looked up at once.

    Its keys are the names of columns and 'member', for any member's number.
    """
    result = defaultdict(set)
    for sheet in sheets.values():
        for row in sheet.rows:
            for column, value in row.values.items():
                if value is not None:
                    result[column].add(value)
    for column in ['number', 'counterpart', 'referrer']:
        result['member'] |= result[column]
    return result


def make(sheets, known, default_category=None, default_class=None):
    """Return the Plan of the sheets against what is known of the database.

    Without a table of members one is made of the movements: each number not
    known yet becomes a member of the default category, so named, admitted on
    the day of its first row.

    :param sheets: {'members': Sheet, 'movements': Sheet}, each optional
    """
    plan = Plan(sheets)
    movements = sheets.get('movements')
    if movements:
        checking.check_movements(movements, known, default_class)
    if 'members' in sheets:
        checking.check_members(sheets['members'], known)
        rows = sheets['members'].rows
    else:
        rows = made_of(movements, known, default_category)
    people = {row.number: row for row in rows if row.number}
    operations = []
    if movements:
        tie_transfers(movements)
        check_people(movements, people, known)
        operations = make_operations(movements, known, plan)
    lives = make_lives(rows, operations, known)
    leave_out(plan, sheets, rows, operations)
    fill(plan, rows, operations, lives, known)
    for sheet in sheets.values():
        for problem in sheet.problems:
            (plan.warnings if problem.warning else plan.problems).append(
                problem)
    return plan


def made_of(sheet, known, default_category):
    "Return the rows of members made of the movements' numbers"
    made = {}
    for row in sorted(
            (r for r in sheet.rows if r.date and r.member),
            key=lambda r: (r.date, r.line)):
        for number in filter(None, [row.member, row.counterpart]):
            if number in known.members or number in made:
                continue
            if not default_category:
                continue  # named as unknown by check_people
            made[number] = checking.Row(
                'members', row.line, dict.fromkeys(
                    (c.name for c in checking.COLUMNS['members'])), [])
            made[number].values.update(
                number=number, name=number, category=default_category,
                admission_date=row.date)
        if row.kind == 'exit' and row.member in made:
            made[row.member].values['departure_date'] = row.date
    return list(made.values())


def tie_transfers(sheet):
    "Drop the rows of what is received: the rows of what is given tell it"
    given = defaultdict(list)
    for row in sheet.rows:
        if row.kind == 'transfer' and not row.bad:
            given[row.date, row.share_class, row.member, row.counterpart,
                abs(row.quantity)].append(row)
    kept = []
    for row in sheet.rows:
        if row.kind != 'transfer_in' or row.bad:
            kept.append(row)
            continue
        key = (row.date, row.share_class, row.counterpart, row.member,
            abs(row.quantity))
        if given[key]:
            given[key].pop()
        else:
            sheet.problem(row, 'counterpart', 'transfer_alone')
            kept.append(row)
    sheet.rows[:] = kept


def check_people(sheet, people, known):
    "Name the movements of nobody, before admission or after departure"
    for row in sheet.rows:
        for column in ['member', 'counterpart']:
            number = row.values[column]
            if not number:
                continue
            person, holder = people.get(number), known.members.get(number)
            if holder:
                memberships = holder.memberships
                legal = holder.legal_person
            elif person:
                memberships = [(person.admission_date, person.departure_date)]
                legal = person.legal_person
            else:
                sheet.problem(row, column, 'member_unknown', value=number)
                continue
            if not row.date or not row.kind:
                continue
            admission, departure = membership(memberships, row.date)
            if not admission or row.date < admission:
                sheet.problem(row, 'date', 'before_admission',
                    value=row.date, member=number, admission=admission)
            receives = row.kind == 'subscription' or (
                column == 'counterpart')
            if receives and departure and row.date > departure:
                sheet.problem(row, 'date', 'after_departure',
                    value=row.date, member=number, departure=departure)
            class_ = known.classes.get(row.to_class or row.share_class)
            if class_ and class_.holder == ('natural' if legal else 'legal'):
                sheet.problem(row, 'share_class', f'holder_{class_.holder}',
                    value=class_.code, member=number)


def membership(memberships, date):
    """Return the (admission, departure) to which a date belongs.

    It is the last one begun by then, or else the first.
    """
    begun = [m for m in memberships if m[0] and m[0] <= date]
    if begun:
        return begun[-1]
    return memberships[0] if memberships else (None, None)


def set_references(sheet):
    """Give rows without a reference one made of what they say.

    Two that say the same are two movements, or one that stands there twice.
    """
    seen = Counter()
    first = {}
    for row in sheet.rows:
        if row.reference:
            continue
        other = first.setdefault(tuple(row.values.values()), row)
        if other is not row:
            sheet.warn(row, None, 'movement_alike', line=other.line)
        what = row.quantity if row.quantity is not None else row.amount
        base = (f'{row.date}/{row.kind}/{row.member}/{row.share_class}/'
            f'{"" if what is None else abs(what)}')
        seen[base] += 1
        row.values['reference'] = f'{base}/{seen[base]}'


def make_operations(sheet, known, plan):
    "Return the operations of the good rows, and name what does not fit"
    set_references(sheet)
    ledger = history.History(known)
    operations = []
    broken = set()
    good = [r for r in sheet.rows if not r.bad]
    for row in sorted(good, key=history.order):
        keys = {(row.member, row.share_class)}
        keys |= {(row.counterpart or row.member, row.to_class
                or row.share_class)}
        if keys & broken:
            continue
        if reference := known.references.get(row.reference):
            for column, value in differences(row, reference):
                sheet.problem(row, column, 'reference_differs',
                    value=row.reference, other=value)
        try:
            for operation in known_apart(row, ledger, known):
                ledger.add(operation)
                operations.append(operation)
        except history.Fault as fault:
            sheet.problem(row, fault.column, fault.key, **fault.args_)
            broken |= keys
    for row, key, date, position, reason in ledger.faults():
        member, share_class = key
        sheet.problem(row, None, f'history_{reason}', member=member,
            share_class=share_class, date=date, quantity=position.quantity)
    return operations


def known_apart(row, ledger, known):
    "Return the operations of a row that the register has not yet"
    if row.reference in known.references:
        if row.reference + '/payment' in known.references or not (
                row.kind == 'subscription'):
            return []
        return [
            o for o in history.operations(row, ledger)
            if o.entries[0].reference not in known.references]
    return history.operations(row, ledger)


def differences(row, reference):
    "Yield (column, value) where the register has another movement"
    kind = {
        'transfer': 'transfer_out', 'exit': 'cancellation'}.get(
        row.kind, row.kind)
    for column, value in [
            ('date', row.date), ('member', row.member),
            ('share_class', row.share_class), ('kind', kind)]:
        if reference[column] != value:
            yield column, reference[column]
    if row.quantity is not None and (
            abs(row.quantity) != abs(reference['quantity'])):
        yield 'quantity', abs(reference['quantity'])
    column = {
        'payment': 'paid_up', 'call': 'called', 'repayment': 'claim',
        'subscription': 'subscribed'}.get(row.kind)
    if column and row.amount is not None and (
            abs(row.amount) != abs(reference[column])):
        yield 'amount', abs(reference[column])


def make_lives(rows, operations, known):
    "Return {number: [(event, date)]} of the new members"
    paid, first = defaultdict(int), {}
    for operation in operations:
        for entry in operation.entries:
            key = entry.member, entry.share_class
            paid[key] += entry.deltas.paid_up
            # the first whole share, as the rule of the category says
            if entry.deltas.paid_up > 0 and paid[key] >= entry.nominal:
                first.setdefault(entry.member, operation.date)
    return {
        row.number: checking.life_of(row, known, first.get(row.number))
        for row in rows
        if not row.bad and row.number not in known.members
        and row.category in known.categories}


def leave_out(plan, sheets, rows, operations):
    "Mark as bad all rows of members with a bad one, and who is tied to them"
    def numbers(row):
        if row.sheet == 'members':
            return [row.number]
        return [n for n in [row.member, row.counterpart] if n]
    tied = [
        (numbers(row), row) for sheet in sheets.values()
        for row in sheet.rows]
    tied += [([row.number], row) for row in rows if not row.cells]
    tied += [
        ([row.number, row.referrer], row) for row in rows
        if row.referrer and row.cells]
    of = defaultdict(list)
    for names, row in tied:
        for number in names:
            of[number].append((names, row))
    bad = {n for names, row in tied if row.bad for n in names[:1]}
    bad |= {n for names, row in tied if row.bad and row.sheet == 'movements'
        for n in names}
    waiting = list(bad)
    why = {}
    while waiting:
        number = waiting.pop()
        for names, row in of[number]:
            if not row.bad:
                row.bad = True
                why[id(row)] = number
            # a referrer is not harmed by whom it referred
            for other in names if row.sheet == 'movements' else names[:1]:
                if other not in bad:
                    bad.add(other)
                    waiting.append(other)
    for sheet in sheets.values():
        for row in sheet.rows:
            if row.bad:
                plan.bad.append((sheet, row, why.get(id(row))))


def fill(plan, rows, operations, lives, known):
    "Keep what is good and new"
    good = {
        row.number: row for row in rows
        if not row.bad and row.number not in known.members}
    plan.unchanged = sum(
        1 for row in rows if row.number in known.members)
    placed = set()
    for row in good.values():
        line = []
        while row and row.number not in placed:
            placed.add(row.number)
            line.append(row)
            row = good.get(row.referrer)
        # who refers comes before whom it refers
        plan.members += [(r, lives[r.number]) for r in reversed(line)]
    plan.operations = [o for o in operations if not o.row.bad]
    for sheet in plan.sheets.values():
        for row in sheet.rows if sheet.sheet == 'movements' else []:
            holder = known.members.get(row.member)
            if row.bad or row.kind != 'exit' or not holder:
                continue
            _, departure = membership(holder.memberships, row.date)
            if not departure:
                plan.departures.append((row.member, row.date))


def member_values(row, events):
    "Return what a member is written from"
    return {
        **row.values,
        'line': row.line,
        'full_name': checking.full_name(row),
        'alike': row.alike,
        'events': events,
        }


def operation_values(operation):
    "Return what the rows of an operation are written from"
    row = operation.row
    return [{
            'date': operation.date,
            'member': entry.member,
            'share_class': entry.share_class,
            'kind': entry.kind,
            'nominal': entry.nominal,
            'reference': entry.reference,
            'due_date': row.due_date,
            'note': row.note,
            'line': row.line,
            'deltas': list(entry.deltas),
            } for entry in operation.entries]


def unreadable(error):
    "Return the Problem of a file that can not be read"
    return Problem(error.key, error.args_.get('file', ''),
        error.args_.get('line'), None, error.args_)
