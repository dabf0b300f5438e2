# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a work report consists of: work, checks, costs and files"
import datetime as dt
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import without_check_access

from .exceptions import ReportError
from .performed import Performed, hours, price, unit_of
from .work import CheckMixin, DraftPartMixin, child_of


class PartMixin(DraftPartMixin):
    "A part of a report, that is changed as long as the report may be"
    __slots__ = ()
    _whole = 'report'
    report = child_of('coop.mission.report', "Report")
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @fields.depends('report', '_parent_report.company')
    def on_change_with_currency(self, name=None):
        if self.report and self.report.company:
            return self.report.company.currency

    @classmethod
    def _refuse(cls, report):
        raise ReportError(gettext(
                'coop_mission.msg_report_parts', record=report.rec_name))

    @property
    def _unit(self):
        return unit_of(self.currency)


class ReportLine(PartMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.report.line'
    date = fields.Date("Date", required=True)
    description = fields.Char("Description", required=True)
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    service = fields.Many2One(
        'coop.service', "Service", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Of the price list; empty for work by the hour.")
    duration = fields.TimeDelta(
        "Duration",
        domain=['OR', ('duration', '=', None),
            ('duration', '>=', dt.timedelta())],
        states={'invisible': Bool(Eval('service'))})
    quantity = fields.Numeric(
        "Quantity", digits=(16, 2),
        domain=['OR', ('quantity', '=', None), ('quantity', '>', 0)],
        states={
            'invisible': ~Eval('service') & ~Eval('quantity'),
            'required': Bool(Eval('service')),
            })
    unit_price = Monetary(
        "Unit Price", currency='currency', digits='currency', readonly=True,
        help="Of the member, as agreed when the report was submitted.")
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency',
            help="Of the member, without tax; empty for a fixed price."),
        'get_amount')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_date(cls):
        return Pool().get('coop.mission.report').default_date()

    @fields.depends('report', '_parent_report.company')
    def on_change_with_company(self, name=None):
        return self.report.company if self.report else None

    @fields.depends('service', 'description', 'quantity')
    def on_change_service(self):
        if self.service:
            self.description = self.description or self.service.name
            self.quantity = self.quantity or Decimal(1)
            self.duration = None
        else:
            self.quantity = None

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        "A price is agreed, or of the price list: nobody writes one here"
        super().check_modification(
            mode, lines, values=values, external=external)
        if external and mode != 'delete':
            # Those of the records are still of before they are written
            written = values if mode == 'write' else {}
            for line in lines:
                quantity, service = (
                    written.get(name, getattr(line, name))
                    for name in ['quantity', 'service'])
                if quantity is not None and not service:
                    raise ReportError(gettext(
                            'coop_mission.msg_report_service',
                            line=line.description,
                            record=line.report.rec_name))
                elif 'unit_price' in written or (
                        mode == 'create' and line.unit_price is not None):
                    line.report._raise_document('fixed')

    @property
    def hours(self):
        "The hours of it, as a Decimal"
        return hours(self.duration) if self.duration else Decimal(0)

    def current_price(self):
        "Return the price of a unit now, or None for a fixed price"
        if self.report.mission.pricing == 'fixed':
            return None
        elif self.service:
            return self.service.price
        elif self.quantity is not None:
            return self.unit_price
        row = self.report.row
        return row.unit_price if row else None

    @classmethod
    def get_amount(cls, lines, name):
        return {line.id: line.priced() for line in lines}

    def priced(self):
        "Return the amount for the member, or None for a fixed price"
        unit_price = self.unit_price
        if unit_price is None:
            unit_price = self.current_price()
        if unit_price is not None:
            return price(
                self.hours if self.quantity is None else self.quantity,
                unit_price, self._unit)

    def performed(self):
        return Performed(
            self.report.member, self.date, self.description,
            self.amount or Decimal(0), 'work', self)

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default else {}
        default.setdefault('unit_price')
        return super().copy(lines, default=default)


class ReportCheck(PartMixin, CheckMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.report.check'
    done = fields.Boolean("Done")
    note = fields.Char("Note", help="Why it was not done, or what was found.")


class ReportCost(PartMixin, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.report.cost'
    _file_fields = {'receipt': 'receipt_name'}
    kind = fields.Selection([
            ('cost', "Cost"),
            ('kilometre', "Kilometres"),
            ], "Kind", required=True, sort=False)
    date = fields.Date("Date", required=True)
    description = fields.Char("Description", required=True)
    quantity = fields.Numeric(
        "Quantity", digits=(16, 2), required=True,
        domain=[('quantity', '>', 0)])
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=(16, 4), required=True,
        domain=[('unit_price', '>=', 0)],
        help="Without tax: the VAT of the receipt is not billed again.")
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')
    receipt = fields.Binary(
        "Receipt", filename='receipt_name', file_id='receipt_id',
        store_prefix='coop_report')
    receipt_id = fields.Char("File ID", readonly=True)
    receipt_name = fields.Char("File Name")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_kind(cls):
        return 'cost'

    @classmethod
    def default_date(cls):
        return Pool().get('coop.mission.report').default_date()

    @classmethod
    def default_quantity(cls):
        return Decimal(1)

    @fields.depends('kind', 'report', '_parent_report.company')
    def on_change_kind(self):
        "Kilometres are paid at the cooperative's price"
        Configuration = Pool().get('coop.configuration')
        if self.kind == 'kilometre' and self.report and self.report.company:
            # A member reads nothing of the configuration
            with without_check_access():
                self.unit_price = Configuration(1).get_multivalue(
                    'kilometre_price', company=self.report.company.id)

    @fields.depends('quantity', 'unit_price', 'currency')
    def on_change_with_amount(self, name=None):
        if None not in {self.quantity, self.unit_price}:
            return price(self.quantity, self.unit_price, self._unit)

    def performed(self):
        return Performed(
            self.report.member, self.date, self.description, self.amount,
            'cost', self)


class ReportFile(PartMixin, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.report.file'
    name = fields.Char("Name", required=True)
    file = fields.Binary(
        "File", filename='file_name', file_id='file_id',
        store_prefix='coop_report', required=True)
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char("File Name")

    @fields.depends('file_name', 'name')
    def on_change_file_name(self):
        self.name = self.name or self.file_name
