# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL
from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from . import factories, lists_trust

PREFIXES = (
    'coop.client', 'coop.demand', 'coop.dispute', 'coop.evaluation',
    'coop.independence', 'coop.mission', 'coop.service')


def other_clerk(company):
    "Act as the office of another company"
    other = create_company("Other", company.currency)
    return coop.as_user(coop.user(
            'other', 'administration', 'accountant', 'board', company=other))


class ForgedTestCase(factories.MissionTestCase):
    "Test what comes of requests that no client makes"

    @with_transaction()
    def test_copied(self):
        "Nobody copies what he does not see into what is his"
        pool = Pool()
        Express = pool.get('coop.mission.express')
        Report = pool.get('coop.mission.report')
        company = factories.cooperative()
        with set_company(company):
            one, two = factories.workers(company, 2)
            job = factories.express(company, two)
            report = factories.report(
                factories.mission(company, [two]), two, 'draft', files=[
                    ('create', [{'name': "Photo", 'file': b'secret'}])])
            mission = factories.mission(company, [one])
            with factories.acting(one):
                own = factories.report(mission, one, 'draft')
                for name, ids in [
                        ('lines', [r.id for r in report.lines]),
                        ('files', [r.id for r in report.files])]:
                    with self.subTest(name), self.assertRaises(AccessError):
                        Report.write([own], {name: [('copy', ids)]})
                with self.assertRaises(AccessError):
                    Express.copy(
                        [Express(job.id)], default={'member': one.id})
                copy, = Express.copy(Express.create([{
                                'company': company.id, 'member': one.id,
                                'phone': "1", 'name': "Own"}]))
                self.assertEqual(copy.name, "Own")
            with other_clerk(company), self.assertRaises(AccessError):
                Express.copy([Express(job.id)])

    @with_transaction()
    def test_messages(self):
        "What is refused about a record that is not seen does not name it"
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            lists_trust.trusted(2)
            stranger, = factories.workers(company, 1)
            count = 0
            for who in [
                    lambda: factories.acting(stranger),
                    lambda: other_clerk(company)]:
                with who():
                    for name, Model in pool.iterobject():
                        if not (issubclass(Model, ModelSQL)
                                and name.startswith(PREFIXES)) or callable(
                                    getattr(Model, 'table_query', None)):
                            continue
                        count += self.refused(Model)
            self.assertGreater(count, 40)

    def refused(self, Model):
        "Test that the user changes no record that is hidden"
        with Transaction().set_context(_check_access=False):
            ids = [r.id for r in Model.search([], order=[('id', 'DESC')])]
        try:
            seen = {r.id for r in Model.search([])}
        except AccessError:
            seen = set()
        hidden = [id_ for id_ in ids if id_ not in seen][:1]
        for id_ in hidden:
            for act in [
                    lambda: Model.write([Model(id_)], {}),
                    *([lambda: Model.write([Model(id_)], {'state': 'draft'})]
                        if 'state' in Model._fields else []),
                    lambda: Model.delete([Model(id_)])]:
                with self.subTest(Model.__name__), \
                        self.assertRaises(AccessError):
                    act()
        return len(hidden)
