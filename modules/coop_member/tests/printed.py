# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"A small cooperative of which a person computed what its documents say"
import datetime as dt
import io
from decimal import Decimal as D

from openpyxl import load_workbook
from pypdf import PdfReader

from trytond.pool import Pool

from .. import capital
from . import factories


def words(content):
    "Return the text of a PDF file, its words one space apart"
    pages = PdfReader(io.BytesIO(content)).pages
    return ' '.join(' '.join(p.extract_text() for p in pages).split())


def rows(content):
    "Return the rows of a workbook"
    sheet = load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def register(company):
    """Return three members, two classes, and the reversal of a mistake.

    2020-03-01  Member 1 subscribes 10 A of 24.00, called whole
    2020-03-10  Member 1 pays 240.00
    2020-06-01  Member 2 subscribes 5 A of 24.00 and 4 B of 10.00
    2021-02-01  Member 1 transfers 3 A to Member 2
    2021-03-01  Member 3 subscribes 2 A: a mistake that row 8 reverses
    2021-05-01  Member 2 pays 48.00: of his first 5 A, those transferred
                being paid, that is what was left
    """
    Movement = Pool().get('coop.share.movement')
    first = factories.share_class(company, 'A', D(24), name="Ordinary")
    second = factories.share_class(company, 'B', D(10), name="Savings")
    members = factories.members(
        company, 3, factories.category(company, name="Workers"))
    one, two, three = members
    factories.subscribe(one, first, 10, dt.date(2020, 3, 1))
    factories.receive(one, D(240), dt.date(2020, 3, 10))
    factories.subscribe(two, first, 5, dt.date(2020, 6, 1))
    factories.subscribe(two, second, 4, dt.date(2020, 6, 1))
    taken = capital.Deltas(3, D(72), D(72), D(72))
    Movement.record([[
                Movement.build(one, first, 'transfer_out',
                    dt.date(2021, 2, 1), -taken),
                Movement.build(two, first, 'transfer_in',
                    dt.date(2021, 2, 1), taken)]])
    mistake = factories.subscribe(three, first, 2, dt.date(2021, 3, 1))
    Movement.reverse([mistake])
    factories.receive(two, D(48), dt.date(2021, 5, 1))
    return members, [first, second]
