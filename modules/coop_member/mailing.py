# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Writing to members: one text, a letter to each, by e-mail or by post.

What each got is kept on the member, with the proof that it left.
"""
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.wizard import StateAction, Wizard

from . import mail, merging, pdf
from .company import CompanyMixin
from .event import today
from .exceptions import MailingError
from .file import FileMixin
from .letter_report import LetterReport

DOCUMENTS = {
    'certificate': 'coop.member.certificate',
    'statement': 'coop.member.statement',
    }
PLACES = [
    'name', 'number', 'category', 'shares', 'capital', 'to_pay', 'reference',
    'company', 'date']
_states = {'readonly': Eval('state') != 'draft'}


class Mailing(CompanyMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mailing'
    _rec_name = 'subject'
    subject = fields.Char("Subject", states={
            **_states,
            'required': Eval('state') != 'draft',
            })
    body = fields.Text("Text", states={
            **_states,
            'required': Eval('state') != 'draft',
            },
        help="In the subject and the text, these stand for what is known "
        "of each member:\n"
        "{name} {number} {category} {shares} {capital} {to_pay} "
        "{reference} {company} {date}")
    medium = fields.Selection([
            ('any', "By E-mail, else by Post"),
            ('email', "By E-mail Only"),
            ('post', "By Post"),
            ], "Medium", required=True, sort=False, states=_states,
        help="Who has no e-mail gets a letter to print, "
        "or nothing when it is by e-mail only.")
    document = fields.Selection([
            (None, ""),
            ('certificate', "Share Certificate"),
            ('statement', "Account Statement"),
            ], "Enclosed Document", sort=False, states=_states,
        help="Of each member, as of the day on which it leaves.")
    document_string = document.translated('document')
    file = fields.Binary(
        "Enclosed File", filename='file_name',
        file_id='file_id', store_prefix='coop_mailing', states=_states,
        help="The same for all; for letters by post, a PDF file.")
    file_id = fields.Char("Enclosed File ID", readonly=True)
    file_name = fields.Char("Enclosed File Name", states=_states)
    letters = fields.One2Many(
        'coop.member.letter', 'mailing', "Letters", states=_states)
    progress = fields.Function(fields.Float("Progress", digits=(1, 4),
            states={'invisible': Eval('state') == 'draft'}),
        'get_counts')
    to_print = fields.Function(fields.Integer("Letters to Print",
            states={'invisible': Eval('state') == 'draft'}),
        'get_counts')
    failed = fields.Function(fields.Integer("Not Delivered",
            states={'invisible': ~Eval('failed')}),
        'get_counts')
    state = fields.Selection([
            ('draft', "Draft"),
            ('sent', "Sent"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.state, Index.Equality(cardinality='low'))))
        cls._order = [('id', 'DESC')]
        cls._transitions.add(('draft', 'sent'))
        cls._buttons.update({
                'send': {
                    'invisible': Eval('state') != 'draft',
                    'readonly': ~Eval('letters', []),
                    'icon': 'tryton-email',
                    'depends': ['state', 'letters'],
                    },
                'send_again': {
                    'invisible': ~Eval('failed'),
                    'icon': 'tryton-refresh',
                    'depends': ['failed'],
                    },
                })

    @classmethod
    def default_medium(cls):
        return 'any'

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def get_counts(cls, mailings, names):
        Letter = Pool().get('coop.member.letter')
        counts = Letter.counts(mailings)
        result = {name: {} for name in names}
        for mailing in mailings:
            states = counts[mailing.id]
            total = sum(states.values())
            done = total - sum(
                n for (_, state), n in states.items()
                if state in {'draft', 'waiting'})
            values = {
                'progress': done / total if total else 0.0,
                'to_print': states[('post', 'done')],
                'failed': sum(
                    n for (_, state), n in states.items()
                    if state == 'failed'),
                }
            for name in names:
                result[name][mailing.id] = values[name]
        return result

    @classmethod
    def check_modification(
            cls, mode, mailings, values=None, external=False):
        super().check_modification(
            mode, mailings, values=values, external=external)
        for mailing in mailings:
            if mode == 'delete' and mailing.state != 'draft':
                mailing._raise('sent')
            elif mode == 'write' and external and (
                    'state' in values or mailing.state != 'draft'):
                mailing._raise('sent')

    @classmethod
    def copy(cls, mailings, default=None):
        default = default.copy() if default else {}
        default.setdefault('letters')
        default.setdefault('state', 'draft')
        return super().copy(mailings, default=default)

    def _raise(self, message, **values):
        raise MailingError(gettext(
                f'coop_member.msg_mailing_{message}',
                mailing=self.rec_name or '', **values))

    @classmethod
    @ModelView.button
    def send(cls, mailings):
        """Write the letters and have the queue send them.

        :raises MailingError: when the text is missing or names what nobody
            knows, or when nobody would get it
        """
        Letter = Pool().get('coop.member.letter')
        mailings = [m for m in mailings if m.state == 'draft']
        for mailing in mailings:
            mailing.check()
            Letter.write_out(mailing.letters)
        cls._sent(mailings)
        for mailing in mailings:
            Letter.queue_delivery(mailing.letters)

    @classmethod
    @Workflow.transition('sent')
    def _sent(cls, mailings):
        pass

    def check(self):
        "Check that the text can be merged"
        if not self.subject or not self.body:
            self._raise('empty')
        places = merging.unknown(f'{self.subject} {self.body}', PLACES)
        if places:
            self._raise('place',
                places=', '.join('{%s}' % p for p in places),
                known=', '.join('{%s}' % p for p in PLACES))
        if (self.file and self.medium != 'email'
                and not self.file.startswith(b'%PDF')):
            self._raise('file')

    @classmethod
    @ModelView.button
    def send_again(cls, mailings):
        "Try again what could not be delivered"
        Letter = Pool().get('coop.member.letter')
        for mailing in mailings:
            failed = [l for l in mailing.letters if l.state == 'failed']
            Letter.write_out(failed)
            Letter.queue_delivery(failed)

    def merged(self, letters):
        "Return {letter id: (subject, text)}, in the members' languages"
        pool = Pool()
        Member = pool.get('coop.member')
        groups = defaultdict(list)
        for letter in letters:
            lang = mail.language(letter.member.party, self.company)
            groups[lang].append(letter)
        result = {}
        for lang, group in groups.items():
            with Transaction().set_context(
                    language=lang.code, company=self.company.id,
                    date=today(self.company.id), known_at=None):
                members = Member.browse([l.member.id for l in group])
                for letter, member in zip(group, members):
                    values = self._known(member, lang)
                    result[letter.id] = tuple(
                        merging.merge(text or '', values)
                        for text in [self.subject, self.body])
        return result

    def _known(self, member, lang):
        def money(amount):
            return lang.currency(
                amount, self.company.currency, grouping=True)
        return dict(zip(PLACES, [
                    member.party.name, member.number, member.category.name,
                    member.shares, money(member.capital),
                    money(member.capital_to_pay), member.payment_reference,
                    self.company.party.name,
                    lang.strftime(today(self.company.id))]))


del _states


class WriteTo(Wizard):
    __name__ = 'coop.member.write_to'
    start_state = 'open_'
    open_ = StateAction('coop_member.act_mailing_form')

    def do_open_(self, action):
        "Open a mailing to the members of the list, the text left to write"
        Mailing = Pool().get('coop.mailing')
        companies = defaultdict(list)
        for member in dict.fromkeys(
                getattr(r, 'member', r) for r in self.records):
            companies[member.company].append(member)
        mailings = Mailing.create([{
                    'company': company.id,
                    'letters': [('create', [
                                {'company': company.id, 'member': m.id}
                                for m in members])],
                    } for company, members in companies.items()])
        if len(mailings) == 1:
            action['views'].reverse()
        return action, {'res_id': [m.id for m in mailings]}


class MailingPrint(Report):
    __name__ = 'coop.mailing.print'

    @classmethod
    def _execute(cls, records, header, data, action):
        "Return the letters by post of mailings, as they are kept"
        Letter = Pool().get('coop.member.letter')
        letters = Letter.search([
                ('mailing', 'in', [r.id for r in records]),
                ('medium', '=', 'post'),
                ('state', '=', 'done'),
                ], order=[('id', 'ASC')])
        if not letters:
            raise MailingError(gettext('coop_member.msg_mailing_no_letter'))
        return 'pdf', pdf.merge(l.file for l in letters if l.file)


class LetterPage(LetterReport):
    __name__ = 'coop.member.letter.page'

    @classmethod
    def letter_member(cls, letter):
        return letter.member

    @classmethod
    def letters(cls, company, letters, data):
        result = {}
        for mailing in {l.mailing for l in letters}:
            drafts = [
                l for l in letters
                if l.mailing == mailing and not l.body]
            result.update(mailing.merged(drafts))
        return {
            l.id: dict(zip(
                    ['subject', 'text'],
                    result.get(l.id, (l.subject, l.body))))
            for l in letters}
