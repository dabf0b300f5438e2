# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What was said to clients, is to be said, and what came of it"
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Count, Min
from sql.functions import DateTrunc

from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.coop_member import mail
from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.operation import DocumentMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import FollowUpError
from .matching import ASKED
from .ownership import acts_for, is_office

_to_do = {'readonly': Eval('state') != 'to_do'}


class Contact(DocumentMixin, Workflow, ModelSQL, ModelView):
    __name__ = 'coop.client.contact'
    _error = FollowUpError
    _messages = 'coop_mission.msg_client_contact'
    _first = 'to_do'
    client = fields.Many2One(
        'party.party', "Client", required=True, ondelete='RESTRICT',
        context={'company': Eval('company', -1)}, depends={'company'},
        states={'readonly': Eval('id', -1) >= 0})
    client_name = fields.Function(fields.Char("Client"), 'get_reach')
    client_phone = fields.Function(fields.Char("Phone"), 'get_reach')
    client_email = fields.Function(fields.Char("E-mail"), 'get_reach')
    referrer = fields.Many2One(
        'coop.member', "Brought by", ondelete='RESTRICT',
        domain=[('company', '=', Eval('company', -1))], states=_to_do,
        help="Who is told first.")
    date = fields.Date("To Do since", required=True, states=_to_do)
    kind = fields.Selection([
            ('call', "Call"),
            ('mail', "E-mail"),
            ('visit', "Visit"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False, states=_to_do)
    told_on = fields.Date("Member Told on", readonly=True,
        states={'invisible': ~Eval('told_on')})
    note = fields.Text("Note")
    done_on = fields.Date(
        "Done on", states={
            **_to_do, 'required': Eval('state') == 'done',
            'invisible': Eval('state') == 'cancelled'},
        domain=[If(Eval('done_on') & Eval('date'),
                ('done_on', '>=', Eval('date', None)), ())])
    done_by = fields.Many2One(
        'res.user', "Done by", readonly=True, ondelete='RESTRICT',
        states={'invisible': ~Eval('done_by')})
    demand = fields.Many2One(
        'coop.demand', "Demand that Came", readonly=True,
        ondelete='SET NULL', states={'invisible': ~Eval('demand')},
        help="The first one of the client in the days of the "
        "configuration.")
    may_act = fields.Function(fields.Boolean("May Act"), 'get_may_act')
    state = fields.Selection([
            ('to_do', "To Do"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.client, Index.Equality()),
                    (t.done_on, Index.Range())),
                Index(t, (t.company, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                Index(t, (t.referrer, Index.Equality()),
                    where=t.referrer != Null),
                })
        cls._transitions |= {
            ('to_do', 'done'),
            ('to_do', 'cancelled'),
            ('done', 'to_do'),
            ('cancelled', 'to_do'),
            }
        to_do = (Eval('state') == 'to_do') & Eval('may_act', False)
        cls._buttons.update({
                'do': {
                    'invisible': ~to_do,
                    'icon': 'tryton-ok',
                    'depends': ['state', 'may_act'],
                    },
                'cancel': {
                    'invisible': ~to_do,
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'may_act'],
                    },
                'undo': {
                    'invisible': (Eval('state') == 'to_do')
                    | ~Eval('may_act', False),
                    'icon': 'tryton-back',
                    'depends': ['state', 'may_act'],
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'call'

    @classmethod
    def default_may_act(cls):
        return True

    @classmethod
    def get_reach(cls, contacts, names):
        result = {name: {} for name in names}
        with without_check_access():
            for contact in cls.browse(contacts):
                for name in names:
                    result[name][contact.id] = getattr(
                        contact.client, name.partition('_')[2])
        return result

    @classmethod
    def get_may_act(cls, contacts, name):
        with without_check_access():
            return {c.id: c._may_act() for c in cls.browse(contacts)}

    def _may_act(self):
        return is_office() or not Transaction().user or bool(
            self.referrer and acts_for(self.referrer))

    def get_rec_name(self, name):
        return self.client_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('client.rec_name', *clause[1:])]

    @classmethod
    def copy(cls, contacts, default=None):
        default = default.copy() if default else {}
        for name in ['told_on', 'done_on', 'done_by', 'demand']:
            default.setdefault(name)
        return super().copy(contacts, default=default)

    def _may_write(self, values):
        if not self.may_act:
            return False
        elif self.state == 'to_do':
            if is_office():
                return not (values.keys() & {'company', 'client', 'demand'})
            return not (values.keys() - {'kind', 'note', 'done_on'})
        return not (values.keys() - {'note'})

    @classmethod
    @ModelView.button
    def do(cls, contacts):
        """Note that the client was spoken to, today if no day is written.

        :raises FollowUpError: on a day to come, and for who may not
        """
        contacts = cls.browse(contacts)
        with without_check_access():
            cls._check(contacts)
            for contact in contacts:
                date = today(contact.company.id)
                contact.done_on = contact.done_on or date
                if contact.done_on > date:
                    # Nobody would speak to the client until then
                    contact._raise('future')
                contact.done_by = Transaction().user or None
            cls.save(contacts)
            cls._do(contacts)

    @classmethod
    @Workflow.transition('done')
    def _do(cls, contacts):
        pass

    @classmethod
    @ModelView.button
    def cancel(cls, contacts):
        "Do not speak to the client now"
        contacts = cls.browse(contacts)
        with without_check_access():
            cls._check(contacts)
            cls._cancel(contacts)

    @classmethod
    @Workflow.transition('cancelled')
    def _cancel(cls, contacts):
        pass

    @classmethod
    @ModelView.button
    def undo(cls, contacts):
        "It was noted by mistake"
        contacts = cls.browse(contacts)
        with without_check_access():
            cls._check(contacts)
            cls._undo(contacts)

    @classmethod
    @Workflow.transition('to_do')
    def _undo(cls, contacts):
        # The state first, as what is done needs its day
        cls.write(contacts, {
                'state': 'to_do', 'done_on': None, 'done_by': None,
                'demand': None})

    @classmethod
    def _check(cls, contacts):
        for contact in contacts:
            if not contact._may_act():
                contact._raise('not_yours')

    @classmethod
    def follow_up_all(cls):
        """The cron's way: prepare what is to be said to silent clients.

        Whoever brought the client is written to and has some days; then the
        cooperative writes to those who agreed, if it is set to.
        """
        Company = Pool().get('company.company')
        for company in Company.search([]):
            with Transaction().set_context(company=company.id):
                cls._write_clients(company)
                cls._tell_referrers(company)

    @classmethod
    def _tell_referrers(cls, company):
        Activity = Pool().get('coop.client.activity')
        rows = Activity.silent(company)
        date = today(company.id)
        contacts = []
        for row in rows:
            referrer = row.referrer
            if referrer and referrer.state not in ASKED:
                referrer = None
            contacts.append(cls(
                    company=company, client=row.client, referrer=referrer,
                    date=date, state='to_do',
                    told_on=date if referrer else None))
        cls.save(contacts)
        silent = defaultdict(list)
        for contact, row in zip(contacts, rows):
            if contact.referrer:
                silent[contact.referrer].append(row)
        for referrer, some in silent.items():
            lang = mail.language(referrer.party, company)
            mail.send(
                company, referrer.party, 'silent_client',
                module='coop_mission', clients='\n'.join(
                    f'- {r.client.name} ({lang.strftime(r.last_activity)})'
                    for r in some))
        return contacts

    @classmethod
    def _write_clients(cls, company):
        "Write to the clients who agreed and whom nobody has spoken to"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Consent = pool.get('coop.client.consent')
        configuration = Configuration(1)
        if not configuration.get_multivalue(
                'follow_up_mail', company=company.id):
            return
        days = configuration.get_multivalue(
            'referrer_days', company=company.id)
        date = today(company.id)
        contacts = cls.search([
                ('company', '=', company.id),
                ('state', '=', 'to_do'),
                ('date', '<=', date - dt.timedelta(days)),
                ])
        agrees = Consent.latest(
            company.id, [c.client.id for c in contacts])
        written = [
            c for c in contacts if agrees.get(c.client.id) == 'yes'
            and mail.send(
                company, c.client, 'client_again', module='coop_mission')]
        for contact in written:
            contact.kind, contact.done_on = 'mail', date
        cls.save(written)
        cls._do(written)


class Demand(metaclass=PoolMeta):
    __name__ = 'coop.demand'

    @classmethod
    def on_modification(cls, mode, demands, field_names=None):
        super().on_modification(mode, demands, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and 'client' in (field_names or [])):
            with without_check_access():
                cls._note_contacts([
                        d for d in cls.browse(demands) if d.client])

    @classmethod
    def _note_contacts(cls, demands):
        "Note on the last contacts with clients that a demand came"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Contact = pool.get('coop.client.contact')
        for demand in demands:
            days = Configuration(1).get_multivalue(
                'reactivation_days', company=demand.company.id)
            contacts = Contact.search([
                    ('company', '=', demand.company.id),
                    ('client', '=', demand.client.id),
                    ('state', '=', 'done'),
                    ('done_on', '<=', demand.date),
                    ('done_on', '>=', demand.date - dt.timedelta(days)),
                    ], order=[('done_on', 'DESC'), ('id', 'DESC')], limit=1)
            if contacts and not contacts[0].demand:
                Contact.write(contacts, {'demand': demand.id})


class Reactivation(ModelSQL, ModelView):
    "How many of those spoken to in a month came back"
    __name__ = 'coop.client.reactivation'
    company = fields.Many2One('company.company', "Company")
    month = fields.Date("Month")
    contacts = fields.Integer("Contacts")
    demands = fields.Integer("Demands that Came")
    share = fields.Function(
        fields.Numeric("Share", digits=(16, 4)), 'on_change_with_share')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('month', 'DESC'), ('id', 'DESC')]

    @classmethod
    def table_query(cls):
        contact = Pool().get('coop.client.contact').__table__()
        # Grouped by its name, as parameters make two expressions of it
        month = cls.month.sql_cast(
            DateTrunc('month', contact.done_on)).as_('month')
        return contact.select(
            Min(contact.id).as_('id'),
            contact.company.as_('company'),
            month,
            Count(contact.id).as_('contacts'),
            Count(contact.demand).as_('demands'),
            where=contact.state == 'done',
            group_by=[contact.company, month])

    @fields.depends('contacts', 'demands')
    def on_change_with_share(self, name=None):
        if self.contacts:
            return (Decimal(self.demands) / self.contacts).quantize(
                Decimal('.0001'))
