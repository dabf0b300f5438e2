"""Print, as JSON, what an update must keep of a cooperative's database.

    python -m tests.upgrade.look DATABASE
"""
import json
import sys

from trytond.model import ModelSQL
from trytond.pool import Pool
from trytond.transaction import Transaction

MODELS = ['account.move', 'party.party']
LEDGERS = ['coop.member.event', 'coop.share.movement']
COLUMNS = ['quantity', 'subscribed', 'called', 'paid_up', 'claim']


def look(database):
    Pool.start()
    pool = Pool(database)
    with Transaction().start(database, 0, readonly=True):
        pool.init()
    with Transaction().start(database, 1, readonly=True):
        counts = {
            name: count(name) for name in sorted([*MODELS, *ours(pool)])}
        return {
            'counts': counts,
            'ledgers': {name: ledger(pool, name) for name in LEDGERS},
            'states': states(pool),
            'holdings': holdings(pool),
            'problems': problems(pool)}


def ours(pool):
    "Yield the models of the cooperative that have a table"
    for name, Model in pool.iterobject():
        if (name.startswith('coop.') and issubclass(Model, ModelSQL)
                and not callable(Model.table_query)):
            yield name


def count(name):
    Model = Pool().get(name)
    with Transaction().set_context(active_test=False, _check_access=False):
        return Model.search_count([])


def companies(pool):
    "Yield the companies, each in its context"
    for company in pool.get('company.company').search([]):
        with Transaction().set_context(
                company=company.id, companies=[company.id]):
            yield company


def ledger(pool, name):
    rows = pool.get(name).search(
        [], order=[('company', 'ASC'), ('number', 'ASC')])
    return [[r.company.id, r.number, r.hash] for r in rows]


def states(pool):
    return sorted(
        [m.company.id, m.number, m.state]
        for m in pool.get('coop.member').search([]))


def holdings(pool):
    "Who holds how much today, as the register says it"
    Holding = pool.get('coop.share.holding')
    found = []
    for company in companies(pool):
        for holding in Holding.search([('company', '=', company.id)]):
            amounts = [
                str(float(getattr(holding, name))) for name in COLUMNS]
            found.append([
                    company.id, holding.member.number,
                    holding.share_class.code, *amounts])
    return sorted(found)


def problems(pool):
    "What is wrong with the register of any company"
    Movement = pool.get('coop.share.movement')
    found = []
    for company in companies(pool):
        found += map(str, Movement.verify_register(company))
    return found


if __name__ == '__main__':
    json.dump(look(sys.argv[1]), sys.stdout)
