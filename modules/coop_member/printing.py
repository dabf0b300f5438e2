# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The documents of the office: asked for, made by the queue, kept a while.

What they tell comes from the ledgers, so that any of them can be made again.
"""
import logging

from sql import Literal
from sql.conditionals import Case, Coalesce

from trytond import backend
from trytond.exceptions import UserError
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.tools import slugify
from trytond.transaction import Transaction

from .event import today
from .file import FileMixin
from .table_report import FORMATS

logger = logging.getLogger(__name__)
# Those about a period, and those about leavers
PERIODS = ['coop.share.movement.register', 'coop.share.capital.table']
LEAVERS = ['coop.member.register']
_states = {'readonly': Eval('state') != 'draft'}


class Print(FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.print'
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='CASCADE',
        states={'readonly': Eval('id', -1) >= 0})
    document = fields.Selection([
            ('coop.member.register', "Register of Members"),
            ('coop.share.movement.register', "Register of Share Movements"),
            ('coop.share.capital.table', "Capital Table"),
            ('coop.member.voters', "List for the General Meeting"),
            ], "Document", required=True, sort=False, states=_states)
    document_string = document.translated('document')
    format = fields.Selection(
        FORMATS, "Format", required=True, sort=False, states=_states)
    start_date = fields.Date("From",
        domain=['OR',
            ('start_date', '=', None),
            ('start_date', '<=', Eval('date', None)),
            ],
        states={
            **_states,
            'invisible': ~Eval('document').in_(PERIODS),
            },
        help="The first effective date; leave empty for the beginning.")
    date = fields.Date("As of", required=True, states=_states,
        help="The effective date, included.")
    known_at = fields.DateTime("Known at", states=_states,
        help="Leave empty for all that is known now.")
    leavers = fields.Boolean("With Leavers",
        states={
            **_states,
            'invisible': ~Eval('document').in_(LEAVERS),
            },
        help="Also who left and holds no share any more.")
    language = fields.Many2One('ir.lang', "Language", required=True,
        domain=[('translatable', '=', True)], states=_states)
    file = fields.Binary(
        "File", filename='file_name', readonly=True,
        file_id='file_id', store_prefix='coop_print',
        states={'invisible': ~Bool(Eval('file_id'))})
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", readonly=True)
    problem = fields.Text("Problem", readonly=True,
        states={'invisible': Eval('state') != 'failed'})
    progress = fields.Function(fields.Float("Progress", digits=(1, 4),
            states={'invisible': Eval('state') == 'draft'}))
    state = fields.Selection([
            ('draft', "Draft"),
            ('waiting', "In Preparation"),
            ('done', "Done"),
            ('failed', "Failed"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.state, Index.Equality(cardinality='low'))))
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'waiting'),
            ('failed', 'waiting'),
            ('waiting', 'done'),
            ('waiting', 'failed'),
            }
        cls._buttons.update({
                'make': {
                    'invisible': ~Eval('state').in_(['draft', 'failed']),
                    'icon': 'tryton-print',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_format(cls):
        return 'pdf'

    @classmethod
    def default_date(cls):
        company = cls.default_company()
        return today(company) if company else None

    @classmethod
    def default_language(cls):
        Lang = Pool().get('ir.lang')
        lang = Lang.get()
        return lang.id if lang.translatable else None

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('document', 'date', 'start_date')
    def on_change_document(self):
        if self.document in PERIODS and self.date and not self.start_date:
            self.start_date = self.date.replace(month=1, day=1)

    @classmethod
    def column_progress(cls, tables):
        Progress = Pool().get('coop.print.progress')
        progress = Progress.__table__()
        table, _ = tables[None]
        return Case(
            (table.state == 'done', Literal(1.0)),
            else_=Coalesce(progress.select(progress.progress,
                    where=progress.print_ == table.id), Literal(0.0)))

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.document_string} {lang.strftime(self.date)}"

    def _file_name(self, extension):
        "Return a name in the document's language, which sorts by date"
        with Transaction().set_context(language=self.language.code):
            document = self.__class__(self.id).document_string
        return f'{slugify(document)}-{self.date.isoformat()}.{extension}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('file_name', *clause[1:])]

    @classmethod
    def copy(cls, prints, default=None):
        default = default.copy() if default else {}
        for name in ['file', 'file_id', 'file_name', 'problem']:
            default.setdefault(name)
        default.setdefault('state', 'draft')
        return super().copy(prints, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('waiting')
    def make(cls, prints):
        "Have the documents made by the queue, one after another"
        for print_ in prints:
            cls.__queue__.run([print_])

    @classmethod
    def run(cls, prints):
        "Make documents that wait for it; again does nothing"
        for print_ in cls.browse(prints):
            if print_.state != 'waiting':
                continue
            try:
                extension, print_.file = print_._content()
                print_.file_name = print_._file_name(extension)
                cls.save([print_])
            except UserError as error:
                failed = cls(print_.id)
                failed.problem = str(error)
                failed.save()
                cls._failed([failed])
            else:
                cls._done([print_])

    @classmethod
    @Workflow.transition('done')
    def _done(cls, prints):
        pass

    @classmethod
    @Workflow.transition('failed')
    def _failed(cls, prints):
        pass

    def _content(self):
        "Return (extension, bytes)"
        pool = Pool()
        Action = pool.get('ir.action.report')
        Report = pool.get(self.document, type='report')
        action, = Action.search(
            [('report_name', '=', self.document)], limit=1)
        return Report.make({
                'company': self.company.id,
                'format': self.format,
                'start_date': (
                    self.start_date if self.document in PERIODS else None),
                'date': self.date,
                'known_at': self.known_at,
                'leavers': self.leavers,
                'language': self.language.code,
                }, action, self._advanced)

    def _advanced(self, done, total):
        """Tell how far it is to who looks on meanwhile.

        It is committed at once, in a row apart: the document's own is written
        by the transaction that makes it.
        """
        Progress = Pool().get('coop.print.progress')
        if done >= total:
            return
        try:
            with Transaction().new_transaction():
                Progress.set(self.id, done / total)
        except backend.DatabaseOperationalError:
            logger.debug("progress of %s not told", self)


class PrintProgress(ModelSQL):
    __name__ = 'coop.print.progress'
    print_ = fields.Many2One(
        'coop.print', "Document", required=True, ondelete='CASCADE')
    progress = fields.Float("Progress", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('print_')
        cls._sql_constraints.append(
            ('print_unique', Unique(t, t.print_),
                'coop_member.msg_print_progress_unique'))

    @classmethod
    def set(cls, print_id, progress):
        "Write how far a document is, from 0 to 1"
        rows = cls.search([('print_', '=', print_id)])
        if rows:
            cls.write(rows, {'progress': progress})
        else:
            cls.create([{'print_': print_id, 'progress': progress}])


del _states
