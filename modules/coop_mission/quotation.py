# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a client is asked to sign: prices of members, named to the client"
import datetime as dt
from decimal import Decimal

from sql import Null

from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import NumberedMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.coop_member.tools import any_of
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from . import price
from .exceptions import QuotationError

_draft = {'readonly': Eval('state') != 'draft'}
_unsigned = {'readonly': ~Eval('state').in_(['draft', 'sent'])}
# What is promised by it: its offers can not be withdrawn
PROMISED = ['sent', 'signed']


def _amount(name, help=""):
    return fields.Function(Monetary(
            name, currency='currency', digits='currency', help=help),
        'get_amounts')


def _rate(name):
    return fields.Numeric(name, digits=(16, 4), readonly=True)


class Quotation(
        NumberedMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.quotation'
    _error = QuotationError
    _messages = 'coop_mission.msg_quotation'
    _muted = ['refused', 'cancelled']
    _sequence = 'quotation_sequence'
    _file_fields = {'signed_file': 'signed_file_name'}
    demand = fields.Many2One(
        'coop.demand', "Demand", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    amends = fields.Many2One(
        'coop.mission.quotation', "Amendment of", ondelete='RESTRICT',
        domain=[
            ('demand', '=', Eval('demand', -1)),
            ('state', '=', 'signed'),
            ('amends', '=', None),
            ], states=_draft,
        help="The contract to which it adds.")
    client_name = fields.Function(
        fields.Char("Client"), 'get_client_name',
        searcher='search_client_name')
    title = fields.Char("Title", required=True, states=_draft)
    date = fields.Date("Date", required=True, states=_draft)
    valid_until = fields.Date(
        "Valid until", required=True, states=_unsigned,
        domain=[('valid_until', '>=', Eval('date', None))])
    lines = fields.One2Many(
        'coop.mission.quotation.line', 'quotation', "Members",
        states=_draft)
    contribution_rate = _rate("Contribution Rate")
    referral_rate = _rate("Referral Rate")
    deposit_rate = _rate("Deposit Rate")
    members_amount = _amount("Members")
    contribution = _amount("Contribution")
    referral = _amount("Referral Share")
    amount = _amount("Price", "Of the client, without tax.")
    deposit = _amount("Deposit", "Paid at the signature, without tax.")
    payment_days = fields.Integer(
        "Payment within Days", required=True, states=_draft,
        domain=[
            ('payment_days', '>=', 0),
            ('payment_days', '<=', 60),
            ],
        help="From the invoice, 60 at most (C. com. L441-10).")
    terms = fields.Text("Terms", states=_draft)
    accepts_members = fields.Boolean(
        "Members Accepted", states=_unsigned,
        help="The client accepts the members named as subcontractors and "
        "agrees to how they are paid (law 75-1334, art. 3).")
    signed_on = fields.Date(
        "Signed on", states={
            **_unsigned, 'required': Eval('state') == 'signed'},
        domain=['OR',
            ('signed_on', '=', None),
            ('signed_on', '>=', Eval('date', None)),
            ])
    signed_file = fields.Binary(
        "Signed Document", filename='signed_file_name',
        file_id='signed_file_id', store_prefix='coop_quotation',
        states=_unsigned)
    signed_file_id = fields.Char("File ID", readonly=True)
    signed_file_name = fields.Char("File Name", states={
            **_unsigned, 'required': Bool(Eval('signed_file'))})
    signed_by = fields.Many2One(
        'res.user', "Recorded by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('signed_by')})
    state = fields.Selection([
            ('draft', "Draft"),
            ('sent', "Sent"),
            ('signed', "Signed"),
            ('refused', "Refused"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.demand, Index.Equality())),
                Index(t, (t.amends, Index.Equality()),
                    where=t.amends != Null),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions |= {
            ('draft', 'sent'),
            ('sent', 'draft'),
            ('sent', 'signed'),
            ('sent', 'refused'),
            ('signed', 'cancelled'),
            }
        cls._buttons.update({
                'send': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'draft': {
                    'invisible': Eval('state') != 'sent',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'refuse': {
                    'invisible': Eval('state') != 'sent',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_demand(cls):
        context = Transaction().context
        if context.get('active_model') == 'coop.demand':
            return context.get('active_id')

    @classmethod
    def default_payment_days(cls):
        return 30

    @classmethod
    def default_terms(cls):
        Configuration = Pool().get('coop.configuration')
        company = cls.default_company()
        if company:
            return Configuration(1).get_multivalue(
                'mission_terms', company=company)

    @classmethod
    def default_valid_until(cls):
        date = cls.default_date()
        return date + dt.timedelta(30) if date else None

    @fields.depends('demand', 'title', 'lines', 'amends')
    def on_change_demand(self):
        Line = Pool().get('coop.mission.quotation.line')
        if not self.demand:
            return
        self.title = self.title or self.demand.title
        if not self.lines and not self.amends:
            self.lines = [
                Line.of_offer(o) for o in self.demand.offers
                if o.state == 'accepted']

    @classmethod
    def get_client_name(cls, quotations, name):
        return {
            q.id: q.demand.client.name if q.demand.client else None
            for q in quotations}

    @classmethod
    def search_client_name(cls, name, clause):
        return [('demand.client.rec_name', *clause[1:])]

    @property
    def party(self):
        "To whom the letter goes"
        return self.demand.client

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'number', 'title', 'demand.client.rec_name')

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.title]))

    @classmethod
    def get_amounts(cls, quotations, names):
        result = {name: {} for name in names}
        rates = cls._rates(quotations)
        for quotation in quotations:
            made = quotation.split(rates)
            values = {
                'members_amount': made.members,
                'contribution': made.contribution,
                'referral': made.referral, 'amount': made.total,
                'deposit': price.round_(
                    made.total * quotation._fraction('deposit', rates),
                    quotation._unit),
                }
            for name in names:
                result[name][quotation.id] = values[name]
        return result

    @property
    def _unit(self):
        return Decimal(1).scaleb(-self.currency.digits)

    def _fraction(self, name, rates=None):
        "The rate that was fixed when it was sent, or that of its date"
        fixed = getattr(self, f'{name}_rate')
        if fixed is not None:
            return fixed
        if rates is None:
            rates = self._rates([self])
        return next((
                getattr(rate, name) for rate in rates
                if rate.company == self.company and rate.date <= self.date),
            Decimal(0))

    @staticmethod
    def _rates(quotations):
        "Return the rates that drafts may need, the latest first"
        Rate = Pool().get('coop.mission.rate')
        if all(q.contribution_rate is not None for q in quotations):
            return []
        return Rate.search([
                ('company', 'in', list({q.company.id for q in quotations})),
                ], order=[('date', 'DESC')])

    def split(self, rates=None):
        "Return the price.Split"
        referral = (
            self._fraction('referral', rates) if self.demand.referrer else 0)
        return price.split(
            sum((line.amount or 0 for line in self.lines), Decimal(0)),
            self._fraction('contribution', rates), referral, self._unit)

    def client_lines(self):
        "Return [(line, what the client pays for it)]"
        lines = list(self.lines)
        return list(zip(lines, price.shares(
                    self.split().total, [line.amount for line in lines],
                    self._unit)))

    @classmethod
    def copy(cls, quotations, default=None):
        default = default.copy() if default else {}
        for name in [
                'contribution_rate', 'referral_rate', 'deposit_rate',
                'accepts_members', 'signed_on', 'signed_file',
                'signed_file_id', 'signed_file_name', 'signed_by']:
            default.setdefault(name)
        return super().copy(quotations, default=default)

    def _may_write(self, values):
        allowed = set()
        if self.state == 'draft':
            return not (values.keys() & {
                    'contribution_rate', 'referral_rate', 'deposit_rate'})
        elif self.state == 'sent':
            allowed = {
                'valid_until', 'accepts_members', 'signed_on', 'signed_file',
                'signed_file_id', 'signed_file_name'}
        return not (values.keys() - allowed)

    @classmethod
    @ModelView.button
    @Workflow.transition('sent')
    def send(cls, quotations):
        """Fix the price by the rates of its date.

        :raises QuotationError: when no member has accepted
        """
        Demand = Pool().get('coop.demand')
        Rate = Pool().get('coop.mission.rate')
        for quotation in quotations:
            quotation._check_send()
            rate = Rate.get(quotation.company, quotation.date)
            quotation.contribution_rate = rate.contribution
            quotation.referral_rate = rate.referral
            quotation.deposit_rate = rate.deposit
        cls.set_number(quotations)
        Demand.quote([
                q.demand for q in quotations if q.demand.state == 'matching'])

    def _check_send(self):
        if self.demand.state not in {'matching', 'quoted'} and not (
                self.amends and self.demand.state == 'won'):
            self._raise('demand', demand=self.demand.rec_name)
        if not self.lines:
            self._raise('lines')
        for line in self.lines:
            if line.offer.state != 'accepted' or (
                    line.offer.demand != self.demand):
                self._raise('offer', offer=line.offer.rec_name)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, quotations):
        "Correct it: the rates are those of its date again"
        cls.write(quotations, dict.fromkeys([
                    'contribution_rate', 'referral_rate', 'deposit_rate']))
        cls._not_quoted(quotations)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, quotations):
        cls._not_quoted(quotations)

    @classmethod
    def _not_quoted(cls, quotations):
        "Look again for members of demands that have nothing before them"
        Demand = Pool().get('coop.demand')
        Demand.match_again([
                d for d in {q.demand for q in quotations}
                if d.state == 'quoted' and not cls.search([
                        ('demand', '=', d.id),
                        ('state', 'in', PROMISED),
                        ('id', 'not in', [q.id for q in quotations]),
                        ], limit=1)])


class QuotationLine(ModelSQL, ModelView):
    __name__ = 'coop.mission.quotation.line'
    quotation = fields.Many2One(
        'coop.mission.quotation', "Quotation", required=True,
        ondelete='CASCADE', states={'readonly': Eval('id', -1) >= 0})
    demand = fields.Function(
        fields.Many2One('coop.demand', "Demand"), 'on_change_with_demand')
    offer = fields.Many2One(
        'coop.mission.offer', "Offer", required=True, ondelete='RESTRICT',
        domain=[
            ('demand', '=', Eval('demand', -1)),
            ('state', '=', 'accepted'),
            ])
    member = fields.Function(
        fields.Many2One('coop.member', "Member"), 'on_change_with_member')
    description = fields.Char("Service", required=True)
    amount = fields.Function(Monetary(
            "Price of the Member", currency='currency', digits='currency',
            help="That at which the member has accepted."),
        'on_change_with_amount')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('quotation')
        cls._sql_constraints.append(
            ('offer_unique', Unique(t, t.quotation, t.offer),
                'coop_mission.msg_quotation_offer_unique'))
        cls._sql_indexes.add(Index(t, (t.offer, Index.Equality())))

    @classmethod
    def of_offer(cls, offer):
        "Return the unsaved line of an offer, with all that is shown of it"
        line = cls(offer=offer, description=offer.title)
        line.demand = offer.demand
        line.member = line.on_change_with_member()
        line.amount = line.on_change_with_amount()
        line.currency = offer.currency
        return line

    @fields.depends('quotation', '_parent_quotation.demand')
    def on_change_with_demand(self, name=None):
        return self.quotation.demand if self.quotation else None

    @fields.depends('offer')
    def on_change_with_member(self, name=None):
        return self.offer.member if self.offer else None

    @fields.depends('offer')
    def on_change_with_amount(self, name=None):
        return self.offer.agreed_price if self.offer else None

    @fields.depends('quotation', '_parent_quotation.company')
    def on_change_with_currency(self, name=None):
        if self.quotation and self.quotation.company:
            return self.quotation.company.currency

    @fields.depends('offer', 'description')
    def on_change_offer(self):
        if self.offer and not self.description:
            self.description = self.offer.title

    def get_rec_name(self, name):
        return f"{self.quotation.rec_name} - {self.offer.rec_name}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'quotation.rec_name', 'offer.rec_name')

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        if external and mode != 'create':
            check_seen(lines)
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            for line in lines:
                if line.quotation.state != 'draft':
                    line.quotation._raise('fixed')
