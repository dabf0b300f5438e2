# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model import ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.tests import factories as mission_
from trytond.pool import Pool, isregisteredby
from trytond.tests.test_tryton import with_transaction

from . import factories, lists

REFUSED = (AccessError, AccessButtonError)
# What a member reads of own work
OWN = {
    'coop.settlement.line', 'coop.vat.status', 'coop.vat.franchise',
    'coop.member.result'}
# What is paid to members: see test_access_out
OUT = {
    'coop.settlement.statement', 'coop.settlement.year_end',
    'coop.settlement.year_end.line'}


def money_in():
    "Yield the models of what clients pay"
    for name, Model in Pool().iterobject():
        if issubclass(Model, ModelSQL) and name.startswith((
                    'coop.settlement', 'coop.vat.', 'coop.contribution.',
                    'coop.bad_debt', 'coop.mission.turnover',
                    'coop.member.result',
                    'coop.configuration.settlement')) and not (
                        name in OUT):
            yield name, Model


class AccessTestCase(factories.SettlementTestCase):
    "Test who reaches the money of missions"

    @with_transaction()
    def test_member(self):
        "A member reads own shares, statuses and results, no more"
        pool = Pool()
        View = pool.get('ir.ui.view')
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            member, other = lists.coop.members(2)
            self.assertNotEqual(member, other)
            with mission_.acting(member):
                for name, Model in money_in():
                    with self.subTest(name):
                        if name not in OWN:
                            with self.assertRaises(AccessError):
                                Model.search([])
                            continue
                        rows = Model.search([])
                        self.assertEqual(
                            {r.member.id for r in rows}, {member.id})
                for name, view in [
                        ('coop.settlement.line', 'settlement_line_own_form'),
                        ('coop.settlement.line', 'settlement_line_own_list'),
                        ('coop.vat.status', 'vat_status_form'),
                        ('coop.member.result', 'result_list'),
                        ('coop.vat.franchise', 'franchise_list')]:
                    with self.subTest(view=view):
                        Model = pool.get(name)
                        view, = View.search([('name', '=', view)])
                        fields = Model.fields_view_get(
                            view.id, view.type)['fields']
                        self.assertTrue(Model.read(
                                [r.id for r in Model.search([])],
                                [*fields, 'rec_name']))

    @with_transaction()
    def test_member_acts(self):
        "A member presses no button of the office and writes nothing"
        company = factories.cooperative()
        with set_company(company):
            lists.everything(2)
            member, _ = lists.coop.members(2)
            for name, Model in money_in():
                if not (issubclass(Model, ModelView)
                        and isregisteredby(Model, 'coop_settlement')):
                    continue
                records = Model.search([], limit=1)
                with self.subTest(name), mission_.acting(member):
                    for record in records:
                        for button in Model._buttons:
                            with self.assertRaises(REFUSED):
                                getattr(Model, button)([Model(record.id)])
                        if callable(getattr(Model, 'table_query', None)):
                            continue
                        with self.assertRaises(AccessError):
                            Model.delete([Model(record.id)])
            for name in ['coop.vat.proof', 'coop.contribution.invoice']:
                Wizard = Pool().get(name, type='wizard')
                with self.subTest(name), mission_.acting(member), \
                        self.assertRaises(AccessError):
                    Wizard.create()

    @with_transaction()
    def test_roles(self):
        "The office settles, the accountant gives receivables up, others read"
        pool = Pool()
        BadDebt = pool.get('coop.bad_debt')
        Settlement = pool.get('coop.settlement')
        VatStatus = pool.get('coop.vat.status')
        company = factories.cooperative()
        with set_company(company):
            factories.rate(company)
            one, = factories.workers(company, 1)
            settlement = factories.settled(company, [(one, 900)])
            for group in ['board', 'auditor']:
                with self.subTest(group), mission_.clerk(company, group):
                    self.assertTrue(Settlement.search([]))
                    with self.assertRaises(REFUSED):
                        Settlement.invoice([Settlement(settlement.id)])
                    with self.assertRaises(AccessError):
                        VatStatus.write(
                            VatStatus.search([]), {'status': 'debits'})
            with mission_.clerk(company):
                Settlement.invoice(
                    [Settlement(settlement.id)], factories.DATE)
            invoice = settlement.lines[-1].invoice_line or next(
                l.invoice_line
                for l in Settlement(settlement.id).lines if l.invoice_line)
            record, = BadDebt.create([{
                        'company': company.id,
                        'invoice': invoice.invoice.id,
                        'date': factories.DATE,
                        'depreciation': Decimal(0)}])
            with mission_.clerk(company), self.assertRaises(REFUSED):
                BadDebt.doubt([BadDebt(record.id)])
            with mission_.clerk(company, 'accountant'):
                BadDebt.doubt([BadDebt(record.id)])
            self.assertEqual(BadDebt(record.id).state, 'doubtful')
            stranger = coop.user('stranger', company=company)
            with coop.as_user(stranger), self.assertRaises(AccessError):
                Settlement.search([])
