# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The files of an import are dropped when they are no longer needed.

They name people: who is erased may not stay in them. The hash and the counts
stay, and prove which files they were.
"""
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Import(metaclass=PoolMeta):
    __name__ = 'coop.import'
    forgotten = fields.Boolean("Files Forgotten", readonly=True,
        states={'invisible': ~Eval('forgotten')})

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'forget': {
                    'invisible': ((Eval('state') != 'done')
                        | Eval('forgotten', False)),
                    'icon': 'tryton-clear',
                    'depends': ['state', 'forgotten'],
                    },
                })

    @classmethod
    def copy(cls, imports, default=None):
        default = default.copy() if default else {}
        default.setdefault('forgotten', False)
        return super().copy(imports, default=default)

    def make_hash(self):
        return self.hash if self.forgotten else super().make_hash()

    @classmethod
    @ModelView.button
    def forget(cls, imports):
        "Drop the files of imports that are done, and what was read in them"
        Slice = Pool().get('coop.import.slice')
        imports = [
            i for i in imports if i.state == 'done' and not i.forgotten]
        cls.write(imports, {
                **dict.fromkeys(cls._file_fields),
                'forgotten': True,
                'bad_file': None,
                'problems': None,
                'warnings': None,
                })
        Slice.write([s for i in imports for s in i.slices], {'data': '[]'})

    @classmethod
    def forget_member(cls, member):
        """Drop the files of the company when they brought a member.

        All of them, as an earlier file may have named it in a bad row.
        """
        imports = cls.search([
                ('company', '=', member.company.id), ('state', '=', 'done')])
        if any(
                member.number in slice_.numbers()
                for import_ in imports for slice_ in import_.slices):
            cls.forget(imports)


class ImportSlice(metaclass=PoolMeta):
    __name__ = 'coop.import.slice'

    def numbers(self):
        "Return the numbers of the members that it names"
        values = self.values()
        if self.kind == 'members':
            return {value['number'] for value in values}
        elif self.kind == 'movements':
            return {row['member'] for rows in values for row in rows}
        return {number for number, _ in values}
