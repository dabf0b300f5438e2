# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The work and the costs of an express job"
from decimal import Decimal

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import without_check_access

from .performed import price, unit_of
from .work import DraftPartMixin, child_of


class PartMixin(DraftPartMixin):
    "A part of an express job, that is changed as long as it is a draft"
    __slots__ = ()
    _whole = 'express'
    express = child_of('coop.mission.express', "Express Job")
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    description = fields.Char("Description", required=True)
    quantity = fields.Numeric(
        "Quantity", digits=(16, 2), required=True,
        domain=[('quantity', '>', 0)])
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')

    @classmethod
    def default_quantity(cls):
        return Decimal(1)

    @fields.depends('express', '_parent_express.company')
    def on_change_with_company(self, name=None):
        return self.express.company if self.express else None

    @fields.depends('express', '_parent_express.company')
    def on_change_with_currency(self, name=None):
        if self.express and self.express.company:
            return self.express.company.currency

    @fields.depends('quantity', 'unit_price', 'currency')
    def on_change_with_amount(self, name=None):
        if None not in {self.quantity, self.unit_price}:
            return price(
                self.quantity, self.unit_price, unit_of(self.currency))


class ExpressLine(PartMixin, ModelSQL, ModelView):
    __name__ = 'coop.mission.express.line'
    service = fields.Many2One(
        'coop.service', "Service", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Of the price list; empty for anything else.")
    unit_price = Monetary(
        "Unit Price", currency='currency', digits='currency', required=True,
        domain=[('unit_price', '>=', 0)],
        states={'readonly': Bool(Eval('service'))},
        help="Of the member, without tax: by the price list, or as agreed "
        "with the client.")

    @fields.depends('service', 'description', 'unit_price')
    def on_change_service(self):
        if self.service:
            self.description = self.service.name
            self.unit_price = self.service.price

    def compute_fields(self, field_names=None):
        "The price of the list is not written by hand"
        values = super().compute_fields(field_names=field_names)
        if (self.service and self.unit_price != self.service.price
                and self.express.state == 'draft'):
            values['unit_price'] = self.service.price
        return values

    def reported(self, date):
        """Return the unsaved line of a work report that says the same.

        :param date: of the work
        """
        Line = Pool().get('coop.mission.report.line')
        return Line(
            date=date, description=self.description, service=self.service,
            quantity=self.quantity, unit_price=self.unit_price)


class ExpressCost(PartMixin, FileMixin, ModelSQL, ModelView):
    "What the client pays back as it is: the member bills it without more"
    __name__ = 'coop.mission.express.cost'
    _file_fields = {'receipt': 'receipt_name'}
    kind = fields.Selection([
            ('cost', "Cost"),
            ('kilometre', "Kilometres"),
            ], "Kind", required=True, sort=False)
    unit_price = Monetary(
        "Unit Price", currency='currency', digits=(16, 4), required=True,
        domain=[('unit_price', '>=', 0)],
        help="Without tax: the VAT of the receipt is not billed again.")
    receipt = fields.Binary(
        "Receipt", filename='receipt_name', file_id='receipt_id',
        store_prefix='coop_report')
    receipt_id = fields.Char("File ID", readonly=True)
    receipt_name = fields.Char("File Name")

    @classmethod
    def default_kind(cls):
        return 'cost'

    @fields.depends('kind', 'company', 'unit_price')
    def on_change_kind(self):
        "Kilometres are paid at the cooperative's price"
        if self.kind == 'kilometre' and self.company:
            # A member reads nothing of the configuration
            with without_check_access():
                self.unit_price = Pool().get(
                    'coop.configuration')(1).get_multivalue(
                    'kilometre_price', company=self.company.id)

    def reported(self, date):
        """Return the unsaved cost of a work report that says the same.

        :param date: of the work
        """
        Cost = Pool().get('coop.mission.report.cost')
        return Cost(
            kind=self.kind, date=date, description=self.description,
            quantity=self.quantity, unit_price=self.unit_price,
            receipt=self.receipt, receipt_name=self.receipt_name)
