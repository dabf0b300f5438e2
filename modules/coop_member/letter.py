# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member was written, and the proof of it"
import datetime as dt
import smtplib
from collections import Counter, defaultdict
from email.utils import make_msgid

from sql.aggregate import Count

from trytond import sendmail
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice, slugify
from trytond.transaction import Transaction
from trytond.url import host

from . import mail, pdf
from .exceptions import MailingError
from .file import FileMixin
from .mailing import DOCUMENTS

# Letters that leave in one transaction: what would be sent again, were the
# server to stop in the middle
SLICE = 20


class Letter(FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.member.letter'
    _rec_name = 'subject'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT')
    mailing = fields.Many2One(
        'coop.mailing', "Mailing", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0})
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        states={'readonly': Eval('id', -1) >= 0})
    subject = fields.Char("Subject", readonly=True)
    body = fields.Text("Text", readonly=True)
    medium = fields.Selection([
            (None, ""),
            ('email', "E-mail"),
            ('post', "Post"),
            ], "Medium", readonly=True, sort=False)
    email = fields.Char("E-mail Address", readonly=True,
        states={'invisible': Eval('medium') != 'email'})
    message_id = fields.Char("Message ID", readonly=True,
        states={'invisible': Eval('medium') != 'email'},
        help="By which the mail servers know the message.")
    file = fields.Binary(
        "File", filename='file_name', readonly=True,
        file_id='file_id', store_prefix='coop_letter',
        help="The letter to print, or what was enclosed.")
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", readonly=True)
    sent_at = fields.Timestamp("Sent at", readonly=True,
        help="When the mail server took the message, "
        "or when the letter was made.")
    sent_by = fields.Many2One('res.user', "Sent by", readonly=True,
        ondelete='RESTRICT')
    problem = fields.Char("Problem", readonly=True,
        states={'invisible': Eval('state') != 'failed'})
    state = fields.Selection([
            ('draft', "Draft"),
            ('waiting', "Waiting"),
            ('done', "Sent"),
            ('failed', "Not Delivered"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('mailing_member_unique', Unique(t, t.mailing, t.member),
                'coop_member.msg_letter_member_unique'))
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.mailing, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._order = [('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def counts(cls, mailings):
        "Return {mailing id: Counter of (medium, state)}, in one query"
        letter = cls.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(Counter)
        for sub in grouped_slice(mailings, 1000):
            cursor.execute(*letter.select(
                    letter.mailing, letter.medium, letter.state, Count(),
                    where=fields.SQL_OPERATORS['in'](
                        letter.mailing, [m.id for m in sub]),
                    group_by=[letter.mailing, letter.medium, letter.state]))
            for mailing, medium, state, count in cursor:
                result[mailing][medium, state] = count
        return result

    @classmethod
    def check_modification(cls, mode, letters, values=None, external=False):
        super().check_modification(
            mode, letters, values=values, external=external)
        if mode == 'create' and external:
            kept = [l for l in letters if l.state != 'draft' or l.sent_at]
        elif mode == 'delete' or (mode == 'write' and external):
            kept = [l for l in letters if l.state != 'draft']
        else:
            kept = []
        if kept and not Transaction().context.get('_coop_erase'):
            raise MailingError(gettext(
                    'coop_member.msg_letter_kept',
                    letter=kept[0].rec_name or '',
                    member=kept[0].member.rec_name))

    @classmethod
    def copy(cls, letters, default=None):
        default = default.copy() if default else {}
        for name in ['subject', 'body', 'medium', 'email', 'message_id',
                'file', 'file_id', 'file_name', 'sent_at', 'sent_by',
                'problem']:
            default.setdefault(name)
        default.setdefault('state', 'draft')
        return super().copy(letters, default=default)

    @classmethod
    def write_out(cls, letters):
        "Write what each letter of a mailing says, and how it leaves"
        by_mailing = defaultdict(list)
        for letter in letters:
            by_mailing[letter.mailing].append(letter)
        for mailing, letters in by_mailing.items():
            texts = mailing.merged(letters)
            for letter in letters:
                letter._write_out(*texts[letter.id])
            for sub in grouped_slice(letters, 200):
                cls.save(list(sub))

    def _write_out(self, subject, body):
        wanted = self.mailing.medium
        self.subject, self.body = subject, body
        self.email = None if wanted == 'post' else self.member.party.email
        self.medium = 'email' if wanted == 'email' or self.email else 'post'
        self.message_id, self.problem = None, None
        self.state = 'waiting'
        if self.medium == 'email' and self.email:
            self.message_id = make_msgid(domain=host())
        elif self.medium == 'email':
            self.state = 'failed'
            self.problem = gettext(
                'coop_member.msg_member_no_email',
                member=self.member.rec_name)
        self.sent_by = Transaction().user or None

    @classmethod
    def queue_delivery(cls, letters):
        for sub in grouped_slice(letters, SLICE):
            cls.__queue__.deliver(list(sub))

    @classmethod
    def deliver(cls, letters):
        """Send or make the letters that wait for it; again does nothing.

        The proof of an e-mail is that the mail server took it: when it does,
        the time is written, when it refuses, what it said.
        """
        waiting = [l for l in cls.browse(letters) if l.state == 'waiting']
        emails = [l for l in waiting if l.medium == 'email']
        server = None
        for letter in emails:
            try:
                message = letter._message()
                server = server or sendmail.get_smtp_server(strict=True)
                server = sendmail.send_message(
                    message, server=server, strict=True)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                letter.state, letter.problem = 'failed', str(error)[:250]
                server = None
            else:
                letter._delivered()
        if server:
            server.quit()
        for letter in waiting:
            if letter.medium == 'post':
                letter.file = pdf.merge(letter._sheets())
                letter.file_name = f'{slugify(letter.subject)}.pdf'
                letter._delivered()
        cls.save(waiting)

    def _delivered(self):
        self.state, self.problem = 'done', None
        self.sent_at = dt.datetime.now()

    def _message(self):
        attachments = []
        if self.mailing.document:
            self.file = self._document()
            self.file_name = f'{slugify(self.mailing.document_string)}.pdf'
            attachments.append((self.file_name, self.file))
        if self.mailing.file:
            attachments.append((self.mailing.file_name, self.mailing.file))
        message = mail.message_to(
            self.company, self.email, self.member.party.name, self.subject,
            self.body, attachments)
        message['Message-ID'] = self.message_id
        return message

    def _sheets(self):
        "Return the PDF files of what goes into the envelope"
        sheets = [self._report('coop.member.letter.page', self)]
        if self.mailing.document:
            sheets.append(self._document())
        if self.mailing.file:
            sheets.append(self.mailing.file)
        return sheets

    def _document(self):
        return self._report(DOCUMENTS[self.mailing.document], self.member)

    @classmethod
    def _report(cls, name, record):
        pool = Pool()
        Action = pool.get('ir.action.report')
        action, = Action.search([('report_name', '=', name)], limit=1)
        return pool.get(name, type='report').make([record], {}, action)


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    letters = fields.One2Many(
        'coop.member.letter', 'member', "Letters", readonly=True,
        filter=[('state', '!=', 'draft')])
