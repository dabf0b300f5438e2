"""Print, as JSON, what an update must keep of a cooperative's database.

    python -m tests.upgrade.look DATABASE
"""
import json
import sys

from trytond.pool import Pool
from trytond.transaction import Transaction

MODELS = [
    'coop.member', 'coop.member.event', 'coop.share.movement',
    'coop.share.subscription', 'account.move', 'party.party']


def look(database):
    Pool.start()
    pool = Pool(database)
    with Transaction().start(database, 0, readonly=True):
        pool.init()
    with Transaction().start(database, 1, readonly=True):
        counts = {
            name: count(name) for name in MODELS if known(pool, name)}
        return {'counts': counts, 'problems': problems(pool)}


def known(pool, name):
    return name in {name for name, _ in pool.iterobject()}


def count(name):
    Model = Pool().get(name)
    with Transaction().set_context(active_test=False, _check_access=False):
        return Model.search_count([])


def problems(pool):
    "What is wrong with the register of any company"
    Company = pool.get('company.company')
    Movement = pool.get('coop.share.movement')
    found = []
    for company in Company.search([]):
        with Transaction().set_context(
                company=company.id, companies=[company.id]):
            found += map(str, Movement.verify_register(company))
    return found


if __name__ == '__main__':
    json.dump(look(sys.argv[1]), sys.stdout)
