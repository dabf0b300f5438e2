# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A small job from one form: client, work, signature, done.

It makes the client, unless the telephone number is known, an accepted mission
and its report. Private clients are told what the law wants them to know
before they sign (C. conso. L111-1, L221-5 and, away from a shop, L221-25).
"""
from decimal import Decimal

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.file import FileMixin
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.modules.coop_member.seen import check_seen
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import without_check_access

from . import price
from .exceptions import ExpressError
from .ownership import acts_for, is_office
from .performed import price as times
from .performed import unit_of

_draft = {'readonly': Eval('state') != 'draft'}
PHONES = ['phone', 'mobile']
# Those that tell a number apart, without the country's or a leading 0
DIGITS = 9


def _digits(phone):
    return ''.join(c for c in phone or '' if c.isdigit())[-DIGITS:]


class Express(DocumentMixin, FileMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.mission.express'
    _error = ExpressError
    _messages = 'coop_mission.msg_express'
    _file_fields = {'signature': 'signature_name'}
    date = fields.Date("Date", required=True, states=_draft)
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_draft)
    phone = fields.Char("Phone", required=True, states=_draft,
        help="By which the client is found, or made.")
    name = fields.Char("Client", required=True, states=_draft)
    street = fields.Char("Street", states=_draft)
    postal_code = fields.Char("Postal Code", states=_draft)
    city = fields.Char("City", states=_draft)
    email = fields.Char("E-mail", states=_draft)
    private = fields.Boolean("Private Client", states=_draft,
        help="Who does not buy for a trade.")
    at_once = fields.Boolean(
        "Asked for at Once", states={
            **_draft, 'invisible': ~Eval('private')},
        help="The client has asked that the work begins before the end of "
        "the 14 days of withdrawal (C. conso. L221-25).")
    mentions = fields.Text(
        "Told to the Client", states={
            **_draft, 'invisible': ~Eval('private')},
        help="What a private client must know: from the configuration.")
    lines = fields.One2Many(
        'coop.mission.express.line', 'express', "Work", states=_draft)
    members_amount = fields.Function(Monetary(
            "Price of the Member", currency='currency', digits='currency'),
        'get_amounts')
    amount = fields.Function(Monetary(
            "Price without Tax", currency='currency', digits='currency'),
        'get_amounts')
    total = fields.Function(Monetary(
            "To Pay", currency='currency', digits='currency',
            help="By the client, with VAT."), 'get_amounts')
    description = fields.Text("Notes", states=_draft)
    signature = fields.Binary(
        "Client's Signature", filename='signature_name',
        file_id='signature_id', store_prefix='coop_report', states=_draft)
    signature_id = fields.Char("File ID", readonly=True)
    signature_name = fields.Char("File Name", states=_draft)
    signed_by = fields.Char("Signed by", states={
            **_draft, 'required': Bool(Eval('signature'))})
    mission = fields.Many2One(
        'coop.mission', "Mission", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('mission')})
    may_finish = fields.Function(
        fields.Boolean("May Finish"), 'get_may_finish')
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.mission, Index.Equality())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._transitions.add(('draft', 'done'))
        cls._buttons.update({
                'finish': {
                    'invisible': (Eval('state') != 'draft')
                    | ~Eval('may_finish', False),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'may_finish'],
                    },
                })

    @classmethod
    def default_member(cls):
        members, _ = Pool().get('res.user').get_coop_members()
        if len(members) == 1:
            return members[0]

    @classmethod
    def default_private(cls):
        return True

    @classmethod
    def default_may_finish(cls):
        return True

    @classmethod
    def default_mentions(cls):
        company = cls.default_company()
        if company:
            # A member reads nothing of the configuration
            with without_check_access():
                return Pool().get('coop.configuration')(1).get_multivalue(
                    'express_mentions', company=company)

    @fields.depends('phone', 'name', 'street', 'postal_code', 'city')
    def on_change_phone(self):
        "The office sees who calls; a member is not told who has a number"
        client = self.find_client() if is_office() else None
        if client:
            self.name = client.name
            address = client.address_get()
            if address:
                self.street = self.street or address.street
                self.postal_code = self.postal_code or address.postal_code
                self.city = self.city or address.city

    @fields.depends('lines', 'date', 'company')
    def on_change_lines(self):
        "The client is told the price before signing"
        if self.company and self.date:
            for name, value in self._amounts().items():
                setattr(self, name, value)

    @classmethod
    def get_amounts(cls, jobs, names):
        result = {name: {} for name in names}
        rates = {}
        for job in jobs:
            values = job._amounts(rates)
            for name in names:
                result[name][job.id] = values[name]
        return result

    def _amounts(self, known=None):
        "Return what the member, the cooperative and the tax make together"
        unit = unit_of(self.company.currency)
        members = sum((
                times(line.quantity or 0, line.unit_price or 0, unit)
                for line in self.lines or []), Decimal(0))
        known = {} if known is None else known
        key = self.company, self.date
        if key not in known:
            known[key] = self._rates()
        rate = known[key]
        amount = price.split(
            members, rate.contribution if rate else 0, 0, unit).total
        return {
            'members_amount': members, 'amount': amount,
            'total': self._total(amount, rate)}

    def _total(self, amount, rate):
        Tax = Pool().get('account.tax')
        taxes = [rate.tax] if rate and rate.tax else []
        return amount + sum((
                self.company.currency.round(line['amount'])
                for line in Tax.compute(taxes, amount, 1, self.date)),
            Decimal(0))

    def _rates(self):
        "Return the rate in force, which a member does not read, or None"
        Rate = Pool().get('coop.mission.rate')
        with without_check_access():
            rates = Rate.search([
                    ('company', '=', self.company.id),
                    ('date', '<=', self.date),
                    ], order=[('date', 'DESC')], limit=1)
        return rates[0] if rates else None

    @classmethod
    def get_may_finish(cls, jobs, name):
        office = is_office()
        return {j.id: office or acts_for(j.member) for j in jobs}

    def get_rec_name(self, name):
        return f"{self.name} ({self.phone})"

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR', ('name', *clause[1:]), ('phone', *clause[1:])]

    @classmethod
    def copy(cls, jobs, default=None):
        default = default.copy() if default else {}
        for name in ['signature', 'signature_id', 'signature_name',
                'signed_by', 'mission']:
            default.setdefault(name)
        default.setdefault('date', cls.default_date())
        default.setdefault('at_once', False)
        return super().copy(jobs, default=default)

    def find_client(self):
        "Return the party that has the telephone number, or None"
        Mechanism = Pool().get('party.contact_mechanism')
        number = _digits(self.phone)
        if len(number) < DIGITS:
            return None
        with without_check_access():
            found = [
                m for m in Mechanism.search([
                        ('type', 'in', PHONES),
                        ('value_compact', 'like', '%' + '%'.join(number)),
                        ], order=[('id', 'ASC')])
                if _digits(m.value_compact) == number]
        return found[0].party if found else None

    def make_client(self):
        "Return a new party of what is written, with its address"
        pool = Pool()
        Party = pool.get('party.party')
        Address = pool.get('party.address')
        Mechanism = pool.get('party.contact_mechanism')
        party = Party(name=self.name, addresses=[Address(
                    street=self.street, postal_code=self.postal_code,
                    city=self.city)])
        party.contact_mechanisms = [
            Mechanism(type=type_, value=value)
            for type_, value in [
                ('phone', self.phone), ('email', self.email)] if value]
        party.save()
        return party

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def finish(cls, jobs):
        """Make the client, the accepted mission and its report.

        :raises ExpressError: which says what the client must still be told
        """
        # Two who finish the same job wait for each other
        cls.lock(jobs)
        jobs = [j for j in cls.browse(jobs) if j.state == 'draft']
        for job in jobs:
            job.check()
        for job in jobs:
            job.mission = job.make_mission(
                job.find_client() or job.make_client())
            job.state = 'done'
        cls.save(jobs)
        cls.finished(jobs)

    @classmethod
    def finished(cls, jobs):
        "Called with the jobs that were just finished"

    def check(self):
        """Check that it can be invoiced.

        :raises ExpressError: which says what to do
        """
        if not self.lines:
            self._raise('lines')
        if self.date > today(self.company.id):
            self._raise('future')
        if not self.signature and Pool().get('res.user').is_restricted():
            self._raise('signature')
        if self.private:
            for name in ['mentions', 'at_once', 'street', 'city']:
                if not getattr(self, name):
                    self._raise('private', **self.__names__(name))

    def make_mission(self, client):
        """Return the mission of the job, accepted, with its report.

        :param client: party.party
        """
        pool = Pool()
        Mission = pool.get('coop.mission')
        Rate = pool.get('coop.mission.rate')
        Report = pool.get('coop.mission.report')
        rate = Rate.get(self.company, self.date)
        mission = Mission(
            company=self.company, kind='client', client=client,
            date=self.date, title=self.lines[0].description,
            start_date=self.date, end_date=self.date, pricing='time',
            contribution_rate=rate.contribution, referral_rate=Decimal(0),
            tax=rate.tax, payment_days=0, description=self.description,
            place=self.city, contact_name=self.name,
            contact_phone=self.phone,
            members=[self._row()])
        mission.save()
        Mission.confirm([mission])
        report = self._report(mission)
        report.save()
        Report.submit([report])
        Mission.accept([Mission(mission.id)])
        return Mission(mission.id)

    def _row(self):
        "By finishing the job the member has agreed to it"
        Member = Pool().get('coop.mission.member')
        return Member(
            member=self.member, role='lead', unit_price=Decimal(0),
            state='confirmed')

    def _report(self, mission):
        pool = Pool()
        Line = pool.get('coop.mission.report.line')
        Report = pool.get('coop.mission.report')
        return Report(
            company=self.company, mission=mission, member=self.member,
            date=self.date, final=True, description=self.description,
            signature=self.signature, signature_name=self.signature_name,
            signed_by=self.signed_by,
            signed_on=self.date if self.signature else None,
            lines=[Line(
                    date=self.date, description=line.description,
                    service=line.service, quantity=line.quantity,
                    unit_price=line.unit_price) for line in self.lines])


class ExpressLine(ModelSQL, ModelView):
    __name__ = 'coop.mission.express.line'
    express = fields.Many2One(
        'coop.mission.express', "Express Job", required=True,
        ondelete='CASCADE', states={'readonly': Eval('id', -1) >= 0})
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company')
    currency = fields.Function(
        fields.Many2One('currency.currency', "Currency"),
        'on_change_with_currency')
    service = fields.Many2One(
        'coop.service', "Service", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))],
        help="Of the price list; empty for anything else.")
    description = fields.Char("Description", required=True)
    quantity = fields.Numeric(
        "Quantity", digits=(16, 2), required=True,
        domain=[('quantity', '>', 0)])
    unit_price = Monetary(
        "Unit Price", currency='currency', digits='currency', required=True,
        domain=[('unit_price', '>=', 0)],
        states={'readonly': Bool(Eval('service'))},
        help="Of the member, without tax: by the price list, or as agreed "
        "with the client.")
    amount = fields.Function(Monetary(
            "Amount", currency='currency', digits='currency'),
        'on_change_with_amount')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('express')
        cls._sql_indexes.add(Index(t, (t.express, Index.Equality())))

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

    @fields.depends('service', 'description', 'unit_price')
    def on_change_service(self):
        if self.service:
            self.description = self.service.name
            self.unit_price = self.service.price

    @fields.depends('quantity', 'unit_price', 'currency')
    def on_change_with_amount(self, name=None):
        if None not in {self.quantity, self.unit_price}:
            return times(
                self.quantity, self.unit_price, unit_of(self.currency))

    def compute_fields(self, field_names=None):
        "The price of the list is not written by hand"
        values = super().compute_fields(field_names=field_names)
        if (self.service and self.unit_price != self.service.price
                and self.express.state == 'draft'):
            values['unit_price'] = self.service.price
        return values

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        if external and mode != 'create':
            check_seen(lines)
        super().check_modification(
            mode, lines, values=values, external=external)
        if external:
            moved = mode == 'write' and 'express' in values
            for job in {line.express for line in lines}:
                if job.state != 'draft' or moved:
                    job._raise_document('fixed')
