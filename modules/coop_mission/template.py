# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Kinds of work that come again: what they ask for and what to check"
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.modules.coop_member.company import CompanyMixin

from .work import PRIORITIES, CheckMixin, RequiredMixin, child_of


class Template(DeactivableMixin, CompanyMixin, ModelSQL, ModelView):
    __name__ = 'coop.demand.template'
    name = fields.Char("Name", required=True)
    priority = fields.Selection(
        PRIORITIES, "Priority", required=True, sort=False)
    remote = fields.Boolean("Can be Done Remotely")
    description = fields.Text("Description")
    lines = fields.One2Many(
        'coop.demand.template.line', 'template', "Skills Required")
    checks = fields.One2Many(
        'coop.demand.template.check', 'template', "Checklist")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('name', 'ASC'), ('id', 'ASC')]

    @classmethod
    def default_priority(cls):
        return 'normal'


class TemplateLine(RequiredMixin, ModelSQL, ModelView):
    __name__ = 'coop.demand.template.line'
    template = child_of('coop.demand.template', "Template")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('template')


class TemplateCheck(CheckMixin, ModelSQL, ModelView):
    __name__ = 'coop.demand.template.check'
    template = child_of('coop.demand.template', "Template")
    on_report = fields.Boolean("On the Work Report",
        help="Checked when the work is done, not before it is proposed.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('template')
