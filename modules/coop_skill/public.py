# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The shop window of the cooperative: the members who agreed to be shown.

Pages for strangers, without JavaScript. A module that takes requests for
quotations fills the block ``quotation`` of the page of a member: it extends
Page.member_values to return the HTML of the link or of the form.
"""
from collections import defaultdict
from urllib.parse import urlencode

from trytond.exceptions import UserError
from trytond.modules.coop_member.application import Attempt
from trytond.modules.coop_member.routes import (
    LANGUAGES, find_company, find_language, respond)
from trytond.pool import Pool
from trytond.protocols.wrappers import (
    HTTPStatus, abort, with_pool, with_transaction)
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.wsgi import app

from . import communes
from .print_profile import told

PAGE = 20
PARAMETERS = ['skill', 'department', 'language']


class Request(Attempt):
    "A page of the directory that was asked for"
    __name__ = 'coop.member.directory.request'
    _limit = 'max_directory_request', 120


class Page(Report):
    __name__ = 'coop.member.directory.page'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # the routes only make it
        cls.__rpc__.clear()

    @classmethod
    def member_values(cls, row):
        """Return what the page of a member tells.

        ``quotation`` is the HTML, as a stream of markup, with which a client
        asks for a quotation; a module extends this method to give it, and
        ``evaluations``, what clients said, with ``mean``, ``count`` and
        ``rows``.

        :param row: coop.member.directory of the member
        """
        pool = Pool()
        Directory = pool.get('coop.member.directory')
        member = pool.get('coop.member')(row.id)
        values = told(member, bool(Directory.rates_seen([row])))
        values['quotation'] = values['evaluations'] = None
        return values


def window(func):
    "Give a route the company whose directory is open, in a language"
    def wrapper(request, pool, company, **values):
        company = find_company(pool, company, 'directory_open')
        if not company:
            abort(HTTPStatus.NOT_FOUND)
        language = find_language(request)
        limit(pool)
        with Transaction().set_context(
                company=company.id, companies=[company.id],
                language=language, public_directory=True):
            return func(request, pool, company, language, **values)
    wrapper.__name__ = func.__name__
    return wrapper


def limit(pool):
    "Count the request, or refuse a network that asks too often"
    Request = pool.get('coop.member.directory.request')
    if Request.count():
        abort(HTTPStatus.TOO_MANY_REQUESTS)


@app.route('/<database_name>/coop/<company>/directory', methods={'GET'})
@with_pool
@with_transaction(readonly=False)
@window
def directory(request, pool, company, language):
    Directory = pool.get('coop.member.directory')
    asked = {name: request.args.get(name, '')[:40] for name in PARAMETERS}
    page = request.args.get('page', '1')
    page = int(page) if page.isdecimal() and len(page) < 6 else 1
    context = criteria(pool, asked)
    domain = [('company', '=', company.id)]
    if context is None:
        domain, context = [('id', '=', None)], {}
    with Transaction().set_context(context):
        try:
            rows = Directory.search(
                domain, offset=max(page - 1, 0) * PAGE, limit=PAGE + 1)
        except UserError:
            rows = []
        content = make_page('list', company, language, {
                'rows': rows[:PAGE],
                'asked': asked,
                'skills': skills(pool),
                'departments': list(communes.departments().values()),
                'spoken': spoken(pool, company),
                'previous': page_query(language, asked, page - 1)
                if page > 1 else None,
                'next': page_query(language, asked, page + 1)
                if len(rows) > PAGE else None,
                })
    return respond(content, HTTPStatus.OK)


@app.route(
    '/<database_name>/coop/<company>/directory/<int:member>',
    methods={'GET'})
@with_pool
@with_transaction(readonly=False)
@window
def directory_member(request, pool, company, language, member):
    Directory = pool.get('coop.member.directory')
    Page = pool.get('coop.member.directory.page', type='report')
    rows = Directory.search([
            ('id', '=', member), ('company', '=', company.id)])
    if not rows:
        abort(HTTPStatus.NOT_FOUND)
    row, = rows
    content = make_page('member', company, language, {
            'row': row, **Page.member_values(row)})
    return respond(content, HTTPStatus.OK)


def criteria(pool, asked):
    "Return the context of what is asked for, or None if there is no such"
    Lang = pool.get('ir.lang')
    context = {}
    if asked['skill']:
        if not asked['skill'].isdecimal() or len(asked['skill']) > 9:
            return None
        context['skill'] = int(asked['skill'])
    if asked['department']:
        if asked['department'] not in communes.departments():
            return None
        context['department'] = asked['department']
    if asked['language']:
        langs = Lang.search([('code', '=', asked['language'])])
        if not langs:
            return None
        context['lang'] = langs[0].id
    return context


def skills(pool):
    "Return [(domain, all skills in it, from the tree's top)] to choose from"
    children = defaultdict(list)
    for skill in pool.get('coop.skill').search([]):
        children[skill.parent].append(skill)

    def under(skill):
        for child in children[skill]:
            yield child
            yield from under(child)
    return [(domain, list(under(domain))) for domain in children[None]]


def spoken(pool, company):
    "Return the languages that the members shown speak"
    Profile = pool.get('coop.member.profile')
    profiles = Profile.search([
            ('company', '=', company.id), ('published', '=', True)])
    return sorted(
        {lang for profile in profiles for lang in profile.languages},
        key=lambda lang: lang.name)


def page_query(language, asked, page):
    return '?' + urlencode({
            'lang': language, **{k: v for k, v in asked.items() if v},
            'page': page})


def make_page(kind, company, language, values):
    Page = Pool().get('coop.member.directory.page', type='report')
    _, content, _, _ = Page.execute([], {
            'kind': kind, 'company': company, 'language': language,
            'translations': LANGUAGES, **values})
    return content
