# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Tables derived from the register, printed or given as a workbook.

A document is a report that says what its table is; its template, which is
table_report.html, may be changed as that of any report.
"""
import datetime as dt

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.report import Report
from trytond.transaction import Transaction

from . import pdf
from .event import today
from .table import Column, Table, workbook

FORMATS = [
    ('pdf', "PDF"),
    ('xlsx', "Spreadsheet"),
    ]


class TableReport(Report):
    """A table of a company as of a date, as known at a time.

    ``data`` has the id of the ``company``, and if they are not today, all
    that is known, the user's language and 'pdf': ``date``, ``start_date``,
    ``known_at`` (a time or the number of a row), ``language`` (its code) and
    ``format`` (of FORMATS).
    """

    @classmethod
    def table(cls, company, data):
        "Return the table.Table, in the language of the context"
        raise NotImplementedError

    @classmethod
    def _execute(cls, records, header, data, action):
        return cls.make(data, action)

    @classmethod
    def make(cls, data, action, advanced=None):
        """Return (extension, bytes).

        :param advanced: function(done, total), called as the work goes on
        :raises AccessError: when the user does not work in the company
        """
        pool = Pool()
        Company = pool.get('company.company')
        User = pool.get('res.user')
        context = Transaction().context
        company = Company(data.get('company') or context.get('company', -1))
        User.check_company(company)
        data = {**data, 'date': data.get('date') or today(company.id)}
        # Who may print it reads all of it: no rule has to be asked per row
        with Transaction().set_user(0), Transaction().set_context(
                company=company.id, date=data['date'],
                known_at=data.get('known_at'),
                language=data.get('language') or Transaction().language):
            company = Company(company.id)
            table = cls.table(company, data)
            if data.get('format') == 'xlsx':
                return 'xlsx', workbook(table)
            return 'pdf', cls.draw(table, action, company, advanced)

    @classmethod
    def draw(cls, table, action, company, advanced=None):
        "Return the bytes of the PDF file of a table"
        Lang = Pool().get('ir.lang')
        lang = Lang.get()
        texts = _texts(table, lang)
        count = len(table.lines)
        whole = sum(c.width for c in table.columns)
        context = {
            'table': table,
            'language': Transaction().language,
            'widths': [
                round(100 * c.width / whole, 3) for c in table.columns],
            'printed': gettext('coop_member.msg_table_printed',
                time=cls.format_datetime(
                    dt.datetime.now(), lang, timezone=company.timezone)),
            }

        def draw(start, stop, page, pages):
            closing = []
            if stop == count:
                closing = list(table.closing)
                if pages:
                    closing.append((
                            gettext('coop_member.msg_table_pages'), pages))
            return cls.render(action, {
                    **context, 'first': not start, 'page': page,
                    'whole': not start and stop == count,
                    'closing': closing,
                    'lines': [
                        (i, table.lines[i].style, texts(table.lines[i]))
                        for i in range(start, stop)],
                    })
        return pdf.pages(count, draw,
            advanced and (lambda done: advanced(done, count)))

    @classmethod
    def start(cls, company, title, columns, data, **values):
        """Return the table of a company with the dates of the data.

        :param columns: table.Columns
        :param values: other values of the table
        """
        Lang = Pool().get('ir.lang')
        lang = Lang.get()
        start_date, known_at = data.get('start_date'), data.get('known_at')
        date = lang.strftime(data['date'])
        if start_date:
            facts = [(gettext('coop_member.msg_table_period'), gettext(
                        'coop_member.msg_table_from_to',
                        start=lang.strftime(start_date), end=date))]
        else:
            facts = [(gettext('coop_member.msg_table_date'), date)]
        if isinstance(known_at, dt.datetime):
            known_at = cls.format_datetime(
                known_at, lang, timezone=company.timezone)
        if known_at:
            facts.append((gettext('coop_member.msg_table_known'), known_at))
        return Table(
            title, company.party.name, columns, facts=facts,
            digits=company.currency.digits, **values)


def _texts(table, lang):
    "Return the function of a line to its [(kind of cell, text)]"
    dates = {}

    def date(value):
        if value not in dates:
            dates[value] = lang.strftime(value)
        return dates[value]

    def text(kind, value):
        if value is None or isinstance(value, str):
            return value or ''
        if isinstance(value, dt.date):
            return date(value)
        if kind == 'amount':
            return amount_text(value, lang, table.digits)
        if kind == 'number':
            return lang.format('%d', value, grouping=True)
        return str(value)
    kinds = [c.kind for c in table.columns]
    return lambda line: [
        (k if not isinstance(v, str) else 'text', text(k, v))
        for k, v in zip(kinds, line.cells)]


def amount_text(value, lang, digits):
    "Return an amount in a language, without the symbol of its currency"
    return lang.format(f'%.{digits}f', value, grouping=True, monetary=True)


def label(Model, name):
    "Return the label of a field, in the language of the context"
    return Model.__names__(name)['field']


def column(Model, name, kind='text', width=12, total=False):
    "Return the Column that is called as a field is"
    return Column(label(Model, name), kind, width, total)


def selection(Model, name):
    "Return {value: label} of a selection, in the language of the context"
    definition = Model.fields_get([name])[name]
    return dict(definition['selection'])
