# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The public page on which a stranger applies for membership."""
from urllib.parse import urlparse

from trytond import config
from trytond.exceptions import UserError
from trytond.protocols.wrappers import (
    HTTPStatus, Response, abort, set_max_request_size, with_pool,
    with_transaction)
from trytond.transaction import Transaction
from trytond.wsgi import app

from .application_form import Form
from .file import max_size

LANGUAGES = ['fr', 'en']
# the most papers sent at once that the size of a request allows for
FILES = 4


@app.route('/<database_name>/coop/<company>/join', methods={'GET', 'POST'})
@set_max_request_size(config.getint(
        'coop', 'max_request_size', default=FILES * max_size()))
@with_pool
@with_transaction()
def join(request, pool, company):
    company = find_company(pool, company)
    if not company:
        abort(HTTPStatus.NOT_FOUND)
    language = find_language(request)
    with Transaction().set_context(company=company.id, language=language):
        form = make_form(pool, company, language, request)
        status, done = HTTPStatus.OK, False
        if request.method == 'POST':
            same_origin(request)
            status, done = receive(pool, form)
        return page(pool, form, language, status, done)


def find_language(request):
    "Return the code of the language that a stranger asks for"
    language = request.args.get('lang')
    if language not in LANGUAGES:
        language = request.accept_languages.best_match(LANGUAGES, 'fr')
    return language


def find_company(pool, code, setting='applications_open'):
    """Return the company of a code or id that opens its page, or None.

    :param setting: of coop.configuration, which says whether it does
    """
    Company = pool.get('company.company')
    Configuration = pool.get('coop.configuration')
    companies = Company.search([('party.code', '=', code)], limit=1)
    if not companies and code.isdecimal() and len(code) < 10:
        companies = Company.search([('id', '=', int(code))])
    if companies:
        company, = companies
        if Configuration(1).get_multivalue(setting, company=company.id):
            return company


def make_form(pool, company, language, request):
    "Return the form of a request in the context's language"
    Category = pool.get('coop.member.category')
    Document = pool.get('coop.consent.document')
    categories = Category.search([
            ('company', '=', company.id),
            ('open_to_applications', '=', True),
            ])
    return Form(
        company, categories, Document.asked(company, language),
        request.form, request.files)


def same_origin(request):
    "Refuse a form that another site sends"
    origin = request.headers.get('Origin')
    if origin and urlparse(origin).netloc != request.headers.get('Host'):
        abort(HTTPStatus.FORBIDDEN)


def receive(pool, form):
    "Return the HTTP status and whether the application is taken"
    Attempt = pool.get('coop.member.application.attempt')
    Event = pool.get('coop.member.event')
    Member = pool.get('coop.member')
    if Attempt.too_many():
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    if form.robot:
        Attempt.add()
        return HTTPStatus.OK, True
    if form.check():
        # before what it would undo, as a lock restarts the transaction
        Event.lock()
        try:
            Attempt.add()
            Member.receive_application(form)
            return HTTPStatus.OK, True
        except UserError as error:
            Transaction().rollback()
            form.errors[''] = error.message
    Attempt.add()
    return HTTPStatus.BAD_REQUEST, False


def page(pool, form, language, status, done):
    Page = pool.get('coop.member.application.page', type='report')
    _, content, _, _ = Page.execute([], {
            'form': form, 'language': language, 'languages': LANGUAGES,
            'done': done, 'company': form.company,
            })
    return respond(content, status)


def respond(content, status):
    "Return the response of a page that runs and loads nothing"
    return Response(
        content, status, content_type='text/html; charset=utf-8', headers={
            'Content-Security-Policy':
            "default-src 'none'; style-src 'unsafe-inline'; "
            "form-action 'self'; frame-ancestors 'none'",
            # With none, the browser would send the form with a null origin
            'Referrer-Policy': 'same-origin',
            'X-Content-Type-Options': 'nosniff',
            })


@app.route(
    '/<database_name>/coop/<company>/document/<int:document>',
    methods={'GET'})
@with_pool
@with_transaction()
def consent_document(request, pool, company, document):
    "The file of a document to accept, which a stranger must be able to read"
    Document = pool.get('coop.consent.document')
    company = find_company(pool, company)
    if not company:
        abort(HTTPStatus.NOT_FOUND)
    documents = Document.search([
            ('id', '=', document),
            ('company', '=', company.id),
            ])
    if not documents or not documents[0].file:
        abort(HTTPStatus.NOT_FOUND)
    document, = documents
    response = Response(
        document.file, content_type='application/octet-stream', headers={
            'X-Content-Type-Options': 'nosniff'})
    response.headers.set(
        'Content-Disposition', 'attachment', filename=document.file_name)
    return response
