# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from .file import FileMixin
from .tools import any_of


class Decision(FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.decision'
    company = fields.Many2One('company.company', "Company", required=True)
    number = fields.Char("Number", required=True,
        help="The number that the minutes give to it.")
    date = fields.Date("Date", required=True)
    body = fields.Selection([
            ('general_meeting', "General Meeting"),
            ('extraordinary_meeting', "Extraordinary General Meeting"),
            ('board', "Board"),
            ('management', "Management"),
            ], "Body", required=True, sort=False)
    title = fields.Char("Title", required=True)
    text = fields.Text("Text")
    file = fields.Binary(
        "File", filename='file_name',
        file_id='file_id', store_prefix='coop_decision')
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name", states={
            'required': Bool(Eval('file')),
            })

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Equality()), (t.date, Index.Range())))
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_body(cls):
        return 'board'

    def get_rec_name(self, name):
        return f"{self.number} - {self.title}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'title')
