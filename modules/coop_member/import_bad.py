# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What is wrong with the files of an import, told and given back"
import datetime as dt
import io
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool

# Who has a thousand bad rows has the same mistake a thousand times
SHOWN = 1000


def explain(problem):
    "Return the sentence of a problem, in the user's language"
    lang = Pool().get('ir.lang').get()
    args = {
        name: lang.strftime(value) if isinstance(value, dt.date)
        else '-' if value is None else value
        for name, value in problem.args.items()}
    # Of another module with its name
    key = (problem.key if '.' in problem.key
        else f'coop_member.msg_import_{problem.key}')
    message = gettext(key, **args)
    place = problem.table
    if problem.line:
        place = gettext(
            'coop_member.msg_import_line', table=place, line=problem.line)
    if problem.column:
        place = gettext('coop_member.msg_import_column',
            place=place, column=problem.column)
    return f"{place}: {message}" if place else message


def explain_all(problems):
    "Return the sentences, by file and line"
    problems = sorted(problems, key=lambda p: (p.table, p.line or 0))
    lines = [explain(p) for p in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(gettext(
                'coop_member.msg_import_more', count=len(problems) - SHOWN))
    return '\n'.join(lines)


def workbook(plan):
    """Return the bytes of a workbook of the rows left out.

    It has the sheets and the headers of the files with the problem of each
    row, so that it can be corrected and imported as it is.
    """
    from openpyxl import Workbook
    reasons = defaultdict(list)
    for problem in plan.problems:
        if problem.line:
            reasons[problem.table, problem.line].append(explain(problem))
    book = Workbook(write_only=True)
    for name in dict.fromkeys(source.sheet for source, _, _ in plan.bad):
        rows = [b for b in plan.bad if b[0].sheet == name]
        sheet = book.create_sheet(name)
        header = rows[0][0].table.header
        sheet.append([
                *map(_safe, header),
                gettext('coop_member.msg_import_bad_line'),
                gettext('coop_member.msg_import_bad_problem')])
        for source, row, tied in rows:
            cells = list(row.cells)[:len(header)]
            cells += [None] * (len(header) - len(cells))
            why = reasons[source.table.name, row.line]
            if tied is not None and not why:
                why = [gettext('coop_member.msg_import_tied', member=tied)]
            sheet.append([*map(_safe, cells), row.line, '\n'.join(why)])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _safe(value):
    "A text never becomes a formula: numbers of the file stay its texts"
    if isinstance(value, str) and value[:1] in {'=', '+', '@'}:
        return "'" + value
    return value
