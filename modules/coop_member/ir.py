# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict
from contextlib import contextmanager

from sql import Literal
from sql.aggregate import Max
from sql.conditionals import Case

from trytond.cache import Cache
from trytond.i18n import gettext
from trytond.model import ModelStorage
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

# A group that nobody has
NOBODY = -1
PERMISSIONS = ['read', 'write', 'create', 'delete']


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('coop.member|refresh', "Update Member States"),
                ('coop.member|chase_documents', "Ask for Missing Papers"),
                ('coop.iban.change|put_in_use', "Put new IBANs in Use"),
                ('coop.share.subscription|process',
                    "Update Share Subscriptions"),
                ])


class Model(metaclass=PoolMeta):
    """The names of models are kept for each language, not for each context

    A wizard has a context of its own: all names were read and translated
    again for its steps.
    """
    __name__ = 'ir.model'

    @classmethod
    def get_name_items(cls, classes=None):
        with _language_only():
            return super().get_name_items(classes=classes)

    @classmethod
    def get_names(cls, classes=None):
        with _language_only():
            return super().get_names(classes=classes)


@contextmanager
def _language_only():
    transaction = Transaction()
    context = {
        'language': transaction.language,
        '_check_access': transaction.check_access,
        }
    with transaction.reset_context(), transaction.set_context(context):
        yield


# What a restricted user reaches only if it is made by himself
BY_USER = {'ir.attachment', 'ir.note', 'ir.session.wizard'}


class ModelAccess(metaclass=PoolMeta):
    __name__ = 'ir.model.access'
    _restricted_cache = Cache(
        'coop_member.model_access.restricted', context=False)

    @classmethod
    def get_access(cls, models):
        User = Pool().get('res.user')
        access = super().get_access(models)
        if not User.is_restricted():
            return access
        groups = User.get_groups()
        pool = Pool()
        # The form of a wizard holds no records: who may start the wizard
        # fills it, and the client shows what may not be written as read only
        cached = {
            model: cls._restricted_cache.get((groups, model))
            for model in models
            if issubclass(pool.get(model), ModelStorage)}
        missing = [model for model, value in cached.items() if value is None]
        if missing:
            granted = cls._get_granted(missing, groups)
            for model in missing:
                if User.reads_all() and not model.startswith(('ir.', 'res.')):
                    granted[model]['read'] = True
                cls._restricted_cache.set((groups, model), granted[model])
            cached.update(granted)
        return {**access, **cached}

    @classmethod
    def _get_granted(cls, models, groups):
        "Return {model: permissions} by the records that name the groups"
        pool = Pool()
        table = cls.__table__()
        cursor = Transaction().connection.cursor()

        def parents(Model, names):
            if Model.__name__ not in names:
                names.add(Model.__name__)
                for field_name in Model.__access__:
                    parents(getattr(Model, field_name).get_target(), names)
            return names
        lineages = {model: parents(pool.get(model), set()) for model in models}
        columns = [
            Max(Case(
                    (getattr(table, f'perm_{name}') == Literal(True), 1),
                    else_=0))
            for name in PERMISSIONS]
        cursor.execute(*table.select(table.model, *columns,
                where=table.model.in_(list(set().union(*lineages.values())))
                & (table.active == Literal(True))
                & table.group.in_(groups),
                group_by=table.model))
        records = defaultdict(lambda: [0] * len(PERMISSIONS))
        for model, *permissions in cursor:
            records[model] = permissions
        return {
            model: {
                name: any(records[parent][i] for parent in lineage)
                for i, name in enumerate(PERMISSIONS)}
            for model, lineage in lineages.items()}

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        super().on_modification(mode, records, field_names=field_names)
        cls._restricted_cache.clear()


class Rule(metaclass=PoolMeta):
    __name__ = 'ir.rule'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.domain.help += (
            '\n- "coop_members" as list of ids of the current user\'s members'
            '\n- "coop_parties" as list of ids of their parties'
            '\n- "restricted" whether the current user reaches only his own')

    @classmethod
    def _get_context(cls, model_name):
        User = Pool().get('res.user')
        context = super()._get_context(model_name)
        members, parties = User.get_coop_members()
        context['coop_members'] = list(members)
        context['coop_parties'] = list(parties)
        context['restricted'] = User.is_restricted() and not User.reads_all()
        if model_name in BY_USER:
            context['user_id'] = Transaction().user
        return context

    @classmethod
    def _get_cache_key(cls, model_names):
        User = Pool().get('res.user')
        key = super()._get_cache_key(model_names)
        if model_names & BY_USER:
            key = (*key, Transaction().user)
        return (*key, *User.get_coop_members())


class ActionWizard(metaclass=PoolMeta):
    __name__ = 'ir.action.wizard'

    @classmethod
    def get_groups(cls, name, action_id=None):
        User = Pool().get('res.user')
        groups = super().get_groups(name, action_id=action_id)
        if not groups and User.is_restricted():
            groups = {NOBODY}
        return groups


class ActionReport(metaclass=PoolMeta):
    __name__ = 'ir.action.report'

    @classmethod
    def get_groups(cls, name, action_id=None):
        User = Pool().get('res.user')
        groups = super().get_groups(name, action_id=action_id)
        if not groups and User.is_restricted() and not User.reads_all():
            groups = {NOBODY}
        return groups


class Export(metaclass=PoolMeta):
    __name__ = 'ir.export'

    @classmethod
    def set(cls, values):
        cls._check_values(values)
        return super().set(values)

    @classmethod
    def update(cls, id, values, fields):
        cls._check_values(values)
        return super().update(id, values, fields)

    @classmethod
    def _check_values(cls, values):
        """Refuse the values that write other records

        They are written without check of access: the values of the groups of
        an export would make anybody an administrator.
        """
        pool = Pool()
        if pool.get('res.user').is_restricted():
            pool.get('ir.model.access').check(cls.__name__, 'create')
        for name, value in values.items():
            if name == 'export_fields':
                plain = all(line.keys() <= {'name'} for line in value)
            else:
                plain = not isinstance(value, (dict, list, tuple))
            if not plain or name == 'id':
                raise AccessError(gettext(
                        'coop_member.msg_access_nested',
                        field=name, **cls.__names__()))


class Email(metaclass=PoolMeta):
    __name__ = 'ir.email'

    @classmethod
    def send(cls, *args, **kwargs):
        # Or any member would write to anybody in the name of the cooperative
        pool = Pool()
        if pool.get('res.user').is_restricted():
            pool.get('ir.model.access').check(cls.__name__, 'create')
        return super().send(*args, **kwargs)

    @classmethod
    def complete(cls, text, limit):
        # It is called without access check and lists everybody's address
        if Pool().get('res.user').is_restricted():
            return []
        return super().complete(text, limit)


class ChatChannel(metaclass=PoolMeta):
    __name__ = 'ir.chat.channel'

    @classmethod
    def check_access(cls, resource):
        # Its followers may be searched among all users
        pool = Pool()
        super().check_access(resource)
        if pool.get('res.user').is_restricted():
            with Transaction().set_context(_check_access=True):
                pool.get('ir.model.access').check(cls.__name__, 'read')

    @classmethod
    def post(cls, resource, content, audience='internal'):
        # Nobody writes in the name of somebody else, but for the server who
        # says so by a private key
        transaction = Transaction()
        context = transaction.context.copy()
        if '_notify' not in context:
            context['user'] = transaction.user
        with transaction.set_context(context):
            return super().post(resource, content, audience=audience)
