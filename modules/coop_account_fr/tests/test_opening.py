# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.capital import Deltas
from trytond.modules.coop_member.exceptions import OpeningError
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_member.tests import test_import_server as importing
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction

from . import EXTRAS, factories

START = dt.date(2022, 1, 1)
# Ann holds 10 shares of 24 € all paid. Of Bob's 20 a half is called and 180 €
# are paid. Cid left, and 96 of his 240 € are repaid.
HISTORY = '''\
date;sociétaire;nature;parts;appelé;montant
2015-02-01;1;souscription;10;;
2015-02-02;1;versement;;;240
2016-02-01;2;souscription;20;240;
2016-02-02;2;versement;;;180
2016-02-03;3;souscription;10;;
2016-02-04;3;versement;;;240
2020-12-31;3;retrait;10;;
2021-06-30;3;remboursement;;;96
'''
BALANCE = '''\
compte;libellé;n° adhérent;débit;crédit
10131;Capital souscrit appelé versé;;;420,00
1012;Capital souscrit appelé non versé;;;60,00
1011;Capital souscrit non appelé;;;240,00
109;Actionnaires, capital non appelé;;240,00;
45625;Capital appelé;2;60,00;
4567;Associés, capital à rembourser;3;;144,00
10611;Réserve légale;;;100,00
5121;Banque;;664,00;
'''
OPENED = {
    ('10131', None): Decimal(-420),
    ('1012', None): Decimal(-60),
    ('1011', None): Decimal(-240),
    ('109', None): Decimal(240),
    ('45625', "Bob"): Decimal(60),
    ('4567', "Cid"): Decimal(-144),
    ('10611', None): Decimal(-100),
    ('5121', None): Decimal(664),
    }


class OpeningTestCase(RouteTestCase):
    "Test the take-over of old books on the French chart"
    module = 'coop_account_fr'
    extras = EXTRAS

    def opening(self, company, text):
        Opening = Pool().get('coop.opening', type='wizard')
        wizard = Opening(Opening.create()[0])
        wizard.start.company = company
        wizard.start.date = START
        wizard.start.file = text.encode()
        wizard.start.file_name = 'balance.csv'
        wizard.start.import_ = None
        return wizard

    def opened(self):
        "Return {(account code, party name or None): balance}"
        Line = Pool().get('account.move.line')
        result = {}
        for line in Line.search([('move_state', '=', 'posted')]):
            key = line.account.code, line.party.name if line.party else None
            result[key] = result.get(key, 0) + line.debit - line.credit
        return {key: amount for key, amount in result.items() if amount}

    @with_transaction()
    def test_take_over(self):
        "History, opening, and the first payments of the new books"
        pool = Pool()
        Import = pool.get('coop.import')
        Line = pool.get('account.move.line')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        company = factories.french_cooperative(years=(2022, 2022))
        with set_company(company):
            share_class = coop.share_class(company)
            coop.category(company)
            import_ = importing.create_import(
                company, importing.HISTORY_MEMBERS, HISTORY,
                accounting_start=START)
            Import.check_files([import_])
            self.assertEqual(import_.problems, None)
            trial = self.opening(company, BALANCE)
            trial.start.import_ = import_
            self.assertIsNone(trial.default_preview([])['problems'])
            importing.run(import_)
            self.assertEqual(Line.search([]), [])

            # What each account of the capital has wrong is named
            for account, right, wrong in [
                    ('10131', '420,00', '421,00'),
                    ('1012', 'non versé;;;60', 'non versé;;;61'),
                    ('1011', 'non appelé;;;240', 'non appelé;;;239'),
                    ('109', 'non appelé;;240', 'non appelé;;239'),
                    ('45625', 'appelé;2;60', 'appelé;1;60'),
                    ('4567', '144,00', '143,00')]:
                with self.subTest(account=account):
                    wizard = self.opening(
                        company, BALANCE.replace(right, wrong))
                    with self.assertRaisesRegex(
                            OpeningError, f'Account "{account}", party'):
                        wizard.do_open_({})
            self.assertEqual(Line.search([]), [])

            self.opening(company, BALANCE).do_open_({})
            self.assertEqual(self.opened(), OPENED)
            self.assertEqual(Movement.tie_out(company, START), [])
            self.assertEqual(Movement.verify_register(company), [])

            # Bob pays what he owes, Cid is repaid
            bob, cid = Member.search(
                [('number', 'in', ['2', '3'])], order=[('number', 'ASC')])
            factories.receive(bob, 60, dt.date(2022, 2, 1))
            factories.post(company, dt.date(2022, 2, 2),
                ('5121', -144), ('4567', 144, cid.party))
            Movement.record([[Movement.build(
                            cid, share_class, 'repayment',
                            dt.date(2022, 2, 2),
                            Deltas(claim=Decimal(-144)))]])
            self.assertEqual(self.opened(), {
                    ('10131', None): Decimal(-480),
                    ('1011', None): Decimal(-240),
                    ('109', None): Decimal(240),
                    ('10611', None): Decimal(-100),
                    ('5121', None): Decimal(580)})
            self.assertEqual(Movement.verify_register(company), [])


del RouteTestCase
