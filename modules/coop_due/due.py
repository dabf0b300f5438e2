# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What was called of members, as they and the office read it"
from sql.conditionals import Coalesce

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CurrencyMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If


class Due(CurrencyMixin, ModelSQL, ModelView):
    __name__ = 'coop.due'
    company = fields.Many2One('company.company', "Company")
    member = fields.Many2One('coop.member', "Member")
    name = fields.Char("Dues")
    kind = fields.Selection([
            ('call', "Call"),
            ('adjustment', "Adjustment"),
            ('true_up', "True-Up"),
            ('waiver', "Waiver"),
            ], "Kind", sort=False)
    date = fields.Date("Date")
    start = fields.Date("Owed from")
    end = fields.Date("Owed to")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="Without tax.")
    invoice = fields.Char("Invoice")
    state = fields.Selection([
            ('posted', "To Pay"),
            ('paid', "Paid"),
            ('cancelled', "Cancelled"),
            ], "State", sort=False)
    explanation = fields.Text("Why This Amount")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Consumption = pool.get('sale.subscription.line.consumption')
        Line = pool.get('sale.subscription.line')
        Subscription = pool.get('sale.subscription')
        InvoiceLine = pool.get('account.invoice.line')
        Invoice = pool.get('account.invoice')
        consumption, line = Consumption.__table__(), Line.__table__()
        subscription = Subscription.__table__()
        invoice_line, invoice = InvoiceLine.__table__(), Invoice.__table__()
        return consumption.join(line,
            condition=consumption.line == line.id
            ).join(subscription,
            condition=line.subscription == subscription.id
            ).join(invoice_line,
            condition=consumption.invoice_line == invoice_line.id
            ).join(invoice,
            condition=invoice_line.invoice == invoice.id
            ).select(
                consumption.id.as_('id'),
                subscription.company.as_('company'),
                subscription.member.as_('member'),
                Coalesce(line.description, '').as_('name'),
                consumption.due_kind.as_('kind'),
                consumption.date.as_('date'),
                consumption.due_from.as_('start'),
                consumption.due_to.as_('end'),
                consumption.due_amount.as_('amount'),
                Coalesce(invoice.number, '').as_('invoice'),
                invoice.state.as_('state'),
                consumption.due_explanation.as_('explanation'),
                where=consumption.due_kind.in_(
                    ['call', 'adjustment', 'true_up', 'waiver']))

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f"{self.name} {lang.strftime(self.start)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name', 'invoice')

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'cancelled', 'muted', '')),
            ]
