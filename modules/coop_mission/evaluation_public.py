# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The page on which a client evaluates a member, or replies to one.

By a link that was written to the client and that nobody can guess: only its
hash is kept. A robot that follows it sees a form and gives nothing.
"""
import re
from types import SimpleNamespace

from trytond.i18n import gettext
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.application import Attempt
from trytond.modules.coop_member.application_form import HONEYPOT, clean
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.routes import (
    LANGUAGES, find_language, respond, same_origin)
from trytond.pool import Pool, PoolMeta
from trytond.protocols.wrappers import (
    HTTPStatus, abort, set_max_request_size, with_pool, with_transaction)
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.url import http_host
from trytond.wsgi import app

from . import consumer
from .evaluation import CRITERIA
from .evaluation_mean import HIGHEST, LOWEST

MAX_TEXT = 3000
_LINES = re.compile(r'\r\n?|\n')


class Request(Attempt):
    "A link to evaluate that was followed"
    __name__ = 'coop.evaluation.request'
    _limit = 'max_evaluation_request', 60


class Page(Report):
    __name__ = 'coop.evaluation.page'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # the route only makes it
        cls.__rpc__.clear()


class Evaluation(metaclass=PoolMeta):
    __name__ = 'coop.evaluation'

    def _mail_client(self, token):
        "Write the link to the client"
        client = self.mission.client
        if self._warn_own_address():
            return
        message = (
            'evaluation' if self.author == 'client' else 'evaluation_reply')
        lang = mail.language(client, self.company)
        mail.send(
            self.company, client, message, module='coop_mission',
            member=self.member.party.name, title=self.mission.title,
            until=lang.strftime(
                self.until if self.author == 'client'
                else self.reply_until),
            address=f'{http_host()}/{Transaction().database.name}'
            f'/coop/evaluate/{token}')

    def _warn_own_address(self):
        """Tell the office when the client's address is one of a member.

        Nobody evaluates himself by the link of the client.

        :return: whether it is
        """
        client = self.mission.client
        owners = [
            r.member for r in self.mission.members if r.takes_part
            and consumer.is_address_of(client.email, [r.member])]
        if not owners:
            return False
        mail.send(
            self.company, self.company.party, 'evaluation_own',
            module='coop_mission', client=client.name,
            title=self.mission.title, member=owners[0].party.name)
        return True

    def _mail_member(self):
        "Tell the member of what the client has given"
        party = self.member.party
        lang = mail.language(party, self.company)
        mail.send(
            self.company, party, 'evaluation_given', module='coop_mission',
            client=self.mission.client_name, title=self.mission.title,
            until=lang.strftime(self.reply_until))

    def is_link_open(self):
        "Whether the link of the client does something today"
        date = today(self.company.id)
        if self.author == 'client':
            return self.state == 'requested' and self.until >= date
        return self._may_reply()

    def receive(self, form):
        "Record what a client sent, by a form that was checked"
        if self.author == 'client':
            for name in CRITERIA:
                setattr(self, name, form.values[name])
            self.text = form.values['text'] or None
            self.save()
            self.__class__.give([self])
        else:
            self.reply = form.values['text']
            self.token_hash = None
            self.save()
            self.__class__.answer([self])


class Form:
    "What a client typed, its values and its errors by field"

    def __init__(self, evaluation, fields=()):
        fields = fields or {}
        self.evaluation = evaluation
        self.asks = evaluation.author == 'client'
        self.robot = bool(fields.get(HONEYPOT))
        self.raw = {
            name: clean(fields.get(name, '')) for name in CRITERIA}
        self.raw['text'] = '\n'.join(
            clean(line) for line in _LINES.split(
                fields.get('text', ''))).strip()
        self.errors, self.values = {}, {}

    def check(self):
        "Fill in values and errors; return whether it can be recorded"
        for name in CRITERIA if self.asks else []:
            value = self.raw[name]
            if (value.isdecimal() and len(value) == 1
                    and LOWEST <= int(value) <= HIGHEST):
                self.values[name] = int(value)
            else:
                self.errors[name] = gettext('coop_mission.msg_rate_choose')
        text = self.values['text'] = self.raw['text']
        if len(text) > MAX_TEXT:
            self.errors['text'] = gettext(
                'coop_mission.msg_quote_too_long', limit=MAX_TEXT)
        elif not text and not self.asks:
            self.errors['text'] = gettext('coop_mission.msg_quote_required')
        return not self.errors


@app.route(
    '/<database_name>/coop/evaluate/<token>', methods={'GET', 'POST'})
@set_max_request_size(64 * 1024)
@with_pool
@with_transaction(readonly=False)
def evaluate(request, pool, token):
    Evaluation = pool.get('coop.evaluation')
    Request = pool.get('coop.evaluation.request')
    if Request.count():
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    evaluation = Evaluation.by_token(token)
    if not evaluation:
        return respond(b'', HTTPStatus.NOT_FOUND)
    language = find_language(request)
    company = evaluation.company
    with Transaction().set_context(
            company=company.id, companies=[company.id], language=language):
        evaluation = Evaluation(evaluation.id)
        form = Form(evaluation, request.form)
        status, done = HTTPStatus.OK, False
        open_ = evaluation.is_link_open()
        if request.method == 'POST':
            same_origin(request)
            if open_ and form.robot:
                done = True
            elif open_ and form.check():
                evaluation.receive(form)
                done = True
            else:
                status = HTTPStatus.BAD_REQUEST
        return page(pool, form, language, status, done, open_)


def page(pool, form, language, status, done, open_):
    Page = pool.get('coop.evaluation.page', type='report')
    evaluation = form.evaluation
    _, content, _, _ = Page.execute([], {
            'form': form, 'language': language, 'languages': LANGUAGES,
            'done': done, 'open': open_, 'company': evaluation.company,
            'evaluation': evaluation, 'marks': range(LOWEST, HIGHEST + 1),
            'criteria': CRITERIA,
            })
    return respond(content, status)


class DirectoryPage(metaclass=PoolMeta):
    __name__ = 'coop.member.directory.page'

    @classmethod
    def member_values(cls, row):
        pool = Pool()
        Evaluation = pool.get('coop.evaluation')
        values = super().member_values(row)
        lang = pool.get('ir.lang').get()
        values['evaluations'] = None
        mean = Evaluation.means(row.company.id).get(row.id)
        shown = Evaluation.shown(row.id)
        if shown:
            values['evaluations'] = SimpleNamespace(
                mean=lang.format('%.2f', mean.shown) if mean else None,
                count=mean.count if mean else 0,
                rows=[cls._evaluation_values(e, lang) for e in shown])
        return values

    @staticmethod
    def _evaluation_values(evaluation, lang):
        refused = evaluation.state == 'refused'
        return SimpleNamespace(
            given_on=lang.strftime(evaluation.given_on),
            experience_date=lang.strftime(evaluation.experience_date),
            reason=evaluation.reason if refused else None,
            score=None if refused else lang.format(
                '%.2f', evaluation.score),
            text=None if refused else evaluation.text,
            reply=None if refused else evaluation.reply,
            replied_on=lang.strftime(evaluation.replied_on)
            if evaluation.replied_on else None)
