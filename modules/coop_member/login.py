# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A member's login: opened with a welcome at admission, closed at the exit"""
import logging
from collections import defaultdict

from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools.email_ import (
    EmailNotValidError, normalize_email, validate_email)
from trytond.transaction import Transaction
from trytond.url import http_host
from trytond.wizard import StateTransition, Wizard

from . import mail
from .file import FileMixin
from .life import CLOSED, MEMBER_STATES

logger = logging.getLogger(__name__)
OPEN = MEMBER_STATES | {'admitted'}
BEFORE = CLOSED | {None, 'applied'}


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    create_logins = fields.MultiValue(fields.Boolean(
            "Create Logins",
            help="Give a login to the members who are admitted "
            "and have an e-mail address."))

    @classmethod
    def multivalue_model(cls, field):
        if field == 'create_logins':
            return Pool().get('coop.configuration.login')
        return super().multivalue_model(field)

    @classmethod
    def default_create_logins(cls, **pattern):
        return cls.multivalue_model('create_logins').default_create_logins()


class ConfigurationLogin(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.login'
    create_logins = fields.Boolean("Create Logins")

    @classmethod
    def default_create_logins(cls):
        return True


class WelcomeDocument(FileMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'coop.welcome.document'
    company = fields.Many2One('company.company', "Company", required=True)
    name = fields.Char("Name", required=True, translate=True)
    category = fields.Many2One(
        'coop.member.category', "Category", ondelete='CASCADE',
        domain=[('company', '=', Eval('company', -1))],
        help="Leave empty to send it to all.")
    file = fields.Binary(
        "File", filename='file_name', required=True,
        file_id='file_id', store_prefix='coop_welcome')
    file_id = fields.Char("File ID", readonly=True)
    file_name = fields.Char(
        "File Name", states={'required': Bool(Eval('file'))})

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'

    @classmethod
    def on_modification(cls, mode, members, field_names=None):
        User = Pool().get('res.user')
        super().on_modification(mode, members, field_names=field_names)
        if mode == 'write' and (not field_names or 'state' in field_names):
            User._coop_members_cache.clear()

    @classmethod
    def state_changed(cls, changed):
        super().state_changed(changed)
        opened = [
            m for m, before in changed if m.state in OPEN and before in BEFORE]
        closed = [m for m, _ in changed if m.state in CLOSED]
        if opened and Transaction().context.get('coop_welcome', True):
            cls.open_access(opened)
        if closed:
            cls.close_access(closed)

    @classmethod
    def open_access(cls, members, always=False):
        """Give their logins to members and welcome them by e-mail.

        The context key coop_welcome, when false, keeps an import of old
        members from doing so.

        :param always: give logins whatever the configuration says
        """
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        User = pool.get('res.user')
        configuration = Configuration(1)
        logins = {
            company: configuration.get_multivalue(
                'create_logins', company=company.id)
            for company in {m.company for m in members}}
        with Transaction().set_user(0):
            members = cls.browse(members)
            users = cls._open_logins([
                    m for m in members
                    if always or logins[m.company]])
            cls._welcome(members)
            if users:
                User.reset_password(users)

    @classmethod
    def _open_logins(cls, members):
        "Return the users made, or made active again"
        pool = Pool()
        MemberUser = pool.get('coop.member-res.user')
        User = pool.get('res.user')
        emails = {m: _login(m.party.email or '') for m in members}
        with Transaction().set_context(active_test=False):
            links = MemberUser.search([
                    ('member', 'in', [m.id for m in members])])
            existing = {u.login.lower(): u for u in User.search([
                        ('login', 'in', list(filter(None, emails.values())))])}
        acting = defaultdict(set)
        for link in links:
            acting[link.member].add(link.user)
        reopened = {
            u for users in acting.values() for u in users
            if not u.active and u.only_coop_member}
        to_create, to_link = {}, []
        for member, login in emails.items():
            if acting[member] or not login:
                continue
            user = existing.get(login)
            if user is None:
                to_create.setdefault(login, member)
            elif not user.only_coop_member and (
                    not user.active or member.company not in user.companies):
                # The groups of staff hold in all the user's companies
                logger.warning(
                    "the login of member %s is that of staff, closed or of "
                    "another company", member.number)
                continue
            elif not user.active:
                reopened.add(user)
            to_link.append((member, login))
        created = User.create([
                User.coop_member_values(member, login)
                for login, member in to_create.items()])
        existing.update({u.login: u for u in created})
        MemberUser.create([{
                    'member': member.id, 'user': existing[login].id}
                for member, login in to_link])
        User.write(list(reopened), {'active': True})
        User.add_coop_companies([
                (existing[login], member.company)
                for member, login in to_link])
        return created + list(reopened)

    @classmethod
    def _welcome(cls, members):
        Document = Pool().get('coop.welcome.document')
        documents = Document.search([
                ('company', 'in', list({m.company.id for m in members})),
                ])
        for member in members:
            mail.send(
                member.company, member.party, 'welcome',
                attachments=[
                    (d.file_name, d.file) for d in documents
                    if d.company == member.company
                    and d.category in {None, member.category}],
                number=member.number,
                address=f'{http_host()}/#{Transaction().database.name}')

    @classmethod
    def close_access(cls, members):
        "Deactivate the users who act for no other member and are no staff"
        pool = Pool()
        Application = pool.get('res.user.application')
        MemberUser = pool.get('coop.member-res.user')
        User = pool.get('res.user')
        with Transaction().set_user(0):
            links = MemberUser.search([
                    ('member', 'in', [m.id for m in members])])
            users = {link.user for link in links}
            still = {
                link.user for link in MemberUser.search([
                        ('user', 'in', [u.id for u in users]),
                        ('member.state', 'not in', list(CLOSED)),
                        ])}
            users = [u for u in users - still if u.only_coop_member]
            User.write(users, {'active': False})
            # A key would go on working for an inactive user
            Application.delete(Application.search([
                        ('user', 'in', [u.id for u in users])]))


class MemberUser(metaclass=PoolMeta):
    __name__ = 'coop.member-res.user'

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        User = Pool().get('res.user')
        super().on_modification(mode, records, field_names=field_names)
        User._coop_members_cache.clear()


class User(metaclass=PoolMeta):
    __name__ = 'res.user'

    @property
    def only_coop_member(self):
        "Whether the user is here as a member only"
        ModelData = Pool().get('ir.model.data')
        member = ModelData.get_id('coop_member', 'group_member')
        return {g.id for g in self.groups} == {member}

    @classmethod
    def coop_member_values(cls, member, login):
        "Return the values of the login of a member"
        ModelData = Pool().get('ir.model.data')
        return {
            'name': member.party.name or member.party.rec_name,
            'login': login,
            'email': login,
            'language': mail.language(member.party, member.company).id,
            'menu': ModelData.get_id('coop_member', 'act_home'),
            'actions': [('add', [
                        ModelData.get_id(
                            'coop_member', 'act_my_membership')])],
            'groups': [('add', [
                        ModelData.get_id('coop_member', 'group_member')])],
            'companies': [('add', [member.company.id])],
            'company': member.company.id,
            }

    @classmethod
    def add_coop_companies(cls, pairs):
        "Let users work in the companies of the members they act for"
        companies = defaultdict(set)
        for user, company in pairs:
            if company not in user.companies:
                companies[user].add(company.id)
        actions = []
        for user, ids in companies.items():
            actions += [[user], {'companies': [('add', list(ids))]}]
        if actions:
            cls.write(*actions)


class GiveLogin(Wizard):
    __name__ = 'coop.member.give_login'
    start_state = 'give'
    give = StateTransition()

    def transition_give(self):
        """Welcome the members selected who are in and have no user.

        An import or a switched off configuration has left them without.
        """
        members = [
            m for m in self.records if m.state in OPEN and not m.users]
        self.model.open_access(members, always=True)
        return 'end'


def _login(email):
    "Return the login that an address makes, None when it can not be one"
    try:
        validate_email(email)
    except EmailNotValidError:
        return None
    return normalize_email(email).lower()
