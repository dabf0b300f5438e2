# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction

from . import factories


class EraseTestCase(factories.SkillTestCase):
    "Test what the erasing of a member forgets"

    @with_transaction()
    def test_erase(self):
        "Profile, skills, files, agreement and absences go, others stay"
        pool = Pool()
        Erase = pool.get('party.erase', type='wizard')
        Event = pool.get('coop.member.event')
        company = coop.cooperative()
        with set_company(company):
            member, other = coop.members(company, 2)
            for record in [member, other]:
                profile = factories.profile(
                    record, presentation="Private",
                    published_at=dt.datetime.now(),
                    absences=[('create', [{
                                    'start_date': factories.DATE,
                                    'end_date': factories.DATE,
                                    'reason': "Illness"}])])
                factories.zone(profile, 'remote')
                skill = factories.member_skill(profile, rate='300')
                factories.proof(
                    skill, confirmed=True, file=b'diploma',
                    file_name='diploma.pdf')
            Event.record([Event(
                        company=company, member=member, kind='departure',
                        date=dt.date(2021, 1, 1), cause='resignation')])
            member.party.active = False
            member.party.save()
            session, _, _ = Erase.create()
            wizard = Erase(session)
            wizard.ask.party = member.party
            wizard.transition_erase()
            for name, path in [
                    ('coop.member.profile', 'member'),
                    ('coop.member.absence', 'profile.member'),
                    ('coop.member.zone', 'profile.member'),
                    ('coop.member.skill', 'profile.member'),
                    ('coop.skill.proof', 'member_skill.profile.member')]:
                Model = pool.get(name)
                with self.subTest(name):
                    self.assertEqual(
                        Model.search([(path, '=', member.id)]), [])
                    self.assertTrue(
                        Model.search([(path, '=', other.id)]))
