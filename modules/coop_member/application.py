# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Applications for membership, from the public page and from the staff."""
import datetime as dt

from sql.aggregate import Count

from trytond import config
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.report import Report
from trytond.transaction import Transaction
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

from . import mail


class Category(metaclass=PoolMeta):
    __name__ = 'coop.member.category'
    open_to_applications = fields.Boolean("Open to Applications",
        help="Can be chosen on the public page.")


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    wished_shares = fields.Integer("Wished Shares",
        domain=['OR',
            ('wished_shares', '=', None),
            ('wished_shares', '>=', 0),
            ],
        states={'invisible': (~Eval('state').in_(['applied', 'refused'])
                & ~Bool(Eval('wished_shares')))},
        help="The number of shares the applicant wishes to subscribe.")
    application_note = fields.Text("Notice on the Application",
        states={'invisible': ~Bool(Eval('application_note'))},
        help="What the public page could not settle.")

    @classmethod
    def receive_application(cls, form):
        """Record a form of the public page; return the applicant.

        What would tell a stranger that somebody is already a member is noted
        for the staff instead.

        :param form: application_form.Form that was checked
        """
        notes = []
        values = form.values
        party = cls._application_party(form, notes)
        party.save()
        member = cls(
            company=form.company, party=party, category=values['category'],
            legal_person=form.legal,
            professional_status=values['professional_status'],
            wished_shares=values['wished_shares'],
            referrer=cls._application_referrer(form, notes))
        if form.legal:
            member.representative = cls._application_representative(form)
        else:
            member.birth_date = values['birth_date']
        member.possible_duplicate = len(notes) > (
            bool(values['referrer']) and not member.referrer)
        cls.save([member])
        similar = cls.similar_members([member]).get(member.id)
        if similar:
            member.possible_duplicate = True
            notes.append(gettext('coop_member.msg_application_similar',
                    members=', '.join(
                        m.rec_name for m in cls.browse(similar[:5]))))
        member.application_note = '\n'.join(notes) or None
        cls.save([member])
        cls._application_files(member, form)
        cls._application_mails(member, values['email'])
        return member

    @classmethod
    def _application_party(cls, form, notes):
        pool = Pool()
        Address = pool.get('party.address')
        Identifier = pool.get('party.identifier')
        Lang = pool.get('ir.lang')
        Mechanism = pool.get('party.contact_mechanism')
        Party = pool.get('party.party')
        values = form.values
        party = Party(
            name=values['organisation'] if form.legal else _name(values),
            lang=Lang.get(Transaction().language),
            contact_mechanisms=[
                Mechanism(type='email', value=values['email'])])
        if values['phone']:
            party.contact_mechanisms = [
                *party.contact_mechanisms,
                Mechanism(type='phone', value=values['phone'])]
        party.addresses = [Address(
                street_unstructured=values['street'],
                postal_code=values['postal_code'], city=values['city'],
                country=_country(form.company))]
        if values['siren']:
            other = cls._identifier_of(form.company, values['siren'])
            if other:
                notes.append(gettext(
                        'coop_member.msg_application_identifier',
                        siren=values['siren'], member=other.rec_name))
            else:
                party.identifiers = [
                    Identifier(type='fr_siren', code=values['siren'])]
        return party

    @classmethod
    def _identifier_of(cls, company, siren):
        members = cls.search([
                ('company', '=', company.id),
                ('party.identifiers', 'where', [
                        ('type', '=', 'fr_siren'),
                        ('code_compact', '=', siren),
                        ]),
                ], limit=1)
        return members[0] if members else None

    @classmethod
    def _application_representative(cls, form):
        Party = Pool().get('party.party')
        party = Party(
            name=_name(form.values),
            lang=Pool().get('ir.lang').get(Transaction().language))
        party.save()
        return party

    @classmethod
    def _application_referrer(cls, form, notes):
        number = form.values['referrer']
        if not number:
            return None
        members = cls.search([
                ('company', '=', form.company.id),
                ('number', '=', number),
                ('state', 'in', REFERRING),
                ], limit=1)
        if members:
            return members[0]
        notes.append(gettext(
                'coop_member.msg_application_referrer', number=number))

    @classmethod
    def _application_files(cls, member, form):
        pool = Pool()
        Consent = pool.get('coop.member.consent')
        Document = pool.get('coop.member.document')
        Consent.save([
                Consent(member=member, document=document)
                for document in form.accepted])
        papers = []
        for kind, name, content in form.papers:
            document = Document(
                member=member, kind=kind, file=content, file_name=name,
                received_on=Document.default_received_on())
            document.expires_on = kind.expiry(document.received_on)
            papers.append(document)
        Document.save(papers)

    @classmethod
    def _application_mails(cls, member, email):
        company = member.company
        mail.send(company, member.party, 'application_received',
            emails=[email], number=member.number)
        mail.send(company, company.party, 'application_notice',
            member=member.rec_name)


class Subscription(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def default_share_class(cls):
        "Return the only class of the company, if it has one only"
        ShareClass = Pool().get('coop.share.class')
        classes = ShareClass.search([
                ('company', '=', cls.default_company()),
                ], limit=2)
        return classes[0].id if len(classes) == 1 else None

    @fields.depends('member', '_parent_member.wished_shares', 'quantity')
    def on_change_member(self):
        if self.member and not self.quantity:
            self.quantity = self.member.wished_shares


# the states of a member who may bring others in
REFERRING = ['admitted', 'active', 'suspended', 'leaving']


def _name(values):
    return f"{values['first_name']} {values['last_name']}"


def _country(company):
    for address in company.party.addresses:
        if address.country:
            return address.country


class Attempt(ModelSQL):
    __name__ = 'coop.member.application.attempt'
    ip_address = fields.Char("IP Address")
    ip_network = fields.Char("IP Network")
    # The name in the section [coop] of how many are too many, and how many
    _limit = 'max_application_attempt', 10

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.ip_network, Index.Equality()),
                (t.create_date, Index.Range())))

    @classmethod
    def delay(cls):
        return dt.datetime.now() - dt.timedelta(
            seconds=config.getint('session', 'timeout'))

    @classmethod
    def add(cls):
        "Keep an attempt of the request's address, and forget the old ones"
        transaction = Transaction()
        cursor = transaction.connection.cursor()
        table = cls.__table__()
        cursor.execute(*table.delete(where=table.create_date < cls.delay()))
        address, network = transaction.remote_address()
        cls.create([{
                    'ip_address': str(address) if address else None,
                    'ip_network': str(network) if network else None,
                    }])

    @classmethod
    def count(cls):
        """Keep an attempt for good, as the first thing of a request.

        Whatever becomes of the request, also when it is cut off: it is
        committed at once.

        :return: whether there were too many before
        """
        result = cls.too_many()
        # What is refused does not prolong the refusal
        if not result:
            cls.add()
            Transaction().commit()
        return result

    @classmethod
    def too_many(cls):
        """Return whether the network of the request tries too often.

        The limit, [coop] max_application_attempt of 10 by default for
        applications, is that in the time of [session] timeout.
        """
        transaction = Transaction()
        cursor = transaction.connection.cursor()
        table = cls.__table__()
        _, network = transaction.remote_address()
        cursor.execute(*table.select(Count(),
                where=(table.ip_network == (
                        str(network) if network else None))
                & (table.create_date >= cls.delay())))
        count, = cursor.fetchone()
        name, limit = cls._limit
        return count >= config.getint('coop', name, default=limit)


class Page(Report):
    __name__ = 'coop.member.application.page'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # the route only makes it
        cls.__rpc__.clear()


class NewStart(ModelView):
    __name__ = 'coop.member.new.start'
    company = fields.Many2One('company.company', "Company", required=True)
    party = fields.Many2One('party.party', "Existing Party",
        context={'company': Eval('company', -1)}, depends={'company'},
        help="Leave empty to create a new one.")
    _new = {
        'invisible': Bool(Eval('party')),
        }
    name = fields.Char("Name", states={
            'invisible': Bool(Eval('party')),
            'required': ~Eval('party'),
            })
    email = fields.Char("E-mail", states=_new)
    phone = fields.Char("Phone", states=_new)
    siren = fields.Char("SIREN", states=_new)
    del _new
    legal_person = fields.Boolean("Legal Person")
    birth_date = fields.Date("Birth Date", states={
            'invisible': Eval('legal_person', False),
            })
    professional_status = fields.Selection(
        'get_statuses', "Professional Status", sort=False)
    category = fields.Many2One(
        'coop.member.category', "Category", required=True,
        domain=[('company', '=', Eval('company', -1))])
    wished_shares = fields.Integer("Wished Shares", domain=['OR',
            ('wished_shares', '=', None),
            ('wished_shares', '>=', 0),
            ])
    referrer = fields.Many2One('coop.member', "Referrer", domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'in', REFERRING),
            ])

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def get_statuses(cls):
        Member = Pool().get('coop.member')
        return Member.fields_get(
            ['professional_status'])['professional_status']['selection']


class New(Wizard):
    __name__ = 'coop.member.new'
    start = StateView(
        'coop.member.new.start', 'coop_member.member_new_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateTransition()
    open_ = StateAction('coop_member.act_member_form')

    def transition_create_(self):
        Member = Pool().get('coop.member')
        start = self.start
        Pool().get('res.user').check_company(start.company)
        party = start.party or self._party()
        if not party.id or party.id < 0:
            party.save()
        member = Member(
            company=start.company, party=party, category=start.category,
            legal_person=start.legal_person,
            birth_date=None if start.legal_person else start.birth_date,
            professional_status=start.professional_status,
            wished_shares=start.wished_shares, referrer=start.referrer)
        member.save()
        self.start.party = party
        return 'open_'

    def _party(self):
        pool = Pool()
        Identifier = pool.get('party.identifier')
        Mechanism = pool.get('party.contact_mechanism')
        Party = pool.get('party.party')
        start = self.start
        party = Party(name=start.name, contact_mechanisms=[
                Mechanism(type=type_, value=value)
                for type_, value in [
                    ('email', start.email), ('phone', start.phone)]
                if value])
        if start.siren:
            party.identifiers = [
                Identifier(type='fr_siren', code=start.siren)]
        return party

    def do_open_(self, action):
        Member = Pool().get('coop.member')
        member, = Member.search([
                ('company', '=', self.start.company.id),
                ('party', '=', self.start.party.id),
                ])
        action['views'].reverse()
        return action, {'res_id': [member.id]}
