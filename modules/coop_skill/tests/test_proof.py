# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import re

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member import file
from trytond.modules.coop_member.exceptions import FileSizeError
from trytond.modules.coop_member.tests import factories as coop
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import ProofError
from . import factories
from .factories import DATE

TODAY = dt.date(2021, 6, 1)


def members(count=2):
    company = coop.cooperative()
    return company, coop.members(company, count)


def proven(member_skill, date=TODAY):
    with Transaction().set_context(date=date):
        level = member_skill.__class__(member_skill.id).proven
        return level.level if level else None


class ProofTestCase(factories.SkillTestCase):
    "Test what is proven, and who confirms it"

    @with_transaction()
    def test_declared_and_proven(self):
        "What is declared proves nothing"
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(
                factories.profile(member), declared=4)
            self.assertIsNone(proven(skill))
            factories.proof(skill, 2)
            self.assertIsNone(proven(skill))
            factories.proof(skill, 2, confirmed=True)
            factories.proof(skill, 1, confirmed=True)
            self.assertEqual(proven(skill), 2)
            self.assertEqual(skill.declared.level, 4)

    @with_transaction()
    def test_verified_missions_kept(self):
        "A member does not raise what the office counted"
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = Proof.record_missions(
                skill, factories.level(2), 3, TODAY)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                for act in [
                        lambda: Proof.write(
                            [proof], {'level': factories.level(4).id}),
                        lambda: Proof.delete([proof])]:
                    with self.assertRaises(ProofError):
                        act()

    @with_transaction()
    def test_decided_kept(self):
        "A skill takes no proof away on which somebody else decided"
        company, (member, _) = members()
        with set_company(company):
            profile = factories.profile(member)
            skill = factories.member_skill(profile)
            proof = factories.proof(skill, 2, confirmed=True)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                for record in [skill, profile]:
                    with self.assertRaisesRegex(
                            ProofError, re.escape(proof.rec_name)):
                        record.__class__.delete([record])

    @with_transaction()
    def test_members_count(self):
        "A domain counts who declares a skill under it, each once"
        pool = Pool()
        Skill = pool.get('coop.skill')
        company, (one, two) = members()
        with set_company(company):
            leaf = factories.skill()
            other, = Skill.create([{'name': "Cobol", 'parent': leaf.parent}])
            first = factories.profile(one)
            factories.member_skill(first, leaf)
            factories.member_skill(first, other)
            factories.member_skill(factories.profile(two), leaf)
            self.assertEqual([
                    Skill(id_).members_count for id_ in [
                        other.id, leaf.id, leaf.parent.id, leaf.domain.id]],
                [1, 2, 2, 2])
            with Transaction().set_context(company=None):
                self.assertEqual(Skill(leaf.id).members_count, 0)

    @with_transaction()
    def test_never_typed(self):
        "Nobody writes the proven level"
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            with self.assertRaises(NotImplementedError):
                skill.__class__.write(
                    [skill], {'proven': factories.level(4).id})

    @with_transaction()
    def test_expiry(self):
        "A proof counts from its date to its last day, both included"
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            factories.proof(
                skill, 3, kind='certificate', confirmed=True,
                expires_on=dt.date(2021, 5, 31))
            factories.proof(skill, 1, confirmed=True)
            day = dt.timedelta(days=1)
            for date, expected in [
                    (DATE - day, None), (DATE, 3),
                    (dt.date(2021, 5, 31), 3), (dt.date(2021, 6, 1), 1)]:
                self.assertEqual(proven(skill, date), expected)

    @with_transaction()
    def test_proven_levels(self):
        "The level in a domain is the best of its skills, by one query"
        Member = Pool().get('coop.member')
        company, (member, other) = members()
        with set_company(company):
            profile = factories.profile(member)
            python = factories.member_skill(profile)
            php = factories.member_skill(profile, factories.skill(
                    'information_technology_development_php'))
            law = factories.member_skill(
                profile, factories.skill('legal'))
            for skill, number in [(python, 2), (php, 3), (law, 4)]:
                factories.proof(skill, number, confirmed=True)
            factories.proof(
                factories.member_skill(factories.profile(other)), 4)
            for skill, expected in [
                    (python.skill, 2), (php.skill, 3),
                    (factories.skill('information_technology'), 3),
                    (factories.skill('legal'), 4)]:
                self.assertEqual(
                    Member.proven_levels([member, other], skill, TODAY),
                    {member.id: expected})
            self.assertEqual(Member.proven_levels(
                    [member], python.skill, dt.date(2021, 1, 1)), {})

    @with_transaction()
    def test_paper(self):
        "The office confirms a paper, but none that it entered itself"
        Proof = Pool().get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            clerk = coop.user('clerk', 'administration', company=company)
            other = coop.user('other', 'administration', company=company)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                proof = factories.proof(skill)
                with self.assertRaises((AccessError, AccessButtonError)):
                    Proof.confirm([proof])
            with coop.as_user(clerk):
                entered = factories.proof(skill)
                self.assertFalse(Proof(entered.id).may_confirm)
                with self.assertRaises((ProofError, AccessButtonError)):
                    Proof.confirm([entered])
                Proof.confirm([Proof(proof.id)])
            with coop.as_user(other):
                Proof.confirm([Proof(entered.id)])
            for record, by in [(proof, clerk), (entered, other)]:
                record = Proof(record.id)
                self.assertEqual(record.state, 'confirmed')
                self.assertEqual(record.confirmed_by, by)
            with coop.as_user(clerk):
                Proof.refuse([Proof(proof.id)])
            self.assertIsNone(Proof(proof.id).confirmed_by)

    @with_transaction()
    def test_written_last(self):
        "Nobody confirms a level or a paper that he wrote into it later"
        Proof = Pool().get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            clerks = [
                coop.user(login, 'administration', company=company)
                for login in ['level', 'paper', 'note', 'last']]
            level, paper, note, last = clerks
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user):
                proof = factories.proof(skill)
            for clerk, values in [
                    (level, {'level': factories.level(3).id}),
                    (paper, {'file': b'paper', 'file_name': 'paper.pdf'}),
                    (note, {'reason': "To look at"})]:
                with coop.as_user(clerk):
                    Proof.write([Proof(proof.id)], values)
            for clerk in [level, paper]:
                with coop.as_user(clerk):
                    self.assertFalse(Proof(proof.id).may_confirm)
                    with self.assertRaises((ProofError, AccessButtonError)):
                        Proof.confirm([Proof(proof.id)])
                    with self.assertRaises(ProofError):
                        Proof.write([Proof(proof.id)], {'level_by': None})
            with coop.as_user(note):
                Proof.confirm([Proof(proof.id)])
            self.assertEqual(Proof(proof.id).confirmed_by, note)

    @with_transaction()
    def test_own_paper(self):
        "Of the office and a member, one does not confirm his own papers"
        Proof = Pool().get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            both = coop.user(
                'both', 'administration', 'member', member=member)
            proof = factories.proof(skill)
            with coop.as_user(both), self.assertRaises(
                    (ProofError, AccessButtonError)):
                Proof.confirm([Proof(proof.id)])

    @with_transaction()
    def test_sign_off(self):
        "A master of the domain signs others, the office does not"
        Proof = Pool().get('coop.skill.proof')
        company, (member, master) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = factories.proof(skill, 3, kind='sign_off')
            signer = coop.user('master', 'member', member=master)
            clerk = coop.user('clerk', 'administration', company=company)
            with coop.as_user(clerk), self.assertRaises(
                    (ProofError, AccessButtonError)):
                Proof.confirm([Proof(proof.id)])
            with coop.as_user(signer), self.assertRaises(AccessError):
                Proof.read([proof.id], ['kind'])
            factories.master(master)
            with coop.as_user(signer):
                found, = Proof.search([])
                row, = Proof.read(
                    [found.id], ['member_name', 'skill_name', 'may_confirm'])
                self.assertEqual(row['member_name'], member.rec_name)
                self.assertTrue(row['may_confirm'])
                with self.assertRaises(AccessError):
                    Proof.write([found], {'reason': "No"})
                Proof.confirm([found])
            proof = Proof(proof.id)
            self.assertEqual(
                (proof.state, proof.master), ('confirmed', master))
            self.assertEqual(proven(skill), 3)

    @with_transaction()
    def test_master_never_signs_himself(self):
        "Not even who acts for two members, one of whom is a master"
        pool = Pool()
        Proof = pool.get('coop.skill.proof')
        company, (member, friend) = members()
        with set_company(company):
            own = factories.member_skill(factories.profile(member))
            factories.master(member)
            factories.master(friend)
            user = coop.user('master', 'member', member=member)
            friend.users = [*friend.users, user]
            friend.save()
            pool.get('res.user').write([user], {'groups': [
                        ('add', [factories.ref('group_master')])]})
            proof = factories.proof(own, kind='sign_off')
            with coop.as_user(user):
                mine, = Proof.create([{
                            'member_skill': own.id, 'kind': 'sign_off',
                            'level': factories.level(4).id, 'date': DATE}])
                for record in [mine, Proof(proof.id)]:
                    self.assertFalse(record.may_confirm)
                    for act in [
                            lambda: Proof.confirm([record]),
                            lambda: Proof.write(
                                [record], {'state': 'confirmed'}),
                            ]:
                        with self.assertRaises(
                                (AccessError, AccessButtonError)):
                            act()
            self.assertIsNone(proven(own))

    @with_transaction()
    def test_refused_by_the_act_itself(self):
        "What the screen hides, the act refuses too, and says why"
        Proof = Pool().get('coop.skill.proof')
        company, (member, other) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = factories.proof(skill, kind='sign_off')
            user = coop.user('other', 'member', member=other)
            owner = coop.user('owner', 'member', member=member)
            for user_, message in [
                    (user, "master in office"), (owner, "your own")]:
                with Transaction().set_user(user_.id), \
                        self.assertRaisesRegex(ProofError, message):
                    Proof(proof.id)._check_confirm()

    @with_transaction()
    def test_terms(self):
        "Before and after the term of office a master signs nothing"
        Proof = Pool().get('coop.skill.proof')
        company, (member, master) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = factories.proof(skill, kind='sign_off')
            user = coop.user('master', 'member', member=master)
            today = dt.date.today()
            day = dt.timedelta(days=1)
            term = factories.master(
                master, start=today - 9 * day, end_date=today - day)
            with coop.as_user(user):
                self.assertEqual(Proof.search([]), [])
                with self.assertRaises((AccessError, AccessButtonError)):
                    Proof.confirm([Proof(proof.id)])
            term.end_date = today
            term.save()
            with coop.as_user(user):
                Proof.confirm(Proof.search([]))
            self.assertEqual(Proof(proof.id).state, 'confirmed')

    @with_transaction()
    def test_other_domain(self):
        "A master of law signs no computing"
        Proof = Pool().get('coop.skill.proof')
        company, (member, master) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = factories.proof(skill, kind='sign_off')
            user = coop.user('master', 'member', member=master)
            factories.master(master, factories.skill('legal'))
            with coop.as_user(user), self.assertRaises(
                    (AccessError, AccessButtonError)):
                Proof.confirm([Proof(proof.id)])

    @with_transaction()
    def test_fixed_once_confirmed(self):
        "A proof confirmed is neither changed, moved nor taken elsewhere"
        pool = Pool()
        MemberSkill = pool.get('coop.member.skill')
        Proof = pool.get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            proof = factories.proof(skill, confirmed=True)
            user = coop.user('member', 'member', member=member)
            law = factories.skill('legal')
            with coop.as_user(user):
                for act in [
                        lambda: Proof.write(
                            [proof], {'level': factories.level(4).id}),
                        lambda: Proof.write([proof], {'expires_on': None}),
                        lambda: Proof.delete([proof]),
                        lambda: Proof.create([{
                                    'member_skill': skill.id,
                                    'kind': 'diploma', 'date': DATE,
                                    'level': factories.level(4).id,
                                    'state': 'confirmed'}]),
                        lambda: MemberSkill.write(
                            [skill], {'skill': law.id}),
                        ]:
                    with self.assertRaises(AccessError):
                        act()
            copy, = Proof.copy([proof])
            self.assertEqual(copy.state, 'entered')

    @with_transaction()
    def test_missions(self):
        "Missions are counted by the server, not said by a member"
        Proof = Pool().get('coop.skill.proof')
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            level = factories.level(3)
            user = coop.user('member', 'member', member=member)
            with coop.as_user(user), self.assertRaises(ProofError):
                factories.proof(skill, kind='missions', missions=9)
            first = Proof.record_missions(skill, level, 3, DATE)
            again = Proof.record_missions(skill, level, 4, TODAY)
            self.assertEqual(first, again)
            self.assertEqual(again.missions, 4)
            self.assertIsNone(proven(skill))
            with Transaction().set_user(0):
                Proof.confirm([again])
            self.assertEqual(proven(skill), 3)

    @with_transaction()
    def test_file(self):
        "The file of a proof has a limit"
        company, (member, _) = members()
        with set_company(company):
            skill = factories.member_skill(factories.profile(member))
            factories.proof(skill, file=b'1', file_name='diploma.pdf')
            with self.assertRaises(FileSizeError):
                factories.proof(
                    skill, file=b'1' * (file.max_size() + 1),
                    file_name='diploma.pdf')

    @with_transaction()
    def test_masters_in_office(self):
        "A domain without two masters in office shows it"
        Skill = Pool().get('coop.skill')
        company, (one, two) = members()
        with set_company(company):
            domain = factories.skill('legal')
            factories.master(one, domain)
            factories.master(one, domain, start=dt.date(2021, 4, 1))
            factories.master(
                two, domain, end_date=dt.date(2021, 5, 31))
            for date, count, short in [
                    (dt.date(2021, 2, 1), 0, True),
                    (dt.date(2021, 5, 1), 2, False),
                    (dt.date(2021, 6, 1), 1, True)]:
                with Transaction().set_context(date=date):
                    domain = Skill(domain.id)
                    self.assertEqual(
                        (domain.masters_in_office, domain.short_of_masters),
                        (count, short))
                    found = Skill.search([
                            ('parent', '=', None),
                            ('short_of_masters', '=', True)])
                    self.assertEqual(domain in found, short)
