# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a mission makes due: to members, to who brought it, by the client.

Each settlement splits what was accepted of a mission, once: a row of the
mission (its origin) is settled by one line and no other. All is without tax;
the bill of each member takes their own VAT, the client's invoice the
cooperative's.
"""
from collections import defaultdict

from sql import Null
from sql.aggregate import Sum
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import (
    Exclude, Index, ModelSQL, ModelView, Workflow, fields)
from trytond.modules.coop_due.tools import typed
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import identity
from .exceptions import ReferralError, SettlementError

_draft = {'readonly': Eval('state') != 'draft'}
MODES = [
    ('margin', "Margin Kept"),
    ('invoice', "Invoice to the Member"),
    ]
KINDS = [
    ('work', "Work"),
    ('cost', "Cost"),
    ('contribution', "Contribution"),
    ('referral', "Referral"),
    ('true_up', "True-Up"),
    ('credit', "Credit"),
    ]
# What members are owed, thus what their bills are made of
BILLED = ['work', 'cost', 'referral', 'true_up', 'credit']
# The amounts that lines have for the member and the client
AMOUNTS = {
    'members_amount': (BILLED, 'amount'),
    'contribution': (None, 'contribution'),
    'client_amount': (None, 'client_amount'),
    }


def _amount(name):
    return fields.Function(Monetary(
            name, currency='currency', digits='currency'), 'get_amounts')


class Settlement(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.settlement'
    _error = SettlementError
    _messages = 'coop_settlement.msg_settlement'
    mission = fields.Many2One(
        'coop.mission', "Mission", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    client = fields.Function(
        fields.Many2One(
            'party.party', "Client",
            context={'company': Eval('company', -1)}, depends={'company'}),
        'on_change_with_client', searcher='search_client')
    date = fields.Date("Date of Service", required=True, states=_draft)
    mode = fields.Selection(
        MODES, "Contribution", required=True, readonly=True, sort=False,
        help="How the cooperative takes its contribution: never both.")
    description = fields.Char("Description")
    lines = fields.One2Many(
        'coop.settlement.line', 'settlement', "Lines", readonly=True)
    members_amount = _amount("Members")
    contribution = _amount("Contribution")
    client_amount = _amount("Price of the Client")
    problem = fields.Function(
        fields.Char("Blocked by", states={'invisible': ~Eval('problem')}),
        'on_change_with_problem')
    state = fields.Selection([
            ('draft', "Draft"),
            ('confirmed', "Confirmed"),
            ('invoiced', "Invoiced"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.mission, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions |= {
            ('draft', 'confirmed'),
            ('confirmed', 'invoiced'),
            ('invoiced', 'confirmed'),
            ('draft', 'cancelled'),
            ('confirmed', 'cancelled'),
            }
        cls._buttons.update({
                'confirm': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'confirmed']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_mode(cls):
        return 'margin'

    @fields.depends('mission', '_parent_mission.client')
    def on_change_with_client(self, name=None):
        return self.mission.client if self.mission else None

    @classmethod
    def search_client(cls, name, clause):
        nested = clause[0][len(name):]
        return [('mission.client' + nested, *clause[1:])]

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        title = self.mission.rec_name if self.mission else self.description
        return f"{title or ''} - {lang.strftime(self.date)}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'mission.rec_name', 'description')

    @classmethod
    def get_amounts(cls, settlements, names):
        Line = Pool().get('coop.settlement.line')
        line = Line.__table__()
        cursor = Transaction().connection.cursor()
        result = {}
        for name in names:
            kinds, column = AMOUNTS[name]
            where = fields.SQL_OPERATORS['in'](
                line.settlement, [s.id for s in settlements])
            if kinds:
                where &= line.kind.in_(kinds)
            query = line.select(
                line.settlement.as_('settlement'),
                Sum(getattr(line, column)).as_('amount'),
                where=where, group_by=[line.settlement])
            cursor.execute(*typed(query, [None, 'NUMERIC']))
            sums = dict(cursor)
            result[name] = {
                s.id: s.currency.round(sums.get(s.id) or 0)
                for s in settlements}
        return result

    @fields.depends('lines', 'state')
    def on_change_with_problem(self, name=None):
        if self.state != 'draft':
            return None
        for line in self.lines or []:
            if line.kind == 'referral' and line.member and (
                    not line.business_number):
                return gettext(
                    'coop_settlement.msg_settlement_referral',
                    member=line.member.rec_name)

    @classmethod
    def copy(cls, settlements, default=None):
        default = default.copy() if default else {}
        default.setdefault('lines')
        return super().copy(settlements, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, settlements):
        """Take what is settled as due.

        :raises ReferralError: when who brought the work has no business
            number: a commission is the service of a business (CGI 256 A)
        """
        for settlement in settlements:
            if problem := settlement.on_change_with_problem():
                raise ReferralError(problem)
        cls.write(settlements, {'state': 'confirmed'})
        cls.confirmed(settlements)

    @classmethod
    def raise_missing(cls, name):
        "Refuse what an account that is not chosen is needed for"
        Configuration = Pool().get('coop.configuration')
        raise cls._error(gettext(
                'coop_settlement.msg_settlement_missing',
                **Configuration.__names__(name)))

    @classmethod
    def confirmed(cls, settlements):
        "Called with settlements that are due from now on: bills extend it"

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, settlements):
        """Take what was settled back: its rows can be settled again.

        :raises SettlementError: when a client or a member has a paper of it
        """
        Line = Pool().get('coop.settlement.line')
        lines = [l for s in settlements for l in s.lines]
        for line in lines:
            line.check_cancel()
        Line.write(lines, {'origin': None})


class Line(ModelSQL, ModelView):
    __name__ = 'coop.settlement.line'
    settlement = fields.Many2One(
        'coop.settlement', "Settlement", required=True, ondelete='CASCADE')
    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='RESTRICT')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    kind = fields.Selection(KINDS, "Kind", required=True, sort=False)
    kind_string = kind.translated('kind')
    member = fields.Many2One(
        'coop.member', "Member", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Empty for what the cooperative keeps.")
    date = fields.Date("Date of Service", required=True)
    description = fields.Char("Description")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        help="Of the member, without tax.")
    client_amount = Monetary(
        "Price of the Client", currency='currency', digits='currency',
        required=True, help="Without tax.")
    contribution = Monetary(
        "Contribution", currency='currency', digits='currency',
        required=True,
        help="Of the cooperative, in the price of the client.")
    referral = Monetary(
        "Referral Share", currency='currency', digits='currency',
        required=True, help="In the price of the client.")
    origin = fields.Reference("Origin", 'get_origins')
    salaried = fields.Boolean("Employee",
        help="Of an employee of the cooperative: shown in their statement, "
        "never billed.")
    third_party = fields.Boolean("Not a Member",
        help="Who worked was not a member at the date of service.")
    invoice_line = fields.Many2One(
        'account.invoice.line', "Line of the Client", ondelete='SET NULL')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._sql_constraints.append(
            ('origin_exclude', Exclude(
                    t, (t.origin, Equal), where=t.origin != Null),
                'coop_settlement.msg_settlement_origin'))
        cls._sql_indexes.update({
                Index(t, (t.settlement, Index.Equality())),
                Index(t, (t.member, Index.Equality()),
                    (t.date, Index.Range(order='DESC'))),
                Index(t, (t.invoice_line, Index.Equality()),
                    where=t.invoice_line != Null),
                })

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    def default_amount(cls):
        return 0

    default_client_amount = default_contribution = default_amount
    default_referral = default_amount

    @classmethod
    def default_salaried(cls):
        return False

    default_third_party = default_salaried

    @classmethod
    def _origins(cls):
        "Return the names of the models whose records are settled"
        return [
            'coop.mission.member',
            'coop.mission.report.line',
            'coop.mission.report.cost',
            ]

    @classmethod
    def get_origins(cls):
        IrModel = Pool().get('ir.model')
        return [(None, '')] + [
            (name, IrModel.get_name(name)) for name in cls._origins()]

    def get_rec_name(self, name):
        return ' - '.join(filter(None, [
                    self.member.rec_name if self.member else None,
                    self.description or self.kind_string]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name', 'description')

    @property
    def business_number(self):
        "Whether the member can write a bill for a commission"
        return bool(identity.business_number(self.member.party))

    @property
    def billable(self):
        "Whether the member is owed it by a bill"
        return self.kind in BILLED and bool(self.member) and (
            not self.salaried)

    def check_cancel(self):
        "Check that nobody has a paper of it; the bills extend it"
        if self.invoice_line and self.invoice_line.invoice.state not in {
                'draft', 'cancelled'}:
            self.settlement._raise(
                'invoiced', invoice=self.invoice_line.invoice.rec_name)

    @classmethod
    def settled(cls, origins):
        "Return the origins, as texts, that a line settles already"
        names = defaultdict(list)
        for origin in origins:
            names[origin.__name__].append(str(origin))
        found = set()
        for values in names.values():
            found |= {str(l.origin) for l in cls.search(
                    [('origin', 'in', values)])}
        return found
