# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What the scenarios of coop_due share, through proteus"
import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard
from trytond.modules.account.tests.tools import create_tax
from trytond.modules.coop_member.tests.tools import admit_in_the_past as admit
from trytond.modules.coop_member.tests.tools import (
    create_category, create_mandate, create_sepa_journal, event)
from trytond.modules.coop_member.tests.tools import (
    create_cooperative as _create_cooperative)

from . import EXTRAS

__all__ = [
    'MODULES', 'admit', 'call', 'create_category', 'create_cooperative',
    'create_mandate', 'create_plan', 'create_sepa_journal', 'create_service',
    'event', 'the_year']

MODULES = ['coop_due', *EXTRAS]


def the_year():
    "Return the first day of last year: all of it has happened"
    return dt.date(dt.date.today().year - 1, 1, 1)


def create_cooperative(year, currency=None):
    "Create a company with the books of a year; return its accounts"
    return _create_cooperative(
        (year, year.replace(month=12, day=31)), currency=currency)


def create_service(accounts, name="Dues", rate=Decimal('.2')):
    "Return a service of which a tax is due"
    Category = Model.get('product.category')
    Service = Model.get('sale.subscription.service')
    Template = Model.get('product.template')
    Unit = Model.get('product.uom')
    tax = create_tax(rate)
    tax.save()
    category = Category(name=name, accounting=True)
    category.account_revenue = accounts['revenue']
    category.customer_taxes.append(tax)
    category.save()
    template = Template(name=name, type='service', list_price=Decimal(15))
    template.default_uom, = Unit.find([('name', '=', "Unit")])
    template.account_category = category
    template.save()
    product, = template.products
    if product.id < 0:
        product.save()
    service = Service(product=product)
    service.save()
    return service


def create_plan(category, service, start, amount=Decimal(15), **values):
    "Return a plan of dues of an amount a month"
    Plan = Model.get('coop.due.plan')
    plan = Plan(
        name="Dues", category=category, service=service, start_date=start)
    for name, value in values.items():
        setattr(plan, name, value)
    plan.rates.new(date=start, amount=amount)
    plan.save()
    return plan


def call(date):
    "Invoice the dues of the periods begun by a date"
    wizard = Wizard('coop.due.call')
    wizard.form.date = date
    wizard.form.invoice_date = date
    wizard.execute('call')
