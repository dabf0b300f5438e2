# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bulk import of members and of their share movements.

An import keeps the files. Validating reads and checks them whole against the
database and cuts what is new into slices; processing writes a slice in one
transaction, so that it can stop anywhere and go on later. Members are found
again by their number and movements by their reference: importing the same
files twice changes nothing.
"""
import hashlib
import json

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.protocols.jsonrpc import JSONDecoder, JSONEncoder
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from . import import_bad, import_write, opening
from .exceptions import ImportFileError
from .file import FileMixin
from .import_known import known
from .importer import plan as planning
from .importer import reading
from .tools import any_of


class Import(Workflow, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.import'
    _states = {'readonly': Eval('state') != 'draft'}
    _file_fields = {
        'members_file': 'members_file_name',
        'movements_file': 'movements_file_name',
        }
    _hashed = {
        'members_file', 'movements_file', 'default_category',
        'default_class', 'money_account', 'accounting_start', 'skip_bad'}
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT',
        states={
            'readonly': (Eval('state') != 'draft') | (Eval('id', -1) >= 0),
            })
    members_file = fields.Binary(
        "Members or Workbook", filename='members_file_name',
        file_id='members_file_id', store_prefix='coop_import', states=_states,
        help="A CSV file of members, or a workbook "
        "with the sheets members and movements.")
    members_file_id = fields.Char("Members File ID", readonly=True)
    members_file_name = fields.Char("Members File Name", states={
            'readonly': Eval('state') != 'draft',
            'required': Bool(Eval('members_file')),
            })
    movements_file = fields.Binary(
        "Movements", filename='movements_file_name',
        file_id='movements_file_id', store_prefix='coop_import',
        states=_states)
    movements_file_id = fields.Char("Movements File ID", readonly=True)
    movements_file_name = fields.Char("Movements File Name", states={
            'readonly': Eval('state') != 'draft',
            'required': Bool(Eval('movements_file')),
            })
    hash = fields.Char("Hash", readonly=True,
        help="Of the files and of the choices.")
    default_category = fields.Many2One(
        'coop.member.category', "Category of Members", states=_states,
        domain=[('company', '=', Eval('company', -1))],
        help="Without a file of members, those that the movements name "
        "become members of this category.")
    default_class = fields.Many2One(
        'coop.share.class', "Share Class", states=_states,
        domain=[('company', '=', Eval('company', -1))],
        help="The class of the movements that name none.")
    money_account = fields.Many2One(
        'account.account', "Money Account", states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ('closed', '!=', True),
            ('party_required', '!=', True),
            ],
        help="Where the payments and repayments after the accounting start "
        "came from and went to.")
    accounting_start = fields.Date("Accounting Start", states=_states,
        help="To take over old books: the movements before this date post "
        "nothing. The first slice writes it to the configuration.")
    skip_bad = fields.Boolean("Skip Bad Rows", states=_states,
        help="Import the good rows and give the bad ones back as a workbook.")
    problems = fields.Text("Problems", readonly=True, states={
            'invisible': ~Eval('problems'),
            })
    warnings = fields.Text("Warnings", readonly=True, states={
            'invisible': ~Eval('warnings'),
            })
    bad_file = fields.Binary(
        "Bad Rows", filename='bad_file_name', readonly=True,
        file_id='bad_file_id', store_prefix='coop_import',
        states={'invisible': ~Eval('bad_file')})
    bad_file_id = fields.Char("Bad Rows File ID", readonly=True)
    bad_file_name = fields.Function(
        fields.Char("Bad Rows File Name"), 'get_bad_file_name')
    member_count = fields.Integer("Members to Import", readonly=True)
    movement_count = fields.Integer("Movements to Import", readonly=True)
    bad_count = fields.Integer("Bad Rows Left out", readonly=True)
    slices = fields.One2Many(
        'coop.import.slice', 'import_', "Slices", readonly=True)
    progress = fields.Function(fields.Float(
            "Progress", digits=(1, 4),
            states={'invisible': Eval('state') == 'draft'}), 'get_progress')
    state = fields.Selection([
            ('draft', "Draft"),
            ('validated', "Validated"),
            ('done', "Done"),
            ], "State", required=True, readonly=True, sort=False)
    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()),
                (t.hash, Index.Equality())))
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'validated'),
            ('validated', 'draft'),
            ('validated', 'done'),
            }
        open_ = (Eval('state') == 'validated')
        cls._buttons.update({
                'check_files': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': ~open_ | (Eval('progress', 0) > 0),
                    'icon': 'tryton-back',
                    'depends': ['state', 'progress'],
                    },
                'process': {
                    'invisible': ~open_,
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'process_slice': {
                    'invisible': ~open_,
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    def get_rec_name(self, name):
        return ', '.join(filter(None, [
                    self.members_file_name, self.movements_file_name])) or (
            f'({self.id})')

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'members_file_name', 'movements_file_name')

    def get_bad_file_name(self, name):
        return f"import_{self.id}_bad.xlsx"

    @classmethod
    def get_progress(cls, imports, name):
        Slice = Pool().get('coop.import.slice')
        result = dict.fromkeys(map(int, imports), 0.0)
        result.update(Slice.done_fractions(imports))
        return {
            i.id: 1.0 if i.state == 'done' else result[i.id]
            for i in imports}

    @classmethod
    def copy(cls, imports, default=None):
        default = default.copy() if default else {}
        for name in [
                'slices', 'problems', 'warnings', 'bad_file', 'bad_file_id',
                'member_count', 'movement_count', 'bad_count']:
            default.setdefault(name, None)
        default.setdefault('state', 'draft')
        return super().copy(imports, default=default)

    @classmethod
    def check_modification(cls, mode, imports, values=None, external=False):
        super().check_modification(
            mode, imports, values=values, external=external)
        if mode == 'delete':
            for import_ in imports:
                if import_.state == 'done' or import_.progress:
                    raise AccessError(gettext(
                            'coop_member.msg_import_delete',
                            import_=import_.rec_name))

    def files(self):
        "Return [(kind, name, bytes)] of the files given"
        return [
            (kind, name, bytes(data)) for kind, name, data in [
                ('members', self.members_file_name, self.members_file),
                ('movements', self.movements_file_name, self.movements_file),
                ] if data]

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if field_names is None or field_names & self._hashed:
            if (hash_ := self.make_hash()) != getattr(self, 'hash', None):
                values['hash'] = hash_
        return values

    def make_hash(self):
        "Return the hash of the files and of the choices"
        digest = hashlib.sha256()
        for kind, _, data in self.files():
            digest.update(f'{kind} {len(data)}\n'.encode() + data)
        for record in [
                self.default_category, self.default_class,
                self.money_account]:
            digest.update(f'{record.id if record else None}\n'.encode())
        digest.update(str(bool(self.skip_bad)).encode())
        # only then, as imports interrupted before the field go on
        if self.accounting_start:
            digest.update(f'\n{self.accounting_start}'.encode())
        return digest.hexdigest()

    def history_end(self):
        "Return the date before which the movements post nothing, or None"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Move = pool.get('account.move')
        if Configuration(1).get_multivalue(
                'opening_move', company=self.company.id):
            return None
        return Move._history_end(self.company) or self.accounting_start

    def plan(self):
        """Return the importer's Plan of the files.

        :raises ImportFileError: when a file can not be read
        """
        files = self.files()
        if not files:
            raise ImportFileError(gettext(
                    'coop_member.msg_import_no_file',
                    import_=self.rec_name))
        try:
            sheets = planning.read_sheets(reading.read(files))
        except reading.ReadError as error:
            raise ImportFileError(import_bad.explain(
                    planning.unreadable(error)))
        category, class_ = self.default_category, self.default_class
        plan = planning.make(
            sheets,
            known(
                self.company, planning.named(sheets), self.history_end()),
            category.code if category else None,
            class_.code if class_ else None)
        if self.accounting_start:
            plan.problems += opening.start_problems(
                self.company, self.accounting_start)
        plan.problems += import_write.posting_problems(self, plan)
        return plan

    @classmethod
    @ModelView.button
    def check_files(cls, imports):
        "Check the files whole, and stage what is new when nothing hinders"
        Slice = Pool().get('coop.import.slice')
        validated = []
        for import_ in imports:
            with Transaction().set_context(company=import_.company.id):
                plan = import_.plan()
                import_.set_report(plan)
                hindered = plan.problems and (
                    not import_.skip_bad
                    or any(p.line is None or p.line == 1
                        for p in plan.problems))
                if not hindered:
                    Slice.stage(import_, plan)
                    validated.append(import_)
        cls.save(imports)
        cls.validated(validated)

    def set_report(self, plan):
        "Set what validating found"
        self.problems = import_bad.explain_all(plan.problems) or None
        self.warnings = import_bad.explain_all(plan.warnings) or None
        self.member_count = len(plan.members)
        self.movement_count = sum(len(o.entries) for o in plan.operations)
        self.bad_count = len(plan.bad)
        self.bad_file = import_bad.workbook(plan) if plan.bad else None

    @classmethod
    @Workflow.transition('validated')
    def validated(cls, imports):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, imports):
        Slice = Pool().get('coop.import.slice')
        Slice.delete([s for i in imports for s in i.slices])

    @classmethod
    @ModelView.button
    def process(cls, imports):
        "Write the slices one after another, each in its own transaction"
        for import_ in imports:
            cls.__queue__.process_all([import_])

    @classmethod
    def process_all(cls, imports):
        cls.process_slice(imports)
        if remaining := [i for i in imports if i.state == 'validated']:
            cls.__queue__.process_all(remaining)

    @classmethod
    @ModelView.button
    def process_slice(cls, imports):
        "Write the next slice that is not written yet"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        Slice = pool.get('coop.import.slice')
        # First, so that no snapshot is older than the locks
        Event.lock()
        Movement.lock()
        done = []
        for import_ in imports:
            # Old members are not welcomed anew (see the wizard of login.py)
            # and the warnings of the plan are not raised again.
            with Transaction().set_context(
                    company=import_.company.id, coop_welcome=False,
                    _skip_warnings=True):
                slices = Slice.search([
                        ('import_', '=', import_.id),
                        ('done', '=', False),
                        ], order=[('number', 'ASC')], limit=2)
                if slices:
                    if start := import_.accounting_start:
                        opening.set_start(import_.company, start)
                    slices[0].write_()
                if len(slices) < 2:
                    import_write.follow_numbers(import_)
                    done.append(import_)
        cls.finished(done)

    @classmethod
    @Workflow.transition('done')
    def finished(cls, imports):
        pass


class ImportSlice(ModelSQL, ModelView):
    __name__ = 'coop.import.slice'
    import_ = fields.Many2One(
        'coop.import', "Import", required=True, readonly=True,
        ondelete='CASCADE')
    number = fields.Integer("Number", required=True, readonly=True)
    kind = fields.Selection([
            ('members', "Members"),
            ('movements', "Movements"),
            ('departures', "Departures"),
            ], "Kind", required=True, readonly=True, sort=False)
    count = fields.Integer("Rows", required=True, readonly=True)
    data = fields.Text("Data", required=True, readonly=True)
    done = fields.Boolean("Done", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('import_number_unique', Unique(t, t.import_, t.number),
                'coop_member.msg_import_slice_unique'))
        cls._order = [
            ('import_', 'DESC'), ('number', 'ASC'), ('id', 'ASC')]
        cls.__access__.add('import_')

    @classmethod
    def default_done(cls):
        return False

    @classmethod
    def done_fractions(cls, imports):
        "Return {import id: fraction of the slices written}"
        slice_ = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*import_write.count_done(slice_, imports))
        return {
            import_: done / total for import_, done, total in cursor}

    @classmethod
    def stage(cls, import_, plan):
        "Create the slices of a plan"
        parts = [
            ('members', [planning.member_values(*m) for m in slice_])
            for slice_ in plan.member_slices()]
        parts += [
            ('movements', [planning.operation_values(o) for o in slice_])
            for slice_ in plan.movement_slices()]
        if plan.departures:
            parts.append(('departures', plan.departures))
        parts += plan.others
        for number, (kind, values) in enumerate(parts, 1):
            cls.create([{
                        'import_': import_.id,
                        'number': number,
                        'kind': kind,
                        'count': len(values),
                        'data': json.dumps(
                            values, cls=JSONEncoder, separators=(',', ':')),
                        }])

    def values(self):
        "Return what is staged"
        return json.loads(self.data, object_hook=JSONDecoder())

    @classmethod
    def _writers(cls):
        "Return {kind: function(import, values)}"
        return {
            'members': import_write.write_members,
            'movements': import_write.write_movements,
            'departures': import_write.write_departures,
            }

    def write_(self):
        "Write what is staged and not in the database yet"
        self._writers()[self.kind](self.import_, self.values())
        self.done = True
        self.save()


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints.append(
            ('company_reference_unique', Unique(t, t.company, t.reference),
                'coop_member.msg_movement_reference_unique'))
