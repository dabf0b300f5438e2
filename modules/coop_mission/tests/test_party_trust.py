# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.erasing import ERASED
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories, trust


class PartyTestCase(factories.MissionTestCase):
    "Test a client who is replaced, or erased"

    @with_transaction()
    def test_replaced(self):
        "What was said to a client goes with the party that replaces it"
        pool = Pool()
        Activity = pool.get('coop.client.activity')
        Replace = pool.get('party.replace', type='wizard')
        company = trust.cooperative()
        with set_company(company):
            double, real = [
                coop.person(n, f'{n}@example.com') for n in ["one", "two"]]
            real.name = double.name
            real.save()
            for name, values in [
                    ('consent', {'agrees': 'no', 'source': "By phone"}),
                    ('contact', {})]:
                pool.get(f'coop.client.{name}').create([{
                            'company': company.id, 'client': double.id,
                            **values}])
            trust.mission(factories.workers(company, 1), client=real)
            session, _, _ = Replace.create()
            wizard = Replace(session)
            wizard.ask.source, wizard.ask.destination = double, real
            wizard.transition_replace()
            factories.forget()
            row, = Activity.search([])
            self.assertEqual((row.client, row.agrees), (real, 'no'))
            contact, = pool.get('coop.client.contact').search([])
            self.assertEqual(contact.client, real)

    @with_transaction()
    def test_erased(self):
        "A client's own words go, those of others and the marks stay"
        pool = Pool()
        Dispute = pool.get('coop.dispute')
        Erase = pool.get('party.erase', type='wizard')
        Evaluation = pool.get('coop.evaluation')
        Mission = pool.get('coop.mission')
        company = trust.cooperative()
        with set_company(company):
            client = factories.client()
            mission = trust.mission(
                factories.workers(company, 1), client=client)
            by_client = trust.evaluation(mission, state='answered')
            by_member = trust.evaluation(mission, 'member', 'answered')
            dispute = trust.dispute(mission, 'answered')
            client.active = False
            client.save()

            def erase():
                session, _, _ = Erase.create()
                wizard = Erase(session)
                wizard.ask.party = client
                wizard.transition_erase()
            with self.assertRaises(EraseError):
                erase()
            Dispute.withdraw([Dispute(dispute.id)])
            Mission.close([Mission(mission.id)])
            erase()
            factories.forget()
            by_client = Evaluation(by_client.id)
            self.assertEqual(
                (by_client.text, by_client.reply, by_client.quality),
                (ERASED, "Thank you", 5))
            by_member = Evaluation(by_member.id)
            self.assertEqual(
                (by_member.text, by_member.reply), ("Well done", ERASED))
            dispute = Dispute(dispute.id)
            self.assertEqual(
                (dispute.claim, dispute.answer_text),
                (ERASED, "It was not ordered"))
