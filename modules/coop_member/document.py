# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict

from dateutil.relativedelta import relativedelta
from sql import Literal, Null
from sql.conditionals import Case
from sql.operators import Exists

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields,
    sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import mail
from .event import today
from .exceptions import MailError
from .file import FileMixin
from .ledger import SLICE
from .tools import any_of

# the states of a member whose missing papers are asked for
CHASED = ['applied', 'admitted', 'active', 'suspended']


class Kind(sequence_ordered(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'coop.document.kind'
    name = fields.Char("Name", required=True, translate=True)
    code = fields.Char("Code", required=True)
    validity = fields.Integer("Validity in Months",
        domain=['OR', ('validity', '=', None), ('validity', '>', 0)],
        help="After it the paper is asked for again; "
        "leave empty for no limit.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('code_unique', Unique(t, t.code),
                'coop_member.msg_document_kind_code_unique'))

    def expiry(self, received):
        "Return the last day of validity of a paper received at a date"
        if self.validity and received:
            return received + relativedelta(months=self.validity)


class Category(metaclass=PoolMeta):
    __name__ = 'coop.member.category'
    documents = fields.Many2Many(
        'coop.member.category-coop.document.kind', 'category', 'kind',
        "Papers Asked for")


class CategoryKind(ModelSQL):
    __name__ = 'coop.member.category-coop.document.kind'
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        ondelete='CASCADE')
    kind = fields.Many2One(
        'coop.document.kind', "Kind", required=True, ondelete='CASCADE')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('category')


class Document(Workflow, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.member.document'
    _states = {'readonly': Eval('state') != 'received'}
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    kind = fields.Many2One(
        'coop.document.kind', "Kind", required=True, ondelete='RESTRICT',
        states=_states)
    file = fields.Binary(
        "File", filename='file_name',
        file_id='file_id', store_prefix='coop_document', states=_states)
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", states={
            'readonly': Eval('state') != 'received',
            'required': Bool(Eval('file')),
            })
    received_on = fields.Date("Received on", required=True, states=_states)
    expires_on = fields.Date("Expires on", states=_states,
        domain=['OR',
            ('expires_on', '=', None),
            ('expires_on', '>=', Eval('received_on', None)),
            ])
    state = fields.Selection([
            ('received', "Received"),
            ('verified', "Verified"),
            ('rejected', "Rejected"),
            ], "State", required=True, readonly=True, sort=False)
    reason = fields.Char("Reason", states={
            'readonly': Eval('state') != 'received',
            },
        help="Why it is rejected; the member reads it.")
    checked_by = fields.Many2One(
        'res.user', "Checked by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('checked_by')})
    checked_at = fields.Timestamp("Checked at", readonly=True,
        states={'invisible': ~Eval('checked_at')})
    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality()),
                    (t.kind, Index.Equality())),
                Index(t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'received'),
                })
        cls._order = [('received_on', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('received', 'verified'),
            ('received', 'rejected'),
            ('verified', 'received'),
            ('rejected', 'received'),
            }
        cls._buttons.update({
                'verify': {
                    'invisible': Eval('state') != 'received',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reject': {
                    'invisible': Eval('state') != 'received',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'receive': {
                    'invisible': Eval('state') == 'received',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @fields.depends('member', '_parent_member.company')
    def on_change_with_company(self, name=None):
        return self.member.company if self.member else None

    @classmethod
    def search_company(cls, name, clause):
        return [('member.' + clause[0], *clause[1:])]

    @classmethod
    def default_received_on(cls):
        return today(Transaction().context.get('company'))

    @classmethod
    def default_state(cls):
        return 'received'

    @fields.depends('kind', 'received_on')
    def on_change_with_expires_on(self):
        return self.kind.expiry(self.received_on) if self.kind else None

    def get_rec_name(self, name):
        return f"{self.kind.rec_name} {self.member.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'kind.rec_name', 'member.rec_name')

    @classmethod
    def check_modification(
            cls, mode, documents, values=None, external=False):
        super().check_modification(
            mode, documents, values=values, external=external)
        if not external:
            return
        by_button = {'state', 'checked_by', 'checked_at', 'member'}
        for document in documents:
            if ((mode == 'create' and (
                            document.state != 'received'
                            or document.checked_by))
                    or (mode == 'write' and values.keys() & by_button)
                    or (mode != 'create' and document.state != 'received')):
                raise AccessError(gettext(
                        'coop_member.msg_document_checked',
                        document=document.rec_name))

    @classmethod
    def copy(cls, documents, default=None):
        default = default.copy() if default else {}
        default.setdefault('state', 'received')
        default.setdefault('checked_by')
        default.setdefault('checked_at')
        default.setdefault('file_id')
        return super().copy(documents, default=default)

    @classmethod
    def _checked(cls, documents):
        cls.write(documents, {
                'checked_by': Transaction().user or None,
                'checked_at': dt.datetime.now(),
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('verified')
    def verify(cls, documents):
        cls._checked(documents)

    @classmethod
    @ModelView.button
    @Workflow.transition('rejected')
    def reject(cls, documents):
        cls._checked(documents)

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, documents):
        cls.write(documents, {'checked_by': None, 'checked_at': None})


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    documents = fields.One2Many('coop.member.document', 'member', "Papers")
    missing_documents = fields.Function(
        fields.Char("Missing Papers",
            help="Asked for by the category and not received, "
            "rejected or expired."),
        'get_missing_documents')
    papers_missing = fields.Function(fields.Boolean("Papers Missing"))
    file_complete = fields.Function(fields.Boolean("File Complete",
            help="All papers that the category asks for are verified."))
    chased_on = fields.Date("Papers Asked for on", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ask_documents': {
                    'invisible': (~Eval('papers_missing', False)
                        | ~Eval('state').in_(CHASED)),
                    'icon': 'tryton-email',
                    'depends': ['papers_missing', 'state'],
                    },
                })

    @classmethod
    def _lacking(cls, member, states):
        "Return the SQL query of the kinds lacking to members in a state"
        pool = Pool()
        asked = pool.get('coop.member.category-coop.document.kind').__table__()
        document = pool.get('coop.member.document').__table__()
        date = today(Transaction().context.get('company'))
        there = document.select(Literal(1),
            where=(document.member == member.id)
            & (document.kind == asked.kind)
            & document.state.in_(states)
            & ((document.expires_on == Null)
                | (document.expires_on >= date)))
        return asked, (
            (asked.category == member.category) & ~Exists(there))

    @classmethod
    def column_papers_missing(cls, tables):
        member, _ = tables[None]
        asked, where = cls._lacking(member, ['received', 'verified'])
        return Case(
            (Exists(asked.select(Literal(1), where=where)), Literal(True)),
            else_=Literal(False))

    @classmethod
    def column_file_complete(cls, tables):
        member, _ = tables[None]
        asked, where = cls._lacking(member, ['verified'])
        return Case(
            (Exists(asked.select(Literal(1), where=where)), Literal(False)),
            else_=Literal(True))

    @classmethod
    def get_missing_documents(cls, members, name):
        names = dict.fromkeys((m.id for m in members), '')
        for member, kinds in cls.lacking_documents(members).items():
            names[member] = ', '.join(k.rec_name for k in kinds)
        return names

    @classmethod
    def lacking_documents(cls, members):
        "Return {member id: [kinds lacking]} in one query a slice"
        Kind = Pool().get('coop.document.kind')
        cursor = Transaction().connection.cursor()
        lacking = []
        for sub in grouped_slice(members, SLICE):
            member = cls.__table__()
            asked, where = cls._lacking(member, ['received', 'verified'])
            where &= fields.SQL_OPERATORS['in'](
                member.id, [m.id for m in sub])
            # the condition names both tables, so they are joined by it
            cursor.execute(*member.join(asked,
                    condition=asked.category == member.category).select(
                    member.id, asked.kind, where=where))
            lacking.extend(cursor)
        kinds = {
            k.id: k for k in Kind.browse(list({k for _, k in lacking}))}
        order = sorted(kinds.values(), key=lambda k: (k.sequence or 0, k.id))
        found = defaultdict(set)
        for member_id, kind in lacking:
            found[member_id].add(kind)
        return {
            m: [k for k in order if k.id in ids] for m, ids in found.items()}

    @classmethod
    def copy(cls, members, default=None):
        default = default.copy() if default else {}
        default.setdefault('documents')
        default.setdefault('chased_on')
        return super().copy(members, default=default)

    @classmethod
    def chase_documents(cls):
        """Ask by e-mail for the missing papers, no more often than configured.

        The cron's way: for all companies, or that of the context.
        """
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('coop.configuration')
        company = Transaction().context.get('company')
        companies = [Company(company)] if company else Company.search([])
        for company in companies:
            interval = Configuration(1).get_multivalue(
                'chase_interval', company=company.id)
            if not interval:
                continue
            with Transaction().set_context(company=company.id):
                cls._ask_documents(cls.search([
                            ('company', '=', company.id),
                            ('state', 'in', CHASED),
                            ('papers_missing', '=', True),
                            ['OR',
                                ('chased_on', '=', None),
                                ('chased_on', '<=',
                                    today(company.id) - interval),
                                ],
                            ]))

    @classmethod
    @ModelView.button
    def ask_documents(cls, members):
        for member in members:
            if not member.party.email:
                raise MailError(gettext(
                        'coop_member.msg_member_no_email',
                        member=member.rec_name))
        cls._ask_documents(members)

    @classmethod
    def _ask_documents(cls, members):
        asked = defaultdict(list)
        lacking = cls.lacking_documents(members)
        for member in members:
            kinds = [k.id for k in lacking.get(member.id, [])]
            if kinds and mail.send(
                    member.company, member.party, 'papers_missing',
                    papers=lambda: _names(kinds)):
                asked[member.company].append(member)
        for company, members in asked.items():
            cls.write(members, {'chased_on': today(company.id)})


def _names(kinds):
    "Return the list of kinds in the language of the context"
    Kind = Pool().get('coop.document.kind')
    return '\n'.join(f'- {k.rec_name}' for k in Kind.browse(kinds))
