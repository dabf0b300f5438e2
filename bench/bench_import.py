# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The bulk import on PostgreSQL, against proteus one record after another.

Each measure has a fresh copy of a database and a process to itself. A member
comes with party, address, e-mail, bank account, the events of its life, a
subscription and its payment. The peer makes the same of fewer members, by the
acts that the screens offer (it is scaled to the same number): it leaves the
payment out where nothing is posted, which is in its favour.
"""
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.database import activate, execute, run
from stdnum import iban as stdnum_iban

FEW, MANY, POSTED = 2_000, 20_000, 400
PEER, PEER_POSTED = 100, 20
TEMPLATE = 'bench_import'
TODAY = dt.date.today()
CHILD = '''
import json, sys
from bench import bench_import
result = getattr(bench_import, sys.argv[1])(*map(json.loads, sys.argv[2:]))
print("RESULT", json.dumps(result))
'''


def main(pg_uri):
    activate_template(pg_uri)
    try:
        peer = measure(pg_uri, 'peer', PEER, False)
        peer_posted = measure(pg_uri, 'peer', PEER_POSTED, True)
        few = measure(pg_uri, 'ours', FEW, False)
        posted = measure(pg_uri, 'ours', POSTED, True)
        many = measure(pg_uri, 'ours', MANY, False)
    finally:
        execute(pg_uri, f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)')
    return [
        faster(FEW, "history before the accounting start", few, peer, PEER),
        faster(
            POSTED, "posted with their money", posted, peer_posted,
            PEER_POSTED),
        (f"import of {MANY:,}, time a member",
            f"{many['seconds'] / MANY * 1000:.1f} ms",
            f"of {FEW:,}: {few['seconds'] / FEW * 1000:.1f} ms",
            (many['seconds'] / MANY) / (few['seconds'] / FEW), '< 1.15'),
        (f"import of {MANY:,}, peak memory",
            f"{many['peak'] / 2 ** 20:.0f} MB", "700 MB",
            many['peak'] / 2 ** 20 / 700, '< 1'),
        ]


def faster(count, what, ours, peer, peers):
    scaled = peer['seconds'] / peers * count
    return (
        f"import of {count:,} members with shares, {what}",
        f"{ours['seconds']:.0f} s",
        f"proteus {scaled:.0f} s (measured on {peers})",
        scaled / ours['seconds'], '>= 10')


def activate_template(pg_uri):
    execute(pg_uri, f'CREATE DATABASE "{TEMPLATE}"')
    activate(pg_uri, ['coop_member'], TEMPLATE)
    child(pg_uri, TEMPLATE, 'fill')


@contextmanager
def copied(pg_uri, name):
    execute(pg_uri, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    try:
        yield
    finally:
        execute(pg_uri, f'DROP DATABASE "{name}" WITH (FORCE)')


def measure(pg_uri, function, count, posted):
    name = f'{TEMPLATE}_{function}'
    with copied(pg_uri, name):
        return child(pg_uri, name, function, count, posted)


def child(pg_uri, name, function, *args):
    "Return what a function of this file returns in a process of its own"
    output = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', CHILD, function,
            *map(json.dumps, [name, *args])],
        env={**os.environ, 'TRYTOND_DATABASE_URI': pg_uri,
            'PYTHONPATH': str(Path(__file__).resolve().parents[1])},
        stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(output.rpartition('RESULT')[2])


# What follows runs in the processes


def fill(name):
    run(name, _fill)


def _fill():
    from trytond.modules.company.tests import set_company
    from trytond.modules.coop_member.tests import factories
    from trytond.pool import Pool
    User = Pool().get('res.user')
    company = factories.cooperative(years=(TODAY.year - 1, TODAY.year))
    with set_company(company):
        factories.share_class(company)
        factories.category(company)
    user = User(1)
    user.companies = [company]
    user.company = company
    user.save()


def set_start(posted):
    "Without an accounting start all is posted, before it nothing"
    from trytond.pool import Pool
    configuration = Pool().get('coop.configuration')(1)
    company, = Pool().get('company.company').search([])
    configuration.set_multivalue(
        'accounting_start', None if posted else TODAY + dt.timedelta(days=1),
        company=company.id)


def prepare(name, posted):
    from trytond.modules.coop_member.scripts import (
        import_coop_members as script)
    run(name, partial(set_start, posted))
    script.config.set_trytond(name)
    return script, script.set_company(None)


def timed(function):
    start = time.perf_counter()
    function()
    seconds = time.perf_counter() - start
    status = Path('/proc/self/status').read_text()
    peak = int(status.partition('VmHWM:')[2].split()[0]) * 1024
    return {'seconds': seconds, 'peak': peak}


def ibans(count):
    "Yield French account numbers that are valid"
    for i in range(1, count + 1):
        bban = f'3000600001{i:011d}'
        bban += f'{97 - int(bban) * 100 % 97:02d}'
        digits = stdnum_iban.calc_check_digits('FR00' + bban)
        yield f'FR{digits}{bban}'


def ours(name, count, posted):
    script, company = prepare(name, posted)
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(folder, count)
        args = script.arguments([
                '-d', name, *files, *(
                    ['--money-account', 'cash'] if posted else [])])

        def act():
            script.do_import(args, company)
        return timed(act)


def write_files(folder, count):
    members = Path(folder, 'members.csv')
    movements = Path(folder, 'movements.csv')
    with members.open('w') as file:
        file.write(
            'number;name;category;admission;email;street;zip;city;iban\n')
        for i, iban in enumerate(ibans(count), 1):
            file.write(
                f'{i};Member {i};W;{TODAY};m{i}@example.com;{i} rue X;75011;'
                f'Paris;{iban}\n')
    with movements.open('w') as file:
        file.write('id;date;member;kind;shares;amount\n')
        for i in range(1, count + 1):
            file.write(
                f's{i};{TODAY};{i};subscription;10;240,00\n'
                f'p{i};{TODAY};{i};payment;;240,00\n')
    return [str(members), str(movements)]


def peer(name, count, posted):
    from proteus import config
    prepare(name, posted)
    # Like the import, it sends nobody a welcome
    config.get_config()._context['coop_welcome'] = False
    return timed(partial(_peer, count, posted))


def _peer(count, posted):
    from proteus import Model, Wizard
    get = Model.get
    category, = get('coop.member.category').find([])
    class_, = get('coop.share.class').find([])
    cash, = get('account.account').find([('code', '=', 'cash')])
    journal, = get('account.journal').find([('type', '=', 'cash')], limit=1)
    for i, iban in enumerate(ibans(count), 1):
        party = get('party.party')(name=f"Member {i}")
        address, = party.addresses or [party.addresses.new()]
        address.street, address.postal_code = f"{i} rue X", '75011'
        address.city = "Paris"
        party.contact_mechanisms.new(
            type='email', value=f'm{i}@example.com')
        party.save()
        account = get('bank.account')()
        account.owners.append(party)
        account.numbers.new(type='iban', number=iban)
        account.save()
        member = get('coop.member')(
            party=party, category=category, birth_date=dt.date(1980, 1, 1))
        member.save()
        admit = Wizard('coop.member.admit', [member])
        admit.form.date = TODAY
        admit.execute('record_')
        subscription = get('coop.share.subscription')(
            member=member, share_class=class_, date=TODAY, quantity=10)
        subscription.save()
        subscription.click('submit')
        subscription.click('accept')
        if posted:
            receive = Wizard(
                'coop.share.subscription.receive', [subscription])
            receive.form.date = TODAY
            receive.form.journal = journal
            receive.form.account = cash
            receive.execute('receive')
