# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What restricted users may search by

Tryton applies no rule to the records that a domain or an order passes
through, and checks no access inside the operand of "where": whoever sees a
record that names another one could find out, question by question, what the
other hides. A restricted user asks such questions of shared records only.
"""
from trytond.i18n import gettext
from trytond.model import ModelStorage
from trytond.model.exceptions import AccessError
from trytond.model.modelstorage import is_leaf
from trytond.pool import Pool
from trytond.transaction import Transaction

from .rpc import is_restricted

# Tryton itself looks for the menus and actions of a user by them, and they
# hide nothing of anybody
HARMLESS = ('ir.action', 'ir.ui.')
# What is seen of a record without reading it
SEEN = {'', 'id', 'rec_name'}
_search = ModelStorage.search.__func__


@classmethod
def search(cls, domain, offset=0, limit=None, order=None, count=False):
    transaction = Transaction()
    if transaction.user and transaction.check_access and is_restricted():
        _check_domain(cls, domain)
        for name, _ in order or []:
            _check_path(cls, name)
    return _search(
        cls, domain, offset=offset, limit=limit, order=order, count=count)


ModelStorage.search = search


def _check_domain(Model, domain):
    "Check each clause of a domain"
    if not is_leaf(domain):
        for clause in domain:
            # The others are operators
            if isinstance(clause, (list, tuple)):
                _check_domain(Model, clause)
        return
    name, operator, value, *target = domain
    Target = _check_path(Model, name)
    if operator.endswith(('child_of', 'parent_of')) and target:
        _check_path(Model, f'{name}.{target[0]}')
    elif operator.endswith('where') and Target:
        _check_step(Model, name, Target)
        _check_domain(Target, value)


def _check_path(Model, path):
    """Check the fields that a path leads through

    Return the model to which it leads, if it does not end in a value.
    """
    pool = Pool()
    name, _, rest = path.partition('.')
    field = Model._fields[name]
    pool.get('ir.model.field.access').check(Model.__name__, [name], 'read')
    Target = field.get_target() if hasattr(field, 'get_target') else None
    if Target and rest not in SEEN:
        _check_step(Model, name, Target)
        return _check_path(Target, rest)
    return Target


def _check_step(Model, name, Target):
    pool = Pool()
    pool.get('ir.model.access').check(Target.__name__, 'read')
    if (not Target.__name__.startswith(HARMLESS)
            and pool.get('ir.rule').domain_get(Target.__name__)):
        raise AccessError(gettext(
                'coop_member.msg_search_access',
                **Model.__names__(name)))
