# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What restricted users may give to the methods of records

Tryton makes records of the values that the client sends to on_change methods
and checks nothing: it would tell of any record whose id is guessed. All that
they name is checked here, before the records are made.
"""
from trytond.model import ModelStorage
from trytond.pool import Pool
from trytond.rpc import RPC
from trytond.transaction import Transaction

_convert = RPC.convert


def convert(self, obj, *args, **kwargs):
    if self.instantiate == 0 and args and _is_restricted():
        with Transaction().set_context(_check_access=True):
            _check(obj, args[0])
    return _convert(self, obj, *args, **kwargs)


RPC.convert = convert


def _is_restricted():
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


def _check_value(Model, name, value):
    if name == 'id':
        _check(Model, value)
    field = Model._fields.get(name.removeprefix('_parent_').rstrip('.'))
    if field is None or value is None:
        return
    if field._type == 'reference':
        model, _, id_ = str(value).partition(',')
        if model and id_:
            _check(Pool().get(model), int(id_))
    elif hasattr(field, 'get_target'):
        _check(field.get_target(), value)
