"""Databases for tests, made once for each state of the code.

Tryton's DB_CACHE knows a database by the names of its modules only: it goes
stale when code or XML changes, and two processes make the same one twice.
Here its files carry a hash of what the database is made of, a lock lets the
second process wait for the first, and what consists of Tryton's own modules
only is made once and outlives changes of ours.
"""
import fcntl
import functools
import hashlib
import marshal
import os
import re
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path
from unittest.mock import patch

from trytond.modules import get_module_info
from trytond.pool import Pool
from trytond.tests import test_tryton
from trytond.tools import find_path
from trytond.transaction import Transaction

LANGUAGE = re.compile(r'[a-z]{2}(_[A-Z]+)?')
CODE = {'.py', '.xml', '.cfg', '.po', '.csv', '.json', '.html', '.fodt'}
_locks = {}
_setup = b''
_on_base = False
# The database whose classes the pool of this process has
_pooled = ''
# The functions replaced by install()
_restore, _backup = test_tryton.restore_db_cache, test_tryton.backup_db_cache
_drop_create, _pg_restore = test_tryton.drop_create, test_tryton._pg_restore


@functools.cache
def closure(modules):
    "The modules with all they depend on"
    found, todo = {'ir', 'res'}, list(modules)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(get_module_info(name)['depends'])
    return frozenset(found)


def ours(name):
    return name.startswith('coop_')


def decides(path, top):
    "Whether the file can change what a new database holds"
    parts = path.relative_to(top).parts
    return (path.suffix in CODE
        and parts[0] != 'doc'
        and not (parts[0] == 'tests' and path.name.startswith(
                ('test_', 'scenario_'))))


@functools.cache
def code_hash(module):
    return folder_hash(
        Path(find_path(os.path.join(module, 'tryton.cfg'))).parent)


def folder_hash(top):
    digest = hashlib.sha256()
    for path in sorted(top.rglob('*')):
        if path.is_file() and decides(path, top):
            digest.update(str(path.relative_to(top)).encode())
            digest.update(path.read_bytes())
    return digest.digest()


@functools.cache
def standard_hash():
    "Of Python and the versions of Tryton and its modules"
    names = sorted(
        f'{d.name}=={d.version}' for d in distributions()
        if d.name.lower().startswith(('trytond', 'proteus')))
    return hashlib.sha256(repr((sys.version, names)).encode()).digest()


def has_ours(name):
    return any(map(ours, closure(split(name)[0])))


def split(name):
    modules, _, setup = name.partition('--')
    return tuple(modules.split('-')), setup


def key(name):
    "The same in whatever order the modules are named"
    modules, setup = split(name)
    digest = hashlib.sha256(
        repr((sorted(modules), setup)).encode() + standard_hash())
    for module in sorted(closure(modules)):
        if ours(module):
            digest.update(module.encode() + code_hash(module))
    if setup:
        digest.update(_setup)
    return digest.hexdigest()[:40]


def cache_file(path, name):
    return os.path.join(path, f'{key(name)}-{test_tryton.backend.name}.dump')


def lock(name):
    path = cache_file(test_tryton.DB_CACHE, name) + '.lock'
    _locks[name] = open(path, 'w')
    fcntl.flock(_locks[name], fcntl.LOCK_EX)


def unlock(name):
    if file := _locks.pop(name, None):
        file.close()


def base_name(name):
    """The cache to make first for one of this name, or None

    With setup functions it is the same without them, else Tryton's own
    modules of it: they outlive changes of ours.
    """
    modules, setup = split(name)
    if setup:
        return '-'.join(sorted(modules))
    standard = sorted(
        m for m in closure(modules) if not ours(m) and m not in {'ir', 'res'})
    if standard and set(modules) - set(standard):
        return '-'.join(standard)


def best_base(name):
    "The valid cache with the most modules among those the name needs"
    wanted = closure(split(name)[0])
    best, size = None, 0
    ending = f'-{test_tryton.backend.name}.name'
    for path in Path(test_tryton.DB_CACHE).glob(f'*{ending}'):
        other = path.read_text()
        try:
            found = closure(split(other)[0])
            valid = path.name == f'{key(other)}{ending}'
        except FileNotFoundError:
            # A module that is no more
            continue
        if valid and found <= wanted and len(found) > size:
            if os.path.exists(cache_file(test_tryton.DB_CACHE, other)):
                best, size = other, len(found)
    return best


def restore(name):
    """Restore the database, or leave its lock to whom makes it now

    It starts then from the nearest database that is there.
    """
    global _on_base, _pooled
    _on_base = False
    lock(name)
    same = _pooled == key(name)
    with patch.object(Pool, 'init', keep_classes if same else Pool.init):
        found = _restore(name)
    _pooled = key(name) if found else ''
    if found:
        used(name)
        unlock(name)
        return True
    if LANGUAGE.fullmatch(split(name)[1]):
        return False
    test_tryton.drop_db()
    best = best_base(name)
    base = base_name(name) if not best or not has_ours(best) else None
    if base:
        test_tryton.activate_module(base.split('-'))
    elif best:
        _restore(best)
    _on_base = bool(base or best)
    if _on_base:
        know_new_modules()
    return False


def know_new_modules():
    "The base may be older than a module of ours"
    with Transaction().start(
            test_tryton.DB_NAME, 1, close=True) as transaction:
        Pool().get('ir.module').update_list()
        transaction.commit()


def keep_classes(pool):
    "As Pool.init() where the process has made the same classes before"
    pool._pools[pool.database_name] = pool._pool


def pg_restore(path):
    """Copy the database from one of the cluster: reading a dump takes longer.

    The first of a run makes it of the dump; whoever restores has the lock.
    """
    if not os.path.exists(path):
        return False
    template = 'cache_' + Path(path).name[:40]
    if not test_tryton.db_exist(template):
        with patch.object(test_tryton, 'DB_NAME', template):
            if not _pg_restore(path):
                return False
    with Transaction().start(
            None, 0, close=True, autocommit=True) as transaction:
        transaction.database.create(
            transaction.connection, test_tryton.DB_NAME, template)
    return True


def backup(name):
    "Under another name first: a killed process leaves no half of a cache"
    global _on_base
    _on_base = False
    path = cache_file(test_tryton.DB_CACHE, name)
    if not os.path.exists(path):
        new = path + '.new'
        remove(new)
        with patch.object(test_tryton, '_db_cache_file', lambda *_: new):
            _backup(name)
        if os.path.exists(new):
            os.rename(new, path)
            note(name, path)
    unlock(name)


def used(name):
    "The runner forgets what was not used for days"
    path = Path(cache_file(test_tryton.DB_CACHE, name))
    for path in [path, path.with_suffix('.name')]:
        if path.exists():
            os.utime(path)


def note(name, path):
    "Tell best_base() what is in it"
    if not split(name)[1]:
        Path(path).with_suffix('.name').write_text(name)


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def drop_create(*args, **kwargs):
    "The database is new already when it was just made from the base"
    global _on_base
    if _on_base:
        _on_base = False
    else:
        _drop_create(*args, **kwargs)


def fingerprint(func):
    func = getattr(func, 'func', func)
    return marshal.dumps(func.__code__)


def install():
    "Replace the functions of Tryton's tests by those of this file"
    test_tryton._db_cache_file = cache_file
    test_tryton.restore_db_cache = restore
    test_tryton.backup_db_cache = backup
    test_tryton.drop_create = drop_create
    test_tryton._pg_restore = pg_restore
    # It takes the functions above by name: hence imported afterwards
    from trytond.tests import tools
    tools.activate_modules = activate_modules


def activate_modules(modules, *setup):
    "As Tryton's own, but what the base has activated is left as it is"
    from proteus import Model, Wizard
    from trytond.tests import tools
    global _setup
    _setup = b''.join(map(fingerprint, setup))
    modules = [modules] if isinstance(modules, str) else modules
    name = '-'.join(sorted(modules))
    if names := '|'.join(tools._func_name(f) for f in setup):
        name += f'--{names}'
    if restore(name):
        return tools._get_config()
    drop_create()
    config = tools._get_config()
    records = Model.get('ir.module').find([('name', 'in', modules)])
    assert len(records) == len(modules), set(modules)
    records = [r for r in records if r.state != 'activated']
    if records:
        records[0].__class__.click(records, 'activate')
        Wizard('ir.module.activate_upgrade').execute('upgrade')
    for function in setup:
        function(config=config)
    backup(name)
    return config
