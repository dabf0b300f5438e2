# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null
from sql.aggregate import Count, Sum

from trytond import backend
from trytond.model import ModelView, fields
from trytond.modules.coop_member.configuration import account_domain
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction, inactive_records
from trytond.wizard import Button, StateView

from .configuration import TEMPLATES

CHILDREN = ['coop_account_fr.4571', 'coop_account_fr.4572']
EXAMPLES = 5


class CreateChart(metaclass=PoolMeta):
    __name__ = 'account.create_chart'

    def transition_create_properties(self):
        Configuration = Pool().get('coop.configuration')
        result = super().transition_create_properties()
        Configuration.set_chart_accounts(self.properties.company)
        return result


class UpdateChart(metaclass=PoolMeta):
    __name__ = 'account.update_chart'
    blocked = StateView(
        'account.update_chart.blocked',
        'coop_account_fr.update_chart_blocked_view_form', [
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    @inactive_records
    def transition_update(self):
        """Update the chart, unless something stands in the way.

        An account takes a party on all its lines or on none: flags are not
        changed on an account that has lines, and nothing is half written.
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Obstacle = pool.get('account.update_chart.obstacle')
        root = self.start.account
        if Obstacle.find(root):
            return 'blocked'
        result = super().transition_update()
        Configuration.set_chart_accounts(root.company)
        return result

    @inactive_records
    def default_blocked(self, fields):
        Obstacle = Pool().get('account.update_chart.obstacle')
        return {'obstacles': Obstacle.find(self.start.account)}


class FrFEC(metaclass=PoolMeta):
    __name__ = 'account.fr.fec'

    def transition_generate(self):
        Pool().get('res.user').check_company(self.start.fiscalyear.company)
        return super().transition_generate()

    def get_row(self, line, format_date, format_number):
        "Fill EcritureLib, which is required, from the move if need be"
        row = super().get_row(line, format_date, format_number)
        label = self.get_header().index('EcritureLib')
        if row[label] == '-':
            row[label] = (
                line.move.description_used or self.get_reference(line) or '-')
        return row

    def get_reference(self, line):
        "Name the document: a date alone tells of many things"
        Move = Pool().get('account.move')
        origin = line.move.origin
        # What takes an entry back is of the same document
        while isinstance(origin, Move):
            origin = origin.origin
        return getattr(
            origin, 'piece_reference', None) or super().get_reference(line)

    def default_result(self, fields):
        "Name the file by the SIREN (LPF art. A47 A-1, X)"
        result = super().default_result(fields)
        # account_fr puts the name of the identifier's record
        siren = self.start.fiscalyear.company.party.siren
        if siren and result['filename']:
            result['filename'] = result['filename'].replace(
                str(siren), siren.code.replace(' ', ''), 1)
        return result


class UpdateChartBlocked(ModelView):
    __name__ = 'account.update_chart.blocked'
    obstacles = fields.One2Many(
        'account.update_chart.obstacle', None, "Obstacles", readonly=True)


class UpdateChartObstacle(ModelView):
    __name__ = 'account.update_chart.obstacle'
    account = fields.Many2One('account.account', "Account", readonly=True)
    reason = fields.Selection([
            ('party', "Lines without Party"),
            ('type', "Child Account of another Type"),
            ('code', "Code Already Used"),
            ('override', "Template Overridden"),
            ], "Reason", readonly=True, sort=False)
    lines = fields.Integer("Lines", readonly=True)
    currency = fields.Many2One('currency.currency', "Currency")
    balance = Monetary(
        "Balance", currency='currency', digits='currency', readonly=True)
    examples = fields.Char("For Example", readonly=True)

    @classmethod
    def find(cls, root):
        """Return the values of what stands in the way of updating a chart.

        :param root: the root account of the chart
        """
        return [
            {'currency': root.company.currency.id, **values}
            for values in [
                *cls._find_party(root), *cls._find_type(root),
                *cls._find_code(root), *cls._find_override(root)]]

    @classmethod
    def _accounts(cls, root, *domain):
        return Pool().get('account.account').search([
                ('parent', 'child_of', [root.id]),
                ('template', '!=', None),
                ('template_override', '=', False),
                *domain])

    @classmethod
    def _find_party(cls, root):
        "The lines without party on accounts that are going to require one"
        Line = Pool().get('account.move.line')
        accounts = cls._accounts(root,
            ('template.party_required', '=', True),
            ('party_required', '=', False))
        if not accounts:
            return
        line = Line.__table__()
        cursor = Transaction().connection.cursor()
        query = line.select(
            line.account.as_('account'), Count(line.id).as_('lines'),
            Sum(line.debit - line.credit).as_('balance'),
            where=fields.SQL_OPERATORS['in'](
                line.account, [a.id for a in accounts])
            & (line.party == Null),
            group_by=[line.account])
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None, None, 'NUMERIC'])
        cursor.execute(*query)
        sums = {account: values for account, *values in cursor}
        for account in accounts:
            if account.id not in sums:
                continue
            count, balance = sums[account.id]
            examples = Line.search([
                    ('account', '=', account.id),
                    ('party', '=', None),
                    ], order=[('date', 'ASC'), ('id', 'ASC')], limit=EXAMPLES)
            yield {
                'account': account.id,
                'reason': 'party',
                'lines': count,
                'balance': root.company.currency.round(balance),
                'examples': ', '.join(l.move.rec_name for l in examples),
                }

    @classmethod
    def _find_type(cls, root):
        "The children that would not follow the type of their parent"
        Account = Pool().get('account.account')
        children = Account.search([
                ('parent', 'child_of', [root.id]),
                ('type', '!=', None),
                ['OR',
                    ('template', '=', None),
                    ('template_override', '=', True),
                    ],
                ('parent.template.type', '!=', None),
                ('parent.template_override', '=', False),
                ])
        for child in children:
            parent = child.parent
            changes = (not parent.type
                or parent.type.template != parent.template.type)
            if changes and child.type.template != parent.template.type:
                yield {
                    'account': child.id,
                    'reason': 'type',
                    'examples': parent.rec_name,
                    }

    @classmethod
    def _children(cls):
        "Return the templates of the accounts that are ours alone"
        return CHILDREN

    @classmethod
    def _find_code(cls, root):
        "The accounts of the user's own that have the code of one of ours"
        pool = Pool()
        Account = pool.get('account.account')
        ModelData = pool.get('ir.model.data')
        Template = pool.get('account.account.template')
        if root.template != Template(ModelData.get_id('account_fr.root')):
            return
        templates = Template.browse(
            [ModelData.get_id(xml_id) for xml_id in cls._children()])
        codes = {t.code: t for t in templates}
        for account in Account.search([
                    ('company', '=', root.company.id),
                    ('code', 'in', list(codes)),
                    ]):
            if account.template != codes[account.code]:
                yield {
                    'account': account.id,
                    'reason': 'code',
                    'examples': codes[account.code].rec_name,
                    }

    @classmethod
    def _find_override(cls, root):
        """The accounts that the configuration needs and the update leaves.

        What overrides its template keeps its own values. That is in the way
        when they do not suit the role and no other account is chosen for it.
        """
        pool = Pool()
        Account = pool.get('account.account')
        Configuration = pool.get('coop.configuration')
        ModelData = pool.get('ir.model.data')
        company = root.company
        for role, xml_id in TEMPLATES.items():
            if Configuration(1).get_multivalue(
                    f'account_{role}', company=company.id):
                continue
            accounts = Account.search([
                    ('parent', 'child_of', [root.id]),
                    ('template', '=', ModelData.get_id(xml_id)),
                    ])
            suitable = Account.search([
                    ('id', 'in', [a.id for a in accounts]),
                    *account_domain(role, company.id)])
            for account in accounts:
                kept = account
                if not account.template_override:
                    kept = account.type
                    # The other accounts get types of ours
                    if role != 'receivable' or kept.receivable:
                        continue
                if kept.template_override and account not in suitable:
                    yield {
                        'account': account.id,
                        'reason': 'override',
                        'examples': kept.rec_name,
                        }
