# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The public page on which a client asks for a quotation.

What arrives is a draft demand without a client: the office qualifies it. A
robot is thanked, and nothing is kept of what it sends.
"""
import datetime as dt
import re

from genshi.builder import tag

from trytond.i18n import gettext
from trytond.modules.coop_member.application import Attempt
from trytond.modules.coop_member.application_form import (
    _EMAIL, _PHONE, HONEYPOT, clean)
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.routes import (
    LANGUAGES, find_company, find_language, respond, same_origin)
from trytond.pool import Pool, PoolMeta
from trytond.protocols.wrappers import (
    HTTPStatus, abort, set_max_request_size, with_pool, with_transaction)
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.wsgi import app

# field: most characters
TEXTS = {
    'name': 120,
    'email': 254,
    'phone': 30,
    'title': 120,
    'description': 5000,
    'place': 80,
    'start_date': 10,
    'end_date': 10,
    }
REQUIRED = ['name', 'email', 'title', 'description']
_LINES = re.compile(r'\r\n?|\n')


class Form:
    "A request as it was typed, its values and its errors by field"

    def __init__(self, company, fields=()):
        fields = fields or {}
        self.company = company
        self.robot = bool(fields.get(HONEYPOT))
        self.raw = {
            name: clean(fields.get(name, '')) for name in TEXTS}
        # The only one of several lines
        self.raw['description'] = '\n'.join(
            clean(line) for line in _LINES.split(
                fields.get('description', ''))).strip()
        self.errors, self.values = {}, {}

    def check(self):
        "Fill in values and errors; return whether it can be recorded"
        for name, value in self.raw.items():
            if not value:
                if name in REQUIRED:
                    self.error(name, 'required')
                continue
            if len(value) > TEXTS[name]:
                self.error(name, 'too_long', limit=TEXTS[name])
                continue
            read = getattr(self, f'_read_{name}', lambda value: value)
            self.values[name] = read(value)
        start, end = map(self.values.get, ['start_date', 'end_date'])
        if start and end and end < start:
            self.error('end_date', 'order')
        return not self.errors

    def error(self, name, message, **values):
        self.errors.setdefault(name, gettext(
                f'coop_mission.msg_quote_{message}', **values))

    def _read_email(self, value):
        if not _EMAIL.fullmatch(value):
            self.error('email', 'email')
        return value

    def _read_phone(self, value):
        if not _PHONE.fullmatch(value):
            self.error('phone', 'phone')
        return value

    def _read_start_date(self, value, name='start_date'):
        for format_ in ['%Y-%m-%d', '%d/%m/%Y']:
            try:
                date = dt.datetime.strptime(value, format_).date()
            except ValueError:
                continue
            if date >= today(self.company.id):
                return date
        self.error(name, 'date')

    def _read_end_date(self, value):
        return self._read_start_date(value, 'end_date')


class Request(Attempt):
    "A request for quotation that was sent"
    __name__ = 'coop.demand.request'
    _limit = 'max_demand_request', 10


class Page(Report):
    __name__ = 'coop.demand.request.page'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # the route only makes it
        cls.__rpc__.clear()


class Demand(metaclass=PoolMeta):
    __name__ = 'coop.demand'

    @classmethod
    def receive_request(cls, form):
        "Return the draft demand of a form that was checked"
        values = form.values
        return cls.create([{
                    'company': form.company.id,
                    'title': values['title'],
                    'description': values['description'],
                    'channel': 'web',
                    'place': values.get('place'),
                    'start_date': values.get('start_date'),
                    'end_date': values.get('end_date'),
                    'contact_name': values['name'],
                    'contact_email': values['email'],
                    'contact_phone': values.get('phone'),
                    }])[0]


@app.route('/<database_name>/coop/<company>/quote', methods={'GET', 'POST'})
@set_max_request_size(64 * 1024)
@with_pool
@with_transaction()
def quote(request, pool, company):
    company = find_company(pool, company, 'demands_open')
    if not company:
        abort(HTTPStatus.NOT_FOUND)
    # Before the form is read, which may be too large
    if request.method == 'POST' and pool.get('coop.demand.request').count():
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    language = find_language(request)
    with Transaction().set_context(
            company=company.id, companies=[company.id], language=language):
        form = Form(company, request.form)
        status, done = HTTPStatus.OK, False
        if request.method == 'POST':
            same_origin(request)
            status, done = receive(pool, form)
        return page(pool, form, language, status, done)


def receive(pool, form):
    "Return the HTTP status and whether the request is taken"
    Demand = pool.get('coop.demand')
    if form.robot:
        return HTTPStatus.OK, True
    if form.check():
        Demand.receive_request(form)
        return HTTPStatus.OK, True
    return HTTPStatus.BAD_REQUEST, False


def page(pool, form, language, status, done):
    Page = pool.get('coop.demand.request.page', type='report')
    _, content, _, _ = Page.execute([], {
            'form': form, 'language': language, 'languages': LANGUAGES,
            'done': done, 'company': form.company,
            })
    return respond(content, status)


class DirectoryPage(metaclass=PoolMeta):
    __name__ = 'coop.member.directory.page'

    @classmethod
    def member_values(cls, row):
        Configuration = Pool().get('coop.configuration')
        values = super().member_values(row)
        if Configuration(1).get_multivalue(
                'demands_open', company=row.company.id):
            values['quotation'] = tag.a(
                gettext('coop_mission.msg_quote_link'),
                href=f'../quote?lang={Transaction().language}').generate()
        return values
