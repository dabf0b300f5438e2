# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What restricted users may give to the methods of records

Tryton makes records of the values that the client sends to on_change methods
and checks nothing: it would tell of any record whose id is guessed. All that
they name is checked here, before the records are made; so are the defaults of
the context, and the record that it was opened from, of which the names are
told.
"""
from trytond.model import Model, ModelStorage
from trytond.pool import Pool
from trytond.rpc import RPC
from trytond.transaction import Transaction
from trytond.wizard import StateView, Wizard

_convert = RPC.convert
_default_get = Model.default_get.__func__


def convert(self, obj, *args, **kwargs):
    if is_restricted():
        context = kwargs.get('context', args[-1] if args else None)
        with Transaction().set_context(_check_access=True):
            if self.instantiate == 0 and args:
                _check(obj, args[0])
            if isinstance(context, dict):
                for model in _models(obj):
                    _check_defaults(model, context)
    return _convert(self, obj, *args, **kwargs)


RPC.convert = convert


@classmethod
def default_get(
        cls, fields_names=None, with_rec_name=True, with_default=True):
    transaction = Transaction()
    if (with_rec_name and transaction.user and transaction.check_access
            and is_restricted()):
        _check_active(transaction.context)
    return _default_get(
        cls, fields_names, with_rec_name=with_rec_name,
        with_default=with_default)


Model.default_get = default_get


def is_restricted():
    "Return whether the user reads only his own"
    User = Pool().get('res.user')
    # a database of the same server may be without this module
    return (hasattr(User, 'is_restricted')
        and User.is_restricted() and not User.reads_all())


def _check(Model, data):
    "Check what names records: ids, and the values of relations"
    if not isinstance(data, (list, tuple)):
        data = [data]
    ids = [
        int(d) for d in data if d is not None and not isinstance(d, dict)]
    # A record that is not saved yet has a negative id
    ids = [id_ for id_ in ids if id_ >= 0]
    if ids and issubclass(Model, ModelStorage):
        Model.read(ids, ['id'])
    for values in data:
        if isinstance(values, dict):
            for name, value in values.items():
                _check_value(Model, name, value)


def _models(obj):
    "Return the model, or those of the forms of a wizard"
    if issubclass(obj, Model):
        return [obj]
    elif issubclass(obj, Wizard):
        return [
            Pool().get(state.model_name) for state in obj.states.values()
            if isinstance(state, StateView)]
    return []


def _check_defaults(Model, context):
    "Check the defaults of a context, of which the client is told the names"
    for name, value in context.items():
        if isinstance(name, str) and name.startswith('default_'):
            _check_value(Model, name.removeprefix('default_'), value)


def _check_active(context):
    "Check the record from which the client opened something"
    try:
        Active = Pool().get(context.get('active_model'))
    except KeyError:
        return
    ids = [context.get('active_id'), *(context.get('active_ids') or [])]
    _check(Active, list(dict.fromkeys(ids)))


def _check_value(Model, name, value):
    if name == 'id':
        _check(Model, value)
    name, _, rest = name.removeprefix('_parent_').partition('.')
    field = Model._fields.get(name)
    if field is None or value is None:
        return
    if rest:
        if hasattr(field, 'get_target'):
            _check_value(field.get_target(), rest, value)
        return
    if field._type == 'reference':
        model, _, id_ = str(value).partition(',')
        if model and id_:
            _check(Pool().get(model), int(id_))
    elif hasattr(field, 'get_target'):
        _check(field.get_target(), value)
