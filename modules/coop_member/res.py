# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who reaches what.

A user is *restricted* when all his groups are: he reaches only what is granted
to his groups by name. When one of them *reads all*, he also reads every record
that his other rules let through, and still writes only what is granted.
"""
from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .life import CLOSED


class Group(metaclass=PoolMeta):
    __name__ = 'res.group'
    restricted = fields.Boolean(
        "Restricted",
        help="A user who has only restricted groups reaches only "
        "what is granted to them.")
    reads_all = fields.Boolean(
        "Reads All",
        states={'invisible': ~Eval('restricted', False)},
        help="The users of this restricted group read all records.")
    _reach_cache = Cache('res_group.reach', context=False)

    @classmethod
    def default_restricted(cls):
        return False

    @classmethod
    def default_reads_all(cls):
        return False

    @classmethod
    def get_reach(cls):
        "Return the ids of the restricted groups and of those that read all"
        reach = cls._reach_cache.get(None)
        if reach is None:
            table = cls.__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*table.select(
                    table.id, table.reads_all, where=table.restricted))
            rows = cursor.fetchall()
            reach = (
                {id_ for id_, _ in rows},
                {id_ for id_, reads_all in rows if reads_all})
            cls._reach_cache.set(None, reach)
        return reach

    @classmethod
    def on_modification(cls, mode, groups, field_names=None):
        pool = Pool()
        super().on_modification(mode, groups, field_names=field_names)
        cls._reach_cache.clear()
        pool.get('ir.model.access')._restricted_cache.clear()
        pool.get('ir.rule')._domain_get_cache.clear()
        ModelView._fields_view_get_cache.clear()


class User(metaclass=PoolMeta):
    __name__ = 'res.user'
    _coop_members_cache = Cache('res_user.get_coop_members', context=False)
    # What a restricted user may change of himself
    _restricted_preferences = {
        'name', 'password', 'signature', 'avatar', 'language', 'company',
        'company_filter', 'notifications'}

    @classmethod
    def is_restricted(cls):
        "Return whether the user has groups, and only restricted ones"
        groups = cls.get_groups()
        if not groups:
            return False
        restricted, _ = Pool().get('res.group').get_reach()
        return restricted.issuperset(groups)

    @classmethod
    def reads_all(cls):
        """Return whether the restricted user reads what is not his own

        Not when he is a member too: he would write what is not his own.
        """
        pool = Pool()
        groups = cls.get_groups()
        _, reads_all = pool.get('res.group').get_reach()
        member = pool.get('ir.model.data').get_id(
            'coop_member', 'group_member')
        return not reads_all.isdisjoint(groups) and member not in groups

    @classmethod
    def get_coop_members(cls):
        """Return (member ids, party ids) for which the user acts.

        The members that left or were refused are not among them.
        """
        user = Transaction().user
        if not user:
            return (), ()
        result = cls._coop_members_cache.get(user)
        if result is None:
            pool = Pool()
            member = pool.get('coop.member').__table__()
            member_user = pool.get('coop.member-res.user').__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*member
                .join(member_user, condition=member_user.member == member.id)
                .select(member.id, member.party,
                    where=(member_user.user == user)
                    & ~member.state.in_(list(CLOSED)),
                    order_by=[member.id.asc]))
            rows = cursor.fetchall()
            result = (
                tuple(id_ for id_, _ in rows),
                tuple(party for _, party in rows))
            cls._coop_members_cache.set(user, result)
        return result

    @classmethod
    def set_preferences(cls, values):
        if cls.is_restricted():
            values = {
                name: value for name, value in values.items()
                if name in cls._restricted_preferences}
        return super().set_preferences({
                name: value for name, value in values.items()
                if cls._is_own_preference(name, value)})

    @classmethod
    def _is_own_preference(cls, name, value):
        """Return whether a preference writes nothing but the user

        The user is written without check of access: the values of relations
        would write any record.
        """
        if not isinstance(value, (list, tuple)):
            return True
        allowed = {'add', 'remove'}
        if name in {'applications', 'warnings'}:
            allowed = {'delete'}
        return all(
            isinstance(action, (list, tuple)) and action[0] in allowed
            for action in value)

    @classmethod
    def check_company(cls, company):
        """Refuse a company in which the user does not work

        What is filled in a wizard is not checked by the server.
        """
        user = Transaction().user
        if user and company.id not in cls(user).get_companies():
            raise AccessError(gettext(
                    'coop_member.msg_access_company',
                    company=company.rec_name))


class UserApplication(metaclass=PoolMeta):
    __name__ = 'res.user.application'

    @classmethod
    def check(cls, key, application):
        # REST takes the context from a header as it is, and private keys such
        # as _groups would give any right
        allowed = {'_request', '_check_access', '_datetime'}
        private = {k for k in Transaction().context if k.startswith('_')}
        if private - allowed:
            return None
        record = super().check(key, application)
        if record and not record.user.active:
            return None
        return record
