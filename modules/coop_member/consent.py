# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, Unique, fields)
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from .file import FileMixin
from .tools import any_of


class ConsentDocument(DeactivableMixin, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.consent.document'
    company = fields.Many2One('company.company', "Company", required=True)
    kind = fields.Selection([
            ('statutes', "Statutes"),
            ('internal_rules', "Internal Rules"),
            ('data_policy', "Data Policy"),
            ('financial_risk', "Financial Risk"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False)
    title = fields.Char("Title", required=True, translate=True)
    version = fields.Char("Version", required=True)
    date = fields.Date("Date", required=True)
    language = fields.Many2One('ir.lang', "Language",
        domain=[('translatable', '=', True)],
        help="Leave empty for all languages.")
    required = fields.Boolean("Required",
        help="Nobody applies without accepting it.")
    text = fields.Text("Text")
    file = fields.Binary(
        "File", filename='file_name',
        file_id='file_id', store_prefix='coop_consent')
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", states={
            'required': Bool(Eval('file')),
            })

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('version_unique',
                Unique(t, t.company, t.kind, t.title, t.version, t.language),
                'coop_member.msg_consent_version_unique'))
        cls._order = [('kind', 'ASC'), ('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_required(cls):
        return True

    def get_rec_name(self, name):
        return f"{self.title} {self.version}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'title', 'version')

    @classmethod
    def check_modification(
            cls, mode, documents, values=None, external=False):
        super().check_modification(
            mode, documents, values=values, external=external)
        if mode == 'write' and values.keys() & {
                'company', 'kind', 'title', 'version', 'date', 'language',
                'text', 'file', 'file_name'}:
            cls._check_accepted(documents)

    @classmethod
    def _check_accepted(cls, documents):
        "What was accepted is kept as it was read"
        consents = Pool().get('coop.member.consent').search([
                ('document', 'in', [d.id for d in documents]),
                ], limit=1)
        if consents:
            raise AccessError(gettext(
                    'coop_member.msg_consent_document_accepted',
                    document=consents[0].document.rec_name))

    @classmethod
    def asked(cls, company, language):
        "Return the documents to accept in a language, the newest of each"
        documents = cls.search([
                ('company', '=', company.id),
                ['OR',
                    ('language', '=', None),
                    ('language.code', '=', language),
                    ],
                ], order=[('kind', 'ASC'), ('date', 'DESC'), ('id', 'DESC')])
        newest = {}
        for document in documents:
            key = document.kind
            if key == 'other':
                key = document.title
            newest.setdefault(key, document)
        return list(newest.values())


class Consent(ModelSQL, ModelView):
    __name__ = 'coop.member.consent'
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE')
    document = fields.Many2One(
        'coop.consent.document', "Document", required=True,
        ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))])
    version = fields.Function(
        fields.Char("Version"), 'on_change_with_version')
    given_at = fields.Timestamp("Given at", required=True, readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('member_document_unique', Unique(t, t.member, t.document),
                'coop_member.msg_consent_unique'))
        cls._sql_indexes.add(Index(t, (t.document, Index.Equality())))
        cls._order = [('given_at', 'DESC'), ('id', 'DESC')]

    @fields.depends('member', '_parent_member.company')
    def on_change_with_company(self, name=None):
        return self.member.company if self.member else None

    @classmethod
    def search_company(cls, name, clause):
        return [('member.' + clause[0], *clause[1:])]

    @fields.depends('document')
    def on_change_with_version(self, name=None):
        return self.document.version if self.document else None

    @classmethod
    def default_given_at(cls):
        return dt.datetime.now()

    def get_rec_name(self, name):
        return f"{self.document.rec_name} {self.member.rec_name}"

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if mode == 'create':
            values['given_at'] = dt.datetime.now()
        return values

    @classmethod
    def check_modification(cls, mode, consents, values=None, external=False):
        super().check_modification(
            mode, consents, values=values, external=external)
        if mode in {'write', 'delete'} and consents:
            raise AccessError(gettext(
                    'coop_member.msg_consent_append_only',
                    consent=consents[0].rec_name))

    @classmethod
    def copy(cls, consents, default=None):
        if consents:
            raise AccessError(gettext(
                    'coop_member.msg_consent_append_only',
                    consent=consents[0].rec_name))
        return []


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    consents = fields.One2Many('coop.member.consent', 'member', "Consents",
        states={'readonly': Eval('id', -1) < 0})
